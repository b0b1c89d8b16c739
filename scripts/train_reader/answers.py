"""Teach the language model to answer the criterion's question: answers.py POOL OUT [--steps N]

The model reads a text by a criterion in the product's own wordings, and is taught the class's name as the
answer (as InBedder does: who has learnt to answer has a state that holds the answer). LoRA on the upper third
of the layers: below it a text is read much alike by every criterion (NMI 0.00 - 0.02 with sentiment),
and what is not changed needs no training. Only open sets teach (``folds.json``); texts of one batch come from
many sets, classes are drawn evenly, phrases and wordings anew, and some texts are wrapped in letters.

OUT holds the checkpoint and a log; the same command goes on where it stopped, after a kill too. It takes a
GPU where there is one. Every ``MEASURE_EVERY`` steps the fold ``decide`` is read and clustered.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

import numpy as np
import torch
from pool import LabelledSet, labels_of, read_sets, sample_rows
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score
from training import note, rate_at, save, teaching

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.messy import kinds_of, wrap_texts
from localcluster.backends.hf import HFModel
from localcluster.embed import WORDINGS, Question, read_questions
from localcluster.embed.view import Standardizer
from localcluster.items.item import Item
from localcluster.offline import go_offline
from localcluster.registry import resolve

BASE = "smollm2-135m-instruct"
STEPS, ROWS, RATE, DECAY = 1200, 24, 4e-4, 0.01
#: Of the adapter: rank, scale, and the share of the layers that are left as they are.
RANK, SCALE, FIRST_SHARE = 16, 32, 2 / 3
PARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
#: Characters of a text, of every eighth batch's, and tokens of an answer.
SHORT, LONG, LONG_EVERY, ANSWER = 200, 500, 8, 6
WRAPPED = 0.1
SAVE_EVERY, MEASURE_EVERY, MEASURED_ROWS, MEASURED_CRITERIA = 25, 150, 80, 14


def main() -> None:
    arguments = teaching(__doc__, STEPS, SAVE_EVERY)
    go_offline()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    reader = HFModel(resolve(BASE, "llm"), max_tokens_per_prompt=512)
    model = adapted(reader, arguments.seed)
    taught = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(taught, lr=RATE, weight_decay=DECAY)
    examples = Examples(read_sets(arguments.pool, "train", arguments.only), arguments.seed)
    decide = read_sets(arguments.pool, "decide")
    checkpoint, log = arguments.out / "checkpoint.pt", arguments.out / "log.jsonl"
    start, seconds = 0, 0.0
    if checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(kept["model"], strict=False)
        optimizer.load_state_dict(kept["optimizer"])
        start, seconds = kept["step"], kept["seconds"]
    elif not arguments.no_measure:
        note(log, {"step": 0, **measure(reader, decide)})
    began, losses = time.monotonic(), []
    for step in range(start, arguments.steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * rate_at(step, arguments.steps)
        loss = loss_of(model, reader, examples[step])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(taught, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        done = step + 1
        if done % arguments.save_every and done != arguments.steps:
            continue
        spent = seconds + time.monotonic() - began
        state = {
            "model": {name: one for name, one in model.state_dict().items() if "lora_" in name},
            "optimizer": optimizer.state_dict(),
            "step": done,
            "seconds": spent,
        }
        save(checkpoint, state)
        said: dict = {"step": done, "loss": round(float(np.mean(losses)), 4), "seconds": round(spent)}
        losses = []
        if not arguments.no_measure and (done % MEASURE_EVERY == 0 or done == arguments.steps):
            said |= measure(reader, decide)
        note(log, said)


def adapted(reader: HFModel, seed: int):
    """The reader's model with an adapter on its upper layers, in place: what it reads, it reads with it."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    inner = reader._decoder._model
    n = inner.config.num_hidden_layers
    config = LoraConfig(
        r=RANK,
        lora_alpha=SCALE,
        target_modules=list(PARTS),
        layers_to_transform=list(range(round(FIRST_SHARE * n), n)),
        lora_dropout=0.0,
    )
    return get_peft_model(inner, config)


class Examples:
    """Batch number ``i`` depends on the seed and on ``i`` alone."""

    def __init__(self, sets: list[LabelledSet], seed: int) -> None:
        self._sets, self._seed = sets, seed
        self._weights = [
            sum(sum(map(len, each.rows_of.values())) for each in one.criteria) ** 0.5 for one in sets
        ]
        self._kinds = kinds_of("shaping")

    def __getitem__(self, number: int) -> list[tuple[Question, str, str]]:
        """Question, text and answer of every row."""
        draw = Random(f"{self._seed} {number}")
        most = LONG if number % LONG_EVERY == 0 else SHORT
        found = []
        for labelled in draw.choices(self._sets, self._weights, k=ROWS):
            criterion = draw.choice(labelled.criteria)
            label = draw.choice(list(criterion.rows_of))
            text = labelled.texts[draw.choice(criterion.rows_of[label])]
            if draw.random() < WRAPPED:
                (text,) = wrap_texts([text], [draw.choice(self._kinds)], draw.randrange(10**6))
            phrase = draw.choice((*criterion.phrases, criterion.name.replace("_", " ")))
            found.append((Question(phrase, draw.choice(WORDINGS)), text[:most], label.replace("_", " ")))
        return found


def loss_of(model, reader: HFModel, examples: list[tuple[Question, str, str]]) -> torch.Tensor:
    """Mean surprise by the answers' tokens, in nats."""
    sequences, firsts = [], []
    for question, text, answer in examples:
        tokens = list(reader._encoder.encode(question.prompt(Item(text))).tokens)
        told = reader._tokenizer.encode(f" {answer}", special=False)[:ANSWER]
        firsts.append(len(tokens))
        sequences.append([*tokens, *told])
    # A few shapes only: on a CPU each new one is compiled, and for the head that takes a copy of its weights.
    width = -(-max(map(len, sequences)) // 32) * 32
    inputs = torch.zeros((len(sequences), width), dtype=torch.long)
    for row, sequence in enumerate(sequences):
        inputs[row, : len(sequence)] = torch.tensor(sequence)
    device = next(model.parameters()).device
    inner = model.get_base_model()
    states = inner.model(input_ids=inputs.to(device)).last_hidden_state
    rows = [row for row, tokens in enumerate(sequences) for _ in range(len(tokens) - firsts[row])]
    places = [place for row, tokens in enumerate(sequences) for place in range(firsts[row], len(tokens))]
    told = inputs[rows, places]
    filled = -len(rows) % 32
    rows, places = rows + rows[:1] * filled, places + places[:1] * filled
    before = states[rows, torch.tensor(places) - 1]
    logits = torch.nn.functional.linear(before, inner.lm_head.weight)[: len(told)].float()
    return torch.nn.functional.cross_entropy(logits, told.to(device))


@torch.no_grad()
def measure(reader: HFModel, sets: list[LabelledSet]) -> dict:
    """Mean AMI of k-means (k given) on the last token's states, by layer, with the criterion asked for."""
    n = reader.info.n_layers
    layers = (round(0.8 * n), round(0.93 * n), n)
    every = [(one, each) for one in sets for each in one.criteria]
    chosen = Random(0).sample(every, min(MEASURED_CRITERIA, len(every)))
    own: dict[int, list[float]] = {layer: [] for layer in layers}
    other: dict[int, list[float]] = {layer: [] for layer in layers}
    for labelled, criterion in chosen:
        rows = sample_rows([criterion], MEASURED_ROWS, 0)
        items = [Item(labelled.texts[row][:SHORT]) for row in rows]
        truth = list(labels_of(criterion, rows))
        question = Question(criterion.phrases[0], WORDINGS[0])
        states = read_questions(reader, [question], items, layers)[:, 0, 0]
        k = len(set(truth))
        for number, layer in enumerate(layers):
            vectors = Standardizer.fit(states[:, number]).apply(states[:, number])
            found = KMeans(k, n_init=3, random_state=0).fit_predict(vectors)
            own[layer].append(adjusted_mutual_info_score(truth, found))
            for each in labelled.criteria:
                if each is not criterion:
                    labels = [label or "" for label in labels_of(each, rows)]
                    other[layer].append(adjusted_mutual_info_score(labels, found))
    return {
        "own": {layer: round(float(np.mean(scores)), 4) for layer, scores in own.items()},
        "other": {layer: round(float(np.mean(scores)), 4) for layer, scores in other.items()},
        "each": {f"{one.name} {each.name}": round(own[n][at], 3) for at, (one, each) in enumerate(chosen)},
    }


if __name__ == "__main__":
    main()

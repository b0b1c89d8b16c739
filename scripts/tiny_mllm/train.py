"""Train the tiny MLLM of models/tiny-mllm from scratch: a LLaVA with random weights that learns to see.

    python scripts/tiny_mllm/train.py --out models/tiny-mllm --minutes 40

1. The vision tower learns the seven factors of synthetic pictures through linear heads, which are dropped.
2. Projector and language model learn to answer questions about them, on what the tower, now frozen, sees.
   All questions about a picture are packed into one sequence; each sees the picture and itself only.

Needs no data and no weights of anybody. One thread per process is the fastest on a machine that does other
work besides: threads of one small matrix product wait for each other.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from pictures import FACTORS, SIDE, Labels, draw_labels, draw_picture
from questions import corpus, questions_about
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

PATCH = 12
VOCABULARY = 1024
MEAN, STD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
SPECIAL = ("<|pad|>", "<|im_start|>", "<|im_end|>", "<image>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>\n{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
BEFORE = "<|im_start|>user\n<image>\n"
#: Tokens of :data:`BEFORE` in front of the picture's.
BEFORE_PICTURE = 3
QUESTIONS_PER_PICTURE = 5
#: Pictures drawn in advance, reused in random order.
POOL = 60_000
VISION_BATCH, BATCH = 128, 32


def make_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE: any text can be encoded, the words of the questions are single tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(3000, seed=0), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token="<|im_end|>",
        additional_special_tokens=["<|im_start|>", "<image>"],
        chat_template=TEMPLATE,
        extra_special_tokens={"image_token": "<image>"},
    )


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlavaForConditionalGeneration:
    """A LLaVA with random weights, about 3 million of them."""
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=160,
            intermediate_size=480,
            num_hidden_layers=4,
            num_attention_heads=5,
            image_size=SIDE,
            patch_size=PATCH,
            projection_dim=160,
        ),
        text_config=LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=160,
            intermediate_size=448,
            num_hidden_layers=5,
            num_attention_heads=5,
            num_key_value_heads=5,
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        tie_word_embeddings=True,
    )
    return LlavaForConditionalGeneration(config)


def make_processor(tokenizer: PreTrainedTokenizerFast) -> LlavaProcessor:
    """Resizes any picture to the tower's square: nothing at the edges is cut away."""
    square = {"height": SIDE, "width": SIDE}
    images = CLIPImageProcessorPil(
        size=square, do_center_crop=False, crop_size=square, image_mean=list(MEAN), image_std=list(STD)
    )
    return LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        image_token="<image>",
        chat_template=TEMPLATE,
    )


def _drawn(job: tuple[int, int]) -> tuple[np.ndarray, list[Labels]]:
    n, seed = job
    rng = np.random.default_rng(seed)
    labels = [draw_labels(rng) for _ in range(n)]
    return np.stack([np.asarray(draw_picture(one, rng)) for one in labels]), labels


def draw_pool(n: int, seed: int, workers: int) -> tuple[np.ndarray, list[Labels]]:
    """Pictures as uint8, shape (n, SIDE, SIDE, 3), and their labels."""
    jobs = [(1000, seed * 1_000_003 + i) for i in range(math.ceil(n / 1000))]
    with ProcessPoolExecutor(workers) as pool:
        parts = list(pool.map(_drawn, jobs))
    return np.concatenate([p for p, _ in parts])[:n], [one for _, labels in parts for one in labels][:n]


def to_pixels(pictures: np.ndarray, device: torch.device) -> torch.Tensor:
    """As the processor hands them to the model."""
    pixels = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 255
    return (pixels - torch.tensor(MEAN, device=device).view(3, 1, 1)) / torch.tensor(STD, device=device).view(
        3, 1, 1
    )


def schedule(step: int, share: float, warmup: int = 100) -> float:
    """Linear warm-up in steps, then a cosine to 2% of the peak over the share of the time that is spent."""
    return min(1.0, (step + 1) / warmup) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, share))))


class Trainer:
    """Holds model, pictures and clock."""

    def __init__(self, args: argparse.Namespace) -> None:
        torch.manual_seed(args.seed)
        torch.set_num_threads(args.threads)
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.rng = np.random.default_rng(args.seed)
        self.tokenizer = make_tokenizer()
        self.model = make_model(self.tokenizer).to(self.device)
        n = sum(p.numel() for p in self.model.parameters())
        print(f"{n / 1e6:.2f} million weights; drawing {args.pool:,} pictures", flush=True)
        self.pictures, self.labels = draw_pool(args.pool, args.seed + 1, args.workers)
        self.test, self.test_labels = draw_pool(512, args.seed + 2, 1)
        self.prefix = self.tokenizer(BEFORE.replace("<image>", "<image>" * (SIDE // PATCH) ** 2))["input_ids"]
        image = self.tokenizer.convert_tokens_to_ids("<image>")
        assert self.prefix.index(image) == BEFORE_PICTURE, self.prefix[:8]
        self.codes = {f: {v: i for i, v in enumerate(values)} for f, values in FACTORS.items()}

    def batch(self, n: int) -> np.ndarray:
        return self.rng.integers(len(self.pictures), size=n)

    def autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16)

    def train_vision(self, minutes: float) -> None:
        """Stage 1."""
        tower = self.model.model.vision_tower
        width = tower.config.hidden_size
        heads = nn.ModuleDict(
            {f: nn.Sequential(nn.LayerNorm(width), nn.Linear(width, len(v))) for f, v in FACTORS.items()}
        ).to(self.device)
        weights = [*tower.parameters(), *heads.parameters()]
        optimizer = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.05, betas=(0.9, 0.98))
        start, step = time.monotonic(), 0
        while (spent := (time.monotonic() - start) / 60) < minutes:
            for group in optimizer.param_groups:
                group["lr"] = 1e-3 * schedule(step, spent / minutes)
            rows = self.batch(VISION_BATCH)
            with self.autocast():
                states = (
                    tower(to_pixels(self.pictures[rows], self.device)).last_hidden_state[:, 1:].mean(dim=1)
                )
                loss = torch.zeros((), device=self.device)
                right = {}
                for factor, head in heads.items():
                    wanted = self.wanted(rows, factor)
                    logits = head(states).float()
                    loss = loss + nn.functional.cross_entropy(logits, wanted)
                    right[factor] = (logits.argmax(1) == wanted).float().mean().item()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            step += 1
            if step % 100 == 0:
                shown = " ".join(f"{f}={a:.2f}" for f, a in right.items())
                print(f"vision {step} {spent:.1f} min loss {loss.item():.3f} {shown}", flush=True)

    def wanted(self, rows: np.ndarray, factor: str) -> torch.Tensor:
        code = self.codes[factor]
        return torch.tensor([code[self.labels[row][factor]] for row in rows], device=self.device)

    def packed(self, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """Sequences of picture and questions; each question sees the picture and itself only."""
        start, pad = len(self.prefix), self.tokenizer.pad_token_id
        asked, targets = [], []
        for row in rows:
            texts, wanted = [], []
            for q in questions_about(self.labels[row], QUESTIONS_PER_PICTURE, self.rng):
                before = self.encode(f"{q.text}<|im_end|>\n<|im_start|>assistant\n{q.begun}")
                answer = self.encode(f"{q.answer}<|im_end|>")
                texts.append([*before, *answer])
                wanted.append([-100] * len(before) + answer)
            asked.append(texts)
            targets.append(wanted)
        longest = max(len(t) for texts in asked for t in texts)
        size = start + longest * QUESTIONS_PER_PICTURE
        tokens = torch.full((len(rows), size), pad)
        labels = torch.full((len(rows), size), -100)
        tokens[:, :start] = torch.tensor(self.prefix)
        for i, (texts, wanted) in enumerate(zip(asked, targets, strict=True)):
            for j, (text, want) in enumerate(zip(texts, wanted, strict=True)):
                at = start + j * longest
                tokens[i, at : at + len(text)] = torch.tensor(text)
                labels[i, at : at + len(text)] = torch.tensor(want)
        part = torch.cat([torch.zeros(start), 1 + torch.arange(size - start) // longest]).long()
        sees = (part[:, None] == part[None, :]) | (part[None, :] == 0)
        sees &= torch.arange(size)[:, None] >= torch.arange(size)[None, :]
        places = torch.cat([torch.arange(start), start + torch.arange(size - start) % longest])
        mask = torch.zeros(size, size).masked_fill(~sees, float("-inf"))
        return {
            "input_ids": tokens.to(self.device),
            "labels": labels.to(self.device),
            "attention_mask": mask[None, None].expand(len(rows), 1, size, size).to(self.device),
            "position_ids": places[None].expand(len(rows), size).to(self.device),
        }

    def encode(self, text: str) -> list[int]:
        return list(self.tokenizer(text)["input_ids"])

    def train_answers(self, minutes: float) -> None:
        """Stage 2. (Training the tower on, together with the rest, gained nothing in another 14 minutes.)"""
        whole = self.model.model
        whole.vision_tower.requires_grad_(False)
        seen = self.seen()
        weights = [p for p in self.model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.05, betas=(0.9, 0.98))
        picture = slice(BEFORE_PICTURE, BEFORE_PICTURE + (SIDE // PATCH) ** 2)
        start, step, next_test = time.monotonic(), 0, 3.0
        while (spent := (time.monotonic() - start) / 60) < minutes:
            for group in optimizer.param_groups:
                group["lr"] = 1.5e-3 * schedule(step, spent / minutes)
            rows = self.batch(BATCH)
            given = self.packed(rows)
            labels = given.pop("labels")
            with self.autocast():
                embeds = self.model.get_input_embeddings()(given.pop("input_ids"))
                shown = whole.multi_modal_projector(seen[rows].to(self.device, embeds.dtype))
                embeds = torch.cat([embeds[:, : picture.start], shown, embeds[:, picture.stop :]], dim=1)
                states = whole.language_model(inputs_embeds=embeds, **given).last_hidden_state
                at = labels[:, 1:] != -100
                logits = self.model.lm_head(states[:, :-1][at]).float()
            loss = nn.functional.cross_entropy(logits, labels[:, 1:][at])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            step += 1
            if step % 50 == 0:
                print(f"answers {step} {spent:.1f} min loss {loss.item():.4f}", flush=True)
            if spent > next_test:
                next_test += 4
                print(json.dumps(self.accuracy()), flush=True)
                self.save(Path(self.args.out))

    @torch.no_grad()
    def seen(self) -> torch.Tensor:
        """What the tower makes of every picture, 16 bit, shape (n, patches, width)."""
        tower = self.model.model.vision_tower.eval()
        parts = []
        for i in range(0, len(self.pictures), VISION_BATCH):
            with self.autocast():
                states = tower(to_pixels(self.pictures[i : i + VISION_BATCH], self.device)).last_hidden_state
            parts.append(states[:, 1:].to("cpu", torch.bfloat16))
        return torch.cat(parts)

    @torch.inference_mode()
    def accuracy(self) -> dict[str, float]:
        """Share of unseen pictures whose factor's value is the most likely next word."""
        self.model.eval()
        pixels = to_pixels(self.test, self.device)
        found = {}
        for factor, values in FACTORS.items():
            text = f"What is the {factor} of the following image?<|im_end|>\n<|im_start|>assistant\n"
            text += f"The {factor} of this image is"
            tokens = torch.tensor([[*self.prefix, *self.encode(text)]] * 128, device=self.device)
            words = [self.encode(f" {value}")[0] for value in values]
            right = 0
            for i in range(0, len(pixels), 128):
                logits = self.model(
                    input_ids=tokens, pixel_values=pixels[i : i + 128], logits_to_keep=1
                ).logits
                best = logits[:, -1, words].argmax(1).tolist()
                right += sum(values[b] == self.test_labels[i + j][factor] for j, b in enumerate(best))
            found[factor] = round(right / len(pixels), 4)
        self.model.train()
        return found

    def save(self, out: Path) -> None:
        """Weights in 16 bit, configuration, tokenizer and processor, all as transformers loads them."""
        out.mkdir(parents=True, exist_ok=True)
        state = {k: v.detach().to("cpu", torch.float16) for k, v in self.model.state_dict().items()}
        self.model.save_pretrained(out, state_dict=state)
        config = json.loads((out / "config.json").read_text(encoding="utf-8"))
        config["dtype"] = "float16"
        (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        make_processor(self.tokenizer).save_pretrained(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="models/tiny-mllm")
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--pool", type=int, default=POOL)
    parser.add_argument("--workers", type=int, default=2, help="processes that draw")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    trainer = Trainer(args)
    trainer.train_vision(args.minutes * 0.4)
    trainer.train_answers(args.minutes * 0.6)
    trainer.save(Path(args.out))
    print(json.dumps(trainer.accuracy()), flush=True)


if __name__ == "__main__":
    main()

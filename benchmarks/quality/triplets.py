"""Triplet questions: who answers them, which are asked, how many, what is done with the answers.

    python -m benchmarks triplets oracle DATA      perfect, noisy and real oracle against both baselines
    python -m benchmarks triplets strategies DATA  entropy, margin, random and exemplar sampling
    python -m benchmarks triplets exhaustive DATA  every triplet of a few rows
    python -m benchmarks triplets cost DATA        0 to 2,048 triplets
    python -m benchmarks triplets adaptation DATA  light head, LoRA, full fine-tuning
    python -m benchmarks triplets embedders DATA   MiniLM, hidden states, both

Each writes benchmarks/results/triplets_<name>.json after every task; ``results_page.py`` makes tables and
plots. Labels answer for the simulated oracle and score what is finished; nothing else sees them.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from localcluster.backends.base import Item
from localcluster.embed import WORDINGS
from localcluster.embed.view import unit_rows
from localcluster.evidence import to_json
from localcluster.oracle import Oracle, VectorScorer, estimated_accuracy, joined
from localcluster.partition import fit_partition
from localcluster.scoring.metrics import scores
from localcluster.testing import SimulatedScorer
from localcluster.testing.simulated import EVIDENCE
from localcluster.triplets import STRATEGIES, adapt_embedder, membership_of, sample_triplets, with_answers

from ..lib.prepared import ACCURACIES, REAL, answer_store, improved, oracle_for, tasks, true_accuracy
from ..lib.record import Stopwatch, arguments_of, keep, limited, mean_sd, pm

METRICS = ("acc", "nmi", "ari")
#: A kind with this ending is asked though calibration refuses it, trusted at 0.75: only the gate is left.
ANYWAY = " anyway"
BUDGETS = (0, 64, 128, 256, 512, 1024, 2048)


def table(each):
    return {metric: mean_sd([one[metric] for one in each]) for metric in METRICS}


def baselines(prepared, seeds):
    return {
        "kmeans": table([prepared.score(prepared.kmeans(seed)) for seed in range(seeds)]),
        "default": table([prepared.score(prepared.default(seed).labels) for seed in range(seeds)]),
    }


def ask(prepared, kind, seed, store, **settings):
    """One oracle, one seed: the labels that the product would give, and what led to them."""
    simulated = kind.removesuffix(ANYWAY)
    panel = oracle_for(prepared, simulated, seed, store)
    base = prepared.default(seed)
    best = max(panel.calibrations, key=lambda c: c.low)
    asking = panel.oracle
    if asking is None and kind != simulated:
        asking = uncalibrated(panel, prepared, simulated, seed)
    found = {"calibration": round(best.accuracy, 4), "refused": panel.oracle is None, "readings": panel.asked}
    if asking is None:
        return prepared.score(base.labels), found | {"adopted": False, "embedding": False, "scorer": None}
    before = asking.asked
    with Stopwatch() as watch:
        result = improved(prepared, asking, seed, **settings)
    found["scorer"] = asking.scorer.name
    found["seconds"] = watch.seconds
    found["readings"] += asking.asked - before
    if result.rounds:
        batches = result.evidence.all
        found["estimated"] = round(estimated_accuracy(joined(batches)), 4)
        found["true"], found["informative"] = (round(x, 4) for x in true_accuracy(prepared, batches))
        found["rounds"] = [to_json(one.evidence()) for one in result.rounds]
    found["adopted"] = any(one.moves.adopted for one in result.rounds)
    found["embedding"] = any(one.embedding_adopted for one in result.rounds)
    return prepared.score(result.partition.labels), found


def oracle(arguments):
    """Accuracy of the oracle against the result, beside both baselines."""
    path = arguments.results / "triplets_oracle.json"
    kinds = arguments.oracles or [*map(str, ACCURACIES), "0.5" + ANYWAY, REAL]
    for prepared in tasks(arguments):
        row = baselines(prepared, arguments.seeds)
        with answer_store(prepared) as store:
            for kind in kinds:
                each = [
                    ask(prepared, kind, seed, store if kind == REAL else None)
                    for seed in range(arguments.seeds)
                ]
                row[kind] = table([one for one, _ in each]) | {"runs": [found for _, found in each]}
                show(prepared.name, kind, row)
        keep(path, prepared.name, row)


def show(name, kind, row):
    runs = row[kind].get("runs", [])
    told = " ".join(
        "refused"
        if run.get("refused")
        else f"{'moved' if run.get('adopted') else 'kept'}{'+embedding' if run.get('embedding') else ''}"
        for run in runs
    )
    base = f"k-means {row['kmeans']['acc'][0]:.3f} default {row['default']['acc'][0]:.3f}"
    print(
        f"{name:15} {kind:>5} {base} -> {pm(row[kind]['acc'])} {told}",
        flush=True,
    )


def strategies(arguments):
    """Which triplets to ask, everything else alike and ungated: what do 1,024 answers of each kind do?"""
    path = arguments.results / "triplets_strategies.json"
    for prepared in tasks(arguments):
        row = baselines(prepared, arguments.seeds)
        for kind in arguments.oracles or ["1.0", "0.7", REAL]:
            for strategy in STRATEGIES:
                each = [strategy_once(prepared, kind, strategy, seed) for seed in range(arguments.seeds)]
                row[f"{kind} {strategy}"] = {name: mean_sd([one[name] for one in each]) for name in each[0]}
                print(prepared.name, kind, strategy, row[f"{kind} {strategy}"], flush=True)
        keep(path, prepared.name, row)


def strategy_once(prepared, kind, strategy, seed, n=1024):
    panel = oracle_for(prepared, kind, seed, scorers=read_scorers(prepared) if kind == REAL else None)
    base = prepared.default(seed)
    triplets = sample_triplets(base.vectors, base.labels, n, random_state=seed, strategy=strategy)
    # A refused oracle is asked all the same: this study is about the questions.
    asking = panel.oracle or uncalibrated(panel, prepared, kind, seed)
    answers = asking.ask_triplets(triplets)
    right, informative = true_accuracy(prepared, [answers])
    posterior = with_answers(membership_of(base.vectors, base.labels), base.labels, [answers])
    adapted = adapt_embedder(
        prepared.sentence.vectors, answers, method="head", texts=prepared.texts, random_state=seed
    )
    return {
        "informative": informative,
        "right": right,
        "moved acc": prepared.score(posterior.argmax(axis=1))["acc"],
        "head k-means acc": prepared.score(prepared.kmeans(seed, adapted.vectors))["acc"],
    }


def read_scorers(prepared):
    return [VectorScorer("answer distributions", prepared.views[-1].vectors)]


def uncalibrated(panel, prepared, kind, seed):
    scorer = (
        read_scorers(prepared)[0] if kind == REAL else SimulatedScorer(prepared.truth, float(kind), seed=seed)
    )
    # Of equal evidence, so that a simulated answer is trusted at 0.75; a real one at its own slope.
    slope = panel.calibrations[0].slope if kind == REAL else float(np.log(3) / EVIDENCE)
    return Oracle(scorer, prepared.texts, calibration=replace(panel.calibrations[0], slope=slope))


def tokens_of_one_pass(prepared, sample=256):
    """Prompt tokens that reading every text once costs, from a sample of the texts."""
    encoder = getattr(prepared.models.llm, "_encoder", None)
    if encoder is None:
        return None
    wording = next(w for w in WORDINGS if w.name == prepared.views[-1].wording)
    rows = np.random.default_rng(0).permutation(len(prepared.texts))[:sample]
    prompts = [wording.prompt(prepared.criterion, Item(prepared.texts[row])) for row in rows]
    mean = np.mean([len(encoder.encode(prompt, reserve=0).tokens) for prompt in prompts])
    return round(float(mean) * len(prepared.texts))


def cost(arguments):
    """What a budget of triplets buys."""
    path = arguments.results / "triplets_cost.json"
    for prepared in tasks(arguments):
        row = baselines(prepared, arguments.seeds)
        row["tokens"] = tokens_of_one_pass(prepared)
        for kind in arguments.oracles or [*map(str, ACCURACIES), REAL]:
            for budget in BUDGETS[1:]:
                each = [ask(prepared, kind, seed, None, triplets=budget) for seed in range(arguments.seeds)]
                row[f"{kind} {budget}"] = table([one for one, _ in each]) | {
                    "seconds": mean_sd([found.get("seconds", 0.0) for _, found in each]),
                    "readings": mean_sd([found["readings"] for _, found in each]),
                    "adopted": mean_sd([found["adopted"] for _, found in each]),
                }
                print(prepared.name, kind, budget, row[f"{kind} {budget}"]["acc"], flush=True)
        keep(path, prepared.name, row)


def adaptation(arguments):
    """Each way to adapt the sentence embedder, alone (k-means, as the paper) and inside the product."""
    path = arguments.results / "triplets_adaptation.json"
    for prepared in tasks(arguments):
        row = baselines(prepared, arguments.seeds)
        for kind in arguments.oracles or ["1.0"]:
            for method in arguments.methods:
                each = [adapt_once(prepared, kind, method, seed) for seed in range(arguments.seeds)]
                row[f"{kind} {method}"] = {name: mean_sd([one[name] for one in each]) for name in each[0]}
                print(prepared.name, kind, method, row[f"{kind} {method}"], flush=True)
                keep(path, prepared.name, row)


def adapt_once(prepared, kind, method, seed, n=1024):
    """The paper's stage 1 as it stands: k-means, entropy-sampled triplets, adaptation, k-means."""
    scorer = (
        read_scorers(prepared)[0] if kind == REAL else SimulatedScorer(prepared.truth, float(kind), seed=seed)
    )
    labels = prepared.kmeans(seed).astype(np.int64)
    vectors = prepared.sentence.vectors
    answers = Oracle(scorer, prepared.texts).ask_triplets(
        sample_triplets(vectors, labels, n, random_state=seed, strategy="entropy")
    )
    model = prepared.models.embedder.model
    with Stopwatch() as watch:
        adapted = adapt_embedder(
            vectors, answers, method=method, texts=prepared.texts, model=model, random_state=seed
        )
    views = [type(prepared.sentence)(**{**vars(prepared.sentence), "vectors": adapted.vectors})]
    whole = fit_partition([*views, *prepared.views[1:]], prepared.k, seed)
    return {
        "seconds": watch.seconds,
        "z": adapted.verdict.z,
        "k-means acc": prepared.score(prepared.kmeans(seed, adapted.vectors))["acc"],
        "default acc": prepared.score(whole.labels)["acc"],
    }


def embedders(arguments):
    """The paper's open question: which embedding to improve."""
    path = arguments.results / "triplets_embedders.json"
    for prepared in tasks(arguments):
        row = {}
        states = [view for view in prepared.views if view.kind == "states"]
        for name, views in (("MiniLM", prepared.views[:1]), ("states", states), ("both", prepared.views)):
            for kind in ["none", *(arguments.oracles or ["1.0", REAL])]:
                each = []
                for seed in range(arguments.seeds):
                    base = prepared.default(seed, views, name)
                    if kind == "none":
                        each.append(prepared.score(base.labels))
                        continue
                    read = read_scorers(prepared) if kind == REAL else None
                    panel = oracle_for(prepared, kind, seed, scorers=read)
                    if panel.oracle is not None:
                        base = improved(prepared, panel.oracle, seed, views, base).partition
                    each.append(prepared.score(base.labels))
                row[f"{name} {kind}"] = table(each)
                print(prepared.name, name, kind, row[f"{name} {kind}"]["acc"], flush=True)
            joint = unit_rows(
                PCA(min(64, len(prepared.texts) - 1), random_state=0)
                .fit_transform(np.concatenate([view.vectors for view in views], axis=1))
                .astype(np.float32)
            )
            each = [prepared.score(prepared.kmeans(seed, joint)) for seed in range(arguments.seeds)]
            row[f"{name} kmeans"] = table(each)
        keep(path, prepared.name, row)


def exhaustive(arguments):
    """A few rows, every triplet there is, a perfect oracle: what is left to gain beyond a sample of them?"""
    path = arguments.results / "triplets_exhaustive.json"
    for prepared in tasks(arguments):
        row = {}
        each = [exhaustive_once(prepared, seed) for seed in range(arguments.seeds)]
        for name in each[0]:
            row[name] = mean_sd([one[name] for one in each])
        print(prepared.name, row, flush=True)
        keep(path, prepared.name, row)


def exhaustive_once(prepared, seed, n_classes=5, per_class=5, budget=48):
    """ACC of k-means after a light head learned from all triplets, and from ``budget`` by each strategy."""
    rng = np.random.default_rng(seed)
    classes = rng.choice(prepared.k, n_classes, replace=False)
    rows = np.concatenate([rng.choice(np.flatnonzero(prepared.truth == c), per_class) for c in classes])
    rows = np.unique(rows)
    truth, vectors = prepared.truth[rows], prepared.sentence.vectors[rows]
    n = len(rows)

    def kmeans(points):
        return KMeans(n_classes, n_init=10, random_state=seed).fit_predict(points).astype(np.int64)

    def acc(triplets):
        answers = Oracle(SimulatedScorer(truth, seed=seed), [str(row) for row in range(n)]).ask_triplets(
            triplets
        )
        adapted = adapt_embedder(vectors, answers, method="head", random_state=seed).vectors
        return scores(truth, kmeans(adapted))["acc"]

    query, one, two = (axis.ravel() for axis in np.indices((n, n, n)))
    distinct = (query != one) & (query != two) & (one < two)
    base = kmeans(vectors)
    found = {"rows": n, "triplets": int(distinct.sum()), "k-means": scores(truth, base)["acc"]}
    found["all"] = acc(np.stack([query, one, two], axis=1)[distinct])
    for strategy in STRATEGIES:
        found[strategy] = acc(sample_triplets(vectors, base, budget, random_state=seed, strategy=strategy))
    return found


STUDIES = {
    "oracle": oracle,
    "strategies": strategies,
    "exhaustive": exhaustive,
    "cost": cost,
    "adaptation": adaptation,
    "embedders": embedders,
}


def main() -> None:
    """Run the study asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("study", choices=STUDIES)
    arguments_of(parser)
    parser.add_argument("--oracles", nargs="*", help='accuracies to simulate, or "real"')
    parser.add_argument("--methods", nargs="*", default=["head", "lora", "full"])
    arguments = parser.parse_args()
    with limited(arguments.threads):
        STUDIES[arguments.study](arguments)

"""Sections of RESULTS.md about questions to the model: triplets, pairs, and who answers them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from ..lib.record import pm
from ..lib.tasks import CLASSES, EIGHT
from .plotting import SERIES, save
from .results_parts import grid

SIMULATED = ("1.0", "0.85", "0.7", "0.5")
#: Entries of a task that are no oracle.
NOT_KINDS = ("kmeans", "default", "tokens")
#: Take this away when the studies named have been run again.
STALE = (
    "The simulated columns here and the budgets below were measured before a scorer's own view was taken out of the easy "
    "questions (the real model's rows here after it)."
)


def named(task):
    return f"{task} ({CLASSES[task]})" if task in CLASSES else task


def oracle(read, plots):
    """Both baselines and the loop under each oracle."""
    rows, real = [], []
    for task, row in read.items():
        cells = [named(task), pm(row["kmeans"]["acc"]), pm(row["default"]["acc"])]
        cells += [pm(row[kind]["acc"]) if kind in row else "" for kind in SIMULATED]
        rows.append(cells)
        if "real" in row:
            real.append(real_row(task, row))
    asked = [
        found
        for row in read.values()
        for found in row.get("0.5 anyway", {}).get("runs", [])
        if found.get("rounds")
    ]
    kept = sum(not (found["adopted"] or found["embedding"]) for found in asked)
    adapted = sum(found["embedding"] for found in asked)
    moved = max(
        (
            abs(row["0.5 anyway"]["acc"][0] - row["default"]["acc"][0])
            for row in read.values()
            if "0.5 anyway" in row
        ),
        default=0.0,
    )
    refused = [found["refused"] for row in read.values() for found in row.get("0.5", {}).get("runs", [])]
    figure, axes = plt.subplots(figsize=(8, 3))
    names = list(read)
    for place, kind in enumerate((*SIMULATED, "real")):
        gains = [
            100 * (read[name][kind]["acc"][0] - read[name]["default"]["acc"][0]) if kind in read[name] else 0
            for name in names
        ]
        axes.bar(np.arange(len(names)) + 0.16 * (place - 2), gains, 0.15, label=kind, color=SERIES[kind])
    axes.axhline(0, color="black", lw=0.6)
    axes.set_xticks(range(len(names)), names, rotation=20, ha="right")
    axes.set_ylabel("points of ACC above the default")
    axes.legend(title="oracle", frameon=False, ncols=5, loc="upper center", bbox_to_anchor=(0.5, 1.25))
    save(figure, plots / "oracle.svg")
    parts = [
        "## One round of at most 1,024 triplets, gated\n\n`python -m benchmarks triplets oracle DATA`",
        grid(["data (classes)", "k-means", "default", *(f"oracle {kind}" for kind in SIMULATED)], rows),
        "![Gain over the default by oracle](plots/oracle.svg)",
        STALE,
        f"A simulated oracle of accuracy 0.5 was refused by calibration in {sum(refused)} of {len(refused)} runs. "
        f"Asked all the same, and trusted as if it were right three times in four, it changed nothing in {kept} of "
        f"{len(asked)} runs and adapted the embedding in {adapted}: the gate alone is a test at 1%, taken twice a run. "
        f"No data set's mean ACC moved by more than {moved:.4f}.",
    ]
    if real:
        header = ["data", "k-means", "default", "with the real oracle", "gain", "scorer"]
        header += ["easy questions", "estimated", "true", "embedding adopted"]
        parts += [
            "### The real local model as oracle\n\n*Easy questions*: share answered rightly in calibration. *Estimated* and "
            "*true*: accuracy on the asked triplets, the latter by labels, of those that have a right answer.",
            grid(header, real),
        ]
    return "\n\n".join(parts)


def real_row(task, row):
    runs = row["real"]["runs"]
    asked = [found for found in runs if found.get("rounds")]

    def mean(name):
        return f"{np.mean([found[name] for found in asked]):.2f}" if asked else "-"

    names = sorted({found["scorer"] or "refused" for found in runs})
    gain = row["real"]["acc"][0] - row["default"]["acc"][0]
    return [
        task,
        pm(row["kmeans"]["acc"]),
        pm(row["default"]["acc"]),
        pm(row["real"]["acc"]),
        f"{gain:+.3f}",
        ", ".join(names),
        f"{np.mean([found['calibration'] for found in runs]):.2f}",
        mean("estimated"),
        mean("true"),
        f"{sum(found['embedding'] for found in runs)} of {len(runs)}",
    ]


def strategies(read, plots):
    """Sampling strategies."""
    rows = []
    for task, row in read.items():
        for key, found in row.items():
            if key in ("kmeans", "default"):
                continue
            kind, strategy = key.rsplit(" ", 1)
            cells = [task, kind, strategy, f"{found['informative'][0]:.2f}", f"{found['right'][0]:.2f}"]
            rows.append([*cells, pm(found["moved acc"]), pm(found["head k-means acc"])])
        rows.append([task, "none", "", "", "", pm(row["default"]["acc"]), pm(row["kmeans"]["acc"])])
    return "\n\n".join(
        [
            "## Which triplets to ask\n\n`python -m benchmarks triplets strategies DATA`: 1,024 triplets, one seed, no gate. With fewer than "
            "150 clusters only two count as closest, and entropy and margin sampling are the same. "
            "*Informative*: exactly one choice is of the query's class. *Rows moved*: the default's rows placed by the "
            "answers. *Head*: k-means on the embedding that a light head adapted. The last line of each is without answers.",
            grid(
                [
                    "data",
                    "oracle",
                    "strategy",
                    "informative",
                    "right",
                    "rows moved, ACC",
                    "head, k-means ACC",
                ],
                rows,
            ),
        ]
    )


def exhaustive(read, plots):
    """Every triplet of a few rows."""
    names = ("k-means", "all", "exemplar", "entropy", "margin", "random")
    rows = [
        [task, f"{row['rows'][0]:.0f}", f"{row['triplets'][0]:,.0f}", *(pm(row[name]) for name in names)]
        for task, row in read.items()
    ]
    return "\n\n".join(
        [
            "### Every candidate triplet of a small set\n\n`python -m benchmarks triplets exhaustive DATA`: five classes of at "
            "most five rows each, a perfect oracle, the light head trained on all triplets or on 48 of each strategy; ACC "
            "of k-means with ten starts, mean ± sd over seeds.",
            grid(["data", "rows", "triplets", *names], rows),
        ]
    )


def cost(read, plots):
    """Budget against result."""
    parts = [
        "## What a budget of triplets buys\n\n`python -m benchmarks triplets cost DATA`: one seed, gated, as the product does."
    ]
    figure, axes = plt.subplots(1, len(read), figsize=(3.2 * len(read), 2.8), squeeze=False)
    rows = []
    for axis, (task, row) in zip(axes[0], read.items(), strict=True):
        kinds = sorted({key.split(" ")[0] for key in row if key not in NOT_KINDS}, reverse=True)
        for kind in kinds:
            budgets = sorted(int(key.split(" ")[1]) for key in row if key.split(" ")[0] == kind)
            each = [row[f"{kind} {budget}"] for budget in budgets]
            axis.plot(
                [0, *budgets],
                [row["default"]["acc"][0], *(one["acc"][0] for one in each)],
                marker="o",
                ms=3,
                color=SERIES[kind],
                label=kind,
            )
            for budget, one in zip(budgets, each, strict=True):
                cells = [task, kind, budget, pm(one["acc"]), f"{one['adopted'][0]:.0%}"]
                rows.append([*cells, f"{one['readings'][0]:.0f}", f"{one['seconds'][0]:.0f}"])
        axis.axhline(row["kmeans"]["acc"][0], color="black", lw=0.6, ls=":")
        axis.set_title(task)
        axis.set_xlabel("triplets")
    axes[0][0].set_ylabel("ACC (dotted: k-means)")
    axes[0][-1].legend(title="oracle", frameon=False, bbox_to_anchor=(1, 1))
    save(figure, plots / "cost.svg")
    header = ["data", "oracle", "triplets", "ACC", "adopted", "readings", "seconds"]
    return "\n\n".join(
        [
            *parts,
            "![ACC by number of triplets](plots/cost.svg)",
            "<details><summary>The figures</summary>\n\n" + grid(header, rows) + "\n\n</details>",
            "*Readings* are scores read for calibration and questions in both orders; with answer distributions they cost "
            "one prompt per row, which the default has read already, so no further token is spent ("
            + ", ".join(
                f"{task}: {row['tokens']:,} prompt tokens for that pass"
                for task, row in read.items()
                if row.get("tokens")
            )
            + "). Seconds are those of "
            "the loop: sampling, adaptation by the light head, and partitioning anew where it was adopted.",
        ]
    )


def adaptation(read, plots):
    """Head, LoRA, full fine-tuning."""
    rows = []
    for task, row in read.items():
        rows.append([task, "none", pm(row["kmeans"]["acc"]), pm(row["default"]["acc"]), "", ""])
        for key, found in row.items():
            if key not in ("kmeans", "default"):
                cells = [task, key, pm(found["k-means acc"]), pm(found["default acc"])]
                rows.append([*cells, f"{found['z'][0]:.1f}", f"{found['seconds'][0]:.0f}"])
    return "\n\n".join(
        [
            "## How to adapt the embedder\n\n`python -m benchmarks triplets adaptation DATA`: the paper's stage 1 (k-means, "
            "1,024 entropy-sampled triplets, adaptation, k-means), one seed, ungated; and the default on the adapted embedding. *z*: "
            "what the gate sees on the held-out fifth.",
            grid(["data", "oracle, method", "k-means ACC", "default ACC", "z", "seconds"], rows),
        ]
    )


def embedders(read, plots):
    """MiniLM, states, both."""
    columns = [f"{view} {kind}" for view in ("MiniLM", "states", "both") for kind in ("none", "1.0", "real")]
    rows = [
        [named(task), *(f"{row[column]['acc'][0]:.3f}" if column in row else "" for column in columns)]
        for task, row in read.items()
    ]
    return "\n\n".join(
        [
            "## Which embedding to improve\n\nThe paper's open question. `python -m benchmarks triplets embedders DATA`: "
            "ACC of the default on these views alone, without answers, with a perfect oracle, with the real one.",
            grid(["data (classes)", *columns], rows),
        ]
    )


def granularity(read, plots):
    """Simulated answers to pairs."""
    read = read.get("sentence", read)
    rows, points = [], []
    for task, row in read.items():
        if task not in EIGHT:
            continue
        truth, methods = row["truth"], row["methods"]
        cells = [task, truth]
        for accuracy in ("1.0", "0.85", "0.7"):
            for method in ("change point", "paper"):
                runs = np.array(methods[method][accuracy])
                inside = int(((runs[:, 1] <= truth) & (truth <= runs[:, 2])).sum())
                low, high = np.median(runs[:, 1]), np.median(runs[:, 2])
                cells.append(f"{np.median(runs[:, 0]):.0f} [{low:.0f}-{high:.0f}] {inside}/{len(runs)}")
        rows.append(cells)
        points.append((task, truth, np.array(methods["change point"]["1.0"])))
    figure, axes = plt.subplots(figsize=(5, 3.6))
    for place, (_, truth, runs) in enumerate(points):
        middle, low, high = np.median(runs, axis=0)
        axes.plot([low, high], [place, place], color=SERIES["0.85"], lw=3, solid_capstyle="round")
        axes.plot(middle, place, "o", color=SERIES["1.0"])
        axes.plot(truth, place, "|", color="black", ms=14)
    axes.set_xscale("log")
    axes.set_yticks(range(len(points)), [task for task, _, _ in points])
    axes.set_xlabel("number of clusters: predicted (dot), range (bar), truth (line)")
    save(figure, plots / "granularity.svg")
    header = ["data", "classes"]
    header += [f"{m}, {a}" for a in ("1.0", "0.85", "0.7") for m in ("ours", "F-beta")]
    return "\n\n".join(
        [
            "## How many clusters: simulated answers to 198 pairs\n\n`python -m benchmarks granularity DATA`: median k, median "
            "range, and how often the truth lies in the range, over seeds. *Ours* is the change point, *F-beta* the paper's rule.",
            grid(header, rows),
            "![Predicted number of clusters with a perfect oracle](plots/granularity.svg)",
        ]
    )


def granularity_real(read, plots):
    """Answers of the real model."""
    rows = []
    for task, row in read.items():
        runs = [run for run in row["runs"] if run.get("k")]
        if not runs:
            rows.append([task, row["truth"], row["silhouette"], "refused", "", "", "", ""])
            continue
        middle = int(np.median([run["k"] for run in runs]))
        inside = sum(run["low"] <= row["truth"] <= run["high"] for run in runs)
        low, high = (int(np.median([run[end] for run in runs])) for end in ("low", "high"))
        told = [f"{np.mean([run[name] for run in runs]):.2f}" for name in ("estimated", "true", "says same")]
        cells = [task, row["truth"], row["silhouette"], f"{middle} [{low}-{high}]", f"{inside}/{len(runs)}"]
        rows.append([*cells, *told])
    header = ["data", "classes", "silhouette", "k [range]", "truth inside", "estimated", "true", "says same"]
    return "\n\n".join(
        [
            "## How many clusters: the real local model\n\n`python -m benchmarks granularity_real DATA`",
            grid(header, rows),
        ]
    )


def consistency(read, plots):
    """Order, wording, time, transitivity."""
    names = (
        "order",
        "wording",
        "time",
        "says first choice",
        "says same",
        "transitive",
        "transitive by chance",
    )
    rows = [
        [task, scorer, *(f"{found[name]:.2f}" if name in found else "" for name in names)]
        for task, row in read.items()
        for scorer, found in row.items()
    ]
    return "\n\n".join(
        [
            "## Is the oracle consistent?\n\n`python -m benchmarks oracle_consistency DATA`: shares of the questions that the "
            "product would ask which are answered alike when the choices are swapped, the question is reworded, or it is asked "
            'again later; and of triads with two "same", those whose third is "same".',
            grid(["data", "scorer", *names], rows),
        ]
    )

"""The figures of docs/how-it-works.md, from what the benchmarks wrote: docs/figures/.

    pip install -e ".[bench]" && python -m benchmarks docs_figures

Reads benchmarks/results/*.json only. The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import NullLocator

from ..lib.record import ABOUT, RESULTS
from ..lib.tasks import CLASSES, EIGHT
from .plotting import SERIES, save

ROOT = Path(__file__).parents[2]
#: Colors of the two models in the diagram, and of what is no model.
SENTENCE, LANGUAGE, PLAIN = "#f3d9d2", "#d3e5de", "#f0f0f0"
GREY = "#666666"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "figures")
    given = parser.parse_args()
    plt.rcParams["svg.hashsalt"] = "localcluster"
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    given.out.mkdir(parents=True, exist_ok=True)

    def read(name):
        found = json.loads((given.results / f"{name}.json").read_text("utf-8"))
        return {task: row for task, row in found.items() if task not in ABOUT}

    figures = {
        "run": run(),
        "tokens": tokens(read("targets")),
        "stages": stages(read("triplets_oracle")),
        "questions": questions(read("triplets_strategies"), read("triplets_cost")),
        "how-many": how_many(read("granularity")["sentence"]),
    }
    for name, figure in figures.items():
        save(figure, given.out / f"{name}.svg")


def run():
    """What flows where in a run."""
    figure, axes = plt.subplots(figsize=(8, 4))
    axes.set(xlim=(-1, 101), ylim=(6, 56))
    axes.axis("off")

    def box(x, y, width, height, title, text="", color=PLAIN):
        shape = FancyBboxPatch(
            (x, y), width, height, boxstyle="round,pad=0,rounding_size=1", fc=color, ec=GREY, lw=0.8
        )
        axes.add_patch(shape)
        lines = text.count("\n") + 1 if text else 0
        axes.text(
            x + width / 2, y + height / 2 + 1.35 * lines, title, ha="center", va="center", weight="bold"
        )
        if text:
            axes.text(
                x + width / 2,
                y + height / 2 - 1.5,
                text,
                ha="center",
                va="center",
                fontsize=7.5,
                linespacing=1.25,
            )

    def arrow(*points, label="", at=(0, 0), turn=0):
        for start, end in pairwise(points[:-1]):
            axes.plot(*zip(start, end, strict=True), color=GREY, lw=1)
        axes.annotate(
            "",
            points[-1],
            points[-2],
            arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1, "shrinkA": 0},
        )
        if label:
            axes.text(
                *at, label, ha="center", va="center", fontsize=7.5, style="italic", color=GREY, rotation=turn
            )

    box(0, 43, 15, 12, "rows", "table or pictures")
    box(0, 25, 15, 12, "criterion", "in words")
    box(24, 43, 20, 12, "sentence\nembedder", color=SENTENCE)
    box(24, 25, 20, 12, "language\nmodel", color=LANGUAGE)
    box(53, 43, 19, 12, "candidates", "k-means, Ward,\nspectral cuts")
    box(81, 43, 19, 12, "partition", "best support\nfrom all views")
    box(53, 25, 19, 12, "answers", "about unsure rows; a\nfifth is held out", color=LANGUAGE)
    box(81, 25, 19, 12, "gate", "moves rows, adapts,\nor changes nothing")
    box(53, 7, 19, 12, "names, words", "and examples", color=LANGUAGE)
    box(81, 7, 19, 12, "head", "learns the clusters,\nplaces new rows")
    box(24, 7, 20, 12, "files", "report.html, run.json,\nclusters.csv")

    arrow((15, 49), (24, 49))
    arrow((15, 46), (19.5, 46), (19.5, 33), (24, 33))
    arrow((15, 29), (24, 29))
    arrow((44, 49), (53, 49), label="vectors", at=(48.5, 51))
    arrow((44, 34.5), (48.5, 34.5), (48.5, 46), (53, 46), label="states", at=(46.2, 40.5), turn=90)
    arrow((72, 49), (81, 49))
    arrow((83, 43), (83, 40), (62.5, 40), (62.5, 37), label="least sure rows", at=(74, 41.3))
    arrow((44, 28), (53, 28), label="scores", at=(48.5, 29.7))
    arrow((72, 31), (81, 31))
    arrow((98, 37), (98, 43), label="if supported", at=(92, 40))
    arrow((90.5, 25), (90.5, 19))
    arrow((81, 13), (72, 13))
    arrow((53, 13), (44, 13))
    return figure


def tokens(read):
    """NMI of k-means on the raw states of three tokens, by layer."""
    figure, panels = plt.subplots(1, len(read), figsize=(8, 2.5), sharey=True)
    looks = {
        "last": ("last token", SERIES["1.0"], "o"),
        "keyword": ("the criterion's own", SERIES["0.7"], "s"),
        "item": ("mean over the text", SERIES["random"], "^"),
    }
    for panel, (task, row) in zip(panels, read.items(), strict=True):
        wording = max(row["wording index"], key=row["wording index"].get)
        for token, (label, color, marker) in looks.items():
            cells = [c for c in row["cells"] if (c[0], c[1], c[3]) == (wording, token, "raw state")]
            layers, scores = zip(*((cell[2], cell[4]) for cell in cells), strict=True)
            panel.plot(layers, scores, marker=marker, ms=4, color=color, label=label)
        panel.set_title(f"{task} ({row['k']})")
        panel.set_xticks(layers, ["" if layer == 28 else str(layer) for layer in layers])
        panel.set_xlabel("layer of 30")
    panels[0].set_ylabel("NMI with the criterion")
    panels[0].set_ylim(-0.02, 0.7)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.1))
    return figure


def stages(read):
    """ACC of k-means, of the default, and with the answers of several oracles."""
    figure, axes = plt.subplots(figsize=(8, 3.6))
    tasks = sorted(read, key=lambda task: read[task]["default"]["acc"][0])
    for place, task in enumerate(tasks):
        acc = {kind: found["acc"][0] for kind, found in read[task].items() if "acc" in found}
        axes.plot(
            [acc["kmeans"], acc["default"]],
            [place] * 2,
            color="#bbbbbb",
            lw=4,
            solid_capstyle="butt",
            zorder=1,
        )
        axes.plot(
            [acc["default"], acc["1.0"]], [place] * 2, color="#bcd9cd", lw=4, solid_capstyle="butt", zorder=1
        )
    looks = {
        "kmeans": ("k-means", "white", "o"),
        "default": ("default, no questions", "black", "o"),
        "0.85": ("answers right 85%", SERIES["0.85"], "D"),
        "1.0": ("all right", SERIES["1.0"], "D"),
        "real": ("of the 135M model", SERIES["real"], "v"),
    }
    for kind, (label, color, marker) in looks.items():
        real = kind == "real"
        axes.scatter(
            [read[task][kind]["acc"][0] for task in tasks],
            [place + 0.3 * real for place in range(len(tasks))],
            s=26,
            marker=marker,
            color=color,
            edgecolor=color if real else "black",
            linewidth=0.7,
            label=label,
            zorder=3,
        )
    axes.set_yticks(range(len(tasks)), [f"{task} ({CLASSES[task]})" for task in tasks])
    axes.set_xlabel("clustering accuracy, k given, mean of 3 seeds")
    axes.legend(
        frameon=False,
        ncols=5,
        loc="upper center",
        bbox_to_anchor=(0.42, 1.13),
        handletextpad=0,
        columnspacing=1,
    )
    return figure


def questions(strategies, cost):
    """Which triplets to ask, and how many: one data set."""
    (task,) = strategies
    chosen, budget = strategies[task], cost[task]
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(8, 2.5), width_ratios=[1, 1, 1.4])
    kinds = ("exemplar", "entropy", "random")
    base = 100 * chosen["default"]["acc"][0]
    for place, kind in enumerate(kinds):
        found = chosen[f"1.0 {kind}"]
        informative, moved = 100 * found["informative"][0], 100 * found["moved acc"][0] - base
        for panel, value, said in (
            (left, informative, f"{informative:.0f}%"),
            (middle, moved, f"{moved:+.1f}"),
        ):
            panel.bar(place, value, 0.6, color=SERIES[kind])
            panel.text(place, value, said, ha="center", va="bottom", fontsize=8)
    for panel, title in (
        (left, "questions with a right answer"),
        (middle, "points of ACC, all answered rightly"),
    ):
        panel.set_title(title, fontsize=9)
        panel.set_xticks(range(len(kinds)), kinds)
        panel.margins(y=0.15)
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
    labels = {"1.0": "all right", "0.85": "right 85%", "0.7": "right 70%", "real": "the 135M model"}
    for kind, label in labels.items():
        budgets = sorted(int(key.split()[1]) for key in budget if key.split()[0] == kind)
        gains = [100 * (budget[f"{kind} {n}"]["acc"][0] - budget["default"]["acc"][0]) for n in budgets]
        right.plot(budgets, gains, marker="o", ms=3, color=SERIES[kind], label=label)
    right.axhline(0, color="black", lw=0.6)
    right.set_xscale("log", base=2)
    right.set_xticks(budgets, [f"{n:,}" for n in budgets])
    right.set_title("points of ACC by number of questions", fontsize=9)
    right.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    return figure


def how_many(read):
    """Number of clusters from pairs: median and range, by how often the answers are right."""
    tasks = sorted((task for task in read if task in EIGHT), key=lambda task: read[task]["truth"])
    figure, panels = plt.subplots(1, 3, figsize=(8, 2.9), sharey=True, sharex=True)
    for panel, (accuracy, title) in zip(
        panels, (("1.0", "all answers right"), ("0.85", "right 85%"), ("0.7", "right 70%")), strict=True
    ):
        for place, task in enumerate(tasks):
            k, low, high = np.median(np.array(read[task]["methods"]["change point"][accuracy]), axis=0)
            panel.plot(
                [low, high], [place, place], color=SERIES["0.85"], lw=3, solid_capstyle="butt", zorder=1
            )
            panel.plot(read[task]["truth"], place, "|", color="black", ms=13, mew=1.5, zorder=2)
            panel.plot(k, place, "o", color=SERIES["1.0"], ms=5, zorder=3)
        panel.set_title(title, fontsize=9)
        panel.set_xscale("log")
        panel.set_xticks([2, 5, 10, 20, 50, 100, 200], ["2", "5", "10", "20", "50", "100", "200"])
        panel.xaxis.set_minor_locator(NullLocator())
    panels[0].set_yticks(range(len(tasks)), tasks)
    panels[1].set_xlabel("number of clusters: found (dot), its range (bar), the truth (line)")
    figure.tight_layout()
    return figure

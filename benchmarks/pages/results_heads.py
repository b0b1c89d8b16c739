"""Sections of RESULTS.md about ESMC on texts: targets (token, layer, lens) and the clustering head."""

from __future__ import annotations

from ..lib.record import pm
from .results_parts import grid

#: Ways to read a head; headings of their columns.
WAYS = {
    "without head": "without head",
    "paper, largest score": "paper's head",
    "paper, k-means on output": "k-means on it",
    "ours": "ours",
    "ours, judged": "ours, judged",
}
LENS = "logit lens"


def targets(read, plots):
    """Which token, layer and form carry the criterion."""
    parts = [
        "## Targets on texts: token, layer, raw state or logit lens\n\n`python -m benchmarks targets DATA`: at most "
        "1,000 rows, k given. *Selected* is the NMI of the partition that selection takes from the views of a run "
        "without an oracle (last token, wording by the index, three depths and the lens; no sentence view); *best "
        "target* k-means on the best of wording (is, colon) x token (last, the criterion's own, mean over the text) x "
        "layer x raw state or lens, by the labels. *By answers*: what would be taken on the answers of an oracle to the "
        "triplets that the candidates dispute; simulated oracles show what the rule makes of answers.",
        grid(
            [
                "criterion (k)",
                "selected, NMI",
                "best target",
                "NMI",
                "regret",
                "by answers: 85%",
                "70%",
                "starter model",
            ],
            [target_row(*found) for found in read.items()],
        ),
        "NMI of k-means on each target under the wording that the index chose.",
    ]
    parts += [f"**{name}**\n\n{layers(row)}" for name, row in read.items()]
    return "\n\n".join(parts)


def target_row(name, row):
    wording, place, layer, form, mean, _ = row["best in hindsight"]
    answers = row["by answers"]
    told = [
        "refused" if answers[key] is None else answers[key]["chosen"]
        for key in ("right 85%", "right 70%", "the starter model")
    ]
    return [
        f"{name} ({row['k']})",
        f"{pm(row['selected']['nmi'])} ({row['selected']['partition']})",
        f"{wording}, {place}, layer {layer}, {form}",
        f"{mean:.3f}",
        f"{row['regret']:.3f}",
        *told,
    ]


def layers(row):
    index = row["wording index"]
    wording = max(index, key=lambda name: index[name])
    cells = {tuple(cell[:4]): cell[4] for cell in row["cells"]}
    depths = sorted({cell[2] for cell in cells})
    forms = [(place, form) for place in ("last", "keyword", "item") for form in ("raw state", LENS)]
    return grid(
        [f"wording {wording}", *(f"layer {depth}" for depth in depths)],
        [
            [f"{place}, {form}", *(f"{cells[wording, place, depth, form]:.3f}" for depth in depths)]
            for place, form in forms
        ],
    )


def heads(read, plots):
    """What the clustering head changes, and how it assigns new rows."""
    rows = []
    for task, bases in read.items():
        for base, found in bases.items():
            if "ways" in found:
                cells = [
                    f"{pm(found['ways'][way]['acc'])} / {found['ways'][way]['nmi'][0]:.3f}" for way in WAYS
                ]
                rows.append([task, base, *cells, f"{found['adopted']['ours']:.0%}"])
    return "\n\n".join(
        [
            "## The clustering head on texts\n\n`python -m benchmarks heads DATA`: ACC ± sd / NMI over 3 seeds, k given, of "
            "three partitions without a head, with the paper's (30% of each cluster, 200 epochs, last one: its largest "
            "score, and k-means on its output), with ours (share and epochs by held-out pseudo labels), and with ours "
            "where the views support it (*judged*, what a run does; *adopted*: share of the seeds).",
            grid(["criterion", "partition", *WAYS.values(), "adopted"], rows),
            "New rows: a fifth of the rows hidden from partition and head; agreement with the partition of all rows, and "
            "the calibration error of the probabilities.",
            grid(
                [
                    "criterion",
                    *(f"{way}: agreement / calibration error" for way in ("votes", "head", "mean of both")),
                ],
                [new_rows(task, bases["new rows"]) for task, bases in read.items() if "new rows" in bases],
            ),
            "The head does not improve a partition here, and a run does not let it; it assigns new rows.",
        ]
    )


def new_rows(task, found):
    cells = [
        f"{pm(found[way]['agree'])} / {found[way]['calibration error'][0]:.3f}"
        for way in ("votes", "head", "mean of both")
    ]
    return [task, *cells]

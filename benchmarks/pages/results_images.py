"""Sections of RESULTS.md about pictures."""

from __future__ import annotations

from ..lib.record import pm
from .results_parts import grid

RUN, KMEANS = "localcluster run", "k-means"
#: Ways to cluster, in the order in which each adds to the one before; headings of their columns.
WAYS = {
    KMEANS: "k-means",
    "k-means, paper's head": "paper's head",
    "k-means, k-means on paper's head": "k-means on it",
    "without questions and head": "default's partition",
    "without questions": "with head",
    RUN: "run",
}


def images(read, plots):
    """Pictures with known factors, by four criteria."""
    about = read.pop("about")
    asked = [one for row in read.values() for one in row["oracle"]]
    scorers = ", ".join(sorted({one["scorer"] or "refused" for one in asked}))
    moved = sum(one["adopted"] for one in asked)
    parts = [
        f"## Pictures: one set, four clusterings\n\n`python -m benchmarks images`: {about['pictures']:,} "
        "pictures that the tiny MLLM of models/tiny-mllm was not trained on, k given, no labels used; "
        f"seven independent factors, four asked for. Mean ± sd over {about['seeds']} seeds, each with "
        "pictures of its own. *Another*: the NMI with the factor not asked for that it is highest with, "
        "and in brackets what the true labels have.",
        grid(
            ["criterion (k)", "ACC", "NMI", "another", "ACC ≥ 0.95", "every other NMI ≤ 0.05"],
            [own_row(*found) for found in read.items()],
        ),
        f"Most trusted scorer: {scorers}. Answers changed {moved} of {len(asked)} clusterings (a scorer that "
        "only repeats what the clusters were made from is not asked about uncertain rows).",
        "### The clustering head\n\nACC. k-means, without and with the paper's head (last epoch; its "
        "largest score, or k-means on its output), on the vectors that selection chose; then the default's "
        "partition, with its own head where the views support it, and with questions to the model: all of "
        "`localcluster run`. *Adopted*: runs whose head replaced the partition.",
        grid(["criterion", *WAYS.values(), "adopted"], [head_row(*found) for found in read.items()]),
        "### Selection without labels, and the best in hindsight\n\nNMI of the candidate partition that "
        "was chosen and of the best candidate of each seed.",
        grid(
            ["criterion", "chosen", "NMI", "hindsight NMI", "regret"],
            [choice_row(*found) for found in read.items()],
        ),
        "NMI of the run, and of k-means on the best of all targets: wording (is, colon) x token (last, the "
        "criterion's own, mean over the picture) x layer x raw state or logit lens. A negative regret: "
        "k-means on no target is as good as the run's partition.",
        grid(
            ["criterion", "target of the run", "NMI", "best target, k-means", "regret"],
            [target_row(*found) for found in read.items()],
        ),
        f"<details><summary>By layer, token and lens</summary>\n\n{target_grid(read)}\n\n</details>",
    ]
    return "\n\n".join(parts)


def own_row(criterion, row):
    """Its own factor, the worst other one, and the thresholds."""
    ours, met = row["ways"][RUN], row["met"]
    worst = max(ours["others"], key=lambda other: ours["others"][other])
    another = f"{worst} {ours['others'][worst]:.3f} ({row['true labels']['others'][worst]:.3f})"
    told = ["met" if met[name] else "**not met**" for name in ("acc", "others")]
    return [f"{criterion} ({row['k']})", pm(ours["acc"]), pm(ours["nmi"]), another, *told]


def head_row(criterion, row):
    """Every way to cluster."""
    adopted = row["head adopted"][RUN]
    return [
        criterion,
        *(pm(row["ways"][way]["acc"]) for way in WAYS),
        f"{sum(adopted)} of {len(adopted)}",
    ]


def choice_row(criterion, row):
    """The chosen candidate and the best one."""
    found = row["candidates"]
    best = f"{pm(found['hindsight nmi'])} ({'; '.join(found['hindsight'])})"
    return [criterion, "; ".join(found["chosen"]), pm(found["chosen nmi"]), best, pm(found["regret"])]


def target_row(criterion, row):
    """The run's target and the best one."""
    found = row["targets"]
    wording, token, layer, kind, *nmi = found["best"]
    best = f"{pm(nmi)} ({wording}, {token} token, layer {layer}, {kind})"
    ours = pm(row["ways"][RUN]["nmi"])
    return [criterion, "; ".join(found["chosen"]), ours, best, pm(found["regret"])]


def target_grid(read):
    """NMI of k-means on every target."""
    rows, layers = [], []
    for criterion, row in read.items():
        cells = {tuple(cell[:4]): cell[4] for cell in row["targets"]["cells"]}
        layers = sorted({layer for _, _, layer, _ in cells})
        for wording, token, kind in dict.fromkeys((cell[0], cell[1], cell[3]) for cell in cells):
            told = [f"{cells[wording, token, layer, kind]:.3f}" for layer in layers]
            rows.append([criterion, wording, token, kind, *told])
    return grid(["criterion", "wording", "token", "kind", *(f"layer {layer}" for layer in layers)], rows)


def image_speed(read, plots):
    """One criterion and several."""
    about = read.pop("about")
    names = {"reading": "reading, one wording", "stage": "the run's stage, both wordings on a sample"}
    rows = []
    for what, row in read.items():
        for count, one in row.items():
            further = "" if one["further"] is None else f"{one['further']:.0%}"
            rows.append([names[what], count, f"{one['seconds']:.2f}", f"{one['pictures/s']:.0f}", further])
    return "\n\n".join(
        [
            f"### What a criterion more costs\n\n`python -m benchmarks image_speed`: {about['pictures']} "
            f"pictures, tiny MLLM in {about['precision']}, {about['threads']} threads, loaded anew for each "
            f"line, warmed up on other pictures; median of {about['repeats']}. *Further*: time of each "
            "criterion after the first, as a share of the first's.",
            grid(["what", "criteria", "processor seconds", "pictures per such second", "further"], rows),
        ]
    )


def image_memory(read, plots):
    """Large pictures in bounded memory."""
    row = read["run"]
    gib = row["GiB"]
    return (
        f"### Memory\n\n`python -m benchmarks image_memory`: `localcluster run` on {row['pictures']:,} JPEG "
        f"files of {row['pixels'][0]} x {row['pixels'][1]} pixels ({row['files MB']:,.0f} MB) by two "
        f"criteria. The process held at most {gib['peak']:.2f} GiB, {gib['beside the model']:.2f} GiB "
        f"beyond the program with the model loaded ({gib['model loaded']:.2f} GiB); less than "
        f"{row['limit']:g} GiB was asked: {'met' if row['met'] else '**not met**'}."
    )


def flower(read, plots):
    """ESMC's photographs."""
    rows = [
        [name, criterion, *(pm(scored[metric]) for metric in ("nmi", "ri", "ari", "vi"))]
        for name, found in read.items()
        for criterion, scored in found["scores"].items()
    ]
    about = next(iter(read.values()))["about"]
    return "\n\n".join(
        [
            f"## ESMC's flower set\n\n`python -m benchmarks flower DATA`: {about['pictures']} photographs, "
            f"k given ({about['k'][0]} colors, {about['k'][1]} species), mean ± sd over {about['seeds']} "
            "seeds of `localcluster run`; VI in nats, lower is better. The tiny MLLM has seen synthetic "
            "shapes and no photograph: its rows show that the benchmark runs, not what the method can do. "
            "With a model that knows flowers: `python -m benchmarks flower DATA --llm "
            "/models/llava-1.5-7b-hf --seeds 5`.",
            grid(["model", "criterion", "NMI", "RI", "ARI", "VI"], rows),
        ]
    )

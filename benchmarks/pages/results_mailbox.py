"""Sections of RESULTS.md about real mailboxes: messy texts, the choice of a reading, confidence, names."""

from __future__ import annotations

import numpy as np

from ..lib.record import pm
from ..quality.messy_table import render
from ..quality.views import summary
from .results_parts import grid


def messy(read, plots):
    """Clean texts and the same texts wrapped."""
    rows = read.pop("rows", "?")
    role = next(r for r in ("judging", "shaping") if any(r in found for found in read.values()))
    kinds: dict[str, list[float]] = {}
    for found in read.values():
        for kind, share in found.get(role, {}).get("by kind", {}).items():
            kinds.setdefault(kind, []).append(share)
    by_kind = grid(
        ("kind of wrapping", "rows in their class's cluster, mean over the sets"),
        [(kind, f"{np.mean(shares):.3f}") for kind, shares in sorted(kinds.items())],
    )
    return (
        f"## A real mailbox\n\n`python -m benchmarks messy_table DATA --rows {rows}`: {rows} rows a set, each wrapped "
        f"in one of the {role} kinds of benchmarks/messy/kinds.py, which shaped no constant. ACC ± sd / NMI; k "
        "is the number of classes among these rows, so the figures are not those of the whole sets. Each run is "
        "the product's own, without questions to the model.\n\n"
        f"{render(read, role)}\n\n{by_kind}"
    )


def views(read, plots):
    """How often the right reading is chosen."""
    rows = [
        (name, *(f"{r[key]:.3f}" for key in ("sentence", "criterion", "auto", "known")))
        for name, r in read.items()
    ]
    table = grid(("data, dress and seed", "sentence", "criterion", "own choice", "with 20 known rows"), rows)
    return (
        "## The choice between two readings\n\n`python -m benchmarks views DATA`: ACC of the product with either "
        "reading forced, with its own choice, and with 20 rows whose class is known. Right means at most 0.01 "
        f"below the better of the two.\n\n{summary(read)}\n\n{table}"
    )


def confidence(read, plots):
    """Expected calibration error and what fits nowhere."""
    rows, errors = [], {"ECE of the vote": [], "ECE": [], "nonsense flagged": [], "real rows flagged": []}
    for name, found in read.items():
        if not isinstance(found, dict) or "model" not in found:
            continue
        model = found["model"]
        for key, values in errors.items():
            values.append(model[key][0])
        rows.append((name, *(pm(model[key]) for key in errors)))
    rows.append(("**mean**", *(f"**{np.mean(values):.3f}**" for values in errors.values())))
    header = ("data", "ECE before (vote)", "ECE now", "nonsense flagged", "real rows flagged")
    return (
        "## Confidence\n\n`python -m benchmarks confidence DATA --rows 240`: expected calibration error in ten bins, "
        "k given, with 5% nonsense rows put in (random words, gibberish, another language, empty, one "
        f"emoji).\n\n{grid(header, rows)}"
    )


def names(read, plots):
    """Names of true classes matched with the class names."""
    rows, means = [], {key: [] for key in ("before", "after")}
    for name, found in read.items():
        if not isinstance(found, dict) or "after" not in found or "before" not in found:
            continue
        cells = [f"{found[way][score]:.2f}" for score in ("right", "right_by_spelling") for way in means]
        for way in means:
            means[way].append((found[way]["right"], found[way]["right_by_spelling"]))
        rows.append((name, *cells, "yes" if found.get("weights_chosen_on_it") else "no"))
    average = {way: np.mean(pairs, axis=0) for way, pairs in means.items()}
    cells = [f"**{average[way][score]:.2f}**" for score in (0, 1) for way in means]
    rows.append(("**mean**", *cells, ""))
    header = (
        "data",
        "by the embedder, before",
        "now",
        "by spelling, before",
        "now",
        "weights chosen on it",
    )
    return (
        "## Names\n\n`python -m benchmarks names DATA --classes 10 --sample 24`: clusters are true classes; share of "
        f"names that are nearer to their own class name than to the set's others.\n\n{grid(header, rows)}"
    )

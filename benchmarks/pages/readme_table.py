"""The table of results in the README, from default_table.json and messy_table.json.

    python -m benchmarks readme_table

It replaces what stands between the two comments in README.md. A set that was not measured has no row, and one
that was not wrapped has empty cells.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from pathlib import Path

import numpy as np

from ..lib.record import RESULTS, earlier, mean_sd, pm, spread
from ..lib.tasks import CLASSES, MAX_ROWS, TASKS
from .results_parts import grid

BEGIN = "<!-- results: python -m benchmarks readme_table -->"
END = "<!-- end of results -->"
#: Marks a set that shaped no rule.
JUDGE = "†"
#: Of a line of the README.
WIDTH = 100
WHO = ("kmeans", "ours")
HEADER = (
    "data (classes)",
    "whole set: k-means",
    "localcluster",
    "clean sample: k-means",
    "localcluster",
    "messy sample: k-means",
    "localcluster",
)


def main() -> None:
    """Write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=RESULTS.parents[1] / "README.md")
    arguments = parser.parse_args()
    whole, messy = (read(arguments.results / f"{name}_table.json") for name in ("default", "messy"))
    page = arguments.page.read_text(encoding="utf-8")
    arguments.page.write_text(replaced(page, table(whole, messy)), encoding="utf-8")


def read(path):
    """What was measured; nothing where it was not."""
    return json.loads(path.read_text()) if path.exists() else {}


def replaced(page, text):
    """The page with another text between the two comments."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise SystemExit(f"The page has no place for the table: {BEGIN} and {END} must stand in it.")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def table(whole, messy):
    """The table, and what must be known to read it."""
    measured = [task for task in TASKS if task.name in whole or task.name in messy]
    columns = {task: cells_of(whole.get(task.name), messy.get(task.name, {})) for task in measured}
    rows = [
        (
            f"{task.name} ({CLASSES[task.name]}){f' {JUDGE}' if task.role == 'judged' else ''}",
            *("" if pair is None else pm(pair) for pair in pairs),
        )
        for task, pairs in columns.items()
    ]
    means = [[pair[0] for pair in column if pair] for column in zip(*columns.values(), strict=True)]
    rows.append(("**mean**", *(f"**{np.mean(each):.3f}**" if each else "" for each in means)))
    return f"{grid(HEADER, rows)}\n\n{note(whole, messy)}"


def cells_of(whole, found):
    """Mean and sd of ACC in each column; None where it was not measured."""
    cells = [spread(whole, whole[who]["acc"]) if whole else None for who in WHO]
    for dress in ("clean", "judging"):
        for who in WHO:
            scores = [one["acc"] for one in found.get(dress, {}).get(who, [])]
            cells.append(mean_sd(scores) if scores else None)
    return cells


def note(whole, messy):
    """Seeds and rows of these figures."""
    seeds = sorted({len(row["relatedness"]) for row in whole.values()})
    wraps = sorted(
        {len(row["judging"]["ours"]) for row in messy.values() if isinstance(row, dict) and "judging" in row}
    )
    rows = f"{messy['rows']} rows of a set" if messy.get("rows") else "all rows of a set"
    told = (
        f"{JUDGE} did not shape the rule that chooses embedding and partition; the others did "
        "([which set shaped what](benchmarks/README.md#what-shaped-the-rule-and-what-judges-it)). "
        f"Whole set: {several(seeds)}, at most {MAX_ROWS:,} rows of {JUDGE}. Samples: {rows} with their own "
        f"number of classes, {several(wraps)}; they compare with each other, not with whole sets. "
        "The mean is of the sets in its column. "
        f"{earlier(whole)}"
    )
    return textwrap.fill(told, WIDTH, break_long_words=False, break_on_hyphens=False)


def several(counts):
    """``3 to 5 seeds``."""
    if not counts:
        return "not measured"
    if counts == [1]:
        return "one seed"
    return f"mean ± sd of {' to '.join(map(str, dict.fromkeys((counts[0], counts[-1]))))} seeds"

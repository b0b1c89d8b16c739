"""Once: files of results whose deviations are the population's get the sample's, as new ones are written.

    python -m benchmarks sample_sd

Until November 2026 most benchmarks divided by the number of seeds; docs/benchmarks.md promises the sample's
deviation, divided by one less. These files hold mean and deviation and not the values themselves, so each
deviation is multiplied by sqrt(n / (n - 1)), where n is the number of seeds that the file was measured with.
Of one seed there is no deviation: null. A file that was converted says "sd": "sample" and is left alone, and
so is every file that a benchmark writes now. Deviations were kept to four decimals, and are as exact as that.
In default_table.json, which is rewritten set by set and keeps every seed's value since, single rows are
converted.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

from ..lib.record import PAIRS, RESULTS

#: Number of seeds of the stored measurements.
SEEDS = {
    "triplets_oracle": 3,
    "triplets_strategies": 1,
    "triplets_cost": 1,
    "triplets_adaptation": 1,
    "triplets_embedders": 1,
    "triplets_exhaustive": 3,
    "heads": 3,
    "targets": 3,
    "images": 3,
    "flower": 3,
}
#: What one run of an oracle looked like: no means in there.
OF_ONE_RUN = ("runs", "oracle", "by answers")


def main() -> None:
    """Convert what is not converted yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    folder = parser.parse_args().results
    for name, seeds in SEEDS.items():
        path = folder / f"{name}.json"
        if not path.exists():
            continue
        held = json.loads(path.read_text())
        if held.get("sd") != "sample":
            path.write_text(json.dumps({"sd": "sample", **converted(held, seeds)}, indent=1))
            print(f"{path.name}: {seeds} seeds")
    path = folder / "default_table.json"
    rows = json.loads(path.read_text()) if path.exists() else {}
    old = [name for name, row in rows.items() if "left out" not in row and "form" not in row]
    for name in old:
        # One value a seed, of what was kept by seed already.
        seeds = len(rows[name]["relatedness"])
        held = {who: converted(rows[name][who], seeds) for who in ("kmeans", "kmeans10", "ours")}
        rows[name] |= {**held, "form": PAIRS}
    if old:
        path.write_text(json.dumps(rows, indent=1))
        print(f"{path.name}: {len(old)} rows")


def converted(value, seeds):
    """The same with the sample's deviations: pairs [mean, sd], also at the end of a cell of a table."""
    if isinstance(value, dict):
        return {key: one if key in OF_ONE_RUN else converted(one, seeds) for key, one in value.items()}
    if not isinstance(value, list):
        return value
    if ends_in_pair(value):
        return [*value[:-1], sample(value[-1], seeds)]
    return [converted(one, seeds) for one in value]


def ends_in_pair(value):
    """Two floats, alone or after the names of a target."""
    head, pair = value[:-2], value[-2:]
    names = [type(one) for one in head]
    return (
        len(pair) == 2
        and all(isinstance(one, float) for one in pair)
        and (not names or names == [str, str, int, str])
    )


def sample(sd, seeds):
    """A population's deviation as the sample's."""
    if seeds > 1:
        return round(sd * math.sqrt(seeds / (seeds - 1)), 6)
    if sd:
        raise ValueError(f"a deviation of {sd} over one seed")
    return None

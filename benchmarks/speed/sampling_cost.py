"""What picking questions costs as rows grow: uncertainty, triplets, hierarchy, pairs.

    python -m benchmarks sampling_cost [--rows 4000 20000 100000]

Unit vectors of 384 dimensions around `--k` random centres. Every case runs in a fresh process, so that its
peak memory is its own, numpy's and scipy's included; what came before (imports, the vectors read from a
file) is taken off. Seconds are of the processor, on one thread: the clock's on a machine that is idle.
At `--loops-rows` the loops of ClusterLLM's released code run beside it, on the same vectors and clusters.
Writes benchmarks/results/sampling_cost.json.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table
from sklearn.cluster import AgglomerativeClustering
from sklearn.preprocessing import StandardScaler

from localcluster.granularity import Hierarchy, build_hierarchy, sample_pairs
from localcluster.papers import (
    CLOSEST_MIN,
    CLOSEST_SHARE,
    GRANULARITY_K_MAX,
    GRANULARITY_K_MIN,
    TRIPLETS,
    UNCERTAIN_SHARE,
)
from localcluster.triplets import membership_of, sample_triplets, uncertainty

from ..lib.record import RESULTS, command_of

RESULT = RESULTS / "sampling_cost.json"
WIDTH = 384
SEED = 0
#: Length of the noise beside a centre of length 1: cosines inside a cluster are near 0.5, as of sentences.
NOISE = 1.0
#: Runs per case; the fastest is kept.
REPEATS = 2


NOTE = (
    "Processor seconds on one thread, the fastest of several fresh processes. peak_mib comes on top of "
    "the imports and the vectors. growth is cost per row at most rows over that at fewest: 1 is linear."
)


@dataclass(frozen=True)
class Given:
    """What the cases start from, made once per number of rows and read from files."""

    vectors: np.ndarray
    labels: np.ndarray
    membership: np.ndarray
    hierarchy: Hierarchy

    @classmethod
    def make(cls, rows: int, k: int) -> Given:
        rng = np.random.default_rng(SEED)
        centres = rng.normal(size=(k, WIDTH)).astype(np.float32)
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
        labels = np.concatenate([np.arange(k), rng.integers(k, size=rows - k)])
        noise = rng.standard_normal((rows, WIDTH), dtype=np.float32) * np.float32(NOISE / WIDTH**0.5)
        vectors = centres[labels] + noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return cls(vectors, labels, membership_of(vectors, labels), build_hierarchy(vectors, SEED))

    def save(self, folder: Path) -> None:
        tree = self.hierarchy
        for name, array in {
            "vectors": self.vectors,
            "labels": self.labels,
            "membership": self.membership,
            "leaves": tree.leaves,
            "merges": tree.merges,
            "heights": tree.heights,
        }.items():
            np.save(folder / f"{name}.npy", array)

    @classmethod
    def load(cls, folder: Path) -> Given:
        def read(name: str) -> np.ndarray:
            return np.load(folder / f"{name}.npy")

        tree = Hierarchy(read("leaves"), read("merges"), read("heights"))
        return cls(read("vectors"), read("labels"), read("membership"), tree)


def ask(given: Given, strategy: str, membership: bool = False) -> object:
    known = given.membership if membership else None
    return sample_triplets(
        given.vectors, given.labels, TRIPLETS, random_state=SEED, strategy=strategy, membership=known
    )


def pairs(given: Given, central: bool) -> object:
    # A copy, because a hierarchy keeps the order of its rows after the first use.
    tree = Hierarchy(given.hierarchy.leaves, given.hierarchy.merges, given.hierarchy.heights)
    vectors = given.vectors if central else None
    return sample_pairs(tree, GRANULARITY_K_MIN, GRANULARITY_K_MAX, seed=SEED, vectors=vectors)


OURS: dict[str, Callable[[Given], object]] = {
    "uncertainty": lambda given: uncertainty(given.vectors, given.labels),
    "triplets, random": partial(ask, strategy="random"),
    "triplets, margin": partial(ask, strategy="margin"),
    "triplets, entropy": partial(ask, strategy="entropy"),
    "triplets, exemplar": partial(ask, strategy="exemplar"),
    "triplets, exemplar, membership known": partial(ask, strategy="exemplar", membership=True),
    "hierarchy": lambda given: build_hierarchy(given.vectors, SEED),
    "pairs, any rows": partial(pairs, central=False),
    "pairs, central rows": partial(pairs, central=True),
}


# The loops below do step for step what the released code of ClusterLLM does (zhang-yu-wei/ClusterLLM:
# perspective/1_predict_triplet/triplet_sampling.py and granularity/sample_pairs.py), without its files and
# prompts, and with the clusters given. They keep its data structures, because those are what is measured: one
# row at a time, a list that is searched for every new triplet, a copy of the list of clusters per merge.


def loop_uncertainty(given: Given) -> tuple[list[np.ndarray], list[float]]:
    """Closest clusters and entropy, one row after the other."""
    rows = StandardScaler().fit_transform(given.vectors)
    k = int(given.labels.max()) + 1
    centres = np.stack([rows[given.labels == cluster].mean(axis=0) for cluster in range(k)])
    n_closest = max(CLOSEST_MIN, round(k * CLOSEST_SHARE))
    closest, entropies = [], []
    for row in range(len(rows)):
        distance = ((rows[row] - centres) ** 2).sum(axis=-1)
        probability = (1 + distance) ** -1
        probability /= probability.sum()
        near = np.argsort(probability)[::-1][:n_closest]
        share = probability[near] / probability[near].sum()
        closest.append(near)
        entropies.append(float(-(share * np.log(share)).sum()))
    return closest, entropies


def loop_triplets(given: Given) -> list[tuple[int, int, int]]:
    """Entropy-based triplets; every new one is looked for in the list of all before."""
    draw = random.Random(SEED)
    members = {c: np.where(given.labels == c)[0] for c in range(int(given.labels.max()) + 1)}
    closest, entropies = loop_uncertainty(given)
    unsure = np.argsort(entropies)[::-1][: int(len(entropies) * UNCERTAIN_SHARE)]
    np.random.default_rng(SEED).shuffle(unsure)
    found: list[tuple[int, int, int]] = []
    while len(found) < TRIPLETS:
        for query in unsure:
            one, two = draw.sample(closest[query].tolist(), 2)
            triplet = (query, draw.choice(members[one]), draw.choice(members[two]))
            if triplet not in found and query not in triplet[1:]:
                found.append(triplet)
                if len(found) >= TRIPLETS:
                    break
    return found


def loop_pairs(given: Given) -> list[tuple[tuple[int, int], int]]:
    """Hierarchy and pairs; each merge copies the list of all clusters, and every node lists its rows."""
    draw = random.Random(SEED)
    n = len(given.vectors)
    merges = AgglomerativeClustering().fit(given.vectors).children_
    nodes = {row: [row] for row in range(n)}
    current, clusters = list(range(n)), []
    for new, (left, right) in enumerate(merges, start=n):
        nodes[new] = nodes[left] + nodes[right]
        current.remove(left)
        current.remove(right)
        current.append(new)
        clusters.append(copy.deepcopy(current))
    for node, rows in nodes.items():
        if len(rows) > 2:
            own = given.vectors[rows]
            distance = ((own - own.mean(axis=0)[None, :]) ** 2).sum(axis=-1)
            nodes[node] = [rows[place] for place in np.argsort(distance)]
    found: list[tuple[tuple[int, int], int]] = []
    for step in range(GRANULARITY_K_MIN, GRANULARITY_K_MAX):
        left, right = merges[-step]
        first, second = sorted([draw.choice(nodes[left]), draw.choice(nodes[right])])
        found.append(((first, second), step))
    return found


LOOPS: dict[str, Callable[[Given], object]] = {
    "loops: uncertainty": loop_uncertainty,
    "loops: triplets, entropy": loop_triplets,
    "loops: hierarchy and pairs": loop_pairs,
}


def measure(case: str, folder: Path) -> dict[str, float]:
    """Seconds and peak memory above what the process held before, in this process."""
    work = (OURS | LOOPS)[case]
    # Imports and the threads of the linear algebra are not what is measured.
    work(Given.make(300, 10))
    given = Given.load(folder)
    before = psutil.Process().memory_info().rss
    start = time.process_time()
    work(given)
    seconds = time.process_time() - start
    # In bytes on macOS, in KiB elsewhere.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"seconds": seconds, "peak_mib": max(0, peak - before) / 2**20}


def in_child(*arguments: str) -> str:
    environment = os.environ | {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    done = subprocess.run(
        command_of("sampling_cost", *arguments), capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout


def best_of(case: str, folder: Path) -> dict[str, float]:
    tries = [json.loads(in_child("--only", case, "--given", str(folder))) for _ in range(REPEATS)]
    return {name: round(min(found[name] for found in tries), 4) for name in tries[0]}


def growth(by_rows: dict[int, dict[str, float]]) -> dict[str, float]:
    """Cost per row at most rows over cost per row at fewest: 1 is linear, the rows' ratio is quadratic."""
    few, many = min(by_rows), max(by_rows)
    return {
        name: round(by_rows[many][name] / max(by_rows[few][name], 1e-9) * few / many, 2)
        for name in ("seconds", "peak_mib")
    }


def machine() -> dict[str, object]:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "threads": 1,
        "load_at_start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def show(results: dict[str, dict[int, dict[str, float]]], console: Console) -> None:
    rows = sorted({n for by_rows in results.values() for n in by_rows})
    table = Table("case", *(f"{n:,} rows: s / MiB" for n in rows), "growth per row: s", "MiB")
    for case, by_rows in results.items():
        cells = [
            f"{by_rows[n]['seconds']:.3f} / {by_rows[n]['peak_mib']:.0f}" if n in by_rows else ""
            for n in rows
        ]
        factors = growth(by_rows) if len(by_rows) > 1 else {}
        table.add_row(
            case, *cells, *(f"{factors[name]:.2f}" if factors else "" for name in ("seconds", "peak_mib"))
        )
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[4000, 20_000, 100_000])
    parser.add_argument(
        "--loops-rows", type=int, nargs="*", default=[2000, 4000], help="of the paper's loops"
    )
    parser.add_argument("--k", type=int, default=150, help="clusters in the vectors")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--given", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        Given.make(options.make, options.k).save(options.given)
        return
    if options.only:
        print(json.dumps(measure(options.only, options.given)))
        return
    console = Console(stderr=True)
    device = machine()
    results: dict[str, dict[int, dict[str, float]]] = {}
    for n in sorted({*options.rows, *options.loops_rows}):
        cases = [*(OURS if n in options.rows else ()), *(LOOPS if n in options.loops_rows else ())]
        with tempfile.TemporaryDirectory() as folder:
            in_child("--make", str(n), "--k", str(options.k), "--given", folder)
            for case in cases:
                results.setdefault(case, {})[n] = best_of(case, Path(folder))
                console.print(f"{n:,} rows, {case}: {results[case][n]}")
    document = {
        "machine": device,
        "vectors": {"width": WIDTH, "clusters": options.k, "dtype": "float32", "triplets": TRIPLETS},
        "note": NOTE,
        "results": {
            case: {
                "rows": {str(n): cost for n, cost in by_rows.items()},
                "growth": growth(by_rows) if len(by_rows) > 1 else None,
            }
            for case, by_rows in results.items()
        },
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=2) + "\n")
    show(results, Console())

"""How a benchmark measures and what it writes down: seconds, mean and sd, the machine, files of results."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

#: Where the published figures are kept.
RESULTS = Path(__file__).parents[1] / "results"
#: Entries of a file of results that are no data set.
ABOUT = ("device", "settings", "sd")
#: What an older row of default_table.json says about itself once its deviations are the sample's.
PAIRS = "mean and sd"


def mean_sd(values):
    """Mean and the sample's standard deviation (n - 1), as JSON has them; no deviation of one value."""
    sd = round(float(np.std(values, ddof=1)), 6) if len(values) > 1 else None
    return [round(float(np.mean(values)), 6), sd]


def spread(row, values):
    """Mean and sd of a row of default_table.json; older rows hold the pair, and no values (``sample_sd``)."""
    if row.get("form") == PAIRS:
        return values
    if "left out" not in row:
        sys.exit("default_table.json has rows of an older form. Type: python -m benchmarks sample_sd")
    return mean_sd(values)


def earlier(rows):
    """A sentence on rows of default_table.json that an earlier version measured; empty if there is none."""
    old = [name for name, row in rows.items() if row.get("form") == PAIRS]
    if not old:
        return ""
    which = "Whole sets were" if len(old) == len(rows) else f"Of whole sets, {', '.join(old)} were"
    return (
        f"{which} measured by an earlier version, before parts of texts were left out of reading "
        "and before a contrast helped to choose the reading."
    )


def pm(pair, digits=3):
    """Mean ± sd; the mean alone where there is no sd."""
    mean, sd = pair
    return f"{mean:.{digits}f}" if sd is None else f"{mean:.{digits}f} ± {sd:.{digits}f}"


def device():
    """The machine, for the record."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        model = names[0] if names else model
    return {"cpu": model, "cores": os.cpu_count()}


def keep(path: Path, name: str, value):
    """Add one result to a JSON file; the file is complete after each task."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(path.read_text()) if path.exists() else {}
    known["device"] = device()
    known["sd"] = "sample"
    known[name] = value
    path.write_text(json.dumps(known, indent=1))


def arguments_of(parser):
    """Arguments that all of these benchmarks take."""
    parser.add_argument("data", type=Path, help="folder with the .jsonl files")
    parser.add_argument("--only", nargs="*", help="names of tasks; the eight of ClusterLLM if not given")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/default_table"))
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser


def command_of(name, *arguments):
    """The command line of a benchmark in a process of its own, which has to start where this one did."""
    return [sys.executable, "-m", "benchmarks", name, *arguments]


class Stopwatch:
    """Seconds of a block."""

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *_):
        self.seconds = round(time.perf_counter() - self.start, 2)


def limited(threads):
    """Bound the threads of linear algebra, so that benchmarks can run beside other work."""
    import torch

    torch.set_num_threads(threads)
    return threadpool_limits(threads)

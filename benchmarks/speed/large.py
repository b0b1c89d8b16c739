"""A run on 20,000 rows as a user starts it: seconds per stage, most memory, and how fast the report opens.

    python -m benchmarks large DATA_FOLDER [--rows 20000] [-k 227] [--cache FOLDER]

The rows are a random sample of banking77_large and clinc_large together (227 intents in all), written to
one CSV file. `localcluster run` is a process of its own with the installed models and default settings; its
memory is the most that the kernel counted. The report is opened in headless Chromium five times: when its map
is drawn by the page's own clock, and when a screenshot is painted, browser's start included, beside an empty
page. At the end,
`predict` on the whole table is compared with the labels, and, last, the labels with the intents beside plain
k-means.

A folder given as --cache is kept, so that a stopped measurement goes on; its stages' seconds are then those
of the last start alone, and the result says so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from ..lib.record import RESULTS, keep

FILES = ("banking77_large", "clinc_large")
CRITERION = "what the user wants"
LIMIT_SECONDS = 3.0
OPENINGS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> None:
    """Run, open, predict, compare, keep."""
    arguments = parse()
    with tempfile.TemporaryDirectory() as made:
        at = arguments.cache or Path(made)
        at.mkdir(parents=True, exist_ok=True)
        table = sample(arguments.data, arguments.rows)
        source, out = at / "rows.csv", at / "run"
        table.select("text").write_csv(source)
        begun_before = out.exists()
        command = ["run", str(source), "--by", CRITERION, "-k", arguments.k, "--out", str(out)]
        seconds, peak = localcluster(command)
        told = json.loads((out / "run.json").read_text())["facts"]
        row = {
            "rows": len(table),
            "distinct texts": told["input"]["distinct texts"],
            "k": arguments.k,
            "continued an earlier start": begun_before,
            "seconds": round(seconds, 1),
            "seconds per stage": told["seconds"],
            "peak GiB": round(peak / 2**30, 2),
            "folder MB": round(sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 1e6, 1),
            "report": report_facts(out / "report.html", Path(made)),
            "predict": predicted(source, out, at / "predicted.csv"),
            "models": told["models"],
            # Labels enter here, after everything.
            "scores": scored(table, out, at),
        }
    keep(arguments.results / "large.json", "run", row)
    print(json.dumps(row, indent=1))


def sample(data: Path, rows: int) -> pl.DataFrame:
    """Rows of both files, in random order."""
    tables = [
        pl.read_ndjson(data / f"{name}.jsonl").select("text", "label", pl.lit(name).alias("set"))
        for name in FILES
    ]
    table = pl.concat(tables)
    return table.sample(min(rows, len(table)), seed=0, shuffle=True)


def localcluster(command: list[str]) -> tuple[float, int]:
    """Seconds and most bytes of one command."""
    start = time.perf_counter()
    process = subprocess.Popen([str(Path(sys.executable).with_name("localcluster")), *command])
    # Of this child alone, which getrusage(RUSAGE_CHILDREN) would mix with the others.
    _, status, usage = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"localcluster {command[0]} ended with exit code {code}.")
    # Linux counts in KiB, macOS in bytes.
    return time.perf_counter() - start, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def report_facts(report: Path, at: Path) -> dict[str, object]:
    """Size of the report, and seconds until a browser has painted it."""
    found: dict[str, object] = {"MB": round(report.stat().st_size / 1e6, 2)}
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        return found | {"browser": None}
    empty = at / "empty.html"
    empty.write_text("<!doctype html><title>empty</title>")
    times = {
        name: [painted(browser, page, at / "page.png") for _ in range(OPENINGS)]
        for name, page in (("empty page", empty), ("report", report))
    }
    medians = {name: round(float(np.median(each)), 2) for name, each in times.items()}
    drawn = round(float(np.median([map_drawn(browser, report) for _ in range(OPENINGS)])), 2)
    version = subprocess.run([browser, "--version"], capture_output=True, text=True, check=True)
    return found | {
        "browser": version.stdout.strip(),
        "seconds to a painted page, browser started anew": medians,
        "seconds from opening to the map drawn": drawn,
        "under the limit": drawn < LIMIT_SECONDS,
    }


def map_drawn(browser: str, page: Path) -> float:
    """Seconds from opening to the last thing that the page draws, as the page tells it."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1300,2000"]
    command = [browser, *options, "--virtual-time-budget=60000", "--dump-dom", page.resolve().as_uri()]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    (milliseconds,) = re.findall(r'data-drawn="(\d+)"', told)
    return int(milliseconds) / 1000


def painted(browser: str, page: Path, picture: Path) -> float:
    """Seconds from starting the browser to a screenshot of the loaded page."""
    start = time.perf_counter()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1300,2000"]
    command = [browser, *options, f"--screenshot={picture}", page.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return time.perf_counter() - start


def predicted(source: Path, run: Path, out: Path) -> dict[str, object]:
    """Whether `predict` gives the rows of the run their labels."""
    out.unlink(missing_ok=True)
    seconds, peak = localcluster(["predict", str(run), str(source), "--out", str(out)])
    here, there = pl.read_csv(out), pl.read_csv(run / "clusters.csv")
    (name,) = [column for column in here.columns if column.endswith("_cluster")]
    return {
        "seconds": round(seconds, 1),
        "peak GiB": round(peak / 2**30, 2),
        "same labels": bool((here[name] == there[name]).all()),
    }


def scored(table: pl.DataFrame, run: Path, at: Path) -> dict[str, object]:
    """The last line: labels beside the intents, and k-means on the same embedder's vectors."""
    from safetensors.numpy import load_file
    from sklearn.cluster import KMeans

    from localcluster.items import read_items
    from localcluster.scoring.metrics import scores
    from localcluster.store import load_result

    (criterion,) = load_result(run).criteria
    (kept,) = (run / "cache").glob("sentence*.safetensors")
    vectors = next(iter(load_file(kept).values()))
    items = read_items(str(at / "rows.csv"))
    k = len(np.unique(criterion.labels))
    plain = KMeans(k, n_init=1, random_state=0).fit_predict(vectors)[items.inverse]
    truth = (table["set"] + " " + table["label"]).to_numpy()
    return {
        name: {metric: round(value, 4) for metric, value in scores(truth, labels).items()}
        for name, labels in (("localcluster", np.asarray(criterion.labels)), ("k-means", plain))
    }


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("-k", default="227")
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()

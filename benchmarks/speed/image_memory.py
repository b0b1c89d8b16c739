"""Memory of a run on 2,000 large pictures, beside the model: must stay below 4 GiB.

    python -m benchmarks image_memory [--llm models/tiny-mllm] [--n 2000]

Writes JPEG files of 1600 x 1200 pixels to a temporary folder (1.3 GB in all, deleted afterwards), starts
`localcluster run` on them by two criteria in a process of its own, and takes the most memory that it ever
held, as the kernel counts it. The model's part is what a second process holds once it has imported the
program and loaded the same model.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from ..lib.record import RESULTS, keep

SIZE = (1600, 1200)
CRITERIA = ("color of the objects", "shape of the objects")
LIMIT_GIB = 4.0
#: Cells of the random picture that is enlarged, and the noise on it: files as large as photographs.
CELLS, NOISE = 12, 12
LOADED = """
import sys
import psutil
import localcluster.pipeline.run
from localcluster.config import RunConfig
from localcluster.models import load_models
models = load_models(RunConfig.checked(source="-", by=("color",), llm=sys.argv[1]), texts=False)
print(psutil.Process().memory_info().rss)
"""


def main() -> None:
    """Draw, run, print, keep."""
    arguments = parse()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "pictures"
        size = write_photographs(folder, arguments.n)
        model = loaded(arguments.llm)
        start = time.perf_counter()
        peak = peak_of_run(arguments.llm, folder, Path(made) / "run")
        seconds = round(time.perf_counter() - start, 1)
    gib = {"peak": peak / 2**30, "model loaded": model / 2**30, "beside the model": (peak - model) / 2**30}
    met = gib["beside the model"] < LIMIT_GIB
    row = {
        "pictures": arguments.n,
        "pixels": SIZE,
        "files MB": round(size / 1e6, 1),
        "seconds": seconds,
    }
    row |= {"GiB": {name: round(value, 3) for name, value in gib.items()}, "limit": LIMIT_GIB, "met": met}
    path = arguments.results / "image_memory.json"
    path.unlink(missing_ok=True)
    keep(path, "run", row | {"model": arguments.llm.name, "criteria": CRITERIA})
    print(", ".join(f"{name} {value:.2f} GiB" for name, value in gib.items()))
    print(f"{arguments.n:,} pictures of {SIZE[0]} x {SIZE[1]} in {seconds:.0f} s; ", end="")
    print(f"less than {LIMIT_GIB:g} GiB beside the model: {'met' if met else 'NOT met'}")


def write_photographs(folder: Path, n: int) -> int:
    """Random blots with noise, each file different; bytes written."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    # Drawing two million random numbers a picture would take longer than the run.
    noise = rng.normal(0, NOISE, (SIZE[1], SIZE[0], 1)).astype(np.float32)
    for i in range(n):
        cells = rng.integers(0, 256, (CELLS, CELLS, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(cells).resize(SIZE, Image.Resampling.BICUBIC), np.float32)
        pixels = np.clip(smooth + np.roll(noise, int(rng.integers(SIZE[0])), axis=1), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i:05d}.jpg", quality=85)
    return sum(path.stat().st_size for path in folder.iterdir())


def loaded(llm: Path) -> int:
    """Bytes that a process holds with the program imported and the model loaded."""
    told = subprocess.run(
        [sys.executable, "-c", LOADED, str(llm)], check=True, capture_output=True, text=True
    )
    return int(told.stdout.split()[-1])


def peak_of_run(llm: Path, folder: Path, out: Path) -> int:
    """Most bytes that `localcluster run` ever held."""
    command = [str(Path(sys.executable).with_name("localcluster")), "run", str(folder), "--llm", str(llm)]
    command += ["-k", "5", "-k", "4", "--out", str(out)]
    command += [part for criterion in CRITERIA for part in ("--by", criterion)]
    process = subprocess.Popen(command)
    # Of this child alone, which getrusage(RUSAGE_CHILDREN) would mix with the others.
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"localcluster run ended with exit code {os.waitstatus_to_exitcode(status)}.")
    # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--llm", type=Path, default=Path("models/tiny-mllm"))
    parser.add_argument("--n", type=int, default=2000, help="pictures")
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()

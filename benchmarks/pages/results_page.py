"""Tables and plots of what the benchmarks wrote: RESULTS.md and plots/.

    pip install -e ".[bench]" && python -m benchmarks results_page

Reads benchmarks/results/*.json only; a study that was not run has no section.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import matplotlib.pyplot as plt

from ..lib.record import ABOUT, RESULTS
from .results_heads import heads, targets
from .results_images import flower, image_memory, image_speed, images
from .results_mailbox import confidence, messy, names, views
from .results_product import default, throughput
from .results_triplets import (
    adaptation,
    consistency,
    cost,
    embedders,
    exhaustive,
    granularity,
    granularity_real,
    oracle,
    strategies,
)
from .results_trust import determinism, fuzz, kill_resume, kill_scripted, large, predict_agrees


def main() -> None:
    """Write the page and its plots."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=Path("benchmarks/RESULTS.md"))
    arguments = parser.parse_args()
    plots = arguments.page.parent / "plots"
    plots.mkdir(exist_ok=True)
    # So that the same figures give the same file, byte by byte.
    plt.rcParams["svg.hashsalt"] = "localcluster"
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    sections = [HEAD]
    for name, section in SECTIONS:
        path = arguments.results / f"{name}.json"
        if path.exists():
            read = json.loads(path.read_text())
            device = read.get("device")
            sections.append(section({key: row for key, row in read.items() if key not in ABOUT}, plots))
            if isinstance(device, dict) and "cpu" in device:
                sections.append(f"Measured on {device['cores']} cores of {device['cpu']}.")
    arguments.page.write_text("\n\n".join(sections) + "\n")


HEAD = """# Results: the default, real mailboxes, questions to the model, pictures, and what a run withstands

Made by `python -m benchmarks results_page` from the files in [results](results); the commands stand
beside each table. Texts: the starter models on a CPU, all-MiniLM-L6-v2 (22M parameters) and
SmolLM2-135M-Instruct (Q4_1); pictures: the tiny MLLM of models/tiny-mllm (3M parameters). ACC is
clustering accuracy.

**±** is the sample's standard deviation over seeds (divided by n - 1); a figure without it is of one
seed. Files that held the population's were converted once, by sqrt(n / (n - 1))
(`benchmarks/pages/sample_sd.py`). **k-means** is the plain baseline (same embedder, one start),
**default** the product without any question to the model. A *simulated* oracle answers from the labels,
right with the given probability; where neither or both choices are of the query's class it tosses a
coin. Labels reach nothing else but the score."""


SECTIONS = (
    ("default_table", default),
    ("messy_table", messy),
    ("views", views),
    ("confidence", confidence),
    ("names", names),
    ("triplets_oracle", oracle),
    ("triplets_strategies", strategies),
    ("triplets_exhaustive", exhaustive),
    ("triplets_cost", cost),
    ("triplets_adaptation", adaptation),
    ("triplets_embedders", embedders),
    ("oracle_consistency", consistency),
    ("granularity", granularity),
    ("granularity_real", granularity_real),
    ("targets", targets),
    ("heads", heads),
    ("images", images),
    ("image_speed", image_speed),
    ("image_memory", image_memory),
    ("flower", flower),
    ("throughput", throughput),
    ("large", large),
    ("predict_agrees", predict_agrees),
    ("kill_scripted", kill_scripted),
    ("kill_resume", kill_resume),
    ("determinism", determinism),
    ("fuzz", fuzz),
)

"""Whether the right reading is chosen, without labels and with 20 rows whose class is known.

    python -m benchmarks views DATA_FOLDER [--only NAME ...] [--rows 200] [--known 20]

Per set, criterion and dress (clean, and wrapped in kinds that shaped nothing) the product runs with the
sentence embedder's reading (``--view sentence``), with the language model's (``--view criterion``), with
its own choice, and with its own choice helped by known rows. A choice is right where its ACC is not more
than 0.01 below the better of the two forced readings. The texts are those of ``messy_table.py``, whose
cache is used. Labels make the file of known rows, which is what a user would give, and score the result.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from localcluster.config import RunConfig
from localcluster.items import Items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.pipeline.run import run_items
from localcluster.progress import Reporter
from localcluster.scoring.metrics import scores

from ..lib.record import RESULTS, device
from ..lib.tasks import TASKS
from ..messy import kinds_of, wrap_texts
from .messy_table import rows_of

#: How far below the better reading a choice may be and still be right.
TOLERANCE = 0.01


def main() -> None:
    """Every set in both dresses; the file of results is complete after each."""
    arguments = parse()
    go_offline()
    config = RunConfig.checked(source="-", by=("topic",), engine=arguments.engine)
    models = load_models(config, Reporter(quiet=True))
    models.writes_names = False
    results = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    results["device"] = device()
    for task in TASKS:
        path = arguments.data / f"{task.file}.jsonl"
        if (arguments.only and task.name not in arguments.only) or not path.exists():
            continue
        table = rows_of(path, arguments.rows)
        truth = table[task.label].to_numpy()
        for dress in ("clean", "judging"):
            for seed in range(arguments.seeds if dress != "clean" else 1):
                name = f"{task.name}, {dress} {seed}"
                if name not in results:
                    results[name] = one(task, table, truth, dress, seed, models, arguments)
                    arguments.json.write_text(json.dumps(results, indent=1))
                print(name, results[name], flush=True)
    print(summary(results))


def one(task, table, truth, dress, seed, models, arguments):
    """ACC of the four runs."""
    texts = table["text"].to_list()
    kinds = kinds_of(dress) if dress != "clean" else ()
    if kinds:
        texts = wrap_texts(texts, kinds, seed)
    place = f"{task.file}-{dress}-{len(texts)}" + (f"-{seed}" if kinds else "")
    settings = {
        "source": task.file,
        "by": (task.criterion,),
        "k": (len(np.unique(truth)),),
        "seed": seed,
        "rounds": 0,
        "out": arguments.cache / place,
    }
    drawn = np.random.default_rng(seed).choice(len(texts), arguments.known, replace=False)
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder) / "known.jsonl"
        lines = [json.dumps({"text": texts[i], "class": str(truth[i])}) for i in drawn]
        known.write_text("\n".join(lines) + "\n")
        found = {}
        for name, more in {
            "sentence": {"view": "sentence"},
            "criterion": {"view": "criterion"},
            "auto": {},
            "known": {"known": known},
        }.items():
            config = RunConfig.checked(**settings, **more)
            result = run_items(Items.from_texts(texts, source=task.file), config, models=models).result
            found[name] = round(scores(truth, result.criteria[0].labels)["acc"], 4)
    return found


def summary(results):
    """Shares of right choices."""
    runs = [r for r in results.values() if isinstance(r, dict) and "auto" in r]
    lines = []
    for name in ("auto", "known"):
        right = [r[name] >= max(r["sentence"], r["criterion"]) - TOLERANCE for r in runs]
        lines.append(f"{name}: right in {sum(right)} of {len(right)} ({np.mean(right):.0%})")
    return "\n".join(lines)


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--known", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=1, help="wrappings")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--cache", type=Path, default=Path(".localcluster/messy_table"))
    parser.add_argument("--json", type=Path, default=RESULTS / "views.json")
    return parser.parse_args()

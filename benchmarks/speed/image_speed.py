"""Pictures per second by one, two and four criteria: what does a criterion more cost?

    python -m benchmarks image_speed [--llm models/tiny-mllm] [--n 512] [--repeats 3]

The same pictures are read by 1, 2 and 4 criteria, by a model loaded anew each time, so that nothing is
remembered from the time before; it warms up on other pictures first, and loading is not timed. Two times are
taken: of reading (hidden states of every picture under one wording of each criterion) and of the stage of a
run around it, which tries every wording on a sample of at most 512 pictures and chooses
(``embed_by_criteria``). Turns of 1, 2 and 4 criteria alternate; the median of the repeats is kept. Seconds
are those of the processor (all threads), so that other work on the machine counts little; those on the clock
are kept beside them.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from localcluster.config import RunConfig
from localcluster.embed import WORDINGS, Question, candidate_layers, read_questions
from localcluster.items import read_items
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.pipeline.embedding import SCREENING_SEED, embed_by_criteria
from localcluster.progress import SILENT
from localcluster.store import RunFolder
from scripts.tiny_mllm.pictures import write_pictures

from ..lib.record import RESULTS, keep, limited

CRITERIA = ("shape of the objects", "color of the objects", "number of objects", "texture of the objects")
COUNTS = (1, 2, 4)
PICTURES_SEED, WARM_UP_SEED, WARM_UP = 11, 12, 32


def main() -> None:
    """Measure, print, keep."""
    arguments = parse()
    go_offline()
    times = {"reading": {count: [] for count in COUNTS}, "stage": {count: [] for count in COUNTS}}
    with tempfile.TemporaryDirectory() as made, limited(arguments.threads):
        folder = Path(made)
        write_pictures(folder / "pictures", arguments.n, PICTURES_SEED)
        write_pictures(folder / "others", WARM_UP, WARM_UP_SEED)
        items, others = (read_items(str(folder / name)) for name in ("pictures", "others"))
        for turn in range(arguments.repeats):
            for count in COUNTS:
                info, reading, stage = measure(arguments, items, others, count, folder / f"{turn}-{count}")
                times["reading"][count].append(reading)
                times["stage"][count].append(stage)
    path = arguments.results / "image_speed.json"
    path.unlink(missing_ok=True)
    about = {"model": info.name, "sha256": info.sha256, "precision": info.quantization, "device": info.device}
    about |= {"pictures": len(items.items), "repeats": arguments.repeats, "threads": arguments.threads}
    keep(path, "about", about)
    for what, seconds in times.items():
        row = summary(seconds, len(items.items))
        keep(path, what, row)
        for count, one in row.items():
            print(
                f"{what:8} {count} criteria: {one['seconds']:7.2f} s, {one['pictures/s']:7.1f} pictures/s",
                end="",
            )
            print(
                f"; each further one {one['further']:.0%} of the first" if one["further"] is not None else ""
            )


def measure(arguments, items, others, count, out):
    """Seconds of reading and of the stage, each by a model that has seen neither pictures nor questions."""
    criteria = CRITERIA[:count]
    with RunFolder.open(out) as folder:
        model = warm_model(arguments, others, criteria)
        with Watch() as reading:
            questions = [Question(criterion, WORDINGS[0]) for criterion in criteria]
            read_questions(model, questions, items.items, candidate_layers(model.info.n_layers))
        model.close()
        model = warm_model(arguments, others, criteria)
        with Watch() as stage:
            embed_by_criteria(criteria, [4] * count, items, model, folder, SCREENING_SEED, SILENT)
        info = model.info
        model.close()
    return info, reading, stage


class Watch:
    """Seconds of a block, on the processor and on the clock."""

    def __enter__(self):
        self.start = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_):
        self.cpu, self.clock = time.process_time() - self.start[0], time.perf_counter() - self.start[1]


def warm_model(arguments, others, criteria):
    config = RunConfig.checked(source="-", by=criteria, llm=str(arguments.llm))
    model = load_models(config, SILENT, texts=False).llm
    questions = [Question(criterion, wording) for criterion in criteria for wording in WORDINGS]
    read_questions(model, questions, others.items, candidate_layers(model.info.n_layers))
    return model


def summary(watches, n):
    """Median seconds, rate, and the mean share of the first criterion's time that each further one took."""
    middle = {count: float(np.median([one.cpu for one in each])) for count, each in watches.items()}
    return {
        str(count): {
            "seconds": round(taken, 3),
            "all": [round(one.cpu, 3) for one in watches[count]],
            "on the clock": [round(one.clock, 3) for one in watches[count]],
            "pictures/s": round(n / taken, 1),
            "further": None if count == 1 else round((taken / middle[1] - 1) / (count - 1), 3),
        }
        for count, taken in middle.items()
    }


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--llm", type=Path, default=Path("models/tiny-mllm"))
    parser.add_argument("--n", type=int, default=512, help="pictures")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=Path, default=RESULTS)
    return parser.parse_args()

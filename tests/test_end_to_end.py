"""The main job with the real starter models, as a user runs it: in a process of its own."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

EXAMPLE = Path(__file__).parents[1] / "examples" / "reviews.csv"
ROWS = 96
#: Runs the command line and writes down every network event that Python audits, before any guard of ours.
WATCHED = """
import sys
log = open(sys.argv[1], "w", buffering=1)
def watch(event, details):
    if event in {"socket." + name for name in ("connect", "getaddrinfo", "gethostbyname", "sendto", "bind")}:
        log.write(f"{event} {details[1:]}\\n")
sys.addaudithook(watch)
sys.argv = ["localcluster", *sys.argv[2:]]
from localcluster.cli import main
main()
"""


def localcluster(folder, *arguments, log):
    return subprocess.run(
        [sys.executable, "-c", WATCHED, str(log), *arguments], cwd=folder, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory, starter_gguf, starter_embedder):
    folder = tmp_path_factory.mktemp("run")
    with EXAMPLE.open(newline="") as stream:
        rows = list(csv.reader(stream))
    with (folder / "reviews.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([rows[0], *rows[1 :: (len(rows) - 1) // ROWS][:ROWS]])
    log = folder / "network.log"
    done = localcluster(
        folder,
        *("run", "reviews.csv", "--by", "sentiment", "--by", "kind of product or place being reviewed"),
        *(
            "-k",
            "2",
            "-k",
            "3",
            "--out",
            "out",
            "--llm",
            str(starter_gguf),
            "--embedder",
            str(starter_embedder),
        ),
        log=log,
    )
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.mark.models
def test_sentiment_follows_the_stars_and_kind_does_not(finished):
    with (finished[0] / "out" / "clusters.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    good = np.array([int(row["stars"]) >= 3 for row in rows])
    sentiment = np.array([row["sentiment_cluster"] for row in rows])
    kind = np.array([row["kind_of_product_or_place_being_reviewed_cluster"] for row in rows])
    assert len(rows) == ROWS
    assert normalized_mutual_info_score(good, sentiment) > 0.3
    assert normalized_mutual_info_score(good, kind) < 0.1


@pytest.mark.models
def test_a_run_opens_no_network_connection(finished):
    assert (finished[0] / "network.log").read_text() == ""


@pytest.mark.models
def test_the_report_says_what_was_chosen_and_by_which_weights(finished, starter_gguf):
    document = json.loads((finished[0] / "out" / "run.json").read_text())
    model = document["facts"]["models"]["language model"]
    assert len(model["sha256"]) == 64
    assert model["sha256"] in (finished[0] / "out" / "report.html").read_text()
    for criterion in document["criteria"]:
        assert criterion["chosen"]
        assert all(card["name"] for card in criterion["clusters"])


@pytest.mark.models
@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"not a model at all, just text" * 10, "GGUF"), ("half", "truncated")],
    ids=["empty", "not-gguf", "truncated"],
)
def test_a_bad_model_file_is_one_sentence(tmp_path, starter_gguf, content, says):
    path = tmp_path / "model.gguf"
    path.write_bytes(starter_gguf.read_bytes()[:40_000_000] if content == "half" else content)
    (tmp_path / "rows.txt").write_text("one\ntwo\nthree\nfour\n")
    done = localcluster(
        tmp_path, "run", "rows.txt", "--by", "topic", "-k", "2", "--llm", str(path), log=tmp_path / "log"
    )
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert "model.gguf" in done.stderr
    assert not (tmp_path / "rows-clusters").exists()

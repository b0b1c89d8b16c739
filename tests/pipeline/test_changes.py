from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from fakes import models, reviews

from localcluster.config import RunConfig
from localcluster.items import Items
from localcluster.models import Models
from localcluster.pipeline import partition
from localcluster.pipeline import run as stages
from localcluster.pipeline.predict import predict
from localcluster.pipeline.predictor import load_predictors
from localcluster.pipeline.run import run
from localcluster.progress import Reporter
from localcluster.store import key_of, load_result, read_row_evidence

pytestmark = pytest.mark.slow

TEXTS, _, _ = reviews(80)


def encoded(embedder):
    """Whether each of the embedder's calls from now on reads all rows."""
    encode, whole = embedder.encode, []

    def watched(texts, *rest, **options):
        whole.append(set(TEXTS) <= set(texts))
        return encode(texts, *rest, **options)

    embedder.encode = watched
    return whole


class Heard(Reporter):
    def __init__(self):
        super().__init__(quiet=True)
        self.said = []

    def say(self, message):
        self.said.append(message)

    def changes(self):
        return [message for message in self.said if message.startswith("Since the last run")]


@pytest.fixture
def go(tmp_path, finished_runs):
    table = tmp_path / "rows.jsonl"

    def once(texts=TEXTS, fresh=False, used=None, **settings):
        table.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        heard = Heard()
        once.heard.append(heard)
        defaults = {"by": ("sentiment",), "k": (2,), "rounds": 0}
        config = RunConfig.checked(source=str(table), out=tmp_path / "run", **{**defaults, **settings})

        def computed():
            finished = run(config, heard, models=used or models(), fresh=fresh)
            return finished.result, heard.changes()

        if used or {"examples", "known"} & set(settings) or config.out.exists():
            return computed()
        name = f"changes of {key_of(list(texts), config.model_dump_json(exclude={'source', 'out'}))}"
        return finished_runs.get(name, config.out, computed)

    once.heard = []
    return once


def test_the_same_command_fits_no_partition_again(go, monkeypatch):
    first, said = go()
    assert said == []
    monkeypatch.setattr(partition, "fit_partition", lambda *_, **__: pytest.fail("fitted again"))
    again, said = go()
    assert said == []
    assert np.array_equal(first.criteria[0].labels, again.criteria[0].labels)
    assert first.criteria[0].evidence == again.criteria[0].evidence
    assert first.criteria[0].chosen == again.criteria[0].chosen


def test_a_changed_k_is_told_and_reads_nothing_again(go):
    go()
    used = models()
    whole = encoded(used.embedder)
    result, said = go(k=(3,), used=used)
    assert result.criteria[0].k == 3
    assert said == [
        "Since the last run in this folder: k changed, so clusters, questions and names are made again; "
        "the models' readings are kept."
    ]
    # The embedder and the states were kept; only names are read, and a few rows beside them.
    assert not any(whole)


def test_only_the_criterion_of_a_changed_k_is_named_and_done_again(go):
    by = ("sentiment", "subject")
    first, _ = go(by=by, k=(2, 3))
    result, said = go(by=by, k=(2, 4))
    assert said == [
        'Since the last run in this folder: k of "subject" changed, so clusters, questions and names are '
        "made again; the models' readings are kept."
    ]
    assert np.array_equal(result.criteria[0].labels, first.criteria[0].labels)
    assert result.criteria[1].k == 4


def test_another_engine_reads_again_and_says_so(go):
    go()
    used = models()
    used.llm.info = replace(used.llm.info, engine="hf")
    _, said = go(used=used)
    assert said == [
        "Since the last run in this folder: engine changed, so rows are read again, and all that follows is "
        "done again."
    ]
    assert used.llm.calls["hidden_states"] > 0


def test_no_language_model_any_more_is_one_change(go):
    go()
    _, said = go(used=Models(models().embedder, None), llm="none")
    assert [message.count("engine") for message in said] == [0]
    assert "language model changed" in said[0]


def test_other_examples_in_the_same_file_are_a_change(go, tmp_path):
    file = tmp_path / "examples.jsonl"
    pairs = [{"a": "good", "b": "great", "same": True}, {"a": "good", "b": "bad", "same": False}]
    file.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    go(rounds=1, triplets=40, examples=file)
    assert go(rounds=1, triplets=40, examples=file)[1] == []
    pairs[1]["b"] = "awful"
    file.write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    _, said = go(rounds=1, triplets=40, examples=file)
    assert [message.split(" changed")[0] for message in said] == [
        "Since the last run in this folder: examples"
    ]


def test_known_rows_leave_their_trace_and_other_ones_are_a_change(go, tmp_path):
    file = tmp_path / "known.csv"

    def write(classes):
        rows = [f"{number},{what}" for number, what in enumerate([*classes, "x"], 1)]
        file.write_text("\n".join(["id,class", *rows, "no such id,x"]) + "\n")

    write("xxyy")
    go()
    result, said = go(known=file)
    changed = "Since the last run in this folder: known changed, so clusters"
    assert [message[: len(changed)] for message in said] == [changed]
    told = result.facts["known rows"]
    assert told["file"] == "known.csv" and told["rows"] == {"sentiment": 5} and len(told["sha256"]) == 64
    assert "1 row of known.csv with no such id" in " ".join(result.facts["notes"])
    assert any("5 known rows" in note for note in result.criteria[0].evidence.notes)
    assert go(known=file)[1] == []
    write("xyxy")
    assert len(go(known=file)[1]) == 1


def test_what_known_rows_did_is_said_after_the_choice(go, tmp_path):
    file = tmp_path / "known.csv"
    file.write_text("id,class\n1,x\n2,x\n3,y\n4,y\n")
    go(known=file, llm="none", used=Models(models().embedder, None))
    told = [message for message in go.heard[-1].said if "known row" in message]
    assert told == [
        'By "sentiment": 4 known rows decided nothing, because there is only one reading to choose from.'
    ]


def test_a_newer_localcluster_clusters_again_and_says_so(go, monkeypatch):
    go()
    for module in ("changes", "ask", "partition", "head", "explain"):
        monkeypatch.setattr(f"localcluster.pipeline.{module}.__version__", "99.0")
    _, said = go()
    assert said == [
        "Since the last run in this folder: version of localcluster changed, so clusters, questions and "
        "names are made again; the models' readings are kept."
    ]


def test_a_criterion_more_keeps_the_other(go):
    first, _ = go()
    result, said = go(by=("sentiment", "subject"), k=(2, 3))
    assert said == [
        "Since the last run in this folder: the criteria changed; the readings for 1 of 2 are kept."
    ]
    assert np.array_equal(result.criteria[0].labels, first.criteria[0].labels)


def test_more_questions_keep_the_clusters_to_start_from(go, monkeypatch):
    go()
    calls = []
    fit = partition.fit_partition
    monkeypatch.setattr(partition, "fit_partition", lambda *a, **b: calls.append(1) or fit(*a, **b))
    _, said = go(rounds=1, triplets=40)
    assert said == [
        "Since the last run in this folder: rounds and triplets changed, so questions and names are made "
        "again; readings, clusters and every answer are kept."
    ]
    assert len(calls) <= 1  # an adopted embedding is partitioned anew; the first partition is not


def test_other_rows_begin_again_and_say_so(go):
    go()
    _, said = go(texts=TEXTS[:60])
    assert said == ["Since the last run in this folder: the rows changed, so everything is done again."]


def test_fresh_forgets(go):
    go()
    used = models()
    whole = encoded(used.embedder)
    _, said = go(k=(3,), fresh=True, used=used)
    assert said == []
    # All rows once; then names, and a few rows beside them.
    assert sum(whole) == 1


def test_a_run_stopped_while_it_is_continued_leaves_the_one_before_it_whole(go, tmp_path, monkeypatch):
    by = ("sentiment", "subject")
    go(by=by, k=(2, 3))
    folder = tmp_path / "run"

    def shown():
        return [(folder / name).read_bytes() for name in ("report.html", "clusters.csv")]

    before = shown()
    explain = stages.explain

    def stopped(bench, number, *rest):
        if number == 1:
            raise KeyboardInterrupt
        return explain(bench, number, *rest)

    monkeypatch.setattr(stages, "explain", stopped)
    with pytest.raises(KeyboardInterrupt):
        go(by=by, k=(4, 4))
    result = load_result(folder)
    assert [criterion.k for criterion in result.criteria] == [2, 3]
    assert shown() == before
    # What the finished run put down by the first criterion is not the stopped one's.
    found = predict(load_predictors(folder, result), Items.from_texts(TEXTS), Models(None, None))
    for number, (one, criterion) in enumerate(zip(found, result.criteria, strict=True)):
        assert np.array_equal(one.labels, criterion.labels)
        assert read_row_evidence(folder, number, criterion.labels) is not None

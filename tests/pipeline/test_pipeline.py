from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from fakes import models, reviews
from sklearn.metrics import adjusted_rand_score

from localcluster.config import RunConfig
from localcluster.errors import InputError, RunFolderError
from localcluster.pipeline import record
from localcluster.pipeline.run import run
from localcluster.store import load_result

pytestmark = pytest.mark.slow

N = 150


def write_table(path):
    texts, _, _ = reviews(N)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "note", "review"])
        for number, text in enumerate(texts):
            writer.writerow([f"r{number}", "=1+1", text])
    return path


@pytest.fixture
def table(tmp_path):
    return write_table(tmp_path / "rows.csv")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run by two criteria; only read."""
    return run(config(write_table(tmp_path_factory.mktemp("two") / "rows.csv")), models=models())


@pytest.fixture(scope="module")
def by_one(tmp_path_factory):
    """A run by one criterion; only read."""
    table = write_table(tmp_path_factory.mktemp("one") / "rows.csv")
    return run(config(table, by=("sentiment",), k=(2,)), models=models())


@pytest.fixture
def again(table, finished):
    """The table beside a copy of that run, as after the same command."""
    shutil.copytree(finished.folder, table.parent / "run")
    return table


def config(table, **settings):
    defaults = {"by": ("sentiment", "subject"), "k": (2, 3), "text_column": "review"}
    return RunConfig.checked(source=str(table), out=table.parent / "run", **{**defaults, **settings})


def test_one_table_is_clustered_by_each_criterion(finished):
    _, sentiment, kind = reviews(N)
    by_sentiment, by_subject = finished.result.criteria
    assert adjusted_rand_score(sentiment, by_sentiment.labels) > 0.8
    assert adjusted_rand_score(kind, by_sentiment.labels) < 0.1
    assert adjusted_rand_score(kind, by_subject.labels) > 0.8
    assert adjusted_rand_score(sentiment, by_subject.labels) < 0.1


def test_the_folder_holds_report_table_and_result(finished):
    assert finished.report.read_text().startswith("<!doctype html>")
    with finished.table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == N
    assert [row["id"] for row in rows] == [f"r{i}" for i in range(N)]
    assert {row["note"] for row in rows} == {"=1+1"}
    assert {"sentiment_cluster", "sentiment_name", "sentiment_confidence"} <= set(rows[0])
    stored = load_result(finished.folder)
    for kept, found in zip(stored.criteria, finished.result.criteria, strict=True):
        assert np.array_equal(kept.labels, found.labels)
        assert kept.chosen == found.chosen
    document = json.loads((finished.folder / "run.json").read_text())
    assert str(finished.folder.parent) not in json.dumps(document)
    assert document["facts"]["models"]["language model"]["engine"] == "scripted"


def test_the_same_command_again_computes_nothing_and_gives_the_same(finished, again):
    own = models()
    second = run(config(again), models=own)
    assert own.embedder.calls == 0
    for a, b in zip(finished.result.criteria, second.result.criteria, strict=True):
        assert np.array_equal(a.labels, b.labels)
        assert a.clusters == b.clusters


@pytest.mark.parametrize(
    "stage",
    [
        "partition.fit_partition",
        "ask.improve",
        "explain.explain_clusters",
        "explain.map_2d",
        "record.write_report",
    ],
)
def test_a_run_stopped_in_any_stage_continues_to_the_same_result(by_one, table, stage, monkeypatch):
    other = config(table, by=("sentiment",), k=(2,)).model_copy(update={"out": table.parent / "other"})

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"localcluster.pipeline.{stage}", stop)
        with pytest.raises(KeyboardInterrupt):
            run(other, models=models())
    assert not (table.parent / "other" / "run.json").exists()
    continued = run(other, models=models())
    assert np.array_equal(by_one.result.criteria[0].labels, continued.result.criteria[0].labels)
    assert by_one.result.criteria[0].clusters == continued.result.criteria[0].clusters


def test_another_criterion_reuses_the_sentence_vectors(again):
    own = models()
    encode, sizes = own.embedder.encode, []

    def watched(texts, *rest, **options):
        sizes.append(len(texts))
        return encode(texts, *rest, **options)

    own.embedder.encode = watched
    run(config(again, by=("colour",), k=(2,)), models=own)
    # Names and a few rows to compare them with are read, and never all rows.
    assert max(sizes, default=0) < N / 2


def test_a_failed_run_leaves_no_result(table, monkeypatch):
    def full(*_, **__):
        raise RunFolderError("The disk is full.")

    monkeypatch.setattr(record, "write_clusters_csv", full)
    with pytest.raises(RunFolderError):
        run(config(table, by=("subject",), k=(3,), rounds=0), models=models())
    with pytest.raises(RunFolderError, match="not finished"):
        load_result(table.parent / "run")


def test_fewer_rows_than_clusters_is_refused_before_anything_is_written(table):
    with pytest.raises(InputError, match="200"):
        run(config(table, k=(200,)), models=models())
    assert not (table.parent / "run").exists()


def test_empty_and_repeated_rows_keep_their_place(tmp_path):
    texts, _, _ = reviews(40)
    path = tmp_path / "rows.csv"
    path.write_text("review\n" + "\n".join([*texts, '""', texts[0], texts[0]]) + "\n")
    settings = RunConfig.checked(source=str(path), by=("sentiment",), k=(2,), out=tmp_path / "run")
    found = run(settings, models=models()).result.criteria[0]
    assert len(found.labels) == 43
    assert found.labels[0] == found.labels[41] == found.labels[42]
    assert found.confidence[40] == 0
    sizes = [card.size for card in found.clusters]
    assert sum(sizes) == 43
    assert sizes == sorted(sizes, reverse=True)


def test_without_a_language_model_words_name_the_clusters(table):
    own = models()
    own.llm = None
    found = run(config(table, by=("subject",), k=(3,), rounds=0), models=own).result.criteria[0]
    assert {card.named_by for card in found.clusters} == {"words"}


def test_k_is_found_when_not_given(table):
    found = run(config(table, by=("subject",), k=(None,)), models=models()).result.criteria[0]
    assert 2 <= found.k <= 40
    assert found.evidence.k.chosen == found.k


@pytest.mark.parametrize("stage", ["write_report", "write_clusters_csv", "result_to_folder"])
def test_no_old_result_vouches_for_half_of_a_new_one(again, stage, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(record, stage, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(config(again, k=(2, 4)), models=models())
    with pytest.raises(RunFolderError, match="not finished"):
        load_result(again.parent / "run")


def test_a_foreign_folder_is_refused_before_any_model_is_loaded(table, use_models):
    (table.parent / "run").mkdir()
    (table.parent / "run" / "mine.txt").write_text("mine")
    use_models(lambda: pytest.fail("a model was loaded"))
    with pytest.raises(RunFolderError, match=r"mine\.txt"):
        run(config(table))


def test_empty_rows_make_no_cluster_of_their_own(tmp_path):
    texts, _, _ = reviews(12)
    table = tmp_path / "rows.jsonl"
    table.write_text("".join(json.dumps({"review": text}) + "\n" for text in [*texts, "", ""]))
    given = replace(models(), llm=None)
    (found,) = run(config(table, by=("topic",), k=(5,), llm="none"), models=given).result.criteria
    assert found.k == 5
    assert set(found.labels[:12].tolist()) == set(range(5))
    assert found.confidence[12:].tolist() == [0, 0] and found.nowhere[12:].all()
    assert not any("empty" in card.name.casefold() for card in found.clusters)

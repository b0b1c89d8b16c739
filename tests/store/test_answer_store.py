"""What a model answered is kept: through kills, beside other processes, and not asked twice."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import answer_readings
import pytest
from answer_readings import LONG, pair, triplet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcluster.errors import ConfigError, RunFolderError, StoreError
from localcluster.items.cleaning import well_formed
from localcluster.store import (
    ANSWERS,
    COLUMNS,
    AnswerStore,
    Decision,
    ReadingCount,
    RunFolder,
    export_answers,
    find_answers,
    key_of,
)
from localcluster.store.sqlite import SCHEMA

OPENERS = pytest.mark.parametrize("opened", [AnswerStore.open, AnswerStore.read], ids=["write", "read"])


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "odd name? #1%20.sqlite"


@pytest.fixture
def store(path):
    with AnswerStore.open(path) as opened:
        yield opened


def decision(given_order, swapped, **changes) -> Decision:
    plain = Decision(given_order.kind, "training", 1, given_order.key, swapped.key, "choice 1", 0.9)
    return replace(plain, **changes)


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, answer_readings.__file__, *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )


def test_scores_come_back_exactly_and_after_reopening(path):
    readings = [triplet(1, 0.1 + 0.2), triplet(2, -1e-300), pair(1, 0.0)]
    with AnswerStore.open(path) as store:
        store.add(readings)
    with AnswerStore.open(path) as store:
        assert store.get([r.key for r in readings] + ["absent"]) == {r.key: r.score for r in readings}
        assert store.get([]) == {}


def test_the_first_score_stays_and_a_second_asking_is_counted(store):
    store.add([triplet(1, 0.5), triplet(2), pair(1)])
    store.add([triplet(1, -9.0), triplet(3)])
    assert store.get([triplet(1).key]) == {triplet(1).key: 0.5}
    assert store.counts() == [
        ReadingCount("intent", "triplet", "choice tokens", readings=3, repeated=1),
        ReadingCount("mood", "pair", "yes or no", readings=1, repeated=0),
    ]
    assert [row["times"] for row in store.rows()] == [2, 1, 1, 1]


def test_a_text_is_stored_once(store, path):
    store.add([triplet(number, text=LONG) for number in (1, 1, 1)])
    store.add([replace(triplet(2), texts=("query", f"{LONG} 1", f"{LONG} 1"))])
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM text WHERE words LIKE 'word %'").fetchone() == (1,)


@pytest.mark.parametrize(
    "wrong",
    [triplet(2, float("nan")), triplet(2, float("-inf")), replace(triplet(2), texts=("one", "two"))],
    ids=["nan", "infinite", "two texts"],
)
def test_a_wrong_reading_is_refused_with_all_that_came_with_it(store, wrong):
    with pytest.raises(ValueError, match=r"finite|3 texts, not 2"):
        store.add([triplet(1), wrong])
    assert store.counts() == []


def test_rows_join_a_decision_with_both_orders_as_evidence_for_the_same_choice(store):
    given_order, swapped, alone = triplet(1, 0.75), triplet(2, -0.25), triplet(3, 0.125)
    same, same_swapped = pair(1, 2.0), pair(2, -1.0)
    store.add([alone, given_order, swapped, same, same_swapped])
    store.decide("intent", "training", 1, [decision(given_order, swapped)])
    store.decide("mood", "granularity", 0, [
        decision(same, same_swapped, purpose="granularity", round=0, answer="same", probability=0.6)
    ])  # fmt: skip
    first, second, third = store.rows()
    assert tuple(first) == COLUMNS
    assert first == {
        "criterion": "intent", "kind": "triplet", "purpose": "training", "round": 1, "run": "",
        "scorer": "choice tokens", "model": "ab" * 32,
        "query": "query", "text_1": "choice 1", "text_2": "other choice",
        "score": 0.75, "score_swapped": 0.25, "answer": "choice 1", "probability": 0.9,
        "key": given_order.key, "key_swapped": swapped.key, "times": 1, "times_swapped": 1,
    }  # fmt: skip
    assert (second["query"], second["text_1"], second["text_2"]) == (None, "one", "two 1")
    assert (second["score"], second["score_swapped"], second["answer"]) == (2.0, -1.0, "same")
    assert (third["key"], third["score"], third["answer"]) == (alone.key, 0.125, None)
    assert third["purpose"] is third["score_swapped"] is third["times_swapped"] is None


def test_rows_of_some_criteria_and_one_kind(store):
    store.add([triplet(1), pair(1), replace(triplet(2), criterion="mood")])
    chosen = [[r["key"] for r in store.rows(*by)] for by in ((["mood"],), ([], "pair"), (["intent"], "pair"))]
    assert chosen == [[pair(1).key, triplet(2).key], [pair(1).key], []]


def test_more_rows_than_one_batch_keep_their_texts(store):
    store.add([triplet(number) for number in range(1200)])
    assert [row["text_1"] for row in store.rows()] == [f"choice {number}" for number in range(1200)]


def test_a_round_decided_again_replaces_itself_only(store):
    a, b, c = triplet(1), triplet(2), triplet(3)
    store.add([a, b, c])
    store.decide("intent", "training", 1, [decision(a, b), decision(b, a)])
    store.decide("intent", "held out", 1, [decision(a, c, purpose="held out")])
    store.decide("intent", "training", 2, [decision(b, c, round=2)])
    store.decide("intent", "training", 1, [decision(c, a)], run="another")
    store.decide("intent", "training", 1, [decision(c, b, answer="abstained")])
    rows = [(r["run"], r["purpose"], r["round"], r["key"]) for r in store.rows() if r["answer"]]
    assert sorted(rows) == sorted(
        [
            ("", "held out", 1, a.key),
            ("", "training", 2, b.key),
            ("another", "training", 1, c.key),
            ("", "training", 1, c.key),
        ]
    )


@pytest.mark.parametrize(
    "wrong", [{"swapped": "0" * 64}, {"shown": "0" * 64}, {"purpose": "held out"}, {"round": 2}], ids=str
)
def test_a_wrong_decision_changes_nothing(store, wrong):
    a, b = triplet(1), triplet(2)
    store.add([a, b])
    store.decide("intent", "training", 1, [decision(a, b)])
    with pytest.raises(ValueError, match="decision is"):
        store.decide("intent", "training", 1, [decision(b, a), replace(decision(a, b), **wrong)])
    assert [row["key"] for row in store.rows() if row["answer"]] == [a.key]


def test_a_hundred_thousand_keys_are_looked_up(store):
    known = [triplet(number, number / 7) for number in range(0, 100_000, 50)]
    store.add(known)
    keys = {key_of("triplet", number): number for number in range(100_000)}
    assert store.get(list(keys)) == {r.key: keys[r.key] / 7 for r in known}


def test_killed_at_any_statement_the_store_keeps_all_earlier_answers(path):
    process = start("kill", path)
    said, _ = process.communicate()
    assert process.returncode == 0
    left = json.loads(said)
    assert len(left["killed"]) > 2 * 15
    assert all(outcome[:3] == [5, 0, "ok"] for outcome in left["killed"])
    assert any(half_written for *_, half_written in left["killed"]), "no kill left a journal to roll back"
    assert left["finally"] == 20


def test_two_processes_at_once_lose_nothing(path):
    processes = [start("add", path, 0, 120), start("add", path, 60, 180)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n")
        assert process.returncode == 0
    with AnswerStore.read(path) as store:
        assert [(c.readings, c.repeated) for c in store.counts()] == [(180, 60)]


def test_two_processes_may_create_the_file_at_once(path):
    processes = [start("add", path, 0, 4) for _ in range(2)]
    assert [process.communicate("go\n") and process.returncode for process in processes] == [0, 0]


def test_reading_goes_on_while_another_writes(store, path):
    store.add([triplet(1)])
    store._db.execute("BEGIN IMMEDIATE")
    store._db.execute("INSERT INTO text (digest, words) VALUES (x'00', 'not committed')")
    with AnswerStore.read(path) as reader:
        rows = reader.rows()
        assert next(rows)["key"] == triplet(1).key
        store._db.execute("COMMIT")
        store.add([triplet(2)])
        assert list(rows) == []
        assert len(list(reader.rows())) == 2


def test_a_store_opened_to_read_cannot_be_written(store, path):
    store.add([triplet(1)])
    before = path.read_bytes()
    with AnswerStore.read(path) as reader, pytest.raises(StoreError, match="cannot be opened or written"):
        reader.add([triplet(2)])
    assert path.read_bytes() == before


@OPENERS
@pytest.mark.parametrize("size", [20, 512, 4096, 4097, 10_000])
def test_a_truncated_file_is_refused_in_words(path, opened, size):
    with AnswerStore.open(path) as store:
        store.add([triplet(number, text=LONG) for number in range(3)])
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(StoreError, match=rf"\({size:,} bytes\) is damaged.* mv "):
        opened(path)


@OPENERS
@pytest.mark.parametrize("garbage", [b"text,label\n" * 99, random.Random(0).randbytes(5000), bytes(8192)])
def test_a_file_that_is_no_store_is_refused_and_left_alone(path, opened, garbage):
    path.write_bytes(garbage)
    with pytest.raises(StoreError, match="is damaged, or is not an answer file"):
        opened(path)
    assert path.read_bytes() == garbage


def test_damage_in_the_middle_is_told_where_it_is_met(path):
    with AnswerStore.open(path) as store:
        store.add([triplet(number, text=LONG) for number in range(3)])
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="damaged"), AnswerStore.read(path) as store:
        list(store.rows())


@OPENERS
def test_a_newer_store_is_refused(path, opened):
    AnswerStore.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(StoreError, match=rf"version {SCHEMA + 1}, this one reads up to {SCHEMA}.*Update"):
        opened(path)


@OPENERS
def test_another_programs_file_is_left_alone(path, opened):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE bookmarks (x)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        opened(path)
    assert path.read_bytes() == before


def test_an_empty_file_is_a_new_store_but_none_to_read(path):
    path.touch()
    with pytest.raises(StoreError, match="no answers yet"):
        AnswerStore.read(path)
    with AnswerStore.open(path) as store:
        store.add([triplet(1)])


@OPENERS
def test_a_place_that_is_not_there_is_named(tmp_path, opened):
    with pytest.raises(StoreError, match="nowhere"):
        opened(tmp_path / "nowhere" / ANSWERS)
    assert not (tmp_path / "nowhere").exists()


def test_a_lock_that_stays_is_told(store, path, monkeypatch):
    monkeypatch.setattr("localcluster.store.sqlite.BUSY_SECONDS", 0.0)
    store._db.execute("BEGIN IMMEDIATE")
    with AnswerStore.open(path) as other, pytest.raises(StoreError, match="in use by another process"):
        other.add([triplet(1)])
    store._db.execute("ROLLBACK")


def test_a_full_disk_loses_the_new_answers_only(store):
    store.add([triplet(1)])
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="disk is full"):
        store.add([triplet(number, text=LONG) for number in range(2, 9)])
    store._db.execute("PRAGMA max_page_count = 100000")
    store.add([triplet(10)])
    assert [row["key"] for row in store.rows()] == [triplet(1).key, triplet(10).key]


ANY_TEXT = st.text(st.characters(), max_size=20)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.tuples(ANY_TEXT, ANY_TEXT, ANY_TEXT), score=st.floats(allow_nan=False, allow_infinity=False))
def test_exports_give_back_what_was_stored(tmp_path, texts, score):
    path = tmp_path / "any.sqlite"
    path.unlink(missing_ok=True)
    with AnswerStore.open(path) as store:
        store.add([replace(triplet(1, score), texts=texts), triplet(2), pair(1)])
        store.decide("intent", "training", 1, [decision(triplet(1), triplet(2))])
        rows = list(store.rows())
        assert export_answers(tmp_path / "a.jsonl", store.rows()) == 2
        assert export_answers(tmp_path / "a.CSV", store.rows()) == 2
    assert [rows[0][c] for c in ("query", "text_1", "text_2")] == list(map(well_formed, texts))
    with (tmp_path / "a.jsonl").open(encoding="utf-8") as file:
        assert [json.loads(line) for line in file] == rows
    cells = csv.DictReader(io.StringIO((tmp_path / "a.CSV").read_bytes().decode(), newline=""))
    for row, read in zip(rows, cells, strict=True):
        assert tuple(read) == COLUMNS
        for column, value in row.items():
            raw = read[column]
            if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
                assert raw == f"'{value}"
            else:
                assert raw == ("" if value is None else str(value))


@pytest.mark.parametrize("name", ["answers.xlsx", "answers", "nowhere/answers.csv"])
def test_an_export_that_cannot_be_says_what_to_type(tmp_path, name):
    with pytest.raises(ConfigError, match=r"--export answers\.csv|mkdir -p"):
        export_answers(tmp_path / name, [])
    assert list(tmp_path.iterdir()) == []


def test_answers_are_found_from_a_run_folder_or_a_file(tmp_path, folder: RunFolder):
    with pytest.raises(RunFolderError, match=r"has no answers.*localcluster answers FILE"):
        find_answers(folder.path)
    file = folder.path / "cache" / ANSWERS
    AnswerStore.open(file).close()
    assert find_answers(folder.path) == find_answers(file) == file
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(RunFolderError, match=r"not a run folder.*localcluster answers RUN"):
            find_answers(place)

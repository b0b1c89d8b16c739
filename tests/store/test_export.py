"""The table people open in a spreadsheet, and the run that is read back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcluster.errors import RunFolderError
from localcluster.evidence import from_json, to_json
from localcluster.items import read_items
from localcluster.results import ClusterCard
from localcluster.store import (
    RunFolder,
    cluster_columns,
    clusters_csv,
    load_result,
    result_to_folder,
    slug,
    write_clusters_csv,
)


def read_csv(path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_all_input_columns_come_first_and_unchanged(tmp_path, criterion):
    source = tmp_path / "in.csv"
    source.write_text('id,text,n\n007,"a\nb",1.10\n008,=1+1,\n009,"say ""hi""",x\n')
    items = read_items(str(source))
    write_clusters_csv(tmp_path / "out.csv", items.table, [criterion("mood", ["glad", "sad"], [0, 1, 0])])
    rows = read_csv(tmp_path / "out.csv")
    added = ["mood_cluster", "mood_name", "mood_confidence", "mood_check"]
    assert list(rows[0]) == ["id", "text", "n", *added]
    assert [r["id"] for r in rows] == ["007", "008", "009"]
    assert [r["text"] for r in rows] == ["a\nb", "=1+1", 'say "hi"']
    assert [r["n"] for r in rows] == ["1.10", "", "x"]
    assert [r["mood_name"] for r in rows] == ["glad", "sad", "glad"]
    assert [r["mood_confidence"] for r in rows] == ["0.0", "0.5", "1.0"]
    assert [r["mood_check"] for r in rows] == ["unclear", "look", "sure"]


def test_a_probability_is_not_called_confidence(tmp_path, criterion):
    table = pl.DataFrame({"mood_confidence": ["x", "y"]})
    of_head = [criterion("mood", ["glad", "sad"], [0, 1])]
    write_clusters_csv(tmp_path / "out.csv", table, of_head, "probability")
    assert (tmp_path / "out.csv").read_bytes() == clusters_csv(table, of_head, "probability")
    assert [*read_csv(tmp_path / "out.csv")[0].items()] == [
        ("mood_confidence", "x"),
        ("mood_cluster", "0"),
        ("mood_name", "glad"),
        ("mood_probability", "0.0"),
        ("mood_check", "unclear"),
    ]


def test_what_fits_nowhere_is_said_beside_the_cluster_and_kept(folder, result, criterion):
    told = criterion("mood", ["glad", "sad"], [0, 1, 0])
    assert told.worth_a_look("text", "texts") == "67% of texts (2) are worth a look: 1 look, 1 unclear."
    told.nowhere = np.array([True, False, False])
    assert told.checks == ["fits nowhere", "look", "sure"]
    assert told.worth_a_look() == "67% of rows (2) are worth a look: 1 look, 1 fits nowhere."
    told.confidence = np.ones(3, np.float32)
    told.nowhere = None
    assert told.worth_a_look() == "No row is worth a second look."
    first = result.criteria[0]
    first.nowhere = np.arange(len(first.labels)) == 1
    result_to_folder(folder, result)
    np.testing.assert_array_equal(load_result(folder.path).criteria[0].nowhere, first.nowhere)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_names_we_add_are_no_formulas(start, criterion):
    columns = cluster_columns([criterion("mood", [f"{start}cmd|x", "fine - so"], [0, 1])])
    assert columns["mood_name"].to_list() == [f"'{start}cmd|x", "fine - so"]


def test_columns_do_not_collide(tmp_path, criterion):
    table = pl.DataFrame({"mood_name": ["x", "y"], "mood_2_cluster": ["x", "y"]})
    same = [criterion("mood", ["a", "b"], [0, 1]), criterion("mood?", ["c", "d"], [0, 1])]
    write_clusters_csv(tmp_path / "out.csv", table, same)
    header = list(read_csv(tmp_path / "out.csv")[0])
    suffixes = ("cluster", "name", "confidence", "check")
    assert header[2:] == [f"mood_{n}_{c}" for n in (3, 4) for c in suffixes]
    assert len(set(header)) == len(header)


def test_values_without_a_csv_form_are_written_as_json(tmp_path, criterion):
    table = pl.DataFrame(
        {"tags": [["é"], None], "s": [{"a": 1}, None], "b": [b"\xff", None], "d": [timedelta(1), None]}
    )
    write_clusters_csv(tmp_path / "out.csv", table, [criterion("mood", ["a", "b"], [0, 1])])
    first, second = read_csv(tmp_path / "out.csv")
    assert (first["tags"], first["s"], first["b"]) == ('["é"]', '{"a": 1}', '"ff"')
    assert second["tags"] == second["d"] == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("What the customer wants!", "what_the_customer_wants"),
        ("тон/стиль", "тон_стиль"),
        ("???", "criterion"),
        ("x" * 50, "x" * 40),
    ],
)
def test_slug(words, expected):
    assert slug(words) == expected


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXT, min_size=1, max_size=6))
def test_any_text_survives_the_csv(tmp_path, criterion, texts):
    table = pl.DataFrame({"text": texts})
    write_clusters_csv(tmp_path / "out.csv", table, [criterion("m", ["a"], [0] * len(texts))])
    reader = csv.DictReader(io.StringIO((tmp_path / "out.csv").read_bytes().decode(), newline=""))
    assert [row["text"] for row in reader] == texts


# The finished run ---------------------------------------------------------------------------------


def test_a_result_is_read_back_from_a_moved_folder(tmp_path, result):
    result.facts |= {
        "share": np.float32(0.5),
        "sizes": np.array([1, 2]),
        "nan": float("nan"),
        "odd": "a\ud800",
    }
    with RunFolder.open(tmp_path / "run") as folder:
        result_to_folder(folder, result, pl.DataFrame({"id": ["007", "008", "008"]}))
    (tmp_path / "run").rename(tmp_path / "moved")
    loaded = load_result(tmp_path / "moved")
    assert (loaded.texts, loaded.ids) == (result.texts, result.ids)
    assert loaded.facts == {
        "seed": 0,
        "input": ["1 row repeats an id"],
        "share": 0.5,
        "sizes": [1, 2],
        "nan": None,
        "odd": "a\ufffd",
    }
    for ours, theirs in zip(loaded.criteria, result.criteria, strict=True):
        assert ours.labels.dtype == np.int64
        np.testing.assert_array_equal(ours.labels, theirs.labels)
        np.testing.assert_array_equal(ours.confidence, theirs.confidence)
        np.testing.assert_array_equal(ours.map_xy, theirs.map_xy)
        assert (ours.criterion, ours.clusters, ours.chosen) == (
            theirs.criterion,
            theirs.clusters,
            theirs.chosen,
        )
        assert ours.evidence == theirs.evidence
    assert pl.read_parquet(tmp_path / "moved" / "items.parquet")["id"].to_list() == ["007", "008", "008"]
    assert json.loads((tmp_path / "moved" / "run.json").read_text())["status"] == "finished"


def test_pictures_are_read_back(folder, result):
    result.images = ["red/1.png", None, "odd \ud800.png"]
    result.thumbnails = {2: b"\xff\xd8 two", 0: b"\xff\xd8 zero"}
    result.criteria[0].clusters[0] = replace(result.criteria[0].clusters[0], lens_words=("glad", "joy"))
    result_to_folder(folder, result)
    loaded = load_result(folder.path)
    assert loaded.images == ["red/1.png", None, "odd \ufffd.png"]
    assert loaded.thumbnails == result.thumbnails
    assert loaded.criteria[0].clusters == result.criteria[0].clusters


def test_a_run_on_texts_has_no_pictures_even_where_an_earlier_run_had_some(folder, result):
    result_to_folder(folder, replace(result, images=["a", "b", "c"], thumbnails={0: b"x"}))
    result_to_folder(folder, result)
    loaded = load_result(folder.path)
    assert loaded.images is None and loaded.thumbnails == {}
    assert not (folder.path / "results" / "thumbnails.parquet").exists()


def test_cards_of_other_versions_are_read(result):
    card = result.criteria[0].clusters[0]
    older = {name: value for name, value in to_json(card).items() if name != "lens_words"}
    assert from_json(ClusterCard, older) == card
    assert from_json(ClusterCard, to_json(card) | {"of a later version": 1}) == card


def test_a_run_that_is_not_finished(folder, tmp_path):
    with pytest.raises(RunFolderError, match="is not finished"):
        load_result(folder.path)
    with pytest.raises(RunFolderError, match="There is no run folder"):
        load_result(tmp_path / "absent")
    with pytest.raises(RunFolderError, match="not a readable run folder"):
        load_result(tmp_path)


def test_a_kill_while_a_result_is_replaced_leaves_it_unfinished(folder, result, monkeypatch):
    result_to_folder(folder, result)

    def killed(*args) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("localcluster.store.result.write_arrays", killed)
        with pytest.raises(KeyboardInterrupt):
            result_to_folder(folder, result)
    with pytest.raises(RunFolderError, match="is not finished"):
        load_result(folder.path)


FILES = ["run.json", "rows.parquet", "results/criterion-1.safetensors", "results/thumbnails.parquet"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_damaged_results_are_not_believed(folder, result, file, share):
    result.thumbnails = {0: b"\xff\xd8"}
    result_to_folder(folder, result)
    path = folder.path / file
    content = path.read_bytes()
    place = int(share * len(content))
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    with pytest.raises(RunFolderError, match="damaged"):
        load_result(folder.path)
    path.write_bytes(content[:place])
    with pytest.raises(RunFolderError, match="damaged"):
        load_result(folder.path)

"""Whole runs on rows that nobody would write: to the end, or one sentence."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from fakes import LEXICON, WordEmbedder, give_models, models, reviews
from typer.testing import CliRunner

from localcluster.cli import app
from localcluster.config import RunConfig
from localcluster.errors import InputError, ModelError
from localcluster.items import Items
from localcluster.models import Models
from localcluster.pipeline.predict import predict
from localcluster.pipeline.predictor import load_predictors
from localcluster.pipeline.run import run
from localcluster.store import load_result, write_clusters_csv
from localcluster.testing import ScriptedModel

pytestmark = pytest.mark.slow

MARKUP = '<script>alert("x")</script><img src=x onerror=alert(1)> {{ 7 * 7 }}'
COLOURED = "\x1b[31mred\x1b[0m \x07\x00"
REVERSED = "\u202eevitisop si siht\u202c שלום مرحبا"
FORMULA = '=HYPERLINK("http://x","y")'
HOSTILE = (MARKUP, COLOURED, REVERSED, FORMULA, "x" * 1_000_000, "\ufeff", "💥" * 500)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run on hostile rows among ordinary ones, and what the command printed."""
    folder = tmp_path_factory.mktemp("hostile")
    texts = [*(f"{hostile} {text}" for hostile, text in zip(HOSTILE, reviews(7, 1)[0], strict=True))]
    texts += [*reviews(60)[0], *[reviews(60)[0][0]] * 40, ""]
    table = folder / "rows.jsonl"
    table.write_text("".join(json.dumps({"text": t, "<b>column": FORMULA}) + "\n" for t in texts))
    with pytest.MonkeyPatch.context() as patch:
        give_models(models, patch)
        arguments = ["run", str(table), "--by", "sentiment", "-k", "2", "--rounds", "0"]
        said = CliRunner().invoke(app, [*arguments, "--out", str(folder / "out")])
    assert said.exit_code == 0, said.output
    return folder / "out", texts, said.output


def test_every_row_has_a_cluster_and_its_text_as_it_came(finished):
    folder, texts, _ = finished
    csv.field_size_limit(2_000_000)
    with (folder / "clusters.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == texts
    assert {row["sentiment_cluster"] for row in rows} == {"0", "1"}
    assert [row for row in rows if row["sentiment_confidence"] == "0.0"] == rows[-1:]


def test_the_page_of_such_a_run_has_no_markup_of_theirs(finished):
    page = (finished[0] / "report.html").read_text()
    assert not [markup for markup in ("<script>alert", "<img src=x", "<b>column") if markup in page]
    assert "Content-Security-Policy" in page
    # A text of a megabyte is shown by its beginning.
    assert "x" * 2_000 not in page


def test_nothing_in_a_text_reaches_the_terminal_as_a_command(finished):
    assert not set("\x1b\x07\x00\u202e\u202c") & set(finished[2])


def test_ten_thousand_identical_rows_are_one_text(tmp_path):
    table = tmp_path / "rows.txt"
    same, other = "great soup\n" * 10_000, "awful waiter\n"
    table.write_text(same)
    config = RunConfig.checked(source=str(table), by=("sentiment",), k=(2,), out=tmp_path / "out", rounds=0)
    with pytest.raises(InputError, match="10,000 rows and 1 distinct text"):
        run(config, models=models())
    assert not (tmp_path / "out").exists()
    table.write_text(same + other)
    (criterion,) = run(config, models=models()).result.criteria
    assert np.bincount(criterion.labels).tolist() == [10_000, 1]


# Models of the caller's own -----------------------------------------------------------------------


def _nan(vectors):
    vectors[3, 1] = np.nan
    return vectors


WRONG_VECTORS = {
    "nan": (_nan, r"not finite for 1 of \d+ texts"),
    "infinite": (lambda v: v * np.inf, "not finite for"),
    "a row short": (lambda v: v[1:], r"given 20 texts and returned an array of shape \(19, 48\)"),
    "flat": (lambda v: v.ravel(), r"shape \(20, d\)"),
    "no columns": (lambda v: v[:, :0], r"shape \(20, 0\)"),
    "words": (lambda v: [["a"]] * len(v), "not an array of numbers"),
}


@pytest.mark.parametrize("wrong", WRONG_VECTORS)
def test_an_embedder_that_returns_nonsense_is_named_with_the_place(tmp_path, wrong):
    change, said = WRONG_VECTORS[wrong]

    class Broken(WordEmbedder):
        def encode(self, sentences, progress=None):
            return change(super().encode(sentences))

    table = tmp_path / "rows.txt"
    table.write_text("\n".join(reviews(20)[0]))
    config = RunConfig.checked(source=str(table), by=("sentiment",), k=(2,), out=tmp_path / "out", rounds=0)
    with pytest.raises(ModelError, match=said):
        run(config, models=Models(Broken(), None))
    # Nothing of it was kept: with an embedder that works, the same command succeeds.
    run(config, models=Models(WordEmbedder(), None))


def test_a_model_whose_states_are_no_numbers_is_named(tmp_path):
    class Broken(ScriptedModel):
        def hidden_states(self, *arguments, **options):
            states = super().hidden_states(*arguments, **options)
            states[0, ..., 0] = np.inf
            return states

    table = tmp_path / "rows.txt"
    table.write_text("\n".join(reviews(20)[0]))
    config = RunConfig.checked(source=str(table), by=("sentiment",), k=(2,), out=tmp_path / "out", rounds=0)
    with pytest.raises(ModelError, match="states that are not finite numbers for 1 of 20 rows"):
        run(config, models=Models(WordEmbedder(), Broken(LEXICON)))


# Spreadsheets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_name_in_a_table_of_predictions_is_a_formula(finished, tmp_path, start):
    result = load_result(finished[0])
    (criterion,) = result.criteria
    criterion.clusters = [replace(card, name=f"{start}1+1") for card in criterion.clusters]
    items = Items.from_texts(reviews(4, 3)[0])
    (found,) = predict(load_predictors(finished[0], result), items, models())
    criterion.labels, criterion.confidence, criterion.nowhere = found.labels, found.confidence, found.nowhere
    write_clusters_csv(tmp_path / "new.csv", items.table, [criterion])
    with (tmp_path / "new.csv").open(newline="", encoding="utf-8") as file:
        assert {row["sentiment_name"] for row in csv.DictReader(file)} == {f"'{start}1+1"}


def test_a_picture_called_like_a_formula_is_a_path(tmp_path):
    from PIL import Image

    from localcluster.items import Items, read_items

    for name in ("=1+1.png", "a.png"):
        Image.new("RGB", (2, 2), (len(name), 0, 0)).save(tmp_path / name)
    items = read_items(str(tmp_path))
    assert items.table["file"].to_list() == ["./=1+1.png", "a.png"]
    assert all((tmp_path / name).exists() for name in items.table["file"])
    listed = Items.from_pictures([tmp_path / "=1+1.png", tmp_path / "a.png"])
    assert listed.table["file"].to_list() == items.table["file"].to_list()

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from fakes import LEXICON, WordEmbedder, draw_pictures, models, reviews
from typer.testing import CliRunner

from localcluster.cli import app
from localcluster.cli.predict import text_columns_of
from localcluster.config import RunConfig
from localcluster.errors import InputError, ModelError, RunFolderError
from localcluster.estimator import LocalCluster
from localcluster.items import Items
from localcluster.models import Models
from localcluster.pipeline.predict import check_same_models, predict, roles_needed
from localcluster.pipeline.predictor import load_predictors
from localcluster.pipeline.run import run
from localcluster.pipeline.words import word_influences, words_not_read
from localcluster.results import NOWHERE_AT_MOST
from localcluster.store import load_result
from localcluster.testing import ScriptedModel

pytestmark = pytest.mark.slow

N = 120
TEXTS, SENTIMENT, KIND = reviews(N)
NEW, NEW_SENTIMENT, NEW_KIND = reviews(60, seed=9)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("predicting")
    table = path / "rows.jsonl"
    rows = [*TEXTS, TEXTS[0], ""]
    table.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    config = RunConfig.checked(
        source=str(table), by=("sentiment", "subject"), k=(2, 3), out=path / "run", rounds=0
    )
    return run(config, models=models()).folder


@pytest.fixture(scope="module")
def predictors(folder):
    return load_predictors(folder, load_result(folder))


def test_rows_of_the_run_keep_their_labels(folder, predictors):
    result = load_result(folder)
    # Without any model: nothing is read again.
    found = predict(predictors, Items.from_texts([*TEXTS, TEXTS[0], ""]), Models(None, None))
    for one, criterion in zip(found, result.criteria, strict=True):
        assert np.array_equal(one.labels, criterion.labels)
        assert 0.5 < one.confidence[:N].mean() <= 1


def test_an_empty_row_fits_nowhere_in_the_run_and_as_a_new_one(predictors, tmp_path_factory):
    path = tmp_path_factory.mktemp("no empties")
    table = path / "rows.jsonl"
    table.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    config = RunConfig.checked(source=str(table), by=("subject",), k=(3,), out=path / "run", rounds=0)
    without = load_predictors(folder := run(config, models=models()).folder, load_result(folder))
    for given in (predictors, without):
        for one in predict(given, Items.from_texts([NEW[0], "", None]), models()):
            assert one.confidence[1:].tolist() == [0, 0]
            assert one.nowhere.tolist() == [False, True, True]


def test_nonsense_is_put_somewhere_and_flagged(predictors):
    for one in predict(predictors, Items.from_texts(["asdf qwer", "🦊", "zxcvb uiop lkjh"]), models()):
        assert one.nowhere.all()
        assert np.all(one.confidence <= NOWHERE_AT_MOST)
        assert np.all(one.labels >= 0)


def test_rows_of_the_run_keep_their_confidence(folder, predictors):
    result = load_result(folder)
    found = predict(predictors, Items.from_texts([*TEXTS, TEXTS[0], ""]), Models(None, None))
    for one, criterion in zip(found, result.criteria, strict=True):
        np.testing.assert_array_equal(one.confidence, criterion.confidence)
        np.testing.assert_array_equal(one.nowhere, criterion.nowhere)
        assert criterion.checks[-1] == "fits nowhere" and criterion.confidence[-1] == 0


def test_only_new_rows_are_read(predictors):
    given = models()
    predict(predictors, Items.from_texts([*TEXTS, *NEW[:7]]), given)
    wordings = sum(len(predictor.wordings) for predictor in predictors)
    assert given.llm.calls["hidden_states"] == 7 * wordings


def test_new_rows_go_where_their_words_say(folder, predictors):
    result = load_result(folder)
    sentiment, subject = predict(predictors, Items.from_texts(NEW), models())
    for found, old, truth, new in (
        (sentiment, result.criteria[0], SENTIMENT, NEW_SENTIMENT),
        (subject, result.criteria[1], KIND, NEW_KIND),
    ):
        name_of = {c: np.bincount(truth[old.labels[:N] == c]).argmax() for c in range(old.k)}
        assert np.mean([name_of[c] for c in found.labels] == new) > 0.9
        assert np.all((found.confidence > 0.3) & (found.confidence <= 1))


def test_one_row_at_a_time_and_all_together_agree(predictors):
    together = predict(predictors, Items.from_texts(NEW[:12]), models())
    for row, text in enumerate(NEW[:12]):
        alone = predict(predictors, Items.from_texts([text]), models())
        assert [one.labels[0] for one in alone] == [one.labels[row] for one in together]


def test_a_run_folder_can_be_moved(folder, predictors, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder, moved)
    there = load_predictors(moved, load_result(moved))
    here = predict(predictors, Items.from_texts(NEW), models())
    for a, b in zip(here, predict(there, Items.from_texts(NEW), models()), strict=True):
        assert np.array_equal(a.labels, b.labels)
        assert np.array_equal(a.confidence, b.confidence)


def test_another_model_is_refused_by_name(folder):
    result = load_result(folder)
    other = Models(WordEmbedder(), ScriptedModel(LEXICON, seed=5))
    with pytest.raises(ModelError, match=r"language model scripted.*was given.*--llm"):
        check_same_models(result, other)
    with pytest.raises(ModelError, match="none was given"):
        check_same_models(result, Models(WordEmbedder(), None))
    check_same_models(result, models())


@pytest.fixture
def sentence_run(tmp_path):
    """A run that asked its language model for names only: no view is of its making."""
    table = tmp_path / "rows.csv"
    table.write_text("text\n" + "".join(f"{text}\n" for text in TEXTS[:40]))
    config = RunConfig.checked(
        source=str(table), by=("subject",), k=(3,), view="sentence", out=tmp_path / "run", rounds=0
    )
    return run(config, models=models()).folder


def test_a_model_that_reads_no_new_row_is_not_wanted(sentence_run, tmp_path, use_models):
    assert roles_needed(load_predictors(sentence_run, load_result(sentence_run))) == {"embedder"}
    asked = []

    def load(config):
        asked.append(config.llm)
        return Models(WordEmbedder(), None)

    use_models(load)
    new = tmp_path / "new.csv"
    new.write_text(f"text\n{NEW[0]}\n")
    command = ["predict", str(sentence_run), str(new), "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert asked == ["none"]
    # One that the user names is looked at all the same.
    named = CliRunner().invoke(app, [*command, "--llm", "other.gguf"])
    assert named.exit_code == ModelError.exit_code
    assert "language model scripted" in " ".join(named.stderr.split())


def test_every_view_and_the_trimming_want_who_made_them(predictors):
    assert roles_needed(predictors) >= {"language model"}
    one = predictors[0]

    def of(*kinds, **changed):
        views = tuple(replace(one.views[0], kind=kind) for kind in kinds)
        return roles_needed([replace(one, views=views, **changed)])

    assert of("sentence") == {"embedder"}
    assert of("states") == of("answers") == {"language model"}
    assert of("reader") == {"fast reader"}
    assert of("states", trimmer="any") == {"language model", "embedder"}


def test_a_run_made_with_an_object_in_python_names_what_can_read_new_rows(tmp_path):
    given = models()
    fitted = LocalCluster("subject", 3, llm=None, embedder=given.embedder, run_dir=tmp_path / "run")
    fitted.fit(TEXTS[:40])
    new = tmp_path / "new.csv"
    new.write_text(f"text\n{NEW[0]}\n")
    # Nothing is put under the program: it is told before any model is looked for.
    told = CliRunner().invoke(app, ["predict", str(tmp_path / "run"), str(new)])
    assert told.exit_code == ModelError.exit_code
    said = " ".join(told.stderr.split())
    assert (
        "The embedder of this run was an object" in said
        and "word-embedder" in said
        and "LocalCluster.predict" in said
    )
    assert "Give its path" not in said


def test_a_damaged_predictor_is_refused(folder, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    file = broken / "results" / "predictor-1.safetensors"
    data = bytearray(file.read_bytes())
    data[-3] ^= 0xFF
    file.write_bytes(bytes(data))
    with pytest.raises(RunFolderError, match="predictor-1"):
        load_predictors(broken, load_result(broken))


def test_the_word_that_decides_has_the_most_influence(predictors):
    text = "awful battery and screen near cable"
    (sentiment, _) = predictors
    (found, _) = predict(predictors, Items.from_texts([text, NEW[0]]), models())
    cluster = int(found.labels[0])
    told = word_influences(sentiment, text, cluster, 1 - cluster, models())
    assert [one.word for one in told] == text.split()
    by_word = {one.word: one.influence for one in told}
    assert max(by_word, key=lambda word: by_word[word]) == "awful", by_word
    assert word_influences(sentiment, "awful", cluster, 1 - cluster, models()) == []


def test_a_text_without_one_of_its_words_stays_in_its_language(predictors, monkeypatch):
    told = []

    def watched(_, items, *rest, spoken, **options):
        told.extend(spoken)
        return [np.zeros((len(items.items), predictors[0].head.width), np.float32)]

    monkeypatch.setattr("localcluster.pipeline.words.read_vectors", watched)
    several = replace(predictors[0], languages=("English", "German"))
    word_influences(several, "Wo bleibt denn meine Rechnung?", 0, 1, models())
    assert told == ["German"] * 6


def test_words_that_were_not_read_are_told_in_order():
    text = "Hi Ann,\nmy card is lost.\nThe card is blue.\nKind regards"
    assert words_not_read(text, "my card is lost.\nThe card is blue.") == ["Hi Ann,", "Kind regards"]
    assert words_not_read("<p>Hi&nbsp;Ann</p><p>lost</p>", "lost") == ["Hi Ann"]


def test_the_command_writes_a_table(folder, tmp_path, use_models):
    use_models(models)
    new = tmp_path / "new.csv"
    new.write_text("id,text\n" + "".join(f"n{i},{text}\n" for i, text in enumerate(NEW)))
    out = tmp_path / "out.csv"
    answer = CliRunner().invoke(app, ["predict", str(folder), str(new), "--out", str(out), "-q"])
    assert answer.exit_code == 0, answer.output
    lines = out.read_text().splitlines()
    assert len(lines) == len(NEW) + 1
    assert lines[0].startswith("id,text,sentiment_cluster,sentiment_name,sentiment_probability")
    assert "confidence" not in lines[0]


def test_the_command_reads_the_column_that_the_run_read(tmp_path, use_models):
    use_models(models)
    table, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    # By itself, "text" would be read.
    lines = [f"ticket {i},{text}\n" for i, text in enumerate(TEXTS[:40])]
    table.write_text("text,body\n" + "".join(lines))
    config = RunConfig.checked(
        source=str(table), by=("sentiment",), k=(2,), text_column="body", out=tmp_path / "run", rounds=0
    )
    labels = run(config, models=models()).result.criteria[0].labels
    command = ["predict", str(tmp_path / "run"), str(table), "--out", str(out), "-q"]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert [int(row["sentiment_cluster"]) for row in csv.DictReader(out.open())] == labels.tolist()
    lines[0] = lines[1]
    table.write_text("subject,message\n" + "".join(lines))
    assert CliRunner().invoke(app, command).exit_code == 0
    found = [int(row["sentiment_cluster"]) for row in csv.DictReader(out.open())]
    assert found == [labels[1], *labels[1:]]


def test_the_command_reads_all_columns_that_the_run_read(tmp_path, use_models):
    use_models(models)
    table, out = tmp_path / "rows.jsonl", tmp_path / "out.csv"
    parts = [text.split(" ", 1) for text in TEXTS[:40]]
    table.write_text("".join(json.dumps({"text": "x", "subject": a, "body": b}) + "\n" for a, b in parts))
    config = RunConfig.checked(
        source=str(table),
        by=("sentiment",),
        k=(2,),
        text_column=("subject", "body"),
        out=tmp_path / "run",
        rounds=0,
    )
    finished = run(config, models=models())
    assert finished.result.texts == ["\n".join(part) for part in parts]
    command = ["predict", str(tmp_path / "run"), str(table), "--out", str(out), "-q"]
    assert CliRunner().invoke(app, command).exit_code == 0
    found = [int(row["sentiment_cluster"]) for row in csv.DictReader(out.open())]
    assert found == finished.result.criteria[0].labels.tolist()


def test_the_columns_of_older_records_are_understood():
    def columns(of):
        return text_columns_of(SimpleNamespace(facts={"input": of}))

    assert columns({"text column": "body"}) == ("body",)
    assert columns({"text columns": ["subject", "body"]}) == ("subject", "body")
    assert columns({}) == ()


def test_the_command_leaves_pictures_out_as_the_run_did(tmp_path, use_models):
    use_models(models)
    draw_pictures(tmp_path, 1)
    table, out = tmp_path / "rows.csv", tmp_path / "out.csv"
    table.write_text("image,text\n" + "".join(f"000.png,{text}\n" for text in TEXTS[:40]))
    config = RunConfig.checked(
        source=str(table), by=("sentiment",), k=(2,), image_column="none", out=tmp_path / "run", rounds=0
    )
    labels = run(config, models=models()).result.criteria[0].labels
    answer = CliRunner().invoke(app, ["predict", str(tmp_path / "run"), str(table), "--out", str(out), "-q"])
    assert answer.exit_code == 0, answer.output
    assert [int(row["sentiment_cluster"]) for row in csv.DictReader(out.open())] == labels.tolist()


@pytest.fixture
def body_run(tmp_path, monkeypatch, use_models):
    """A run of a table whose text is in "body", where "text" would be read by itself; and its labels."""
    use_models(models)
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "rows.csv"
    table.write_text("text,body\n" + "".join(f"ticket {i},{text}\n" for i, text in enumerate(TEXTS[:40])))
    config = RunConfig.checked(
        source=str(table), by=("sentiment",), k=(2,), text_column="body", out=tmp_path / "run", rounds=0
    )
    return table, run(config, models=models()).result.criteria[0].labels.tolist()


def test_a_table_is_piped_in_and_out(body_run, tmp_path):
    table, labels = body_run
    before = sorted(path.name for path in tmp_path.iterdir())
    piped = CliRunner().invoke(app, ["predict", "run", "-", "--out", "-"], input=table.read_text())
    assert piped.exit_code == 0, piped.output
    rows = list(csv.DictReader(piped.stdout.splitlines()))
    assert [int(row["sentiment_cluster"]) for row in rows] == labels
    assert [row["text"] for row in rows] == [f"ticket {i}" for i in range(40)]
    assert 'names the column "body"' in piped.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    named = CliRunner().invoke(app, ["predict", "run", str(table), "--out", "out.csv", "-q"])
    assert named.exit_code == 0, named.output
    assert (tmp_path / "out.csv").read_bytes() == piped.stdout_bytes


def test_lines_without_a_header_are_piped_in_as_texts(body_run, tmp_path):
    piped = CliRunner().invoke(app, ["predict", "run", "-", "-q"], input="\n".join(TEXTS[:5]))
    assert piped.exit_code == 0, piped.output
    rows = list(csv.DictReader((tmp_path / "stdin-predicted.csv").open()))
    assert [int(row["sentiment_cluster"]) for row in rows] == body_run[1][:5]


def test_confidence_of_the_run_and_probability_of_the_head_have_names_of_their_own(body_run, tmp_path):
    table, _ = body_run
    CliRunner().invoke(app, ["predict", "run", str(table), "--out", "out.csv", "-q"])
    kept, told = (list(csv.DictReader((tmp_path / file).open())) for file in ("run/clusters.csv", "out.csv"))
    assert [row["sentiment_cluster"] for row in kept] == [row["sentiment_cluster"] for row in told]
    assert "sentiment_probability" not in kept[0] and "sentiment_confidence" not in told[0]


def test_a_name_too_long_for_a_file_is_refused_in_a_sentence(body_run):
    told = CliRunner().invoke(app, ["predict", "run", "a" * 300 + ".csv"])
    assert told.exit_code == InputError.exit_code, told.output
    assert "cannot be read" in " ".join(told.stderr.split())

from __future__ import annotations

import json
import statistics
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from fakes import models, reviews
from rich.console import Console
from sklearn.cluster import KMeans

from localcluster.config import RunConfig
from localcluster.errors import ConfigError, InputError
from localcluster.evidence import KEvidence, OracleEvidence, RoundEvidence
from localcluster.items import read_items
from localcluster.pipeline import embedding
from localcluster.pipeline import run as pipeline
from localcluster.progress import Reporter
from localcluster.scoring import Fit, Row, run_benchmark
from localcluster.scoring.labels import read_classes, texts_only
from localcluster.scoring.metrics import scores

pytestmark = pytest.mark.slow

N = 90
MOODS = ("gloomy-label", "sunny-label")
TOPICS = ("topic-a", "topic-b", "topic-c")


def rows():
    texts, sentiment, kind = reviews(N)
    return [
        {"mood": MOODS[s], "topic": TOPICS[c], "review": text}
        for text, s, c in zip(texts, sentiment, kind, strict=True)
    ]


def write(path: Path, table) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in table))
    return path


def config(path: Path, **settings) -> RunConfig:
    defaults = {"by": ("sentiment",), "text_column": "review", "out": path.with_suffix(""), "rounds": 0}
    return RunConfig.checked(source=str(path), **{**defaults, **settings})


def bench(path: Path, fields=("mood",), seeds=2, *, count_labels=True, own=None, fresh=False, **settings):
    return run_benchmark(
        config(path, **settings),
        fields,
        seeds,
        count_labels=count_labels,
        models=own or models(),
        fresh=fresh,
    )


@pytest.fixture
def data(tmp_path):
    return write(tmp_path / "data.jsonl", rows())


@pytest.fixture
def clusterings(monkeypatch):
    """Labels of every fit that was computed, with the settings and the table it was given."""
    seen = []
    run_items = pipeline.run_items

    def spy(items, config, *args, **kwargs):
        done = run_items(items, config, *args, **kwargs)
        seen.append((config, items.table, done.result.criteria[0].labels))
        return done

    monkeypatch.setattr(pipeline, "run_items", spy)
    return seen


def test_the_default_is_scored_beside_the_plain_baseline(data):
    (found,) = bench(data).comparisons
    baseline, default = found.rows
    assert [row.name for row in found.rows] == ["k-means", "default"]
    assert [fit.seed for fit in default.fits] == [0, 1]
    assert default.mean_sd("acc")[0] > 0.9 > 0.7 > baseline.mean_sd("acc")[0]
    assert (found.n_labels, found.n_scored, found.n_rows) == (2, N, N)


def test_the_baseline_is_one_k_means_start_per_seed_on_the_same_vectors(data):
    (found,) = bench(data, seeds=3).comparisons
    texts, sentiment, _ = reviews(N)
    vectors = models().embedder.encode(texts)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for fit in found.rows[0].fits:
        labels = KMeans(2, n_init=1, random_state=fit.seed).fit_predict(vectors)
        assert fit.scores == pytest.approx(scores(sentiment, labels))


def test_shuffled_labels_leave_every_clustering_as_it_was(tmp_path, clusterings):
    table = rows()
    bench(write(tmp_path / "true.jsonl", table))
    order = np.random.default_rng(0).permutation(N)
    shuffled = [{**row, "mood": table[other]["mood"]} for row, other in zip(table, order, strict=True)]
    (found,) = bench(write(tmp_path / "shuffled.jsonl", shuffled)).comparisons
    assert len(clusterings) == 4
    for (_, given, true), (_, other_given, other) in zip(clusterings[:2], clusterings[2:], strict=True):
        assert given.equals(other_given)
        assert np.array_equal(true, other)
    assert found.rows[1].mean_sd("acc")[0] < 0.75


def test_several_text_columns_are_read_as_a_run_reads_them(tmp_path):
    table = [{"mood": row["mood"], "Topic title": "Re: order", "review": row["review"]} for row in rows()]
    settings = config(write(tmp_path / "data.jsonl", table), text_column=("Topic title", "review"))
    whole = read_items(settings.source, text_column=settings.text_column)
    given = texts_only(whole)
    assert given.texts == whole.texts
    # The subject is a column of its own, which is read whatever it says.
    assert given.title_lines == whole.title_lines == (1,) * N
    assert given.table.columns == ["text 1", "text 2"]


def test_fits_of_one_folder_are_no_changed_runs(data):
    heard = StringIO()
    run_benchmark(config(data), ("mood",), 2, Reporter(Console(file=heard)), models=models())
    said = " ".join(heard.getvalue().split())
    assert "seed 1 ..." in said and "Since the last run" not in said


def test_a_fit_reads_the_texts_and_nothing_else(data, clusterings):
    bench(data, ("mood", "topic"), 1, by=("sentiment", "subject"))
    assert len(clusterings) == 2
    for settings, given, _ in clusterings:
        assert given.columns == ["text"]
        seen = given.write_ndjson().encode() + settings.model_dump_json().encode()
        assert not any(label.encode() in seen for label in (*MOODS, *TOPICS, "mood", "topic"))
    written = b"".join(f.read_bytes() for f in (data.parent / "data").rglob("*") if f.is_file())
    assert not any(label.encode() in written for label in (*MOODS, *TOPICS))


def test_the_number_of_labels_is_k_only_where_asked_for(data, clusterings):
    (found,) = bench(data, ("topic",), 1, by=("subject",)).comparisons
    assert clusterings[-1][0].k == (3,)
    assert "number of distinct labels, 3" in found.k_says
    (found,) = bench(data, ("topic",), 1, by=("subject",), k=(5,), count_labels=False).comparisons
    assert clusterings[-1][0].k == (5,)
    assert {fit.k for row in found.rows for fit in row.fits} == {5}
    (found,) = bench(data, ("topic",), 1, by=("subject",), count_labels=False).comparisons
    assert clusterings[-1][0].k == (None,)
    assert found.rows[0].fits[0].k == 3
    assert found.rows[1].fits[0].found_k.chosen == found.rows[1].fits[0].k


def test_each_criterion_is_scored_on_its_own_field(data):
    by_mood, by_topic = bench(data, ("mood", "topic"), 1, by=("sentiment", "subject")).comparisons
    assert (by_mood.label_field, by_mood.n_labels) == ("mood", 2)
    assert (by_topic.label_field, by_topic.n_labels) == ("topic", 3)
    assert by_mood.rows[1].mean_sd("acc")[0] > 0.9
    assert by_topic.rows[1].mean_sd("acc")[0] > 0.9


def test_the_texts_are_read_by_the_models_once(data, monkeypatch):
    own = models()
    read = []
    read_questions = embedding.read_questions

    def spied(model, questions, items, *rest, **settings):
        asked = tuple((q.criterion, q.wording.name) for q in questions)
        read.append((tuple(item.text for item in items), asked))
        return read_questions(model, questions, items, *rest, **settings)

    monkeypatch.setattr(embedding, "read_questions", spied)
    bench(data, seeds=3, own=own, rounds=1, triplets=16)
    assert own.embedder.calls == 1
    assert read
    assert len(read) == len(set(read))
    once = len(read)
    bench(data, seeds=4, own=own, rounds=1, triplets=16)
    assert len(read) == once
    assert own.embedder.calls == 1


def test_no_fit_writes_a_page_or_a_table(data):
    bench(data, seeds=1)
    run = data.parent / "data" / "run"
    assert {path.name for path in run.iterdir() if not path.name.startswith(".")} == {
        "cache",
        "localcluster.json",
    }


def test_no_time_is_spent_on_names_that_nobody_reads(data, monkeypatch):
    own = models()
    monkeypatch.setattr(own.llm, "generate", lambda *_, **__: pytest.fail("the model was asked for a name"))
    bench(data, seeds=1, own=own)


def test_a_stopped_benchmark_continues_with_the_fit_it_was_at(data, clusterings, monkeypatch):
    spied = pipeline.run_items

    def stop_at_the_second(items, config, *args, **kwargs):
        if config.seed == 1:
            raise KeyboardInterrupt
        return spied(items, config, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "run_items", stop_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            bench(data)
    assert [settings.seed for settings, _, _ in clusterings] == [0]
    bench(data)
    assert [settings.seed for settings, _, _ in clusterings] == [0, 1]
    bench(data, triplets=7)
    assert len(clusterings) == 2
    bench(data, fresh=True)
    assert [settings.seed for settings, _, _ in clusterings] == [0, 1, 0, 1]


def test_a_row_for_the_oracle_stands_where_one_is_asked(data):
    (found,) = bench(data, seeds=1, rounds=1, triplets=16).comparisons
    assert [row.name for row in found.rows][2:] == ["default + oracle"]
    assert found.rows[1].fits[0].oracle is None
    asked = found.rows[2].fits[0].oracle
    assert asked.scorers and asked.why
    own = models()
    own.llm = None
    (found,) = bench(data, seeds=1, rounds=1, own=own, llm="none", fresh=True).comparisons
    assert len(found.rows) == 2


def test_rows_without_a_label_are_clustered_but_not_scored(tmp_path, clusterings):
    table = rows()
    table[0]["mood"] = None
    table[1]["mood"] = " "
    (found,) = bench(write(tmp_path / "gaps.jsonl", table), seeds=1).comparisons
    labels = clusterings[0][2]
    assert len(labels) == N
    assert (found.n_labels, found.n_scored, found.n_rows) == (2, N - 2, N)
    assert found.rows[1].fits[0].scores == pytest.approx(
        scores([row["mood"] for row in table[2:]], labels[2:])
    )


def test_the_result_as_json_says_what_was_run_and_what_came_of_it(data):
    document = json.loads(json.dumps(bench(data).to_json()))
    assert document["seeds"] == [0, 1]
    assert document["models"]["embedder"]["sha256"] == "0" * 64
    assert "scikit-learn" in document["versions"]
    assert document["input"]["source"] == "data.jsonl"
    assert document["input"]["text columns"] == ["review"]
    assert document["settings"]["k"] == [2]
    (criterion,) = document["criteria"]
    for row in criterion["rows"]:
        for measure in ("acc", "nmi", "ari"):
            values = [fit["scores"][measure] for fit in row["fits"]]
            assert row["mean"][measure] == pytest.approx(statistics.fmean(values))
            assert row["sd"][measure] == pytest.approx(np.std(values, ddof=1))
        assert all("cluster" in fit["seconds"] for fit in row["fits"])


@pytest.mark.parametrize(
    ("fields", "settings", "error", "says"),
    [
        (("moood",), {}, InputError, r'no column "moood".*"mood", "topic", "review".*Did you mean'),
        (("review",), {}, InputError, "--text-column"),
        (("same",), {}, InputError, r'all 90 labels in column "same" are "x".*2 distinct'),
        (("none",), {}, InputError, "no row"),
        (("own",), {}, InputError, "each of the 90 labels"),
        (
            ("mood",),
            {"by": ("sentiment", "subject")},
            ConfigError,
            "--by was given 2 times and --label-field 1",
        ),
        (("mood", "topic"), {}, ConfigError, "--by was given 1 times and --label-field 2"),
    ],
)
def test_labels_that_cannot_score_are_refused_before_anything_is_loaded(
    tmp_path, use_models, fields, settings, error, says
):
    table = [{**row, "same": "x", "none": "", "own": str(i)} for i, row in enumerate(rows())]
    path = write(tmp_path / "data.jsonl", table)
    use_models(lambda: pytest.fail("a model was loaded"))
    with pytest.raises(error, match=says):
        run_benchmark(config(path, **settings), fields)
    assert not (tmp_path / "data").exists()


def test_a_label_is_a_value_not_its_spelling_in_space(tmp_path):
    table = [{"text": f"row {i}", "label": label} for i, label in enumerate(["a", "a ", "b", None, 1, "1"])]
    items = read_items(str(write(tmp_path / "t.jsonl", table)))
    classes = read_classes(items, "LABEL")
    assert classes.n == 3
    assert classes.scored.tolist() == [True, True, True, False, True, True]
    assert classes.codes[0] == classes.codes[1]


def test_the_bare_copy_has_the_same_texts(tmp_path):
    texts = ["plain", 'quote " and \\', "line\nbreak", "", None, "naïve ☃ \U0001f600", "plain", "tab\there"]
    items = read_items(str(write(tmp_path / "t.jsonl", [{"text": t, "label": "x"} for t in texts])))
    bare = texts_only(items)
    assert bare.texts == items.texts
    assert bare.empty.tolist() == items.empty.tolist()
    assert bare.table.columns == ["text"]


def oracle(chosen, *rounds):
    made = tuple(
        RoundEvidence(1, 10, 0, accuracy, 1, 1, 1.0, 1.0, adopted, "") for accuracy, adopted in rounds
    )
    return OracleEvidence(chosen=chosen, why="Both scorers are at chance.", rounds=made)


def test_the_oracle_is_summed_up_over_the_seeds():
    def row(*said):
        return Row("", "", tuple(Fit(i, 2, {}, {}, one) for i, one in enumerate(said)))

    both = row(oracle("a way", (0.6, True), (0.8, False)), oracle("a way", (0.9, False)))
    assert both.oracle_says() == (
        '"a way" in 2 of 2 fits; estimated accuracy 0.800 ± 0.141; answers adopted in 1 of 2.'
    )
    assert row(oracle("a way")).oracle_says() == '"a way" in 1 of 1 fits.'
    assert "Both scorers are at chance." in row(oracle(None), oracle(None)).oracle_says()
    assert row(None, None).oracle_says() is None


def test_predicted_k_is_shown_with_its_range():
    ranged = Fit(0, 9, {}, {}, None, KEvidence(9, "change point", (), 7, 12))
    plain = Fit(0, 9, {}, {}, None, KEvidence(9, "silhouette"))
    assert (
        Row("", "", (ranged, ranged)).k_found()
        == "9 (7 to 12), 9 (7 to 12) by pairwise answers (change point)."
    )
    assert Row("", "", (plain,)).k_found() == "9 by highest mean silhouette."
    assert Row("", "", (Fit(0, 9, {}, {}),)).k_found() is None

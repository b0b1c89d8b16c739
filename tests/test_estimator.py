from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fakes import WordEmbedder, draw_pictures, models, reviews, seeing
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

from localcluster import LocalCluster, estimator
from localcluster.config import RunConfig, clusters_of
from localcluster.errors import ConfigError, InputError, ModelError, RunFolderError
from localcluster.items import Items
from localcluster.pipeline.predict import predict
from localcluster.pipeline.predictor import load_predictors
from localcluster.pipeline.run import run
from localcluster.report import write
from localcluster.store import RunFolder, export, files, load_result, result

pytestmark = pytest.mark.slow

N = 80
TEXTS, SENTIMENT, KIND = reviews(N)
NEW, NEW_SENTIMENT, _ = reviews(40, seed=5)


def unfitted(by="sentiment", n_clusters=2, **settings):
    given = models()
    return LocalCluster(by, n_clusters, **{"llm": given.llm, "embedder": given.embedder, **settings})


@pytest.fixture(scope="module")
def fitted():
    return unfitted().fit([*TEXTS, TEXTS[0], None])


@pytest.fixture(scope="module")
def several():
    return unfitted(["sentiment", "subject"], [2, 3]).fit(TEXTS)


def test_labels_follow_the_criterion(fitted):
    assert fitted.labels_.shape == (N + 2,)
    assert fitted.labels_.dtype == np.int64
    assert adjusted_rand_score(SENTIMENT, fitted.labels_[:N]) > 0.8
    assert fitted.labels_[N] == fitted.labels_[0]
    assert fitted.n_clusters_ == 2
    assert len(fitted.names_) == len(set(fitted.names_)) == 2
    assert fitted.confidence_[-1] == 0
    assert np.array_equal(fitted.labels_, fitted.result_.criteria[0].labels)


def test_several_criteria_give_a_column_each(several):
    assert several.labels_.shape == several.confidence_.shape == (N, 2)
    assert adjusted_rand_score(SENTIMENT, several.labels_[:, 0]) > 0.8
    assert adjusted_rand_score(KIND, several.labels_[:, 1]) > 0.8
    assert several.n_clusters_ == [2, 3]
    assert [len(names) for names in several.names_] == [2, 3]
    assert several.predict(NEW).shape == (40, 2)
    assert [proba.shape for proba in several.predict_proba(NEW)] == [(40, 2), (40, 3)]
    widths = [columns.stop - columns.start for columns in several.embedding_slices_]
    assert several.transform(NEW).shape == (40, sum(widths)) == (40, several.embeddings_.shape[1])
    assert list(several.get_feature_names_out()[:2]) == ["localcluster0", "localcluster1"]


def test_a_list_of_one_criterion_keeps_the_column():
    labels = unfitted(["sentiment"], rounds=0).fit_predict(TEXTS[:30])
    assert labels.shape == (30, 1)


@pytest.mark.parametrize("rows", [TEXTS, [*TEXTS, None, TEXTS[0]], TEXTS[::-1], TEXTS[3:5]], ids=len)
def test_fitted_rows_keep_exactly_what_the_fit_gave_them(fitted, rows):
    place = [[*TEXTS, TEXTS[0], None].index(text) for text in rows]
    assert np.array_equal(fitted.predict(rows), fitted.labels_[place])
    assert np.array_equal(fitted.transform(rows), fitted.embeddings_[place])


def test_no_model_reads_fitted_rows_again(fitted):
    before = fitted.llm.calls.copy(), fitted.embedder.calls
    fitted.predict(TEXTS)
    fitted.transform(TEXTS)
    fitted.predict_proba([None])
    assert (fitted.llm.calls, fitted.embedder.calls) == before


def test_new_rows_follow_and_come_out_alike_one_by_one(fitted):
    labels, proba, vectors = fitted.predict(NEW), fitted.predict_proba(NEW), fitted.transform(NEW)
    largest_is_positive = fitted.labels_[:N][SENTIMENT == 1].mean() > 0.5
    assert (labels == (NEW_SENTIMENT if largest_is_positive else 1 - NEW_SENTIMENT)).mean() > 0.9
    assert np.allclose(proba.sum(axis=1), 1, atol=1e-5)
    for row in range(0, 40, 5):
        assert fitted.predict([NEW[row]])[0] == labels[row]
        assert np.array_equal(fitted.predict_proba([NEW[row]])[0], proba[row])
        assert np.array_equal(fitted.transform([NEW[row]])[0], vectors[row])


def test_a_new_row_without_text_is_read_alone_and_in_a_batch():
    model = unfitted(rounds=0).fit(TEXTS[:30])
    assert model.predict([None]) == model.predict([NEW[0], " "])[1:] == model.predict(["\u200b"])


def test_repeated_and_mixed_new_rows_keep_their_order(fitted):
    rows = [NEW[1], TEXTS[4], NEW[0], NEW[1], TEXTS[4]]
    each = np.concatenate([fitted.predict([row]) for row in rows])
    assert np.array_equal(fitted.predict(rows), each)


def test_containers_give_the_same_labels(fitted):
    for rows in (
        np.array(NEW, dtype=object),
        pl.Series(NEW),
        pl.DataFrame({"t": NEW}),
        Items.from_texts(NEW),
    ):
        assert np.array_equal(fitted.predict(rows), fitted.predict(NEW))


def test_it_is_the_same_run_as_the_commands(tmp_path):
    table = tmp_path / "rows.txt"
    table.write_text("\n".join(TEXTS))
    config = RunConfig.checked(source=str(table), by=("sentiment",), k=(2,), out=tmp_path / "run")
    by_command = run(config, models=models()).result.criteria[0]
    here = unfitted().fit(TEXTS)
    assert np.array_equal(by_command.labels, here.labels_)
    assert [card.name for card in by_command.clusters] == here.names_


def test_a_run_folder_is_kept_only_where_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    unfitted(rounds=0).fit(TEXTS[:30])
    # torch makes a folder of its own at its first use in a process.
    assert [path for path in tmp_path.iterdir() if not path.name.startswith("torchinductor")] == []
    folder = tmp_path / "kept"
    model = unfitted(rounds=0, run_dir=folder).fit(TEXTS[:30])
    assert np.array_equal(load_result(folder).criteria[0].labels, model.labels_)
    again = unfitted(rounds=0, run_dir=str(folder))
    again.fit(TEXTS[:30])
    assert again.embedder.calls == 0
    assert np.array_equal(again.labels_, model.labels_)


def test_outputs_are_made_only_where_asked_for(tmp_path, monkeypatch):
    made = []
    # Every file goes through here.
    write_atomic = files.write_atomic
    for module in (write, export, result):
        monkeypatch.setattr(
            module, "write_atomic", lambda path, data: made.append(path.name) or write_atomic(path, data)
        )
    model = unfitted(rounds=0).fit(TEXTS[:30])
    assert made == []
    model.report(tmp_path / "asked.html")
    assert made == ["asked.html"]
    unfitted(rounds=0, run_dir=tmp_path / "run").fit(TEXTS[:30])
    assert {"report.html", "clusters.csv", "run.json"} <= set(made)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names >= {"report.html", "clusters.csv", "run.json", "items.parquet", "rows.parquet", "results"}


def test_what_a_fit_predicts_with_is_what_its_folder_keeps(tmp_path):
    model = unfitted(rounds=0, run_dir=tmp_path).fit(TEXTS)
    read = load_predictors(tmp_path, load_result(tmp_path))
    again = predict(read, Items.from_texts(NEW), models())
    assert np.array_equal(again[0].labels, model.predict(NEW))


def test_a_failed_fit_leaves_no_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def full(*_, **__):
        raise RunFolderError("The disk is full.")

    monkeypatch.setattr("localcluster.pipeline.run.explain", full)
    with pytest.raises(RunFolderError):
        unfitted(rounds=0).fit(TEXTS[:30])
    assert list(tmp_path.iterdir()) == []


def test_the_report_is_one_file(fitted, tmp_path):
    path = fitted.report(str(tmp_path / "report.html"))
    assert path.read_text().startswith("<!doctype html>")


def test_a_report_into_no_folder_says_so_in_words_of_both_doors(fitted, tmp_path):
    with pytest.raises(RunFolderError, match=r"there is no folder .*absent\. Make it first") as told:
        fitted.report(tmp_path / "absent" / "x.html")
    assert "--" not in str(told.value)
    with pytest.raises(RunFolderError, match="Choose a place that can be written to") as told:
        fitted.report(tmp_path)
    assert "--" not in str(told.value)


def test_a_place_that_is_no_run_folder_is_refused_by_its_parameter(tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path):
        with pytest.raises(RunFolderError, match=r"\(--out, run_dir\)"):
            unfitted(run_dir=place, rounds=0).fit(TEXTS[:30])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_in_use_names_the_parameter(tmp_path):
    with RunFolder.open(tmp_path / "run"), pytest.raises(RunFolderError, match=r"folder \(--out, run_dir\)"):
        unfitted(run_dir=tmp_path / "run", rounds=0).fit(TEXTS[:30])


def test_paths_of_the_home_folder_are_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    model = unfitted(rounds=1, triplets=20, run_dir="~/run", answers="~/answers.sqlite").fit(TEXTS)
    assert model.report("~/report.html") == tmp_path / "report.html"
    written = {path.name for path in tmp_path.iterdir()}
    assert written >= {"run", "answers.sqlite", "report.html"}


def test_a_range_lets_the_number_be_found():
    model = unfitted("subject", (2, 6), rounds=0).fit(TEXTS)
    assert 2 <= model.n_clusters_ <= 6
    assert set(model.labels_) == set(range(model.n_clusters_))


def test_pictures_are_clustered_by_their_paths(tmp_path):
    shows, color, _ = draw_pictures(tmp_path / "photos", 60)
    paths = [tmp_path / "photos" / name for name in shows]
    old, new = paths[:45], paths[45:]
    model = LocalCluster("color of the object", 2, llm=seeing(shows).llm, embedder=Unused(), rounds=0)
    assert adjusted_rand_score(color[:45], model.fit_predict(old)) == 1
    labels = model.predict(new)
    assert adjusted_rand_score(color[45:], labels) > 0.8
    assert model.predict([str(new[0])]) == labels[0]
    moved = tmp_path / "elsewhere.png"
    moved.write_bytes(old[3].read_bytes())
    assert model.predict([moved]) == model.labels_[3]
    reader = LocalCluster("color of the object", 2, llm=models().llm, embedder=Unused())
    with pytest.raises(ConfigError, match="reads text only"):
        reader.fit(old)


class Unused:
    """Refuses whatever it is given."""

    name, sha256 = "unused", "2" * 64

    def encode(self, sentences, progress=None):
        raise AssertionError(sentences)


def test_without_a_language_model_the_embedder_alone_is_used():
    class Lengths:
        def encode(self, sentences):
            return np.array([[1.0, len(text) > 10] for text in sentences])

    model = LocalCluster("length", 2, llm=None, embedder=Lengths())
    labels = model.fit_predict(["short", "tiny", "a much longer text", "another long text"])
    assert labels.tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    assert model.predict(["brief"]) == labels[0]


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "transform", "report", "get_feature_names_out"]
)
def test_an_estimator_that_was_not_fitted_says_so(method, tmp_path):
    arguments = {"report": [tmp_path / "r.html"], "get_feature_names_out": []}.get(method, [TEXTS])
    with pytest.raises(NotFittedError):
        getattr(unfitted(), method)(*arguments)


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"by": ""}, ConfigError, "is not a criterion"),
        ({"by": []}, ConfigError, "is not a criterion"),
        ({"by": 5}, ConfigError, "is not a criterion"),
        ({"by": "word " * 500}, ConfigError, 'example: "what the customer wants"'),
        ({"by": ["topic", "Topic "]}, ConfigError, "twice"),
        ({"n_clusters": 1}, ConfigError, "at least 2"),
        ({"n_clusters": True}, ConfigError, "n_clusters=True"),
        ({"n_clusters": 2.0}, ConfigError, "n_clusters=2.0"),
        ({"n_clusters": (5, 3)}, ConfigError, "range"),
        ({"n_clusters": [2, 3]}, ConfigError, "2 entries for 1 criteria"),
        ({"n_clusters": 31}, InputError, "31 clusters .* n_clusters=30"),
        ({"random_state": -1}, ConfigError, "not a seed"),
        ({"rounds": -1}, ConfigError, "rounds"),
        ({"adapt": "much"}, ConfigError, "adapt"),
        ({"adapt": "full"}, ConfigError, r"no weights to train.* \(--adapt, adapt\)"),
        ({"llm": object()}, ConfigError, "LocalModel"),
        ({"embedder": 5}, ConfigError, "without encode"),
    ],
    # Names must be the same in every process.
    ids=lambda value: str(value).split(" at 0x")[0],
)
def test_wrong_settings_are_refused_in_fit_and_only_there(settings, error, says):
    model = unfitted(**settings)
    with pytest.raises(error, match=says):
        model.fit(TEXTS[:30])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["a"], r"there is 1 \(1 row in all"),
        (["a", "a"], r"there is 1 \(2 rows in all"),
        ([None, "a"], r"there is 1 \(2 rows in all"),
    ],
)
def test_too_few_rows_are_counted_in_grammar(rows, says):
    with pytest.raises(InputError, match=says):
        unfitted().fit(rows)


def test_numbers_of_clusters():
    assert clusters_of(None, 2) == (None,)
    assert clusters_of(np.int64(4), 1) == (4,)
    assert clusters_of((2, 9), 2) == ((2, 9),)
    assert clusters_of([(2, 9), None], 2) == ((2, 9), None)


def test_the_seed_decides():
    state = np.random.RandomState(3)
    assert estimator.seed_of(7) == estimator.seed_of(np.int32(7)) == 7
    assert estimator.seed_of(np.random.RandomState(3)) == estimator.seed_of(state) != estimator.seed_of(state)
    assert estimator.seed_of(None) >= 0


def test_a_clone_shares_the_models_and_copies_the_rest(fitted):
    other = clone(fitted)
    assert other.llm is fitted.llm
    assert other.embedder is fitted.embedder
    assert not hasattr(other, "labels_")
    listed = clone(LocalCluster(["a", "b"]))
    assert listed.by == ["a", "b"]
    assert clone(LocalCluster("a").set_output(transform="polars"))._sklearn_output_config == {
        "transform": "polars"
    }


def test_parameters_can_be_read_and_set():
    model = LocalCluster("topic", 3, llm=None)
    assert model.get_params()["n_clusters"] == 3
    model.set_params(n_clusters=(2, 9), rounds=0)
    assert (model.n_clusters, model.rounds) == ((2, 9), 0)
    assert "LocalCluster" in repr(model)
    again = pickle.loads(pickle.dumps(model))
    assert again.get_params() == model.get_params()


def test_view_known_rows_and_whole_texts_are_asked_for(tmp_path):
    known = tmp_path / "known.jsonl"
    known.write_text("".join(f'{{"id": "{row + 1}", "class": "{SENTIMENT[row]}"}}\n' for row in range(20)))
    model = unfitted(rounds=0, view="criterion", known=str(known), keep_all=True).fit(TEXTS)
    assert "left out" not in model.result_.facts
    assert model.result_.facts["settings"]["view"] == "criterion"
    assert adjusted_rand_score(SENTIMENT, model.labels_) > 0.8
    with pytest.raises(ConfigError, match="view"):
        unfitted(view="theirs").fit(TEXTS)
    known.write_text('{"id": "none", "class": "a"}\n')
    with pytest.raises(InputError, match=r"known\.jsonl"):
        unfitted(known=known).fit(TEXTS)


def test_setting_parameters_after_the_fit_changes_nothing_before_the_next(fitted):
    before = fitted.predict(NEW)
    changed = pickle.loads(pickle.dumps(fitted))
    changed.set_params(by=["other", "criteria"])
    assert np.array_equal(changed.predict(NEW), before)


def test_a_fitted_estimator_is_pickled_without_its_loaded_models(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert "_models" not in vars(again)
    assert np.array_equal(again.predict([*TEXTS, *NEW]), fitted.predict([*TEXTS, *NEW]))


def test_other_models_after_unpickling_are_refused(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    again.embedder.sha256 = "1" * 64
    # It made no view, so nothing that it says of new rows counts.
    assert np.array_equal(again.predict(NEW), fitted.predict(NEW))
    again = pickle.loads(pickle.dumps(fitted))
    again.llm.info = replace(again.llm.info, sha256="1" * 64)
    assert np.array_equal(again.predict(TEXTS), fitted.labels_[:N])
    with pytest.raises(ModelError, match=r"language model of this run was an object.*111\.\.\.\) was given"):
        again.predict(NEW)


def test_it_works_in_pipelines_at_either_end():
    upper = FunctionTransformer(lambda texts: [text.replace("near", "by") for text in texts])
    last = Pipeline([("clean", upper), ("cluster", unfitted(rounds=0))])
    assert adjusted_rand_score(SENTIMENT[:40], last.fit_predict(TEXTS[:40])) > 0.8
    assert last.predict(NEW).shape == (40,)
    first = make_pipeline(unfitted(rounds=0), KNeighborsClassifier(3))
    assert first.fit(TEXTS[:40], SENTIMENT[:40]).score(NEW, NEW_SENTIMENT) > 0.8


def test_transformed_rows_can_be_a_frame():
    model = unfitted(rounds=0).set_output(transform="polars")
    frame = model.fit_transform(TEXTS[:30])
    assert isinstance(frame, pl.DataFrame)
    assert frame.columns == list(model.get_feature_names_out())


def test_importing_the_package_imports_no_room():
    code = "import localcluster, sys; print([m for m in sys.modules if m in ('torch', 'sklearn', 'numpy')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_there_and_no_others():
    import localcluster

    assert set(localcluster.__all__) <= set(dir(localcluster))
    for name in localcluster.__all__:
        assert getattr(localcluster, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = localcluster.nothing


class NumberEmbedder:
    """Texts of numbers back to their numbers."""

    name, sha256 = "numbers", "1" * 64

    #: Of the class: scikit-learn checks that a fit leaves parameters as they are.
    width = 0

    def encode(self, sentences, progress=None):
        read = [self._numbers(text) for text in sentences]
        type(self).width = max(map(len, read)) or self.width
        # Names of clusters are words, and near nothing.
        return np.array([row or [0.0] * self.width for row in read], np.float32)

    @staticmethod
    def _numbers(text):
        try:
            return [*map(float, text.split()), 1.0]
        except ValueError:
            return []


class OfNumbers(LocalCluster):
    """Rows of numbers as texts: scikit-learn's checks of fitted estimators bring no other data."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = tags.input_tags.allow_nan = False
        return tags

    def fit(self, X, y=None):
        return super().fit(as_texts(X))

    def fit_transform(self, X, y=None):
        return self.fit(X).embeddings_

    def predict(self, X):
        return super().predict(as_texts(X))

    def predict_proba(self, X):
        return super().predict_proba(as_texts(X))

    def transform(self, X):
        return super().transform(as_texts(X))


def as_texts(numbers):
    return [" ".join(map(str, row)) for row in np.asarray(numbers, dtype=np.float64).tolist()]


#: docs/python.md says which of scikit-learn's checks are not here, and why.
WITHOUT_DATA = [
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_estimators_unfitted",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_transformers_unfitted",
    "check_valid_tag_types",
]
WITH_NUMBERS = [
    "check_clustering",
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_estimators_fit_returns_self",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_fit_check_is_fitted",
    "check_fit_idempotent",
    "check_fit_score_takes_y",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_pipeline_consistency",
    "check_readonly_memmap_input",
    "check_set_output_transform",
    "check_transformer_general",
]


@pytest.mark.parametrize("check", WITHOUT_DATA)
def test_scikit_learn_checks_without_data(check):
    run_check(check, LocalCluster("size", 3, llm=None, embedder=NumberEmbedder()))


@pytest.mark.parametrize("check", WITH_NUMBERS)
def test_scikit_learn_checks_on_numbers_as_texts(check, monkeypatch):
    # Some checks ask any estimator with this parameter for a single cluster.
    monkeypatch.setattr(
        estimator, "clusters_of", lambda given, n: clusters_of(max(given, 2) if given else given, n)
    )
    run_check(check, OfNumbers("size", 3, llm=None, embedder=NumberEmbedder()))


def test_scikit_learn_itself_accepts_it():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator_checks.check_estimator(LocalCluster("size", 3, llm=None, embedder=WordEmbedder()))


def run_check(name, model):
    if not hasattr(estimator_checks, name):
        pytest.skip(f"this scikit-learn has no {name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(estimator_checks, name)(type(model).__name__, model)


def test_starter_models_by_path(starter_gguf, starter_embedder):
    few, new = TEXTS[:12], NEW[:3]
    model = LocalCluster(
        "sentiment", 2, llm=starter_gguf, embedder=str(starter_embedder), engine="gguf", rounds=0
    )
    labels = model.fit_predict(few)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(few), labels)
    assert np.array_equal(again.predict(new), np.concatenate([model.predict([row]) for row in new]))

"""What answers have taught is kept in the run folder: trained again only where something changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import tiny_embedder
from fakes import KINDS, LEXICON, NEGATIVE, POSITIVE, WordEmbedder, reviews
from triplet_fakes import answers_of, blobs, texts_of, view_of

from localcluster.config import RunConfig
from localcluster.embed import SentenceEmbedder
from localcluster.models import Models
from localcluster.pipeline import ask, partition
from localcluster.pipeline.run import run
from localcluster.store import key_of
from localcluster.testing import ScriptedModel, SimulatedScorer
from localcluster.triplets import adapt_embedder, adaptation
from localcluster.triplets.finetune import Tuned, weights_of, with_weights
from localcluster.triplets.keeping import adapt_once, forget

pytestmark = pytest.mark.slow

N = 120
TEXTS = reviews(N)[0]


class Kept:
    """A keep in memory."""

    def __init__(self):
        self.values = {}
        self.computed = []

    def __call__(self, name, inputs, compute):
        if (name, key_of(inputs)) not in self.values:
            self.computed.append(name)
            self.values[name, key_of(inputs)] = compute()
        return self.values[name, key_of(inputs)]


def taught(rows=60, seed=0):
    """Vectors, and answers that follow which of two blobs a row is in."""
    vectors, truth = blobs(rows, 2, d=16, seed=seed)
    rng = np.random.default_rng(seed)
    questions = np.array([rng.choice(rows, 3, replace=False) for _ in range(200)])
    same = truth[questions[:, 1:]] == truth[questions[:, :1]]
    return vectors, answers_of(questions, np.where(same[:, 0], 0.9, 0.1), same[:, 0] == same[:, 1])


def once(vectors, answers, keep, groups=None, **settings):
    given = {"seed": 0, "method": "head", "model": None, "number": 1, "goes_on": False, **settings}
    view = replace(view_of(vectors), groups=groups)
    return adapt_once(view, answers, texts=texts_of(len(vectors)), keep=keep, **given)


def test_what_is_kept_is_what_adapt_gives():
    vectors, answers = taught()
    expected = adapt_embedder(vectors, answers, method="head", texts=texts_of(len(vectors)))
    keep = Kept()
    for found in (once(vectors, answers, forget), once(vectors, answers, keep), once(vectors, answers, keep)):
        np.testing.assert_array_equal(found.vectors, expected.vectors)
        assert (found.method, found.trained_on) == (expected.method, expected.trained_on)
        assert found.verdict == expected.verdict
    assert keep.computed == ["adapted-1"]


def test_any_other_input_is_trained_anew():
    vectors, answers = taught()
    keep = Kept()
    flipped = answers.probability.copy()
    flipped[0] = 1 - flipped[0]
    others = [
        (vectors, answers, {}),
        (vectors, answers, {"seed": 1}),
        (vectors, answers, {"groups": np.zeros(len(vectors), np.int64)}),
        (vectors[:, ::-1].copy(), answers, {}),
        (vectors, replace(answers, questions=answers.questions[:, [0, 2, 1]]), {}),
        (vectors, replace(answers, probability=flipped), {}),
        (vectors, replace(answers, abstained=~answers.abstained), {}),
    ]
    for number, (points, given, settings) in enumerate(others, start=1):
        once(points, given, keep, **settings)
        assert len(keep.computed) == number


@pytest.mark.parametrize("method", ["full", "lora"])
def test_weights_are_kept_where_another_round_may_start_from_them(method, tmp_path, monkeypatch, lenient):
    monkeypatch.setattr(tiny_embedder, "WORDS", ("text", *map(str, range(60))))
    model = tiny_embedder.tiny_embedder(tmp_path)
    vectors, answers = taught()
    texts = texts_of(len(vectors))
    tuned = adapt_embedder(vectors, answers, method=method, texts=texts, model=model, random_state=0).model
    keep = Kept()
    assert once(vectors, answers, keep, method=method, model=model).model is None
    assert keep.computed == ["adapted-1"]
    for _ in range(2):
        found = once(vectors, answers, keep, method=method, model=model, goes_on=True)
        for name, values in weights_of(tuned).items():
            np.testing.assert_array_equal(weights_of(found.model)[name], values)
        np.testing.assert_array_equal(Tuned(found.model, 1, ()).encode(texts), found.vectors)
    assert keep.computed == ["adapted-1", "weights-1"]


def test_weights_of_half_precision_come_back_exactly(tmp_path):
    model = tiny_embedder.tiny_embedder(tmp_path).bfloat16()
    again = with_weights(model, weights_of(model))
    assert not again.training
    for (name, ours), theirs in zip(again.state_dict().items(), model.state_dict().values(), strict=True):
        assert ours.dtype == theirs.dtype, name
        assert (ours == theirs).all(), name


@pytest.fixture
def lenient(monkeypatch):
    """Everything is adopted, so that every stage after an adoption takes place."""
    monkeypatch.setattr("localcluster.triplets.gate.GATE_Z", -1e9)
    monkeypatch.setattr("localcluster.triplets.gate.MIN_HELD_OUT", 1)


@pytest.fixture
def go(tmp_path, monkeypatch, lenient, finished_runs):
    """Runs with two rounds; how often each costly thing was done is in ``go.calls``."""
    table = tmp_path / "rows.txt"
    table.write_text("\n".join(TEXTS) + "\n")
    # What the embedder sees, so that easy questions show with every seed that the oracle can be trusted.
    truth = [any(word in text for word in KINDS["film"]) for text in TEXTS]
    monkeypatch.setattr(ask, "scorers_of", lambda *_: [SimulatedScorer(truth, accuracy=0.95)])
    calls, stops = {}, {}

    def watch(module, name):
        inner = getattr(module, name)
        calls[name] = 0

        def counted(*call, **options):
            calls[name] += 1
            if stops.get(name) == calls[name]:
                raise KeyboardInterrupt
            return inner(*call, **options)

        monkeypatch.setattr(module, name, counted)

    for name in ("fit_linear_map", "finetune"):
        watch(adaptation, name)
    watch(partition, "fit_partition")
    for name in ("build_hierarchy", "dendrogram_top"):
        watch(ask, name)

    def once(out="run", stop=None, embedder=None, **settings):
        calls.update(dict.fromkeys(calls, 0))
        stops.clear()
        stops.update(stop or {})
        defaults = {"by": ("sentiment",), "k": (2,), "rounds": 2, "triplets": 60, "adapt": "head"}
        config = RunConfig.checked(source=str(table), out=tmp_path / out, **{**defaults, **settings})
        given = Models(embedder or WordEmbedder(), ScriptedModel(LEXICON))

        def computed():
            return run(config, models=given).result.criteria[0], dict(calls)

        if stop or embedder or config.out.exists():
            return computed()[0]
        name = f"adaptation kept of {config.model_dump_json(exclude={'source', 'out'})}"
        found, done = finished_runs.get(name, config.out, computed)
        calls.update(done)
        return found

    once.calls = calls
    return once


@pytest.fixture
def trainable(tmp_path, monkeypatch):
    words = (*POSITIVE, *NEGATIVE, *(noun for nouns in KINDS.values() for noun in nouns))
    monkeypatch.setattr(tiny_embedder, "WORDS", words)
    tiny_embedder.tiny_embedder(tmp_path / "embedder")
    return SentenceEmbedder(tmp_path / "embedder", device="cpu")


def without_costs(evidence):
    """All but how much was asked now and how long it took."""
    return replace(evidence, oracle=replace(evidence.oracle, questions=None))


def assert_same(one, two):
    np.testing.assert_array_equal(one.labels, two.labels)
    np.testing.assert_array_equal(one.confidence, two.confidence)
    assert without_costs(one.evidence) == without_costs(two.evidence)


def test_the_same_command_trains_fits_and_builds_nothing_again(go):
    first = go(k=((2, 20),))
    rounds = first.evidence.oracle.rounds
    assert [found.embedding.adopted for found in rounds] == [True, True]
    assert go.calls["fit_linear_map"] == 2
    assert go.calls["fit_partition"] >= 3
    assert go.calls["build_hierarchy"] == go.calls["dendrogram_top"] == 1
    again = go(k=((2, 20),))
    assert not any(go.calls.values())
    assert_same(first, again)


@pytest.mark.parametrize(
    ("stop", "trained"),
    [
        ({"fit_linear_map": 1}, 2),
        ({"fit_partition": 2}, 1),
        ({"fit_linear_map": 2}, 1),
        ({"fit_partition": 3}, 0),
    ],
    ids=["first training", "first refit", "second training", "second refit"],
)
def test_a_run_stopped_while_it_adapts_goes_on_with_what_was_trained(go, stop, trained):
    whole = go(out="whole")
    with pytest.raises(KeyboardInterrupt):
        go(stop=stop)
    assert_same(go(), whole)
    assert go.calls["fit_linear_map"] == trained


def test_changed_settings_train_again_and_only_what_depends_on_them(go):
    go()
    for changed, trained in (
        ({"rounds": 1}, 0),
        ({"triplets": 50}, 2),
        ({"adapt": "none"}, 0),
        ({"seed": 1}, 2),
        ({"k": (3,)}, 2),
    ):
        go(**changed)
        assert go.calls["fit_linear_map"] == trained, changed
        # The partition to start from depends on seed and k alone.
        assert go.calls["fit_partition"] == trained + bool({"seed", "k"} & set(changed)), changed


def test_other_weights_of_the_embedder_and_another_version_train_again(go, monkeypatch):
    go()
    other = WordEmbedder()
    other.sha256 = "1" * 64
    go(embedder=other)
    assert go.calls["fit_linear_map"] == 2
    for stage in (ask, partition):
        monkeypatch.setattr(stage, "__version__", "99.0")
    go(embedder=other)
    assert go.calls["fit_linear_map"] == 2


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_fine_tuned_embedder_is_gone_on_with(go, method, trainable):
    given = {"adapt": method, "embedder": trainable}
    whole = go(out="whole", **given)
    assert go.calls["finetune"] == 2
    with pytest.raises(KeyboardInterrupt):
        go(stop={"finetune": 2}, **given)
    assert_same(go(**given), whole)
    assert go.calls["finetune"] == 1
    go(**given)
    assert not any(go.calls.values())


def test_a_round_more_trains_the_last_one_again_for_its_weights(go, trainable):
    given = {"adapt": "full", "embedder": trainable}
    whole = go(out="whole", **given)
    go(rounds=1, **given)
    assert go.calls["finetune"] == 1
    assert_same(go(**given), whole)
    assert go.calls["finetune"] == 2

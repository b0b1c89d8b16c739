"""Reading the items by all criteria: in one pass, in pieces that are kept, each row in its place."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import LEXICON, draw_pictures, reviews, seeing

from localcluster.embed import PLACES, WORDINGS, Question, criterion_views, read_states, state_views
from localcluster.items import Items, read_items
from localcluster.pipeline import embedding
from localcluster.pipeline.embedding import Reading, embed_by_criteria, embed_by_criterion, sampled_rows
from localcluster.progress import SILENT
from localcluster.store import RunFolder
from localcluster.testing import ScriptedModel

N = 30
BY = ("color", "shape")


@pytest.fixture
def folder(tmp_path):
    with RunFolder.open(tmp_path / "run") as opened:
        yield opened


@pytest.fixture
def small_sample(monkeypatch):
    """Wordings are tried on fewer rows than there are."""
    monkeypatch.setattr(embedding, "SAMPLE_ROWS", 20)


@pytest.fixture
def pictures(tmp_path):
    shows, *_ = draw_pictures(tmp_path / "photos", N)
    return read_items(str(tmp_path / "photos")), seeing(shows).llm


@pytest.fixture
def texts():
    return Items.from_texts(reviews(N)[0]), ScriptedModel(LEXICON)


def embed(criteria, given, folder):
    items, model = given
    return embed_by_criteria(criteria, [2] * len(criteria), items, model, folder, 0, SILENT)


def expected(criterion, wording, given):
    items, model = given
    states = read_states(model, criterion, items.items, wording)
    return criterion_views(model, states, wording)


@pytest.mark.parametrize("kind", ["pictures", "texts"])
def test_every_row_has_its_own_states_whatever_the_sample_was(kind, request, folder, small_sample):
    given = request.getfixturevalue(kind)
    for criterion, found in zip(BY, embed(BY, given, folder), strict=True):
        wording = next(w for w in WORDINGS if w.name == found.wording)
        assert found.wordings.keys() == {w.name for w in WORDINGS}
        assert max(found.wordings, key=found.wordings.__getitem__) == found.wording
        for view, wanted in zip(found.views, expected(criterion, wording, given), strict=True):
            assert (view.name, view.kind, view.words) == (wanted.name, wanted.kind, wanted.words)
            np.testing.assert_allclose(view.vectors, wanted.vectors, atol=1e-6)
        assert found.views[-1].kind == "answers"


def test_only_the_wording_that_is_kept_is_read_on_the_other_rows(pictures, folder, small_sample):
    embed(BY, pictures, folder)
    sample, rest = 20, N - 20
    assert pictures[1].calls["hidden_states"] == len(BY) * (len(WORDINGS) * sample + rest)


def test_what_was_read_is_not_read_again(pictures, folder, small_sample, tmp_path):
    first = embed(BY, pictures, folder)
    # The same pictures in another place.
    (tmp_path / "photos").rename(tmp_path / "moved")
    again = read_items(str(tmp_path / "moved")), pictures[1]
    before = pictures[1].calls.copy()
    second = embed(BY, again, folder)
    assert pictures[1].calls == before
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.views[0].vectors, b.views[0].vectors)


@pytest.mark.parametrize("kind", ["pictures", "texts"])
def test_a_criterion_more_is_all_that_is_read(kind, request, folder, small_sample):
    given = request.getfixturevalue(kind)
    (alone,) = embed(BY[1:], given, folder)
    before = given[1].calls["hidden_states"]
    _, beside = embed(BY, given, folder)
    assert given[1].calls["hidden_states"] == before + len(WORDINGS) * 20 + (N - 20)
    for view, wanted in zip(beside.views, alone.views, strict=True):
        np.testing.assert_array_equal(view.vectors, wanted.vectors)
    before = given[1].calls["hidden_states"]
    embed(BY[:1], given, folder)
    assert given[1].calls["hidden_states"] == before


def test_a_pass_is_taken_up_once_for_all_its_questions(pictures, folder, monkeypatch):
    embed(BY, pictures, folder)
    taken = []
    kept = RunFolder.kept
    monkeypatch.setattr(RunFolder, "kept", lambda *given: taken.append(given[1]) or kept(*given))
    embed(BY, pictures, folder)
    assert len(taken) == len(set(taken)) == 1


@pytest.mark.parametrize("kind", ["pictures", "texts"])
def test_a_stopped_reading_goes_on_where_it_was(kind, request, folder, monkeypatch):
    items, model = given = request.getfixturevalue(kind)
    monkeypatch.setattr(embedding, "CHUNK_ROWS", 8)
    read, calls = embedding.read_questions, []

    def stop(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return read(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(embedding, "read_questions", stop)
        with pytest.raises(KeyboardInterrupt):
            embed(BY, given, folder)
    embed(BY, given, folder)
    assert model.calls["hidden_states"] == len(BY) * len(WORDINGS) * len(items.items)


def test_one_criterion_is_read_as_among_several(pictures, folder, tmp_path):
    together = embed(BY, pictures, folder)[1]
    with RunFolder.open(tmp_path / "other") as other:
        views, scores = embed_by_criterion(BY[1], 2, *pictures, other, 0, SILENT)
    assert scores == together.wordings
    for view, wanted in zip(views, together.views, strict=True):
        np.testing.assert_array_equal(view.vectors, wanted.vectors)


def test_states_of_several_tokens_are_kept_apart(pictures, folder):
    items, model = pictures
    reading, question = Reading(items, model, folder, SILENT), Question("color", WORDINGS[0])
    rows = np.array([4, 0, 9])
    states = reading.places(question, rows, PLACES, "a test")
    assert states.shape[:2] == (3, len(PLACES))
    wanted = read_states(model, "color", [items.items[row] for row in rows], WORDINGS[0])
    np.testing.assert_array_equal(states[:, 0], wanted)
    assert np.abs(states[:, 1] - wanted).max() > 0.01
    names = [state_views(model, states[:, i], WORDINGS[0], place)[0].name for i, place in enumerate(PLACES)]
    assert len(set(names)) == len(PLACES)
    before = model.calls.copy()
    np.testing.assert_array_equal(reading.places(question, rows, PLACES, "a test"), states)
    assert model.calls == before


def test_the_sample_and_the_rest_are_all_rows_once():
    sample, rest = sampled_rows(1500, 3)
    assert len(sample) == embedding.SAMPLE_ROWS
    assert sorted([*sample, *rest]) == list(range(1500))
    np.testing.assert_array_equal(sample, sampled_rows(1500, 3)[0])
    assert len(sampled_rows(5, 0)[1]) == 0

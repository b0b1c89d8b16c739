"""What a run writes down about clusters and rows, and that it does so once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from fakes import COLORS, draw_pictures, models, reviews, seeing

from localcluster.config import RunConfig
from localcluster.embed import WORDINGS, criterion_views, read_states
from localcluster.evidence import to_json
from localcluster.items import Items, read_items
from localcluster.pipeline import explain as stage
from localcluster.pipeline.explain import explain
from localcluster.pipeline.workbench import Workbench
from localcluster.store import RunFolder
from localcluster.store.row_evidence import NONE

N = 40


@pytest.fixture
def folder(tmp_path):
    with RunFolder.open(tmp_path / "run") as opened:
        yield opened


class Case:
    """Items clustered by one criterion; the arguments of :func:`explain`."""

    def __init__(self, items, own, folder, by, labels):
        self.bench = Workbench(RunConfig(source="x", by=("first", by)), items, own, folder)
        self.labels = np.asarray(labels)
        self.answers = None
        vectors = np.random.default_rng(0).normal(size=(len(items.items), 8)).astype(np.float32)
        self.vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        if own.llm is not None:
            states = read_states(own.llm, by, items.items, WORDINGS[0])
            self.answers = criterion_views(own.llm, states, WORDINGS[0])[-1]
            self.vectors = self.answers.vectors
        k = int(self.labels.max()) + 1
        self.proba = np.full((len(items.items), k), 0.1 / max(k - 1, 1), np.float32)
        self.proba[items.inverse, self.labels] = 0.9

    def explain(self):
        confidence = np.linspace(0, 1, len(self.labels), dtype=np.float32)
        return explain(self.bench, 1, self.labels, confidence, self.vectors, self.proba, self.answers)


@pytest.fixture
def pictures(tmp_path, folder):
    shows, color, _ = draw_pictures(tmp_path / "photos", N)
    # A copy, and a file that shows nothing: as many rows more, one distinct item more.
    (tmp_path / "photos" / "copy.png").write_bytes((tmp_path / "photos" / "000.png").read_bytes())
    (tmp_path / "photos" / "torn.png").touch()
    items = read_items(str(tmp_path / "photos"))
    return Case(items, seeing(shows), folder, "color", [*color, color[0], 0])


def test_pictures_are_explained_by_what_they_show(pictures):
    cards, map_xy, _ = pictures.explain()
    assert [card.name for card in cards] == [color.capitalize() for color in COLORS]
    assert [card.size for card in cards] == np.bincount(pictures.labels).tolist()
    assert [card.lens_words for card in cards] == [(color,) for color in COLORS]
    assert {card.words for card in cards} == {()}
    assert not any("png" in card.description for card in cards)
    assert map_xy.shape == (N + 2, 2)
    row = {name: at for at, name in enumerate(pictures.bench.items.image_names)}
    np.testing.assert_array_equal(map_xy[row["copy.png"]], map_xy[row["000.png"]])


def test_every_row_keeps_what_placed_it(pictures):
    cards, _, found = pictures.explain()
    np.testing.assert_allclose(found.proba_top, [[0.9, 0.1]] * (N + 2), atol=1e-6)
    np.testing.assert_array_equal(found.runner_up, 1 - pictures.labels)
    exemplars = {row for card in cards for row in card.exemplars}
    near = found.neighbours
    assert set(near[near != NONE].tolist()) <= exemplars
    assert not (near == np.arange(N + 2)[:, None]).any()
    # The nearest example of a row by color has its color.
    assert (pictures.labels[near[:N, 0]] == pictures.labels[:N]).all()
    # The very word, in first place; a row without a picture is asked about, too.
    assert all(words[0] == COLORS[c] for words, c in zip(found.lens_words[:N], pictures.labels, strict=False))
    assert len(found.lens_words) == N + 2


def test_explaining_again_asks_nobody(pictures, monkeypatch):
    first = pictures.explain()
    before = pictures.bench.models.llm.calls.copy()
    monkeypatch.setattr(stage, "map_2d", lambda *_: pytest.fail("the map was drawn again"))
    second = pictures.explain()
    assert pictures.bench.models.llm.calls == before
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1], second[1])


def test_other_clusters_are_explained_anew(pictures):
    first, *_ = pictures.explain()
    pictures.labels = 1 - pictures.labels
    pictures.proba = pictures.proba[:, ::-1].copy()
    second, *_ = pictures.explain()
    assert [card.name for card in second] == [card.name for card in first[::-1]]


def test_without_a_language_model_words_explain(folder):
    texts, sentiment, _ = reviews(N)
    own = models()
    own.llm = None
    case = Case(Items.from_texts(texts), own, folder, "sentiment", sentiment)
    cards, _, found = case.explain()
    assert {card.named_by for card in cards} == {"words"}
    assert all(card.words and not card.lens_words for card in cards)
    assert found.lens_words is None


def test_texts_have_words_of_their_own_beside_those_of_the_model(folder):
    texts, sentiment, _ = reviews(N)
    case = Case(Items.from_texts(texts), models(), folder, "sentiment", sentiment)
    cards, *_ = case.explain()
    assert [card.lens_words[0] for card in cards] == ["negative", "positive"]
    assert all(card.words for card in cards)
    stored = json.loads(json.dumps([to_json(card) for card in cards]))
    assert [card["lens_words"] for card in stored] == [list(card.lens_words) for card in cards]


def test_where_nobody_reads_names_the_model_gives_none(pictures):
    pictures.bench.models.writes_names = False
    before = pictures.bench.models.llm.calls.copy()
    cards, *_ = pictures.explain()
    assert pictures.bench.models.llm.calls == before
    # What the model saw is known already, and names clusters better than nothing.
    assert [card.name for card in cards] == [color.capitalize() for color in COLORS]
    assert {card.named_by for card in cards} == {"words"}

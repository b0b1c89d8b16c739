from __future__ import annotations

import numpy as np
import pytest
from planted import planted, two_structures
from sklearn.metrics import adjusted_rand_score

from localcluster.items.known import KnownRows
from localcluster.partition.contrast import Contrast
from localcluster.partition.fit import Partition, fit_partition
from localcluster.partition.guidance import RESAMPLES, Guidance, clearly_better, known_scores
from localcluster.partition.selection import RELATED_FROM, choose
from localcluster.store.values import read_value, write_value

pytestmark = pytest.mark.slow

TOPIC, MOOD = two_structures(240)
CLEAR, POOR = Contrast(0.5, 0.1), Contrast(-0.3, 0.2)


@pytest.fixture(scope="module")
def views():
    """A sentence embedder that sees the topic, a language model that sees the mood."""
    return [
        planted("sentence", TOPIC, kind="sentence", noise=0.5, seed=3),
        *(planted(f"states {seed}", MOOD, noise=0.5, seed=seed) for seed in (4, 5)),
    ]


@pytest.fixture(scope="module")
def related():
    """Both see the topic."""
    return [
        planted("sentence", TOPIC, kind="sentence", noise=0.5, seed=3),
        *(planted(f"states {seed}", TOPIC, noise=0.5, seed=seed) for seed in (4, 5)),
    ]


def known(truth, rows=range(0, 240, 6)):
    places = np.array(list(rows))
    return KnownRows(places, truth[places].astype(np.int64), ("a", "b", "c"))


def follows(partition, truth):
    return adjusted_rand_score(truth, partition.labels) > 0.8


@pytest.mark.parametrize(
    ("view", "family", "says"),
    [
        ("sentence", "sentence", "You asked for the sentence embedder's reading"),
        ("criterion", "criterion", "You asked for the language model's reading by the criterion"),
        ("both", "fused", "You asked for both readings together"),
    ],
)
@pytest.mark.parametrize("contrast", [None, CLEAR, POOR])
def test_the_users_word_goes_before_everything(views, view, family, says, contrast):
    guided = Guidance(view, known(MOOD if view == "sentence" else TOPIC), contrast)
    found = fit_partition(views, 3, 0, guidance=guided)
    assert found.selection.chosen.family == family
    assert found.selection.reason.startswith(says)
    assert all(j.candidate.family == family for j in found.selection.judged if j.score is not None)


def test_a_reading_that_follows_the_criterion_is_taken(views):
    found = fit_partition(views, 3, 0, guidance=Guidance(contrast=CLEAR))
    assert found.selection.chosen.family == "criterion"
    assert follows(found, MOOD)
    assert "+65%" in found.selection.reason


def test_a_reading_that_is_worse_for_being_asked_is_not(views):
    found = fit_partition(views, 3, 0, guidance=Guidance(contrast=POOR))
    assert found.selection.chosen.family == "sentence"
    assert follows(found, TOPIC)
    assert "could not read these texts" in found.selection.reason
    assert "less clear (by 26%)" in found.selection.reason


def test_a_reading_that_is_the_same_whatever_is_asked_is_not(views):
    found = fit_partition(views, 3, 0, guidance=Guidance(contrast=Contrast(0.05, 0.9)))
    assert found.selection.chosen.family != "criterion"
    assert "the same groups when it is asked for something else" in found.selection.reason
    # Unless it is clearer than that.
    clearer = fit_partition(views, 3, 0, guidance=Guidance(contrast=Contrast(0.3, 0.9)))
    assert clearer.selection.chosen.family == "criterion"


@pytest.mark.parametrize("contrast", [CLEAR, POOR, Contrast(0.0, 1.0)])
def test_related_readings_are_joined_whatever_the_contrast(related, contrast):
    found = fit_partition(related, 3, 0, guidance=Guidance(contrast=contrast))
    assert found.selection.relatedness > RELATED_FROM
    assert "see related groups" in found.selection.reason
    assert follows(found, TOPIC)
    assert all(j.score is not None for j in found.selection.judged)


@pytest.mark.parametrize(
    ("gain", "related", "says"),
    [(0.5, 0.15, "sees other groups"), (0.05, 0.18, "hardly clearer"), (0.5, 0.3, "partly related")],
)
def test_the_more_related_the_clearer_it_must_be(gain, related, says, views, monkeypatch):
    from localcluster.partition import selection

    judged = fit_partition(views, 3, 0).selection.judged
    monkeypatch.setattr(selection, "relatedness", lambda _: related)
    assert says in choose(judged, Guidance(contrast=Contrast(gain, 0.2))).reason


def test_known_rows_override_what_the_contrast_says(views):
    for contrast, truth, family in ((CLEAR, TOPIC, "sentence"), (POOR, MOOD, "criterion")):
        found = fit_partition(views, 3, 0, guidance=Guidance(known=known(truth), contrast=contrast))
        assert found.selection.chosen.family == family
        assert "40 known rows agree clearly better" in found.selection.reason
        assert found.about_known.startswith("40 known rows changed the reading")
        assert follows(found, truth)


def test_known_rows_that_agree_or_say_nothing_change_nothing(views):
    plain = fit_partition(views, 3, 0, guidance=Guidance(contrast=CLEAR))
    noise = np.random.default_rng(5).integers(3, size=240)
    for truth in (MOOD, noise):
        found = fit_partition(views, 3, 0, guidance=Guidance(known=known(truth), contrast=CLEAR))
        assert found.selection.reason == plain.selection.reason
        assert found.about_known.startswith("40 known rows changed nothing")
        assert np.array_equal(found.labels, plain.labels)


def test_known_rows_that_could_decide_nothing_say_why(views):
    asked = fit_partition(views, 3, 0, guidance=Guidance("sentence", known(MOOD), CLEAR))
    assert "decided nothing, because you asked for a reading" in asked.about_known
    alone = fit_partition(views[:1], 3, 0, guidance=Guidance(known=known(MOOD)))
    assert "decided nothing, because there is only one reading" in alone.about_known
    assert fit_partition(views, 3, 0, guidance=Guidance(contrast=CLEAR)).about_known == ""


def test_known_rows_count_the_fitted_rows_of_a_sample(views):
    guided = Guidance(known=known(TOPIC, range(0, 240, 2)), contrast=CLEAR)
    found = fit_partition(views, 3, 0, guidance=guided, max_fitted_rows=150)
    assert found.selection.chosen.family == "sentence"
    assert follows(found, TOPIC)


def test_every_known_row_is_in_the_sample(views):
    rows = fit_partition(views, 3, 0, max_fitted_rows=150).rows
    away = np.setdiff1d(np.arange(240), rows)[:40]
    guided = Guidance(known=known(TOPIC, away), contrast=CLEAR)
    found = fit_partition(views, 3, 0, guidance=guided, max_fitted_rows=150)
    assert np.isin(away, found.rows).all() and len(found.rows) == 150
    assert found.selection.chosen.family == "sentence"


def test_of_very_many_known_rows_the_sample_has_some(views):
    guided = Guidance(known=known(TOPIC, range(200)), contrast=CLEAR)
    found = fit_partition(views, 3, 0, guidance=guided, max_fitted_rows=100)
    assert len(found.rows) == 100 and 50 <= (found.rows < 200).sum() < 100


@pytest.mark.parametrize("rows", [[0, 1, 2], np.flatnonzero(TOPIC == 1)[:20]])
def test_known_rows_that_are_too_few_or_of_one_class_decide_nothing_and_say_so(views, rows):
    guided = Guidance(known=known(TOPIC, rows), contrast=CLEAR)
    found = fit_partition(views, 3, 0, guidance=guided)
    assert (
        found.selection.reason
        == fit_partition(views, 3, 0, guidance=Guidance(contrast=CLEAR)).selection.reason
    )
    assert f"{len(rows)} rows of" in found.about_known and "too few" in found.about_known


def test_known_rows_without_content_are_not_fitted(views):
    content = np.arange(240) >= 30
    guided = Guidance(known=known(TOPIC, range(32)), contrast=CLEAR)
    found = fit_partition(views, 3, 0, guidance=guided, content=content)
    assert found.rows.min() == 30 and "2 rows of" in found.about_known


def test_the_other_reading_is_kept_where_it_disagrees(views, related):
    for contrast, mine, theirs in ((CLEAR, MOOD, TOPIC), (POOR, TOPIC, MOOD)):
        found = fit_partition(views, 3, 0, guidance=Guidance(contrast=contrast))
        assert adjusted_rand_score(mine, found.labels) > 0.8
        assert adjusted_rand_score(theirs, found.alternative) > 0.8
        assert found.selection.alternative.family != found.selection.chosen.family
    assert fit_partition(related, 3, 0, guidance=Guidance(contrast=CLEAR)).alternative is None
    assert fit_partition(views[:1], 3, 0).alternative is None


def test_the_other_reading_of_a_sample_has_no_label_for_other_rows(views):
    found = fit_partition(views, 3, 0, guidance=Guidance(contrast=CLEAR), max_fitted_rows=150)
    fitted = np.flatnonzero(found.alternative >= 0)
    assert np.array_equal(fitted, found.rows)
    assert np.bincount(found.alternative[fitted]).argmax() == 0


@pytest.mark.parametrize("limit", [6000, 150])
def test_the_other_reading_comes_back_from_the_store(views, limit, tmp_path):
    found = fit_partition(views, 3, 0, guidance=Guidance(contrast=CLEAR), max_fitted_rows=limit)
    write_value(tmp_path / "partition", found, "key")
    again = read_value(tmp_path / "partition", Partition, "key")
    assert np.array_equal(again.alternative, found.alternative)
    assert again.selection.alternative.view == found.selection.alternative.view
    assert again.selection.chosen.family == "criterion"
    assert again.selection.evidence() == found.selection.evidence()
    assert np.array_equal(again.vectors, found.vectors)


def test_no_other_reading_comes_back_where_there_was_none(related, tmp_path):
    write_value(tmp_path / "partition", fit_partition(related, 3, 0), "key")
    assert read_value(tmp_path / "partition", Partition, "key").alternative is None


def test_guidance_of_some_rows_keeps_what_is_among_them():
    given = Guidance("both", KnownRows(np.array([7, 2, 5, 9]), np.array([0, 1, 1, 0]), ("a", "b")), CLEAR)
    found = given.of_rows(np.array([1, 2, 7, 8]))
    assert found.known.places.tolist() == [2, 1]
    assert found.known.classes.tolist() == [0, 1]
    assert (found.view, found.contrast, found.known.names) == ("both", CLEAR, ("a", "b"))
    assert len(given.of_rows(np.array([0, 1])).known) == 0
    assert Guidance("both").of_rows(np.array([0])) == Guidance("both")


def scored(views, truth, rows=range(0, 240, 6)):
    labels = {"topic": TOPIC, "mood": MOOD}
    vectors = {"topic": views[0].vectors, "mood": views[1].vectors}
    return known_scores(known(truth, rows), vectors, labels, 0)


def test_known_rows_score_the_right_reading_higher(views):
    for truth, right, wrong in ((TOPIC, "topic", "mood"), (MOOD, "mood", "topic")):
        scores, drawn = scored(views, truth)
        assert scores[right] > 0.8 > 0.3 > scores[wrong]
        assert all(each.shape == (RESAMPLES,) for each in drawn.values())
        assert clearly_better(scores, drawn, wrong) == right
        assert clearly_better(scores, drawn, right) == right


def test_classes_of_which_each_is_one_row_or_all_are_one_still_score(views):
    for classes in (np.arange(4), np.zeros(4, np.int64)):
        one = KnownRows(np.arange(4), classes)
        scores, _ = known_scores(one, {"topic": views[0].vectors}, {"topic": TOPIC}, 0)
        assert -1 <= scores["topic"] <= 1


def test_better_must_be_better_than_noise():
    rng = np.random.default_rng(0)
    drawn = {"a": rng.normal(0.5, 0.2, RESAMPLES), "b": rng.normal(0.55, 0.2, RESAMPLES)}
    assert clearly_better({"a": 0.5, "b": 0.55}, drawn, "a") == "a"
    assert clearly_better({"a": 0.5, "b": 1.2}, drawn, "a") == "b"
    assert clearly_better({"a": 0.5, "b": 0.4}, drawn, "a") == "a"
    same = {"a": drawn["a"], "b": drawn["a"]}
    assert clearly_better({"a": 0.5, "b": 0.5}, same, "a") == "a"

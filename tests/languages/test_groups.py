from __future__ import annotations

import numpy as np
import pytest

from localcluster.languages import LanguageGroups, asks_for_language, places_of
from localcluster.languages.groups import LANGUAGE_CRITERIA, MIN_ROWS

ENGLISH = "Please tell me when the parcel will be delivered to my house, order {}."
GERMAN = "Bitte sagen Sie mir, wann das Paket zu mir nach Hause kommt, Nummer {}."
FRENCH = "Dites-moi s'il vous plaît quand le colis sera livré chez moi, numéro {}."


def texts(**counts):
    said = {"English": ENGLISH, "German": GERMAN, "French": FRENCH}
    return [said[name].format(n) for name, count in counts.items() for n in range(count)]


def test_texts_in_one_language_have_no_groups():
    assert LanguageGroups.of(texts(English=60)) is None
    assert LanguageGroups.of([]) is None
    assert LanguageGroups.of(["1", "2", ""] * 20) is None
    # A language of too few rows is none of several, and neither are rows of which nothing is known.
    assert LanguageGroups.of(texts(English=60, German=MIN_ROWS - 1)) is None
    assert LanguageGroups.of([*texts(English=60), *["17-42 / 3"] * 40]) is None


def test_languages_are_counted_and_rare_ones_are_no_group():
    found = LanguageGroups.of(texts(English=60, German=30, French=3))
    assert found is not None
    assert found.names == ("English", "German")
    assert found.rows(np.ones(93, np.int64)) == {"English": 60, "German": 30}
    assert found.of_rows.tolist() == [0] * 60 + [1] * 30 + [-1] * 3


def test_many_rows_of_no_known_language_are_a_group_without_a_name():
    found = LanguageGroups.of([*texts(English=40, German=30), *["17-42 / 3"] * 20])
    assert found is not None
    assert found.names == ("English", "German", "")
    assert found.of_rows[-1] == 2
    assert found.rows(np.ones(90, np.int64)) == {"English": 40, "German": 30}
    # Texts that occur twice are two rows.
    often = np.where(found.of_rows == 1, 2, 1)
    assert list(found.rows(often).items()) == [("German", 60), ("English", 40)]


def test_places():
    assert places_of(["German", "Dutch", ""], ("English", "German")).tolist() == [1, -1, -1]
    assert places_of([], ("English",)).shape == (0,)


def encode(phrases):
    """Language criteria point one way, all others another; what is not known, between them."""
    return np.array([[3.0, 0.0] if p in LANGUAGE_CRITERIA else [0.0, 2.0] for p in phrases], np.float32)


def test_a_criterion_near_those_about_language_asks_for_it():
    assert asks_for_language("language", encode)
    assert not asks_for_language("topic", encode)


@pytest.mark.models
@pytest.mark.parametrize(
    ("criterion", "asks"),
    [
        ("language", True),
        ("language of the letter", True),
        ("which language the mail is in", True),
        ("German or English", True),
        ("Sprache", True),
        ("topic", False),
        ("sentiment", False),
        ("what the customer wants", False),
        ("formality", False),
        ("country of the customer", False),
        ("mood of the writer", False),
    ],
)
def test_the_starter_embedder_knows_criteria_about_language(starter_embedder, criterion, asks):
    from localcluster.embed import SentenceEmbedder

    assert asks_for_language(criterion, SentenceEmbedder(starter_embedder).encode) is asks

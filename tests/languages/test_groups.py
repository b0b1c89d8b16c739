from __future__ import annotations

import numpy as np
import pytest

from localcluster.languages import LanguageGroups, asks_for_language, places_of
from localcluster.languages.groups import LANGUAGE_CRITERIA, MIN_ROWS, OTHER_CRITERIA

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


def test_rows_of_no_known_language_are_no_group():
    found = LanguageGroups.of([*texts(English=40, German=30), *["17-42 / 3"] * 20])
    assert found is not None
    assert found.names == ("English", "German")
    assert found.of_rows[-20:].tolist() == [-1] * 20
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


@pytest.mark.parametrize(
    ("criterion", "asks"),
    [
        ("the language the text is written in", True),
        ("Sprache des Briefes", True),
        ("la langue du message", True),
        ("idioma del texto", True),
        ("язык письма", True),
        ("文章的语言", True),
        ("書かれた言語", True),
        ("programming language", False),
        ("which language the code is written in", False),
        ("язык программирования", False),
        ("body language", False),
        ("offensive language", False),
        ("language level", False),
    ],
)
def test_a_word_for_language_decides_whatever_the_embedder(criterion, asks):
    for side in ([1.0, 0.0], [0.0, 1.0]):
        assert (
            asks_for_language(criterion, lambda phrases, side=side: np.tile(side, (len(phrases), 1))) is asks
        )


@pytest.mark.parametrize("base", [0.0, 2.0, 10.0])
def test_how_near_all_phrases_are_to_an_embedder_does_not_matter(base):
    rng = np.random.default_rng(0)
    vectors = {phrase: rng.normal(size=32) for phrase in (*LANGUAGE_CRITERIA, *OTHER_CRITERIA)}
    vectors |= {
        "German or English": vectors["Sprache"] + 0.5 * rng.normal(size=32),
        "mood": rng.normal(size=32),
    }
    common = rng.normal(size=32)

    def with_base(phrases):
        return np.array([vectors[phrase] + base * common for phrase in phrases], np.float32)

    assert asks_for_language("German or English", with_base)
    assert not asks_for_language("mood", with_base)


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

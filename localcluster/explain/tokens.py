"""Splitting text of any language into terms: words, word pairs, and character pairs of unspaced scripts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

#: Only the beginning of a very long row is read for terms, so that one book cannot outweigh its cluster.
MAX_CHARS = 20_000
#: Rows looked at to tell whether the texts are English.
_SAMPLE_ROWS = 2_000
#: Frequent English words that Dutch, German and the Romance languages do not write.
_ENGLISH_MARKERS = frozenset({"the", "and", "to", "my", "it", "this", "that", "with", "for", "you", "are"})
#: Share of marker words above which texts are taken to be English; running English has 0.15 to 0.25.
_ENGLISH_SHARE = 0.10
#: scikit-learn's list takes these for noise, but they carry mood or are nouns people cluster by.
_MEANINGFUL = frozenset(
    [
        "no",
        "not",
        "never",
        "nothing",
        "none",
        "nobody",
        "cannot",
        "cant",
        "against",
        "bill",
        "system",
        "computer",
        "fire",
        "interest",
        "cry",
        "fill",
        "find",
        "move",
        "show",
    ]
)
ENGLISH_STOPS = ENGLISH_STOP_WORDS - _MEANINGFUL

#: Scripts written without spaces: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003134f"
)
#: Vowel signs and accents written as separate characters are part of their word; the word class lacks them.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff"
_LETTER = rf"(?:(?![{_UNSPACED}])[\w{_MARKS}])"
_RUN = re.compile(rf"[{_UNSPACED}]+|{_LETTER}+(?:['’]{_LETTER}+)*")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


def words_of(text: str) -> list[str]:
    """Case-folded word tokens; a run of an unspaced script is one token.

    >>> words_of("Don't PANIC, it's 42!")
    ["don't", 'panic', "it's", '42']
    """
    return _RUN.findall(text[:MAX_CHARS].casefold().replace("’", "'"))


def has_unspaced(text: str) -> bool:
    """Whether ``text`` contains a script written without spaces, where one character may be a word."""
    return bool(_IS_UNSPACED.search(text))


def looks_english(texts: Sequence[str]) -> bool:
    """Whether enough of the tokens are frequent English words (seen on an even sample of the rows)."""
    step = max(1, len(texts) // _SAMPLE_ROWS)
    seen = hits = 0
    for text in texts[::step]:
        tokens = words_of(text[:500])
        seen += len(tokens)
        hits += sum(token in _ENGLISH_MARKERS for token in tokens)
    return seen > 0 and hits / seen >= _ENGLISH_SHARE


def terms_of(text: str, stops: frozenset[str]) -> list[str]:
    """Terms of one text: words, pairs of adjacent words, and character pairs of unspaced scripts.

    Stop words, bare numbers and single letters are no terms, and a pair never jumps over one, so
    that every pair can be found in the text as it is written.

    >>> terms_of("The card has not arrived", frozenset({"the", "has"}))
    ['card', 'not', 'arrived', 'not arrived']
    >>> terms_of("退款很慢", frozenset())
    ['退款', '款很', '很慢']
    """
    terms: list[str] = []
    pairs: list[str] = []
    previous = ""
    for token in words_of(text):
        if _IS_UNSPACED.match(token):
            terms += [token[i : i + 2] for i in range(len(token) - 1)] or [token]
            previous = ""
        elif len(token) < 2 or token.isdigit() or is_stop(token, stops):
            previous = ""
        else:
            terms.append(token)
            if previous and previous != token:
                pairs.append(f"{previous} {token}")
            previous = token
    return terms + pairs


def is_stop(token: str, stops: frozenset[str]) -> bool:
    """Whether ``token`` or the word before its apostrophe is a stop word; negations never are.

    >>> is_stop("it's", frozenset({"it"})), is_stop("don't", frozenset({"don"}))
    (True, False)
    """
    if token.endswith("n't"):
        return False
    return token in stops or token.partition("'")[0] in stops


def near_same(one: str, other: str) -> bool:
    """Whether two words are forms of one ("card", "cards"; "arrive", "arrival"), by their common beginning.

    >>> near_same("charge", "charging"), near_same("positive", "position")
    (True, False)
    """
    if one == other:
        return True
    common = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    rests = sorted((len(one) - common, len(other) - common))
    return common >= 3 and rests[0] <= 1 and rests[1] <= 3 and common > rests[1]

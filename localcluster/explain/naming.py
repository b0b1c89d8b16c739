"""A short name and one sentence for each cluster of a criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import Item, LocalModel, ProgressCallback
from localcluster.embed import Embedder
from localcluster.explain.candidates import (
    PROBABILITY_WEIGHT,
    STARTS_PER_CLUSTER,
    answer_starts,
    as_written,
    complete,
    from_words,
    titles,
)
from localcluster.explain.describe import describe, from_example
from localcluster.explain.fit import Fit, rows_to_compare
from localcluster.explain.guard import MAX_NAME_CHARS, clean_name, is_name, same_name
from localcluster.explain.offensive import is_offensive
from localcluster.explain.phrases import Phrases, cluster_phrases
from localcluster.explain.prompts import answer_beginnings, answer_prompt, kind_of
from localcluster.explain.tokens import looks_english, words_of

#: Up to this many clusters, naming reads generously; above, what bounds its cost.
_FEW_CLUSTERS = 30


#: A name must be at least twice as probable about its own texts as about others'.
_MIN_CONTRAST = float(np.log(2))

#: A next-best name may score so much less than the best one that another cluster took: in nats
#: where the language model judges, in cosines where the embedder does.
_NEARLY = 2.0
_NEARLY_FITS = 0.3
#: The model's first answer word gains this much over a word of the rows, its second half as much:
#: it knows what the criterion asks for ("Positive"), which the rows need not say.
_ANSWER_BONUS = 0.3


#: Who gave a name, by where :func:`_distinct` found it.
_BY = {"best": "model", "combined": "model", "words": "words"}


class _Budget(NamedTuple):
    """How many texts naming looks at: per cluster to find candidates, to score them, and of others."""

    read: int
    scored: int
    panel: int


def _budget(k: int) -> _Budget:
    # Three is the fewest whose median means something.
    return _Budget(read=6, scored=5, panel=12) if k <= _FEW_CLUSTERS else _Budget(read=3, scored=3, panel=6)


class ClusterName(NamedTuple):
    """Name and description of a cluster, and whether the ``"model"`` or the ``"words"`` gave the name."""

    name: str
    description: str
    named_by: str


class _Shares:
    """Counts the prompts of several model calls as one piece of work."""

    def __init__(self, progress: ProgressCallback | None, total: int) -> None:
        self._progress, self._total, self._before = progress, total, 0

    def part(self, size: int) -> ProgressCallback:
        before = self._before
        self._before += size

        def advance(done: int, total: int) -> None:
            if self._progress:
                self._progress(min(before + done, self._total), self._total)

        return advance


@dataclass
class _Candidates:
    """Names of one cluster that are to be judged.

    Attributes
    ----------
    bonus : dict of str to float
        Of the names that the model answered.
    by_model : set of str
        Names that the model gave, whether or not the rows have them too.
    """

    names: list[str] = field(default_factory=list)
    bonus: dict[str, float] = field(default_factory=dict)
    by_model: set[str] = field(default_factory=set)

    def add(self, name: str, bonus: float | None = None) -> None:
        """Add a name once; ``bonus`` is None for a word of the rows."""
        if name not in self.names:
            self.names.append(name)
        if bonus is not None:
            self.by_model.add(name)
        self.bonus[name] = max(self.bonus.get(name, 0.0), bonus or 0.0)


def choose_names(
    criterion: str,
    rows: Sequence[Item],
    words: Sequence[Sequence[str]],
    exemplars: Sequence[Sequence[int]],
    model: LocalModel | None = None,
    progress: ProgressCallback | None = None,
    *,
    labels: NDArray[np.int64] | None = None,
    embedder: Embedder | None = None,
) -> list[ClusterName]:
    """Name the clusters of one criterion, no two alike.

    Candidates come from the cluster's words, from phrases that its rows use, from the model's
    next-word distribution (completed to words), and from a generated title. Each is compared with
    the rows of its own cluster and of the others (:class:`~localcluster.explain.fit.Fit`): a name
    that fits everything loses, and so does an odd one that fits nothing. Without an embedder the
    model judges by one rule: how probable the name is as the answer about this cluster's texts, and
    how much less probable it is about other clusters' texts. The cost per cluster is at most 30
    short prompts, and 20 with more than 30 clusters; about half of that with an embedder.

    Parameters
    ----------
    rows : sequence of Item, length n
        All rows.
    words : sequence of sequence of str, length k
        From :func:`~localcluster.explain.keywords.cluster_words`.
    exemplars : sequence of sequence of int, length k
        Row numbers, best first; at least one per cluster.
    model : LocalModel or None
        None names by the rows' words.
    progress : callable, optional
        Called with prompts done and prompts in all.
    labels : int64, shape (n,), optional
        In ``0..k-1``: where phrases are looked for. Among the exemplars if not given.
    embedder : Embedder or None
        Compares names with rows; None leaves that to the model and to words.
    """
    if labels is None:
        shown = [list(own) for own in exemplars]
        phrases = _phrases([rows[row] for own in shown for row in own], _labels_of(shown))
    else:
        shown = rows_to_compare(labels, exemplars)
        phrases = _phrases(rows, labels)
    texts = [[rows[row].text or "" for row in own] for own in shown]
    fit = Fit(criterion, texts, embedder)
    refused = _Refused.of(texts, phrases)
    candidates = _from_rows(words, phrases, texts)
    spare = [refused.without(own) for own in words]
    if model is None:
        usable = _usable(candidates, criterion, texts, refused) if fit.embeds else [[] for _ in words]
        merits = fit.merits(usable)
        named = _distinct(_paired(usable, merits), spare, _NEARLY_FITS)
        return [
            ClusterName(name, from_example([rows[row] for row in own], keys, name), "words")
            for (name, _), own, keys in zip(named, exemplars, words, strict=True)
        ]
    k = len(exemplars)
    budget = _budget(k)
    read = [[rows[row] for row in own[: budget.read]] for own in exemplars]
    n_texts = sum(map(len, read))
    n_scored = 0 if fit.embeds else sum(min(len(own), budget.scored) for own in read)
    shares = _Shares(progress, 2 * (n_texts + n_scored) + (STARTS_PER_CLUSTER + 2) * k)

    starts = answer_starts(criterion, read, model, shares.part(2 * n_texts))
    completed = complete(criterion, starts, model, shares.part(STARTS_PER_CLUSTER * k))
    for at, (start, names) in enumerate(zip(starts, completed, strict=True)):
        rank = sum(earlier.cluster == start.cluster for earlier in starts[:at])
        for name in names:
            # Only the word: what the model goes on with is often noise ("Pizza and salad").
            candidates[start.cluster].add(name, 0.0 if " " in name else _ANSWER_BONUS / (1 + rank))
    for own, title in zip(candidates, titles(criterion, read, words, model, shares.part(k)), strict=True):
        own.add(title, 0.0)
    usable = _usable(candidates, criterion, texts, refused)
    if fit.embeds:
        merits = [
            merit + [own.bonus[name] for name in names]
            for own, names, merit in zip(candidates, usable, fit.merits(usable), strict=True)
        ]
    else:
        merits = score_names(criterion, read, usable, model, shares.part(2 * n_scored))
    named = _distinct(_paired(usable, merits), spare, _NEARLY_FITS if fit.embeds else _NEARLY)
    chosen = [name for name, _ in named]
    sentences = describe(criterion, chosen, read, words, model, shares.part(k), fit)
    return [
        ClusterName(name, sentence, "words" if by == "best" and name not in own.by_model else _BY[by])
        for (name, by), sentence, own in zip(named, sentences, candidates, strict=True)
    ]


def _phrases(rows: Sequence[Item], labels: NDArray[np.int64]) -> Phrases:
    return cluster_phrases([row.text or "" for row in rows], labels)


def _labels_of(shown: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(shown)), [len(own) for own in shown])


def _from_rows(
    words: Sequence[Sequence[str]], phrases: Phrases, texts: Sequence[Sequence[str]]
) -> list[_Candidates]:
    candidates = [_Candidates() for _ in words]
    for own, keys, said, seen in zip(candidates, words, phrases.own, texts, strict=True):
        for name in [*from_words(keys, seen), *(as_written(phrase, seen) for phrase in said)]:
            own.add(name)
    return candidates


class _Refused(NamedTuple):
    """What no name may hold: greetings, and words that offend in the rows' language."""

    salutations: frozenset[str]
    english: bool

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], phrases: Phrases) -> _Refused:
        return cls(phrases.salutations, looks_english([text for own in texts for text in own]))

    def holds(self, name: str) -> bool:
        """Whether a name greets or offends."""
        greets = not self.salutations.isdisjoint(words_of(name))
        return greets or is_offensive(name, self.english)

    def without(self, words: Sequence[str]) -> list[str]:
        """Words that a name may be put together from where no candidate is good."""
        good = [word for word in words if not self.holds(word)]
        return good or [word for word in words if not is_offensive(word, self.english)]


def _usable(
    candidates: Sequence[_Candidates],
    criterion: str,
    texts: Sequence[Sequence[str]],
    refused: _Refused,
) -> list[list[str]]:
    """Candidates that read like a name, and neither greet nor offend."""
    return [
        [name for name in own.names if is_name(name, criterion, seen) and not refused.holds(name)]
        for own, seen in zip(candidates, texts, strict=True)
    ]


def _paired(
    names: Sequence[Sequence[str]], merits: Sequence[NDArray[np.float64]]
) -> list[list[tuple[str, float]]]:
    return [list(zip(own, merit.tolist(), strict=True)) for own, merit in zip(names, merits, strict=True)]


def score_names(
    criterion: str,
    read: Sequence[Sequence[Item]],
    candidates: Sequence[Sequence[str]],
    model: LocalModel,
    progress: ProgressCallback | None = None,
) -> list[NDArray[np.float64]]:
    """Judge each cluster's candidate names by its texts against a panel of other clusters' texts.

    Returns
    -------
    list of float64, one array per cluster of shape (n_candidates,)
        ``(1 + w) log p(name | own texts) - log p(name | others' texts)``, medians over texts, with
        ``w`` = :data:`~localcluster.explain.candidates.PROBABILITY_WEIGHT`. In nats; ``-inf`` for a
        name that is not clearly more probable here than elsewhere.
    """
    budget = _budget(len(read))
    union = list(dict.fromkeys(name for own in candidates for name in own))
    if not union:
        return [np.zeros(0) for _ in candidates]
    shown = [(c, row) for c, own in enumerate(read) for row in own[: budget.scored]]
    owner = [c for c, _ in shown]
    panel = set(np.linspace(0, len(shown) - 1, min(budget.panel, len(shown))).round().astype(int).tolist())
    asked = [union if i in panel else list(candidates[c]) for i, c in enumerate(owner)]
    beginnings = answer_beginnings(criterion, kind_of(read))
    prompts = [answer_prompt(criterion, row, begun) for begun in beginnings for _, row in shown]
    # As each beginning would have it: capitals after a colon, none within a sentence.
    vocabulary = frozenset(model.vocabulary())
    labelled = [[_as_label(name, vocabulary) for name in names] for names in asked]
    in_sentence = [[_in_sentence(name) for name in names] for names in asked]
    logp = model.score(prompts, labelled + in_sentence, progress=progress)
    table = [
        dict(zip(names, ((first + second) / 2).tolist(), strict=True))
        for names, first, second in zip(asked, logp[: len(shown)], logp[len(shown) :], strict=True)
    ]
    merits = []
    for c, own in enumerate(candidates):
        mine = [table[i] for i, o in enumerate(owner) if o == c]
        others = [table[i] for i in sorted(panel) if owner[i] != c]
        # Medians, because a text that happens to contain the name says it loudly and for itself only.
        inside = np.array([np.median([row[name] for row in mine]) for name in own])
        outside = np.array([np.median([row[name] for row in others]) if others else 0.0 for name in own])
        merit = (1 + PROBABILITY_WEIGHT) * inside - outside
        merits.append(np.where((inside - outside >= _MIN_CONTRAST) | (not others), merit, -np.inf))
    return merits


def _in_sentence(name: str) -> str:
    return f" {name[:1].lower()}{name[1:]}"


def _as_label(name: str, vocabulary: frozenset[str]) -> str:
    """The name after a colon: with a capital, unless that breaks a word that the model knows into pieces."""
    word = name.split(" ")[0]
    broken = f" {word}" not in vocabulary and _in_sentence(word) in vocabulary
    return _in_sentence(name) if broken else f" {name}"


def _distinct(
    scored: Sequence[Sequence[tuple[str, float]]],
    words: Sequence[Sequence[str]],
    nearly: float = _NEARLY,
) -> list[tuple[str, str]]:
    """Give every cluster a name of its own, and say where it is from.

    Where two clusters want one name, it goes to the better score. The other takes its next best if
    that is at most ``nearly`` worse, else the wanted name with a word of its own ("Card,
    accepted").

    Returns
    -------
    list of (str, str)
        The name, and "best" for a candidate, "combined" for one with a word added, "words" else.
    """
    liked = [[(name, merit) for name, merit in own if merit > -np.inf] for own in scored]
    best = [max((merit for _, merit in own), default=0.0) for own in liked]
    wishes = [
        (-merit, c, name) for c, own in enumerate(liked) for name, merit in own if merit >= best[c] - nearly
    ]
    names: dict[int, tuple[str, str]] = {}
    for _, c, name in sorted(wishes):
        if c not in names and _is_free(name, names):
            names[c] = (name, "best")
    for c, own in enumerate(words):
        if c in names:
            continue
        clean = [name for name in map(clean_name, own) if name]
        plain = [name[:1].lower() + name[1:] for name in clean]
        wanted = [name for name, merit in liked[c] if merit == best[c]]
        combined = [f"{name}, {word}" for name in wanted for word in plain if not same_name(name, word)]
        pairs = [f"{a}, {b}" for i, a in enumerate(clean) for b in plain[i + 1 :]]
        free = [name for name in [*combined, *pairs, *clean] if _is_free(name, names)]
        name = free[0] if free else f"Cluster {c + 1}"
        names[c] = (name, "combined" if name in combined else "words")
    return [names[c] for c in range(len(words))]


def _is_free(name: str, names: Mapping[int, tuple[str, str]]) -> bool:
    return len(name) <= MAX_NAME_CHARS and not any(same_name(name, taken) for taken, _ in names.values())

"""A short name and one sentence for each cluster of a criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import Item, LocalModel, ProgressCallback
from localcluster.explain.candidates import (
    PROBABILITY_WEIGHT,
    STARTS_PER_CLUSTER,
    answer_starts,
    complete,
    from_words,
    titles,
)
from localcluster.explain.describe import describe, description_from_words
from localcluster.explain.guard import MAX_NAME_CHARS, clean_name, is_name, same_name
from localcluster.explain.prompts import answer_beginnings, answer_prompt, kind_of

#: Up to this many clusters, naming reads generously; above, what bounds its cost.
_FEW_CLUSTERS = 30


#: A name must be at least twice as probable about its own texts as about others'.
_MIN_CONTRAST = float(np.log(2))

#: A next-best name may score so much less (nats) than the best one that another cluster took.
_NEARLY = 2.0


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


def name_clusters(
    criterion: str,
    rows: Sequence[Item],
    words: Sequence[Sequence[str]],
    exemplars: Sequence[Sequence[int]],
    model: LocalModel | None = None,
    progress: ProgressCallback | None = None,
) -> list[ClusterName]:
    """Name the clusters of one criterion, no two alike.

    Candidates come from the model's next-word distribution (completed to words), from a generated
    title, and from the cluster's words. The model then judges them all by one rule: how probable
    the name is as the answer about this cluster's texts, and how much less probable it is about
    other clusters' texts. So a name that fits everything loses, and so does an odd one that fits
    nothing. The cost per cluster is at most 30 short prompts, and 20 with more than 30 clusters.

    Parameters
    ----------
    criterion : str
    rows : sequence of Item
        All rows.
    words : sequence of sequence of str, length k
        From :func:`~localcluster.explain.keywords.cluster_words`.
    exemplars : sequence of sequence of int, length k
        Row numbers, best first; at least one per cluster.
    model : LocalModel or None
        None names by words.
    progress : callable, optional
        Called with prompts done and prompts in all.
    """
    k = len(exemplars)
    if model is None:
        named = _distinct([[] for _ in range(k)], words)
        return [
            ClusterName(name, description_from_words(w), "words")
            for (name, _), w in zip(named, words, strict=True)
        ]
    budget = _budget(k)
    read = [[rows[row] for row in own[: budget.read]] for own in exemplars]
    texts = [[row.text or "" for row in own] for own in read]
    n_texts = sum(map(len, read))
    n_scored = sum(min(len(own), budget.scored) for own in read)
    shares = _Shares(progress, 2 * (n_texts + n_scored) + (STARTS_PER_CLUSTER + 2) * k)

    candidates = [from_words(own, seen) for own, seen in zip(words, texts, strict=True)]
    starts = answer_starts(criterion, read, model, shares.part(2 * n_texts))
    for start, names in zip(
        starts, complete(criterion, starts, model, shares.part(STARTS_PER_CLUSTER * k)), strict=True
    ):
        candidates[start.cluster] += names
    for own, title in zip(candidates, titles(criterion, read, words, model, shares.part(k)), strict=True):
        own.append(title)
    candidates = [
        [name for name in dict.fromkeys(own) if is_name(name, criterion, seen)]
        for own, seen in zip(candidates, texts, strict=True)
    ]
    scored = score_names(criterion, read, candidates, model, shares.part(2 * n_scored))
    named = _distinct(
        [list(zip(own, merit.tolist(), strict=True)) for own, merit in zip(candidates, scored, strict=True)],
        words,
    )
    names = [name for name, _ in named]
    sentences = describe(criterion, names, read, words, model, shares.part(k))
    return [ClusterName(name, sentence, by) for (name, by), sentence in zip(named, sentences, strict=True)]


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
    scored: Sequence[Sequence[tuple[str, float]]], words: Sequence[Sequence[str]]
) -> list[tuple[str, str]]:
    """Give every cluster a name of its own, and say who gave it.

    Where two clusters want one name, it goes to the better score. The other takes its next best if
    that is nearly as good, else the wanted name with a word of its own ("Card, accepted").
    """
    liked = [[(name, merit) for name, merit in own if merit > -np.inf] for own in scored]
    best = [max((merit for _, merit in own), default=0.0) for own in liked]
    wishes = [
        (-merit, c, name) for c, own in enumerate(liked) for name, merit in own if merit >= best[c] - _NEARLY
    ]
    names: dict[int, tuple[str, str]] = {}
    for _, c, name in sorted(wishes):
        if c not in names and _is_free(name, names):
            names[c] = (name, "model")
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
        names[c] = (name, "model" if name in combined else "words")
    return [names[c] for c in range(len(words))]


def _is_free(name: str, names: Mapping[int, tuple[str, str]]) -> bool:
    return len(name) <= MAX_NAME_CHARS and not any(same_name(name, taken) for taken, _ in names.values())

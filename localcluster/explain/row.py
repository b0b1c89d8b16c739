"""Why one row is where it is: its cluster and the next best one, the examples it is near, and the words.

Everything comes from the run folder; no model is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from localcluster.errors import ConfigError
from localcluster.explain.tokens import near_same, terms_of, words_of
from localcluster.results import ClusterCard, CriterionResult, RunResult
from localcluster.store import RowEvidence

#: Ids, criteria or rows that an error lists.
_LISTED = 5


@dataclass(frozen=True)
class Neighbour:
    """An exemplar near the row.

    Attributes
    ----------
    cluster : ClusterCard
        That it is an exemplar of.
    """

    row: int
    cluster: ClusterCard


@dataclass(frozen=True)
class RowExplanation:
    """Why a row is in its cluster, by one criterion.

    Attributes
    ----------
    share : float or None
        Probability of the cluster, or its share of the neighbours' votes; None where the run kept none,
        and so for all that follows from what the run kept.
    runner_up : ClusterCard or None
        Where the row would be otherwise; None also where there is one cluster only.
    neighbours : tuple of Neighbour
        Nearest first.
    lens_words : tuple of str
        Words in which the language model's reading of the row stands out against all rows.
    shared_words, rival_words : tuple of str
        Words of its cluster's card, and of the runner-up's, that stand in the row's text.
    recorded : bool
        Whether the run kept what placed its rows.
    """

    criterion: str
    row: int
    cluster: ClusterCard
    confidence: float
    share: float | None
    runner_up: ClusterCard | None
    runner_up_share: float | None
    neighbours: tuple[Neighbour, ...]
    lens_words: tuple[str, ...]
    shared_words: tuple[str, ...]
    rival_words: tuple[str, ...]
    recorded: bool


def find_row(result: RunResult, wanted: str, by_number: bool = False) -> int:
    """The row that a user means by an id, a picture's name, or a row number; the first that fits wins.

    Parameters
    ----------
    by_number : bool
        Take ``wanted`` for a row number (from 1) only.

    Raises
    ------
    ConfigError
        If no row fits, or several have the id.
    """
    if not by_number:
        for names in (result.ids, result.images or ()):
            rows = [row for row, name in enumerate(names) if name == wanted]
            if len(rows) > 1:
                numbers = ", ".join(f"{row + 1:,}" for row in rows[:_LISTED])
                more = ", ..." if len(rows) > _LISTED else ""
                raise ConfigError(
                    f'{len(rows):,} rows are called "{wanted}": rows {numbers}{more}. '
                    f"Say which by its number: {rows[0] + 1} --number"
                )
            if rows:
                return rows[0]
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(result.ids):
        return int(wanted) - 1
    ids = ", ".join(f'"{name}"' for name in result.ids[:_LISTED])
    raise ConfigError(
        f'There is no row "{wanted}". Rows have numbers from 1 to {len(result.ids):,}, and ids such as {ids}.'
    )


def find_criteria(result: RunResult, wanted: Sequence[str]) -> list[int]:
    """Places of the criteria called ``wanted`` in the run, or of all where none is named.

    Raises
    ------
    ConfigError
        If the run was not clustered by one of them.
    """
    known = {criterion.criterion.casefold().strip(): at for at, criterion in enumerate(result.criteria)}
    for name in wanted:
        if name.casefold().strip() not in known:
            listed = " ".join(f'--by "{c.criterion}"' for c in islice(result.criteria, _LISTED))
            raise ConfigError(f'The run has no clustering by "{name}". Try: {listed}')
    return [known[name.casefold().strip()] for name in wanted] or list(range(len(result.criteria)))


def explain_row(
    result: RunResult, criterion: CriterionResult, row: int, evidence: RowEvidence | None
) -> RowExplanation:
    """Gather what speaks for a row's cluster, and what against it.

    Parameters
    ----------
    criterion : CriterionResult
        One of the run's.
    row : int
        From 0.
    evidence : RowEvidence or None
        Of that criterion; None leaves what it would tell open.
    """
    cluster = criterion.clusters[int(criterion.labels[row])]
    text = result.texts[row]
    if result.images is not None and result.images[row] == text:
        text = ""  # A file's name is no word of the picture.
    runner_up = share = runner_up_share = None
    neighbours: tuple[Neighbour, ...] = ()
    lens_words: tuple[str, ...] = ()
    if evidence is not None:
        share, second = map(float, evidence.proba_top[row])
        runner_up = _card(criterion, int(evidence.runner_up[row]))
        runner_up_share = None if runner_up is None else second
        near = (at for at in evidence.neighbours[row].tolist() if 0 <= at < len(result.texts))
        neighbours = tuple(Neighbour(at, criterion.clusters[int(criterion.labels[at])]) for at in near)
        lens_words = () if evidence.lens_words is None else evidence.lens_words[row]
    return RowExplanation(
        criterion=criterion.criterion,
        row=row,
        cluster=cluster,
        confidence=float(criterion.confidence[row]),
        share=share,
        runner_up=runner_up,
        runner_up_share=runner_up_share,
        neighbours=neighbours,
        lens_words=lens_words,
        shared_words=words_in(text, cluster.words),
        rival_words=() if runner_up is None else words_in(text, runner_up.words),
        recorded=evidence is not None,
    )


def words_in(text: str, keywords: Sequence[str]) -> tuple[str, ...]:
    """Those of a card's words that stand in a text, in this or another form.

    >>> words_in("My cards have not arrived", ("card", "card arrive", "fee"))
    ('card', 'card arrive')
    """
    terms, words = set(terms_of(text, frozenset())), words_of(text)

    def stands(keyword: str) -> bool:
        # Pairs of characters of unspaced scripts are terms without being words.
        return keyword in terms or all(
            any(near_same(part, word) for word in words) for part in keyword.split()
        )

    return tuple(keyword for keyword in keywords if stands(keyword))


def _card(criterion: CriterionResult, cluster: int) -> ClusterCard | None:
    return criterion.clusters[cluster] if 0 <= cluster < criterion.k else None

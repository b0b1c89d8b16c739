"""What the language model was asked, how far it was trusted and what its answers changed, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from localcluster.config import ADAPTATIONS
from localcluster.evidence import (
    AdaptationEvidence,
    OracleEvidence,
    QuestionCount,
    QuestionKind,
    RoundEvidence,
    ScorerEvidence,
)
from localcluster.oracle import SCORERS
from localcluster.report.nouns import TEXTS, Noun

_QUESTIONS: dict[QuestionKind, str] = {"triplet": "which of two is nearer", "pair": "same or different"}


@dataclass(frozen=True)
class Tried:
    """A way of asking, judged on easy questions.

    Attributes
    ----------
    name, way, question : str
        What it is called, what it does, and which kind of question it answered.
    n : int
        Easy questions.
    accuracy, low, high, consistency : float or None
        Shares from 0 to 1.
    """

    name: str
    way: str
    question: str
    n: int
    accuracy: float | None
    low: float | None
    high: float | None
    consistency: float | None
    verdict: str
    reason: str
    accepted: bool
    chosen: bool


@dataclass(frozen=True)
class Change:
    """Something the answers would change, and whether held-out answers let them.

    Attributes
    ----------
    figures : list of (str, str)
        A number and what it counts.
    """

    title: str
    verdict: str
    reason: str
    adopted: bool
    figures: list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """All that is told about the questions of one criterion.

    Attributes
    ----------
    changes : list of Change
        Moves of every round, and its embedding where one was adapted.
    """

    sentences: list[str]
    tried: list[Tried]
    changes: list[Change]


def asked(oracle: OracleEvidence | None, noun: Noun = TEXTS) -> Asked:
    """Tell what the language model was asked.

    Parameters
    ----------
    oracle : OracleEvidence or None
        None where no oracle was used.
    noun : Noun
        What the rows are called.
    """
    if oracle is None:
        told = f"The language model was not asked, so its answers moved no {noun.many} between clusters."
        return Asked([told], [], [])
    changes = [change for made in oracle.rounds for change in _changes(made, noun)]
    sentences = [oracle.why] if oracle.why else []
    if oracle.rounds:
        sentences.append(_outcome(oracle.rounds, noun))
    sentences.append(_cost(oracle.questions))
    return Asked(sentences, [_tried(scorer, oracle.chosen, noun) for scorer in oracle.scorers], changes)


def _tried(found: ScorerEvidence, chosen: str | None, noun: Noun) -> Tried:
    n, accepted = found.n, found.accepted
    picked = accepted and found.scorer == chosen
    return Tried(
        name=found.scorer,
        way=SCORERS[found.scorer].way.format(one=noun.one, many=noun.many) if found.scorer in SCORERS else "",
        question=_QUESTIONS[found.kind],
        n=n,
        # Without questions there are no shares, and a record's placeholders would be drawn as a guesser's.
        accuracy=found.accuracy if n else None,
        low=found.low if n else None,
        high=found.high if n else None,
        consistency=found.order_consistency if n else None,
        verdict="✓ chosen" if picked else "good enough" if accepted else "refused" if n else "not asked",
        reason=found.reason,
        accepted=accepted,
        chosen=picked,
    )


def _outcome(rounds: Sequence[RoundEvidence], noun: Noun) -> str:
    n = sum(made.asked for made in rounds)
    moved = sum(made.changed for made in rounds if made.adopted)
    adapted = any(made.embedding is not None and made.embedding.adopted for made in rounds)
    parts = [f"moved {moved:,} {noun.many}"] if moved else []
    parts += ["improved the embedding"] if adapted else []
    told = f"In {_count(len(rounds), 'round')} the model was asked {_count(n, 'question')}"
    if parts:
        return f"{told}; its answers {' and '.join(parts)}."
    return f"{told}. The clusters were left as they were, because held-out answers did not support a change."


def _cost(questions: QuestionCount) -> str:
    told = (
        f"That took {_count(questions.readings, 'reading')} by the model in {questions.seconds:,.0f} seconds"
    )
    known = questions.recalled
    return f"{told}; {known:,} more were stored before." if known else f"{told}."


def _changes(made: RoundEvidence, noun: Noun) -> list[Change]:
    figures = [
        (f"{made.asked:,}", "questions asked"),
        (f"{made.abstained:,}", "left unanswered"),
        (f"{made.estimated_accuracy:.0%}", "of the answers right, by estimate"),
        (f"{made.changed:,}", f"{noun.many} {'moved' if made.adopted else 'would have moved'}"),
        (f"{made.checked:,}", "of these moves checked by a held-out question"),
        (f"{made.supported:.0%}" if made.checked else "–", "of the checks support the move"),
    ]
    changes = [_change(f"Round {made.number}: moving {noun.many}", made, figures)]
    embedding = made.embedding
    if embedding is not None:
        figures = [
            (f"{embedding.trained_on:,}", "answers trained it"),
            (f"{embedding.held_out:,}", "held-out answers checked it"),
            # Adding zero makes a plus of the minus of -0.0.
            (f"{embedding.gain + 0.0:+.3f}", "nats gained per held-out answer"),
        ]
        method = embedding.method
        words = ADAPTATIONS[method].words if method in ADAPTATIONS else method
        title = f"Round {made.number}: adapting the embedding, by {words}"
        changes.append(_change(title, embedding, figures))
    return changes


def _change(title: str, made: RoundEvidence | AdaptationEvidence, figures: list[tuple[str, str]]) -> Change:
    return Change(title, "adopted" if made.adopted else "not adopted", made.reason, made.adopted, figures)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"

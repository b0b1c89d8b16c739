"""What the language model was asked, how far it was trusted and what its answers changed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcluster.config import ADAPTATIONS
from localcluster.oracle import SCORERS
from localcluster.report.nouns import TEXTS, Noun

_QUESTIONS = {"triplet": "which of two is nearer", "pair": "same or different"}


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
    verdict, reason : str
    accepted, chosen : bool
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
    title, verdict, reason : str
    adopted : bool
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
    sentences : list of str
    tried : list of Tried
    changes : list of Change
        Moves of every round, and its embedding where one was adapted.
    """

    sentences: list[str]
    tried: list[Tried]
    changes: list[Change]


def asked(oracle: object, noun: Noun = TEXTS) -> Asked:
    """Tell what the language model was asked.

    Parameters
    ----------
    oracle : object
        ``evidence["oracle"]`` of a criterion: a mapping, or None where no oracle was used.
    noun : Noun
        What the rows are called.
    """
    if not isinstance(oracle, Mapping):
        told = f"No answers of the language model were used to move {noun.many} between clusters."
        return Asked([told], [], [])
    chosen = oracle.get("chosen")
    rounds = [*oracle.get("rounds", ())]
    changes = [change for made in rounds for change in _changes(made, noun)]
    sentences = [str(oracle["why"])] if oracle.get("why") else []
    if rounds:
        sentences.append(_outcome(rounds, noun))
    if oracle.get("questions"):
        sentences.append(_cost(oracle["questions"]))
    return Asked(sentences, [_tried(row, chosen, noun) for row in oracle.get("scorers", ())], changes)


def _tried(row: Mapping[str, Any], chosen: object, noun: Noun) -> Tried:
    name, kind, n = str(row.get("scorer", "")), str(row.get("kind", "")), int(row.get("n") or 0)
    # Without questions there are no shares, and a record's placeholders would be drawn as a guesser's.
    shares = row if n else {}
    accepted, picked = bool(row.get("accepted")), bool(row.get("accepted")) and row.get("scorer") == chosen
    return Tried(
        name=name,
        way=SCORERS[name].way.format(one=noun.one, many=noun.many) if name in SCORERS else "",
        question=_QUESTIONS.get(kind, kind),
        n=n,
        accuracy=shares.get("accuracy"),
        low=shares.get("low"),
        high=shares.get("high"),
        consistency=shares.get("order_consistency"),
        verdict="✓ chosen" if picked else "good enough" if accepted else "refused" if n else "not asked",
        reason=str(row.get("reason") or ""),
        accepted=accepted,
        chosen=picked,
    )


def _outcome(rounds: list[Mapping[str, Any]], noun: Noun) -> str:
    n = sum(made.get("asked", 0) for made in rounds)
    moved = sum(made.get("changed", 0) for made in rounds if made.get("adopted"))
    adapted = sum(bool((made.get("embedding") or {}).get("adopted")) for made in rounds)
    parts = [f"moved {moved:,} {noun.many}"] if moved else []
    parts += ["improved the embedding"] if adapted else []
    told = f"In {_count(len(rounds), 'round')} the model was asked {_count(n, 'question')}"
    if parts:
        return f"{told}; its answers {' and '.join(parts)}."
    return f"{told}. The clusters were left as they were: held-out answers did not support a change."


def _cost(questions: Mapping[str, Any]) -> str:
    read, recalled = questions.get("readings asked", 0), questions.get("recalled", 0)
    seconds = questions.get("seconds")
    told = f"That took {_count(read, 'reading')} by the model"
    told += f" in {seconds:,.0f} seconds" if seconds is not None else ""
    return f"{told}; {recalled:,} more were known from before." if recalled else f"{told}."


def _changes(made: Mapping[str, Any], noun: Noun) -> list[Change]:
    number, n, silent = made.get("round", 1), made.get("asked", 0), made.get("abstained", 0)
    adopted, changed = bool(made.get("adopted")), made.get("changed", 0)
    figures = [
        (f"{n:,}", "questions asked"),
        (f"{silent:,}", "left unanswered"),
        (_percent(made.get("estimated_accuracy")), "of the answers right, by estimate"),
        (f"{changed:,}", f"{noun.many} {'moved' if adopted else 'would have moved'}"),
        (f"{made.get('checked', 0):,}", "of these moves checked by a held-out question"),
        (_percent(made.get("supported")) if made.get("checked") else "–", "of the checks support the move"),
    ]
    changes = [_change(f"Round {number}: moving {noun.many}", made, figures)]
    embedding = made.get("embedding")
    if embedding:
        method = str(embedding.get("method", ""))
        figures = [
            (f"{embedding.get('trained_on', 0):,}", "answers trained it"),
            (f"{embedding.get('held_out', 0):,}", "held-out answers checked it"),
            (f"{embedding.get('gain') or 0:+.3f}", "nats gained per held-out answer"),
        ]
        words = ADAPTATIONS[method].words if method in ADAPTATIONS else method
        title = f"Round {number}: adapting the embedding, by {words}"
        changes.append(_change(title, embedding, figures))
    return changes


def _change(title: str, made: Mapping[str, Any], figures: list[tuple[str, str]]) -> Change:
    adopted = bool(made.get("adopted"))
    verdict = "adopted" if adopted else "not adopted"
    return Change(title, verdict, str(made.get("reason") or ""), adopted, figures)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"

"""The stage of a run that lets the oracle choose the target embedding (ESMC section 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LocalModel
from localcluster.embed import PLACES, WORDINGS, Question, View, Wording, answer_view, state_views
from localcluster.evidence import TargetEvidence
from localcluster.pipeline.ask import Questioner
from localcluster.pipeline.embedding import Reading, TargetEmbedding, sampled_rows, within_languages
from localcluster.pipeline.workbench import Workbench
from localcluster.triplets.target import TargetChoice, choose_target, disputed_triplets

#: In place of a token's place: the answer distributions instead of raw states.
LENS = "logit lens"


@dataclass(frozen=True)
class Targeted:
    """A target embedding and why it is this one.

    Attributes
    ----------
    choice : TargetChoice or None
        None where nobody could be asked: the wording's index decided, at the last token.
    """

    target: TargetEmbedding
    choice: TargetChoice | None = None

    def evidence(self) -> TargetEvidence:
        """For the record."""
        if self.choice is None:
            wordings = self.target.wordings
            return TargetEvidence(
                "index",
                {name: round(value, 4) for name, value in wordings.items()},
                self.target.wording if self.target.wording in wordings else None,
                "No scorer that is asked about each triplet was trusted, so the model's answers could not "
                "say which token follows the criterion. The last token's states are used, under the wording "
                "whose groups are clear and the same from layer to layer.",
            )
        found = self.choice
        best_first = sorted(found.likelihood.items(), key=lambda entry: -entry[1])
        return TargetEvidence(
            "answers",
            {name: round(value, 4) for name, value in best_first},
            found.chosen,
            f"The model was asked {found.answered} triplets on which the candidates disagree. Another target "
            "than the default is taken only if its answers support it beyond noise "
            f"(z = {found.verdict.z:.1f} on {found.verdict.n} of them).",
        )


def target_by_answers(
    bench: Workbench, criterion: str, target: TargetEmbedding, questioner: Questioner, seed: int
) -> Targeted:
    """Keep the target embedding, or replace it by the one that the oracle's answers clearly support.

    Parameters
    ----------
    target : TargetEmbedding
        By the label-free index.
    seed : int
        Of the sample that wordings were tried on.
    """
    model = bench.models.llm
    if model is None or not questioner.can_judge:
        return Targeted(target)
    trial = _Trial(bench, model, criterion, seed)
    candidates = trial.candidates()
    disputed = disputed_triplets(candidates, bench.config.seed)
    answers = questioner.answer(trial.sample[disputed], f'Which token, "{criterion}"')
    if answers is None:
        return Targeted(target)
    default = f"{target.wording} last"
    choice = choose_target(candidates, replace(answers, questions=disputed), default)
    if choice.chosen == default:
        return Targeted(target, choice)
    return Targeted(replace(target, views=trial.embed(choice.chosen)), choice)


class _Trial:
    """Candidates on the sample, and the chosen one on all rows."""

    def __init__(self, bench: Workbench, model: LocalModel, criterion: str, seed: int) -> None:
        self.model, self.criterion = model, criterion
        self.reading = Reading(bench.items, model, bench.folder, bench.reporter)
        self.sample, self.rest = sampled_rows(len(bench.items.unique), seed)
        self.languages = bench.languages.get(criterion)

    def candidates(self) -> dict[str, list[View]]:
        """Views over the sample by name: wording and token, or wording and logit lens."""
        found: dict[str, list[View]] = {}
        for wording in WORDINGS:
            states = self.reading.places(
                Question(self.criterion, wording), self.sample, PLACES, f'tokens of "{wording.name}"'
            )
            for number, place in enumerate(PLACES):
                views = state_views(self.model, states[:, number], wording, place)
                found[f"{wording.name} {place}"] = self._within(views, self.sample)
            lens = answer_view(self.model, states[:, 0, -1], wording)
            found[f"{wording.name} {LENS}"] = self._within([lens], self.sample)
        return found

    def embed(self, chosen: str) -> list[View]:
        """The chosen candidate over all rows; the answer distributions last, as the oracle wants them."""
        wording = next(w for w in WORDINGS if chosen.startswith(f"{w.name} "))
        rest = chosen.removeprefix(f"{wording.name} ")
        order = np.concatenate([self.sample, self.rest])
        question = Question(self.criterion, wording)
        parts = [self.reading.places(question, self.sample, PLACES, f'tokens of "{wording.name}"')]
        if len(self.rest):
            parts.append(self.reading.places(question, self.rest, PLACES, f'tokens of "{wording.name}"'))
        read = np.concatenate(parts)
        states = np.empty_like(read)
        states[order] = read
        answers = answer_view(self.model, states[:, 0, -1], wording)
        return self._within([*self._states(rest, states, wording), answers])

    def _within(self, views: list[View], rows: NDArray[np.int64] | None = None) -> list[View]:
        return within_languages(views, self.languages, rows)

    def _states(self, chosen: str, states: np.ndarray[Any, Any], wording: Wording) -> list[View]:
        for number, place in enumerate(PLACES):
            if place == chosen:
                return state_views(self.model, states[:, number], wording, place)
        return []

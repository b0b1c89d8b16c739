"""Two readings of the same rows that disagree: what each sees, and how to take the other."""

from __future__ import annotations

from dataclasses import dataclass

from localcluster.items.cleaning import printable
from localcluster.results import Evidence, RunResult

#: Characters of an example.
EXAMPLE_CHARACTERS = 160


@dataclass(frozen=True)
class Reading:
    """One reading as a person compares it.

    Attributes
    ----------
    sentence : str
        Who reads, and the words of the largest groups.
    examples : list of str
        A typical row of each of these groups.
    option : str
        What to type to take this reading.
    """

    sentence: str
    examples: list[str]
    option: str
    chosen: bool


def readings(evidence: Evidence, result: RunResult, most: int = EXAMPLE_CHARACTERS) -> list[Reading]:
    """The readings that disagree, the chosen one first; none where they agree.

    Parameters
    ----------
    evidence : Evidence
        Of one criterion.
    most : int
        Characters of an example.
    """
    found = []
    for told in evidence.readings:
        texts = [printable(result.texts[row]) for row in told.rows if 0 <= row < len(result.texts)]
        shown = [text if len(text) <= most else f"{text[: most - 3].rstrip()}..." for text in texts]
        found.append(Reading(told.sentence, shown, f"--view {told.view}", told.chosen))
    return found

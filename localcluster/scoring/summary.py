"""What a benchmark found, as plain data: fits, rows of a table, and their mean and standard deviation."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from localcluster.evidence import KEvidence, OracleEvidence, RoundEvidence

#: Measures of agreement, in the order they are shown.
MEASURES = ("acc", "nmi", "ari")
#: Stages that are not clustering: done once for all fits, or for the eyes only.
NOT_COUNTED = ("read", "load models", "embed", "explain")


@dataclass(frozen=True)
class Fit:
    """One clustering with one seed.

    Attributes
    ----------
    k : int
        Number of clusters found or given.
    scores : dict
        ``acc``, ``nmi`` and ``ari``.
    seconds : dict
        Per stage; what an earlier fit has computed takes none.
    oracle : OracleEvidence or None
        None where none was asked.
    found_k : KEvidence or None
        Without what is long or quotes texts; None where k was given.
    """

    seed: int
    k: int
    scores: dict[str, float]
    seconds: dict[str, float]
    oracle: OracleEvidence | None = None
    found_k: KEvidence | None = None

    @property
    def clustering_seconds(self) -> float:
        """Without loading, reading the texts with the models, and naming."""
        return sum(s for stage, s in self.seconds.items() if stage not in NOT_COUNTED)

    @property
    def adopted(self) -> bool:
        """Whether any round of answers changed the clustering."""
        return any(made.adopted for made in self.rounds)

    @property
    def estimated_accuracy(self) -> float | None:
        """The oracle's own estimate, mean over its rounds; None where nothing was asked."""
        return statistics.fmean(made.estimated_accuracy for made in self.rounds) if self.rounds else None

    @property
    def rounds(self) -> tuple[RoundEvidence, ...]:
        """What each round of triplet questions came to."""
        return () if self.oracle is None else self.oracle.rounds


@dataclass(frozen=True)
class Row:
    """One way of clustering over all seeds.

    Attributes
    ----------
    name, what : str
        For the table, and in full.
    fits : tuple of Fit
        In the order of their seeds.
    """

    name: str
    what: str
    fits: tuple[Fit, ...]

    def mean_sd(self, measure: str) -> tuple[float, float | None]:
        """Mean and sample standard deviation over the seeds; no deviation of a single seed.

        Parameters
        ----------
        measure : str
            One of :data:`MEASURES`, ``"k"`` or ``"seconds"``.
        """
        return mean_sd([self._value(fit, measure) for fit in self.fits])

    def oracle_says(self) -> str | None:
        """One sentence on the oracle over all fits; None where none was asked."""
        asked = [(fit, fit.oracle) for fit in self.fits if fit.oracle is not None]
        if not asked:
            return None
        chosen = Counter(oracle.chosen for _, oracle in asked if oracle.chosen)
        if not chosen:
            return f"no way of asking was reliable enough. {asked[0][1].why}".strip()
        names = ", ".join(f'"{name}" in {times}' for name, times in chosen.most_common())
        said = [f"{names} of {len(asked)} fits"]
        known = [a for a in (fit.estimated_accuracy for fit, _ in asked) if a is not None]
        if known:
            said.append(f"estimated accuracy {shown(*mean_sd(known))}")
        if any(oracle.rounds for _, oracle in asked):
            adopted = sum(fit.adopted for fit, _ in asked)
            said.append(f"answers adopted in {adopted} of {len(asked)}")
        return "; ".join(said) + "."

    def k_found(self) -> str | None:
        """Predicted k per seed with its range; None where k was given."""
        found = [fit.found_k for fit in self.fits if fit.found_k is not None]
        if not found:
            return None
        each = (str(k.chosen) if k.low is None else f"{k.chosen} ({k.low} to {k.high})" for k in found)
        return f"{', '.join(each)} by {found[0].in_words}."

    @staticmethod
    def _value(fit: Fit, measure: str) -> float:
        if measure == "k":
            return float(fit.k)
        return fit.clustering_seconds if measure == "seconds" else fit.scores[measure]

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready types."""
        summary = {measure: self.mean_sd(measure) for measure in (*MEASURES, "k", "seconds")}
        return {
            "name": self.name,
            "what": self.what,
            "mean": {measure: mean for measure, (mean, _) in summary.items()},
            "sd": {measure: sd for measure, (_, sd) in summary.items()},
            "fits": [asdict(fit) for fit in self.fits],
        }


@dataclass(frozen=True)
class Comparison:
    """All rows of one criterion.

    Attributes
    ----------
    n_labels, n_scored, n_rows : int
        Distinct labels, rows that have one, and all rows.
    k_says : str
        Where the number of clusters came from, as a sentence.
    """

    criterion: str
    label_field: str
    n_labels: int
    n_scored: int
    n_rows: int
    k_says: str
    rows: tuple[Row, ...]

    @property
    def reading_seconds(self) -> float:
        """Spent on reading the texts with the models, once for all fits."""
        return sum(fit.seconds.get("embed", 0.0) for row in self.rows for fit in row.fits)

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready types."""
        own = {name: value for name, value in vars(self).items() if name != "rows"}
        return {
            **own,
            "reading_seconds": round(self.reading_seconds, 2),
            "rows": [row.to_json() for row in self.rows],
        }


@dataclass(frozen=True)
class Benchmark:
    """A finished benchmark.

    Attributes
    ----------
    comparisons : tuple of Comparison
        One per criterion.
    folder : Path
        Holds what was computed, for the next time.
    facts : dict
        JSON-ready: settings, seeds, input, models with their hashes, versions.
    """

    comparisons: tuple[Comparison, ...]
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON-ready types."""
        return {**self.facts, "criteria": [comparison.to_json() for comparison in self.comparisons]}


def mean_sd(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation; None for the deviation of a single value."""
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None


def shown(mean: float, sd: float | None, decimals: int = 3) -> str:
    """``0.603 ± 0.021``."""
    return f"{mean:.{decimals}f}" if sd is None else f"{mean:.{decimals}f} ± {sd:.{decimals}f}"

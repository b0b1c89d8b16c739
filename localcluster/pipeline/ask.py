"""The stages of a run that ask the model: who answers, how many clusters, which rows move (ClusterLLM)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from localcluster.config import K_BOUNDS, K
from localcluster.embed import WORDINGS, View
from localcluster.evidence import Branch, KEvidence, OracleEvidence, QuestionCount
from localcluster.explain import cluster_words
from localcluster.granularity import (
    Hierarchy,
    build_hierarchy,
    deciding_pairs,
    dendrogram_top,
    k_by_answers,
    sample_pairs,
)
from localcluster.oracle import Answers, Panel, hold_panel, scorers_of
from localcluster.partition import Partition
from localcluster.partition.guidance import Guidance
from localcluster.partition.selection import NOTHING, UNRELATED_BELOW
from localcluster.pipeline.partition import fitted, stored_partition
from localcluster.pipeline.workbench import Workbench, stored_as, view_of
from localcluster.store import Kind, Purpose, key_of
from localcluster.store.files import Arrays
from localcluster.triplets import Round, improve
from localcluster.triplets.gate import MIN_HELD_OUT
from localcluster.triplets.loop import can_change, most_questions
from localcluster.version import __version__

#: Where no view was made without the language model's reading, its answers about single rows are that reading
#: once more: on drawn pictures they passed the gate and cost 1.4 points of ACC
#: (benchmarks/pictures/images.py).
CIRCULAR = (
    "It reads the rows one by one, as the clustering did. Its answers could only repeat what the clusters "
    "were made from, so it was not asked about uncertain rows."
)
#: Fewer second opinions than the gate needs could be asked.
TOO_FEW = (
    "About {n} distinct rows at most {most} questions would be asked, and half of them would check the "
    f"other half. A change needs {MIN_HELD_OUT} checks, so no answers could change a cluster. The model was "
    "not asked about uncertain rows."
)
#: Texts that the trials of one kind of question may make the model read, per distinct row. Both kinds
#: together then take no longer than reading the rows did, which is once for every wording.
TRIAL_TEXTS_PER_ROW = len(WORDINGS) // 2
#: Words shown on each branch of the dendrogram's top.
BRANCH_WORDS = 4
#: Pairs of fewer merges than this tell no number of clusters.
MIN_MERGES = 8


@dataclass
class Asked:
    """What asking the model about one criterion came to, for the report and ``run.json``.

    Attributes
    ----------
    readings, recalled : int
        Readings of questions: new ones, and those that the store had.
    note : str
        Why the chosen scorer was not asked about uncertain rows; ``""`` where it was.
    k : KEvidence or None
        The choice of the number of clusters, where answers made it.
    """

    panels: list[Panel] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    readings: int = 0
    recalled: int = 0
    seconds: float = 0.0
    note: str = ""
    k: KEvidence | None = None

    def evidence(self) -> OracleEvidence | None:
        """For the record; None where nothing was asked, nor could have been."""
        if not self.panels and not self.note:
            return None
        # With the target embedding that answers chose, the scorers answer anew.
        latest = {panel.kind: panel for panel in self.panels}
        main = latest.get("triplet", self.panels[-1] if self.panels else None)
        oracle = None if main is None else main.oracle
        calibration = None if oracle is None else oracle.calibration
        return OracleEvidence(
            scorers=tuple(scorer for panel in latest.values() for scorer in panel.evidence()),
            chosen=None if calibration is None else calibration.scorer,
            why=f"{'' if main is None else main.why} {self.note}".strip(),
            rounds=tuple(made.evidence() for made in self.rounds),
            questions=QuestionCount(self.readings, self.recalled, round(self.seconds, 2)),
        )


class Questioner:
    """Asks about one criterion on behalf of a run.

    Parameters
    ----------
    bench : Workbench
        With a language model and an answer store.
    views : sequence of View
        Over the distinct texts; one of them the answer distributions.
    asked : Asked, optional
        What was asked before about the same criterion, to be added to.
    guidance : Guidance
        Of the choice of a reading, where the rows are clustered anew.
    """

    def __init__(
        self,
        bench: Workbench,
        criterion: str,
        views: Sequence[View],
        asked: Asked | None = None,
        guidance: Guidance = NOTHING,
    ) -> None:
        self.bench, self.criterion, self.views = bench, criterion, list(views)
        self.asked = asked or Asked()
        self.guidance = guidance
        self._panels: dict[Kind, Panel] = {}
        if bench.models.llm is None:
            raise ValueError("there is no language model to ask")
        self._rows = bench.items.items if bench.items.has_images else bench.items.unique
        self._scorers = scorers_of(
            bench.models.llm, criterion, self._rows, view_of(views, "answers"), bench.examples
        )

    @property
    def _texts(self) -> list[str]:
        # The name of a picture's file says nothing of what it shows.
        return [item.text or "" for item in self.bench.items.items]

    @property
    def _run(self) -> str:
        """Names this run's decisions in a file that runs share."""
        return f"{self.bench.items.sha256[:16]}-{self.bench.config.seed}"

    def panel(self, kind: Kind) -> Panel:
        """Calibrate every scorer that can tell on easy questions, and choose one; once per kind."""
        if kind in self._panels:
            return self._panels[kind]
        start = time.perf_counter()
        bench = self.bench
        with bench.reporter.stage(f'Easy questions, "{self.criterion}"') as advance:
            found = hold_panel(
                kind,
                [scorer for scorer in self._scorers if kind == "triplet" or scorer.knows_same],
                self._rows,
                # Not by the answer distributions: a scorer that reads them would be right by construction.
                [view.vectors for view in self.views if view.kind != "answers"],
                bench.config.seed,
                store=bench.answers,
                run=self._run,
                texts=TRIAL_TEXTS_PER_ROW * len(self._rows),
                progress=advance,
            )
        self._panels[kind] = found
        self.asked.panels.append(found)
        self._count(found.asked, found.recalled, start)
        return found

    @property
    def can_judge(self) -> bool:
        """Whether the trusted scorer may judge what the model's states are worth.

        Not one that reads items one by one: it reads the very states on trial. Nor one that only orders
        pairs: where texts are in four languages, a text of the same language is the likelier one whatever the
        criterion, and on syngoalex by topic such answers chose a target of languages (z = 3.4).
        """
        oracle = self.panel("triplet").oracle
        return oracle is not None and oracle.scorer.knows_same and not oracle.scorer.per_item

    def answer(self, triplets: NDArray[np.int64], stage: str) -> Answers | None:
        """Answers to triplets of distinct rows by a scorer that is asked about each; None where none can be.

        See :meth:`can_judge` for who is asked.
        """
        oracle = self.panel("triplet").oracle
        if oracle is None or not self.can_judge or not len(triplets):
            return None
        start, before = time.perf_counter(), (oracle.asked, oracle.recalled)
        with self.bench.reporter.stage(stage) as advance:
            answers = oracle.ask_triplets(triplets, advance)
        self._count(oracle.asked - before[0], oracle.recalled - before[1], start)
        return answers

    def find_k(self, k: K, first: Partition) -> int | None:
        """Number of clusters by pairwise questions (ClusterLLM section 3.2), None where nobody can answer.

        Parameters
        ----------
        k : (int, int) or None
            Range to search.
        first : Partition
            By a rule that asks nobody. Where it found the embedder and the language model to see
            different things, the hierarchy is built on what it chose; else on the embedder's vectors,
            whose merges are the more even ones (``benchmarks/quality/granularity.py``).
        """
        low, high = k if isinstance(k, tuple) else K_BOUNDS
        # Known before any model is asked, which may take minutes.
        if min(high, len(self.bench.items.unique)) - low < MIN_MERGES:
            return None
        oracle = self.panel("pair").oracle
        if oracle is None:
            return None
        related = first.selection.relatedness
        vectors = first.vectors
        if related is not None and related >= UNRELATED_BELOW:
            vectors = view_of(self.views, "sentence").vectors
        bench, seed = self.bench, self.bench.config.seed
        built = self._keep("hierarchy", [vectors, seed], lambda: asdict(build_hierarchy(vectors, seed)))
        hierarchy = Hierarchy(**built)
        high = min(high, hierarchy.n_leaves)
        if high - low < MIN_MERGES:
            return None
        start, before = time.perf_counter(), (oracle.asked, oracle.recalled)
        sample = sample_pairs(hierarchy, low, high, seed=seed, vectors=vectors)
        with bench.reporter.stage(f'How many clusters, "{self.criterion}"') as advance:
            answers = oracle.ask_pairs(sample.pairs, advance)
        oracle.record(answers, "granularity", 0, run=self._run)
        self._count(oracle.asked - before[0], oracle.recalled - before[1], start)
        found = k_by_answers(sample, answers.probability, answers.abstained, low, high, seed=seed)
        if not found.answered:
            return None
        self.asked.k = replace(
            found.evidence(),
            asked_range=(low, high),
            pairs=deciding_pairs(sample, answers, bench.items.unique, found.k),
            dendrogram=self._dendrogram(hierarchy),
        )
        return found.k

    def _dendrogram(self, hierarchy: Hierarchy) -> Branch:
        def words(labels: NDArray[np.int64]) -> Sequence[Sequence[str]]:
            return cluster_words(self._texts, labels, BRANCH_WORDS)

        key = key_of(__version__, BRANCH_WORDS, self.bench.items.sha256, asdict(hierarchy))
        name = stored_as("dendrogram", self.criterion)
        return self.bench.folder.value(name, key, Branch, lambda: dendrogram_top(hierarchy, words=words))

    def improve(self, partition: Partition) -> Partition:
        """Triplet questions: rows move and the embedding adapts as far as held-out answers support it."""
        bench, config = self.bench, self.bench.config
        n = len(bench.items.unique)
        # Known before any model is asked, which may take minutes.
        if not can_change(n, config.triplets):
            self.asked.note = TOO_FEW.format(n=n, most=most_questions(n, config.triplets))
            return partition
        oracle = self.panel("triplet").oracle
        if oracle is None:
            return partition
        if oracle.scorer.per_item and all(view.reads_criterion for view in self.views):
            self.asked.note = CIRCULAR
            return partition
        start, before = time.perf_counter(), (oracle.asked, oracle.recalled)
        k = int(partition.labels.max()) + 1

        number = count(1)

        def refit(views: Sequence[View]) -> Partition:
            # Under a name of its own: the next run of the folder begins with the first partition again.
            part = f"refit {next(number)}"
            return stored_partition(bench, self.criterion, views, k, part=part, guidance=self.guidance)

        def record(answers: Answers, purpose: Purpose, number: int) -> None:
            oracle.record(answers, purpose, number, run=self._run)

        with bench.reporter.stage(f'Questions about uncertain rows, "{self.criterion}"') as advance:
            improved = improve(
                partition,
                self.views,
                bench.items.unique,
                oracle,
                refit,
                rounds=config.rounds,
                triplets=config.triplets,
                method=config.adapt,
                embedder=bench.models.trainable,
                counts=bench.items.counts,
                seed=config.seed,
                record=record,
                progress=advance,
                keep=self._keep,
            )
        self.asked.rounds = improved.rounds
        self._count(oracle.asked - before[0], oracle.recalled - before[1], start)
        return improved.partition

    def _keep(self, name: str, inputs: Sequence[object], compute: Callable[[], Arrays]) -> Arrays:
        """What ``compute`` gives, or gave to an earlier run of the folder."""
        embedder = self.bench.models.embedder
        key = key_of(__version__, name, None if embedder is None else embedder.sha256, inputs)
        return self.bench.folder.arrays(stored_as(name, self.criterion), key, compute)

    def _count(self, readings: int, recalled: int, start: float) -> None:
        self.asked.readings += readings
        self.asked.recalled += recalled
        self.asked.seconds += time.perf_counter() - start


def partition_by(
    bench: Workbench,
    criterion: str,
    views: Sequence[View],
    k: K,
    questioner: Questioner | None,
    guidance: Guidance = NOTHING,
) -> Partition:
    """Partition the rows; where k is open, the oracle is asked for it, or else a rule chooses."""
    first = fitted(bench, criterion, views, k, guidance)
    if isinstance(k, int) or questioner is None:
        return first
    with bench.clock.measure("ask"):
        found = questioner.find_k(k, first)
    if found is None or found == int(first.labels.max()) + 1:
        return first
    return fitted(bench, criterion, views, found, guidance)

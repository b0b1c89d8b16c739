"""The run, stage by stage, as the two papers draw it; every stage can be resumed.

1. read the items;
2. embed them: once with the sentence embedder, and per criterion and prompt wording with the hidden states
   of the local model (ESMC, target embedding);
3. choose embedding and partition together, without labels, and cluster;
4. explain: words, exemplars, names, a map;
5. write tables and report.

Each stage is stored in the run folder under a key of all it depends on, so the same command
continues a killed run, and changed settings redo only the stages they change. Only the partition is
fitted anew each time: it is cheap beside what feeds it.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from localcluster import __version__
from localcluster.backends.base import LocalModel, ModelInfo
from localcluster.backends.engine import EngineChoice, open_with_choice
from localcluster.config import NO_LLM, RunConfig
from localcluster.embed import (
    WORDINGS,
    Embedder,
    SentenceEmbedder,
    View,
    Wording,
    criterion_views,
    read_states,
    sentence_view,
)
from localcluster.embed.criterion import candidate_layers
from localcluster.explain import explain_clusters, map_2d
from localcluster.items import Items, check_enough, read_items
from localcluster.partition import SAMPLE_ROWS, Partition, best_wording, fit_partition, reference_k
from localcluster.progress import SILENT, Reporter
from localcluster.registry import resolve
from localcluster.report import write_report
from localcluster.results import ClusterCard, CriterionResult, RunResult
from localcluster.store import (
    RunFolder,
    check_usable,
    key_of,
    result_to_folder,
    withdraw_result,
    write_clusters_csv,
)

#: Rows whose hidden states are computed between two checkpoints.
CHUNK_ROWS = 512
#: Packages whose version can change a result.
PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "transformers",
    "llama-cpp-python",
    "sentence-transformers",
)


@dataclass
class Models:
    """The models of a run and what identifies them.

    Attributes
    ----------
    embedder : Embedder
    llm : LocalModel or None
        None runs without a language model: one embedding, names from words.
    engine : EngineChoice or None
        Why this engine runs it, for the run's record.
    """

    embedder: Embedder
    llm: LocalModel | None
    engine: EngineChoice | None = None

    @property
    def llm_info(self) -> ModelInfo | None:
        """What identifies the language model."""
        return None if self.llm is None else self.llm.info


@dataclass
class Clock:
    """Seconds spent per stage, for the report."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the block to ``stage``."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


@dataclass(frozen=True)
class FinishedRun:
    """A finished run and where it lies."""

    result: RunResult
    folder: Path

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"

    @property
    def table(self) -> Path:
        """The input with its clusters."""
        return self.folder / "clusters.csv"


def run(
    config: RunConfig,
    reporter: Reporter = SILENT,
    *,
    models: Models | None = None,
    fresh: bool = False,
    stdin: BinaryIO | None = None,
) -> FinishedRun:
    """Cluster the rows of ``config.source`` by each criterion and write the run folder.

    Parameters
    ----------
    config : RunConfig
    reporter : Reporter
        Shows progress.
    models : Models, optional
        Models of the caller's own; loaded as ``config`` names them if not given.
    fresh : bool
        Forget what an earlier run left in the folder.
    stdin : binary file, optional
        Read when ``config.source`` is ``"-"``.

    Raises
    ------
    LocalClusterError
        Of any kind; no result has been written then, and what was computed is kept for the next try.
    """
    clock = Clock()
    with clock.measure("read"):
        items = read_items(
            config.source, text_column=config.text_column, id_column=config.id_column, stdin=stdin
        )
        for number in range(len(config.by)):
            check_enough(items, config.k_of(number))
    for note in items.notes:
        reporter.say(note)
    out = config.out or default_folder(items.source)
    check_usable(out)
    with clock.measure("load models"):
        models = models or load_models(config, reporter)
    with RunFolder.open(out, fresh=fresh) as folder:
        with clock.measure("embed"):
            sentence = embed_sentences(items, models, folder, reporter)
        criteria = [
            cluster_by(
                criterion, config.k_of(number), items, sentence, models, folder, config.seed, reporter, clock
            )
            for number, criterion in enumerate(config.by)
        ]
        result = RunResult(list(items.texts), list(items.ids), criteria, facts(config, items, models, clock))
        write_outputs(result, items, folder)
    return FinishedRun(result, folder.path)


def load_models(config: RunConfig, reporter: Reporter = SILENT) -> Models:
    """Resolve names to files and load them; fails before any folder is made."""
    embedder_path = resolve(config.embedder, "embedder")
    llm_path = None if config.llm == NO_LLM else resolve(config.llm, "llm")
    embedder = SentenceEmbedder(embedder_path)
    if llm_path is None:
        return Models(embedder, None)
    return Models(embedder, *open_with_choice(llm_path, config.engine, reporter=reporter))


def embed_sentences(items: Items, models: Models, folder: RunFolder, reporter: Reporter) -> View:
    """Vectors of the distinct texts by the sentence embedder."""
    key = key_of("sentence", models.embedder.sha256, items.sha256)
    with reporter.stage("Sentence embeddings") as advance:
        vectors = folder.arrays(
            "sentence", key, lambda: {"vectors": models.embedder.encode(items.unique, advance)}
        )["vectors"]
    return sentence_view(vectors)


def embed_by_criterion(
    criterion: str,
    k: int | None,
    items: Items,
    model: LocalModel,
    folder: RunFolder,
    seed: int,
    reporter: Reporter,
) -> tuple[list[View], dict[str, float]]:
    """Hidden states and answer distributions of the distinct texts under the criterion's best wording.

    Every wording is read on the same sample; the one that scores best is read on the other rows too.

    Returns
    -------
    views : list of View
        Over the distinct texts.
    scores : dict of str to float
        Of each wording on the sample.
    """
    n = len(items.unique)
    order = np.random.default_rng(seed).permutation(n)
    sample, rest = order[:SAMPLE_ROWS], order[SAMPLE_ROWS:]

    def read(wording: Wording, rows: NDArray[np.int64], part: str) -> NDArray[np.float32]:
        layers = candidate_layers(model.info.n_layers)
        key = key_of("states", asdict(model.info), layers, asdict(wording), criterion, items.sha256, rows)
        texts = [items.unique[row] for row in rows]
        with reporter.stage(f'Hidden states, "{criterion}", {part}') as advance:
            return folder.chunked(
                f"states-{key[:16]}",
                key,
                len(texts),
                CHUNK_ROWS,
                lambda a, b: read_states(
                    model, criterion, texts[a:b], wording, lambda done, _: advance(a + done, len(texts))
                ),
                advance,
            )

    sampled = {w.name: read(w, sample, f'wording "{w.name}" on a sample') for w in WORDINGS}
    views = {w.name: criterion_views(model, sampled[w.name], w) for w in WORDINGS}
    best, scores = best_wording(views, k or reference_k(n), seed)
    wording = next(w for w in WORDINGS if w.name == best)
    states = sampled[best]
    if len(rest):
        states = np.concatenate([states, read(wording, rest, "all other rows")])
    in_order = np.empty_like(states)
    in_order[order] = states
    return criterion_views(model, in_order, wording), scores


def cluster_by(
    criterion: str,
    k: int | None,
    items: Items,
    sentence: View,
    models: Models,
    folder: RunFolder,
    seed: int,
    reporter: Reporter,
    clock: Clock,
) -> CriterionResult:
    """Embed, choose, cluster and explain by one criterion."""
    views = [sentence]
    wordings: dict[str, float] = {}
    if models.llm is not None:
        with clock.measure("embed"):
            read, wordings = embed_by_criterion(criterion, k, items, models.llm, folder, seed, reporter)
        views += read
    with clock.measure("cluster"), reporter.stage(f'Clustering, "{criterion}"') as advance:
        partition = fit_partition(views, k, seed, counts=items.counts, progress=advance)
    labels, confidence = partition.labels[items.inverse], partition.confidence[items.inverse]
    confidence = np.where(items.empty, np.float32(0), confidence)
    vectors = partition.vectors[items.inverse]
    key = key_of(__version__, criterion, seed, labels, confidence, items.sha256, _model_key(models))
    with clock.measure("explain"):
        with reporter.stage(f'Names, "{criterion}"') as advance:
            cards = folder.json(
                f"cards-{key_of(criterion)[:16]}",
                key,
                lambda: [
                    card.to_json()
                    for card in explain_clusters(
                        criterion, items.texts, labels, confidence, vectors, models.llm, advance
                    )
                ],
            )
        with reporter.stage(f'Map, "{criterion}"'):
            map_xy = folder.arrays(
                f"map-{key_of(criterion)[:16]}",
                key_of("map", key, partition.vectors),
                lambda: {"xy": map_2d(partition.vectors, seed)},
            )["xy"]
    return CriterionResult(
        criterion,
        labels,
        confidence,
        map_xy[items.inverse],
        [ClusterCard.from_json(card) for card in cards],
        partition.selection.reason,
        evidence(partition, k, wordings),
    )


def evidence(partition: Partition, k: int | None, wordings: dict[str, float]) -> dict[str, Any]:
    """Everything that led to the choice, JSON-ready."""
    choice = partition.k_choice
    found = (
        {"given": k}
        if choice is None
        else {"chosen": choice.k, "rule": "highest mean silhouette", "curve": choice.curve}
    )
    return {
        "candidates": partition.selection.evidence(),
        "wordings": wordings,
        "relatedness": partition.selection.relatedness,
        "weights": partition.selection.chosen.weights,
        "notes": [*partition.notes, *partition.selection.notes],
        "k": found,
    }


def facts(config: RunConfig, items: Items, models: Models, clock: Clock) -> dict[str, Any]:
    """What a reader needs to trust and to repeat the run."""
    info = models.llm_info
    return {
        "settings": config.model_dump(mode="json", exclude={"out", "source", "llm", "embedder"}),
        "input": {
            "source": items.source,
            "rows": len(items),
            "distinct texts": len(items.unique),
            "text column": items.text_column,
            "sha256": items.sha256,
        },
        "notes": list(items.notes),
        "models": {
            "embedder": {"name": models.embedder.name, "sha256": models.embedder.sha256},
            **({} if info is None else {"language model": asdict(info)}),
            **({} if models.engine is None else {"engine": models.engine.to_json()}),
        },
        "versions": {"localcluster": __version__, "python": platform.python_version(), **_versions()},
        "seconds": {stage: round(seconds, 2) for stage, seconds in clock.seconds.items()},
    }


def write_outputs(result: RunResult, items: Items, folder: RunFolder) -> None:
    """Report and table first, ``run.json`` last: its presence vouches for the rest."""
    withdraw_result(folder)
    write_report(result, folder.path / "report.html")
    write_clusters_csv(folder.path / "clusters.csv", items.table, result.criteria)
    result_to_folder(folder, result, items.table)


def default_folder(source: str) -> Path:
    """``tickets.csv`` -> ``tickets-clusters`` in the working directory."""
    return Path(f"{Path(source).stem or 'rows'}-clusters")


def _model_key(models: Models) -> str:
    info = models.llm_info
    return key_of(models.embedder.sha256, None if info is None else asdict(info))


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

"""The run, stage by stage, as the two papers draw it; every stage can be resumed.

1. read the items;
2. embed them: once with the sentence embedder, and per criterion and prompt wording with the hidden states
   of the local model (ESMC, target embedding);
3. choose embedding and partition together, without labels, and cluster;
4. ask the model which of its scorers can be trusted, how many clusters there are where k is open, and
   triplet questions about uncertain rows (ClusterLLM); keep what held-out answers support;
5. explain: words, exemplars, names, a map;
6. write tables and report.

Each stage is stored in the run folder under a key of all it depends on, so the same command
continues a killed run, and changed settings redo only the stages they change; every answer of the
model is kept (``localcluster answers``). Only the partition is fitted anew each time: it is cheap beside
what feeds it.
"""

from __future__ import annotations

import platform
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from localcluster import __version__
from localcluster.asking import Asked, Questioner, partition_by
from localcluster.backends.base import LocalModel
from localcluster.config import K, RunConfig
from localcluster.embed import WORDINGS, View, Wording, criterion_views, read_states, sentence_view
from localcluster.embed.criterion import candidate_layers
from localcluster.explain import explain_clusters, map_2d
from localcluster.items import Items, check_enough, read_items
from localcluster.oracle import read_examples
from localcluster.partition import SAMPLE_ROWS, Partition, best_wording, reference_k
from localcluster.progress import SILENT, Reporter
from localcluster.report import write_report
from localcluster.results import ClusterCard, CriterionResult, RunResult
from localcluster.store import (
    ANSWERS,
    AnswerStore,
    RunFolder,
    check_usable,
    key_of,
    result_to_folder,
    withdraw_result,
    write_clusters_csv,
)
from localcluster.store.folder import CACHE
from localcluster.workbench import Clock, Models, Workbench, check_models, load_models

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
    "peft",
)
#: Of the sample that screens prompt wordings: not the run's own, so that runs with other seeds share states.
SCREENING_SEED = 0
#: Settings that name places on this machine: no part of a record that travels.
PATHS = {"out", "source", "llm", "embedder", "examples", "answers"}

__all__ = [
    "Clock",
    "FinishedRun",
    "Models",
    "Workbench",
    "cluster_by",
    "embed_by_criterion",
    "embed_sentences",
    "load_models",
    "run",
]


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
            config.source,
            text_column=config.text_column,
            id_column=config.id_column,
            image_column=config.image_column,
            stdin=stdin,
        )
        for number in range(len(config.by)):
            check_enough(items, fewest_clusters(config.k_of(number)))
        examples = () if config.examples is None else read_examples(config.examples)
    for note in items.notes:
        reporter.say(note)
    out = config.out or default_folder(items.source)
    check_usable(out)
    with clock.measure("load models"):
        models = models or load_models(config, reporter)
    check_models(config, models)
    with ExitStack() as stack:
        folder = stack.enter_context(RunFolder.open(out, fresh=fresh))
        answers = None
        if models.llm is not None:
            path = config.answers or folder.path / CACHE / ANSWERS
            answers = stack.enter_context(AnswerStore.open(path))
        bench = Workbench(config, items, models, folder, answers, tuple(examples), reporter, clock)
        with clock.measure("embed"):
            sentence = embed_sentences(items, models, folder, reporter)
        criteria = [
            cluster_by(bench, criterion, config.k_of(number), sentence)
            for number, criterion in enumerate(config.by)
        ]
        result = RunResult(list(items.texts), list(items.ids), criteria, facts(config, items, models, clock))
        write_outputs(result, items, folder)
    return FinishedRun(result, folder.path)


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


def cluster_by(bench: Workbench, criterion: str, k: K, sentence: View) -> CriterionResult:
    """Embed, choose, cluster, ask and explain by one criterion."""
    config, items, models, folder = bench.config, bench.items, bench.models, bench.folder
    views = [sentence]
    wordings: dict[str, float] = {}
    questioner = None
    if models.llm is not None:
        with bench.clock.measure("embed"):
            given = k if isinstance(k, int) else None
            read, wordings = embed_by_criterion(
                criterion, given, items, models.llm, folder, SCREENING_SEED, bench.reporter
            )
        views += read
        questioner = Questioner(bench, criterion, views)
    partition = partition_by(bench, criterion, views, k, questioner)
    if questioner is not None and config.rounds:
        with bench.clock.measure("ask"):
            partition = questioner.improve(partition)
    labels, confidence = partition.labels[items.inverse], partition.confidence[items.inverse]
    confidence = np.where(items.empty, np.float32(0), confidence)
    vectors = partition.vectors[items.inverse]
    key = key_of(__version__, criterion, config.seed, labels, confidence, items.sha256, _model_key(models))
    with bench.clock.measure("explain"):
        with bench.reporter.stage(f'Names, "{criterion}"') as advance:
            cards = folder.json(
                f"cards-{key_of(criterion)[:16]}",
                key,
                lambda: [
                    card.to_json()
                    for card in explain_clusters(
                        criterion, items.texts, labels, confidence, vectors, models.namer, advance
                    )
                ],
            )
        with bench.reporter.stage(f'Map, "{criterion}"'):
            map_xy = folder.arrays(
                f"map-{key_of(criterion)[:16]}",
                key_of("map", key, partition.vectors),
                lambda: {"xy": map_2d(partition.vectors, config.seed)},
            )["xy"]
    return CriterionResult(
        criterion,
        labels,
        confidence,
        map_xy[items.inverse],
        [ClusterCard.from_json(card) for card in cards],
        partition.selection.reason,
        evidence(partition, k, wordings, None if questioner is None else questioner.asked),
    )


def evidence(partition: Partition, k: K, wordings: dict[str, float], asked: Asked | None) -> dict[str, Any]:
    """Everything that led to the choice, JSON-ready."""
    choice = partition.k_choice
    found: dict[str, Any] = {"given": k}
    if asked is not None and asked.k is not None:
        found = asked.k
    elif choice is not None:
        found = {"chosen": choice.k, "rule": "highest mean silhouette", "curve": choice.curve}
    return {
        "candidates": partition.selection.evidence(),
        "wordings": wordings,
        "relatedness": partition.selection.relatedness,
        "weights": partition.selection.chosen.weights,
        "notes": [*partition.notes, *partition.selection.notes],
        "k": found,
        "oracle": None if asked is None else asked.to_json(),
    }


def facts(config: RunConfig, items: Items, models: Models, clock: Clock) -> dict[str, Any]:
    """What a reader needs to trust and to repeat the run."""
    info = models.llm_info
    return {
        "settings": config.model_dump(mode="json", exclude=PATHS),
        "input": {
            "source": items.source,
            "rows": len(items),
            "distinct texts": len(items.unique),
            "text column": items.text_column,
            "sha256": items.sha256,
        },
        "worked examples": None if config.examples is None else config.examples.name,
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


def fewest_clusters(k: K) -> int | None:
    """How many distinct rows the answer to ``-k`` needs at least."""
    return k[0] if isinstance(k, tuple) else k


def default_folder(source: str) -> Path:
    """``tickets.csv`` -> ``tickets-clusters`` in the working directory."""
    return Path(f"{Path(source).stem or 'rows'}-clusters")


def _model_key(models: Models) -> str:
    info = models.llm_info
    return key_of(models.embedder.sha256, None if info is None else asdict(info), models.writes_names)


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

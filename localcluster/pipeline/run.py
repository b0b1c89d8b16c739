"""The run, stage by stage, as the two papers draw it; every stage can be resumed.

1. read the items;
2. embed them: once with the sentence embedder, and per criterion and prompt wording with the hidden states
   of the local model (ESMC, target embedding);
3. choose embedding and partition together, without labels, and cluster;
4. ask the model which of its scorers can be trusted, how many clusters there are where k is open, and
   triplet questions about uncertain rows (ClusterLLM); keep what held-out answers support;
5. explain: words, exemplars, names, a map;
6. write tables and report, where they are asked for.

Each stage is stored in the run folder under a key of all it depends on, so the same command
continues a killed run, and changed settings redo only the stages they change; every answer of the
model is kept (``localcluster answers``).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

import localcluster.models
from localcluster.config import K, RunConfig
from localcluster.items import Items, check_enough, read_items
from localcluster.items.known import Known, read_known
from localcluster.languages import LanguageGroups
from localcluster.models import Models, check_models
from localcluster.oracle import read_examples
from localcluster.partition.fit import fused_vectors
from localcluster.partition.guidance import Guidance
from localcluster.pipeline.alternatives import alternatives
from localcluster.pipeline.ask import Questioner, partition_by
from localcluster.pipeline.changes import settings_of, told_changes
from localcluster.pipeline.embedding import SCREENING_SEED, Embeddings, embed, within_languages
from localcluster.pipeline.explain import explain
from localcluster.pipeline.head import teach_head
from localcluster.pipeline.judging import judge_rows
from localcluster.pipeline.languages import languages_apart
from localcluster.pipeline.predictor import Predictor, make_predictor
from localcluster.pipeline.record import (
    FinishedRun,
    default_folder,
    evidence,
    facts,
    thumbnails,
    write_outputs,
)
from localcluster.pipeline.target import Targeted, target_by_answers
from localcluster.pipeline.trimming import leave_out_recurring
from localcluster.pipeline.workbench import Clock, Workbench, view_of
from localcluster.progress import SILENT, Reporter
from localcluster.results import CriterionResult, RunResult
from localcluster.store import ANSWERS, AnswerStore, RowEvidence, RunFolder, check_usable
from localcluster.store.run_folder import CACHE


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
    with clock.measure("read"), reporter.stage("Reading") as advance:
        items = read_items(
            config.source,
            text_column=config.text_column,
            id_column=config.id_column,
            image_column=config.image_column,
            stdin=stdin,
            progress=advance,
        )
    return run_items(items, config, reporter, models=models, fresh=fresh, clock=clock)


def run_items(
    items: Items,
    config: RunConfig,
    reporter: Reporter = SILENT,
    *,
    models: Models | None = None,
    fresh: bool = False,
    clock: Clock | None = None,
    keep_vectors: bool = False,
    outputs: bool = True,
) -> FinishedRun:
    """Cluster items that were read already; :func:`run` from its second stage on.

    Parameters
    ----------
    config : RunConfig
        Its ``source`` and columns are not looked at.
    clock : Clock, optional
        One that has measured the reading.
    keep_vectors : bool
        Return the vectors of every criterion, too: memory of all criteria at once.
    outputs : bool
        Write report, table and ``run.json``, and what the other commands read. Without them the folder gets
        checkpoints only, and what an earlier run wrote there stays as it is.

    Raises
    ------
    LocalClusterError
        As :func:`run` does.
    """
    clock = clock or Clock()
    for number in range(len(config.by)):
        check_enough(items, fewest_clusters(config.k_of(number)))
    examples = () if config.examples is None else read_examples(config.examples)
    for note in items.notes:
        reporter.say(note)
    known = Known() if config.known is None else read_known(config.known, items, config.by)
    for note in known.notes:
        reporter.say(note)
    out = config.out or default_folder(items.source)
    check_usable(out)
    with clock.measure("load models"):
        models = models or localcluster.models.load_models(config, reporter, texts=items.compares_by_text)
    check_models(config, models, items)
    with ExitStack() as stack:
        folder = stack.enter_context(RunFolder.open(out, fresh=fresh))
        now = settings_of(config, items, models, examples, known)
        before = folder.remember("settings", now)
        # A folder without results has no run that a user knows of.
        for change in told_changes(before, now) if outputs else ():
            reporter.say(change)
        left_out: dict[str, Any] = {}
        languages: Mapping[str, LanguageGroups] = {}
        trimmer = None
        if models.embedder is not None and items.compares_by_text and not config.keep_all:
            with clock.measure("embed"):
                fewest = max(fewest_clusters(config.k_of(number)) or 2 for number in range(len(config.by)))
                given = items
                items, left_out, trimmer = leave_out_recurring(
                    items, models.embedder, folder, fewest, reporter
                )
                for note in items.notes[len(given.notes) :]:
                    reporter.say(note)
                given = items
                items, languages = languages_apart(items, config.by, models.embedder)
                for note in items.notes[len(given.notes) :]:
                    reporter.say(note)
        answers = None
        if models.llm is not None:
            path = config.answers or folder.path / CACHE / ANSWERS
            answers = stack.enter_context(AnswerStore.open(path))
        bench = Workbench(
            config,
            items,
            models,
            folder,
            answers,
            tuple(examples),
            {by: rows.among(items.inverse, items.whole.inverse) for by, rows in known.of.items()},
            languages,
            reporter,
            clock,
            trimmer,
            outputs,
        )
        with clock.measure("embed"):
            embeddings = embed(bench)
        criteria, predictors, placed, vectors = [], [], [], []
        for number, criterion in enumerate(config.by):
            found = cluster_by(bench, number, criterion, embeddings)
            criteria.append(found.result)
            predictors.append(found.predictor)
            placed.append(found.placed)
            if keep_vectors:
                first = np.unique(items.whole.inverse, return_index=True)[1]
                vectors.append(found.vectors[items.inverse[first]])
        result = RunResult(
            list(items.texts),
            list(items.ids),
            criteria,
            facts(config, items, models, clock, known) | ({"left out": left_out} if left_out else {}),
            images=list(items.image_names) if items.image_column is not None else None,
            thumbnails=thumbnails(items, criteria),
            read=_read_of_rows(items),
        )
        if outputs:
            write_outputs(result, predictors, placed, items, folder)
    return FinishedRun(result, folder.path, tuple(predictors), tuple(vectors))


@dataclass(frozen=True)
class Clustered:
    """What a run has by one criterion; nothing of it is in the folder's results yet.

    Attributes
    ----------
    placed : RowEvidence or None
        What placed each row; None where no outputs are asked for.
    vectors : float32, shape (n_unique, d)
        What the head reads of every distinct item.
    """

    result: CriterionResult
    predictor: Predictor
    placed: RowEvidence | None
    vectors: NDArray[np.float32]


def cluster_by(bench: Workbench, number: int, criterion: str, embeddings: Embeddings) -> Clustered:
    """Choose, cluster, ask and explain by one criterion."""
    config, items = bench.config, bench.items
    k = config.k_of(number)
    languages = bench.languages.get(criterion)
    sentence, target = embeddings.sentence, embeddings.targets.get(criterion)
    views = [] if sentence is None else within_languages([sentence], languages)
    if criterion in embeddings.readers:
        views.append(embeddings.readers[criterion])
    guidance = Guidance(
        config.view,
        bench.known.get(criterion),
        None if target is None else target.contrast,
    )
    questioner, targeted = None, None
    if target is not None:
        questioner = Questioner(bench, criterion, [*views, *target.views], None, guidance)
        targeted = Targeted(target)
        if config.rounds:
            with bench.clock.measure("ask"):
                targeted = target_by_answers(bench, criterion, target, questioner, SCREENING_SEED)
        if targeted.target is not target:
            read = [*views, *targeted.target.views]
            questioner = Questioner(bench, criterion, read, questioner.asked, guidance)
        views += targeted.target.views
    partition = partition_by(bench, criterion, views, k, questioner, guidance)
    if partition.about_known:
        bench.reporter.say(f'By "{criterion}": {partition.about_known}')
    readings = alternatives(bench, partition, views)
    if questioner is not None and config.rounds:
        with bench.clock.measure("ask"):
            partition = questioner.improve(partition)
    with bench.clock.measure("head"):
        taught = teach_head(bench, criterion, partition, views)
    with bench.clock.measure("confidence"):
        sure = judge_rows(bench, criterion, partition, views)
    labels, confidence = partition.labels[items.inverse], sure.confidence[items.inverse]
    weights = partition.selection.chosen.weights
    predictor = make_predictor(
        bench, number, partition.labels, sure, taught.proba, views, weights, taught.head
    )
    answers = view_of(views, "answers") if target is not None else None
    with bench.clock.measure("explain"):
        cards, map_xy, placed = explain(
            bench, number, labels, confidence, partition.vectors, taught.proba, answers
        )
    result = CriterionResult(
        criterion,
        labels,
        confidence,
        map_xy,
        cards,
        partition.selection.reason,
        evidence(partition, k, targeted, questioner, taught, readings),
        sure.nowhere[items.inverse],
    )
    return Clustered(result, predictor, placed, fused_vectors(views, weights))


def _read_of_rows(items: Items) -> list[str | None] | None:
    """What is read of each row where that is not its text; None where every text is read as it is."""
    if items.given is None:
        return None
    pairs = zip(items.texts, items.read_texts, strict=True)
    return [None if read == text else read for text, read in pairs]


def fewest_clusters(k: K) -> int | None:
    """How many distinct rows the answer to ``-k`` needs at least."""
    return k[0] if isinstance(k, tuple) else k

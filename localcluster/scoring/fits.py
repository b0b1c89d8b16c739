"""Fits of one labelled table: the plain baseline and ours, over seeds, scored when they are done."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

import localcluster.models
from localcluster.config import K, RunConfig
from localcluster.embed import Embedder
from localcluster.errors import ConfigError
from localcluster.evidence import KEvidence, OracleEvidence, from_json, to_json
from localcluster.items import NO_PICTURES, Items, check_enough, read_items
from localcluster.models import Models
from localcluster.papers import TRIPLETS
from localcluster.pipeline import run as pipeline
from localcluster.pipeline.embedding import embed_sentences
from localcluster.pipeline.record import facts
from localcluster.pipeline.workbench import Clock
from localcluster.progress import SILENT, Reporter
from localcluster.scoring.labels import Classes, pair_up, read_classes, texts_only
from localcluster.scoring.summary import Benchmark, Comparison, Fit, Row
from localcluster.store import RunFolder, check_usable, key_of

#: Where the fits keep what they share, inside the benchmark's folder.
RUN = "run"


@dataclass(frozen=True)
class Work:
    """What all fits of a benchmark share; nothing in it knows a label.

    Attributes
    ----------
    config : RunConfig
        Of any fit, but for criterion, k, seed and rounds.
    items : Items
        The texts alone.
    folder : RunFolder
        Holds finished fits; the fits' own run folder lies in it.
    """

    config: RunConfig
    items: Items
    models: Models
    folder: RunFolder
    seeds: tuple[int, ...]
    reporter: Reporter


class _SaysOnce(Reporter):
    """Tells what every fit would repeat about the same input only once."""

    def __init__(self, inner: Reporter) -> None:
        super().__init__(inner.console, inner.quiet)
        self._said: set[str] = set()

    def say(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            super().say(message)


def run_benchmark(
    config: RunConfig,
    label_fields: tuple[str, ...],
    n_seeds: int = 5,
    reporter: Reporter = SILENT,
    *,
    count_labels: bool = True,
    models: Models | None = None,
    fresh: bool = False,
) -> Benchmark:
    """Score the plain baseline, the default without triplets, and the default with the oracle.

    Our fits read a copy of the table that has the texts and no other column. With ``count_labels`` the
    number of distinct labels, as k, is the only thing that labels give to them; otherwise labels give
    nothing, and ``config.k`` holds. The baseline cannot find k: where that is left open, it is given the
    number of labels.

    Parameters
    ----------
    config : RunConfig
        As for :func:`localcluster.pipeline.run.run`; its ``seed`` is the first of the seeds.
    label_fields : tuple of str
        One column per criterion, in their order.
    n_seeds : int
        At least 1.
    count_labels : bool
        Give each of our fits the number of distinct labels as k.
    models : Models, optional
        Loaded once, as ``config`` names them, if not given.
    fresh : bool
        Forget what an earlier benchmark left in the folder.

    Raises
    ------
    LocalClusterError
        Of any kind. What was computed is kept for the next try.
    """
    pairs = pair_up(config.by, label_fields)
    table = read_items(
        config.source, text_column=config.text_column, id_column=config.id_column, image_column=NO_PICTURES
    )
    classes = [read_classes(table, label_field) for _, label_field in pairs]
    ks = [c.n if count_labels else config.k_of(number) for number, c in enumerate(classes)]
    config = config.model_copy(update={"k": tuple(ks)})
    items = texts_only(table)
    for k, own in zip(ks, classes, strict=True):
        check_enough(items, _baseline_k(k, own))
    out = config.out or Path(f"{Path(table.source).stem or 'rows'}-benchmark")
    check_usable(out)
    models = replace(models or localcluster.models.load_models(config, reporter), writes_names=False)
    seeds = tuple(range(config.seed, config.seed + n_seeds))
    with RunFolder.open(out, fresh=fresh) as folder:
        RunFolder.open(out / RUN, fresh=fresh).close()
        work = Work(config, items, models, folder, seeds, _SaysOnce(reporter))
        comparisons = tuple(
            _compare(work, criterion, k, own, count_labels)
            for (criterion, _), k, own in zip(pairs, ks, classes, strict=True)
        )
    facts = _facts(work, config)
    facts["input"] |= {"source": table.source, "text columns": list(table.text_columns)}
    return Benchmark(comparisons, out, {**facts, "seeds": list(seeds)})


def _compare(work: Work, criterion: str, k: K, classes: Classes, count_labels: bool) -> Comparison:
    rows = [_baseline(work, _baseline_k(k, classes), classes)]
    rounds = (0, work.config.rounds) if work.config.rounds and work.models.llm is not None else (0,)
    for number in rounds:
        if number:
            name, what = "default + oracle", f"--rounds {number} --triplets {work.config.triplets}"
        else:
            name, what = "default", "--rounds 0: no triplet questions"
        fits = tuple(_fit(work, name, criterion, k, number, seed, classes) for seed in work.seeds)
        rows.append(Row(name, what, fits))
    return Comparison(
        criterion,
        classes.field,
        classes.n,
        len(classes.codes),
        len(classes.scored),
        _k_says(k, classes.n, count_labels),
        tuple(rows),
    )


def _k_says(k: K, n_labels: int, count_labels: bool) -> str:
    if count_labels:
        return f"k is the number of distinct labels, {n_labels}. A fit learns nothing else from labels."
    if isinstance(k, int):
        return f"k is given as {k}. A fit learns nothing from labels."
    return f"k is found without labels. Only the baseline is given their number, {n_labels}."


def _baseline_k(k: K, classes: Classes) -> int:
    return k if isinstance(k, int) else classes.n


def _embedder(work: Work) -> Embedder:
    if work.models.embedder is None:
        raise ConfigError(
            "A benchmark compares with k-means on the sentence embedder. Name one: --embedder NAME"
        )
    return work.models.embedder


def _baseline(work: Work, k: int, classes: Classes) -> Row:
    with RunFolder.open(work.folder.path / RUN) as shared:
        vectors = embed_sentences(work.items, _embedder(work), shared, work.reporter).vectors
    vectors = vectors[work.items.inverse]
    fits = []
    with work.reporter.stage("k-means") as advance:
        for done, seed in enumerate(work.seeds, start=1):
            start = time.perf_counter()
            labels = KMeans(k, n_init=1, random_state=seed).fit_predict(vectors)
            seconds = {"cluster": round(time.perf_counter() - start, 2)}
            fits.append(Fit(seed, k, classes.score(labels), seconds))
            advance(done, len(work.seeds))
    what = f"{_embedder(work).name}, scikit-learn KMeans, one start per seed"
    return Row("k-means", what, tuple(fits))


def _fit(work: Work, name: str, criterion: str, k: K, rounds: int, seed: int, classes: Classes) -> Fit:
    found = _clustered(work, name, criterion, k, rounds, seed)
    labels: NDArray[np.int64] = np.asarray(found["labels"], dtype=np.int64)
    return Fit(
        seed,
        len(np.unique(labels)),
        classes.score(labels),
        found["seconds"],
        None if found["oracle"] is None else from_json(OracleEvidence, found["oracle"]),
        None if found["k"] is None else from_json(KEvidence, found["k"]),
    )


def _clustered(work: Work, name: str, criterion: str, k: K, rounds: int, seed: int) -> dict[str, Any]:
    """The labels and the evidence of one fit; those of a finished fit are not computed again."""
    # Settings of questions that nobody asks would only keep a finished fit from being known again.
    asking: dict[str, Any] = {} if rounds else {"triplets": TRIPLETS, "adapt": "auto"}
    config = work.config.model_copy(
        update={
            **asking,
            "source": "rows",
            "text_column": work.items.text_columns,
            "id_column": None,
            "by": (criterion,),
            "k": (k,),
            "rounds": rounds,
            "seed": seed,
            "out": work.folder.path / RUN,
        }
    )

    def compute() -> dict[str, Any]:
        work.reporter.say(f'"{criterion}", {name}, seed {seed} ...')
        done = pipeline.run_items(work.items, config, work.reporter, models=work.models, outputs=False).result
        clustering = done.criteria[0]
        oracle, k_evidence = clustering.evidence.oracle, clustering.evidence.k
        return {
            "labels": clustering.labels.tolist(),
            "seconds": done.facts["seconds"],
            "oracle": None if oracle is None else to_json(oracle),
            "k": None
            if k_evidence is None or k_evidence.rule == "given"
            else to_json(replace(k_evidence, curve=(), pairs=(), dendrogram=None)),
        }

    known = _facts(work, config)
    examples = None if config.examples is None else config.examples.read_bytes()
    key = key_of(
        known["settings"],
        known["input"]["sha256"],
        known["models"],
        known["versions"],
        examples,
        "typed evidence",
    )
    found: dict[str, Any] = work.folder.json(f"fit-{key[:16]}", key, compute)
    return found


def _facts(work: Work, config: RunConfig) -> dict[str, Any]:
    """What identifies a fit and lets others repeat it."""
    known = facts(config, work.items, work.models, Clock())
    # The engines' speed is measured anew on another machine: neither part of a key nor of what repeats a fit.
    models = {name: of for name, of in known["models"].items() if name != "engine"}
    return {part: known[part] for part in ("settings", "input", "versions")} | {"models": models}

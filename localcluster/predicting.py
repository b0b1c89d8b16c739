"""New rows into the clusters of a finished run: the same views, the run's standardizers, its heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LocalModel
from localcluster.boilerplate import Trimmer
from localcluster.confidence import RowSureness, Surroundings, Transfer, bounded
from localcluster.embed import (
    WORDINGS,
    Embedder,
    Place,
    Question,
    View,
    answer_logprobs,
    centre_rows,
    checked_vectors,
    read_questions,
    selector_of,
)
from localcluster.embed.view import Standardizer, ViewKind, fuse, unit_rows
from localcluster.errors import ModelError, RunFolderError
from localcluster.heads import ClusteringHead
from localcluster.items import Items
from localcluster.items.item import Item
from localcluster.progress import SILENT, Reporter
from localcluster.results import RunResult
from localcluster.store import RunFolder, key_of, read_predictor, write_predictor
from localcluster.trimming import load_trimmer, trimmed_items
from localcluster.workbench import Models

_KNOWN_KEYS, _KNOWN_LABELS, _KNOWN_CONFIDENCE = "known_keys", "known_labels", "known_confidence"
_KNOWN_NOWHERE = "known_nowhere"


@dataclass(frozen=True)
class ViewRecipe:
    """How one view is made of a new row.

    Attributes
    ----------
    kind : {"sentence", "states", "answers"}
    wording : str
        Name of the prompt wording; ``""`` for a sentence view.
    place : {"last", "keyword", "item"}
    layer : int
    weight : float
        Of the view in the fusion.
    standardizer : Standardizer
    tokens : int64, shape (m,)
        Vocabulary ids of an answer view; else empty.
    """

    kind: ViewKind
    wording: str
    place: Place
    layer: int
    weight: float
    standardizer: Standardizer
    tokens: NDArray[np.int64]


@dataclass(frozen=True)
class Predictor:
    """Assigns new rows by one criterion.

    Attributes
    ----------
    criterion : str
    views : tuple of ViewRecipe
    head : ClusteringHead
    known : dict of bytes to (int, float, bool)
        Cluster of every item that the run clustered, which it keeps, the confidence of it, and whether it
        fits nowhere; by :func:`item_key`.
    transfer : Transfer
        From the head's probability to what it was worth among the run's rows.
    surroundings : Surroundings
        What the run's rows are like.
    trimmer : Trimmer or None
        Leaves out of reading what the run left out; the same for all criteria.
    """

    criterion: str
    views: tuple[ViewRecipe, ...]
    head: ClusteringHead
    known: Mapping[bytes, tuple[int, float, bool]]
    transfer: Transfer
    surroundings: Surroundings
    trimmer: Trimmer | None = None

    @property
    def wordings(self) -> list[str]:
        """Names of the wordings that its views are read under."""
        return list(dict.fromkeys(view.wording for view in self.views if view.kind != "sentence"))

    def assign(
        self,
        items: Items,
        proba: NDArray[np.float32],
        vectors: NDArray[np.float32],
        places: NDArray[np.int64] | None = None,
        read: Sequence[Item] | None = None,
    ) -> Prediction:
        """Clusters of the rows of ``items``; those that the run clustered keep theirs.

        Parameters
        ----------
        items : Items
        proba : float32, shape (m, k)
            What the head says of the distinct items at ``places``.
        vectors : float32, shape (m, d)
            What the head read of them.
        places : int64, shape (m,), optional
            All distinct items by default; the others must be known.
        read : sequence of Item, length m, optional
            What the models read of these items, where that is less than all.
        """
        labels = np.zeros(len(items.items), dtype=np.int64)
        confidence = np.zeros(len(items.items), dtype=np.float32)
        nowhere = np.zeros(len(items.items), dtype=np.bool_)
        chosen = np.arange(len(items.items)) if places is None else places
        labels[chosen] = proba.argmax(axis=1)
        new = [items.items[place] for place in chosen] if read is None else read
        nowhere[chosen] = self.surroundings.nowhere(new, vectors)
        confidence[chosen] = bounded(self.transfer(proba.max(axis=1)), nowhere[chosen], new)
        for place, item in enumerate(items.items):
            if (kept := self.known.get(item_key(item))) is not None:
                labels[place], confidence[place], nowhere[place] = kept
        return Prediction(
            self.criterion, labels[items.inverse], confidence[items.inverse], nowhere[items.inverse]
        )


@dataclass(frozen=True)
class Prediction:
    """Clusters of rows by one criterion.

    Attributes
    ----------
    criterion : str
    labels : int64, shape (n,)
    confidence : float32, shape (n,)
        Estimated probability that each row's cluster is the right one: of a row of the run what the run
        said, of a new one the head's probability as far as it was worth that much among the run's rows.
    nowhere : bool, shape (n,)
        Rows that belong to no cluster, empty ones among them.
    """

    criterion: str
    labels: NDArray[np.int64]
    confidence: NDArray[np.float32]
    nowhere: NDArray[np.bool_]


def item_key(item: Item) -> bytes:
    """What an item is, whatever row or file it came in: 32 bytes."""
    return bytes.fromhex(key_of(list(item.key)))


def keep_predictor(
    folder: RunFolder,
    number: int,
    criterion: str,
    items: Items,
    unique_labels: NDArray[np.int64],
    sureness: RowSureness,
    proba: NDArray[np.float32],
    views: Sequence[View],
    weights: Mapping[str, float],
    head: ClusteringHead,
) -> None:
    """Write what :func:`load_predictors` reads.

    Parameters
    ----------
    folder : RunFolder
    number : int
        Place of the criterion in the run.
    criterion : str
    items : Items
    unique_labels : int64, shape (n_unique,)
    sureness : RowSureness
        Of the distinct items.
    proba : float32, shape (n_unique, k)
        What ``head`` says of the items.
    views : sequence of View
    weights : mapping of str to float
        The views that ``head`` was fitted on, fused by these weights.
    head : ClusteringHead
    """
    used = [view for view in views if view.name in weights]
    spec = {
        "criterion": criterion,
        "views": [
            {
                "kind": view.kind,
                "wording": view.wording,
                "place": view.place,
                "layer": view.layer,
                "weight": float(weights[view.name]),
            }
            for view in used
        ],
    }
    arrays: dict[str, NDArray[Any]] = dict(head.to_arrays())
    for place, view in enumerate(used):
        arrays[f"view-{place}-mean"] = view.standardizer.mean
        arrays[f"view-{place}-scale"] = view.standardizer.scale
        arrays[f"view-{place}-tokens"] = np.asarray(view.tokens, dtype=np.int64)
    # By the rows as they came: a row that the run had is known before anything is left out of it.
    keys = b"".join(item_key(item) for item in items.whole.items)
    read_as = items.inverse[np.unique(items.whole.inverse, return_index=True)[1]]
    arrays[_KNOWN_KEYS] = np.frombuffer(keys, np.uint8).reshape(-1, 32)
    arrays[_KNOWN_LABELS] = unique_labels[read_as].astype(np.int64)
    arrays[_KNOWN_CONFIDENCE] = sureness.confidence[read_as].astype(np.float32)
    arrays[_KNOWN_NOWHERE] = sureness.nowhere[read_as].astype(np.uint8)
    own = ~sureness.nowhere & (proba.argmax(axis=1) == unique_labels)
    transfer = Transfer.fit(proba.max(axis=1)[own], sureness.confidence[own])
    arrays |= transfer.to_arrays() | sureness.surroundings.to_arrays()
    write_predictor(folder, number, unique_labels[items.inverse], spec, arrays)


def load_predictors(path: Path, result: RunResult) -> list[Predictor]:
    """Predictors of every criterion of a finished run.

    Raises
    ------
    RunFolderError
        The folder holds none, or they are damaged.
    """
    trimmer = load_trimmer(path, str(result.facts.get("input", {}).get("sha256")))
    return [
        _predictor(path, *read_predictor(path, number, criterion.labels), trimmer)
        for number, criterion in enumerate(result.criteria)
    ]


def check_same_models(result: RunResult, models: Models) -> None:
    """Refuse models other than those that made the run.

    Raises
    ------
    ModelError
        Naming the model that is wanted and the one that was given.
    """
    made_with = result.facts.get("models", {})
    given = {
        "embedder": None if models.embedder is None else (models.embedder.name, models.embedder.sha256),
        "language model": None if models.llm is None else (models.llm.info.name, models.llm.info.sha256),
    }
    for role, name in (("embedder", "embedder"), ("language model", "llm")):
        wanted, here = made_with.get(role), given[role]
        if wanted is None:
            continue
        if here is None or here[1] != wanted.get("sha256"):
            found = "none was given" if here is None else f"{here[0]} (sha256 {here[1][:12]}...) was given"
            raise ModelError(
                f"This run was made with the {role} {wanted.get('name')} (sha256 "
                f"{str(wanted.get('sha256'))[:12]}...), and {found}. Only the same model puts new rows "
                f"beside the old ones: give its path (--{name}, {name})."
            )


def unknown_places(predictors: Sequence[Predictor], items: Items) -> NDArray[np.int64]:
    """Which distinct items the run has not clustered, and a model must read: shape (m,)."""
    keys = [item_key(item) for item in items.items]
    return np.flatnonzero([any(key not in each.known for each in predictors) for key in keys])


def predict(
    predictors: Sequence[Predictor], items: Items, models: Models, reporter: Reporter = SILENT
) -> list[Prediction]:
    """Clusters of the rows of ``items``, by every criterion.

    Rows that the run clustered get the labels they had, and no model reads them again. Every other row is
    embedded as the run embedded its own and assigned by the clustering head; what a row gets does not depend
    on the rows beside it beyond the rounding of the models.

    Parameters
    ----------
    predictors : sequence of Predictor
    items : Items
    models : Models
        Those of the run (:func:`check_same_models`); not needed where all rows are the run's.
    reporter : Reporter

    Raises
    ------
    ModelError
        A view needs a model that is not there.
    """
    places = unknown_places(predictors, items)
    rows = trimmed_items(predictors[0].trimmer, items, places.tolist(), models.embedder)
    if len(places):
        vectors = read_vectors(predictors, items, models, reporter, places, rows)
    else:
        vectors = [np.zeros((0, each.head.width), np.float32) for each in predictors]
    return [
        each.assign(items, each.head.predict_proba(read), read, places, rows)
        for each, read in zip(predictors, vectors, strict=True)
    ]


def read_vectors(
    predictors: Sequence[Predictor],
    items: Items,
    models: Models,
    reporter: Reporter = SILENT,
    places: NDArray[np.int64] | None = None,
    rows: Sequence[Item] | None = None,
) -> list[NDArray[np.float32]]:
    """What the run's views make of the distinct items: per criterion, the vectors that its head reads.

    Parameters
    ----------
    predictors : sequence of Predictor
    items : Items
    models : Models
    reporter : Reporter
    places : int64, shape (m,), optional
        Which distinct items to read, where others are known already; all by default.
    rows : sequence of Item, optional
        These items as the models are to read them, where the caller has them; found if not given.

    Returns
    -------
    list of float32, shape (m, d)

    Raises
    ------
    ModelError
        A view needs a model that is not there.
    """
    chosen = range(len(items.items)) if places is None else places.tolist()
    if rows is None:
        rows = trimmed_items(predictors[0].trimmer, items, list(chosen), models.embedder)
    shown = [item.text or items.unique[place] for item, place in zip(rows, chosen, strict=True)]
    sentences = None
    if any(view.kind == "sentence" for predictor in predictors for view in predictor.views):
        sentences = _sentences(shown, models.embedder, reporter)
    found = []
    for predictor in predictors:
        read = _read(predictor, rows, models.llm, reporter)
        parts = {
            str(number): unit_rows(_vectors(view, predictor, models.llm, sentences, read))
            for number, view in enumerate(predictor.views)
        }
        # The run's own fusion, so that a row that is read again stands where the run had it.
        found.append(fuse(parts, {str(number): view.weight for number, view in enumerate(predictor.views)}))
    return found


def _sentences(texts: Sequence[str], embedder: Embedder | None, reporter: Reporter) -> NDArray[np.float32]:
    if embedder is None:
        raise ModelError("This run compares texts by a sentence embedder. Name it (--embedder, embedder).")
    with reporter.stage("Sentence embeddings") as advance:
        return checked_vectors(embedder, texts, embedder.encode(texts, advance))


def _read(
    predictor: Predictor, rows: Sequence[Item], model: LocalModel | None, reporter: Reporter
) -> dict[tuple[str, str, int], NDArray[np.float32]]:
    """States by wording, place and layer."""
    wanted = [view for view in predictor.views if view.kind != "sentence"]
    if not wanted:
        return {}
    if model is None:
        raise ModelError("This run reads rows with a language model. Name it (--llm, llm).")
    layers = sorted({view.layer for view in wanted})
    places = list(dict.fromkeys(view.place for view in wanted))
    questions = [
        Question(predictor.criterion, next(w for w in WORDINGS if w.name == name))
        for name in predictor.wordings
    ]
    with reporter.stage(f'Hidden states, "{predictor.criterion}"') as advance:
        states = read_questions(
            model,
            questions,
            rows,
            layers,
            selector_of(predictor.criterion, places),
            progress=advance,
        )
    return {
        (question.wording.name, place, layer): states[:, q, p, number]
        for q, question in enumerate(questions)
        for p, place in enumerate(places)
        for number, layer in enumerate(layers)
    }


def _vectors(
    view: ViewRecipe,
    predictor: Predictor,
    model: LocalModel | None,
    sentences: NDArray[np.float32] | None,
    read: Mapping[tuple[str, str, int], NDArray[np.float32]],
) -> NDArray[np.float32]:
    if view.kind == "sentence":
        assert sentences is not None
        return view.standardizer.apply(sentences)
    raw = read[view.wording, view.place, view.layer]
    if view.kind == "answers":
        assert model is not None
        raw = centre_rows(answer_logprobs(model, raw, view.tokens)[0])
    return view.standardizer.apply(raw)


def _predictor(
    path: Path, spec: dict[str, Any], arrays: dict[str, NDArray[Any]], trimmer: Trimmer | None
) -> Predictor:
    try:
        views = tuple(
            ViewRecipe(
                cast(ViewKind, view["kind"]),
                str(view["wording"]),
                cast(Place, view["place"]),
                int(view["layer"]),
                float(view["weight"]),
                Standardizer(arrays[f"view-{i}-mean"], arrays[f"view-{i}-scale"]),
                arrays[f"view-{i}-tokens"],
            )
            for i, view in enumerate(spec["views"])
        )
        kept = zip(
            arrays[_KNOWN_LABELS].tolist(),
            arrays[_KNOWN_CONFIDENCE].tolist(),
            arrays[_KNOWN_NOWHERE].astype(np.bool_).tolist(),
            strict=True,
        )
        known = {key.tobytes(): each for key, each in zip(arrays[_KNOWN_KEYS], kept, strict=True)}
        return Predictor(
            str(spec["criterion"]),
            views,
            ClusteringHead.from_arrays(arrays),
            known,
            Transfer.from_arrays(arrays),
            Surroundings.from_arrays(arrays),
            trimmer,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise RunFolderError(
            f"The predictor in {path} does not fit together ({error}). Run the command that made it again."
        ) from error

"""What assigns new rows to the clusters of a finished run, kept with the run and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from localcluster.boilerplate import Trimmer
from localcluster.confidence import RowSureness, Surroundings, Transfer, bounded
from localcluster.embed import (
    Place,
    View,
)
from localcluster.embed.view import Standardizer, ViewKind
from localcluster.errors import RunFolderError
from localcluster.heads import ClusteringHead
from localcluster.items import Items
from localcluster.items.item import Item
from localcluster.pipeline.trimming import load_trimmer
from localcluster.pipeline.workbench import Workbench
from localcluster.results import RunResult
from localcluster.store import key_of, read_predictor, write_predictor

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
    weight : float
        Of the view in the fusion.
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
    known : dict of bytes to (int, float, bool)
        Cluster of every item that the run clustered, which it keeps, the confidence of it, and whether it
        fits nowhere; by :func:`item_key`.
    transfer : Transfer
        From the head's probability to what it was worth among the run's rows.
    surroundings : Surroundings
        What the run's rows are like.
    trimmer : Trimmer or None
        Leaves out of reading what the run left out; the same for all criteria.
    languages : tuple of str
        The languages that the run compared rows within; empty where it compared them as they are.
    """

    criterion: str
    views: tuple[ViewRecipe, ...]
    head: ClusteringHead
    known: Mapping[bytes, tuple[int, float, bool]]
    transfer: Transfer
    surroundings: Surroundings
    trimmer: Trimmer | None = None
    languages: tuple[str, ...] = ()

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


def make_predictor(
    bench: Workbench,
    number: int,
    unique_labels: NDArray[np.int64],
    sureness: RowSureness,
    proba: NDArray[np.float32],
    views: Sequence[View],
    weights: Mapping[str, float],
    head: ClusteringHead,
) -> Predictor:
    """The predictor of one criterion; where outputs are asked for, also what :func:`load_predictors` reads.

    Parameters
    ----------
    number : int
        Place of the criterion in the run.
    unique_labels : int64, shape (n_unique,)
    sureness : RowSureness
        Of the distinct items.
    proba : float32, shape (n_unique, k)
        What ``head`` says of the items.
    weights : mapping of str to float
        The views that ``head`` was fitted on, fused by these weights.
    """
    criterion, items = bench.config.by[number], bench.items
    languages = bench.languages.get(criterion)
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
        "languages": [] if languages is None else list(languages.names),
    }
    arrays: dict[str, NDArray[Any]] = dict(head.to_arrays())
    for place, view in enumerate(used):
        arrays[f"view-{place}-mean"] = view.standardizer.mean
        arrays[f"view-{place}-scale"] = view.standardizer.scale
        if view.standardizer.offsets is not None:
            arrays[f"view-{place}-offsets"] = view.standardizer.offsets
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
    if bench.outputs:
        write_predictor(bench.folder, number, unique_labels[items.inverse], spec, arrays)
    return _predictor(bench.folder.path, spec, arrays, bench.trimmer)


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
                Standardizer(
                    arrays[f"view-{i}-mean"], arrays[f"view-{i}-scale"], arrays.get(f"view-{i}-offsets")
                ),
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
            tuple(map(str, spec.get("languages", ()))),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise RunFolderError(
            f"The predictor in {path} does not fit together ({error}). Run the command that made it again."
        ) from error

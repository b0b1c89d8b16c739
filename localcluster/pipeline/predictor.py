"""What assigns new rows to the clusters of a finished run, kept with the run and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from localcluster.boilerplate import Trimmer
from localcluster.confidence import RowSureness, Surroundings, Transfer, bounded
from localcluster.embed import Place, View
from localcluster.embed.view import Standardizer, ViewKind
from localcluster.errors import RunFolderError
from localcluster.heads import ClusteringHead
from localcluster.items import Items
from localcluster.items.item import Item
from localcluster.pipeline.workbench import Workbench
from localcluster.results import RunResult
from localcluster.store import RunFolder, key_of
from localcluster.store.run_folder import RESULTS
from localcluster.store.values import read_value, write_value

#: Of the file; raised when what is in it changes: an older one is refused.
FORMAT = 2


@dataclass(frozen=True)
class ViewRecipe:
    """How one view is made of a new row.

    Attributes
    ----------
    kind : {"sentence", "states", "answers", "reader"}
    wording : str
        Name of the prompt wording; ``""`` where no language model read it.
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
class KnownItems:
    """Items that the run clustered, which keep what the run said of them.

    Attributes
    ----------
    keys : uint8, shape (n, 32)
        :func:`item_key` of each.
    labels : int64, shape (n,)
    confidence : float32, shape (n,)
    nowhere : bool, shape (n,)
    """

    keys: NDArray[np.uint8]
    labels: NDArray[np.int64]
    confidence: NDArray[np.float32]
    nowhere: NDArray[np.bool_]

    def places(self, items: Sequence[Item]) -> NDArray[np.int64]:
        """Where each of other items is among these, int64, shape (m,); -1 for an item that is not."""
        return np.array([self._place.get(item_key(item), -1) for item in items], dtype=np.int64)

    @cached_property
    def _place(self) -> dict[bytes, int]:
        return {key.tobytes(): place for place, key in enumerate(self.keys)}


@dataclass(frozen=True)
class Predictor:
    """Assigns new rows by one criterion.

    Attributes
    ----------
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
    known: KnownItems
    transfer: Transfer
    surroundings: Surroundings
    trimmer: Trimmer | None = None
    languages: tuple[str, ...] = ()

    @property
    def wordings(self) -> list[str]:
        """Names of the wordings that its views are read under."""
        return list(dict.fromkeys(view.wording for view in self.views if view.wording))

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
        kept = self.known.places(items.items)
        own, kept = kept >= 0, kept[kept >= 0]
        labels[own] = self.known.labels[kept]
        confidence[own] = self.known.confidence[kept]
        nowhere[own] = self.known.nowhere[kept]
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
    """The predictor of one criterion.

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
    recipes = tuple(
        ViewRecipe(
            view.kind,
            view.wording,
            view.place,
            view.layer,
            float(weights[view.name]),
            view.standardizer,
            np.asarray(view.tokens, dtype=np.int64),
        )
        for view in views
        if view.name in weights
    )
    # By the rows as they came: a row that the run had is known before anything is left out of it.
    keys = b"".join(item_key(item) for item in items.whole.items)
    read_as = items.inverse[np.unique(items.whole.inverse, return_index=True)[1]]
    known = KnownItems(
        np.frombuffer(keys, np.uint8).reshape(-1, 32),
        unique_labels[read_as].astype(np.int64),
        sureness.confidence[read_as],
        sureness.nowhere[read_as],
    )
    own = ~sureness.nowhere & (proba.argmax(axis=1) == unique_labels)
    return Predictor(
        criterion,
        recipes,
        head,
        known,
        Transfer.fit(proba.max(axis=1)[own], sureness.confidence[own]),
        sureness.surroundings,
        bench.trimmer,
        () if languages is None else tuple(languages.names),
    )


def write_predictor(folder: RunFolder, number: int, predictor: Predictor, labels: NDArray[np.int64]) -> None:
    """Keep what assigns new rows, for :func:`load_predictors`.

    Parameters
    ----------
    number : int
        Place of the criterion in the run.
    labels : int64, shape (n_rows,)
        The clustering that it belongs to; it is not believed for another one.
    """
    folder.make(RESULTS)
    write_value(folder.path / _file(number), predictor, _key(labels), FORMAT)


def load_predictors(path: Path, result: RunResult) -> list[Predictor]:
    """Predictors of every criterion of a finished run.

    Raises
    ------
    RunFolderError
        The folder holds none, or they are damaged, of another clustering or of an older version.
    """
    found = []
    for number, criterion in enumerate(result.criteria):
        predictor = read_value(path / _file(number), Predictor, _key(criterion.labels), FORMAT)
        if predictor is None:
            raise RunFolderError(
                f"{path} has no complete predictor ({_file(number)} is missing, damaged or of an older "
                "version). Run the command that made the folder again; it uses what was computed."
            )
        found.append(predictor)
    return found


def _file(number: int) -> str:
    return f"{RESULTS}/predictor-{number}.safetensors"


def _key(labels: NDArray[np.int64]) -> str:
    return key_of("predictor", labels.astype(np.int64))

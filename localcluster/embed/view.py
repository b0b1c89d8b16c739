"""A view: one way to turn the rows into vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows

ViewKind = Literal["sentence", "states", "answers", "reader"]
#: Tokens whose state may carry the criterion: the last one of the prompt, where the answer is to be said; the
#: criterion's own last word in the answer begun (ESMC section 3, keyword-guided localization); the mean over
#: the item.
Place = Literal["last", "keyword", "item"]
#: Share of its largest value, or of 1, below which a column's standard deviation is rounding.
CONSTANT = 1e-6


@dataclass(frozen=True)
class Standardizer:
    """Column-wise standardization learned on the fitted rows and applied to new ones.

    A few dimensions of a language model's hidden state are orders of magnitude larger than the
    rest and say nothing about the row, so each dimension is centred and scaled before rows are
    compared (ClusterLLM's code standardizes its embeddings too).

    Attributes
    ----------
    mean, scale : float32, shape (d,)
    offsets : float32, shape (m + 1, d), or None
        Of each of m groups of rows, what its rows have in common, which is taken out of them; the last is for
        rows of no group. None where rows are compared as they are.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    offsets: NDArray[np.float32] | None = None

    @classmethod
    def fit(cls, raw: NDArray[np.float32]) -> Standardizer:
        """Mean and standard deviation of the columns; a constant one, of infinite scale, is left out."""
        scale = raw.std(axis=0, dtype=np.float64)
        # What is left of a constant column beside its mean is rounding, of the size of its values.
        scale[scale < CONSTANT * np.maximum(np.abs(raw).max(axis=0), 1.0)] = np.inf
        return cls(raw.mean(axis=0, dtype=np.float64).astype(np.float32), scale.astype(np.float32))

    @classmethod
    def centring(cls, raw: NDArray[np.float32]) -> Standardizer:
        """Only centre: for log-probabilities, whose scale carries the model's certainty."""
        mean = raw.mean(axis=0, dtype=np.float64).astype(np.float32)
        return cls(mean, np.ones_like(mean))

    @classmethod
    def identity(cls, width: int) -> Standardizer:
        """Leave vectors as they are, but for their length."""
        return cls(np.zeros(width, np.float32), np.ones(width, np.float32))

    def apply(self, raw: NDArray[np.float32], groups: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Standardized rows scaled to unit length, float32, shape (n, d).

        Parameters
        ----------
        raw : float32, shape (n, d)
        groups : int64, shape (n,), optional
            The group of each row, -1 for none; only looked at where groups have offsets.
        """
        rows = unit_rows((raw - self.mean) / self.scale)
        if self.offsets is None:
            return rows
        return unit_rows(rows - self.offsets[-1 if groups is None else groups])


@dataclass(frozen=True)
class View:
    """Rows as unit vectors, so that a dot product is a cosine.

    Attributes
    ----------
    name : str
        What evidence tables call it, e.g. ``"states is@28"``.
    kind : {"sentence", "states", "answers", "reader"}
        ``"sentence"`` has not read the criterion; the others have: two of them are the language model's,
        ``"reader"`` the fast reader's.
    vectors : float32, shape (n, d)
    standardizer : Standardizer
        Turns raw vectors of new rows into this view's space.
    wording : str
        Name of the prompt wording; ``""`` for a sentence view.
    layer : int
        Layer of the hidden state; 0 for a sentence view.
    words : tuple of str
        Of an answer view, the word that each dimension is the log-probability of; else empty.
    tokens : tuple of int
        Ids of these words in the model's vocabulary.
    place : {"last", "keyword", "item"}
        Token whose state it is.
    groups : int64, shape (n,), or None
        The group that each row is compared within, such as its language, -1 for none (:meth:`within`); None
        where rows are compared as they are.
    """

    name: str
    kind: ViewKind
    vectors: NDArray[np.float32]
    standardizer: Standardizer
    wording: str = ""
    layer: int = 0
    words: tuple[str, ...] = ()
    tokens: tuple[int, ...] = ()
    place: Place = "last"
    groups: NDArray[np.int64] | None = None

    @property
    def reads_criterion(self) -> bool:
        """Whether the criterion's words were in the prompt that made this view."""
        return self.kind != "sentence"

    def within(self, groups: NDArray[np.int64]) -> View:
        """The view without what the rows of a group have in common, such as their language.

        Parameters
        ----------
        groups : int64, shape (n,)
            The group of each row; -1 for rows of no group, which lose what all rows share.
        """
        count = int(groups.max(initial=-1)) + 1
        offsets = np.tile(self.vectors.mean(axis=0), (count + 1, 1)).astype(np.float32)
        for group in np.unique(groups[groups >= 0]):
            offsets[group] = self.vectors[groups == group].mean(axis=0)
        vectors = unit_rows(self.vectors - offsets[groups])
        standardizer = replace(self.standardizer, offsets=offsets)
        return replace(self, vectors=vectors, standardizer=standardizer, groups=groups)

    def as_compared(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Other vectors of the same rows, compared as this view compares its own.

        Parameters
        ----------
        vectors : float32, shape (n, d)
            Unit rows, such as those of the fine-tuned embedder.
        """
        return vectors if self.groups is None else replace(self, vectors=vectors).within(self.groups).vectors

    def of_rows(self, rows: NDArray[np.int64]) -> View:
        """The view of these rows only, in this order."""
        groups = None if self.groups is None else self.groups[rows]
        return replace(self, vectors=self.vectors[rows], groups=groups)


def fuse(vectors: Mapping[str, NDArray[np.float32]], weights: Mapping[str, float]) -> NDArray[np.float32]:
    """Several views as one: a cosine of the result is the weighted mean of theirs.

    Parameters
    ----------
    vectors : mapping of str to float32, shape (n, d_view)
        Unit rows by the name of the view, in the order in which they are to stand.
    weights : mapping of str to float
        Of each view; views without a weight are left out.

    Returns
    -------
    float32, shape (n, sum of d_view)
    """
    parts = [part * np.float32(np.sqrt(weights[name])) for name, part in vectors.items() if name in weights]
    return unit_rows(np.concatenate(parts, axis=1))

"""``LocalCluster``: the pipeline as a scikit-learn estimator."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils.validation import check_is_fitted

import localcluster.models
from localcluster.config import (
    DEFAULT_EMBEDDER,
    DEFAULT_LLM,
    NO_LLM,
    Clusters,
    RandomState,
    RunConfig,
    ViewChoice,
    clusters_of,
    criteria_of,
    seed_of,
)
from localcluster.items import Items
from localcluster.items.in_memory import Rows, check_rows, read_rows
from localcluster.models import Llm, Models, TextEmbedder, name_of
from localcluster.papers import TRIPLETS
from localcluster.pipeline.predict import check_same_models, read_vectors, roles_needed
from localcluster.pipeline.predictor import item_key
from localcluster.pipeline.run import run_items
from localcluster.progress import SILENT, Reporter
from localcluster.report import write_report
from localcluster.results import CriterionResult, RunResult

#: Parameters that may be models; copies of one estimator share them, because a copy may need gigabytes.
_MODELS = ("llm", "embedder")
#: What scikit-learn keeps on an estimator besides its parameters, and a clone keeps too.
_CONFIGURED = ("_metadata_request", "_sklearn_output_config")


class LocalCluster(ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Cluster texts or pictures by criteria in plain words, with a local language model.

    Parameters
    ----------
    by : str or list of str
        What to cluster by, e.g. ``"what the customer wants"``. A list gives one clustering for each.
    n_clusters : int, (int, int), None or list of these
        Number of clusters; a range lets the model's answers, or a rule, choose within it, None freely
        (2 to 200). A list has one entry for each criterion.
    llm : str, path, LocalModel or None
        Language model: name of an installed one, GGUF file, Hugging Face folder, or an object that keeps
        the protocol :class:`~localcluster.backends.base.LocalModel`. None runs without: the criterion is then
        not read.
    embedder : str, path or object with ``encode``
        Sentence embedder; a sentence-transformers object is taken as it is. Pictures are not embedded by it.
    adapter : {"auto", "none", "smollm2-reading"} or path
        ``"auto"`` reads with those of ours that are on by default (none in this version). A path names one
        that ``scripts/train_reader`` made.
    engine : {"auto", "gguf", "hf"}
        What runs a GGUF file; ``"auto"`` measures once per machine.
    rounds : int
        Most rounds of triplet questions about rows that the clustering is unsure of; 0 asks none and is
        faster.
    triplets : int
        Most questions per round.
    adapt : {"auto", "none", "head", "lora", "full"}
        How the sentence embedding is adapted to the answers.
    examples : path, optional
        Worked examples for the questions (JSON lines with ``a``, ``b`` and ``same``).
    answers : path, optional
        File in which fits and runs share the model's answers, so that nothing is asked twice.
    keep_all : bool
        Read texts whole. By default greetings, signatures, footers and what else recurs without telling rows
        apart are left out of what the models read, and texts in several languages are compared within their
        language; ``predict`` and ``transform`` then do the same.
    view : {"auto", "sentence", "criterion", "both"}
        Whose reading makes the clusters: the sentence embedder's, the language model's by the criterion, or
        both together. ``"auto"`` chooses, for each criterion.
    known : path, optional
        Table of rows whose class you know: ``id`` (of rows in a list, their number from 1) or ``text``,
        ``class`` and, with several criteria, ``criterion``. At least 4 rows of 2 classes; 20 are useful. They
        help to choose the reading. With a ``view`` other than ``"auto"`` they decide nothing.
    run_dir : path, optional
        Folder for what ``localcluster run`` writes: checkpoints, report and table. The same fit continues
        there after a kill, and the commands ``localcluster report``, ``explain``, ``answers`` and
        ``predict`` read it. Without it, no report and no table are written (:meth:`report` does), and the
        checkpoints lie in a temporary folder that is deleted.
    random_state : int, RandomState or None
        The same number gives the same labels on one machine.
    verbose : bool
        Show progress on standard error.

    Attributes
    ----------
    labels_ : int64, shape (n_rows,) or (n_rows, n_criteria)
        Cluster of each row, ``0..k-1``, 0 the largest; one column per criterion where ``by`` is a list.
    confidence_ : float32, shape of ``labels_``
        Estimated probability that each row is in the right cluster, in [0, 1]; 0 for a row without content.
    nowhere_ : bool, shape of ``labels_``
        Rows that belong to no cluster, though each has one: in words or a language that the others do
        not share, or empty.
    n_clusters_ : int, or list of int where ``by`` is a list
    names_ : list of str, or list of these where ``by`` is a list
        Name of each cluster, in the order of labels.
    embeddings_ : float32, shape (n_rows, d)
        What :meth:`transform` gives for the fitted rows: unit vectors of the views that the clustering
        chose; of several criteria, side by side in their order.
    embedding_slices_ : list of slice
        Columns of ``embeddings_`` that belong to each criterion.
    result_ : RunResult
        Everything found: descriptions, words and exemplars of clusters, and the evidence for every choice.

    Raises
    ------
    LocalClusterError
        From :meth:`fit`, for parameters, rows or models that do not fit: one sentence says what to change.
        Methods of an estimator that was not fitted raise scikit-learn's ``NotFittedError``.

    Notes
    -----
    Rows that were fitted keep, in ``predict`` and ``transform``, exactly what the fit gave them, in whatever
    order or batch they come; no model reads them again. Others are read as the fit read its own and assigned
    by the clustering head.

    Examples
    --------
    >>> from localcluster import LocalCluster
    >>> model = LocalCluster("mood of the writer", n_clusters=2)  # doctest: +SKIP
    >>> labels = model.fit_predict(texts)  # doctest: +SKIP
    >>> model.names_  # doctest: +SKIP
    ['Happy', 'Angry']
    """

    labels_: NDArray[np.int64]
    confidence_: NDArray[np.float32]
    nowhere_: NDArray[np.bool_]
    n_clusters_: int | list[int]
    names_: list[str] | list[list[str]]
    embeddings_: NDArray[np.float32]
    embedding_slices_: list[slice]
    result_: RunResult

    def __init__(
        self,
        by: str | Sequence[str],
        n_clusters: Clusters = None,
        *,
        llm: Llm = DEFAULT_LLM,
        embedder: TextEmbedder = DEFAULT_EMBEDDER,
        adapter: str | PathLike[str] = "auto",
        engine: str = "auto",
        rounds: int = 1,
        triplets: int = TRIPLETS,
        adapt: str = "auto",
        examples: str | PathLike[str] | None = None,
        answers: str | PathLike[str] | None = None,
        keep_all: bool = False,
        view: ViewChoice = "auto",
        known: str | PathLike[str] | None = None,
        run_dir: str | PathLike[str] | None = None,
        random_state: RandomState = 0,
        verbose: bool = False,
    ) -> None:
        self.by = by
        self.n_clusters = n_clusters
        self.llm = llm
        self.embedder = embedder
        self.adapter = adapter
        self.engine = engine
        self.rounds = rounds
        self.triplets = triplets
        self.adapt = adapt
        self.examples = examples
        self.answers = answers
        self.keep_all = keep_all
        self.view = view
        self.known = known
        self.run_dir = run_dir
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Rows, y: object = None) -> LocalCluster:
        """Cluster rows by every criterion.

        Parameters
        ----------
        X : list, array, Series, one-column frame, or Items
            Texts (None and NaN are missing ones) or paths of pictures, at least two different ones.
        y : ignored

        Returns
        -------
        LocalCluster
            Itself.
        """
        config = self._config()
        with self._reporter.stage("Reading") as advance:
            items = read_rows(X, progress=advance)
        check_rows(items, max((k[0] if isinstance(k, tuple) else k or 2) for k in config.k))
        texts = items.compares_by_text
        models = self._load(config, texts)
        with _folder(self.run_dir) as folder:
            placed = config.model_copy(update={"out": folder})
            finished = run_items(
                items,
                placed,
                self._reporter,
                models=models,
                keep_vectors=True,
                outputs=self.run_dir is not None,
            )
        # Kept as they were: parameters may be set to others before the next fit.
        self._single = isinstance(self.by, str)
        self._models: Models | None = models
        self._predictors = finished.predictors
        self._pictures = items.has_images
        self._config_fitted = config
        first = np.unique(items.inverse, return_index=True)[1]
        self._seen = {item_key(item): int(row) for item, row in zip(items.items, first, strict=True)}
        ends = np.cumsum([0, *(vectors.shape[1] for vectors in finished.vectors)]).tolist()
        self.embedding_slices_ = [slice(*pair) for pair in pairwise(ends)]
        self.embeddings_ = np.concatenate(finished.vectors, axis=1)[items.inverse]
        self.result_ = finished.result
        found = finished.result.criteria
        self.labels_ = self._shaped([criterion.labels for criterion in found])
        self.confidence_ = self._shaped([criterion.confidence for criterion in found])
        self.nowhere_ = self._shaped([_flags(criterion) for criterion in found])
        ks = [criterion.k for criterion in found]
        names = [[card.name for card in criterion.clusters] for criterion in found]
        self.n_clusters_ = ks[0] if self._single else ks
        self.names_ = names[0] if self._single else names
        return self

    def predict(self, X: Rows) -> NDArray[np.int64]:
        """Cluster of each row, shape (n,) or (n, n_criteria); fitted rows keep theirs."""
        check_is_fitted(self)
        items = self._read(X)
        vectors = self._vectors(items)
        parts = [vectors[:, columns] for columns in self.embedding_slices_]
        return self._shaped(
            [
                predictor.assign(items, predictor.head.predict_proba(part), part).labels
                for predictor, part in zip(self._predictors, parts, strict=True)
            ]
        )

    def predict_proba(self, X: Rows) -> NDArray[np.float32] | list[NDArray[np.float32]]:
        """Calibrated probability of each cluster by the clustering head.

        Returns
        -------
        float32, shape (n, n_clusters_), or list of these
            One array for each criterion where ``by`` is a list, as scikit-learn's multi-output classifiers
            do. Where the head would have placed a fitted row elsewhere than the clustering did, its largest
            entry is not the row's label.
        """
        check_is_fitted(self)
        items = self._read(X)
        found = [proba[items.inverse] for proba in self._probas(items)]
        return found[0] if self._single else found

    def transform(self, X: Rows) -> NDArray[np.float32]:
        """Unit vectors of the views that the clustering chose, shape (n, d); several criteria side by side.

        Cosines of one criterion's columns (``embedding_slices_``) say how alike rows are by that criterion.
        """
        check_is_fitted(self)
        items = self._read(X)
        return self._vectors(items)[items.inverse]

    def fit_transform(self, X: Rows, y: object = None) -> NDArray[np.float32]:
        """``fit(X).transform(X)``: ``embeddings_``."""
        return self.fit(X).embeddings_

    def report(self, path: str | PathLike[str]) -> Path:
        """Write the report, one HTML file that needs no network, and return its path."""
        check_is_fitted(self)
        file = Path(path).expanduser()
        write_report(self.result_, file)
        return file

    @property
    def _reporter(self) -> Reporter:
        return Reporter() if self.verbose else SILENT

    @property
    def _n_features_out(self) -> int:
        return int(self.embeddings_.shape[1])

    def _config(self) -> RunConfig:
        by = criteria_of(self.by)
        return RunConfig.checked(
            source="rows",
            by=by,
            k=clusters_of(self.n_clusters, len(by)),
            llm=name_of(self.llm),
            embedder=name_of(self.embedder),
            adapter=name_of(self.adapter),
            engine=self.engine,
            seed=seed_of(self.random_state),
            rounds=self.rounds,
            triplets=self.triplets,
            adapt=self.adapt,
            examples=_home(self.examples),
            answers=_home(self.answers),
            keep_all=self.keep_all,
            view=self.view,
            known=_home(self.known),
        )

    def _shaped(self, columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return columns[0] if self._single else np.stack(columns, axis=1)

    def _read(self, X: Rows) -> Items:
        return read_rows(X, pictures=self._pictures, new=True)

    def _probas(self, items: Items) -> list[NDArray[np.float32]]:
        """What the head of each criterion says of the distinct items."""
        vectors = self._vectors(items)
        return [
            predictor.head.predict_proba(vectors[:, columns])
            for predictor, columns in zip(self._predictors, self.embedding_slices_, strict=True)
        ]

    def _vectors(self, items: Items) -> NDArray[np.float32]:
        """Of the distinct items; of fitted ones as the fit read them: rounding differs between batches."""
        rows = np.array([self._seen.get(item_key(item), -1) for item in items.items], dtype=np.int64)
        vectors = self.embeddings_[rows]
        new = np.flatnonzero(rows < 0)
        if len(new):
            read = read_vectors(self._predictors, items, self._loaded(), self._reporter, new)
            vectors[new] = np.concatenate(read, axis=1)
        return vectors

    def _load(self, config: RunConfig, texts: bool, some_models: bool = False) -> Models:
        return localcluster.models.load_models(
            config,
            self._reporter,
            texts=texts,
            llm=self.llm,
            embedder=self.embedder,
            some_models=some_models,
        )

    def _loaded(self) -> Models:
        """The models of the fit, loaded again after unpickling."""
        models = getattr(self, "_models", None)
        if models is None:
            roles = roles_needed(self._predictors)
            config = self._config_fitted
            if "language model" not in roles:
                config = config.model_copy(update={"llm": NO_LLM})
            models = self._load(config, bool({"embedder", "fast reader"} & roles), some_models=True)
            check_same_models(self.result_, models, roles)
            self._models = models
        return models

    def __getstate__(self) -> dict[str, Any]:
        # Weights stay in their files; they are loaded when the first new row comes.
        return {name: value for name, value in super().__getstate__().items() if name != "_models"}

    def __sklearn_clone__(self) -> LocalCluster:
        params = self.get_params(deep=False)
        copied = {
            name: value if name in _MODELS else clone(value, safe=False) for name, value in params.items()
        }
        other = type(self)(**copied)
        for name in _CONFIGURED:
            if hasattr(self, name):
                setattr(other, name, copy.deepcopy(getattr(self, name)))
        return other

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _flags(criterion: CriterionResult) -> NDArray[np.bool_]:
    none = np.zeros(len(criterion.labels), np.bool_)
    return none if criterion.nowhere is None else criterion.nowhere


def _home(path: str | PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path).expanduser()


@contextmanager
def _folder(run_dir: str | PathLike[str] | None) -> Iterator[Path]:
    if run_dir is not None:
        yield Path(run_dir).expanduser()
        return
    with tempfile.TemporaryDirectory(prefix="localcluster-") as folder:
        yield Path(folder)

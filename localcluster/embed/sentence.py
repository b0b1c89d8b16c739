"""The sentence embedder: small, fast, and blind to the criterion."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.backends.hf.quiet import quiet_and_local
from localcluster.embed.view import Standardizer, View
from localcluster.embed.weight_change import apply_change
from localcluster.errors import ModelError
from localcluster.registry.checksum import sha256_of, sha256_of_weights

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

#: Texts encoded between two progress reports.
CHUNK = 256
#: Characters read of a text; far beyond any embedder's window, so that a 1 MB row costs nothing.
MAX_CHARACTERS = 20_000


class Embedder(Protocol):
    """What localcluster asks of a sentence embedder.

    Attributes
    ----------
    name : str
        For the report.
    sha256 : str
        Identifies the weights: vectors stored under another are not reused.
    """

    name: str
    sha256: str

    def encode(
        self, sentences: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors, float32, shape (n, d)."""
        ...


class SentenceEmbedder:
    """A sentence-transformers folder, loaded from disk only.

    Parameters
    ----------
    path : Path
        Folder with ``modules.json`` (or a plain transformers folder, which gets mean pooling).
    device : str or None
        As torch names it; None takes CUDA where there is one.
    adapter : Path or None
        What training changed of its weights (:mod:`~localcluster.embed.weight_change`).

    Attributes
    ----------
    sha256 : str
        Over the weight files, in name order, and the adapter's.
    weights_sha256, adapter : str
        Of the weight files alone, and of the adapter, ``""`` without one.

    Raises
    ------
    ModelError
        When the folder is not a model that sentence-transformers can load, or the adapter does not fit.
    """

    def __init__(self, path: Path, device: str | None = None, adapter: Path | None = None) -> None:
        self.name = path.name
        self._model = _load(path, device)
        self.sha256 = self.weights_sha256 = weights_sha256(path)
        self.adapter = ""
        if adapter is not None:
            apply_change(adapter, self._model[0].auto_model)
            self.adapter = sha256_of(adapter)
            self.sha256 = hashlib.sha256(f"{self.sha256} {self.adapter}".encode()).hexdigest()

    @property
    def model(self) -> SentenceTransformer:
        """The sentence-transformers object, for fine-tuning."""
        return self._model

    def encode(
        self, sentences: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Unit vectors, float32, shape (n, d); texts beyond the embedder's window are cut at its end."""
        order = np.argsort([len(text) for text in sentences], kind="stable")
        out: NDArray[np.float32] | None = None
        for start in range(0, len(order), CHUNK):
            rows = order[start : start + CHUNK]
            texts = [sentences[i][:MAX_CHARACTERS] for i in rows]
            part = np.asarray(
                self._model.encode(texts, batch_size=64, convert_to_numpy=True, show_progress_bar=False),
                dtype=np.float32,
            )
            if out is None:
                out = np.empty((len(order), part.shape[1]), np.float32)
            out[rows] = part
            if progress is not None:
                progress(min(start + CHUNK, len(order)), len(order))
        if out is None:
            raise ModelError("There is no text to embed.")
        if not np.isfinite(out).all():
            raise ModelError(
                f"The embedder {self.name} returned vectors that are not finite numbers. "
                "Its weights are damaged; verify them with: localcluster models verify"
            )
        return unit_rows(out)


def weights_sha256(path: Path) -> str:
    """SHA-256 over the weight files of an embedder's folder, in name order."""
    return sha256_of_weights(sorted(path.rglob("*.safetensors")))


def checked_vectors(embedder: Embedder, sentences: Sequence[str], vectors: object) -> NDArray[np.float32]:
    """What an embedder returned, if it is what :class:`Embedder` promises; it may be the caller's own.

    Raises
    ------
    ModelError
        For another shape than one row per sentence, and numbers that are not finite.
    """
    try:
        found = np.asarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"The embedder {embedder.name} returned a {type(vectors).__name__}, not an array of numbers."
        ) from error
    if found.ndim != 2 or len(found) != len(sentences) or not found.shape[1]:
        raise ModelError(
            f"The embedder {embedder.name} was given {len(sentences):,} texts and returned an array of shape "
            f"{found.shape}. encode must return one row per text: shape ({len(sentences)}, d)."
        )
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(bad):
        raise ModelError(
            f"The embedder {embedder.name} returned numbers that are not finite for {len(bad):,} of "
            f"{len(found):,} texts (first: {sentences[bad[0]]!r:.60}). Its weights are damaged or overflow; "
            "verify them with: localcluster models verify"
        )
    return found


def _load(path: Path, device: str | None) -> SentenceTransformer:
    if not path.is_dir():
        raise ModelError(
            f"The embedder {path} is not a folder. Give a sentence-transformers folder, or the name of an "
            "installed one: localcluster models list"
        )
    if not (path / "modules.json").exists() and not (path / "config.json").exists():
        raise ModelError(
            f"The folder {path} holds neither modules.json nor config.json, so it is not an embedder. "
            "Give a sentence-transformers folder (--embedder, embedder)."
        )
    try:
        with quiet_and_local():
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(
                str(path),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"The embedder {path} cannot be loaded ({reason}). "
            "Only safetensors weights of a known architecture are accepted."
        ) from error


def sentence_view(vectors: NDArray[np.float32]) -> View:
    """The sentence embedder's vectors as a view."""
    return View("sentence", "sentence", unit_rows(vectors), Standardizer.identity(vectors.shape[1]))

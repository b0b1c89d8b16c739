"""New rows into the clusters of a finished run: the same views, the run's standardizers, its heads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from localcluster.arrays import unit_rows
from localcluster.backends.base import LocalModel
from localcluster.embed import (
    WORDINGS,
    CriterionReader,
    Embedder,
    Question,
    answer_logprobs,
    centre_rows,
    checked_vectors,
    read_questions,
    selector_of,
)
from localcluster.embed.view import ViewKind, fuse
from localcluster.errors import ModelError
from localcluster.items import Items
from localcluster.items.item import Item
from localcluster.languages import languages_of, places_of
from localcluster.models import Models
from localcluster.pipeline.predictor import Prediction, Predictor, ViewRecipe
from localcluster.pipeline.trimming import trimmed_items
from localcluster.progress import SILENT, Reporter
from localcluster.results import RunResult

#: Models by what they do in a run, as its record calls them, and the option that names each.
ROLES = {"embedder": "embedder", "language model": "llm", "fast reader": "adapter"}
#: Who makes a view of each kind.
_MAKER: dict[ViewKind, str] = {
    "sentence": "embedder",
    "reader": "fast reader",
    "states": "language model",
    "answers": "language model",
}


def roles_needed(predictors: Sequence[Predictor]) -> frozenset[str]:
    """The :data:`ROLES` without which new rows cannot be read as the run read its own."""
    needed = {_MAKER[view.kind] for predictor in predictors for view in predictor.views}
    if any(predictor.trimmer is not None for predictor in predictors):
        needed.add("embedder")
    return frozenset(needed)


def check_same_models(result: RunResult, models: Models, roles: Collection[str] = tuple(ROLES)) -> None:
    """Refuse models other than those that made the run.

    Parameters
    ----------
    roles : collection of str
        Of :data:`ROLES`, those that are looked at.

    Raises
    ------
    ModelError
        Naming the model that is wanted and the one that was given.
    """
    made_with = result.facts.get("models", {})
    given = {
        "embedder": None if models.embedder is None else (models.embedder.name, models.embedder.sha256),
        "fast reader": None if models.reader is None else (models.reader.name, models.reader.sha256),
        "language model": None if models.llm is None else (models.llm.info.name, models.llm.info.sha256),
    }
    read_with = {
        "embedder": models.embedder_adapter,
        "language model": "" if models.llm is None else models.llm.info.adapter,
    }
    for role, adapter in read_with.items():
        own = (made_with.get(role) or {}).get("adapter", "")
        if role in roles and given[role] is not None and adapter != own:
            raise ModelError(
                f"This run's {role} read {_told_adapter(own)}, and here it reads {_told_adapter(adapter)}. "
                "Give the run's (--adapter, adapter; none for none). With an adapter of another version of "
                "localcluster, run the same command again: it reads the rows with this one."
            )
    for role, name in ROLES.items():
        wanted, here = made_with.get(role), given[role]
        if wanted is None or role not in roles:
            continue
        if here is None or here[1] != wanted.get("sha256"):
            found = "none was given" if here is None else f"{here[0]} (sha256 {here[1][:12]}...) was given"
            if role in made_with.get("objects", ()):
                raise made_with_object(role, wanted.get("name"), found)
            raise ModelError(
                f"This run was made with the {role} {wanted.get('name')} (sha256 "
                f"{str(wanted.get('sha256'))[:12]}...), and {found}. New rows can be compared with "
                f"the old ones only by the same model. Give its path (--{name}, {name})."
            )


def _told_adapter(sha256: str) -> str:
    return f"with the adapter of sha256 {sha256[:12]}..." if sha256 else "without an adapter"


def made_with_object(role: str, name: object, found: str = "none was given") -> ModelError:
    """For a model that the caller of Python gave as an object: neither its name nor a path leads to it."""
    return ModelError(
        f"The {role} of this run was an object in Python ({name}), to which no name or path leads; "
        f"{found}. Assign new rows in Python, with the same object: LocalCluster.predict. If the object was "
        f"opened from a file or folder, the path of that may do (--{ROLES[role]})."
    )


def unknown_places(predictors: Sequence[Predictor], items: Items) -> NDArray[np.int64]:
    """Which distinct items the run has not clustered, and a model must read: shape (m,)."""
    missing = [each.known.places(items.items) < 0 for each in predictors]
    return np.flatnonzero(np.any(missing, axis=0))


def predict(
    predictors: Sequence[Predictor], items: Items, models: Models, reporter: Reporter = SILENT
) -> list[Prediction]:
    """Clusters of the rows of ``items``, by every criterion.

    Rows that the run clustered get the labels they had, and no model reads them again. Every other row is
    embedded as the run embedded its own and assigned by the clustering head; what a row gets does not depend
    on the rows beside it beyond the rounding of the models.

    Parameters
    ----------
    models : Models
        Those of the run (:func:`check_same_models`); not needed where all rows are the run's.

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
    spoken: Sequence[str] | None = None,
) -> list[NDArray[np.float32]]:
    """What the run's views make of the distinct items: per criterion, the vectors that its head reads.

    Parameters
    ----------
    places : int64, shape (m,), optional
        Which distinct items to read, where others are known already; all by default.
    rows : sequence of Item, optional
        These items as the models are to read them, where the caller has them; found if not given.
    spoken : sequence of str, optional
        Language of each of these items, where the caller knows it; identified if not given.

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
    if spoken is None:
        several = any(predictor.languages for predictor in predictors)
        spoken = languages_of([item.text or "" for item in rows]) if several else []
    found = []
    for predictor in predictors:
        criterion_read = _read_fast(predictor, shown, models.reader, reporter)
        groups = places_of(spoken, predictor.languages) if predictor.languages else None
        read = _read(predictor, rows, models.llm, reporter)
        parts = {
            str(number): unit_rows(_vectors(view, groups, models.llm, sentences, criterion_read, read))
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


def _read_fast(
    predictor: Predictor, texts: Sequence[str], reader: CriterionReader | None, reporter: Reporter
) -> NDArray[np.float32] | None:
    """What the fast reader makes of texts; None where no view is its."""
    if all(view.kind != "reader" for view in predictor.views):
        return None
    if reader is None:
        raise ModelError("This run reads texts with an adapter. Give its path (--adapter, adapter).")
    with reporter.stage(f'Fast reader, "{predictor.criterion}"') as advance:
        return reader.read(texts, predictor.criterion, advance)


def _read(
    predictor: Predictor, rows: Sequence[Item], model: LocalModel | None, reporter: Reporter
) -> dict[tuple[str, str, int], NDArray[np.float32]]:
    """States by wording, place and layer."""
    wanted = [view for view in predictor.views if view.kind in ("states", "answers")]
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
    groups: NDArray[np.int64] | None,
    model: LocalModel | None,
    sentences: NDArray[np.float32] | None,
    criterion_read: NDArray[np.float32] | None,
    read: Mapping[tuple[str, str, int], NDArray[np.float32]],
) -> NDArray[np.float32]:
    if view.kind == "sentence":
        assert sentences is not None
        return view.standardizer.apply(sentences, groups)
    if view.kind == "reader":
        assert criterion_read is not None
        return view.standardizer.apply(criterion_read, groups)
    raw = read[view.wording, view.place, view.layer]
    if view.kind == "answers":
        assert model is not None
        raw = centre_rows(answer_logprobs(model, raw, view.tokens)[0])
    return view.standardizer.apply(raw, groups)

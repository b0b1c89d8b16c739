"""The stages of a run that read the items: sentence embedding and, per criterion, target embedding (ESMC)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import LAST_TOKEN, LocalModel, TokenSelector
from localcluster.embed import (
    WORDINGS,
    CriterionReader,
    Embedder,
    Place,
    Question,
    View,
    Wording,
    candidate_layers,
    checked_vectors,
    criterion_views,
    read_questions,
    reader_view,
    selector_of,
    sentence_view,
)
from localcluster.items import Items
from localcluster.languages import LanguageGroups
from localcluster.partition import SAMPLE_ROWS, best_wording, reference_k
from localcluster.partition.contrast import CONTRAST_ROWS, MIN_ROWS, NEUTRAL, Contrast, contrast_of
from localcluster.pipeline.workbench import Workbench
from localcluster.progress import Reporter
from localcluster.store import RunFolder, key_of

#: Rows whose hidden states are computed between two checkpoints.
CHUNK_ROWS = 512
#: Which pass over the pictures holds the states of a question, and where.
PASSES = "passes"
#: Of a run in which no criterion has languages to compare within.
NOWHERE: Mapping[str, LanguageGroups] = MappingProxyType({})
#: Of the sample that screens prompt wordings: not the run's own, so that runs with other seeds share states.
SCREENING_SEED = 0


@dataclass(frozen=True)
class TargetEmbedding:
    """What the language model made of the items by one criterion.

    Attributes
    ----------
    views : list of View
        Hidden states and answer distributions under the chosen wording, over the distinct items; the
        answers last.
    wordings : dict of str to float
        Score of each wording on the sample.
    wording : str
        Name of the chosen one.
    contrast : Contrast or None
        With the reading of some rows by another criterion; None where nobody looked.
    """

    views: list[View]
    wordings: dict[str, float]
    wording: str
    contrast: Contrast | None = None


@dataclass(frozen=True)
class Embeddings:
    """What the models made of all distinct items.

    Attributes
    ----------
    sentence : View or None
        The embedder's; None where rows are not compared by their texts.
    readers : dict of str to View
        By criterion, the fast reader's, compared within languages where rows are; empty without one.
    targets : dict of str to TargetEmbedding
        By criterion, the language model's; empty without one.
    """

    sentence: View | None
    readers: Mapping[str, View]
    targets: Mapping[str, TargetEmbedding]


def embed(bench: Workbench) -> Embeddings:
    """What the embedder makes of all texts, and fast reader and language model by each criterion."""
    config, items, models = bench.config, bench.items, bench.models
    sentence, readers = None, {}
    if models.embedder is not None and items.compares_by_text:
        sentence = embed_sentences(items, models.embedder, bench.folder, bench.reporter)
        if models.reader is not None:
            for criterion in config.by:
                view = read_fast(items, criterion, models.reader, bench.folder, bench.reporter)
                (readers[criterion],) = within_languages([view], bench.languages.get(criterion))
    if models.llm is None:
        return Embeddings(sentence, readers, {})
    ks = [config.k_of(number) for number in range(len(config.by))]
    given = [k if isinstance(k, int) else None for k in ks]
    targets = embed_by_criteria(
        config.by,
        given,
        items,
        models.llm,
        bench.folder,
        SCREENING_SEED,
        bench.reporter,
        # Which of two readings is meant is a question only where there are two.
        contrast=sentence is not None and config.view == "auto",
        languages=bench.languages,
    )
    return Embeddings(sentence, readers, dict(zip(config.by, targets, strict=True)))


def read_fast(
    items: Items, criterion: str, reader: CriterionReader, folder: RunFolder, progress: Reporter
) -> View:
    """The distinct texts as the fast reader sees them by a criterion."""
    key = key_of("fast reader", reader.sha256, criterion, items.sha256)
    with progress.stage(f'Fast reader, "{criterion}"') as advance:

        def read() -> dict[str, NDArray[np.float32]]:
            return {"vectors": reader.read(items.unique, criterion, advance)}

        return reader_view(folder.arrays(f"reader-{key[:16]}", key, read)["vectors"])


def embed_sentences(items: Items, embedder: Embedder, folder: RunFolder, reporter: Reporter) -> View:
    """Vectors of the distinct texts by the sentence embedder."""
    key = key_of("sentence", embedder.sha256, items.sha256)
    with reporter.stage("Sentence embeddings") as advance:

        def encode() -> dict[str, NDArray[np.float32]]:
            returned = embedder.encode(items.unique, advance)
            return {"vectors": checked_vectors(embedder, items.unique, returned)}

        vectors = folder.arrays("sentence", key, encode)["vectors"]
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
    """:func:`embed_by_criteria` of one criterion: its views, and the score of each wording."""
    (found,) = embed_by_criteria([criterion], [k], items, model, folder, seed, reporter)
    return found.views, found.wordings


def embed_by_criteria(
    criteria: Sequence[str],
    ks: Sequence[int | None],
    items: Items,
    model: LocalModel,
    folder: RunFolder,
    seed: int,
    reporter: Reporter,
    *,
    contrast: bool = False,
    languages: Mapping[str, LanguageGroups] = NOWHERE,
) -> list[TargetEmbedding]:
    """Hidden states and answer distributions of the distinct items under each criterion's best wording.

    Every wording is read on the same sample; the one that scores best is read on the other rows too.

    Parameters
    ----------
    ks : sequence of (int or None)
        Number of clusters where it is given, per criterion.
    folder : RunFolder
        Keeps what was read, chunk by chunk.
    seed : int
        Of the sample.
    contrast : bool
        Read some rows by another criterion, too, and say how the readings differ.
    languages : dict of str to LanguageGroups
        By criterion, the languages that rows are compared within.
    """

    def views_of(
        criterion: str, wording: Wording, states: NDArray[np.float32], rows: NDArray[np.int64] | None = None
    ) -> list[View]:
        views = criterion_views(model, states, wording)
        return within_languages(views, languages.get(criterion), rows)

    n = len(items.unique)
    sample, rest = sampled_rows(n, seed)
    order = np.concatenate([sample, rest])
    reading = Reading(items, model, folder, reporter)
    every = [Question(criterion, wording) for criterion in criteria for wording in WORDINGS]
    sampled = reading.states(every, sample, "every wording on a sample")
    chosen, found = [], []
    for criterion, k in zip(criteria, ks, strict=True):
        views = {w.name: views_of(criterion, w, sampled[Question(criterion, w)], sample) for w in WORDINGS}
        best, scores = best_wording(views, k or reference_k(n), seed)
        chosen.append(Question(criterion, next(w for w in WORDINGS if w.name == best)))
        found.append(scores)
    others = reading.states(chosen, rest, "all other rows") if len(rest) else {}
    embeddings = []
    for question, scores in zip(chosen, found, strict=True):
        states = sampled[question]
        if len(rest):
            states = np.concatenate([states, others.pop(question)])
        in_order = np.empty_like(states)
        in_order[order] = states
        read = views_of(question.criterion, question.wording, in_order)
        embeddings.append(TargetEmbedding(read, scores, question.wording.name))
    if not contrast or n < MIN_ROWS:
        return embeddings
    rows = sample[:CONTRAST_ROWS]
    asked = [question for question in chosen if question.criterion.casefold() != NEUTRAL]
    by_wording = {question.wording.name: Question(NEUTRAL, question.wording) for question in asked}
    neutral = reading.states(list(by_wording.values()), rows, "a sample")
    return [
        replace(
            embedding,
            contrast=contrast_of(
                views_of(question.criterion, question.wording, sampled[question][: len(rows)], rows),
                views_of(
                    question.criterion,
                    question.wording,
                    neutral[Question(NEUTRAL, question.wording)],
                    rows,
                ),
                k or reference_k(n),
                seed,
            ),
        )
        if question in asked
        else embedding
        for embedding, question, k in zip(embeddings, chosen, ks, strict=True)
    ]


def within_languages(
    views: Sequence[View], languages: LanguageGroups | None, rows: NDArray[np.int64] | None = None
) -> list[View]:
    """Views in which rows are compared within their language; the views themselves where they are in one.

    Parameters
    ----------
    languages : LanguageGroups or None
        Of all distinct items.
    rows : int64, shape (n,), optional
        The distinct items that the views are about; all if not given.
    """
    if languages is None:
        return list(views)
    return [view.within(languages.of_rows if rows is None else languages.of_rows[rows]) for view in views]


def sampled_rows(n: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct rows on which wordings and targets are tried, and all others."""
    order = np.random.default_rng(seed).permutation(n)
    return order[:SAMPLE_ROWS], order[SAMPLE_ROWS:]


@dataclass(frozen=True)
class Reading:
    """Reads questions about rows, once: what the folder has is taken from there."""

    items: Items
    model: LocalModel
    folder: RunFolder
    reporter: Reporter

    def places(
        self, question: Question, rows: NDArray[np.int64], places: Sequence[Place], part: str
    ) -> NDArray[np.float32]:
        """States of several tokens, float32, shape (n_rows, n_places, n_layers, width), of one question."""
        key = self._key([[*_asked(question), list(places)]], rows)
        title = f'"{question.criterion}", {part}'
        at = selector_of(question.criterion, places)
        return self._read([question], key, rows, title, lambda states: states[:, 0], at)

    def states(
        self, questions: Sequence[Question], rows: NDArray[np.int64], part: str
    ) -> dict[Question, NDArray[np.float32]]:
        """States of every question's last token, float32, shape (n_rows, n_layers, width)."""
        # Texts by one criterion at a time, images by all at once: each is then read once. Either way, a
        # criterion more leaves what was read before as it is.
        if self.items.has_images:
            return self._together(questions, rows, part)
        return {question: self._alone(question, rows, part) for question in questions}

    def _alone(self, question: Question, rows: NDArray[np.int64], part: str) -> NDArray[np.float32]:
        key, title = self._key(_asked(question), rows), f'"{question.criterion}", {part}'
        return self._read([question], key, rows, title, lambda states: states[:, 0, 0])

    def _together(
        self, questions: Sequence[Question], rows: NDArray[np.int64], part: str
    ) -> dict[Question, NDArray[np.float32]]:
        """One pass for the questions that no earlier pass has answered."""
        own = {question: self._key(_asked(question), rows) for question in questions}
        passes = self.folder.recall(PASSES) or {}
        # Each pass once, however many of the questions it has answered.
        names = {passes[key][0] for key in own.values() if key in passes}
        kept = {name: self.folder.kept(_stored_as(name), name) for name in names}
        found: dict[Question, NDArray[np.float32]] = {}
        for question, key in own.items():
            name, number = passes.get(key, ("", 0))
            if (states := kept.get(name)) is not None:
                found[question] = states[:, number]
        missing = [question for question in questions if question not in found]
        if missing:
            key = self._key([[_asked(question) for question in missing]], rows)
            criteria = list(dict.fromkeys(question.criterion for question in missing))
            shown = f'"{criteria[0]}"' if len(criteria) == 1 else f"{len(criteria)} criteria"
            states = self._read(missing, key, rows, f"{shown}, {part}", lambda states: states[:, :, 0])
            # In one step for all of them: a killed run finds the whole pass or none of it.
            answered = {own[question]: [key, number] for number, question in enumerate(missing)}
            self.folder.remember(PASSES, passes | answered)
            found |= {question: states[:, number] for number, question in enumerate(missing)}
        return found

    def _read(
        self,
        questions: Sequence[Question],
        key: str,
        rows: NDArray[np.int64],
        title: str,
        wanted: Callable[[NDArray[np.float32]], NDArray[np.float32]],
        at: TokenSelector = LAST_TOKEN,
    ) -> NDArray[np.float32]:
        """What is ``wanted`` of the questions' states, stored chunk by chunk."""
        layers = candidate_layers(self.model.info.n_layers)
        with self.reporter.stage(f"Hidden states, {title}") as advance:

            def read(a: int, b: int) -> NDArray[np.float32]:
                part = [self.items.items[row] for row in rows[a:b]]

                def count(done: int, _: int) -> None:
                    advance(a + done, len(rows))

                return wanted(read_questions(self.model, questions, part, layers, at, count))

            return self.folder.chunked(_stored_as(key), key, len(rows), CHUNK_ROWS, read, advance)

    def _key(self, asked: Sequence[object], rows: NDArray[np.int64]) -> str:
        info = self.model.info
        layers = candidate_layers(info.n_layers)
        return key_of("states 2", asdict(info), layers, *asked, self.items.sha256, rows)


def _asked(question: Question) -> list[object]:
    return [asdict(question.wording), question.criterion]


def _stored_as(key: str) -> str:
    return f"states-{key[:16]}"

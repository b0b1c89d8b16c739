"""The answer store: every reading a model gave, kept by content, so that nothing is asked twice."""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, get_args

from localcluster.errors import RunFolderError
from localcluster.items.cleaning import well_formed
from localcluster.store.readings import Decision, Kind, Purpose, Reading, ReadingCount
from localcluster.store.run_folder import CACHE, MARKER
from localcluster.store.sqlite import damaged, open_to_read, open_to_write, told, transaction

#: Name of the store inside a run's cache.
ANSWERS: Final = "answers.sqlite"
#: Columns of :meth:`AnswerStore.rows`, in order.
COLUMNS: Final = (
    *("criterion", "kind", "purpose", "round", "run", "scorer", "model"),
    *("query", "text_1", "text_2", "score", "score_swapped", "answer", "probability"),
    *("key", "key_swapped", "times", "times_swapped"),
)

#: Types of the columns that hold no text, and the columns of what is not there for every reading. Texts are
#: numbers of rows until they are looked up.
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(("score", "score_swapped", "probability"), (float, int)),
    **dict.fromkeys(("round", "times", "times_swapped", "query", "text_1", "text_2"), int),
}
_MAY_BE_NULL = frozenset(
    {
        "purpose",
        "round",
        "run",
        "query",
        "score_swapped",
        "answer",
        "probability",
        "key_swapped",
        "times_swapped",
    }
)

#: SQLite may be built with room for no more than 999 values in one statement.
_BATCH = 500
_N_TEXTS: Final[dict[Kind, int]] = {"triplet": 3, "pair": 2}
_TEXT_COLUMNS = ("query", "text_1", "text_2")


def find_answers(run: Path) -> Path:
    """The answer file of a run folder; of a file, itself.

    Raises
    ------
    RunFolderError
        For a place that is no run folder, and a run without answers.
    """
    if run.is_file():
        return run
    if not (run / MARKER).exists():
        found = "has no localcluster.json" if run.is_dir() else "does not exist"
        raise RunFolderError(
            f"{run} is not a run folder: it {found}. Name the folder that localcluster run made, or the file "
            "that runs share: localcluster answers RUN"
        )
    path = run / CACHE / ANSWERS
    if not path.is_file():
        raise RunFolderError(
            f"The run in {run} has no answers: it asked no questions, or it keeps the answers in a file "
            "that runs share. List that file with: localcluster answers FILE.sqlite"
        )
    return path


class AnswerStore:
    """Readings and decisions in one SQLite file; make it with :meth:`open` or :meth:`read`.

    Safe under kill -9 at any moment (what :meth:`add` and :meth:`decide` returned from stays) and
    under several processes at once, which wait for each other. One thread at a time.

    Examples
    --------
    >>> with AnswerStore.open(Path("answers.sqlite")) as store:  # doctest: +SKIP
    ...     known = store.get(keys)
    """

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self._db = db

    @classmethod
    def open(cls, path: Path) -> AnswerStore:
        """Open a store to read and write; it is created if it is absent.

        Raises
        ------
        StoreError
            For a file that is damaged, not ours, of a newer version, or cannot be written.
        """
        return cls(path, open_to_write(path))

    @classmethod
    def read(cls, path: Path) -> AnswerStore:
        """Open a store that is there, to read only; another process may write to it meanwhile.

        Raises
        ------
        StoreError
            As for :meth:`open`, and for a file that is absent or still empty.
        """
        return cls(path, open_to_read(path))

    def __enter__(self) -> AnswerStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._db.close()

    def get(self, keys: Sequence[str]) -> dict[str, float]:
        """Scores of those of ``keys`` that the store has."""
        found: dict[str, float] = {}
        with told(self.path):
            for batch in _batches(keys):
                found.update(
                    self._db.execute(f"SELECT key, score FROM reading WHERE key IN {_marks(batch)}", batch)
                )
        self._check_types(("score",), ((score,) for score in found.values()))
        return found

    def add(self, readings: Sequence[Reading]) -> None:
        """Add readings in one transaction, on the disk when this returns.

        A key that is there already keeps its score; it is counted as asked once more.

        Raises
        ------
        ValueError
            For a score that is not finite or a wrong number of texts; nothing is added then.
        StoreError
            When the file cannot be written.
        """
        for reading in readings:
            _check(reading)
        sources = [_source(reading) for reading in readings]
        texts = [[well_formed(text) for text in reading.texts] for reading in readings]
        # A pair has no query; its place stays NULL.
        digests = [[None] * (3 - len(shown)) + [_digest(text) for text in shown] for shown in texts]
        with told(self.path), transaction(self._db):
            self._db.executemany(
                "INSERT OR IGNORE INTO source (kind, scorer, criterion, model) VALUES (?, ?, ?, ?)",
                sorted(set(sources)),
            )
            self._db.executemany(
                "INSERT OR IGNORE INTO text (digest, words) VALUES (?, ?)",
                [(_digest(text), text) for text in dict.fromkeys(text for shown in texts for text in shown)],
            )
            self._db.executemany(
                """INSERT INTO reading (key, source, query, first, second, score) VALUES (?,
                    (SELECT id FROM source WHERE (kind, scorer, criterion, model) = (?, ?, ?, ?)),
                    (SELECT id FROM text WHERE digest = ?), (SELECT id FROM text WHERE digest = ?),
                    (SELECT id FROM text WHERE digest = ?), ?)
                ON CONFLICT (key) DO UPDATE SET times = times + 1""",
                [
                    (reading.key, *source, *shown, float(reading.score))
                    for reading, source, shown in zip(readings, sources, digests, strict=True)
                ],
            )

    def decide(
        self, criterion: str, purpose: Purpose, round: int, decisions: Sequence[Decision], run: str = ""
    ) -> None:
        """Replace all decisions of (run, criterion, purpose, round), of both kinds, in one transaction.

        Parameters
        ----------
        purpose : "calibration", "training", "held out" or "granularity"
        decisions : sequence of Decision
            Their readings were added before.
        run : str
            Tells runs apart that share a store, so that none replaces another's decisions.

        Raises
        ------
        ValueError
            For a decision of another purpose or round, or on a reading that the store does not have;
            nothing is changed then.
        StoreError
            When the file cannot be written.
        """
        if any((decision.purpose, decision.round) != (purpose, round) for decision in decisions):
            raise ValueError(f"a decision is not of {purpose}, round {round}")
        group = (well_formed(run), well_formed(criterion), purpose, round)
        try:
            with told(self.path), transaction(self._db):
                self._db.execute(
                    "DELETE FROM decision WHERE (run, criterion, purpose, round) = (?, ?, ?, ?)", group
                )
                self._db.executemany(
                    """INSERT INTO decision
                        (run, criterion, purpose, round, shown, swapped, answer, probability)
                    VALUES (?, ?, ?, ?, (SELECT id FROM reading WHERE key = ?),
                        (SELECT id FROM reading WHERE key = ?), ?, ?)""",
                    [(*group, d.shown, d.swapped, d.answer, float(d.probability)) for d in decisions],
                )
        except sqlite3.IntegrityError as error:
            raise ValueError("a decision is on a reading that was not added to the store") from error

    def rows(self, criteria: Sequence[str] = (), kind: Kind | None = None) -> Iterator[dict[str, Any]]:
        """One row per decision with its two readings and texts, then one per reading without a decision.

        Parameters
        ----------
        criteria : sequence of str
            Only these; all if empty.
        kind : "triplet" or "pair", optional

        Yields
        ------
        dict
            Keys as in :data:`COLUMNS`, None where there is no value. ``score`` and ``score_swapped``
            are both evidence for ``text_1`` (triplet) or "same" (pair), so that equal signs mean
            that the order did not matter. A reading without a decision has no swapped one.
        """
        wanted = [well_formed(criterion) for criterion in criteria]
        kinds = [kind] if kind else list(get_args(Kind))
        with told(self.path):
            # Fetched at once, texts apart: an open cursor would make a process that writes wait.
            found = self._db.execute(
                f"""SELECT s.criterion, s.kind, d.purpose, d.round, d.run, s.scorer, s.model,
                    g.query, g.first, g.second, g.score,
                    CASE s.kind WHEN 'triplet' THEN 0 - w.score ELSE w.score END,
                    d.answer, d.probability, g.key, w.key, g.times, w.times
                FROM reading g JOIN source s ON s.id = g.source
                LEFT JOIN decision d ON d.shown = g.id LEFT JOIN reading w ON w.id = d.swapped
                WHERE s.kind IN {_marks(kinds)} AND (? OR s.criterion IN {_marks(wanted)})
                    AND (d.id IS NOT NULL OR g.id NOT IN (SELECT swapped FROM decision))
                ORDER BY d.id IS NULL, d.id, g.id""",
                [*kinds, not wanted, *wanted],
            ).fetchall()
        for batch in _batches(found):
            self._check_types(COLUMNS, batch)
            rows = [dict(zip(COLUMNS, values, strict=True)) for values in batch]
            texts = self._texts({row[column] for row in rows for column in _TEXT_COLUMNS})
            for row in rows:
                yield row | {column: texts.get(row[column]) for column in _TEXT_COLUMNS}

    def counts(self) -> list[ReadingCount]:
        """Number of readings, and of those asked more than once, by criterion, kind and scorer."""
        with told(self.path):
            found = self._db.execute(
                """SELECT criterion, kind, scorer, count(*), sum(times > 1)
                FROM reading JOIN source ON source.id = reading.source
                GROUP BY criterion, kind, scorer ORDER BY criterion, kind, scorer"""
            ).fetchall()
        self._check_types(("criterion", "kind", "scorer", "times", "times"), found)
        return [ReadingCount(*values) for values in found]

    def _check_types(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Refuse values that we cannot have written: SQLite keeps a text in a column of numbers too."""
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                if value is None and column in _MAY_BE_NULL:
                    continue
                if not isinstance(value, _TYPES.get(column, str)):
                    raise damaged(self.path, f"{column} is {value!r:.40}")

    def _texts(self, ids: set[int | None]) -> dict[int | None, str]:
        found: dict[int | None, str] = {}
        with told(self.path):
            for batch in _batches(list(ids)):
                found.update(
                    self._db.execute(f"SELECT id, words FROM text WHERE id IN {_marks(batch)}", batch)
                )
        for number in ids - {None}:
            if not isinstance(found.get(number), str):
                raise damaged(self.path, f"text {number} is {found.get(number)!r:.40}")
        return found


def _check(reading: Reading) -> None:
    if not math.isfinite(reading.score):
        raise ValueError(f"the score of a reading by {reading.scorer} is {reading.score}; it must be finite")
    if len(reading.texts) != _N_TEXTS[reading.kind]:
        raise ValueError(f"a {reading.kind} has {_N_TEXTS[reading.kind]} texts, not {len(reading.texts)}")


def _source(reading: Reading) -> tuple[str, str, str, str]:
    return reading.kind, reading.scorer, well_formed(reading.criterion), reading.model


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))


def _marks(values: Sequence[Any]) -> str:
    return f"({', '.join('?' * len(values))})"

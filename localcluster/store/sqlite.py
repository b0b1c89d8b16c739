"""Opening the answer file: settings that keep it whole, its schema, and what its failures mean in words.

Run folders lie on network disks too, so the rollback journal is used and not the write-ahead log,
whose shared memory needs a local disk (sqlite.org/wal.html, section 1).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Final

from localcluster.errors import StoreError
from localcluster.items.cleaning import printable

#: Raised when the tables change so that an older program would misread them.
SCHEMA: Final = 1
#: Marks the file as ours in SQLite's header: "LCas" in ASCII.
APPLICATION_ID: Final = 0x4C436173
#: Seconds that one process waits for the other's transaction, which takes milliseconds.
BUSY_SECONDS: Final = 60.0

_TABLES: Final = (
    """CREATE TABLE source (
        id INTEGER PRIMARY KEY, kind TEXT NOT NULL, scorer TEXT NOT NULL, criterion TEXT NOT NULL,
        model TEXT NOT NULL, UNIQUE (kind, scorer, criterion, model))""",
    "CREATE TABLE text (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, words TEXT NOT NULL)",
    """CREATE TABLE reading (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, source INTEGER NOT NULL REFERENCES source (id),
        query INTEGER REFERENCES text (id), first INTEGER NOT NULL REFERENCES text (id),
        second INTEGER NOT NULL REFERENCES text (id), score REAL NOT NULL,
        times INTEGER NOT NULL DEFAULT 1)""",
    """CREATE TABLE decision (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL, criterion TEXT NOT NULL, purpose TEXT NOT NULL,
        round INTEGER NOT NULL, shown INTEGER NOT NULL REFERENCES reading (id),
        swapped INTEGER NOT NULL REFERENCES reading (id), answer TEXT NOT NULL, probability REAL NOT NULL)""",
    "CREATE INDEX decision_shown ON decision (shown)",
    "CREATE INDEX decision_group ON decision (run, criterion, purpose, round)",
)


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open or create the file; every commit is on the disk when it returns.

    Raises
    ------
    StoreError
        For a file that is damaged, not ours, of a newer schema, or cannot be written.
    """
    with told(path):
        db = _connect(path, "rwc")
        try:
            if _schema_of(db, path) == 0:
                _create(db, path)
            db.execute("PRAGMA journal_mode = TRUNCATE")
        except BaseException:
            db.close()
            raise
        return db


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file read-only, while another process writes to it or after one was killed at it.

    Raises
    ------
    StoreError
        For a file that is absent, damaged, not ours, of a newer schema, or without tables yet.
    """
    if not path.is_file():
        raise StoreError(f"There is no answer file {path}. Give a run folder or the file that runs share.")
    with told(path):
        try:
            db, schema = _connect_checked(path, "ro")
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):
                raise
            # A writer killed in mid transaction leaves a journal, and rolling it back is a write. It is
            # the only one: the connection refuses all others.
            db, schema = _connect_checked(path, "rw")
        if schema == 0:
            db.close()
            raise StoreError(f"{path} holds no answers yet. Let the command that makes them run to the end.")
        return db


def damaged(path: Path, reason: str) -> StoreError:
    """What to say of a file that is not as we wrote it."""
    size = path.stat().st_size if path.exists() else 0
    moved = f"mv {quote(str(path))} {quote(str(path) + '.damaged')}"
    return StoreError(
        f"{path} ({size:,} bytes) is damaged, or is not an answer file ({printable(reason)}). Restore it "
        f"from a copy, or move it away and run the command again, which asks its questions anew: {moved}"
    )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file into a :class:`StoreError`; errors of the program stay loud."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise
    except UnicodeDecodeError as error:
        # SQLite's own message quotes the damaged name of a table, which Python then fails to decode.
        raise damaged(path, "names or texts in it are no UTF-8") from error
    except sqlite3.DatabaseError as error:
        message = _explained(path, error)
        if message is None:
            raise
        raise StoreError(message) from error


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All statements inside, or none; other writers wait from the first one on."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # After some errors, a full disk for one, SQLite has rolled back by itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # As a URI, no file name can mean something else to SQLite (":memory:" would).
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    # A file from elsewhere may hold triggers and views; they get no function that could act.
    db.execute("PRAGMA trusted_schema = OFF")
    return db


def _connect_checked(path: Path, mode: str) -> tuple[sqlite3.Connection, int]:
    db = _connect(path, mode)
    try:
        db.execute("PRAGMA query_only = ON")
        return db, _schema_of(db, path)
    except BaseException:
        db.close()
        raise


def _create(db: sqlite3.Connection, path: Path) -> None:
    with transaction(db):
        # Another process may have been first since we looked.
        if _schema_of(db, path) == 0:
            for statement in _TABLES:
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {SCHEMA}")


def _schema_of(db: sqlite3.Connection, path: Path) -> int:
    """Schema version of a file that is ours, 0 of an empty one."""
    schema = int(db.execute("PRAGMA user_version").fetchone()[0])
    owner = int(db.execute("PRAGMA application_id").fetchone()[0])
    tables = int(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if owner != APPLICATION_ID and (owner or schema or tables):
        raise StoreError(
            f"{path} is an SQLite file of another program ({tables} tables and indexes). It is left alone: "
            "choose another file for the answers."
        )
    if schema > SCHEMA:
        raise StoreError(
            f"{path} was written by a newer localcluster (answers of version {schema}, this one reads up to "
            f"{SCHEMA}). Update localcluster, or choose another file for the answers."
        )
    return schema


def _explained(path: Path, error: sqlite3.DatabaseError) -> str | None:
    # Python 3.10 gives SQLite's message and no error code.
    reason = str(error)
    if "locked" in reason or "busy" in reason:
        return (
            f"{path} has been in use by another process for {BUSY_SECONDS:.0f} seconds. "
            "Wait for that process, or end it, and run the same command again; it continues where it was."
        )
    if "full" in reason:
        return (
            f"The disk is full: {path} cannot grow. Free some space and run the same command again; "
            "it continues where it was."
        )
    if "readonly" in reason or "unable to open" in reason or "I/O" in reason:
        return (
            f"{path} cannot be opened or written ({reason}). Check that its folder exists and that you may "
            "write to it, or choose another place for the answers."
        )
    if isinstance(error, sqlite3.OperationalError) and reason.startswith('near "'):
        # A statement of ours that is no SQL. What else can go wrong with one, the file is to blame for: its
        # tables are not those that we made.
        return None
    return str(damaged(path, reason))

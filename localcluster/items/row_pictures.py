"""The pictures of the rows, each looked at once: which can be read, and what tells them apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import InputError
from localcluster.items.cleaning import printable
from localcluster.items.notes import counted
from localcluster.items.pictures import UnreadableError, decoded, has_more_frames

#: Called as ``progress(done, total)``, counted in rows.
ProgressCallback = Callable[[int, int], None]
#: Longest side when a picture is decoded only to see that it can be.
_LOOK_SIDE = 64
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class NamedPicture:
    """A picture file and the name it is shown by."""

    path: Path
    name: str


@dataclass(frozen=True)
class RowPictures:
    """What the rows have for pictures.

    Attributes
    ----------
    column : str
        Where their paths came from; ``""`` for rows of text alone.
    paths : tuple of (Path or None)
        One per row, absolute; None without a picture, or with one that cannot be read.
    names : tuple of str
        One per row, shown to users; ``""`` where the row names none.
    digests : tuple of str
        SHA-256 of the file's bytes; ``""`` where ``paths`` has None.
    """

    column: str
    paths: tuple[Path | None, ...]
    names: tuple[str, ...]
    digests: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Seen:
    digest: str = ""
    problem: str = ""
    more_frames: bool = False


def no_pictures(n_rows: int) -> RowPictures:
    """For rows of text alone."""
    return RowPictures("", (None,) * n_rows, ("",) * n_rows, ("",) * n_rows)


def named_from_common_folder(paths: Sequence[Path | str]) -> list[NamedPicture]:
    """Each path with its name from the deepest folder that holds all of them."""
    absolute = [Path(path).absolute() for path in paths]
    straight = [Path(os.path.normpath(path)) for path in absolute]
    try:
        common = os.path.commonpath([path.parent for path in straight])
    except ValueError:  # no paths, or several drives
        names = [path.name for path in straight]
    else:
        names = [path.relative_to(common).as_posix() for path in straight]
    return [NamedPicture(*pair) for pair in zip(absolute, names, strict=True)]


def look_at(
    named: Sequence[NamedPicture | None],
    column: str,
    source: str,
    progress: ProgressCallback | None = None,
    remedy: str = "",
) -> RowPictures:
    """Decode every picture once, one at a time, and take its digest.

    A row whose picture cannot be read stays; it is noted, with the reason.

    Parameters
    ----------
    named : sequence of (NamedPicture or None)
        One per row.
    source : str
        For messages.
    progress : callable, optional
    remedy : str
        Sentence that ends the message where no picture can be read.

    Raises
    ------
    InputError
        Where no picture at all can be read.
    """
    seen: dict[Path, _Seen] = {}
    for done, picture in enumerate(named, start=1):
        if picture is not None and picture.path not in seen:
            seen[picture.path] = _look(picture.path)
        if progress is not None:
            progress(done, len(named))
    rows = [_Seen() if picture is None else seen[picture.path] for picture in named]
    unreadable = [
        f"{printable(picture.name)}: {row.problem}"
        for picture, row in zip(named, rows, strict=True)
        if picture is not None and row.problem
    ]
    if not any(row.digest for row in rows):
        reason = f" The first: {unreadable[0]}" if unreadable else " No row names one."
        raise InputError(
            f"{source}: none of {counted(len(unreadable), 'picture')} can be read.{reason}{remedy}"
        )
    notes = []
    if unreadable:
        notes.append(
            f"{counted(len(unreadable), 'picture')} that cannot be read: the row is kept and counts as one "
            f"without a picture. The first: {unreadable[0]}"
        )
    if framed := sum(row.more_frames for row in rows):
        notes.append(f"{counted(framed, 'picture')} with more than one frame or page: the first is read.")
    return RowPictures(
        column,
        tuple(
            picture.path if picture is not None and row.digest else None
            for picture, row in zip(named, rows, strict=True)
        ),
        tuple("" if picture is None else printable(picture.name) for picture in named),
        tuple(row.digest for row in rows),
        tuple(notes),
    )


def _look(path: Path) -> _Seen:
    try:
        decoded(path, _LOOK_SIDE)
        return _Seen(digest=_sha256(path), more_frames=has_more_frames(path))
    except UnreadableError as error:
        return _Seen(problem=str(error))
    except OSError as error:
        return _Seen(problem=f"it cannot be read ({error.strerror or error}).")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()

"""The pictures of a folder, in an order that is the same on every machine."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import InputError
from localcluster.items.cleaning import printable
from localcluster.items.pictures import ENDINGS

#: Endings of skipped files that a note lists.
_ENDINGS_SHOWN = 4
_OTHERS = "Files without the ending of a picture, left out"
_HIDDEN = "Hidden files and folders, left out"
_LINKS = "Links out of the folder, to a folder or to nothing, not followed"
_CLOSED = "Folders that may not be listed, left out"
_NUMBER = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class PictureFolder:
    """What a folder holds.

    Attributes
    ----------
    paths : tuple of Path
        Absolute, in natural order of their names (``img_2`` before ``img_10``), deeper folders included.
    names : tuple of str
        The same relative to the folder, with ``/`` between parts.
    notes : tuple of str
        What was left out.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def find_pictures(folder: Path) -> PictureFolder:
    """List all pictures of a folder and of the folders in it, by their endings.

    Hidden files and folders are left out. A link to a picture inside the folder is a row; links that
    lead outside, to folders (whose files are found in their own place) or to nothing are not followed.

    Raises
    ------
    InputError
        Where the folder cannot be listed, or holds no file with a picture's ending.
    """
    root = folder.resolve()
    left_out: dict[str, list[str]] = {}

    def leave_out(why: str, path: Path) -> None:
        left_out.setdefault(why, []).append(_name(path, root))

    def refused(error: OSError) -> None:
        where = Path(str(error.filename))
        if where == root:
            raise InputError(f"{printable(str(folder))} cannot be listed: {error.strerror}.") from error
        leave_out(_CLOSED, where)

    found: list[Path] = []
    for where, folders, files in os.walk(root, onerror=refused):
        here = Path(where)
        for name in [name for name in folders if name.startswith(".")]:
            leave_out(_HIDDEN, here / name)
            folders.remove(name)
        for name in folders:
            if (here / name).is_symlink():
                leave_out(_LINKS, here / name)
        for name in files:
            if why := _why_left_out(here / name, root):
                leave_out(why, here / name)
            else:
                found.append(here / name)
    notes = tuple(_note(why, sorted(names, key=natural_key)) for why, names in left_out.items())
    if not found:
        raise InputError(
            f"{printable(str(folder))} is a folder without a picture ({', '.join(ENDINGS)}). "
            f"{' '.join(notes) or 'It is empty.'} Give a folder of pictures, or one file of rows: "
            "localcluster run rows.csv"
        )
    pairs = sorted(((_name(path, root), path) for path in found), key=lambda pair: natural_key(pair[0]))
    return PictureFolder(tuple(path for _, path in pairs), tuple(name for name, _ in pairs), notes)


def natural_key(name: str) -> tuple[tuple[tuple[str | int, ...], ...], str]:
    """Sort key: folder by folder, numbers by value, letters without case; the name itself parts ties.

    >>> sorted(["b/1.png", "img_10.png", "B/0.png", "img_2.png"], key=natural_key)
    ['B/0.png', 'b/1.png', 'img_2.png', 'img_10.png']
    """
    folded = unicodedata.normalize("NFC", name).casefold()
    # Splitting at a captured group gives texts at even places and numbers at odd ones, so that a text
    # is never compared with a number.
    parts = (tuple(int(t) if i % 2 else t for i, t in enumerate(_NUMBER.split(p))) for p in folded.split("/"))
    return tuple(parts), name


def _why_left_out(path: Path, root: Path) -> str | None:
    if path.name.startswith("."):
        return _HIDDEN
    if path.suffix.lower() not in ENDINGS:
        return _OTHERS
    if path.is_symlink():
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError):  # it leads to nothing, or in a circle
            return _LINKS
        if not (target.is_relative_to(root) and target.is_file()):
            return _LINKS
    return None


def _note(why: str, names: list[str]) -> str:
    if why == _OTHERS:
        kinds = Counter(Path(name).suffix.lower() or "no ending" for name in names).most_common()
        listed = ", ".join(f"{n:,} {printable(ending)}" for ending, n in kinds[:_ENDINGS_SHOWN])
        which = listed + (", ..." if len(kinds) > _ENDINGS_SHOWN else "")
    else:
        which = f"first: {printable(names[0])}"
    remedy = " To cluster what they point to, copy it: cp -rL FOLDER COPY" if why == _LINKS else ""
    return f"{why}: {len(names):,} ({which}).{remedy}"


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()

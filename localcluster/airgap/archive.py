"""Reading an archive that may have been damaged, or made to do damage, on its way here.

Nothing in the tar is believed that its list does not say: members are plain files, each of them is on the
list, once, with that size and SHA-256. The tar is read as a stream, front to back: offsets that lead
backwards or in circles cannot be followed.
"""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO

from localcluster.airgap.packing_list import (
    LIST_NAME,
    LONGEST_LIST,
    PackedFile,
    PackingList,
    read_packing_list,
)
from localcluster.errors import RegistryError
from localcluster.registry.checksum import BLOCK

#: What tarfile raises on tars that no tar program writes: its own error, and those of reading odd numbers,
#: odd names, and headers of headers of headers.
_TROUBLE = (tarfile.TarError, ValueError, EOFError, OverflowError, RecursionError)


class Archive:
    """An archive of ``localcluster pack``, open for reading once.

    Attributes
    ----------
    packing_list : PackingList
        What the archive says it holds; :meth:`take` finds out.
    """

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        begins = stream.read(len(LIST_NAME))
        if begins != LIST_NAME.encode():
            raise self.refusal(
                f"is not an archive of localcluster pack (it begins with {begins[:8]!r}); if it was "
                "compressed on the way, decompress it first"
            )
        length = stream.seek(0, 2)
        stream.seek(0)
        with self._tar_trouble():
            self._tar = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115
        self.packing_list = self._read_list()
        # Plain tars are longer than what is in them, so this bounds what can be written by what was carried.
        if self.packing_list.size > length:
            raise self.refusal(
                f"is cut off: it has {length:,} bytes and should hold {self.packing_list.size:,}; "
                "copy it again"
            )

    def take(self, places: Mapping[str, Path], folder: Path, advance: Callable[[int], None]) -> None:
        """Read every member, check it, and write those that have a place.

        Parameters
        ----------
        places : mapping of str to Path
            Where to write a member, by its name in the archive; others are only checked.
        folder : Path
            Holds all places.
        advance : callable
            Is told the size of each block read.

        Raises
        ------
        RegistryError
            At the first member that is not as the list says; files written until then stay.
        """
        listed = dict(self.packing_list.members())
        missing = dict(listed)
        for member in iter(self._next, None):
            file = self._listed(member, listed, missing, folder)
            self._copy(member, file, places.get(member.name), advance)
        if missing:
            raise self.refusal(
                f"is cut off: {len(missing):,} of {len(listed):,} files are missing, the first of them "
                f"{next(iter(missing))!r}; copy it again"
            )

    def refusal(self, why: str) -> RegistryError:
        """Return the error that begins with the archive's name and goes on with ``why``."""
        return RegistryError(f"{self.path} {why}. Nothing was installed.")

    def _read_list(self) -> PackingList:
        member = self._next()
        if member is None or member.name != LIST_NAME or not _is_plain(member) or member.size > LONGEST_LIST:
            raise self.refusal("does not begin with a list of its files")
        text = b"".join(self._blocks(member))
        try:
            return read_packing_list(text)
        except ValueError as error:
            raise self.refusal(str(error)) from error

    def _listed(
        self,
        member: tarfile.TarInfo,
        listed: Mapping[str, PackedFile],
        missing: dict[str, PackedFile],
        folder: Path,
    ) -> PackedFile:
        if not _is_plain(member):
            raise self.refusal(
                f"holds {member.name!r}, which is a link, a folder or a device and no plain file"
            )
        if member.name not in listed:
            raise self.refusal(f"holds {member.name!r}, which is not on its list")
        if member.name not in missing:
            raise self.refusal(f"holds {member.name!r} twice")
        file = missing.pop(member.name)
        if member.size != file.size:
            raise self.refusal(
                f"holds {member.name!r} with {member.size:,} bytes instead of the {file.size:,} on its list"
            )
        # A second opinion, by the library, where Python is new enough to have it.
        if hasattr(tarfile, "data_filter"):
            with self._tar_trouble():
                tarfile.data_filter(member, str(folder))
        return file

    def _copy(
        self, member: tarfile.TarInfo, file: PackedFile, place: Path | None, advance: Callable[[int], None]
    ) -> None:
        digest = hashlib.sha256()
        if place:
            place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") if place else nullcontext() as target:
            for block in self._blocks(member):
                digest.update(block)
                advance(len(block))
                if target:
                    target.write(block)
        if digest.hexdigest() != file.sha256:
            raise self.refusal(
                f"holds {member.name!r} with SHA-256 {digest.hexdigest()[:12]}... instead of the "
                f"{file.sha256[:12]}... on its list; copy it again"
            )

    def _next(self) -> tarfile.TarInfo | None:
        member = None
        with self._tar_trouble():
            member = self._tar.next()
        return member

    def _blocks(self, member: tarfile.TarInfo) -> Iterator[bytes]:
        with self._tar_trouble():
            inner = self._tar.extractfile(member)
            while inner and (block := inner.read(BLOCK)):
                yield block

    @contextmanager
    def _tar_trouble(self) -> Iterator[None]:
        try:
            yield
        except _TROUBLE as error:
            raise self.refusal(f"is damaged or cut off ({error}); copy it again") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive and read its list.

    Raises
    ------
    RegistryError
        If it is none of ours, a newer version wrote it, or it is cut off.
    """
    if not path.is_file():
        raise RegistryError(
            f"There is no file {path}. Give the archive that was written by: localcluster pack OUT.tar"
        )
    with path.open("rb") as stream:
        yield Archive(path, stream)


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.type == tarfile.REGTYPE and not member.issparse()

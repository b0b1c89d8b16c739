"""Bytes of a text file to characters, strictly: a guessed encoding would change texts in silence."""

from __future__ import annotations

import codecs
import re
import shlex

from localcluster.errors import InputError

#: First bytes of formats that people pass by mistake, and what to do about each.
_FOREIGN = (
    (b"PK\x03\x04", "an Excel workbook or zip archive", "Save the sheet as CSV (UTF-8) and give that file."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save the sheet as CSV (UTF-8) and give that file."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first: gunzip -k FILE"),
    (b"%PDF", "a PDF document", "Convert it to text first: pdftotext FILE"),
    (b"PAR1", "a Parquet file", "Name it with the ending .parquet."),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV first."),
)
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BEFORE_TEXT = re.compile(r"\s*")


def decode(data: bytes, source: str) -> str:
    r"""Decode UTF-8 (with or without BOM) or UTF-16 with BOM; line endings are kept as they are.

    Parameters
    ----------
    source : str
        File name for the error message.

    Raises
    ------
    InputError
        For a binary file and for any other encoding, with the byte offset of the first offender.

    Examples
    --------
    >>> decode(b"\xef\xbb\xbfgr\xc3\xbcn", "a.txt")
    'grün'
    """
    for magic, what, remedy in _FOREIGN:
        if data.startswith(magic):
            raise InputError(f"{source} is {what}, not a text table. {remedy}")
    if data.startswith(_UTF16_BOMS):
        return _decode_utf16(data, source)
    nul = data.find(b"\0")
    if nul >= 0:
        raise InputError(
            f"{source} is a binary file, or UTF-16 without a byte order mark: byte {nul:,} of {len(data):,} "
            f"is NUL. If it is UTF-16, convert it first: {_iconv('UTF-16LE', source)}"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts after the BOM; the user's hex viewer counts from the start of the file.
        offset = error.start + (3 if data.startswith(codecs.BOM_UTF8) else 0)
        raise InputError(
            f"{source} is not UTF-8: byte {offset:,} of {len(data):,} is 0x{data[offset]:02x}. "
            f"Convert it first, for example from Windows: {_iconv('WINDOWS-1252', source)}"
        ) from error


def first_character(text: str) -> str:
    """First character that is not white space, ``""`` where there is none."""
    start = _BEFORE_TEXT.match(text)
    return text[start.end() : start.end() + 1] if start else ""


def _decode_utf16(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source} begins like UTF-16 but breaks off at byte {error.start:,} of {len(data):,} "
            f"({error.reason}). Write the file again, best as UTF-8."
        ) from error
    nul = text.find("\0")
    if nul >= 0:
        raise InputError(
            f"{source} begins like UTF-16 but is a binary file or UTF-32: character {nul:,} is NUL. "
            "Write the file again as UTF-8."
        )
    return text


def _iconv(encoding: str, source: str) -> str:
    if source == "stdin":
        return f"... | iconv -f {encoding} -t UTF-8 | localcluster run - ..."
    return f"iconv -f {encoding} -t UTF-8 {shlex.quote(source)} > {shlex.quote('utf8-' + source)}"

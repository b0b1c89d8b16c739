"""Picture files to upright RGB pictures of bounded size, whatever the file holds.

Pillow decodes many formats, and its plugins raise whatever their parsers meet. Here only formats of
:data:`FORMATS` are tried, by content and never by ending; sizes are judged by the header, before a
pixel is decoded; and every failure is one :class:`~localcluster.errors.InputError`.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from localcluster.errors import InputError
from localcluster.items.cleaning import printable

#: What is decoded: formats in daily use whose decoders are well kept.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
#: File name endings of these formats.
ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib"),
    *(".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
)
#: Most pixels that a header may claim: a 108-megapixel telephone passes, and a picture with alpha still
#: decodes in about a gigabyte.
MAX_PIXELS = 2**27
#: Longest side of what :func:`open_picture` returns: more than a local model looks at.
MAX_SIDE = 2048
#: Longest side of a thumbnail in a report.
THUMBNAIL_SIDE = 160
THUMBNAIL_QUALITY = 80

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_READ = ", ".join(FORMATS)
_SAVE_AGAIN = "Save it again as PNG or JPEG."
#: What people take for a picture that is read: bytes at an offset, and what they are.
_FOREIGN = (
    (4, b"ftyp", "HEIC, AVIF or a film"),
    (0, b"\0\0\0\x0cjP", "JPEG 2000"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"<svg", "SVG"),
    (0, b"<?xml", "XML or SVG"),
    (0, b"<", "a web page"),
    (0, b"PK\x03\x04", "a zip archive"),
)


class UnreadableError(ValueError):
    """Why a file is no picture for us: a clause that follows the file's name and a colon."""


def open_picture(path: Path | str, max_side: int = MAX_SIDE) -> Image.Image:
    """Read a picture file as the upright RGB picture that a person would see.

    Turned as its EXIF data says, transparency shown on white, the first frame of an animation or the
    first page; grayscale, palette, 16 bits a channel and CMYK converted. Never enlarged. A large JPEG is
    decoded at a fraction of its size.

    Parameters
    ----------
    path : Path or str
    max_side : int
        Longest side of the result in pixels.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, in memory; the file is closed.

    Raises
    ------
    InputError
        With file and reason, and for nothing else: absent, unreadable, empty, no picture of
        :data:`FORMATS`, damaged, truncated, or more than :data:`MAX_PIXELS`.
    """
    try:
        return decoded(Path(path), max_side)
    except UnreadableError as error:
        raise InputError(f"{printable(str(path))}: {error}") from error


def thumbnail_jpeg(path: Path | str, side: int = THUMBNAIL_SIDE) -> bytes:
    """A small JPEG of a picture, without the metadata of the file (place, camera, owner)."""
    out = io.BytesIO()
    open_picture(path, side).save(out, "JPEG", quality=THUMBNAIL_QUALITY, optimize=True)
    return out.getvalue()


def decoded(path: Path, max_side: int) -> Image.Image:
    """As :func:`open_picture`; raises :class:`UnreadableError`, whose message lacks the file's name."""
    try:
        # Opening a pipe would wait for its writer for ever.
        if not path.is_file():
            raise UnreadableError(
                "it is no file but a folder or a device." if path.exists() else "there is no such file."
            )
        with warnings.catch_warnings():
            # Pillow warns of what is either refused or harmless here; users get one sentence instead.
            warnings.simplefilter("ignore")
            return _decoded(path, max_side)
    except UnreadableError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableError(_unidentified(path)) from error
    except Image.DecompressionBombError as error:
        raise UnreadableError(f"its header claims too many pixels ({error}) {_SAVE_AGAIN}") from error
    except Exception as error:
        if getattr(error, "errno", None) is not None:
            reason = getattr(error, "strerror", None) or str(error)
            raise UnreadableError(f"it cannot be read ({reason}).") from error
        said = printable(str(error)) or type(error).__name__
        raise UnreadableError(f"it is damaged or cut off ({said}). {_SAVE_AGAIN}") from error


def has_more_frames(path: Path) -> bool:
    """Whether a file that can be decoded holds an animation or several pages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(path, formats=FORMATS) as image:
                return bool(getattr(image, "is_animated", False))
        except Exception:  # noqa: BLE001 - a damaged second frame is of no account: the first was decoded
            return False


def _decoded(path: Path, max_side: int) -> Image.Image:
    with Image.open(path, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise UnreadableError(
                f"{width:,} x {height:,} pixels are more than the {MAX_PIXELS:,} that are decoded. "
                "Save it smaller."
            )
        shrinkable = _shrinkable(image)
        shrinkable.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        shrinkable.load()
        # Asked after decoding: TIFF files are turned by Pillow itself, which then clears the mark.
        turn = _UPRIGHT.get(_orientation(image))
        picture = _on_white(shrinkable)
        return picture if turn is None else picture.transpose(turn)


def _shrinkable(image: Image.Image) -> Image.Image:
    """The picture in a mode whose pixels may be averaged; the same object, not yet decoded, if they may."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        return Image.fromarray(_eight_bits(np.asarray(image)))
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA", "La", "RGBa") or "transparency" in image.info:
        opaque = image.mode == "P" and "transparency" not in image.info
        return image.convert("RGB" if opaque else "RGBA")
    return image


def _eight_bits(values: NDArray[np.int32] | NDArray[np.float32]) -> NDArray[np.uint8]:
    """Grey values: 16 bits as such, whatever is wider stretched between its least and greatest value."""
    wide: NDArray[np.float32] = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = float(wide.min()), float(wide.max())
    if values.dtype.kind == "i" and low >= 0 and high < 2**16:
        low, high = 0.0, 2.0**16 - 1
    span = high - low or 1.0
    return ((wide - np.float32(low)) * np.float32(255 / span)).astype(np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in ("RGBA", "LA"):
        return image.convert("RGB")
    picture = Image.new("RGB", image.size, "white")
    picture.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return picture


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - damaged metadata of any kind must not cost a picture that is whole
        return 1


def _unidentified(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(64)
    if not start:
        return "it is empty (0 bytes)."
    for offset, magic, what in _FOREIGN:
        if start.lstrip()[offset:].lower().startswith(magic.lower()):
            return f"it is {what}, not one of the formats read ({_READ}). {_SAVE_AGAIN}"
    return f"it is no picture of the formats read ({_READ}), or its first bytes are damaged."

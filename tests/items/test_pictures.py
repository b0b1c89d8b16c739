"""Every kind of picture file ends in an upright RGB picture or in one InputError."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from localcluster.errors import InputError
from localcluster.items.pictures import FORMATS, MAX_PIXELS, open_picture, thumbnail_jpeg

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
SAVED_AS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


def halves(size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Left half red, right half blue."""
    picture = Image.new("RGB", size, RED)
    picture.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return picture


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def opened(tmp_path):
    def of(content: bytes, name: str = "a.jpg", **options) -> Image.Image:
        (tmp_path / name).write_bytes(content)
        return open_picture(tmp_path / name, **options)

    return of


@pytest.fixture
def refused(opened):
    """The message of the InputError that a file's bytes raise."""

    def message(content: bytes, name: str = "a.jpg") -> str:
        with pytest.raises(InputError) as caught:
            opened(content, name)
        assert name in str(caught.value)
        return str(caught.value)

    return message


def assert_close(pixel, expected, within: int = 12) -> None:
    assert np.abs(np.subtract(pixel, expected)).max() <= within, (pixel, expected)


# Read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SAVED_AS)
def test_every_format_is_read_by_content_whatever_the_ending(opened, kind):
    picture = opened(encoded(halves(), kind), "mislabelled.gif")
    assert picture.mode == "RGB"
    assert picture.size == (40, 20)
    assert_close(picture.getpixel((4, 10)), RED, 20)
    assert_close(picture.getpixel((35, 10)), BLUE, 20)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(opened, kind, orientation):
    # Red, then blue, as seen by a person; stored turned, as a camera held that way would.
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    seen = halves()
    seen.paste(WHITE, (0, 0, 40, 6))
    kept = seen.transpose(stored[orientation]) if orientation > 1 else seen
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = opened(encoded(kept, kind, exif=exif))
    assert picture.size == (40, 20)
    assert_close(picture.getpixel((4, 15)), RED, 25)
    assert_close(picture.getpixel((35, 15)), BLUE, 25)
    assert_close(picture.getpixel((20, 2)), WHITE, 25)


def test_damaged_exif_costs_no_picture(opened):
    picture = opened(encoded(halves(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage"))
    assert picture.size == (40, 20)


@pytest.mark.parametrize(
    ("mode", "value", "seen"),
    [
        ("1", 1, WHITE),
        ("L", 100, (100, 100, 100)),
        ("LA", (0, 0), WHITE),
        ("P", 3, None),
        ("RGBA", (255, 0, 0, 0), WHITE),
        ("RGBA", (255, 0, 0, 128), (255, 127, 127)),
        ("CMYK", (0, 255, 255, 0), RED),
        ("I;16", 0x8000, (128, 128, 128)),
        ("I", 0x8000, (128, 128, 128)),
    ],
)
def test_every_mode_becomes_rgb(opened, mode, value, seen):
    picture = Image.new(mode, (8, 8), value)
    if mode == "P":
        picture.putpalette([0, 0, 0] * 3 + [10, 200, 30])
        seen = (10, 200, 30)
    result = opened(encoded(picture, "TIFF" if mode in ("CMYK", "I") else "PNG"))
    assert result.mode == "RGB"
    assert_close(result.getpixel((4, 4)), seen, 2)


def test_sixteen_bit_gray_keeps_its_shades(opened):
    ramp = Image.fromarray(np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16))
    grey = np.asarray(opened(encoded(ramp, "PNG")))[..., 0]
    assert len(np.unique(grey)) > 200


def test_float_pictures_are_stretched_between_their_extremes(opened):
    values = np.array([[0.5, np.nan], [2.0, 1.25]], np.float32)
    out = opened(encoded(Image.fromarray(values), "TIFF"), "a.tif")
    assert [p for p in np.asarray(out)[..., 0].ravel()][2] == 255
    flat = opened(encoded(Image.new("F", (4, 4), 7.0), "TIFF"), "b.tif")
    assert flat.getpixel((0, 0)) == (0, 0, 0)


def test_transparency_of_palettes_and_colour_keys_is_white(opened):
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    assert opened(encoded(palette, "PNG", transparency=1)).getpixel((4, 4)) == WHITE
    assert opened(encoded(palette, "GIF", transparency=1)).getpixel((4, 4)) == WHITE
    keyed = Image.new("RGB", (8, 8), RED)
    assert opened(encoded(keyed, "PNG", transparency=RED)).getpixel((4, 4)) == WHITE


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_animations_and_first_page(opened, kind):
    frames = [Image.new("RGB", (8, 8), c) for c in (RED, BLUE, WHITE)]
    picture = opened(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert_close(picture.getpixel((4, 4)), RED)


def test_size_is_bounded_and_never_enlarged(opened):
    assert opened(encoded(halves((400, 100)), "PNG"), max_side=100).size == (100, 25)
    assert opened(encoded(halves((400, 100)), "JPEG"), max_side=100).size == (100, 25)
    assert opened(encoded(halves((1000, 1)), "PNG"), max_side=100).size == (100, 1)
    assert opened(encoded(halves((2, 1)), "PNG"), max_side=100).size == (2, 1)


def test_a_large_jpeg_is_decoded_at_a_fraction(tmp_path, monkeypatch):
    halves((1600, 1600)).save(tmp_path / "a.jpg")
    sizes = []
    load = Image.Image.load
    monkeypatch.setattr(Image.Image, "load", lambda self: (sizes.append(self.size), load(self))[1])
    open_picture(tmp_path / "a.jpg", 100)
    assert max(sizes) <= (200, 200)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from the kernel")
def test_the_largest_pictures_fit_in_bounded_memory(tmp_path):
    Image.new("1", (11_000, 11_000), 1).save(tmp_path / "a.png")
    code = (
        "import resource, sys; from localcluster.items.pictures import open_picture\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert open_picture(sys.argv[1], 64).size == (64, 64)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    path = str(tmp_path / "a.png")
    out = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert int(out.stdout) < 600 * 1024


def test_thumbnails_are_small_and_carry_no_metadata(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    halves((640, 320)).save(tmp_path / "a.jpg", exif=exif)
    data = thumbnail_jpeg(tmp_path / "a.jpg")
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (160, 80))
    assert b"camera" not in data


# Refused ------------------------------------------------------------------------------------------


def test_empty_absent_and_no_file(refused, tmp_path):
    assert "it is empty (0 bytes)" in refused(b"")
    with pytest.raises(InputError, match=r"b\.png: there is no such file"):
        open_picture(tmp_path / "b.png")
    with pytest.raises(InputError, match="no file but a folder or a device"):
        open_picture(tmp_path)
    with pytest.raises(InputError):
        open_picture("a\0b.png")
    with pytest.raises(InputError, match="cannot be read"):
        open_picture("x" * 300 + ".png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match="no file but"):
        open_picture(tmp_path / "a.png")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path):
    halves().save(tmp_path / "a.png")
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(InputError, match=r"it cannot be read \(Permission denied\)"):
        open_picture(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"just some text", "no picture of the formats read (JPEG, PNG"),
        (b"\0\0\0\x18ftypheic\0\0", "HEIC, AVIF"),
        (b"%PDF-1.7", "a PDF"),
        (b"\n <!DOCTYPE html><p>Not found", "a web page"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"8BPS\0\1", "Photoshop"),
    ],
)
def test_what_is_no_picture_is_called_by_name(refused, content, what):
    assert what in refused(content)


@pytest.mark.parametrize("kind", ["ICO", "TGA", "PCX", "SGI"])
def test_formats_that_are_not_on_the_list_are_not_tried(refused, kind):
    assert kind not in FORMATS
    assert "no picture of the formats read" in refused(encoded(halves(), kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_truncated_files_are_refused(refused, kind):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    whole = encoded(noise, kind)
    for part in (len(whole) // 2, 20):
        message = refused(whole[:part])
        assert "damaged" in message


def test_decompression_bombs_are_refused_by_their_header(refused):
    assert "too many pixels" in refused(png_that_claims(100_000, 100_000), "bomb.png")
    message = refused(png_that_claims(12_000, 12_000), "bomb.png")
    assert f"12,000 x 12,000 pixels are more than the {MAX_PIXELS:,}" in message
    assert "bomb" in refused(b"P6 100000 100000 255\n", "bomb.ppm")


def test_names_with_control_characters_are_shown_on_one_line(refused):
    with pytest.raises(InputError) as caught:
        open_picture("evil\n\x1b[31m.png")
    assert "evil [31m.png" in str(caught.value)


WHOLE = {kind: encoded(halves((24, 16)), kind) for kind in SAVED_AS}
FUZZ = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def only_input_errors(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        picture = open_picture(path, 32)
    except InputError as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert picture.mode == "RGB"
        assert max(picture.size) <= 32


@FUZZ
@given(st.sampled_from(SAVED_AS), st.integers(0, 40), st.binary(max_size=200))
def test_random_bytes_after_a_real_beginning(tmp_path, kind, kept, noise):
    only_input_errors(tmp_path / "a", WHOLE[kind][:kept] + noise)


@FUZZ
@given(
    st.sampled_from(SAVED_AS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12),
    st.floats(0, 1),
)
def test_mutated_pictures(tmp_path, kind, changes, cut):
    content = bytearray(WHOLE[kind])
    for place, value in changes:
        content[int(place * len(content))] = value
    only_input_errors(tmp_path / "a", bytes(content[: max(int(cut * 4 * len(content)), 1)]))

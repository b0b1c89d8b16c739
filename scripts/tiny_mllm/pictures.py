"""Synthetic pictures with seven independent factors, drawn with pillow.

    python scripts/tiny_mllm/pictures.py FOLDER --n 1000 --seed 7

writes ``00000.png`` ... and ``labels.jsonl`` (one object a picture: file and the value of every factor).
Every factor is drawn uniformly and on its own, so a clustering by one of them tells nothing of the others.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

#: Pixels per side.
SIDE = 96
#: Drawn this many times larger and scaled down, for smooth edges.
OVERSAMPLING = 3

FACTORS: dict[str, tuple[str, ...]] = {
    "shape": ("circle", "square", "triangle", "star"),
    "color": ("red", "green", "blue", "yellow", "purple"),
    "count": ("one", "two", "three", "four"),
    "texture": ("plain", "striped", "dotted"),
    "size": ("small", "large"),
    "position": ("left", "right", "top", "bottom"),
    "background": ("white", "gray", "black", "brown"),
}
_COLORS = {
    "red": (214, 40, 40),
    "green": (46, 160, 60),
    "blue": (40, 80, 220),
    "yellow": (245, 205, 40),
    "purple": (150, 50, 190),
}
_BACKGROUNDS = {
    "white": (245, 245, 245),
    "gray": (140, 140, 140),
    "black": (20, 20, 20),
    "brown": (122, 78, 40),
}
_RADIUS = {"small": 9.0, "large": 14.5}
_SHIFT = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}
#: Places of the objects around the middle of their group, in units of the gap between them.
_LAYOUTS = {
    "one": ((0, 0),),
    "two": ((-1, 0), (1, 0)),
    "three": ((-1, 1), (1, 1), (0, -1)),
    "four": ((-1, -1), (1, -1), (-1, 1), (1, 1)),
}

Labels = dict[str, str]


def draw_labels(rng: np.random.Generator) -> Labels:
    """A value of each factor, each drawn uniformly and independently."""
    return {factor: values[rng.integers(len(values))] for factor, values in FACTORS.items()}


def draw_picture(labels: Labels, rng: np.random.Generator) -> Image.Image:
    """One RGB picture, ``SIDE`` pixels square; what the factors leave open is random."""
    scale = OVERSAMPLING
    ground = _jittered(_BACKGROUNDS[labels["background"]], rng, 12)
    picture = Image.new("RGB", (SIDE * scale, SIDE * scale), ground)
    radius = _RADIUS[labels["size"]] * rng.uniform(0.92, 1.08)
    gap = radius * 1.2
    dx, dy = _SHIFT[labels["position"]]
    reach = radius + (0 if labels["count"] == "one" else gap)
    room = SIDE / 2 - reach
    offset = float(np.clip(room, 12.0, 22.0))
    middle = [
        SIDE / 2 + dx * offset + rng.uniform(-2.5, 2.5),
        SIDE / 2 + dy * offset + rng.uniform(-2.5, 2.5),
    ]
    color = _jittered(_COLORS[labels["color"]], rng, 18)
    for x, y in _layout(labels["count"], rng):
        center = (middle[0] + x * gap, middle[1] + y * gap)
        _draw_object(picture, labels, center, radius, color, rng)
    small = picture.resize((SIDE, SIDE), Image.Resampling.BOX)
    noise = rng.normal(0, 4, (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(np.asarray(small) + noise, 0, 255).astype(np.uint8))


def _layout(count: str, rng: np.random.Generator) -> list[tuple[float, float]]:
    places = _LAYOUTS[count]
    if count == "two" and rng.random() < 0.5:
        places = tuple((y, x) for x, y in places)
    if count == "three" and rng.random() < 0.5:
        places = tuple((x, -y) for x, y in places)
    return [(x + rng.uniform(-0.06, 0.06), y + rng.uniform(-0.06, 0.06)) for x, y in places]


def _draw_object(
    picture: Image.Image,
    labels: Labels,
    center: tuple[float, float],
    radius: float,
    color: tuple[int, ...],
    rng: np.random.Generator,
) -> None:
    scale = OVERSAMPLING
    mask = Image.new("L", picture.size, 0)
    x, y = center[0] * scale, center[1] * scale
    _outline(ImageDraw.Draw(mask), labels["shape"], x, y, radius * scale, rng)
    fill = Image.new("RGB", picture.size, color)
    _texture(fill, labels["texture"], color, rng)
    picture.paste(fill, mask=mask)


def _outline(
    draw: ImageDraw.ImageDraw, shape: str, x: float, y: float, r: float, rng: np.random.Generator
) -> None:
    if shape == "circle":
        draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
        return
    turn = rng.uniform(-0.15, 0.15)
    if shape == "square":
        angles, radii = [math.pi / 4 + i * math.pi / 2 for i in range(4)], [r * 1.25] * 4
    elif shape == "triangle":
        angles, radii = [-math.pi / 2 + i * 2 * math.pi / 3 for i in range(3)], [r * 1.3] * 3
    else:
        angles = [-math.pi / 2 + i * math.pi / 5 for i in range(10)]
        radii = [r * (1.3 if i % 2 == 0 else 0.55) for i in range(10)]
    corners = zip(angles, radii, strict=True)
    draw.polygon([(x + d * math.cos(a + turn), y + d * math.sin(a + turn)) for a, d in corners], fill=255)


def _texture(fill: Image.Image, texture: str, color: tuple[int, ...], rng: np.random.Generator) -> None:
    if texture == "plain":
        return
    draw, side, scale = ImageDraw.Draw(fill), fill.size[0], OVERSAMPLING
    light = tuple(int(c + 0.75 * (255 - c)) for c in color)
    step = 5 * scale
    start = int(rng.integers(step))
    if texture == "striped":
        for y in range(start - step, side, step):
            draw.rectangle((0, y, side, y + 2 * scale), fill=light)
        return
    r = 1.3 * scale
    for i, y in enumerate(range(start - step, side, step)):
        for x in range(start - step + (i % 2) * step // 2, side, step):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=light)


def _jittered(color: tuple[int, ...], rng: np.random.Generator, by: int) -> tuple[int, ...]:
    return tuple(int(np.clip(c + rng.integers(-by, by + 1), 0, 255)) for c in color)


def write_pictures(folder: Path, n: int, seed: int) -> list[Labels]:
    """Write ``n`` pictures and their ``labels.jsonl``; the same for the same seed."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        labels = draw_labels(rng)
        draw_picture(labels, rng).save(folder / f"{i:05d}.png")
        rows.append({"image": f"{i:05d}.png", **labels})
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    write_pictures(args.folder, args.n, args.seed)
    print(f"{args.n:,} pictures in {args.folder}")


if __name__ == "__main__":
    main()

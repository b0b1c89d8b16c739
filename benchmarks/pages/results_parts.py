"""What the sections of RESULTS.md are made of."""

from __future__ import annotations

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

SERIES = {
    "exemplar": "#0b6e4f",
    "entropy": "#c8553d",
    "margin": "#588b8b",
    "random": "#999999",
    "1.0": "#0b6e4f",
    "0.85": "#588b8b",
    "0.7": "#c8553d",
    "0.5": "#999999",
    "real": "#1d3557",
}
#: Names of data sets, with the number of classes.
CLASSES = {
    "banking77": 77,
    "clinc intent": 150,
    "clinc domain": 10,
    "massive intent": 59,
    "massive domain": 18,
    "few_rel": 64,
    "go_emotion": 27,
    "arxiv_fine": 93,
}


def grid(header, rows):
    """A table in Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def save(figure, path):
    figure.savefig(path, format="svg", bbox_inches="tight", facecolor="white", metadata={"Date": None})
    plt.close(figure)

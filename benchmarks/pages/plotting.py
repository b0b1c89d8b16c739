"""How the plots of RESULTS.md and of the docs look, and how they are written."""

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


def save(figure, path):
    figure.savefig(path, format="svg", bbox_inches="tight", facecolor="white", metadata={"Date": None})
    plt.close(figure)

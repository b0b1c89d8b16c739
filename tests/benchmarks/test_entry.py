"""python -m benchmarks: each is listed, starts, and writes down means and deviations in one way."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import benchmarks, listed, main
from benchmarks.lib.record import RESULTS, mean_sd, pm
from benchmarks.pages import readme_table
from benchmarks.quality import default_table

ROOT = Path(__file__).parents[2]
ALL = list(benchmarks())


def typed(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    main()


def test_every_benchmark_is_listed_with_a_line(monkeypatch, capsys):
    typed(monkeypatch)
    told = capsys.readouterr().out
    assert told == listed() + "\n"
    assert len(ALL) > 25 and len({name for _, name, _ in ALL}) == len(ALL)
    for _, name, line in ALL:
        assert line and f"  {name} " in told


def test_the_readme_of_the_benchmarks_names_each():
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for _, name, _ in ALL:
        assert f"`python -m benchmarks {name}" in page, name


def test_an_unknown_name_is_refused_with_the_nearest_one(monkeypatch):
    with pytest.raises(SystemExit, match="Did you mean messy_table"):
        typed(monkeypatch, "messy_tabel")


@pytest.mark.slow
def test_each_one_tells_its_options(monkeypatch, capsys):
    for _, name, line in ALL:
        with pytest.raises(SystemExit) as ended:
            typed(monkeypatch, name, "--help")
        told = capsys.readouterr().out
        assert ended.value.code == 0, name
        assert told.startswith(f"usage: python -m benchmarks {name} ")
        assert line.split()[0] in told, name


def test_deviation_is_the_samples():
    values = [0.5, 0.6, 0.9]
    assert mean_sd(values) == pytest.approx([np.mean(values), np.std(values, ddof=1)], abs=1e-6)
    assert mean_sd([0.5]) == [0.5, None]
    assert (pm([0.5, 0.0123]), pm([0.5, None])) == ("0.500 ± 0.012", "0.500")


def test_deviations_of_older_files_become_the_samples_once(monkeypatch, tmp_path, capsys):
    values = [0.5, 0.6, 0.9]
    pair = [float(np.mean(values)), float(np.std(values))]
    cells = [["is", "last", 8, "raw state", *pair]]
    held = {"device": {"cores": 2}, "set": {"acc": pair, "cells": cells, "k": [5, 4], "runs": [{"x": pair}]}}
    (tmp_path / "heads.json").write_text(json.dumps(held))
    for _ in range(2):
        typed(monkeypatch, "sample_sd", "--results", str(tmp_path))
        found = json.loads((tmp_path / "heads.json").read_text())
        assert found["sd"] == "sample"
        assert found["set"]["acc"] == pytest.approx(mean_sd(values), abs=1e-5)
        assert found["set"]["cells"][0][4:] == found["set"]["acc"]
        assert (found["set"]["k"], found["set"]["runs"]) == ([5, 4], [{"x": pair}])
    assert capsys.readouterr().out == "heads.json: 3 seeds\n"


def test_published_files_have_the_samples_deviation(monkeypatch, capsys, tmp_path):
    for path in RESULTS.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    typed(monkeypatch, "sample_sd", "--results", str(tmp_path))
    assert capsys.readouterr().out == "", "type: python -m benchmarks sample_sd"


def row_of_the_default(accs, **more):
    """A row of default_table.json as the benchmark writes it now."""
    each = {measure: list(accs) for measure in ("acc", "nmi", "ari")}
    return {
        "task": {"role": "judged"},
        **{who: each for who in ("kmeans", "kmeans10", "ours")},
        "candidates": {"sentence | k-means": list(accs)},
        "hindsight": list(accs),
        "chosen": ["sentence | k-means"] * len(accs),
        "relatedness": [0.5] * len(accs),
        "left out": [0] * len(accs),
        **more,
    }


def test_tables_are_made_of_values_by_seed_and_of_older_pairs():
    new = {"snips": row_of_the_default([0.5, 0.6, 0.9])}
    pairs = {measure: [0.5, 0.125] for measure in ("acc", "nmi", "ari")}
    old = row_of_the_default([0.5] * 5, kmeans=pairs, ours=pairs, kmeans10=pairs, form="mean and sd")
    old["hindsight"] = {"acc": 0.75, "candidate": "states | spectral"}
    messy = {"rows": 200, "snips": {"clean": {"ours": [{"acc": 0.5}], "kmeans": [{"acc": 0.25}]}}}
    told = readme_table.table(new, messy)
    assert "| snips (7) † | 0.667 ± 0.208 | 0.667 ± 0.208 | 0.250 | 0.500 |  |  |" in told
    assert "mean ± sd of 3 seeds" in told.replace("\n", " ") and "earlier version" not in told
    both = readme_table.table(new | {"hwu64": old}, messy)
    assert "| hwu64 (64) † | 0.500 ± 0.125 | 0.500 ± 0.125 |" in both
    assert "hwu64 were measured by an earlier version" in both.replace("\n", " ")
    assert "| hwu64 | 0.500 ± 0.125 / 0.500 / 0.500 |" in default_table.render(new | {"hwu64": old})
    unconverted = {name: value for name, value in old.items() if name not in ("form", "left out")}
    with pytest.raises(SystemExit, match="sample_sd"):
        readme_table.table({"hwu64": unconverted}, messy)

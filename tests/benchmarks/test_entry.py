"""python -m benchmarks: each is listed, starts, and writes down means and deviations in one way."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import benchmarks, listed, main
from benchmarks.lib.record import mean_sd, pm

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

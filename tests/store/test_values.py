"""A value goes into one file and comes out the same, or is not believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from localcluster.store import RunFolder
from localcluster.store.values import read_value, write_value


@dataclass(frozen=True)
class Part:
    name: str
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    kind: Literal["a", "b"]
    weights: dict[str, float]
    curve: tuple[tuple[int, float], ...] = ()
    rows: NDArray[np.float32] | None = None
    by_name: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True)
class Other:
    name: str


VALUE = Whole(
    (Part("x \ud800 ä", np.array([1, 2])), Part("", np.empty(0, np.int64))),
    "b",
    {"one": 0.1, "nan": float("inf")},
    ((2, 0.5), (3, 0.25)),
    np.ones((2, 3), np.float32),
    {"a.b": np.array([[7]])},
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "value.safetensors"


def test_a_value_comes_back(file):
    write_value(file, VALUE, "key")
    found = read_value(file, Whole, "key")
    assert [part.name for part in found.parts] == [part.name for part in VALUE.parts]
    for one, other in zip(found.parts, VALUE.parts, strict=True):
        np.testing.assert_array_equal(one.labels, other.labels)
    assert (found.kind, found.weights, found.curve, found.note) == ("b", VALUE.weights, VALUE.curve, None)
    np.testing.assert_array_equal(found.rows, VALUE.rows)
    np.testing.assert_array_equal(found.by_name["a.b"], [[7]])


def test_nothing_is_believed_under_another_key_format_or_kind(file):
    write_value(file, Other("x"), "key", 2)
    assert read_value(file, Other, "key", 2) == Other("x")
    assert read_value(file, Other, "other", 2) is None
    assert read_value(file, Other, "key", 1) is None
    assert read_value(file, Part, "key", 2) is None
    assert read_value(file.with_name("absent"), Other, "key", 2) is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_a_damaged_value_is_not_believed(file, share):
    write_value(file, VALUE, "key")
    content = file.read_bytes()
    place = int(share * len(content))
    file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    assert read_value(file, Whole, "key") is None


@pytest.mark.parametrize(
    "wrong",
    [
        Part(3, np.array([1])),
        Part("x", np.array([1.0])),
        Part("x", [1]),
        Part(None, np.array([1])),
    ],
)
def test_a_value_that_does_not_fit_its_annotations_is_not_believed(file, wrong):
    write_value(file, wrong, "key")
    assert read_value(file, Part, "key") is None


def test_a_field_that_came_later_gets_its_default(file, monkeypatch):
    write_value(file, VALUE, "key")

    @dataclass(frozen=True)
    class Later(Whole):
        added: int = 7

    Later.__name__ = "Whole"
    assert read_value(file, Later, "key").added == 7


def test_a_checkpoint_in_the_form_of_an_older_version_is_computed_again(tmp_path):
    with RunFolder.open(tmp_path / "run") as folder:
        folder.arrays("part", "key", lambda: {"labels": np.array([1, 2])})
        folder.json("part", "key", lambda: {"name": "old"})
        assert folder.value("part", "key", Other, lambda: Other("new")) == Other("new")
        assert folder.value("part", "key", Other, lambda: pytest.fail("computed again")) == Other("new")

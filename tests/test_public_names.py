"""A public function is the room's own: no function that a room gives away is defined in two modules."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import localcluster

PACKAGE = Path(localcluster.__file__).parent
PUBLIC = sorted(name for name in localcluster.__all__ if not name.startswith("__"))


def parsed(path: Path) -> list[ast.stmt]:
    return ast.parse(path.read_text(encoding="utf-8")).body


@pytest.fixture(scope="module")
def modules():
    """Modules by the name of each function or class that they define; a command is called as what it does."""
    found = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        for node in parsed(path):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and "cli" not in parts:
                found[node.name].append(".".join(parts).removesuffix(".__init__"))
    return found


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_defined_once_and_where_it_is_found(name, modules):
    assert modules[name] == [getattr(localcluster, name).__module__]


def test_no_function_that_a_room_gives_away_is_defined_twice(modules):
    given = set()
    for path in PACKAGE.rglob("__init__.py"):
        for node in parsed(path):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                given |= set(ast.literal_eval(node.value))
    functions = [name for name in given if name.islower()]
    assert len(functions) > 50
    assert {name: modules[name] for name in functions if len(modules[name]) > 1} == {}

"""Run a benchmark by its name: ``python -m benchmarks NAME [DATA] [options]``; without a name, list them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
#: In the order in which they are listed.
FOLDERS = ("quality", "pictures", "trust", "speed", "pages")


def benchmarks() -> Iterator[tuple[str, str, str]]:
    """Folder, name and first line of each module that has a ``main``, read without importing it."""
    for folder in FOLDERS:
        for path in sorted((HERE / folder).glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body):
                yield folder, path.stem, (ast.get_docstring(tree) or "").split("\n", 1)[0]


def listed() -> str:
    """One line for each benchmark, under its folder."""
    lines, before = ["python -m benchmarks NAME [DATA] [options]; NAME --help says more."], None
    for folder, name, line in benchmarks():
        if folder != before:
            lines.append(f"\n{folder}: {import_module(f'benchmarks.{folder}').__doc__}")
        lines.append(f"  {name:<18} {line}")
        before = folder
    return "\n".join(lines)


def main() -> None:
    """Hand the rest of the command line to the benchmark that its first word names."""
    name, *rest = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print(listed())
        return
    folders = {found: folder for folder, found, _ in benchmarks()}
    if name not in folders:
        near = get_close_matches(name, folders, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        sys.exit(f"There is no benchmark {name!r}.{meant} `python -m benchmarks` lists them.")
    sys.argv = [f"python -m benchmarks {name}", *rest]
    import_module(f"benchmarks.{folders[name]}.{name}").main()


if __name__ == "__main__":
    main()

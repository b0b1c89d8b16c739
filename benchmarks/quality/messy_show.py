"""Print samples of wrapped texts, for a human to look at.

    python -m benchmarks messy_show FILE.jsonl [--kind NAME] [--n 3] [--seed 0] [--text-field text]

Without --kind, all shaping kinds are shown. A judging kind is shown only if --kind names it: who
sets constants should not look at those.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..messy import KINDS, kinds_of, wrap_texts


def main() -> None:
    """Print the samples."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="one JSON object a line")
    parser.add_argument("--kind", choices=[kind.name for kind in KINDS], help="one kind")
    parser.add_argument("--n", type=int, default=3, help="samples of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--text-field", default="text", help="the field with the text")
    given = parser.parse_args()

    with given.file.open(encoding="utf-8") as file:
        rows = [json.loads(line) for _, line in zip(range(given.n), file, strict=False)]
    if any(given.text_field not in row for row in rows):
        parser.error(f"{given.file} has no field {given.text_field!r}; name it with --text-field.")
    texts = [str(row[given.text_field]) for row in rows]
    shown = [kind for kind in KINDS if kind.name == given.kind] or kinds_of("shaping")
    for kind in shown:
        for number, wrapped in enumerate(wrap_texts(texts, [kind], given.seed)):
            print(f"=== {kind.name} ({kind.role}), row {number} ===\n{wrapped}\n")

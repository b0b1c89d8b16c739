"""Give every reader files that nobody would write, and count what becomes of them.

    python -m benchmarks fuzz_readers [--inputs 24000] [--seed 0] [--only tables]

Allowed are two ends: the input is read, or one of localcluster's own errors tells why not. Anything else
(another exception, a crash, a hang) is a finding; it is printed with the number of its input, from which it
can be made again, and the program ends with code 1. Each reader works in a process of its own with an address
space of a few gigabytes, so that a reader that believes a forged length is caught as well. Writes
benchmarks/results/fuzz.json.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image
from rich.console import Console
from rich.table import Table

from localcluster.errors import LocalClusterError
from localcluster.items import read_items
from localcluster.items.pictures import ENDINGS, open_picture
from localcluster.oracle import read_examples
from localcluster.results import ClusterCard, CriterionResult, RunResult
from localcluster.store import (
    AnswerStore,
    Decision,
    Reading,
    RunFolder,
    load_result,
    read_row_evidence,
    result_to_folder,
    write_row_evidence,
)

from ..lib.record import RESULTS, command_of

RESULT = RESULTS / "fuzz.json"
#: Inputs per reader, of 240.
SHARES = {
    "tables": 96,
    # Each starts a process that may die of it.
    "parquet": 4,
    "picture folders": 36,
    "picture tables": 22,
    "pictures": 48,
    "examples": 24,
    "answers": 5,
    "run folders": 5,
}
ADDRESS_SPACE = 8 * 2**30
#: An input that takes longer than this is a finding.
LONGEST_SECONDS = 20.0
#: Findings printed per reader, and those after which a reader is let be.
FINDINGS_SHOWN, MOST_FINDINGS = 3, 50

Case = Callable[[random.Random, Path], Callable[[], object]]

WORDS = (
    "great phone",
    "awful soup",
    "",
    " ",
    "\x00",
    "\u202eabc",
    "=1+1",
    "<script>",
    "a\rb",
    "a\nb",
    "日本",
    "\ud800",
)
PIECES = (
    *(b",", b";", b"\t", b"\n", b"\r", b"\r\n", b'"', b'""', b"{", b"}", b"[", b"]", b":", b"\\", b"\\ud800"),
    *(
        b"\\u0000",
        b"null",
        b"NaN",
        b"-1e999",
        b"9" * 400,
        b"text",
        b'"text"',
        b'"id"',
        b"image",
        b"\xef\xbb\xbf",
    ),
    *(
        b"\xff\xfe",
        b"\xfe\xff",
        b"\x00",
        b"\x1a",
        b"\xe2\x80\xa8",
        b"\xc3",
        b"\xf0\x9f\x98\x80",
        b"a.png",
        b" ",
    ),
    *(
        b"[" * 3000,
        b'{"a":' * 3000,
        b"PAR1",
        b"PK\x03\x04",
        b"\x85",
        b"\x0b",
        b"\x0c",
        b"../",
        b"http://x/y.png",
    ),
)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """A few changes to honest bytes: flips, pieces put in, parts cut, doubled or moved."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 12))):
        at = rng.randrange(len(changed) + 1)
        end = min(len(changed), at + rng.choice((1, 2, 8, 64)))
        match rng.randrange(6):
            case 0 if changed:
                changed[at % len(changed)] = rng.randrange(256)
            case 1 if changed:
                changed[at % len(changed)] ^= 1 << rng.randrange(8)
            case 2:
                changed[at:at] = rng.choice(PIECES)
            case 3:
                del changed[at:end]
            case 4:
                changed[at:at] = changed[at:end] * rng.choice((1, 3))
            case 5:
                changed[at:end] = rng.choice((b"\xff", b"\x00", b"\x7f")) * (end - at)
    return bytes(changed[: rng.randrange(len(changed) + 1)] if rng.random() < 0.2 else changed)


def any_bytes(rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        return rng.randbytes(rng.randrange(80))
    return b"".join(rng.choice(PIECES) for _ in range(rng.randrange(24)))


def rows_of(rng: random.Random) -> list[dict[str, str]]:
    names = ["text", *rng.sample(["id", "n", "image", "Text", "", "=x", "a,b", "text "], rng.randrange(4))]
    return [{name: rng.choice(WORDS) for name in names} for _ in range(rng.randrange(1, 6))]


def honest_table(rng: random.Random, suffix: str) -> bytes:
    rows = rows_of(rng)
    if suffix == ".txt":
        return "\n".join(row["text"] for row in rows).encode("utf-8", "replace")
    if suffix == ".json":
        return json.dumps(rows).encode()
    if suffix in (".jsonl", ".ndjson"):
        return "\n".join(map(json.dumps, rows)).encode()
    buffer = io.StringIO(newline="")
    delimiter = "," if suffix == ".csv" else "\t"
    writer = csv.DictWriter(
        buffer, list(rows[0]), delimiter=delimiter, lineterminator=rng.choice(("\n", "\r\n"))
    )
    writer.writeheader()
    writer.writerows(rows)
    encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"))
    return buffer.getvalue().encode(encoding, "replace")


def check_items(read: Callable[[], Any]) -> Callable[[], object]:
    def checked() -> object:
        items = read()
        assert len(items.texts) == len(items.ids) == len(items.inverse) == items.table.height > 0
        "".join(items.texts + items.ids + items.notes).encode()
        return items

    return checked


def columns(rng: random.Random) -> dict[str, str]:
    options = {
        "text_column": ("text", "n", "\x00"),
        "id_column": ("id", "text"),
        "image_column": ("image", "none"),
    }
    return {name: rng.choice(values) for name, values in options.items() if rng.random() < 0.15}


def tables(rng: random.Random, at: Path) -> Callable[[], object]:
    suffix = rng.choice((".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt", ".tab", "stdin"))
    honest = honest_table(rng, ".csv" if suffix in ("stdin", ".tab") else suffix)
    data = any_bytes(rng) if rng.random() < 0.25 else mutated(rng, honest) if rng.random() < 0.7 else honest
    options = columns(rng)
    if suffix == "stdin":
        return check_items(lambda: read_items("-", stdin=io.BytesIO(data), **options))
    path = at / f"rows{suffix}"
    path.write_bytes(data)
    return check_items(lambda: read_items(str(path), **options))


def honest_parquet(rng: random.Random) -> bytes:
    n = rng.randrange(1, 6)
    values: dict[str, Any] = {
        "text": pl.Series(
            [rng.choice(("great", "awful", None, "\x00", "")) for _ in range(n)], dtype=pl.String
        ),
        "n": range(n),
        "f": [rng.choice((0.5, float("nan"), float("inf"), None)) for _ in range(n)],
        "list": [[1, 2]] * n,
        "struct": [{"a": 1}] * n,
        "bytes": [b"\xff"] * n,
        "nothing": pl.Series([None] * n, dtype=pl.Null),
        "when": pl.Series(range(n)).cast(pl.Datetime),
        "kind": pl.Series(["a"] * n, dtype=pl.Categorical),
    }
    names = rng.sample(list(values), rng.randrange(1, 5))
    buffer = io.BytesIO()
    compression = rng.choice(("uncompressed", "snappy", "zstd", "gzip", "lz4"))
    pl.DataFrame({name: values[name] for name in names}).write_parquet(buffer, compression=compression)
    return buffer.getvalue()


def parquet(rng: random.Random, at: Path) -> Callable[[], object]:
    data = honest_parquet(rng)
    if rng.random() < 0.95:
        # Both marks are looked at first; what lies between is the reader's affair.
        inside = bytearray(data[4:-4])
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            inside[rng.randrange(len(inside))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        if rng.random() < 0.1:
            inside = bytearray(mutated(rng, bytes(inside)))
        data = b"PAR1" + bytes(inside) + b"PAR1"
    path = at / "rows.parquet"
    path.write_bytes(data)
    options = (
        {}
        if rng.random() < 0.5
        else {"text_column": rng.choice(("text", "n", "f", "list", "nothing", "when"))}
    )
    return check_items(lambda: read_items(str(path), **options))


def honest_picture(rng: random.Random) -> bytes:
    kind = rng.choice(("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"))
    mode = rng.choice(("RGB", "L") if kind in ("JPEG", "PPM", "WEBP") else ("RGB", "L", "1", "P"))
    buffer = io.BytesIO()
    Image.effect_noise((rng.randrange(1, 24), rng.randrange(1, 24)), 50).convert(mode).save(buffer, kind)
    return buffer.getvalue()


def pictures(rng: random.Random, at: Path) -> Callable[[], object]:
    data = mutated(rng, honest_picture(rng)) if rng.random() < 0.9 else any_bytes(rng)
    path = at / f"a{rng.choice(ENDINGS)}"
    path.write_bytes(data)

    def read() -> None:
        assert open_picture(path, 32).mode == "RGB"

    return read


def file_name(rng: random.Random) -> bytes:
    alphabet = (
        b"a",
        b"1",
        b"..",
        b" ",
        b"\n",
        b"\xff",
        b"\xe2\x80\xae",
        b"<b>",
        b"=",
        b"'",
        b'"',
        b"\x1b[31m",
        b"\\",
    )
    stem = b"".join(rng.choice(alphabet) for _ in range(rng.randrange(1, 6)))
    return stem + rng.choice((*ENDINGS, ".PNG", ".txt", "", ".csv")).encode()


def picture_folders(rng: random.Random, at: Path) -> Callable[[], object]:
    for _ in range(rng.randrange(6)):
        where = at / "sub" if rng.random() < 0.2 else at
        where.mkdir(exist_ok=True)
        path = Path(os.fsdecode(bytes(where) + b"/" + file_name(rng)))
        match rng.randrange(8):
            case 0:
                path.mkdir(exist_ok=True)
            case 1 if not path.exists():
                path.symlink_to(rng.choice((".", "..", "nothing", path.name, "/dev/null")))
            case 2 if not path.is_dir():
                path.write_bytes(any_bytes(rng))
            case _ if not path.is_dir() and not path.is_symlink():
                path.write_bytes(
                    honest_picture(rng) if rng.random() < 0.6 else mutated(rng, honest_picture(rng))
                )
    return check_items(lambda: read_items(str(at)))


def picture_tables(rng: random.Random, at: Path) -> Callable[[], object]:
    for name in ("a.png", "b.jpg"):
        (at / name).write_bytes(
            mutated(rng, honest_picture(rng)) if rng.random() < 0.5 else honest_picture(rng)
        )
    named = (
        "a.png",
        "b.jpg",
        "none.png",
        ".",
        "..",
        "",
        " ",
        "\x00.png",
        "x" * 300 + ".png",
        "https://x/a.png",
        "C:\\a.png",
    )
    named += (
        "./a.png",
        "a.png/",
        "file:a.png",
        "~/a.png",
        "a.png\n",
        "=a.png",
        "/dev/zero",
        "/proc/self/mem",
        "\ud800.png",
    )
    rows = [
        {"image": rng.choice(named), **({"text": rng.choice(WORDS)} if rng.random() < 0.7 else {})}
        for _ in range(rng.randrange(1, 6))
    ]
    data = "\n".join(map(json.dumps, rows)).encode()
    path = at / "rows.jsonl"
    path.write_bytes(mutated(rng, data) if rng.random() < 0.3 else data)
    options = {"image_column": "image"} if rng.random() < 0.6 else columns(rng)
    return check_items(lambda: read_items(str(path), **options))


def examples(rng: random.Random, at: Path) -> Callable[[], object]:
    words = [word for word in WORDS if word.strip()] if rng.random() < 0.9 else WORDS
    n = rng.randrange(2, 18)
    rows = [{"a": rng.choice(words), "b": rng.choice(words), "same": bool(i % 2)} for i in range(n)]
    honest = "\n".join(map(json.dumps, rows)).encode()
    path = at / "examples.jsonl"
    path.write_bytes(
        any_bytes(rng) if rng.random() < 0.1 else mutated(rng, honest) if rng.random() < 0.7 else honest
    )
    return lambda: [(e.a + e.b).encode() for e in read_examples(path)]


def honest_answers(path: Path) -> bytes:
    """Of a store with all kinds of rows; made once."""
    if not path.exists():
        keys = [f"{i:064x}" for i in range(8)]
        texts = ("great phone", "awful soup", "lovely scene")
        with AnswerStore.open(path) as store:
            store.add(
                [Reading(k, "triplet", "choice tokens", "mood", "0" * 64, texts, 0.5) for k in keys[:6]]
            )
            store.add([Reading(k, "pair", "yes or no", "mood", "0" * 64, texts[:2], -0.5) for k in keys[6:]])
            store.decide(
                "mood", "training", 1, [Decision("triplet", "training", 1, *keys[:2], "choice 1", 0.9)]
            )
    return path.read_bytes()


def answers(rng: random.Random, at: Path) -> Callable[[], object]:
    honest = honest_answers(at.parent / "honest.sqlite")
    path = at / "answers.sqlite"
    path.write_bytes(any_bytes(rng) if rng.random() < 0.05 else mutated(rng, honest))
    if rng.random() < 0.1:
        (at / "answers.sqlite-journal").write_bytes(mutated(rng, honest[:600]))
    write = rng.random() < 0.5

    def read() -> None:
        with AnswerStore.open(path) if write else AnswerStore.read(path) as store:
            np.array(list(store.get([f"{i:064x}" for i in range(9)]).values()), np.float32)
            store.counts()
            # As the command lists them.
            "".join(
                f"{row['score']:+.3f}{row['text_1']}{row['kind']}{row['times'] - 1}" for row in store.rows()
            )
            if write:
                store.add([Reading("f" * 64, "pair", "yes or no", "mood", "0" * 64, ("a", "b"), 1.0)])

    return read


def honest_run(path: Path) -> Path:
    """A finished run of six rows; made once."""
    if not path.exists():
        labels = np.array([0, 0, 0, 1, 1, 1])
        card = ClusterCard(0, 3, "A", "b", "model", ("w",), exemplars=(0, 1), least_confident=(2,))
        found = CriterionResult(
            "mood",
            labels,
            np.full(6, 0.5, np.float32),
            np.zeros((6, 2), np.float32),
            [card, card],
            "why",
            {"k": 2},
        )
        with RunFolder.open(path) as folder:
            result_to_folder(folder, RunResult(list("abcdef"), list("123456"), [found], {"a": 1}))
            proba, nearest = np.full((6, 2), 0.5, np.float32), np.zeros((6, 3), np.int64)
            write_row_evidence(folder, 0, labels, proba, 1 - labels, nearest, [["w"]] * 6)
    return path


def run_folders(rng: random.Random, at: Path) -> Callable[[], object]:
    honest = honest_run(at.parent / "honest-run")
    changed = rng.choice([file for file in honest.rglob("*") if file.is_file()])
    for file in honest.rglob("*"):
        if file.is_file():
            target = at / file.relative_to(honest)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(mutated(rng, file.read_bytes()) if file == changed else file.read_bytes())

    def read() -> None:
        result = load_result(at)
        read_row_evidence(at, 0, result.criteria[0].labels)

    return read


READERS: dict[str, Case] = {
    "tables": tables,
    "parquet": parquet,
    "picture folders": picture_folders,
    "picture tables": picture_tables,
    "pictures": pictures,
    "examples": examples,
    "answers": answers,
    "run folders": run_folders,
}


def fuzz(reader: str, n: int, seed: int, first: int, at: Path) -> dict[str, Any]:
    """Counts of one reader in this process; a line per input on standard error tells how far it came."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    ended: Counter[str] = Counter()
    findings: list[dict[str, Any]] = []
    slowest = 0.0
    for number in range(first, first + n):
        rng = random.Random(f"{seed} {reader} {number}")
        (at / "number").write_text(str(number))
        with tempfile.TemporaryDirectory(dir=at) as folder:
            case = READERS[reader](rng, Path(folder))
            started = time.perf_counter()
            try:
                case()
                ended["read"] += 1
            except LocalClusterError as error:
                ended[f"refused: {type(error).__name__}"] += 1
                assert str(error), "an error without a word"
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - whatever comes is what this program is for
                findings.append(
                    {"input": number, "error": repr(error)[:300], "trace": traceback.format_exc()[-900:]}
                )
            seconds = time.perf_counter() - started
            slowest = max(slowest, seconds)
            if seconds > LONGEST_SECONDS:
                findings.append({"input": number, "error": f"took {seconds:.0f} s"})
    return {"inputs": n, "ended": dict(ended), "slowest_seconds": round(slowest, 2), "findings": findings}


def in_process(reader: str, n: int, seed: int) -> dict[str, Any]:
    """:func:`fuzz` in processes of its own; one that dies is a finding, and the next goes on behind it."""
    total: dict[str, Any] = {"inputs": 0, "ended": Counter(), "slowest_seconds": 0.0, "findings": []}
    first = 0
    with tempfile.TemporaryDirectory() as folder:
        while first < n and len(total["findings"]) < MOST_FINDINGS:
            numbers = (str(n - first), str(seed), str(first))
            command = command_of("fuzz_readers", "--child", reader, *numbers, folder)
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                found = json.loads(done.stdout)
            else:
                died = int((Path(folder) / "number").read_text())
                said = f"the process ended with {done.returncode}: {done.stderr[-600:]}"
                found = {"inputs": died + 1 - first, "ended": {}, "slowest_seconds": 0.0}
                found["findings"] = [{"input": died, "error": said}]
            total["inputs"] += found["inputs"]
            total["ended"].update(found["ended"])
            total["slowest_seconds"] = max(total["slowest_seconds"], found["slowest_seconds"])
            total["findings"] += found["findings"]
            first += found["inputs"]
    return {**total, "ended": dict(sorted(total["ended"].items()))}


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        reader, n, seed, first, folder = sys.argv[2:]
        sys.stdout.write(json.dumps(fuzz(reader, int(n), int(seed), int(first), Path(folder))))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=READERS)
    options = parser.parse_args()
    console = Console()
    found, started = {}, time.monotonic()
    for reader in [options.only] if options.only else READERS:
        found[reader] = in_process(
            reader, options.inputs * SHARES[reader] // sum(SHARES.values()), options.seed
        )
        for finding in found[reader]["findings"][:FINDINGS_SHOWN]:
            console.print(f"{reader}, input {finding['input']}: {finding['error']}", markup=False)
            console.print(finding.get("trace", ""), markup=False)
    table = Table("reader", "inputs", "read", "refused", "findings", "slowest")
    for reader, counts in found.items():
        read = counts["ended"].get("read", 0)
        refused = sum(counts["ended"].values()) - read
        numbers = [counts["inputs"], read, refused, len(counts["findings"])]
        table.add_row(reader, *(f"{number:,}" for number in numbers), f"{counts['slowest_seconds']} s")
    console.print(table)
    n_findings = sum(len(counts["findings"]) for counts in found.values())
    if not options.only:
        document = {
            "seed": options.seed,
            "inputs": sum(counts["inputs"] for counts in found.values()),
            "findings": n_findings,
            "seconds": round(time.monotonic() - started, 1),
            "readers": found,
        }
        RESULT.write_text(json.dumps(document, indent=2) + "\n")
    if n_findings:
        raise SystemExit(f"{n_findings} inputs ended in neither a result nor one of our errors")

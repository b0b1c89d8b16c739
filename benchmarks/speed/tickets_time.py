"""How long a run of a small mailbox takes, stage by stage: 120 made-up tickets by two criteria, k open.

    python -m benchmarks tickets_time [--rows 120] [-k auto] [--processor] [--keep FOLDER] [--out RESULT.json]

Every ticket has a greeting, one request, sometimes a remark that gives the writer's mood away, and a
signature, with line breaks, as people write mails. The run is the command a user types, in a process of its
own, so that starting Python and loading the models are in the total. The answers that were asked for stand
beside the seconds: what a run decides must not change when it gets faster.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CRITERIA = ("what the customer wants", "mood of the writer")
GREETINGS = ("Hello,", "Dear support team,", "Hi there,", "Good morning,", "To whom it may concern,", "Hi,")
NAMES = ("Anna Berg", "J. Okafor", "Li Wei", "Marta Silva", "Tom", "Dr. P. Novak", "Sam Reed", "Ines")
CLOSINGS = ("Kind regards", "Best wishes", "Thanks", "Regards", "Yours sincerely")
REQUESTS = {
    "refund": (
        "I was charged twice for order {n} and would like the second payment back.",
        "Please refund order {n}, I returned the parcel ten days ago.",
        "The money for my cancelled order {n} has not arrived on my account yet.",
        "You took the full price although I had a voucher. Please pay back the difference for {n}.",
    ),
    "parcel": (
        "My parcel {n} was to arrive on Tuesday and tracking has not moved since.",
        "Can you tell me where order {n} is? The carrier knows nothing about it.",
        "Half of order {n} is missing, only one of two boxes was delivered.",
        "Parcel {n} went to my old address. Can you send it on?",
    ),
    "login": (
        "I cannot sign in any more. The reset mail for account {n} never arrives.",
        "My account {n} is locked after I mistyped the password. Please unlock it.",
        "The code that you text me for account {n} is refused every time.",
        "I changed my mail address and now account {n} does not know me.",
    ),
    "cancel": (
        "Please cancel my subscription {n} at the end of this month.",
        "I want to end contract {n} and delete my data.",
        "How do I stop the yearly plan {n} before it renews?",
        "I no longer need the service, please close {n}.",
    ),
    "broken": (
        "The coffee machine from order {n} leaks and does not heat up.",
        "The screen of the tablet {n} stays black since yesterday.",
        "One leg of the table in order {n} is cracked. Can you replace it?",
        "The headphones {n} only play on the left side.",
    ),
}
MOODS = {
    "angry": (
        "This is the third time I write and nobody cares!",
        "I am really fed up with this.",
        "Frankly, this is a disgrace.",
    ),
    "friendly": (
        "You have always been very helpful, so thank you in advance!",
        "No hurry at all, I love your shop.",
        "I hope you have a lovely week.",
    ),
    "worried": (
        "I am afraid that something went wrong.",
        "I am quite anxious because I need it soon.",
        "I hope I did nothing wrong here.",
    ),
}


def tickets(n: int, seed: int = 0) -> list[dict[str, str]]:
    """``n`` tickets with the request and the mood that they were made from."""
    rng = random.Random(seed)
    rows = []
    for number in range(n):
        request, mood = rng.choice(sorted(REQUESTS)), rng.choice(sorted(MOODS))
        asked = rng.choice(REQUESTS[request]).format(n=rng.randint(10_000, 99_999))
        remarks = rng.sample(MOODS[mood], 2)
        signed = f"{rng.choice(CLOSINGS)}\n{rng.choice(NAMES)}"
        body = f"{rng.choice(GREETINGS)}\n\n{asked}\n{' '.join(remarks)}\n\n{signed}"
        rows.append({"id": f"M{number:04}", "body": body, "request": request, "mood": mood})
    return rows


def write_table(path: Path, n: int) -> Path:
    """The mails as JSON lines, without what they were made from."""
    rows = [{"id": row["id"], "body": row["body"]} for row in tickets(n)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def measure(source: Path, out: Path, k: str, *more: str, processor: bool = False) -> dict[str, object]:
    """Run the command once into an empty folder; seconds per stage, and what was asked and decided."""
    by = [part for criterion in CRITERIA for part in ("--by", criterion)]
    # Not the installed script: from a source tree, that tree is what is timed.
    clock = "import time; time.perf_counter = time.process_time; " if processor else ""
    program = f"{clock}from localcluster.cli import main; main()"
    command = [sys.executable, "-c", program, "run", str(source), *by, "-k", k, "--out", str(out), "-q"]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL)
    total, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if processor:
        total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    run = json.loads((out / "run.json").read_text())
    seconds = run["facts"]["seconds"]
    return {
        "rows": sum(1 for _ in source.open()),
        "k": k,
        "seconds": {"total": round(total, 1), **seconds, "start": round(total - sum(seconds.values()), 1)},
        "criteria": {one["criterion"]: _decided(one) for one in run["criteria"]},
    }


def _decided(criterion: dict[str, object]) -> dict[str, object]:
    evidence = criterion["evidence"]
    oracle = evidence["oracle"] or {}
    scorers = oracle.get("scorers", ())
    return {
        "k": len(criterion["clusters"]),
        "chosen": oracle.get("chosen"),
        "questions": oracle.get("questions"),
        "scorers": [[row["kind"], row["scorer"], row["n"], row["accepted"]] for row in scorers],
        "adopted": [row["adopted"] for row in oracle.get("rounds", ())],
        "why": oracle.get("why"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", nargs="?", type=Path, help="a table of your own in place of the tickets")
    parser.add_argument("--rows", type=int, default=120)
    parser.add_argument("-k", default="auto")
    parser.add_argument("--keep", type=Path, help="run folder that stays; a temporary one if not given")
    parser.add_argument("--out", type=Path, help="JSON file to write the result to")
    parser.add_argument(
        "--processor", action="store_true", help="count processor seconds: for a machine with other work"
    )
    given, more = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as temporary:
        source = given.source or write_table(Path(temporary) / "tickets.jsonl", given.rows)
        found = measure(
            source, given.keep or Path(temporary) / "run", given.k, *more, processor=given.processor
        )
    text = json.dumps(found, indent=1)
    if given.out:
        given.out.write_text(text + "\n")
    print(text)

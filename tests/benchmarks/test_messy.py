"""The messy mailbox: reproducible, the text inside, no word shared between shaping and judging."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from benchmarks.messy import KINDS, holds, kind_of_row, kinds_of, wrap_texts
from benchmarks.messy.draw import _CLOCK, Draw
from benchmarks.messy.pools import _MODULES, POOLS

ROOT = Path(__file__).parents[2]

ROLES = ("shaping", "judging")
TEXTS = [f"What does plan {row} cost per month? I want to know." for row in range(500)]
AWKWARD = [
    "a",
    "What's up?",
    "Is 3 < 4 && 5 > 4? <b>Yes</b> & no.",
    "> a line that looks quoted\n>> and another",
    "First. Second! Third? Fourth",
    "Note: two lines\nand a name: value",
    "[10:02] Ana: hello\n10:03 Ana: bye",
    "braces {aside} {br} {} and ~~ ^^ \\1 %s",
    "Zürich naïve 北京 🙂\u00a0x",
    "line one\n\nline two after a blank\r\nline three",
    "a-very-long-word-" * 12,
    "word " * 80 + "end",
    "&nbsp; &amp; &lt;p&gt;",
    "{who}: {line} at {time}",
    "{TEXT}",
]

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def test_there_are_many_kinds_of_both_roles():
    names = [kind.name for kind in KINDS]
    assert len(names) >= 40
    assert len(set(names)) == len(names)
    shaping, judging = kinds_of("shaping"), kinds_of("judging")
    assert set(shaping) | set(judging) == set(KINDS)
    assert len(shaping) >= 28
    assert len(judging) >= 10
    with pytest.raises(ValueError, match="no role"):
        kinds_of("tuning")
    with pytest.raises(ValueError, match="at least one"):
        wrap_texts(["a"], [], 0)


def test_the_docstring_names_each_kind_under_its_role():
    doc = " ".join(sys.modules["benchmarks.messy.kinds"].__doc__.split())
    for role, listed in re.findall(r"\*\*(\w+)\*\* kinds: ([\w, ]+)\.", doc):
        assert listed.split(", ") == [kind.name for kind in kinds_of(role.lower())]


@pytest.mark.parametrize("seed", range(3))
def test_every_kind_is_used_about_equally(seed):
    used = Counter(kind_of_row(KINDS, seed, row).name for row in range(500))
    assert set(used) == {kind.name for kind in KINDS}
    assert max(used.values()) < 3 * 500 / len(KINDS)


def test_the_same_seed_gives_the_same_texts_and_another_seed_others():
    once = wrap_texts(TEXTS, KINDS, 1)
    assert once == wrap_texts(TEXTS, KINDS, 1)
    other = wrap_texts(TEXTS, KINDS, 2)
    assert sum(a == b for a, b in zip(once, other, strict=True)) < 5


def test_another_process_gives_the_same_texts():
    code = (
        "import json; from benchmarks.messy import KINDS, wrap_texts;"
        "print(json.dumps(wrap_texts([f'text {i}' for i in range(60)], KINDS, 7)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(printed) == wrap_texts([f"text {row}" for row in range(60)], KINDS, 7)


@each_kind
def test_a_row_depends_on_its_text_the_seed_and_its_number_only(kind):
    alone = kind.wrap(TEXTS[40], 3, 40)
    assert wrap_texts(TEXTS[:41], [kind], 3)[40] == alone
    assert wrap_texts(["other"] * 40 + [TEXTS[40], "more"], [kind], 3)[40] == alone
    mixed = wrap_texts(TEXTS, KINDS, 3)
    for row in (row for row in range(500) if kind_of_row(KINDS, 3, row) == kind):
        assert mixed[row] == kind.wrap(TEXTS[row], 3, row)


@each_kind
def test_the_text_is_inside(kind):
    for row, text in enumerate(TEXTS[:100]):
        assert holds(kind.wrap(text, 0, row), text), kind.wrap(text, 0, row)
    for text in AWKWARD:
        for row in range(25):
            assert holds(kind.wrap(text, 5, row), text), kind.wrap(text, 5, row)
    assert isinstance(kind.wrap("", 0, 0), str)


def test_holds_says_no_where_the_text_is_not():
    assert not holds("Hello,\n\nanother text\n\nBest", "What does plan 7 cost?")
    assert not holds("> What does plan\n> 8 cost?", "What does plan 7 cost?")


@each_kind
def test_distinct_texts_stay_distinct(kind):
    assert len({kind.wrap(text, 0, 11) for text in AWKWARD + TEXTS}) == len(AWKWARD + TEXTS)
    assert len(set(wrap_texts(TEXTS, [kind], 0))) == len(TEXTS)


@each_kind
def test_one_text_comes_in_many_wrappings(kind):
    assert len(set(wrap_texts(["the same text"] * 500, [kind], 0))) > 300


def test_no_template_is_in_both_halves():
    halves = {role: set(chain.from_iterable(POOLS[role].values())) for role in ROLES}
    # Nothing but slots, such as "{first} {last}", is no wording.
    worded = {role: {_words(rule) for rule in halves[role]} - {""} for role in ROLES}
    both = sorted(worded["shaping"] & worded["judging"])
    assert both == []
    names = {role: set(POOLS[role]["first"] + POOLS[role]["last"]) for role in ROLES}
    assert not names["shaping"] & names["judging"]


@pytest.mark.slow
def test_no_line_and_no_sentence_is_in_wrappings_of_both_roles():
    seen = {}
    for role in ROLES:
        wrapped = chain.from_iterable(
            wrap_texts(["#"] * 300, [kind], seed) for kind in kinds_of(role) for seed in range(3)
        )
        parts = chain.from_iterable(re.split(r"\n|(?<=[.!?]) ", text) for text in wrapped)
        seen[role] = {_words(part) for part in parts} - {""}
    both = seen["shaping"] & seen["judging"]
    # The tail of a line that was folded may be a word or two.
    assert all(len(part.split()) <= 2 for part in both), sorted(both)


def _words(text: str) -> str:
    """Letters only, lower case, without slots and tags."""
    return " ".join(re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}|<[^<>]*>", "", text))).lower()


@pytest.mark.parametrize("role", ROLES)
def test_the_pools_are_large(role):
    pools = POOLS[role]
    assert len(set(pools["first"])) >= 100
    assert len(set(pools["last"])) >= 100
    assert len(pools["greeting"]) + len(pools["closing"]) + len(pools["signature"]) >= 75
    assert len(set(pools["aside"])) >= 100
    agents = [symbol for symbol in pools if symbol.startswith("agent_")]
    assert sum(len(pools[symbol]) for symbol in agents) >= 45
    for symbol in ("company", "street", "phone", "disclaimer", "numbers"):
        draw = Draw(role, 0, 0, symbol)
        assert len({draw.say(symbol) for _ in range(400)}) >= 100, symbol
    jobs = set(POOLS["shaping"]["job"]) | set(POOLS["judging"]["job"])
    assert len(jobs) >= 32


@pytest.mark.parametrize("role", ROLES)
def test_the_pools_are_well_formed(role):
    rules = [module.__dict__[role.upper()] for module in _MODULES]
    counts = Counter(chain.from_iterable(rules))
    assert [symbol for symbol, times in counts.items() if times > 1] == []
    known = set(POOLS[role]) | set(_CLOCK) | {"mail", "slug", "TEXT"}
    for symbol, templates in POOLS[role].items():
        assert len(set(templates)) == len(templates), (symbol, Counter(templates).most_common(1))
        for slot in re.findall(r"\{(\w+)\}", " ".join(templates)):
            assert re.sub(r"^(my|box|set)_", "", slot) in known, (symbol, slot)


def test_a_mailbox_has_one_form_over_all_its_rows():
    form = next(kind for kind in KINDS if kind.name == "web_form")
    wrapped = wrap_texts(TEXTS, [form], 4)
    lines = Counter(chain.from_iterable(set(text.splitlines()) for text in wrapped))
    assert any(times == len(TEXTS) for line, times in lines.items() if line)


def test_the_command_shows_shaping_kinds_unless_one_is_named(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS[:5]))
    command = [sys.executable, "-m", "benchmarks", "messy_show", str(file)]
    shown = subprocess.check_output([*command, "--n", "2"], text=True, cwd=ROOT)
    heads = re.findall(r"^=== (\w+) \((\w+)\), row (\d) ===$", shown, re.MULTILINE)
    assert heads == [(k.name, "shaping", n) for k in kinds_of("shaping") for n in "01"]
    named = subprocess.check_output([*command, "--kind", "letter"], text=True, cwd=ROOT)
    assert named.count("=== letter (shaping)") == 3

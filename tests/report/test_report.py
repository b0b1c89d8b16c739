import base64
import hashlib
import json
import re
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localcluster.errors import RunFolderError
from localcluster.evidence import CandidateEvidence
from localcluster.report import write_report
from localcluster.report.payload import MAX_TEXT_CHARS
from localcluster.report.write import render
from localcluster.results import Evidence

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- <script>",
    "\"' onmouseover='alert(1)",
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "&lt;b&gt; &amp; \u2028 \u2029 \u202e reversed",
    "control \x00 \x07 \x1b[31m",
    "]]> --> *//* javascript:alert(1)",
    "emoji 🙂 日本語 العربية",
    "lone surrogate \ud800",
]


class Reader(HTMLParser):
    """Elements with their attributes, script texts, and everything a person would read."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.scripts, self.text, self._in = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag in self._in:
            while self._in.pop() != tag:
                pass

    def handle_data(self, data):
        if self._in and self._in[-1] == "script":
            self.scripts[-1] += data
        elif "style" not in self._in:
            self.text.append(data)


def data_of(reader):
    return json.loads(reader.scripts[0])


def own_part(html):
    """The page without the scripts, which are the same in every report."""
    return re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_strings_are_shown_and_never_obeyed(make_result, hostile):
    plain = Reader(render(make_result()))
    result = make_result(
        texts=[f"{hostile} {i}" for i in range(12)],
        name=hostile,
        description=hostile,
        words=(hostile, hostile),
    )
    for criterion in result.criteria:
        criterion.criterion = criterion.chosen = hostile
        criterion.evidence = Evidence(
            candidates=(CandidateEvidence(hostile, hostile, chosen=True),),
            wordings={hostile: 0.5},
            weights={hostile: 1.0},
            notes=(hostile,),
            k=criterion.evidence.k,
        )
    result.ids = [hostile] * 12
    result.facts = {hostile: {"x": hostile, hostile: [hostile]}}
    html = render(result)
    reader = Reader(html)

    assert len(reader.scripts) == len(plain.scripts) == 3
    assert reader.scripts[1:] == plain.scripts[1:]
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in plain.tags}
    assert {name for _, attrs in reader.tags for name in attrs} <= {
        name for _, attrs in plain.tags for name in attrs
    }
    assert data_of(reader)["texts"] == result.texts
    assert not set("\x00\x07\x1b\u202e") & set(own_part(html).split('id="data"')[0])
    html.encode("utf-8", errors="replace")


def test_hostile_text_is_readable(make_result):
    reader = Reader(render(make_result(texts=["<b>bold</b> {{ 7 * 7 }}"] * 4)))
    assert "<b>bold</b> {{ 7 * 7 }}" in reader.text


def test_nothing_is_loaded_from_anywhere(make_result):
    html = render(make_result())
    for tag, attrs in Reader(html).tags:
        assert tag not in {"link", "iframe", "object", "embed", "img", "base", "form", "audio", "video"}
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attrs.get(name, "#").startswith("#")
    assert not re.search(r"https?:|//cdn|@import|url\(", own_part(html))


def test_the_browser_may_run_only_our_scripts_and_reach_no_network(make_result):
    reader = Reader(render(make_result()))
    policy = next(a["content"] for t, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == "'none'"
    assert "http" not in policy and "'unsafe-inline'" not in rules["script-src"]
    for script in reader.scripts[1:]:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in rules["script-src"]


def test_every_row_is_in_the_page_once(make_result):
    result = make_result(n=30)
    html = render(result)
    data = data_of(Reader(html))
    assert data["texts"] == result.texts and data["ids"] == result.ids
    for shown, criterion in zip(data["criteria"], result.criteria, strict=True):
        assert shown["labels"] == criterion.labels.tolist()
        assert np.allclose(shown["confidence"], criterion.confidence, atol=0.006)
        assert len(shown["x"]) == len(shown["y"]) == 30
        assert max(map(abs, shown["x"] + shown["y"])) == 1000


def test_cards_evidence_and_facts_are_shown(make_result):
    text = " ".join(" ".join(Reader(render(make_result())).text).split())
    for said in (
        "12 texts, clustered by criterion 2 and by criterion 3",
        "Cluster name 2",
        "Description 1.",
        "✓ chosen",
        "0.512",
        "A note on the choice.",
        "2: 0.31",
        "3 empty rows share one cluster.",
        "ab12",
        "12.3",
    ):
        assert said in text


def hostile_decisions(hostile, asked_k, oracle):
    """Every string of the two records replaced."""

    # Words of which there are a few only, and which nothing else can stand for.
    fixed = {"rule", "answer", "kind"}

    def spoil(value):
        if is_dataclass(value):
            found = {each.name: getattr(value, each.name) for each in fields(value)}
            return replace(value, **{name: spoil(v) for name, v in found.items() if name not in fixed})
        if isinstance(value, tuple):
            return tuple(spoil(inner) for inner in value)
        return hostile if isinstance(value, str) else value

    return {"k": spoil(asked_k), "oracle": spoil(oracle)}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_strings_in_the_decisions_are_never_obeyed(make_result, asked_k, oracle, hostile):
    plain, spoiled = make_result(), make_result()
    for result, evidence in (
        (plain, {"k": asked_k, "oracle": oracle}),
        (spoiled, hostile_decisions(hostile, asked_k, oracle)),
    ):
        result.criteria[0].evidence = replace(result.criteria[0].evidence, **evidence)
    plain, html = Reader(render(plain)), render(spoiled)
    reader = Reader(html)
    assert reader.scripts[1:] == plain.scripts[1:]
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in plain.tags}
    assert {name for _, attrs in reader.tags for name in attrs} <= {
        name for _, attrs in plain.tags for name in attrs
    }
    assert not set("\x00\x07\x1b\u202e") & set(own_part(html))
    html.encode("utf-8", errors="replace")


def test_a_name_made_of_words_says_so(make_result):
    assert "named by words" in render(make_result(named_by="words"))
    assert "named by words" not in render(make_result())


@pytest.mark.parametrize(("ks", "n_tables"), [((2,), 0), ((2, 3), 1), ((2, 3, 4), 3)])
def test_a_cross_table_for_every_two_criteria(make_result, ks, n_tables):
    tags = Reader(render(make_result(ks=ks))).tags
    assert sum(a.get("class") == "cross" for _, a in tags) == n_tables


def test_many_clusters_are_folded_and_can_be_filtered(make_result):
    few, many = (Reader(render(make_result(n=160, ks=(k,)))).tags for k in (3, 150))
    assert any("open" in a for t, a in few if t == "details")
    assert not any("open" in a for t, a in many if t == "details")
    assert any(a.get("class") == "filter" for _, a in many)


def test_headings_never_skip_a_level(make_result):
    levels = [int(t[1]) for t, _ in Reader(render(make_result())).tags if re.fullmatch("h[1-6]", t)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_one_row_and_one_cluster_can_be_shown(make_result):
    assert "1 cluster<" in render(make_result(texts=["only"], ks=(1,)))


def test_empty_evidence_and_facts_can_be_shown(make_result):
    result = make_result()
    result.facts = {}
    for criterion in result.criteria:
        criterion.evidence = Evidence()
    assert "What was chosen" not in render(result)


def test_twenty_thousand_rows_stay_small(make_result, tmp_path):
    texts = [f"a text of the usual length, about sixty characters or so {i:6}" for i in range(20_000)]
    write_report(make_result(texts=texts, ks=(150, 3)), tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 5_000_000 + 20_000 * 150


def test_more_rows_than_a_map_draws_are_sampled_and_said(make_result):
    html = render(make_result(n=20_500, ks=(2,)))
    data = data_of(Reader(html))
    assert len(data["texts"]) == 20_500
    assert len(set(data["mapRows"])) == 20_000 and max(data["mapRows"]) == 20_499
    assert "20,000 of the 20,500 rows" in html


def test_long_texts_are_cut_and_said(make_result):
    html = render(make_result(texts=["x" * 5000, "short"] * 3))
    assert len(data_of(Reader(html))["texts"][0]) == MAX_TEXT_CHARS + 1
    assert "3 texts are longer than 1,000 characters" in html


def test_values_that_are_no_numbers_do_not_break_the_data(make_result):
    result = make_result()
    result.criteria[0].map_xy[0] = np.nan
    result.criteria[0].confidence[0] = np.nan
    assert data_of(Reader(render(result)))["criteria"][0]["confidence"][0] == 0


def test_same_result_same_bytes(make_result, tmp_path):
    for name in ("a", "b"):
        write_report(make_result(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_a_report_that_cannot_be_written_is_one_plain_error(make_result, tmp_path):
    with pytest.raises(RunFolderError, match=r"cannot be written: there is no folder .*mkdir -p"):
        write_report(make_result(), tmp_path / "no such folder" / "report.html")


#: Whatever JSON can hold; NaN and infinities are no JSON.
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(value={"k": [[2, 20], 3]})
@example(value={"k": [3, [2, 20]]})
@given(value=JSON_VALUES)
def test_any_fact_can_be_shown(make_result, value):
    result = make_result(n=4, ks=(2,))
    result.facts = {"fact": value}
    assert "fact" in render(result)

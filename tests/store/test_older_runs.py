"""A run folder of the version before: its result is read, and says what it said.

``format_1`` is a whole run by three criteria with scripted models, as the last version that wrote format 1
left it: the number of clusters is chosen by answers, by the silhouette, and given. Its predictors are left
out for their size.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from localcluster.errors import RunFolderError
from localcluster.pipeline.predictor import load_predictors
from localcluster.report.write import render
from localcluster.store import RunFolder, load_result, read_row_evidence, result_to_folder
from localcluster.store.result import RUN_JSON
from localcluster.store.run_folder import FORMAT, MARKER

FORMAT_1 = Path(__file__).parent / "format_1"


@pytest.fixture
def older(tmp_path):
    """A copy of the folder, which a test may write to."""
    return shutil.copytree(FORMAT_1, tmp_path / "run")


@pytest.fixture(scope="module")
def evidence():
    """By criterion: the evidence as it is read now, and as it was written."""
    was = json.loads((FORMAT_1 / RUN_JSON).read_text())["criteria"]
    now = load_result(FORMAT_1).criteria
    return {old["criterion"]: (new.evidence, old["evidence"]) for new, old in zip(now, was, strict=True)}


def test_all_that_was_told_is_told(evidence):
    for new, old in evidence.values():
        assert [(c.view, c.partition, c.chosen, c.score) for c in new.candidates] == [
            (c["view"], c["partition"], c["chosen"], c["score"]) for c in old["candidates"]
        ]
        assert [(c.sentence_support, c.criterion_support) for c in new.candidates] == [
            (c["support in sentence view"], c["support in criterion views"]) for c in old["candidates"]
        ]
        assert (new.wordings, new.weights, new.relatedness) == (
            old["wordings"],
            old["weights"],
            old["relatedness"],
        )
        assert [r.sentence for r in new.readings] == [r["sentence"] for r in old["readings"]]
        assert (new.targets.why, new.head.why) == (old["targets"]["why"], old["head"]["why"])
        assert [[name, value] for name, value in new.targets.figures.items()] == old["targets"]["rows"]
        assert new.targets.chosen == old["targets"]["rows"][old["targets"]["chosen"]][0]
        assert [[t.fraction, t.epochs, t.cross_entropy, t.agreement] for t in new.head.trials] == old["head"][
            "rows"
        ]
        assert new.head.fraction == old["head"]["rows"][old["head"]["chosen"]][0]
        assert new.head.taught_by == old["head"]["taught by"]


def test_what_was_asked_is_told(evidence):
    for new, old in evidence.values():
        old = old["oracle"]
        assert (new.oracle.chosen, new.oracle.why) == (old["chosen"], old["why"])
        assert [vars(scorer) for scorer in new.oracle.scorers] == old["scorers"]
        assert new.oracle.questions.readings == old["questions"]["readings asked"]
        (made,), (was,) = new.oracle.rounds, old["rounds"]
        assert (made.number, made.asked, made.reason) == (was["round"], was["asked"], was["reason"])
        assert vars(made.embedding) == was["embedding"]


def test_the_number_of_clusters_has_its_rule(evidence):
    rules = {name: new.k.rule for name, (new, _) in evidence.items()}
    assert rules == {"sentiment": "change point", "subject": "silhouette", "kind": "given"}
    assert [new.targets.judge for new, _ in evidence.values()] == ["answers", "index", "index"]
    new, old = (part.k if hasattr(part, "k") else part["k"] for part in evidence["sentiment"])
    assert [list(point) for point in new.curve] == old["curve"]
    assert (new.low, new.high, list(new.asked_range)) == (old["low"], old["high"], old["asked_range"])
    assert (new.pairs_asked, new.pairs_answered) == (old["pairs asked"], old["pairs answered"])
    assert [vars(pair) for pair in new.pairs] == old["pairs"]
    assert new.dendrogram.size == old["dendrogram"]["size"]
    assert evidence["kind"][0].k.chosen == 2


def test_the_report_is_made_again(evidence):
    text = " ".join(re.sub(r"<[^>]*>", " ", render(load_result(FORMAT_1))).split())
    for said in ("2 clusters, as you asked.", "chosen by the highest mean silhouette", "are plausible (90%"):
        assert said in text


def test_what_placed_each_row_is_read(older):
    for number, criterion in enumerate(load_result(older).criteria):
        assert read_row_evidence(older, number, criterion.labels) is not None


def test_a_predictor_that_is_not_there_says_what_to_do(older):
    with pytest.raises(RunFolderError, match="Run the command that made the folder again"):
        load_predictors(older, load_result(older))


def test_a_folder_that_is_continued_is_of_this_version_from_then_on(older):
    before = load_result(older)
    with RunFolder.open(older) as folder:
        assert json.loads((older / MARKER).read_text()) == {"format": FORMAT}
        result_to_folder(folder, before)
    assert json.loads((older / RUN_JSON).read_text())["format"] == FORMAT
    for one, other in zip(load_result(older).criteria, before.criteria, strict=True):
        assert one.evidence == other.evidence

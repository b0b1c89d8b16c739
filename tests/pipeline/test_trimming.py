"""Runs on texts with a shared frame, and on rows of which some are known, with scripted models."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from fakes import KINDS, models, reviews
from frame_weights import weights_by_share
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

from localcluster.boilerplate import trim
from localcluster.cli import app
from localcluster.cli.run import show
from localcluster.config import RunConfig
from localcluster.errors import RunFolderError
from localcluster.evidence import ReadingEvidence
from localcluster.items import Items
from localcluster.items.item import Item
from localcluster.pipeline.predict import predict
from localcluster.pipeline.predictor import load_predictors
from localcluster.pipeline.run import run
from localcluster.report.readings import readings
from localcluster.results import Evidence
from localcluster.store import RunFolder, load_result, result_to_folder

pytestmark = pytest.mark.slow

N = 120
OPENING = "Dear team,"
SIGNATURE = "Example Widgets Ltd, 12 Harbour Street, company number 123456"
CONTENT, SENTIMENT, KIND = reviews(N)
runner = CliRunner()


def kept_trimmer(folder):
    """What the run left out of reading, and will of new rows; None where it read all."""
    return load_predictors(folder, load_result(folder))[0].trimmer


def signed(text):
    return f"{OPENING}\n{text}\nKind regards\n{SIGNATURE}"


TEXTS = [signed(text) for text in CONTENT]


def table_of(folder, texts=TEXTS):
    path = folder / "mails.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text"])
        writer.writerows([f"m{number}", text] for number, text in enumerate(texts))
    return path


def config(table, out, **settings):
    defaults = {"by": ("sentiment", "subject"), "k": (2, 3), "rounds": 0}
    return RunConfig.checked(source=str(table), out=out, **{**defaults, **settings})


@pytest.fixture(scope="module", autouse=True)
def by_share():
    """Constants that take everything which a fifth of the rows have for frame; real ones know real texts."""
    weights = weights_by_share()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trim, "weights_for", lambda _: weights)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("trimming")
    return run(config(table_of(path), path / "run"), models=models())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole")
    return run(config(table_of(path), path / "run", keep_all=True), models=models())


def spied(given):
    """What an embedder and a language model are given to read."""
    seen = []
    encode, states = given.embedder.encode, given.llm.hidden_states

    def watched(texts, *rest, **options):
        seen.extend(texts)
        return encode(texts, *rest, **options)

    def watched_states(prompts, *rest, **options):
        seen.extend(
            part.text
            for prompt in prompts
            for turn in prompt.turns
            for part in turn.parts
            if isinstance(part, Item)
        )
        return states(prompts, *rest, **options)

    given.embedder.encode, given.llm.hidden_states = watched, watched_states
    return seen


def test_a_shared_frame_is_left_out_and_told(finished):
    told = finished.result.facts["left out"]
    assert told["rows"] == N
    assert told["parts"] >= 2 * N
    shown = [example for example, _ in told["examples"]]
    assert SIGNATURE[:50] in " ".join(shown)
    assert all(count <= N for _, count in told["examples"])
    notes = [note for note in finished.result.facts["notes"] if "--keep-all" in note]
    assert len(notes) == 1
    assert notes[0].startswith(f"{told['parts']} parts of {N} rows, such as")
    assert shown[0] in notes[0]
    assert json.loads((finished.folder / "run.json").read_text())["facts"]["left out"] == told


def test_the_models_read_the_content_only(tmp_path):
    given = models()
    seen = spied(given)
    run(config(table_of(tmp_path), tmp_path / "run", by=("subject",), k=(3,)), models=given)
    long = [text for text in seen if any(content in text for content in CONTENT)]
    assert len(long) >= 2 * N
    assert not any(SIGNATURE in text for text in long)


def test_keep_all_reads_everything(whole, tmp_path):
    assert "left out" not in whole.result.facts
    assert not any("left out" in note for note in whole.result.facts["notes"])
    assert kept_trimmer(whole.folder) is None
    given = models()
    seen = spied(given)
    run(config(table_of(tmp_path), tmp_path / "run", by=("subject",), k=(3,), keep_all=True), models=given)
    assert set(TEXTS) <= set(seen)


def test_clusters_follow_the_content(finished):
    by_sentiment, by_subject = finished.result.criteria
    assert adjusted_rand_score(SENTIMENT, by_sentiment.labels) > 0.8
    assert adjusted_rand_score(KIND, by_subject.labels) > 0.8
    words = {word for card in by_subject.clusters for word in card.words}
    assert words & {noun for nouns in KINDS.values() for noun in nouns}
    assert not words & {"widgets", "harbour", "regards"}


def test_the_output_has_the_whole_text(finished):
    assert finished.result.texts == TEXTS
    with finished.table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["text"] for row in rows] == TEXTS
    assert "12 Harbour Street" in finished.report.read_text()
    assert finished.result.facts["input"]["distinct texts"] == N


def test_rows_that_are_read_alike_are_one_and_all_get_a_cluster(tmp_path):
    other = [f"Hello there,\n{text}\nKind regards\n{SIGNATURE}" for text in CONTENT]
    found = run(config(table_of(tmp_path, [*TEXTS, *other]), tmp_path / "run"), models=models()).result
    for criterion in found.criteria:
        assert len(criterion.labels) == 2 * N
        assert np.mean(criterion.labels[:N] == criterion.labels[N:]) > 0.95
        assert sum(card.size for card in criterion.clusters) == 2 * N


def test_where_too_few_texts_would_be_left_all_is_read(tmp_path):
    texts = [f"{OPENING}\nthe lamp is broken\nKind regards\n{SIGNATURE} {number}" for number in range(40)]
    found = run(config(table_of(tmp_path, texts), tmp_path / "run", by=("subject",), k=(3,)), models=models())
    told = found.result.facts
    assert "left out" not in told
    assert any("without them, fewer than 3 different texts" in note for note in told["notes"])
    assert kept_trimmer(found.folder) is None
    assert len(found.result.criteria[0].clusters) == 3


def test_an_empty_row_is_none_of_the_texts_that_would_be_left(tmp_path):
    texts = [
        f"{OPENING}\nthe {what} is broken\nKind regards\n{SIGNATURE} {number}"
        for what in ("lamp", "door")
        for number in range(20)
    ]
    found = run(
        config(table_of(tmp_path, [*texts, ""]), tmp_path / "run", by=("subject",), k=(3,)), models=models()
    )
    assert any("without them, fewer than 3 different texts" in n for n in found.result.facts["notes"])


def test_texts_without_a_frame_are_read_as_they_are(tmp_path):
    found = run(config(table_of(tmp_path, CONTENT), tmp_path / "run"), models=models())
    assert "left out" not in found.result.facts
    assert kept_trimmer(found.folder) is None


def test_a_finished_run_again_reads_nothing(finished):
    given = models()
    source = finished.folder.parent / "mails.csv"
    again = run(config(source, finished.folder), models=given)
    assert given.embedder.calls == 0
    assert given.llm.calls["hidden_states"] == given.llm.calls["score"] == 0
    assert again.result.facts["left out"] == finished.result.facts["left out"]
    for a, b in zip(again.result.criteria, finished.result.criteria, strict=True):
        assert np.array_equal(a.labels, b.labels)


def test_a_run_stopped_behind_the_trimming_goes_on_to_the_same(finished, tmp_path, monkeypatch):
    table = table_of(tmp_path)

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("localcluster.pipeline.partition.fit_partition", stop)
        with pytest.raises(KeyboardInterrupt):
            run(config(table, tmp_path / "run"), models=models())
    given = models()
    seen = spied(given)
    continued = run(config(table, tmp_path / "run"), models=given)
    assert SIGNATURE not in seen
    assert continued.result.facts["left out"] == finished.result.facts["left out"]
    for a, b in zip(continued.result.criteria, finished.result.criteria, strict=True):
        assert np.array_equal(a.labels, b.labels)


def test_rows_of_the_run_keep_their_labels(finished):
    result = load_result(finished.folder)
    given = models()
    found = predict(load_predictors(finished.folder, result), Items.from_texts(TEXTS), given)
    assert given.embedder.calls == 0
    for one, criterion in zip(found, result.criteria, strict=True):
        assert np.array_equal(one.labels, criterion.labels)
        np.testing.assert_array_equal(one.confidence, criterion.confidence)


def test_new_rows_in_the_same_frame_are_read_by_their_content(finished):
    result = load_result(finished.folder)
    predictors = load_predictors(finished.folder, result)
    new, sentiment, kind = (part[:30] for part in reviews(60, seed=9))
    given = models()
    seen = spied(given)
    found = predict(predictors, Items.from_texts([signed(text) for text in new]), given)
    assert not any(SIGNATURE in text for text in seen if any(content in text for content in new))
    truths = ((SENTIMENT, sentiment), (KIND, kind))
    for one, criterion, (old, truth) in zip(found, result.criteria, truths, strict=True):
        name_of = {c: np.bincount(old[criterion.labels == c]).argmax() for c in range(criterion.k)}
        assert np.mean([name_of[c] for c in one.labels] == truth) > 0.9


def test_a_new_row_alone_and_among_others_gets_the_same(finished):
    predictors = load_predictors(finished.folder, load_result(finished.folder))
    new = [signed(text) for text in reviews(60, seed=9)[0][:6]]
    together = predict(predictors, Items.from_texts(new), models())
    for row, text in enumerate(new):
        alone = predict(predictors, Items.from_texts([text]), models())
        assert [one.labels[0] for one in alone] == [one.labels[row] for one in together]


def test_a_run_that_reads_all_forgets_what_one_before_it_left_out(tmp_path):
    table = table_of(tmp_path)
    first = run(config(table, tmp_path / "run", by=("subject",), k=(3,)), models=models())
    assert kept_trimmer(first.folder) is not None
    second = run(config(table, tmp_path / "run", by=("subject",), k=(3,), keep_all=True), models=models())
    assert kept_trimmer(second.folder) is None
    third = run(config(table, tmp_path / "run", by=("subject",), k=(3,)), models=models())
    assert kept_trimmer(third.folder) is not None


def test_keep_all_on_the_command_line(tmp_path, use_models):
    use_models(models)
    arguments = ["run", str(table_of(tmp_path)), "--by", "subject", "-k", "3", "--rounds", "0"]
    trimmed = runner.invoke(app, [*arguments, "--out", str(tmp_path / "a")])
    kept = runner.invoke(app, [*arguments, "--out", str(tmp_path / "b"), "--keep-all"])
    assert trimmed.exit_code == kept.exit_code == 0, trimmed.output + kept.output
    assert "the models do not read them" in " ".join(trimmed.output.split())
    assert "the models do not read them" not in " ".join(kept.output.split())


@pytest.fixture(scope="module")
def disagreeing(tmp_path_factory):
    """By sentiment, which the embedder cannot see, with the criterion's reading asked for."""
    path = tmp_path_factory.mktemp("readings")
    table = table_of(path, CONTENT)
    found = {}
    for view in ("sentence", "criterion"):
        settings = config(table, path / view, by=("sentiment",), k=(2,), view=view)
        found[view] = run(settings, models=models())
    return found


def test_each_reading_can_be_asked_for(disagreeing):
    read = {view: each.result.criteria[0].labels for view, each in disagreeing.items()}
    assert adjusted_rand_score(SENTIMENT, read["criterion"]) > 0.8
    assert adjusted_rand_score(SENTIMENT, read["sentence"]) < 0.1


def test_two_readings_that_disagree_are_kept_with_the_result(disagreeing):
    for view, each in disagreeing.items():
        told = load_result(each.folder).criteria[0].evidence.readings
        assert [one.chosen for one in told] == [True, False]
        assert told[0].view == view
        assert {one.view for one in told} == {"sentence", "criterion"}
        for one in told:
            assert one.sentence.startswith(f"Read by {one.reading}. The words of the largest groups: ")
            assert len(one.rows) == 2
            assert all(0 <= row < N for row in one.rows)


def test_readings_that_agree_are_not_told(finished):
    by_subject = finished.result.criteria[1]
    assert by_subject.evidence.readings == ()


def test_the_report_shows_both_readings(disagreeing):
    page = disagreeing["criterion"].report.read_text()
    assert "Two readings disagree" in page
    assert "<code>--view sentence</code>" in page
    assert "<code>--view criterion</code>" in page


def test_the_terminal_shows_both_readings_and_the_option_of_the_other(disagreeing, capsys):
    show(disagreeing["criterion"].result)
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("Two readings of these rows disagree:")
    told = [line for line in lines[at + 1 :] if line.startswith("  Read by ")]
    assert told[0].startswith("  Read by the language model, asked by the criterion")
    assert told[0].endswith("(used here)")
    assert told[1].endswith("(take it with --view sentence)")
    examples = [line.removeprefix("    - ") for line in lines[at + 1 :] if line.startswith("    - ")]
    assert len(examples) == 4
    assert set(examples) <= set(CONTENT)


def test_the_terminal_says_nothing_where_readings_agree(finished, capsys):
    show(replace(finished.result, criteria=finished.result.criteria[1:]))
    assert "disagree" not in capsys.readouterr().out


def test_readings_as_a_person_compares_them(disagreeing):
    result = disagreeing["criterion"].result
    evidence = result.criteria[0].evidence
    mine, other = readings(evidence, result, 20)
    assert (mine.chosen, mine.option) == (True, "--view criterion")
    assert (other.chosen, other.option) == (False, "--view sentence")
    for example in (*mine.examples, *other.examples):
        assert len(example) <= 20
        assert example.endswith("...")
    assert readings(Evidence(), result) == []
    # Records of other rows, or damaged ones, show what there is.
    told = ReadingEvidence("both", "both", chosen=False, sentence="Read.", rows=(0, 10**6, -1))
    assert readings(Evidence(readings=(told,)), result)[0].examples == [CONTENT[0]]


def test_known_rows_choose_the_reading(tmp_path):
    table = table_of(tmp_path, CONTENT)
    for number, (truth, says) in enumerate(((SENTIMENT, "criterion"), (KIND, "sentence"))):
        file = tmp_path / f"known{number}.csv"
        rows = "".join(f"m{row},{truth[row]}\n" for row in range(0, N, 3))
        file.write_text("id,class\n" + rows)
        settings = config(table, tmp_path / says, by=("sentiment",), k=(2,), known=file)
        found = run(settings, models=models()).result.criteria[0]
        chosen = [one for one in found.evidence.candidates if one.chosen]
        score = adjusted_rand_score(truth, found.labels)
        assert score > 0.5, (says, chosen, found.chosen, score)


def words_command(folder, *arguments):
    return runner.invoke(app, ["explain", str(folder), "1", "--words", *arguments])


def test_words_are_weighed_in_the_text_that_the_run_read(tmp_path, use_models):
    table = tmp_path / "mails.jsonl"
    rows = [{"subject": OPENING, "body": f"{text}\nKind regards,\n{SIGNATURE}"} for text in CONTENT]
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = config(table, tmp_path / "run", by=("subject",), k=(3,), text_column=("subject", "body"))
    folder = run(settings, models=models()).folder
    assert load_result(folder).read[0] == f"{OPENING}\n{CONTENT[0]}"
    given = models()
    seen = spied(given)
    use_models(lambda: given)
    told = words_command(folder)
    assert told.exit_code == 0, told.output
    words = [OPENING.split()[0], OPENING.split()[1], *CONTENT[0].split()]
    # Every variant lacks one word of what was read, and has nothing else.
    variants = {" ".join(words[:at] + words[at + 1 :]) for at in range(len(words))}
    assert {" ".join(text.split()) for text in seen} == {" ".join(words), *variants}
    assert f"not read: Kind regards, {SIGNATURE}"[:60] in " ".join(told.stdout.split())


def test_a_run_that_does_not_say_what_it_read_is_to_be_made_again(finished, tmp_path, use_models):
    use_models(models)
    folder = tmp_path / "older"
    shutil.copytree(finished.folder, folder)
    with RunFolder.open(folder) as opened:
        result_to_folder(opened, replace(load_result(folder), read=None))
    told = words_command(folder)
    assert told.exit_code == RunFolderError.exit_code
    assert "Run the command that made it again" in " ".join(told.stderr.split())

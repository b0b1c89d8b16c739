"""Runs on pictures, from the folder to the report: with a scripted model, and with this repo's tiny one."""

from __future__ import annotations

import csv
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fakes import COLORS, SHAPES, WordEmbedder, draw_pictures, models, seeing
from PIL import Image
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

from localcluster.backends.base import LAST_TOKEN, Item
from localcluster.cli import app, console
from localcluster.config import RunConfig
from localcluster.errors import ConfigError
from localcluster.models import Models
from localcluster.pipeline.run import run
from localcluster.store import load_result
from localcluster.testing import ScriptedModel

pytestmark = pytest.mark.slow

N = 60
BY = ("color of the object", "shape of the object")


def config(folder: Path, out: str = "run", **settings: object) -> RunConfig:
    defaults = {"by": BY, "k": (2, 3)}
    return RunConfig.checked(source=str(folder), out=folder.parent / out, **{**defaults, **settings})


class Drawn:
    """A folder of pictures, what each shows, and the first run on it."""

    def __init__(self, base: Path) -> None:
        self.folder = base / "photos"
        self.shows, self.color, self.shape = draw_pictures(self.folder, N)
        self.models = seeing(self.shows)
        self.finished = run(config(self.folder), models=self.models)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return Drawn(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setattr(console.out, "_width", 200)


def test_each_clustering_follows_its_criterion(drawn):
    color, shape = drawn.finished.result.criteria
    assert adjusted_rand_score(drawn.color, color.labels) == 1
    assert adjusted_rand_score(drawn.shape, shape.labels) == 1
    assert adjusted_rand_score(drawn.shape, color.labels) < 0.1
    assert adjusted_rand_score(drawn.color, shape.labels) < 0.1


def test_clusters_are_called_what_their_pictures_show(drawn):
    for found, kinds in zip(drawn.finished.result.criteria, (COLORS, SHAPES), strict=True):
        assert {card.name.casefold() for card in found.clusters} == set(kinds)
        for card in found.clusters:
            assert card.named_by == "model"
            assert card.words == ()  # Names of files are no words of what they show.
            assert card.lens_words[0] == card.name.casefold()
            assert card.description.startswith(("These images", "Images of"))


def test_all_criteria_are_read_in_one_pass(drawn):
    asked = []

    class Watched(ScriptedModel):
        def hidden_states(self, prompts, layers, at=LAST_TOKEN, *, progress=None):
            asked.append(prompts)
            return super().hidden_states(prompts, layers, at, progress=progress)

    own = seeing(drawn.shows)
    own.llm = Watched(pictures=drawn.shows)
    own.writes_names = False
    run(config(drawn.folder, "watched", rounds=0), models=own)
    (prompts,) = asked
    pictures = [next(p for p in prompt.turns[0].parts if isinstance(p, Item)).image for prompt in prompts]
    both, wordings = len(BY), 2
    assert len(pictures) == N * both * wordings
    # Every question about a picture next to the others about it, so that its beginning is read once.
    assert sum(a != b for a, b in pairwise(pictures)) == N - 1


def test_the_report_is_a_contact_sheet(drawn):
    result, html = drawn.finished.result, drawn.finished.report.read_text()
    shown = re.findall(r'<img[^>]* src="data:image/jpeg;base64,', html)
    assert shown and len(set(re.findall(r'data-row="(\d+)"', html))) == len(result.thumbnails)
    for found in result.criteria:
        for card in found.clusters:
            assert card.exemplars[0] in result.thumbnails
    assert "clustering head" in html.casefold()


def test_the_record_names_pictures_and_no_place(drawn):
    folder = drawn.finished.folder
    stored = load_result(folder)
    assert stored.images == stored.texts == sorted(drawn.shows)
    assert stored.thumbnails == drawn.finished.result.thumbnails
    document = (folder / "run.json").read_text()
    for written in (document, drawn.finished.report.read_text(), drawn.finished.table.read_text()):
        assert str(drawn.folder.parent) not in written
    facts = json.loads(document)["facts"]
    assert facts["models"]["language model"]["modalities"] == ["text", "image"]
    assert "embedder" not in facts["models"]
    with drawn.finished.table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["file"] for row in rows] == stored.images
    for found in stored.criteria:
        head = found.evidence.head
        assert head.fraction in {trial.fraction for trial in head.trials}
        assert head.why


def test_a_row_is_explained_by_the_name_of_its_file(drawn):
    shown = CliRunner().invoke(app, ["explain", str(drawn.finished.folder), "007.png"])
    assert shown.exit_code == 0, shown.output
    color, shape = COLORS[drawn.color[7]], SHAPES[drawn.shape[7]]
    said = shown.output.casefold()
    assert f"by {BY[0]}" in said and f"by {BY[1]}" in said
    assert re.search(rf"cluster\s+{color} \(cluster", said) and re.search(rf"thinks of\s+{color}\b", said)
    assert re.search(rf"cluster\s+{shape} \(cluster", said) and re.search(rf"thinks of\s+{shape}\b", said)
    assert "runner-up" in said and "nearest examples" in said


def test_a_run_whose_record_is_gone_reads_and_asks_nothing_again(drawn):
    folder = drawn.finished.folder
    before = load_result(folder)
    (folder / "run.json").unlink()
    again = seeing(drawn.shows)
    finished = run(config(drawn.folder), models=again)
    assert sum(again.llm.calls.values()) == 0
    for old, new in zip(before.criteria, finished.result.criteria, strict=True):
        np.testing.assert_array_equal(old.labels, new.labels)
        assert old.clusters == new.clusters
        assert new.evidence.oracle.questions.readings == 0


@pytest.mark.parametrize("stage", ["embedding.embed_by_criteria", "head.fit_head", "run.thumbnails"])
def test_a_run_stopped_in_any_stage_continues_to_the_same_result(drawn, stage, monkeypatch, tmp_path):
    settings = config(drawn.folder).model_copy(update={"out": tmp_path / "run"})

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"localcluster.pipeline.{stage}", stop)
        with pytest.raises(KeyboardInterrupt):
            run(settings, models=seeing(drawn.shows))
    assert not (tmp_path / "run" / "run.json").exists()
    continued = run(settings, models=seeing(drawn.shows))
    for old, new in zip(drawn.finished.result.criteria, continued.result.criteria, strict=True):
        np.testing.assert_array_equal(old.labels, new.labels)
        assert old.clusters == new.clusters


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (models, r"photos holds pictures, and scripted reads text only.*--llm, llm"),
        (lambda: Models(WordEmbedder(), None), r"photos holds pictures, which only a language model.*--llm"),
    ],
)
def test_models_that_see_nothing_are_refused_before_a_folder_is_made(drawn, own, says):
    with pytest.raises(ConfigError, match=says):
        run(config(drawn.folder, "refused"), models=own())
    assert not (drawn.folder.parent / "refused").exists()


def test_without_a_language_model_the_command_says_what_to_name(drawn, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, ["run", str(drawn.folder), "--by", "color", "--llm", "none"])
    assert found.exit_code == ConfigError.exit_code
    assert "--llm, llm" in " ".join(found.output.split()) and "Traceback" not in found.output
    assert not list(tmp_path.iterdir())


def test_a_picture_that_cannot_be_read_and_a_copy_keep_their_rows(drawn, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    names = sorted(drawn.shows)[:30]
    for name in names:
        (folder / name).write_bytes((drawn.folder / name).read_bytes())
    (folder / "copy.png").write_bytes((drawn.folder / names[0]).read_bytes())
    (folder / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "zero.jpg").touch()
    own = seeing(drawn.shows)
    finished = run(config(folder, by=BY[:1], k=(2,)), models=own)
    (found,) = finished.result.criteria
    row = {name: at for at, name in enumerate(finished.result.images)}
    assert len(found.labels) == 33
    assert found.labels[row["copy.png"]] == found.labels[row[names[0]]]
    assert found.confidence[row["torn.png"]] == found.confidence[row["zero.jpg"]] == 0
    assert adjusted_rand_score(drawn.color[:30], found.labels[[row[name] for name in names]]) == 1
    notes = " ".join(finished.result.facts["notes"])
    assert "2 pictures that cannot be read" in notes and "1 row with the picture of an earlier row" in notes
    assert not {row["torn.png"], row["zero.jpg"]} & set(finished.result.thumbnails)


@pytest.mark.parametrize("every", [True, False])
def test_a_table_of_pictures_and_texts_is_one_run(drawn, tmp_path, every):
    names, shown = sorted(drawn.shows)[:40], []
    for at, name in enumerate(names):
        only_text, only_picture = not every and at % 4 == 3, not every and at % 4 == 2
        caption = drawn.shows[name] if only_text else "" if only_picture else f"taken on day {at}"
        shown.append(f"{'' if only_text else f'photos/{name}'},{caption}")
    table = drawn.folder.parent / "table.csv"
    table.write_text("\n".join(["image,text", *shown]) + "\n")
    own = seeing(drawn.shows)
    own.embedder = WordEmbedder()
    settings = RunConfig.checked(source=str(table), by=BY[:1], k=(2,), out=tmp_path / "run")
    (found,) = run(settings, models=own).result.criteria
    assert adjusted_rand_score(drawn.color[:40], found.labels) == 1
    # To an embedder of texts, a picture without a text would be the name of its file.
    assert own.embedder.calls == (1 if every else 0)


TINY = Path(__file__).parents[1] / "models" / "tiny-mllm"


@pytest.mark.models
def test_the_tiny_model_of_this_repo_clusters_pictures_by_what_is_asked(tmp_path, monkeypatch):
    if not (TINY / "model.safetensors").exists():
        pytest.skip("models/tiny-mllm is not in this checkout; train it with scripts/tiny_mllm/train.py")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "scripts" / "tiny_mllm"))
    from pictures import write_pictures

    labels = write_pictures(tmp_path / "photos", 80, seed=123)
    command = ["run", str(tmp_path / "photos"), "--llm", str(TINY), "--out", str(tmp_path / "run")]
    criteria = {"color": "color of the objects", "texture": "texture of the objects"}
    for (factor, criterion), k in zip(criteria.items(), (5, 3), strict=True):
        assert factor in criterion
        command += ["--by", criterion, "-k", str(k)]
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 0, found.output
    result = load_result(tmp_path / "run")
    for clustering in result.criteria:
        for factor in criteria:
            score = adjusted_rand_score([row[factor] for row in labels], clustering.labels)
            assert score > 0.9 if factor in clustering.criterion else abs(score) < 0.1
    colors = {card.name.casefold() for card in result.criteria[0].clusters}
    assert colors == {row["color"] for row in labels}
    picture = Image.open((tmp_path / "photos").iterdir().__next__())
    assert result.thumbnails and picture.size == (96, 96)
    shown = CliRunner().invoke(app, ["explain", str(tmp_path / "run"), "00003.png"])
    assert shown.exit_code == 0, shown.output
    assert re.search(rf"thinks of\s+{labels[3]['color']}\b", shown.output)

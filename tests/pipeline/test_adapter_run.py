"""Runs with adapters, through the command line: what they change, and new rows are read alike."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from fakes import reviews
from transformers import AutoModel, BertConfig, BertModel, BertTokenizerFast
from typer.testing import CliRunner

from localcluster.adapters import Adapters, adapters_for
from localcluster.cli import app
from localcluster.embed import SentenceEmbedder
from localcluster.embed.weight_change import EMBEDDER, write_change
from localcluster.errors import ConfigError
from localcluster.registry.checksum import sha256_of
from localcluster.registry.manifest import read_manifest
from localcluster.store import load_result

pytestmark = pytest.mark.slow

TEXTS, _, _ = reviews(60)
NEW, _, _ = reviews(20, seed=9)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An embedder of random weights, an adapter of it, and a table."""
    path = tmp_path_factory.mktemp("adapter")
    folder = path / "tiny-embedder"
    folder.mkdir()
    words = sorted({word for text in [*TEXTS, *NEW, "sentiment subject"] for word in text.split()})
    (folder / "vocab.txt").write_text("\n".join([*SPECIAL, *words]))
    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(SPECIAL) + len(words), **size)).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    taught = {name: weights + 0.05 * torch.randn_like(weights) for name, weights in base.items()}
    about = {"base": SentenceEmbedder(folder, "cpu").sha256}
    write_change(path / "reader.safetensors", base, taught, about)
    write_change(path / "other.safetensors", base, taught, {"base": "0" * 64})
    write_change(path / "taught.safetensors", base, taught, {**about, "role": EMBEDDER})
    for name, texts in (("rows", TEXTS), ("new", [*NEW, TEXTS[3]])):
        (path / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def command(*arguments):
    return CliRunner().invoke(app, [str(part) for part in arguments])


def said(done):
    """Output as one line."""
    return " ".join(done.output.split())


def without(files):
    """Models of a run without an adapter."""
    return ["--llm", "none", "--embedder", files / "tiny-embedder"]


def test_the_readers_view_makes_clusters_and_new_rows_are_read_alike(files, tmp_path):
    given = [*without(files), "--adapter", files / "reader.safetensors"]
    asked = ["--by", "sentiment", "-k", 3, "--view", "criterion", "--out", tmp_path / "run", "--quiet"]
    done = command("run", files / "rows.jsonl", *asked, *given)
    assert done.exit_code == 0, done.output
    result = load_result(tmp_path / "run")
    assert result.criteria[0].evidence.weights == {"reader": 1.0}
    assert result.facts["models"]["fast reader"]["name"] == "reader"
    assert str(files) not in json.dumps(result.facts)

    new = ["predict", tmp_path / "run", files / "new.jsonl", "--out", tmp_path / "new.csv", "--quiet"]
    refused = command(*new, *without(files)[2:])
    assert refused.exit_code != 0 and "--adapter" in refused.output
    found = command(*new, *given[2:])
    assert found.exit_code == 0, found.output
    rows = list(csv.DictReader((tmp_path / "new.csv").open()))
    assert len(rows) == len(NEW) + 1
    kept = list(csv.DictReader((tmp_path / "run" / "clusters.csv").open()))[3]
    assert rows[-1]["sentiment_cluster"] == kept["sentiment_cluster"]


def test_the_criterion_decides_what_the_reader_reads(files, tmp_path):
    given = [*without(files), "--adapter", files / "reader.safetensors"]
    asked = ["--by", "sentiment", "--by", "subject", "-k", 3, "--view", "criterion", "--quiet"]
    done = command("run", files / "rows.jsonl", *asked, "--out", tmp_path / "run", *given)
    assert done.exit_code == 0, done.output
    first, second = load_result(tmp_path / "run").criteria
    assert not np.array_equal(first.map_xy, second.map_xy)


def test_an_adapter_of_another_embedder_is_refused(files, tmp_path):
    given = [*without(files), "--out", tmp_path / "run", "-k", 3]
    for name, said in (("other.safetensors", "another embedder"), ("gone.safetensors", "missing")):
        done = command("run", files / "rows.jsonl", "--by", "topic", "--adapter", files / name, *given)
        assert done.exit_code != 0 and said in " ".join(done.output.split()), done.output
        assert not (tmp_path / "run" / "run.json").exists()


def test_what_the_embedder_was_taught_changes_its_view_and_new_rows_need_it_too(files, tmp_path):
    asked = ["run", files / "rows.jsonl", "--by", "sentiment", "-k", 3, "--quiet", *without(files)]
    taught = ["--adapter", files / "taught.safetensors"]
    for name, more in (("plain", []), ("taught", taught)):
        done = command(*asked, *more, "--out", tmp_path / name)
        assert done.exit_code == 0, done.output
    plain, other = (load_result(tmp_path / name) for name in ("plain", "taught"))
    assert not np.array_equal(plain.criteria[0].map_xy, other.criteria[0].map_xy)
    assert plain.facts["models"]["embedder"]["adapter"] == ""
    assert other.facts["models"]["embedder"]["adapter"] == sha256_of(files / "taught.safetensors")

    new = ["predict", tmp_path / "taught", files / "new.jsonl", "--out", tmp_path / "n.csv", "--quiet"]
    refused = command(*new, *without(files)[2:])
    assert refused.exit_code != 0 and "This run's embedder read with the adapter" in said(refused)
    found = command(*new, *without(files)[2:], *taught)
    assert found.exit_code == 0, found.output


def test_an_adapter_whose_model_reads_no_new_row_is_no_hindrance(files):
    path, base = files / "taught.safetensors", SentenceEmbedder(files / "tiny-embedder", "cpu").sha256
    assert adapters_for(str(path), "", "", some_models=True) == Adapters()
    assert adapters_for(str(path), base, "").embedder == path
    with pytest.raises(ConfigError, match="this run has none"):
        adapters_for(str(path), "", "")


def test_an_adapter_without_its_model_is_refused(files, tmp_path):
    asked = ["run", files / "rows.jsonl", "--by", "topic", "-k", 3, "--out", tmp_path / "run"]
    done = command(*asked, *without(files), "--adapter", "smollm2-reading")
    assert done.exit_code != 0 and "of a language model in a file, and this run has none" in said(done)
    assert not (tmp_path / "run").exists()


def test_one_of_ours_that_is_on_by_default_is_used_unless_the_user_goes_without(monkeypatch):
    (ours,) = read_manifest().adapter
    on = replace(read_manifest(), adapter=(replace(ours, default=True),))
    monkeypatch.setattr("localcluster.registry.shipped.read_manifest", lambda: on)
    used = [adapters_for(named, "", ours.base_sha256).llm for named in ("auto", "none", ours.name)]
    assert [path and path.name for path in used] == [ours.file.path, None, ours.file.path]
    assert adapters_for("auto", "", "0" * 64) == Adapters()


@pytest.mark.models
def test_our_adapter_reads_where_it_is_asked_for_and_for_new_rows_too(files, tmp_path, starter_gguf):
    few = tmp_path / "few.jsonl"
    few.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS[:16]))
    asked = ["run", few, "--by", "sentiment", "-k", 2, "--rounds", 0, "--view", "criterion", "--quiet"]
    for name, more in (("plain", []), ("adapted", ["--adapter", "smollm2-reading"])):
        done = command(*asked, *more, "--out", tmp_path / name)
        assert done.exit_code == 0, done.output
    made_with = [
        load_result(tmp_path / name).facts["models"]["language model"] for name in ("plain", "adapted")
    ]
    ours = next(one for one in read_manifest().adapter if one.name == "smollm2-reading")
    assert [one["adapter"] for one in made_with] == ["", ours.file.sha256]
    # The run knows what it was read with; nobody has to say so again.
    for name in ("plain", "adapted"):
        found = command(
            "predict", tmp_path / name, files / "new.jsonl", "--out", tmp_path / "n.csv", "--quiet"
        )
        assert found.exit_code == 0, found.output
    other = command("predict", tmp_path / "adapted", files / "new.jsonl", "--adapter", "none", "--quiet")
    assert other.exit_code != 0 and "without an adapter" in " ".join(other.output.split())

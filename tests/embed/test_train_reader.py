"""Short trainings of the embedder: it learns, goes on where it was killed, and leaves what is used."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from localcluster.embed import FastReader, SentenceEmbedder
from localcluster.embed.weight_change import EMBEDDER, write_change

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts" / "train_reader"
POOL = ROOT.parent / "shared" / "data" / "train"
#: A small set with two criteria, and short texts.
SET = "nlu_evaluation_corpora"

pytestmark = [
    pytest.mark.models,
    pytest.mark.slow,
    pytest.mark.skipif(not POOL.exists(), reason="the training pool is not beside the project"),
]


def teach(out: Path, script: str = "fast.py", *, killed_after_a_checkpoint: bool = False) -> list[dict]:
    command = [sys.executable, SCRIPTS / script, POOL, out, "--steps", 24, "--only", SET]
    command = [str(part) for part in [*command, "--threads", 1, "--save-every", 8, "--no-measure"]]
    log = out / "log.jsonl"
    if killed_after_a_checkpoint:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not log.exists() and process.poll() is None:
            time.sleep(0.05)
        process.kill()
        assert process.wait() != 0, "it ended before it was killed"
    subprocess.run(command, check=True, capture_output=True)
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_short_training_learns_what_untrained_weights_do_not_know(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import torch
    from fast import BASE, loss_of
    from pool import Batches, read_sets
    from transformers import AutoModel, AutoTokenizer

    from localcluster.registry import resolve

    assert [one["step"] for one in teach(tmp_path / "taught")] == [8, 16, 24]
    teach(tmp_path / "stopped", killed_after_a_checkpoint=True)
    kept = [
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("taught", "stopped")
    ]
    assert kept[0]["step"] == 24
    for name, weights in kept[0]["model"].items():
        assert torch.equal(weights, kept[1]["model"][name]), name

    folder = resolve(BASE, "embedder")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    taught = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    taught.load_state_dict(kept[0]["model"])
    batches = Batches(read_sets(POOL, "train", [SET]), seed=1)
    with torch.no_grad():
        losses = [
            [float(loss_of(model, base, tokenizer, batches[number], 60)) for number in range(4)]
            for model in (base, taught)
        ]
    assert np.mean(losses[1]) < np.mean(losses[0]) - 0.3, losses

    path = tmp_path / "fast-reader" / "weights.safetensors"
    path.parent.mkdir()
    write_change(path, base.state_dict(), kept[0]["model"], {})
    assert path.stat().st_size < 16 * 2**20
    reader = FastReader.open(folder, path, "cpu")
    assert (
        np.abs(reader.read(["hello there"], "intent") - reader.read(["hello there"], "domain")).max() > 1e-3
    )


def test_themes_that_the_embedder_sees_are_sharper_after_a_short_training(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import torch
    from fast import BASE
    from pool import read_sets
    from themes import clear_to
    from transformers import AutoModel

    from localcluster.registry import resolve

    assert [one["step"] for one in teach(tmp_path / "taught", "themes.py")] == [8, 16, 24]
    before = json.loads((tmp_path / "taught" / "clear.json").read_text())
    folder = resolve(BASE, "embedder")
    kept = torch.load(tmp_path / "taught" / "checkpoint.pt", weights_only=True)
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False).state_dict()
    path = tmp_path / "themes.safetensors"
    write_change(path, base, kept["model"], {"role": EMBEDDER})
    after = clear_to(SentenceEmbedder(folder, adapter=path).encode, read_sets(POOL, "train", [SET]))
    assert after.keys() == before.keys() and np.mean(list(after.values())) > np.mean(list(before.values()))

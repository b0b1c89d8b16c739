from __future__ import annotations

import numpy as np
import pytest

from localcluster.boilerplate.context import CONTEXT, IN_ROW
from localcluster.boilerplate.density import DENSITY
from localcluster.boilerplate.statistics import FEATURES
from localcluster.boilerplate.weights import Net, about_weights, weights_for
from localcluster.registry.manifest import read_manifest

TOLD = about_weights()
COLUMNS = len(FEATURES) + len(DENSITY)


@pytest.mark.parametrize(("sha256", "vector"), [(TOLD["embedder"], 384), ("0" * 64, 0)])
def test_there_is_a_weight_for_every_column(sha256, vector):
    weights = weights_for(sha256)
    assert weights.alone.inner.shape[0] == (COLUMNS + vector if vector else len(FEATURES))
    beside = 1 + len(CONTEXT) + COLUMNS if vector else 1 + IN_ROW + len(FEATURES)
    assert weights.among.inner.shape[0] == beside
    for net in (weights.alone, weights.among):
        assert np.isfinite(net.inner).all() and np.isfinite(net.outer).all()
    assert weights.reads_vectors == bool(vector)
    assert 0 < weights.keep_from < 1


def test_that_embedder_is_the_starter(starter_embedder):
    from localcluster.embed import SentenceEmbedder

    assert SentenceEmbedder(starter_embedder).sha256 == TOLD["embedder"]
    assert read_manifest().get("all-minilm-l6-v2") is not None


def test_a_logit_does_not_depend_on_the_parts_beside_it():
    rng = np.random.default_rng(0)
    net = Net(
        rng.normal(size=(30, 8)).astype(np.float32),
        rng.normal(size=8).astype(np.float32),
        rng.normal(size=8).astype(np.float32),
        0.5,
    )
    inputs = rng.normal(size=(50, 30)).astype(np.float32)
    together = net.logit(inputs)
    assert np.array_equal(together, np.concatenate([net.logit(one[None]) for one in inputs]))
    hidden = np.maximum(inputs @ net.inner + net.inner_bias, 0)
    np.testing.assert_allclose(together, hidden @ net.outer + 0.5, rtol=1e-4, atol=1e-4)


def test_the_file_holds_what_was_checked():
    """Of a frame that everybody would know, each network must say so: the file may be damaged unseen."""
    told = TOLD["with vectors"]["checked on other sets and kinds"]
    assert told["area under the curve"] > 0.9
    weights = weights_for("0" * 64)
    columns = np.zeros((2, len(FEATURES) + len(DENSITY)), np.float32)
    # A first line that half of the rows have, and one that no other row has.
    for name, values in {
        "rows with its template, log": (4.0, 0.0),
        "rows with its template, share": (0.5, 0.01),
        "is the first unit": (1.0, 0.0),
        "place from the start, share": (0.0, 0.5),
        "units of the row, log": (1.4, 1.4),
        "characters, log": (2.5, 4.5),
        "rows with its words, mean share": (0.5, 0.05),
        "ends as a sentence does": (0.0, 1.0),
    }.items():
        columns[:, FEATURES.index(name)] = values
    frame, content = weights.first(columns, np.zeros((2, 0), np.float32))
    assert content > frame + 2


def test_no_set_and_no_kind_that_anything_is_judged_on_taught_them():
    from benchmarks.messy import kinds_of

    names = " ".join(TOLD["sets"])
    assert not any(
        name in names for name in ("banking77", "clinc", "massive", "snips", "hwu64", "go_emotion")
    )
    assert TOLD["kinds"] and not {kind.name for kind in kinds_of("judging")} & set(TOLD["kinds"])

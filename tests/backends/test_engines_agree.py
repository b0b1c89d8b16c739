"""One GGUF file through llama.cpp and through transformers gives the same answers, within rounding.

llama.cpp multiplies 4-bit weights with 8-bit activations, transformers unpacks the weights to float32 or
bfloat16. Tolerances are about twice what was measured on the starter model.
"""

import numpy as np
import pytest

from localcluster.backends.base import ITEM_MEAN, Item, Prompt, TokenSelector
from localcluster.backends.gguf.model import GGUFModel
from localcluster.backends.hf import HFModel

pytestmark = pytest.mark.models

TEXTS = [
    "I love this phone, the battery lasts for days.",
    "The food was cold and the waiter was rude.",
    "naïve café ☕ <|im_end|> 日本語 \n\t  two  spaces",
    "Works as described. " * 40,
    "x",
]
ANSWERS = [" positive", " negative", " mixed", " not positive at all", ""]


def ask(text):
    return Prompt.ask(
        "What is the sentiment of the following text?\n\n", Item(text), answer="The sentiment of this text is"
    )


PROMPTS = [ask(text) for text in TEXTS]


@pytest.fixture(scope="module")
def gguf(starter_gguf):
    model = GGUFModel(starter_gguf, device="cpu", max_tokens_per_prompt=96)
    yield model
    model.close()


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def hf(request, starter_gguf):
    model = HFModel(starter_gguf, device="cpu", dtype=request.param, max_tokens_per_prompt=96)
    yield model
    model.close()


def cosine(a, b):
    return (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


def test_the_starter_model_shares_prefixes_and_continues_in_either_precision(hf):
    """Without this every answer reads its whole prompt again, word by word: seven times slower."""
    assert hf._decoder.shares_prefix and hf._decoder.continues


def test_same_facts(gguf, hf):
    for fact in ("name", "sha256", "architecture", "n_layers", "width", "n_vocab", "context_length"):
        assert getattr(gguf.info, fact) == getattr(hf.info, fact)
    assert gguf.vocabulary() == hf.vocabulary()


def test_same_tokens(gguf, hf):
    for prompt in PROMPTS:
        assert gguf._encoder.encode(prompt, reserve=4) == hf._encoder.encode(prompt, reserve=4)


def test_same_scores(gguf, hf):
    a, b = (np.array(m.score(PROMPTS, [ANSWERS] * len(PROMPTS))) for m in (gguf, hf))
    difference = np.abs(a - b)
    assert difference.mean() < (0.2 if hf.info.quantization.endswith("float32") else 0.3)
    assert (a[:, :2].argmax(1) == b[:, :2].argmax(1))[:2].all()


def test_same_states(gguf, hf):
    at = TokenSelector((-1, -2, "sentiment", ITEM_MEAN))
    a, b = (m.hidden_states(PROMPTS, [1, 15, 30], at) for m in (gguf, hf))
    assert cosine(a, b).min() > 0.98
    assert cosine(a, b).mean() > 0.99
    np.testing.assert_allclose(np.linalg.norm(a, axis=-1), np.linalg.norm(b, axis=-1), rtol=0.1)


@pytest.mark.parametrize("engine", ["gguf", "hf"])
def test_a_text_has_the_same_states_whatever_is_read_beside_it(engine, gguf, hf):
    model = {"gguf": gguf, "hf": hf}[engine]
    # Some begin alike, some have the same length, one has a text too long.
    prompts = [ask(text) for text in [*TEXTS, "The food was", "The food was warm.", "xy", "x y", "I love"]]
    at = TokenSelector((-1, "sentiment", ITEM_MEAN))
    together = model.hidden_states(prompts, [15, 30], at)
    alone = np.concatenate([model.hidden_states([prompt], [15, 30], at) for prompt in prompts])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(model.hidden_states(prompts[:4:-1], [15, 30], at), together[:4:-1])


def test_same_lens(gguf, hf):
    for layer in (20, 30):
        states = gguf.hidden_states(PROMPTS, [layer])[:, 0, 0]
        a, b = (m.logit_lens(states, layer) for m in (gguf, hf))
        assert cosine(a, b).min() > 0.999


def test_same_answers(gguf, hf):
    # Answers that are not near ties: rounding may decide those, and does for "What is the capital of France?"
    easy = [
        Prompt.ask("What is the capital of France?", answer="The capital of France is"),
        Prompt.ask("What is the opposite of hot?", answer="The opposite of hot is"),
    ]
    assert gguf.generate(easy, 2) == hf.generate(easy, 2)


def test_four_bit_folder_stays_close(hf, starter_gguf, tmp_path):
    """The starter model as a folder, in NF4 on the CPU."""
    pytest.importorskip("bitsandbytes")
    if hf.info.quantization.endswith("float32"):
        pytest.skip("one folder is enough, and the smaller one is quicker to write")
    from transformers import AutoTokenizer

    hf._decoder._model.save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(starter_gguf.parent, gguf_file=starter_gguf.name)
    tokenizer.save_pretrained(tmp_path)
    small = HFModel(tmp_path, device="cpu", quantize="nf4", max_tokens_per_prompt=96)
    assert small.info.quantization == "nf4"
    a, b = (m.hidden_states(PROMPTS, [15, 30])[:, 0] for m in (small, hf))
    assert cosine(a, b).mean() > 0.95
    assert [s.argmax() for s in small.score(PROMPTS[:2], [ANSWERS[:2]] * 2)] == [0, 1]

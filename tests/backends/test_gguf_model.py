from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from tiny_gguf import BLOCKS, WIDTH, write_tiny_gguf

from localcluster.backends.base import Item, LocalModel, Prompt, TokenSelector
from localcluster.backends.gguf import native
from localcluster.backends.gguf.model import GGUFModel
from localcluster.errors import ModelError

TEXTS = (
    "the cold soup",
    "a warm day at the sea, and then some more words",
    "",
    "the cold soup and the bread",
)
ANSWERS = (" good", " bad", " not the best of all", "", "x")


def ask(text: str) -> Prompt:
    return Prompt.ask("Here is the text: ", Item(text), "\nIs it good?", answer="The text is")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory):
    path = write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")
    model = GGUFModel(path, threads=1)
    yield model
    model.close()


def test_it_is_a_local_model_that_says_what_it_is(model):
    assert isinstance(model, LocalModel)
    assert (model.info.n_layers, model.info.width, model.info.engine) == (BLOCKS, WIDTH, "gguf")
    assert model.info.architecture == "llama"
    assert model.info.quantization == "F32"
    assert model.info.name == "tiny.gguf"
    assert len(model.info.sha256) == 64
    assert len(model.vocabulary()) == model.info.n_vocab


def test_scores_do_not_depend_on_the_batch(model):
    prompts = [ask(t) for t in TEXTS]
    together = model.score(prompts, [ANSWERS] * len(prompts))
    alone = [model.score([p], [ANSWERS])[0] for p in prompts]
    np.testing.assert_allclose(together, alone, atol=2e-3)


def test_more_prompts_than_fit_one_batch_keep_their_order(model):
    prompts = [ask(f"{t} {i}") for i in range(25) for t in TEXTS]
    seen = []
    together = model.score(
        prompts, [[" good"]] * 100, progress=lambda done, total: seen.append((done, total))
    )
    for i in (0, 41, 99):
        np.testing.assert_allclose(together[i], model.score([prompts[i]], [[" good"]])[0], atol=2e-3)
    assert seen[-1] == (100, 100)
    assert [d for d, _ in seen] == sorted(d for d, _ in seen)


def test_one_token_scores_are_the_logits_of_the_last_state(model):
    prompts = [ask(t) for t in TEXTS]
    words = model.vocabulary()
    singles = [w for w in ("a", "!", " t") if w in words]
    logits = model.logit_lens(model.hidden_states(prompts, [BLOCKS])[:, 0, 0], BLOCKS).astype(np.float64)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    scores = np.array(model.score(prompts, [singles] * len(prompts)))
    np.testing.assert_allclose(scores, log_p[:, [words.index(w) for w in singles]], atol=2e-3)


def test_a_score_is_the_sum_over_its_tokens(model):
    whole = model.score([ask("soup")], [["ab"]])[0][0]
    first = model.score([ask("soup")], [["a"]])[0][0]
    longer = Prompt.ask("Here is the text: ", Item("soup"), "\nIs it good?", answer="The text isa")
    assert whole == pytest.approx(first + model.score([longer], [["b"]])[0][0], abs=2e-3)


def test_a_continuation_longer_than_the_usual_output_buffer(model):
    long = "abcdefgh" * 12
    parts = model.score([ask("soup")], [[long, long[:-1]]])[0]
    assert parts[0] < parts[1] < 0


def test_hidden_states_do_not_depend_on_the_batch_and_repeat_exactly(model):
    prompts = [ask(t) for t in TEXTS]
    at = TokenSelector((-1, "<item>", "text", -3))
    together = model.hidden_states(prompts, [1, 2], at)
    assert together.shape == (len(TEXTS), 4, 2, WIDTH)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, model.hidden_states(prompts, [1, 2], at))
    alone = np.concatenate([model.hidden_states([p], [1, 2], at) for p in prompts])
    np.testing.assert_allclose(together, alone, atol=5e-3)


def test_layers_come_in_the_order_asked_for(model):
    one, two = model.hidden_states([ask("soup")], [1, 2])[0, 0]
    swapped = model.hidden_states([ask("soup")], [2, 1])[0, 0]
    np.testing.assert_allclose(swapped, [two, one], atol=1e-5)
    assert not np.allclose(one, two, atol=0.1)


def test_an_inner_layer_is_the_stream_after_its_block(tmp_path):
    """When the last block adds nothing, normed layer n-1 and layer n must be the same."""
    model = GGUFModel(write_tiny_gguf(tmp_path / "silent.gguf", last_block_silent=True))
    states = model.hidden_states([ask(t) for t in TEXTS], [BLOCKS - 1, BLOCKS])[:, 0]
    inner = model.logit_lens(states[:, 0], BLOCKS - 1)
    last = model.logit_lens(states[:, 1], BLOCKS)
    np.testing.assert_allclose(inner, last, atol=1e-3)
    model.close()


def test_the_item_mean_is_the_mean_over_the_items_tokens(model):
    prompt = ask("abc")
    mean = model.hidden_states([prompt], [1], TokenSelector(("<item>",)))[0, 0, 0]
    encoded = model._encoder.encode(prompt)
    ((start, stop),) = encoded.items
    each = [
        model.hidden_states([prompt], [1], TokenSelector((i - len(encoded),)))[0, 0, 0]
        for i in range(start, stop)
    ]
    np.testing.assert_allclose(mean, np.mean(each, axis=0), atol=1e-4)


@pytest.mark.parametrize("layer", [0, BLOCKS + 1])
def test_a_layer_that_does_not_exist_is_refused(model, layer):
    with pytest.raises(ModelError, match=rf"Layer {layer} does not exist.*1 to {BLOCKS}"):
        model.hidden_states([ask("soup")], [layer])


def test_a_long_item_is_shortened_and_the_question_kept(model):
    encoded = model._encoder.encode(ask("word " * 5000))
    text = b"".join(model._tokenizer.piece(t) for t in encoded.tokens).decode()
    assert len(encoded) == model.info.context_length
    assert encoded.shortened
    assert text.endswith("...\nIs it good?<|im_end|>\n<|im_start|>assistant\nThe text is")
    assert np.isfinite(model.score([ask("word " * 5000)], [[" good", " rather long answer"]])[0]).all()


def test_a_question_that_does_not_fit_is_refused(model):
    with pytest.raises(ModelError, match="question alone has"):
        model.score([Prompt.ask("why? " * 500, Item("x"))], [[" good"]])


def test_control_tokens_in_the_users_text_stay_letters(model):
    harmless = model._encoder.encode(ask("<|im_end|>"))
    end = model._tokenizer.encode("<|im_end|>", special=True)
    assert len(end) == 1
    assert harmless.tokens.count(end[0]) == model._encoder.encode(ask("x")).tokens.count(end[0])


def test_generation_is_greedy_repeatable_and_the_same_alone(model):
    prompts = [ask(t) for t in TEXTS]
    together = model.generate(prompts, 6)
    assert together == model.generate(prompts, 6)
    assert together[:2] == [model.generate([p], 6)[0] for p in prompts[:2]]


def test_no_prompts_give_no_results(model):
    assert model.score([], []) == []
    assert model.generate([], 3) == []
    assert model.hidden_states([], [1]).shape == (0, 1, 1, WIDTH)


def test_progress_that_fails_leaves_the_model_usable(model):
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    expected = model.score([ask("soup")], [ANSWERS])[0]
    with pytest.raises(KeyboardInterrupt):
        model.score([ask(t) for t in TEXTS], [ANSWERS] * 4, progress=stop)
    np.testing.assert_allclose(model.score([ask("soup")], [ANSWERS])[0], expected, atol=1e-6)


def test_a_file_without_a_chat_template_still_answers(tmp_path):
    model = GGUFModel(write_tiny_gguf(tmp_path / "plain.gguf", template=None))
    assert np.isfinite(model.score([ask("soup")], [[" good"]])[0]).all()
    model.close()


@pytest.mark.skipif(native.can_offload(), reason="llama.cpp was built for a GPU")
def test_a_gpu_that_llama_cpp_was_not_built_for_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r'"cuda:0" was asked for.*--engine hf'):
        GGUFModel(write_tiny_gguf(tmp_path / "tiny.gguf"), device="cuda:0")


def test_a_closed_model_says_so(tmp_path):
    model = GGUFModel(write_tiny_gguf(tmp_path / "closed.gguf"))
    model.close()
    model.close()
    with pytest.raises(ModelError, match="closed"):
        model.score([ask("soup")], [[" good"]])


def test_info_is_plain_data(model):
    assert all(isinstance(v, (str, int, tuple)) for v in dataclasses.asdict(model.info).values())


def test_nothing_is_printed_while_loading(tmp_path):
    path = write_tiny_gguf(tmp_path / "quiet.gguf")
    code = "import pathlib, sys; from localcluster.backends.gguf.model import GGUFModel as M; "
    code += "M(pathlib.Path(sys.argv[1])).close()"
    child = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert child.stdout + child.stderr == ""


@pytest.mark.models
def test_the_starter_model_knows_a_good_meal_from_a_bad_one(starter_gguf):
    model = GGUFModel(starter_gguf, max_tokens_per_prompt=256)
    prompts = [
        Prompt.ask(
            "Review: ", Item(text), "\nWhat is the sentiment?", answer="The sentiment of this review is"
        )
        for text in ("The food was wonderful, I loved it.", "The food was awful, I hated it.")
    ]
    good, bad = model.score(prompts, [[" positive", " negative"]] * 2)
    assert good[0] - good[1] > bad[0] - bad[1]
    states = model.hidden_states(prompts, [model.info.n_layers])[:, 0, 0]
    words = np.array(model.vocabulary())[model.logit_lens(states, model.info.n_layers).argmax(axis=1)]
    assert set(words) <= {" positive", " negative", " very", " a", " not"}
    model.close()

"""Pictures through the Hugging Face backend, against plain passes of the model on its processor's output."""

import numpy as np
import pytest
import tiny_mllm
import torch
from PIL import Image

from localcluster.backends.base import Item, LocalModel, Prompt, TokenSelector
from localcluster.backends.hf import HFModel

CRITERIA = ["color", "mood", "kind of thing", "number of petals"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = {}

    def folder(name):
        if name not in made:
            made[name] = tiny_mllm.save(tmp_path_factory.mktemp(name), name)
        return made[name]

    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    return [tiny_mllm.picture(folder, i, *size) for i, size in enumerate([(50, 80), (90, 40), (60, 60)])]


def opened(folder):
    return HFModel(folder, device="cpu", dtype="float32")


@pytest.fixture(params=tiny_mllm.MODELS, scope="module")
def model(request, folders):
    return opened(folders(request.param))


@pytest.fixture(scope="module")
def llava(folders):
    return opened(folders("llava"))


def ask(item, criterion="color"):
    return Prompt.ask(item, f"What is the {criterion}?", answer=f"The {criterion} is")


def conversation(prompt):
    """The prompt as transformers' own chat templates want it, and its pictures."""
    messages, images = [], []
    for turn in prompt.turns:
        content = []
        for part in turn.parts:
            if isinstance(part, Item) and part.image:
                content.append({"type": "image"})
                images.append(Image.open(part.image).convert("RGB"))
            text = part if isinstance(part, str) else part.text
            if text:
                if content and content[-1]["type"] == "text":
                    content[-1]["text"] += text
                else:
                    content.append({"type": "text", "text": text})
        messages.append({"role": turn.role, "content": content})
    return messages, images


@torch.inference_mode()
def plain(model, prompt, answer=""):
    """All hidden states and log-probabilities by transformers alone, in one pass, and the tokens."""
    processor, inner = model._reader._processor, model._decoder._model
    messages, images = conversation(prompt)
    begun = messages.pop()["content"][0]["text"] if messages[-1]["role"] == "assistant" else ""
    text = processor.apply_chat_template(messages, add_generation_prompt=True) + begun + answer
    inputs = processor(text=text, images=images or None, return_tensors="pt", add_special_tokens=False)
    model._decoder._forget_positions()
    output = inner(**inputs, output_hidden_states=True)
    logp = torch.log_softmax(output.logits[0].double(), -1).numpy()
    return [s[0].numpy() for s in output.hidden_states], logp, inputs["input_ids"][0].tolist()


def check_states(model, prompts):
    states = model.hidden_states(prompts, [1, 2, 3], TokenSelector((-1, -3)))
    for row, prompt in enumerate(prompts):
        layers, _, tokens = plain(model, prompt)
        (encoded,) = (e for _, es in model._portions([prompt]) for e in es)
        assert list(encoded.tokens) == tokens
        expected = np.array([[layers[layer][place] for layer in (1, 2, 3)] for place in (-1, -3)])
        np.testing.assert_allclose(states[row], expected, rtol=1e-3, atol=1e-4)


def test_it_reads_pictures_and_keeps_the_protocol(model):
    assert isinstance(model, LocalModel)
    assert model.info.modalities == ("text", "image")
    assert (model.info.n_layers, model.info.width) == (3, 64)
    assert (model._decoder.shares_items, model._reader.remembers) == (True, True)


def test_states_of_one_prompt_equal_a_plain_pass(model, photos):
    check_states(model, [ask(Item(image=photos[0]))])


def test_states_of_many_questions_about_the_same_pictures(model, photos):
    check_states(model, [ask(Item(image=photo), c) for c in CRITERIA for photo in photos])


def test_states_of_pictures_beside_texts(model, photos):
    check_states(
        model,
        [
            ask(Item("a red flower")),
            ask(Item("what is it", image=photos[0])),
            ask(Item(image=photos[1])),
            ask(Item("the mood")),
            ask(Item("what is it", image=photos[0]), "mood"),
        ],
    )

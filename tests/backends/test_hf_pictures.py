"""Pictures through the Hugging Face backend, against plain passes of the model on its processor's output."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import test_hf
import tiny_mllm
import torch
from PIL import Image
from tokenizers import AddedToken
from transformers.models.smolvlm import processing_smolvlm

from localcluster.backends.base import ITEM_MEAN, Item, LocalModel, Prompt, TokenSelector
from localcluster.backends.hf import HFModel, portions, shared_items
from localcluster.backends.hf.tokenizer import HFTokenizer
from localcluster.backends.open_model import open_with_choice
from localcluster.errors import LocalClusterError, ModelError

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
def plain(model, prompt, said=()):
    """States and log-probabilities by transformers alone, in one pass; the tokens before ``said``."""
    processor, inner = model._reader._processor, model._decoder._model
    messages, images = conversation(prompt)
    begun = messages.pop()["content"][0]["text"] if messages[-1]["role"] == "assistant" else ""
    text = processor.apply_chat_template(messages, add_generation_prompt=True) + begun
    inputs = processor(text=text, images=images or None, return_tensors="pt", add_special_tokens=False)
    tokens = inputs["input_ids"][0].tolist()
    for key, more in (("input_ids", list(said)), ("attention_mask", [1] * len(said))):
        inputs[key] = torch.cat([inputs[key], torch.tensor([more], dtype=torch.long)], dim=1)
    if "mm_token_type_ids" in inputs:
        inputs["mm_token_type_ids"] = torch.nn.functional.pad(inputs["mm_token_type_ids"], (0, len(said)))
    model._decoder._forget_positions()
    output = inner(**inputs, output_hidden_states=True)
    logp = torch.log_softmax(output.logits[0].double(), -1).numpy()
    return [s[0].numpy() for s in output.hidden_states], logp, tokens


def check_states(model, prompts):
    states = model.hidden_states(prompts, [1, 2, 3], TokenSelector((-1, -3)))
    for row, prompt in enumerate(prompts):
        layers, _, tokens = plain(model, prompt)
        (encoded,) = (e for _, es in model._portions([prompt]) for e in es)
        assert list(encoded.tokens) == tokens
        expected = np.array([[layers[layer][place] for layer in (1, 2, 3)] for place in (-1, -3)])
        np.testing.assert_allclose(states[row], expected, rtol=1e-3, atol=1e-4)


def test_a_picture_has_the_same_states_whatever_is_asked_beside_it(model, photos):
    items = [*(Item(image=path) for path in photos), Item("a text"), Item("a longer text beside it")]
    prompts = [ask(item, criterion) for item in items for criterion in ("color", "kind of shape")]
    at = TokenSelector((-1, ITEM_MEAN))
    together = model.hidden_states(prompts, [1, 3], at)
    alone = np.concatenate([model.hidden_states([prompt], [1, 3], at) for prompt in prompts])
    np.testing.assert_array_equal(together, alone)


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


def test_states_of_the_item_are_read_before_the_question(model, photos):
    prompts = [ask(Item("a red flower", image=photos[0]), c) for c in CRITERIA[:2]]
    states = model.hidden_states(prompts, [2], TokenSelector((ITEM_MEAN, "color")))[:, 0, 0]
    (encoded,) = (e for _, es in model._portions(prompts[:1]) for e in es)
    inside = [i for start, stop in encoded.items for i in range(start, stop)]
    placed = encoded.pictures[0]
    assert len(encoded.items) == 2
    assert set(range(placed.start, placed.stop)) < set(inside)
    expected = plain(model, prompts[0])[0][2][inside].mean(axis=0)
    np.testing.assert_allclose(states[0], expected, rtol=1e-3, atol=1e-4)
    # What stands before the question does not depend on it.
    np.testing.assert_allclose(states[1], states[0], rtol=1e-3, atol=1e-4)


def test_scores_equal_plain_passes(model, photos):
    answers = ["red", "the color of", "red flower", ""]
    prompts = [ask(Item(image=photo), c) for photo in photos[:2] for c in CRITERIA[:2]]
    prompts.append(ask(Item("a red flower")))
    scores = model.score(prompts, [answers] * len(prompts))
    for prompt, found in zip(prompts, scores, strict=True):
        expected = []
        for answer in answers:
            said = model._tokenizer.encode(answer, special=False)
            _, logp, tokens = plain(model, prompt, said)
            expected.append(sum(logp[len(tokens) - 1 + i, token] for i, token in enumerate(said)))
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_generates_what_plain_passes_would(model, photos):
    prompts = [ask(Item(image=photos[0])), ask(Item(image=photos[0]), "mood"), ask(Item(image=photos[1]))]
    for prompt, answer in zip(prompts, model.generate(prompts, 3), strict=True):
        said = []
        while len(said) < 3:
            token = int(plain(model, prompt, said)[1][-1].argmax())
            if token in model._tokenizer.ends:
                break
            said.append(token)
        assert answer == model._tokenizer.text(said)


def vision_calls(model, read):
    """How often the vision part runs while ``read`` does."""
    calls = []
    base = model._decoder._base
    names = [name for name in ("vision_tower", "vision_model", "visual") if hasattr(base, name)]
    handle = getattr(base, names[0]).register_forward_hook(lambda *_: calls.append(1))
    try:
        read()
    finally:
        handle.remove()
    return len(calls)


def test_features_are_computed_once_per_picture(model, photos):
    counts = []
    for criteria in (CRITERIA[:1], CRITERIA):
        model._reader.forget()
        prompts = [ask(Item(image=photo), c) for c in criteria for photo in photos]
        counts.append(vision_calls(model, lambda p=prompts: model.hidden_states(p, [3])))
    assert counts[0] == counts[1] <= len(photos)
    again = [ask(Item(image=photo), "taste") for photo in photos]
    assert vision_calls(model, lambda: model.score(again, [["red"]] * 3)) == 0


def test_two_pictures_in_one_prompt(model, photos):
    def which(a, b, criterion):
        return Prompt.ask(
            "A: ", Item(image=a), "B: ", Item("red", image=b), f"Same {criterion}?", answer="They are"
        )

    first, second, third = photos
    asked = [which(first, second, "color"), which(second, first, "color"), which(first, second, "mood")]
    check_states(model, [*asked, ask(Item(image=third))])


def test_typed_control_tokens_and_picture_tokens_stay_letters(model, photos):
    marks = "\ue0f1\ue0f2\ue0f3 \ue0f4\ue0f5\ue0f6"
    text = f"<image> <|image_pad|> </s> <fake_token_around_image> <|im_end|> {marks}"
    prompts = [
        ask(Item(text, image=photos[0])),
        ask(Item(text)),
        Prompt.ask(Item("red", image=photos[0]), f"What is in the {model._encoder.template.picture_token}?"),
    ]
    special = model._tokenizer._special
    for row, prompt in enumerate(prompts):
        (encoded,) = (e for _, es in model._portions([prompt]) for e in es)
        pictures = {i for p in encoded.pictures for i in range(p.start, p.stop)}
        inside = {i for start, stop in encoded.items for i in range(start, stop)} - pictures
        assert not {encoded.tokens[i] for i in inside} & special
        picture_token = model._tokenizer.encode(model._encoder.template.picture_token, special=True)[0]
        assert all(i in pictures for i, t in enumerate(encoded.tokens) if t == picture_token), row
        assert len(encoded.pictures) == (row != 1)


def test_without_a_cache_or_remembered_features_results_are_the_same(model, folders, photos):
    prompts = [ask(Item(image=photo), c) for c in CRITERIA[:2] for photo in photos] + [ask(Item("red"))]
    answers = [["red", "the color of"]] * len(prompts)
    slow = opened(model._encoder and folders(model.info.architecture))
    slow._decoder.shares_items = slow._decoder.continues = False
    slow._reader.remembers = False
    slow._reader.forget()
    states = [m.hidden_states(prompts, [2, 3], TokenSelector((-1, ITEM_MEAN))) for m in (model, slow)]
    np.testing.assert_allclose(*states, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(*[m.score(prompts, answers) for m in (model, slow)], atol=1e-3)
    assert model.generate(prompts, 3) == slow.generate(prompts, 3)


def test_results_do_not_depend_on_portions_or_batches(model, photos, monkeypatch):
    prompts = [ask(Item(image=photo), c) for c in CRITERIA for photo in photos] + [ask(Item("red"))]
    expected = model.hidden_states(prompts, [3])
    seen = []
    monkeypatch.setattr(portions, "PORTION", 2)
    monkeypatch.setattr(shared_items, "BATCH_ROWS", 3)
    found = model.hidden_states(prompts, [3], progress=lambda done, total: seen.append((done, total)))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    assert seen[-1] == (len(prompts), len(prompts))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_memory_for_features_is_bounded(llava, photos):
    reader = llava._reader
    reader.forget()
    one = ask(Item(image=photos[0]))
    llava.hidden_states([one], [3])
    budget, reader._budget = reader._budget, sum(p.n_bytes for p in reader._known.values())
    try:
        for photo in photos:
            llava.hidden_states([ask(Item(image=photo))], [3])
            assert len(reader._known) == 1
        assert vision_calls(llava, lambda: llava.hidden_states([one], [3])) == 1
    finally:
        reader._budget = budget


def test_equal_files_are_one_picture(llava, photos, tmp_path):
    copy = tmp_path / "copy.png"
    copy.write_bytes(photos[0].read_bytes())
    llava._reader.forget()
    prompts = [ask(Item(image=photos[0])), ask(Item(image=copy))]
    assert vision_calls(llava, lambda: llava.hidden_states(prompts, [3])) == 1


def test_texts_are_shortened_and_pictures_are_not(folders, photos):
    model = HFModel(folders("llava"), device="cpu", dtype="float32", max_tokens_per_prompt=60)
    prompt = ask(Item("the color of the flower " * 50, image=photos[0]))
    (encoded,) = (e for _, es in model._portions([prompt]) for e in es)
    (placed,) = encoded.pictures
    assert encoded.shortened
    assert (placed.stop - placed.start, len(encoded)) == (4, 64)


def test_pictures_that_do_not_fit_are_refused(llava, photos):
    many = Prompt.ask(*[Item(image=photos[0])] * 300, "What is the color?")
    with pytest.raises(ModelError, match=r"300 pictures take 1,200 of a prompt's [\d,]+ tokens"):
        llava.hidden_states([many], [3])


def test_lens_and_vocabulary(model, photos):
    prompts = [ask(Item(image=photo)) for photo in photos]
    logits = model.logit_lens(model.hidden_states(prompts, [3])[:, 0, 0], 3)
    expected = [plain(model, prompt)[1][-1] for prompt in prompts]
    np.testing.assert_allclose(torch.log_softmax(torch.tensor(logits), -1), expected, atol=1e-3)
    early = model.hidden_states(prompts, [1])[:, 0, 0]
    np.testing.assert_allclose(model.logit_lens(early, 1), model.logit_lens(5 * early, 1), atol=1e-2)
    assert len(model.vocabulary()) == model.info.n_vocab == 330


@pytest.mark.parametrize("how", [{"dtype": "bfloat16"}, {"quantize": "nf4"}])
def test_fewer_bits(folders, llava, photos, how):
    if "quantize" in how:
        pytest.importorskip("bitsandbytes")
    small = HFModel(folders("llava"), device="cpu", **how)
    prompts = [ask(Item(image=photo), c) for photo in photos for c in CRITERIA[:2]]
    a, b = (m.hidden_states(prompts, [3])[:, 0, 0] for m in (small, llava))
    cosine = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert 0.3 < cosine.min() < 0.999999
    base = small._decoder._base
    packed = [
        any(type(m).__name__ == "Linear4bit" for m in part.modules())
        for part in (base.vision_tower, base.multi_modal_projector, base.language_model)
    ]
    assert packed == [False, False, "quantize" in how]


def test_missing_settings_are_said(tmp_path, folders):
    folder = tmp_path / "model"
    shutil.copytree(folders("llava"), folder)
    (folder / "processor_config.json").unlink()
    with pytest.raises(ModelError, match=r"no settings for them .preprocessor_config.json or"):
        opened(folder)


def test_missing_packages_are_named(tmp_path, folders, monkeypatch):
    folder = tmp_path / "model"
    shutil.copytree(folders("idefics3"), folder)
    settings = folder / "processor_config.json"
    settings.write_text(settings.read_text().replace("Idefics3Processor", "SmolVLMProcessor"))
    monkeypatch.setattr(processing_smolvlm, "num2words", None)
    with pytest.raises(ModelError, match=r"package that is not installed: .*num2words"):
        opened(folder)


def test_a_picture_lost_meanwhile_is_named(llava, photos, tmp_path):
    with pytest.raises(LocalClusterError, match=r"gone\.png"):
        llava.hidden_states([ask(Item(image=tmp_path / "gone.png"))], [3])


def test_models_for_text_say_so(tmp_path, photos):
    test_hf.save(tmp_path, *test_hf.MODELS["llama"])
    model = opened(tmp_path)
    assert model.info.modalities == ("text",)
    with pytest.raises(ModelError, match="reads text only"):
        model.score([ask(Item(image=photos[0]))], [["red"]])


def test_the_engine_opens_a_folder_that_reads_pictures(folders, photos):
    model, choice = open_with_choice(folders("llava"))
    assert choice.engine == "hf"
    assert model.info.modalities == ("text", "image")
    assert model.hidden_states([ask(Item(image=photos[0]))], [3]).shape == (1, 1, 1, 64)


@pytest.mark.parametrize("special", [True, False])
def test_names_of_added_tokens_stay_letters(special):
    tokenizer = tiny_mllm.make_tokenizer(None)
    tokenizer.add_tokens([AddedToken("<image>", special=special), AddedToken("<x>", special=special)])
    ours = HFTokenizer(tokenizer)
    added = set(tokenizer.convert_tokens_to_ids(["<image>", "<x>"]))
    text = "a <image><image> b <x> <im<image>age>"
    tokens = ours.encode(text, special=False)
    assert not set(tokens) & added
    assert ours.text(tokens) == text
    assert set(ours.encode(text, special=True)) >= added


def test_portions_keep_all_rows_and_few_pictures():
    a, b, c = (Item(image=Path(f"{name}.png")) for name in "abc")
    about = [[a], [], [b, c], [a], [c], []] + [[Item(image=Path(f"{i}.png"))] for i in range(100)]
    split = list(portions.portions(about))
    assert sorted(row for rows in split for row in rows) == list(range(len(about)))
    assert split[0] == [1, 5]
    assert all(len({item for row in rows for item in about[row]}) <= portions.PORTION for rows in split)
    assert sum(0 in rows and 3 in rows for rows in split) == 1

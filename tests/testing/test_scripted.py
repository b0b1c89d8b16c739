import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

from localcluster.backends.base import ITEM_MEAN, Item, LocalModel, Prompt, TokenSelector
from localcluster.errors import ModelError
from localcluster.testing import ScriptedModel

LEXICON = {
    "sentiment": {"lovely": "positive", "superb": "positive", "awful": "negative", "broken": "negative"},
    "kind": {"phone": "product", "cable": "product", "pizza": "restaurant", "waiter": "restaurant"},
}
FEELINGS, THINGS = list(LEXICON["sentiment"]), list(LEXICON["kind"])
TEXTS = [f"{f} {t} number {i}" for i in range(6) for f in FEELINGS for t in THINGS]
FEELING = [LEXICON["sentiment"][t.split()[0]] for t in TEXTS]
KIND = [LEXICON["kind"][t.split()[1]] for t in TEXTS]


def ask(criterion, text):
    return Prompt.ask(f"What is the {criterion} of this text? ", Item(text), answer=f"The {criterion} is")


@pytest.fixture
def model():
    return ScriptedModel(LEXICON)


def test_keeps_the_protocol(model):
    assert isinstance(model, LocalModel)
    assert len(model.vocabulary()) == model.info.n_vocab
    assert len(set(model.vocabulary())) == model.info.n_vocab


@pytest.mark.parametrize(("criterion", "truth"), [("sentiment", FEELING), ("kind", KIND)])
def test_states_cluster_by_what_is_asked(model, criterion, truth):
    states = model.hidden_states([ask(criterion, t) for t in TEXTS], [model.info.n_layers])[:, 0, 0]
    found = KMeans(2, n_init=5, random_state=0).fit_predict(states)
    assert normalized_mutual_info_score(truth, found) > 0.9


def test_item_mean_does_not_see_the_question(model):
    by = [model.hidden_states([ask(c, TEXTS[0])], [2], TokenSelector((ITEM_MEAN,))) for c in LEXICON]
    np.testing.assert_array_equal(*by)


def test_score_generate_and_logit_lens_agree(model):
    prompts = [ask("sentiment", t) for t in TEXTS]
    top = model.info.n_layers
    logits = model.logit_lens(model.hidden_states(prompts, [top])[:, 0, 0], top).astype(np.float64)
    logp = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    vocabulary = model.vocabulary()
    scores = np.array(model.score(prompts, [["positive", "negative"]] * len(prompts)))
    columns = [vocabulary.index(" positive"), vocabulary.index(" negative")]
    np.testing.assert_allclose(
        scores[:, 0] - scores[:, 1], logp[:, columns[0]] - logp[:, columns[1]], atol=1e-5
    )
    assert model.generate(prompts, 1) == FEELING
    assert [["positive", "negative"][i] for i in scores.argmax(1)] == FEELING


def test_logit_lens_norms_states_of_earlier_layers(model):
    states = model.hidden_states([ask("kind", TEXTS[0])], [1])[:, 0, 0]
    np.testing.assert_allclose(model.logit_lens(states, 1), model.logit_lens(10 * states, 1), atol=1e-5)


def test_two_models_with_one_seed_are_the_same_model(model):
    again, other = ScriptedModel(LEXICON), ScriptedModel(LEXICON, seed=1)
    prompt = [ask("kind", "word outside the vocabulary: qwertz")]
    np.testing.assert_array_equal(model.hidden_states(prompt, [1, 4]), again.hidden_states(prompt, [1, 4]))
    assert model.info == again.info
    assert model.info.sha256 != other.info.sha256


def test_script_decides_what_is_generated():
    by_key = ScriptedModel(script={"pizza": "Food"})
    assert by_key.generate([ask("kind", "a pizza")], 5) == ["Food"]
    assert by_key.generate([ask("kind", "a phone")], 5) != ["Food"]
    by_rule = ScriptedModel(script=lambda text: text[-7:])
    assert by_rule.generate([ask("kind", "a pizza")], 5) == ["kind is"]


def test_calls_count_prompts(model):
    model.score([ask("kind", "a"), ask("kind", "b")], [["x"], []])
    model.generate([ask("kind", "a")], 1)
    assert model.calls == {"score": 2, "generate": 1}


def test_long_items_are_shortened_and_long_questions_refused():
    model = ScriptedModel(context_length=20)
    short, long = ("a b c d e f g h i j k " * n for n in (1, 50))
    np.testing.assert_array_equal(*(model.hidden_states([ask("kind", t)], [1]) for t in (short, long)))
    with pytest.raises(ModelError, match="Shorten the criterion"):
        model.score([ask("kind " * 30, "x")], [["a"]])


def test_impossible_layers_and_images_are_refused(model, tmp_path):
    with pytest.raises(ModelError, match=r"Layer 5 .* 1\.\.4"):
        model.hidden_states([ask("kind", "x")], [5])
    assert model.info.modalities == ("text",)
    with pytest.raises(ModelError, match="text only"):
        model.score([Prompt.ask(Item(image=tmp_path / "x.png"))], [["a"]])


def test_a_picture_is_read_as_what_it_shows(tmp_path):
    model = ScriptedModel(LEXICON, pictures={"a.png": "a lovely pizza", "d" * 64: "a broken phone"})
    assert model.info.modalities == ("text", "image")
    asked = [Item(None, tmp_path / "a.png", "0"), Item("cable", tmp_path / "b.png", "d" * 64)]
    said = [
        model.generate([Prompt.ask(item, "Name the kind.")], 1) == model.generate([ask("kind", text)], 1)
        for item, text in zip(asked, ["a lovely pizza", "a broken phone cable"], strict=True)
    ]
    assert said == [True, True]
    states = model.hidden_states([Prompt.ask(item) for item in asked], [2], TokenSelector((ITEM_MEAN,)))
    texts = [Prompt.ask(Item("a lovely pizza")), Prompt.ask(Item("a broken phone cable"))]
    np.testing.assert_array_equal(states, model.hidden_states(texts, [2], TokenSelector((ITEM_MEAN,))))
    with pytest.raises(ModelError, match=r"c\.png"):
        model.score([Prompt.ask(Item(image=tmp_path / "c.png"))], [["a"]])
    assert model.info.sha256 != ScriptedModel(LEXICON).info.sha256


def test_no_prompts_give_no_answers(model):
    assert model.score([], []) == []
    assert model.generate([], 3) == []
    assert model.hidden_states([], [1, 2]).shape == (0, 1, 2, model.info.width)

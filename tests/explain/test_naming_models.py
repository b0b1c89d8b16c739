"""Names by the starter model; one call, because that is what a user's run makes."""

import pytest

from localcluster.backends.base import Item
from localcluster.backends.open_model import open_model
from localcluster.explain.naming import choose_names

GOOD = [
    "The food was delicious and the staff were lovely.",
    "Best phone I ever had, the battery lasts for days.",
    "A wonderful film, I laughed and cried.",
    "Excellent headset, very clear sound.",
    "We loved this place and will come back.",
]
BAD = [
    "The soup was cold and the waiter was rude.",
    "The charger broke after one week, a waste of money.",
    "A boring film with terrible acting.",
    "Poor sound, I returned the headset.",
    "Never again, the worst meal of my life.",
]


@pytest.mark.models
def test_a_135m_model_names_the_two_sentiments(starter_gguf):
    model = open_model(starter_gguf, "hf")
    try:
        words = [("delicious", "loved"), ("worst", "cold")]
        rows = [Item(text) for text in GOOD + BAD]
        good, bad = choose_names("sentiment", rows, words, [tuple(range(5)), tuple(range(5, 10))], model)
    finally:
        model.close()
    assert good.name == "Positive"
    assert bad.name == "Negative"
    assert good.named_by == bad.named_by == "model"

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcluster.languages import identify, languages_of
from localcluster.languages.identify import BUCKETS, about_weights, probabilities, spelling

SAID = {
    "German": "Können Sie mir bitte sagen, wann die Lieferung kommt?",
    "English": "Could you please tell me when the delivery will arrive?",
    "French": "Pouvez-vous me dire quand la livraison va arriver ?",
    "Spanish": "¿Me puede decir cuándo va a llegar el pedido, por favor?",
    "Italian": "Mi può dire quando arriverà la consegna, per favore?",
    "Dutch": "Kunt u mij zeggen wanneer de bestelling wordt geleverd?",
    "Polish": "Czy może mi pan powiedzieć, kiedy przyjdzie przesyłka?",
    "Cyrillic": "Скажите, пожалуйста, когда придёт посылка?",
    "Japanese": "荷物はいつ届きますか、教えてください。",
    "Cjk": "请问包裹什么时候到?",
    "Arabic": "متى ستصل الشحنة من فضلك؟",
}


@pytest.mark.parametrize(("language", "text"), SAID.items())
def test_a_sentence_is_in_its_language(language, text):
    assert languages_of([text]) == [language]


def test_nothing_is_said_of_what_has_no_language():
    assert languages_of(["", "   ", "42 / 17", "🙂🙂", "ok", "x", "A1-77"]) == [""] * 7


def test_a_text_is_judged_alike_in_any_company():
    texts = list(SAID.values())
    assert languages_of(texts) == [languages_of([text])[0] for text in texts]
    assert languages_of([]) == []


def test_a_language_that_was_not_taught_goes_to_one_of_those_that_were():
    found = languages_of(["Kan du fortelle meg når pakken kommer frem i morgen?"] * 2)
    assert found[0] == found[1]
    assert found[0] in (*about_weights()["languages"], "")


def test_held_out_texts_were_nearly_all_right():
    checked = about_weights()["checked on held-out texts"]
    assert checked["whole"] > 0.98 and checked["first five words"] > 0.95


@given(st.text(max_size=300))
def test_spelling_is_of_unit_length_and_probabilities_sum_to_one(text):
    buckets, values = spelling(text)
    assert len(buckets) == len(values) == len(set(buckets.tolist()))
    assert np.all((buckets >= 0) & (buckets < BUCKETS))
    assert len(values) == 0 or np.linalg.norm(values) == pytest.approx(1)
    assert probabilities(text).sum() == pytest.approx(1)
    assert isinstance(languages_of([text])[0], str)


def test_a_text_is_looked_at_once_in_a_process(monkeypatch):
    text = "Wann wird der Aufzug im dritten Stock endlich wieder fahren?"
    assert languages_of([text]) == ["German"]
    monkeypatch.setattr(identify, "spelling", lambda text: pytest.fail("looked at again"))
    assert languages_of([text]) == ["German"]

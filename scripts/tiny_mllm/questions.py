"""Questions about synthetic pictures and their answers, in many wordings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pictures import FACTORS, Labels

#: Ways to name a factor that fit behind "What is the ...", and clauses that ask for it.
NOUNS: dict[str, tuple[str, ...]] = {
    "shape": ("shape", "shape of the objects", "form of the objects", "kind of shape"),
    "color": ("color", "color of the objects", "colour", "color of the shapes"),
    "count": ("number of objects", "count", "number of shapes", "count of the objects"),
    "texture": ("texture", "pattern", "texture of the objects", "pattern of the shapes"),
    "size": ("size", "size of the objects", "size of the shapes"),
    "position": ("position", "position of the objects", "place of the objects", "location"),
    "background": ("background", "background color", "color of the background"),
}
CLAUSES: dict[str, tuple[str, ...]] = {
    "shape": ("what shape the objects have", "which shape is shown"),
    "color": ("what color the objects have", "which color the shapes have"),
    "count": ("how many objects there are", "how many shapes are shown"),
    "texture": ("what pattern the objects have", "how the objects are filled"),
    "size": ("how large the objects are", "what size the objects have"),
    "position": ("where the objects are", "where the shapes are"),
    "background": ("what color the background has", "what is behind the objects"),
}
#: A question and the beginning of its answer; ``{c}`` is the criterion, ``{C}`` with a capital.
NOUN_FORMS: tuple[tuple[str, str], ...] = (
    ("What is the {c} of the following image?", "The {c} of this image is"),
    ("What is the {c} of this image?", "The {c} of this image is"),
    ("Look at the image and name the {c} in one word.", "{C}:"),
    ("Read the image and name the {c} in one word.", "{C}:"),
    ("What is the {c} in this picture?", "The {c} is"),
    ("What is the {c}?", "It is"),
    ("Name the {c}.", ""),
    ("Describe the {c} of the image in a few words.", ""),
    ("Tell me the {c} of this picture.", "The {c} of this picture is"),
)
CLAUSE_FORMS: tuple[tuple[str, str], ...] = (
    ("Look at this image and say in a few words: {c}.", "{C}:"),
    ("Look at the image and name in one word: {c}.", "{C}:"),
    ("Read this image and say in a few words: {c}.", "{C}:"),
    ("Say {c}.", ""),
    ("Tell me {c}.", "In this picture,"),
)
CAPTIONS = ("Describe this image.", "What is shown in this image?", "Describe the picture in one sentence.")


@dataclass(frozen=True)
class Question:
    """A question, the beginning of its answer, and the rest of it."""

    factor: str
    text: str
    begun: str
    answer: str


def ask(factor: str, labels: Labels, rng: np.random.Generator) -> Question:
    """A question about one factor in random words."""
    if rng.random() < 0.72:
        forms, names = NOUN_FORMS, NOUNS[factor]
    else:
        forms, names = CLAUSE_FORMS, CLAUSES[factor]
    # The first form and name of each are those a user meets most, so they are trained most.
    text, begun = forms[min(rng.integers(len(forms)), rng.integers(len(forms)))]
    criterion = names[min(rng.integers(len(names)), rng.integers(len(names)))]
    fill = {"c": criterion, "C": criterion[:1].upper() + criterion[1:]}
    value = labels[factor]
    return Question(factor, text.format(**fill), begun.format(**fill), f" {value}." if begun else f"{value}.")


def describe(labels: Labels, rng: np.random.Generator) -> Question:
    """A question for the whole picture."""
    things = labels["shape"] if labels["count"] == "one" else labels["shape"] + "s"
    caption = (
        f"{labels['count']} {labels['size']} {labels['color']} {labels['texture']} {things} at the "
        f"{labels['position']} of a {labels['background']} background."
    )
    return Question("caption", CAPTIONS[rng.integers(len(CAPTIONS))], "", caption)


def questions_about(labels: Labels, n: int, rng: np.random.Generator) -> list[Question]:
    """``n`` questions about different factors, now and then one for all of them."""
    factors = rng.permutation(list(FACTORS))[:n]
    asked = [ask(str(factor), labels, rng) for factor in factors]
    if rng.random() < 0.15:
        asked[-1] = describe(labels, rng)
    return asked


def corpus(n: int, seed: int) -> list[str]:
    """Texts that the tokenizer is trained on."""
    from pictures import draw_labels

    rng = np.random.default_rng(seed)
    texts = []
    for _ in range(n):
        labels = draw_labels(rng)
        for question in [*questions_about(labels, len(FACTORS), rng), describe(labels, rng)]:
            texts.append(f"user\n{question.text}\nassistant\n{question.begun}{question.answer}")
    return texts

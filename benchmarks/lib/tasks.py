"""The data sets: the words a user would give, the label column that scores, and the set's role."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A data set, the words a user would give, and the label column that scores the result.

    ``role`` says whether the set shaped the rule's constants or judges them.
    """

    name: str
    file: str
    criterion: str
    label: str
    role: str
    other: str | None = None


TASKS = (
    Task("banking77", "banking77", "what the customer wants", "label", "shaped"),
    Task("clinc intent", "clinc", "what the user wants", "label_intent", "shaped"),
    Task("clinc domain", "clinc", "area of life", "label_domain", "shaped"),
    Task("massive intent", "massive", "what the user wants", "label_intent", "shaped"),
    Task("massive domain", "massive", "kind of task", "label_domain", "shaped"),
    Task("few_rel", "few_rel", "relation between the two entities", "label", "shaped"),
    Task("go_emotion", "go_emotion", "emotion", "label", "shaped"),
    Task("arxiv_fine", "arxiv_fine", "research field", "label", "shaped"),
    Task("reviews sentiment", "review_sentences", "sentiment", "label_sentiment", "shaped", "label_domain"),
    Task(
        "reviews kind",
        "review_sentences",
        "kind of product or place being reviewed",
        "label_domain",
        "shaped",
        "label_sentiment",
    ),
    Task("syngoalex topic", "syngoalex", "topic", "label_topic", "judged"),
    Task("syngoalex style", "syngoalex", "style", "label_style", "judged"),
    Task("syngoalex language", "syngoalex", "language", "label_language", "judged"),
    Task("sib200 topic", "sib200_10lang", "topic", "label_topic", "judged"),
    Task("sib200 language", "sib200_10lang", "language", "label_language", "judged"),
    Task("hwu64", "hwu64_train", "what the user wants", "label", "judged"),
    Task("stackoverflow", "stackoverflow_short", "technology", "label", "judged"),
    Task("snips", "snips_train", "what the user wants", "label", "judged"),
)
#: The issue's eight sets, over which gain and regret are averaged.
EIGHT = tuple(task.name for task in TASKS[:8])
#: Rows of the larger judging sets.
MAX_ROWS = 3000
#: Number of classes of the whole sets.
CLASSES = {
    "banking77": 77,
    "clinc intent": 150,
    "clinc domain": 10,
    "massive intent": 59,
    "massive domain": 18,
    "few_rel": 64,
    "go_emotion": 27,
    "arxiv_fine": 93,
    "reviews sentiment": 2,
    "reviews kind": 3,
    "syngoalex topic": 4,
    "syngoalex style": 4,
    "syngoalex language": 4,
    "sib200 topic": 7,
    "sib200 language": 10,
    "hwu64": 64,
    "stackoverflow": 20,
    "snips": 7,
}

"""The sets that confidence is fitted on: labelled texts by many criteria, none of them in any benchmark."""

from __future__ import annotations

import json
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.lib.nonsense import nonsense

#: Set and criterion, read with the language model; the phrase is the manifest's first.
WITH_MODEL = (
    ("clear/sgd_user_turns", "domain"),
    ("clear/sgd_user_turns", "intent"),
    ("clear/rasa_bots_intents", "intent"),
    ("clear/nyt_front_page_topics", "news_topic"),
    ("clear/dbpedia_entity_types", "entity_type"),
    ("study/ag_news_sections", "news_section"),
    ("clear/crossed_product_reviews", "product"),
    ("clear/crossed_product_reviews", "sentiment"),
    ("clear/crossed_support_tickets", "problem"),
    ("clear/crossed_small_stories", "emotion"),
    ("clear/crossed_small_stories", "place"),
    ("clear/crossed_hotel_reviews_5_languages", "language"),
    ("clear/crossed_hotel_reviews_5_languages", "sentiment"),
    ("clear/poem_sentiment", "sentiment"),
    ("clear/mpqa_phrases", "polarity"),
    ("clear/hint3_curekart", "intent"),
    ("clear/covid_q", "category"),
    ("clear/office_assistant_intents", "intent"),
    ("clear/unspsc_products", "product_segment"),
    ("clear/semeval2010_task8_relations", "relation"),
    ("clear/wikipedia_person_relations", "relation"),
    ("clear/cocoa_formality_multilingual", "language"),
    ("clear/commit_messages_by_type", "commit_type"),
    ("clear/customs_goods", "goods_section"),
    ("clear/medical_abstracts", "condition"),
    ("study/masakhanews_topics", "topic"),
    ("study/sst_movie", "sentiment"),
    ("study/customer_reviews_cr", "sentiment"),
    ("study/dair_emotion", "emotion"),
    ("study/bbc_news", "news_section"),
    ("study/search_snippets_domains", "domain"),
    ("study/google_news_stories", "news_story"),
    ("study/trec_questions", "answer_type_coarse"),
    ("study/trec_questions", "answer_type_fine"),
    ("study/pricerunner_product_titles", "product_category"),
    ("study/usda_foods", "food_group"),
    ("study/jokes_by_category", "joke_category"),
    ("study/twenty_newsgroups", "broad_topic"),
    ("clear/crossed_friend_messages_5_languages", "mood"),
    ("clear/crossed_friend_messages_5_languages", "topic"),
    ("clear/crossed_news_sentences", "tone"),
    ("clear/crossed_work_notes", "purpose"),
    ("clear/crossed_clinical_notes", "complaint"),
    ("clear/crossed_support_tickets", "register"),
    ("study/tweets_language_sentiment", "sentiment"),
    ("study/tweets_language_sentiment", "language"),
)
#: Texts in several languages by something else: they divide by language, and nothing that is known without
#: labels tells that it was not asked for. They are scored; fitted on, they would lower all that is clear.
TRAPS = (
    "clear/crossed_friend_messages_5_languages mood",
    "clear/crossed_friend_messages_5_languages topic",
    "clear/crossed_hotel_reviews_5_languages sentiment",
    "study/tweets_language_sentiment sentiment",
)
#: Sentence embedder alone: these, and every one above.
SENTENCE_ONLY = (
    ("clear/vira_covid_vaccine", "intent"),
    ("clear/us_congress_bills_policy_area", "policy_area"),
    ("clear/hint3_sofmattress", "intent"),
    ("clear/medquad_questions", "question_type"),
    ("clear/onet_tasks", "job_family"),
    ("clear/wordnet_definitions", "kind_of_thing"),
    ("clear/nf_cats_question_categories", "question_category"),
    ("study/icd10_diagnoses", "disease_chapter"),
    ("study/clinical_dialogue_intents", "intent"),
    ("study/tweet_events", "tweeted_event"),
    ("study/reuters_topics", "economic_topic"),
    ("study/biomedical_title_topics", "biomedical_topic"),
    ("study/mag_paper_titles_fields", "field"),
    ("study/tweet_emotion", "emotion"),
)
#: Characters of a row that are read: constants are fitted on many short rows, not few long ones.
MAX_CHARACTERS = 160
#: Of the rows drawn, nonsense beside them.
NONSENSE_SHARE = 0.05


@dataclass
class Drawn:
    """Rows of one set by one criterion; ``labels`` and ``kinds`` only score."""

    name: str
    criterion: str
    texts: list
    labels: np.ndarray
    wording: str
    bad: list
    kinds: list
    fresh: list
    fresh_kinds: list

    @property
    def k(self):
        return len(np.unique(self.labels))


def draw(pool: Path, file: str, criterion: str) -> Drawn:
    """The same rows at every call."""
    about = next(s for s in json.loads((pool / "MANIFEST.json").read_text()) if s["file"] == f"{file}.jsonl")
    known = about["criteria"][criterion]
    with (pool / f"{file}.jsonl").open() as lines:
        rows = [json.loads(line) for line in lines]
    labelled = {}
    for row in rows:
        if criterion in row["labels"]:
            labelled.setdefault(row["text"][:MAX_CHARACTERS], row["labels"][criterion])
    wanted = 100 if known["classes"] <= 12 else 160 if known["classes"] <= 40 else 240
    seed = zlib.crc32(f"{file} {criterion}".encode())
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(labelled))[:wanted]
    pairs = [list(labelled.items())[i] for i in order]
    names = [label for _, label in pairs]
    bad, kinds = nonsense(round(NONSENSE_SHARE * len(pairs)), seed, "fit")
    fresh, fresh_kinds = nonsense(10, seed + 1, "fit")
    return Drawn(
        f"{file} {criterion}",
        known["phrases"][0],
        [text for text, _ in pairs],
        np.unique(names, return_inverse=True)[1],
        ("is", "colon")[seed % 2],
        bad,
        kinds,
        fresh,
        fresh_kinds,
    )

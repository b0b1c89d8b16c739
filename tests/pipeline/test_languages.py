"""Texts in several languages: the example with the starter embedder, and an embedder that answers tune."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fakes import LEXICON
from sklearn.metrics import adjusted_mutual_info_score
from typer.testing import CliRunner

from localcluster.cli import app
from localcluster.config import RunConfig
from localcluster.embed import SentenceEmbedder
from localcluster.embed.view import unit_rows
from localcluster.items import Items
from localcluster.models import Models
from localcluster.pipeline.languages import languages_apart
from localcluster.pipeline.predict import predict
from localcluster.pipeline.run import run_items
from localcluster.store import key_of
from localcluster.testing import ScriptedModel, SimulatedScorer
from localcluster.triplets import adaptation

EXAMPLE = Path(__file__).parents[2] / "examples" / "languages.jsonl"
BY = "what the customer writes about"
#: Of two matters, in three languages.
NEW = {
    "My invoice is wrong: the amount is too high.": "invoice",
    "There is a mistake on the invoice for October.": "invoice",
    "Auf meiner Rechnung ist ein Fehler.": "invoice",
    "Die Rechnung für Oktober ist zu hoch.": "invoice",
    "Ma facture est fausse : le montant est trop élevé.": "invoice",
    "Il y a une erreur sur la facture d'octobre.": "invoice",
    "I forgot my password.": "password",
    "My new password does not work.": "password",
    "Ich habe mein Passwort vergessen.": "password",
    "Mein neues Passwort geht nicht.": "password",
    "J'ai oublié mon mot de passe.": "password",
    "Mon nouveau mot de passe ne marche pas.": "password",
}


def clustered(folder, embedder, *more):
    arguments = ("--by", BY, "--by", "language", "-k", "4", "--llm", "none", "--embedder", str(embedder))
    done = CliRunner().invoke(app, ["run", str(EXAMPLE), *arguments, "--out", str(folder), *more])
    assert done.exit_code == 0, done.output
    with (folder / "clusters.csv").open(newline="", encoding="utf-8") as stream:
        return done.output, list(csv.DictReader(stream))


def agreement(rows, column, label):
    return adjusted_mutual_info_score([row[label] for row in rows], [row[column] for row in rows])


@pytest.fixture(scope="module")
def apart(tmp_path_factory, starter_embedder):
    folder = tmp_path_factory.mktemp("languages") / "run"
    return folder, *clustered(folder, starter_embedder)


def test_the_language_makes_no_clusters_unless_it_is_asked_for(apart):
    _, said, rows = apart
    assert agreement(rows, "what_the_customer_writes_about_cluster", "about") > 0.4
    assert agreement(rows, "what_the_customer_writes_about_cluster", "language") < 0.1
    assert agreement(rows, "language_cluster", "language") > 0.9
    assert "The texts are in 4 languages" in " ".join(said.split())
    assert f'compared by "{BY}"' in " ".join(said.split())


def test_keep_all_leaves_it_in(tmp_path, starter_embedder):
    said, rows = clustered(tmp_path / "run", starter_embedder, "--keep-all")
    assert "languages" not in said
    assert agreement(rows, "what_the_customer_writes_about_cluster", "language") > 0.8


def test_new_rows_of_one_matter_meet_in_one_cluster_whatever_their_language(
    apart, tmp_path, starter_embedder
):
    def predicted(texts):
        table, out = tmp_path / "new.jsonl", tmp_path / "out.csv"
        table.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        command = [
            "predict",
            str(apart[0]),
            str(table),
            "--out",
            str(out),
            "--embedder",
            str(starter_embedder),
        ]
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        with out.open(newline="", encoding="utf-8") as stream:
            return [row["what_the_customer_writes_about_cluster"] for row in csv.DictReader(stream)]

    texts = list(NEW)
    together = predicted(texts)
    (invoices, n), (passwords, m) = (
        Counter(
            cluster for cluster, is_about in zip(together, NEW.values(), strict=True) if is_about == about
        ).most_common(1)[0]
        for about in ("invoice", "password")
    )
    assert invoices != passwords and n + m >= 10
    assert [predicted([text])[0] for text in texts[::4]] == together[::4]


def test_a_run_that_goes_on_says_and_finds_the_same(apart, starter_embedder):
    folder, _, rows = apart
    said, again = clustered(folder, starter_embedder)
    assert again == rows
    assert "The texts are in 4 languages" in " ".join(said.split())


LETTERS = {
    "English": "Please {} me about the {} again, because I am still waiting, number {}.",
    "German": "Bitte {} Sie mir noch einmal {}, denn ich warte immer noch, Nummer {}.",
}
SAYS = {"English": ("write", "tell", "ask"), "German": ("schreiben", "sagen", "erklären")}
MATTERS = {
    "bread": {"English": ("soup", "bread", "salad"), "German": ("die Suppe", "das Brot", "den Salat")},
    "cable": {"English": ("battery", "cable", "screen"), "German": ("den Akku", "das Kabel", "die Lampe")},
}


def letters(n, seed=0):
    """Texts with a language and a matter (0, 1), independent of each other."""
    rng = np.random.default_rng(seed)
    rows = {}
    while len(rows) < n:
        language, matter = rng.choice(list(LETTERS)), int(rng.integers(2))
        things = rng.choice(MATTERS[list(MATTERS)[matter]][language], 2, replace=False)
        joined = f"{things[0]} {'and' if language == 'English' else 'und'} {things[1]}"
        text = LETTERS[language].format(rng.choice(SAYS[language]), joined, rng.integers(100, 999))
        rows[text] = (list(LETTERS).index(language), matter)
    return list(rows), *np.array(list(rows.values())).T


def test_the_note_counts_rows_of_the_table_not_distinct_texts():
    texts = [letter.format("x", "y", number) for number in range(12) for letter in LETTERS.values()]
    items = Items.from_texts([*texts, *texts[::2], *texts[::2]])
    found, groups = languages_apart(items, ["matter"], LoudLanguage(0.3))
    assert groups
    assert "in 2 languages (English 36, German 12)" in found.notes[-1]


class LoudLanguage(SentenceEmbedder):
    """Hears a text's language most, and its matter as loud as it is told to."""

    def __init__(self, matter):
        self.name, self.sha256, self._model, self._matter = "loud-language", "0" * 64, self, matter

    def encode(self, sentences, progress=None):
        rows = []
        for text in sentences:
            noise = np.random.default_rng(int(key_of(text)[:8], 16)).normal(size=16)
            spoken = [3.0 * text.startswith(letter.split()[0]) for letter in LETTERS.values()]
            about = [
                self._matter * any(thing in text for group in each.values() for thing in group)
                for each in MATTERS.values()
            ]
            rows.append([*spoken, *about, *0.3 * noise])
        return unit_rows(np.array(rows, np.float32))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_fine_tuned_embedder_is_compared_within_languages_too(tmp_path, monkeypatch, method):
    texts, language, matter = letters(500)
    monkeypatch.setattr(
        "localcluster.pipeline.ask.scorers_of", lambda *_: [SimulatedScorer(matter, uninformative="abstain")]
    )
    # What training would do: the matter is clearer, and the language as loud as before.
    tuned = LoudLanguage(1.2)
    monkeypatch.setattr(
        adaptation, "finetune", lambda *_, **__: SimpleNamespace(model=tuned, encode=tuned.encode)
    )
    config = RunConfig.checked(
        source="letters", by=("matter",), k=(2,), view="sentence", adapt=method, triplets=250, out=tmp_path
    )
    models = Models(LoudLanguage(0.3), ScriptedModel(LEXICON), writes_names=False)
    finished = run_items(Items.from_texts(texts), config, models=models)
    (found,) = finished.result.criteria
    (made,) = found.evidence.oracle.rounds
    assert made.embedding.method == method
    assert made.embedding.adopted
    assert adjusted_mutual_info_score(matter, found.labels) > 0.8
    assert adjusted_mutual_info_score(language, found.labels) < 0.1
    # New rows are read by the embedder that the run began with, within languages.
    new, language, matter = letters(60, seed=1)
    (predicted,) = predict(finished.predictors, Items.from_texts(new), models)
    assert adjusted_mutual_info_score(matter, predicted.labels) > 0.5
    assert adjusted_mutual_info_score(language, predicted.labels) < 0.1

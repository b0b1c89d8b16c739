"""Texts in several languages: the example with the starter embedder, through the command line."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from sklearn.metrics import adjusted_mutual_info_score
from typer.testing import CliRunner

from localcluster.cli import app

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

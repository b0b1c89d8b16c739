"""The example files are what their README says."""

from __future__ import annotations

from pathlib import Path

from localcluster.items import read_items
from localcluster.items.known import read_known

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_reviews():
    items = read_items(str(EXAMPLES / "reviews.csv"))
    assert items.table.columns == ["id", "review", "stars", "source"]
    assert items.text_columns == ("review",)
    assert len(items) == len(items.unique) == len(set(items.ids)) == 240
    assert items.notes == ()
    stars = items.table["stars"].cast(int)
    assert (stars > 3).sum() == (stars < 3).sum() == 117


def test_tickets():
    items = read_items(str(EXAMPLES / "tickets.jsonl"), id_column="ticket")
    assert items.table.columns == ["ticket", "opened", "channel", "body"]
    assert items.text_columns == ("body",)
    assert len(items) == len(items.unique) == len(set(items.ids)) == 60
    assert items.notes == ()


def test_mailbox():
    items = read_items(str(EXAMPLES / "mailbox.jsonl"), text_column=("subject", "body"))
    assert items.table.columns == ["id", "channel", "subject", "body"]
    assert items.text_columns == ("subject", "body")
    assert len(items) == len(items.unique) == len(set(items.ids)) == 80
    assert items.notes == ()
    assert (items.table["subject"] == "").sum() == 3
    bodies = items.table["body"]
    assert bodies.str.contains("\n> ").sum() > 5
    assert bodies.str.contains("[äöü]").sum() > 5


def test_known_rows_of_the_mailbox():
    criterion = "what the customer wants"
    items = read_items(str(EXAMPLES / "mailbox.jsonl"), text_column=("subject", "body"))
    known = read_known(EXAMPLES / "mailbox-known.jsonl", items, [criterion])
    assert len(known.of[criterion]) == 20
    assert len(known.of[criterion].names) == 6
    assert known.notes == ()

"""The example files are what their README says."""

from __future__ import annotations

from pathlib import Path

from localcluster.items import read_items

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

"""The finding of the doctor about one subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``remedy`` is what to type or do, empty when there is nothing to do."""

    subject: str
    status: Status
    detail: str
    remedy: str = ""


def gigabytes(size: float) -> str:
    """Bytes as people read them."""
    return f"{size / 1e9:,.1f} GB"

"""Rendering the page and putting it on disk."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from localcluster.report.page import page
from localcluster.report.payload import payload, script_json
from localcluster.results import RunResult
from localcluster.store import write_atomic

#: C0 and C1 control characters, and those that reorder text around them; a page would hide them.
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


#: Keys of a run's JSON that need more than their underscores taken out.
_LABELS = {"k": "Number of clusters", "sha256": "SHA-256", "llm": "Language model", "by": "Criteria"}


def write_report(result: RunResult, path: Path) -> None:
    """Write the report of a finished run as one self-contained HTML file.

    The file needs no network and is given none by its content security policy. The same result
    gives the same bytes.

    Parameters
    ----------
    path : Path
        Replaced if it exists; a half-written report never stands there.

    Raises
    ------
    RunFolderError
        If the file cannot be written.
    """
    # A lone surrogate, as a wrongly decoded file may hold, has no UTF-8 form.
    data = render(result).encode("utf-8", errors="replace")
    write_atomic(path, data)


def render(result: RunResult) -> str:
    """The page as text."""
    scripts = _scripts()
    return _template().render(
        page=page(result),
        policy=_security_policy(scripts),
        style=Markup(_asset("report.css")),
        data=Markup(script_json(payload(result))),
        scripts=[Markup(script) for script in scripts],
    )


def _security_policy(scripts: Sequence[str]) -> str:
    """Policy under which a browser runs ``scripts`` only and fetches nothing.

    Scripts are allowed by the hash of their text and not by ``unsafe-inline``: were a hostile text
    ever to slip through the escaping, it would be shown and not run. ``unsafe-eval`` is for
    plotly's WebGL points, which compile their drawing functions; inline style is for plotly too.
    """
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src 'none'; form-action 'none'; base-uri 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def prepare() -> None:
    """Make what is the same on every page of a process, so that the first page takes no longer."""
    _template()
    _scripts()


@cache
def _template() -> Template:
    """Compiled once in a process: that takes longer than to fill it in."""
    environment = Environment(
        loader=PackageLoader("localcluster.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=number, words=_words)
    return environment.get_template("report.html.j2")


@cache
def _scripts() -> tuple[str, str]:
    """The same on every page: plotly, 5 MB, and our own."""
    return _inline(get_plotlyjs()), _inline(_asset("report.js"))


def number(value: Any) -> str:
    """A value as a person reads it: counts with commas, measures with three digits.

    >>> number(12345), number(0.54321), number(1234.5), number(True), number(None)
    ('12,345', '0.543', '1,234', 'yes', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


def _words(key: object) -> str:
    """A key of a JSON object as words."""
    if key in _LABELS:
        return _LABELS[str(key)]
    text = str(key).replace("_", " ")
    return text[:1].upper() + text[1:]


def _visible(value: Any) -> Any:
    """Every value the templates print goes through here; our own markup is known to be clean."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _INVISIBLE.sub("\ufffd", value)
    return value


def _asset(name: str) -> str:
    return (resources.files("localcluster.report") / "templates" / name).read_text(encoding="utf-8")


def _inline(script: str) -> str:
    """A script that may stand inside ``<script>``; the browser hashes it as written, newlines normalized."""
    return (
        re.sub(r"</(script)", r"<\\/\1", script, flags=re.IGNORECASE)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )

"""The page's content security policy: its own scripts by hash, and no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence


def content_security_policy(scripts: Sequence[str]) -> str:
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

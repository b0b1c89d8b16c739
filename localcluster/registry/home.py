"""Where localcluster keeps models on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "LOCALCLUSTER_HOME"


def home() -> Path:
    """Folder of everything localcluster keeps between runs; it need not exist yet.

    ``LOCALCLUSTER_HOME`` decides if set, otherwise the platform's place for user data
    (``~/.local/share/localcluster``; ``~/Library/Application Support/localcluster`` on macOS).
    """
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_data_path("localcluster", appauthor=False)


def models_folder() -> Path:
    """Folder with one sub-folder per installed model."""
    return home() / "models"

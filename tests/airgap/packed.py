"""Archives for ``localcluster unpack``: honest ones, and ones that no ``localcluster pack`` would write."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tiny_models import GGUF

LIST = "localcluster-pack.json"
README = b"read me"
Member = tuple[tarfile.TarInfo, bytes]


def described(path: str, content: bytes) -> dict[str, Any]:
    return {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def model(name: str = "mine", files: dict[str, bytes] | None = None, **changes: Any) -> dict[str, Any]:
    files = {"own.gguf": GGUF} if files is None else files
    listed = [described(path, content) for path, content in files.items()]
    return {
        "name": name,
        "role": "llm",
        "weights": "own.gguf",
        "source": "added",
        "files": listed,
        **changes,
    }


def listing(*models: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "format": "localcluster pack",
        "version": 1,
        "made_by": "a test",
        "readme": described("README.txt", README),
        "models": list(models),
        "wheels": [],
        "python": None,
        **changes,
    }


def member(name: str, content: bytes = b"", **changes: Any) -> Member:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in changes.items():
        setattr(info, field, value)
    return info, content


def honest_members() -> list[Member]:
    return [member("README.txt", README), member("models/mine/own.gguf", GGUF)]


def write_tar(
    path: Path,
    packing_list: dict[str, Any] | bytes,
    members: Iterable[Member] = (),
    tar_format: int = tarfile.PAX_FORMAT,
) -> Path:
    text = packing_list if isinstance(packing_list, bytes) else json.dumps(packing_list).encode()
    with tarfile.open(path, "w", format=tar_format) as tar:
        for info, content in (member(LIST, text), *members):
            tar.addfile(info, io.BytesIO(content))
    return path

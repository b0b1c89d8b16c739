"""Load a transformers model from a path; faults of its files are found and reported before it is loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from localcluster.backends.gguf.header import read_header
from localcluster.backends.hf.placement import Placement
from localcluster.backends.hf.processors import load_processor
from localcluster.backends.hf.quiet import gguf_parsed_once, quiet_and_local
from localcluster.backends.hf.tokenizer import HFTokenizer
from localcluster.errors import ModelError
from localcluster.registry.checksum import sha256_of_weights

if TYPE_CHECKING:
    from transformers import PreTrainedModel, ProcessorMixin

_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tokenizer.tiktoken")
#: Not quantized in a model that reads pictures: its vision part is a small share of the weights, and what it
#: loses, every criterion loses.
_KEPT_WIDE = ["lm_head", r".*\.(vision|visual|multi_modal|projector|connector)[^.]*"]
#: What transformers raises for files it cannot use; it has no exception family of its own.
_LOAD_ERRORS = (
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    ImportError,
    TypeError,
    AttributeError,
    NotImplementedError,
    SafetensorError,
)


@dataclass(frozen=True)
class Source:
    """A model on disk, looked at but not loaded.

    Attributes
    ----------
    gguf_file : str or None
        Name of the GGUF file in the folder; None for a transformers folder.
    weights : tuple of Path
        In name order.
    quantization : str
        As the files state it; ``""`` for plain weights.
    """

    folder: Path
    gguf_file: str | None
    weights: tuple[Path, ...]
    n_weights: int
    architecture: str
    quantization: str = ""
    reads_images: bool = False

    @property
    def name(self) -> str:
        """File or folder name."""
        return self.gguf_file or self.folder.name

    def sha256(self) -> str:
        """Of the weight file; of the hashes of all weight files, in name order, when there are several."""
        return sha256_of_weights(self.weights)


def inspect_source(path: Path) -> Source:
    """Look at what lies at ``path``.

    Raises
    ------
    ModelError
        It is neither a GGUF file nor a complete transformers folder with safetensors.
    """
    path = path.expanduser().resolve()
    if not path.exists():
        raise ModelError(
            f"No model at {path}. Check the path, or see what is installed: localcluster models list"
        )
    if path.is_file():
        header = read_header(path)
        return Source(
            path.parent, path.name, (path,), header.n_parameters, header.architecture, header.quantization
        )
    config = _config(path)
    weights = _weight_files(path)
    if not any((path / name).exists() for name in _TOKENIZERS):
        raise ModelError(
            f"{path.name} has no tokenizer ({', '.join(_TOKENIZERS)}). Copy the model's "
            "tokenizer files into it."
        )
    packed = str((config.get("quantization_config") or {}).get("quant_method", ""))
    # Packed weights are not counted by their number: as many bytes as 16-bit weights would be.
    n_weights = sum(w.stat().st_size for w in weights) // 2 if packed else sum(map(_count, weights))
    architecture = str(config.get("model_type", ""))
    return Source(path, None, weights, n_weights, architecture, packed, "vision_config" in config)


@dataclass(frozen=True)
class Loaded:
    """What :func:`load` read from disk; ``processor`` is None for a model that reads text only."""

    model: PreTrainedModel
    tokenizer: HFTokenizer
    processor: ProcessorMixin | None


def load(source: Source, placement: Placement) -> Loaded:
    """Load tokenizer, processor and weights as decided.

    Raises
    ------
    ModelError
        transformers does not know the architecture or cannot read the files.
    """
    with quiet_and_local(), gguf_parsed_once():
        import transformers

        common: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        if source.gguf_file:
            common["gguf_file"] = source.gguf_file
        try:
            processor = load_processor(source.folder, common) if source.reads_images else None
            tokenizer = (
                processor.tokenizer
                if processor is not None
                else transformers.AutoTokenizer.from_pretrained(source.folder, **common)
            )
            kind = (
                transformers.AutoModelForCausalLM
                if processor is None
                else transformers.AutoModelForImageTextToText
            )
            model = kind.from_pretrained(source.folder, **common, **_how(source, placement))
        except _LOAD_ERRORS as error:
            raise _explained(source, error, transformers.__version__) from error
        if not placement.device.startswith("cuda"):
            model = model.to(placement.device)
        if model.config.is_encoder_decoder:
            raise ModelError(f"{source.name} is an encoder-decoder model. Use a chat model (decoder only).")
        return Loaded(model.eval(), HFTokenizer(tokenizer), processor)


def _how(source: Source, placement: Placement) -> dict[str, Any]:
    import transformers

    how: dict[str, Any] = {"dtype": placement.torch_dtype}
    if placement.device.startswith("cuda"):
        # accelerate spreads the model over all GPUs unless one was named.
        how["device_map"] = "auto" if placement.device == "cuda:0" else {"": placement.device}
    if placement.nf4:
        how["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=placement.torch_dtype,
            llm_int8_skip_modules=_KEPT_WIDE if source.reads_images else None,
        )
    elif source.gguf_file and hasattr(transformers, "GgufConfig"):
        # Newer transformers otherwise keep the weights packed, which is 10 times slower on a CPU.
        how["quantization_config"] = transformers.GgufConfig(dequantize=True)
    if not source.gguf_file:
        how["use_safetensors"] = True
    return how


def _config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    if not path.exists():
        ggufs = sorted(folder.glob("*.gguf"))
        raise ModelError(
            f"{folder} has no config.json, so it is not a transformers model. "
            + (f"Give the GGUF file itself: {ggufs[0]}" if ggufs else "Give a model folder or a .gguf file.")
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}). Copy the model again.") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path} holds no settings of a model. Copy the model again.")
    return config


def _weight_files(folder: Path) -> tuple[Path, ...]:
    if (folder / _INDEX).exists():
        try:
            names = sorted(
                set(json.loads((folder / _INDEX).read_text(encoding="utf-8"))["weight_map"].values())
            )
        except (ValueError, LookupError, AttributeError) as error:
            raise ModelError(f"{folder / _INDEX} is damaged ({error}). Copy the model again.") from error
        # Only the name: an index must not lead out of its folder.
        files = tuple(folder / Path(name).name for name in names)
    else:
        files = (folder / _WEIGHTS,)
    missing = [file.name for file in files if not file.exists()]
    if not missing:
        return files
    if any(True for pattern in _PICKLES for _ in folder.glob(pattern)):
        raise ModelError(
            f"{folder.name} has weights only as pickled files (.bin), which can run code when opened and are "
            "never read. Get its safetensors version, or convert it with transformers: "
            "save_pretrained(..., safe_serialization=True)."
        )
    raise ModelError(
        f"{folder.name} lacks {len(missing)} of {len(files)} weight files: {', '.join(missing[:3])}. "
        "Copy the model again."
    )


def _count(weights: Path) -> int:
    try:
        with safe_open(str(weights), framework="np") as file:
            return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{weights.name} is damaged or cut short ({error}). Copy it again and compare checksums."
        ) from error


def _explained(source: Source, error: Exception, version: str) -> ModelError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    unknown = any(hint in str(error) for hint in ("does not recognize", "not supported yet", "Unrecognized"))
    if unknown:
        return ModelError(
            f'The architecture "{source.architecture}" of {source.name} is unknown to transformers {version}.'
            + (
                " Use llama.cpp for it (--engine gguf, engine='gguf')."
                if source.gguf_file
                else " Use a GGUF file of the model."
            )
        )
    return ModelError(
        f"{source.name} cannot be loaded by transformers {version}: {reason} "
        + (
            "Try llama.cpp (--engine gguf, engine='gguf')."
            if source.gguf_file
            else "Check that the folder is complete, or use a GGUF file."
        )
    )

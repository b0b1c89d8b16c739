"""Pictures as a model reads them: tokens that stand for them, and features, computed once per picture.

The processor itself says how many tokens a picture takes (it is called on its own picture token and the
picture), so architectures that cut pictures into tiles or keep their resolution need no cases here. The
features are remembered within a budget of bytes, and handed to the model in place of the pixels, whatever
it does with them.
"""

from __future__ import annotations

import hashlib
import inspect
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from localcluster.backends.base import Item
from localcluster.backends.hf.features import apart, n_bytes, together
from localcluster.errors import InputError
from localcluster.items.pictures import open_picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from transformers import PreTrainedModel, ProcessorMixin

#: Longest side given to a processor, in pixels. Models that keep a picture's resolution would make
#: thousands of tokens of a photograph.
MAX_SIDE = 768
#: Bytes of features remembered between calls.
BUDGET = 512 * 2**20
#: Keys of a processor's answer that hold one value per token.
_PER_TOKEN = ("token_type_ids", "mm_token_type_ids")
_PIXELS = "pixel_values"
#: Pixel values, with their colors, that the vision part is given at once.
_VISION_VALUES = 2**23


@dataclass(frozen=True)
class Picture:
    """A picture as the model reads it.

    Attributes
    ----------
    per_token : dict of Tensor, each (n_tokens,)
        What the processor says about each token, such as its kind.
    given : dict of Tensor
        What the processor says about the picture; without pixels where features are there.
    features : object or None
        What the model's ``get_image_features`` answers for this picture alone.
    """

    tokens: tuple[int, ...]
    per_token: dict[str, torch.Tensor]
    given: dict[str, torch.Tensor]
    features: Any = None

    @property
    def n_bytes(self) -> int:
        """Memory taken."""
        return n_bytes(self.given) + (0 if self.features is None else n_bytes(self.features))


class PictureReader:
    """Reads pictures with a model's processor and vision part, each once while it is remembered.

    Parameters
    ----------
    token : str
        Stands for a picture in a rendered prompt.
    base : transformers.PreTrainedModel
        The model without its head.
    budget : int
        Bytes of features remembered. Pictures of one :meth:`read` are kept whatever they take.

    Attributes
    ----------
    remembers : bool
        Whether features are computed apart from the rest. Switched off where an architecture needs its
        pixels in every forward pass.
    """

    def __init__(
        self, processor: ProcessorMixin, token: str, base: PreTrainedModel, *, budget: int = BUDGET
    ) -> None:
        self._processor = processor
        self._token = token
        self._base = base
        self._budget = budget
        self._known: OrderedDict[str, Picture] = OrderedDict()
        self._keys: dict[Item, str] = {}
        self.remembers = hasattr(base, "get_image_features")

    def read(self, items: Sequence[Item]) -> None:
        """Make :meth:`picture` know these items' pictures; those read before may be forgotten."""
        # In the order given, so that pictures meet in the same batches, and round alike, in every run.
        different = dict.fromkeys(items)
        self._keys = {item: item.digest or digest_of(item.image) for item in different if item.image}
        wanted = {key: item for item, key in self._keys.items()}
        missing = [key for key in wanted if key not in self._known]
        for i, picture in self._look(wanted[key] for key in missing):
            self._known[missing[i]] = picture
        for key in wanted:
            self._known.move_to_end(key)
        spare = sum(picture.n_bytes for picture in self._known.values()) - self._budget
        for key in [key for key in self._known if key not in wanted]:
            if spare <= 0:
                break
            spare -= self._known.pop(key).n_bytes

    def forget(self) -> None:
        """Drop everything that is remembered."""
        self._known.clear()

    def picture(self, item: Item) -> Picture:
        """A picture that the latest :meth:`read` was given."""
        return self._known[self._keys[item]]

    def key(self, item: Item) -> str:
        """What tells the item's picture from others: its content, not its path."""
        return self._keys[item]

    def tokens(self, item: Item) -> tuple[int, ...]:
        """Tokens that stand for the item's picture."""
        return self.picture(item).tokens

    @torch.inference_mode()
    def _look(self, items: Iterable[Item]) -> Iterator[tuple[int, Picture]]:
        """Pictures through the processor and the vision part; those of one shape together, by their place."""
        waiting: dict[object, list[tuple[int, dict[str, torch.Tensor]]]] = {}
        for i, item in enumerate(items):
            said = self._process([_opened(item)])
            shape = tuple((key, value.shape) for key, value in said.items())
            alike = waiting.setdefault(shape, [])
            alike.append((i, said))
            if not self.remembers or len(alike) * said[_PIXELS].numel() > _VISION_VALUES:
                yield from self._seen(waiting.pop(shape))
        for alike in waiting.values():
            yield from self._seen(alike)

    def _seen(self, alike: list[tuple[int, dict[str, torch.Tensor]]]) -> Iterator[tuple[int, Picture]]:
        features = [None] * len(alike)
        if self.remembers:
            look = self._base.get_image_features
            stacked = {key: torch.cat([said[key] for _, said in alike]) for key in alike[0][1]}
            features = apart(look(**_accepted(look, stacked)), len(alike))
        for (i, said), one in zip(alike, features, strict=True):
            tokens = tuple(said["input_ids"][0].tolist())
            per_token = {key: said[key][0] for key in _PER_TOKEN if key in said}
            rest = {
                key: value
                for key, value in said.items()
                if not key.startswith("pixel") and key not in ("input_ids", *_PER_TOKEN)
            }
            yield i, Picture(tokens, per_token, rest, one)

    @contextmanager
    def shown(self, items: Sequence[Item]) -> Iterator[dict[str, torch.Tensor]]:
        """Let the model's forward pass see these items' pictures, in order.

        Yields
        ------
        dict of Tensor
            To be given to the forward pass, which finds the features, or computes them from pixels.
        """
        if not self.remembers:
            said = self._process([_opened(item) for item in items])
            yield {key: value for key, value in said.items() if key not in ("input_ids", *_PER_TOKEN)}
            return
        pictures = [self.picture(item) for item in items]
        features = together([picture.features for picture in pictures])
        # An attribute of the object hides the method of the class until it is deleted.
        vars(self._base)["get_image_features"] = lambda *_, **__: features
        try:
            given = {_PIXELS: torch.zeros(1, device=self.device)}
            for key in pictures[0].given:
                values = [picture.given[key] for picture in pictures]
                if len({value.shape[1:] for value in values}) == 1:
                    given[key] = torch.cat(values)
            yield _accepted(self._base.forward, given)
        finally:
            del vars(self._base)["get_image_features"]

    @property
    def device(self) -> torch.device:
        """Where the model's words are."""
        device: torch.device = next(self._base.get_input_embeddings().parameters()).device
        return device

    def _process(self, images: list[Image]) -> dict[str, torch.Tensor]:
        said = self._processor(
            text=self._token * len(images), images=images, return_tensors="pt", add_special_tokens=False
        )
        return {
            key: value.to(self.device)
            for key, value in said.items()
            if isinstance(value, torch.Tensor) and key != "attention_mask"
        }


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"The picture {path.name} cannot be read ({error.strerror}).") from error


def _opened(item: Item) -> Image:
    assert item.image is not None
    return open_picture(item.image, MAX_SIDE)


@contextmanager
def noise_pictures() -> Iterator[list[Item]]:
    """Two pictures of different shapes, to try a model on."""
    from PIL import Image

    rng = np.random.default_rng(0)
    with TemporaryDirectory() as folder:
        items = []
        for height, width in ((64, 96), (112, 56)):
            path = Path(folder) / f"{height}.png"
            Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)
            items.append(Item(image=path))
        yield items


def _accepted(function: Any, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    names = inspect.signature(function).parameters
    return {key: value for key, value in given.items() if key in names}

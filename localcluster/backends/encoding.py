"""From a :class:`Prompt` to tokens, the same way for every engine, and from prompts to batches.

Nothing here knows llama.cpp or torch. An engine brings its chat template and a
:class:`Tokenizer`; it gets back tokens in which the place of the user's text is known, so that
only that text is ever shortened and never read as control tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from localcluster.backends.base import ITEM_MEAN, Item, Prompt
from localcluster.backends.template import ChatTemplate, Segment
from localcluster.errors import ModelError

#: Marks the place where an item's end was dropped.
ELLIPSIS = "..."
#: Longest prompt by default. Clustering asks short questions about texts, and memory grows with it.
MAX_TOKENS_PER_PROMPT = 1024
#: No tokenizer in use averages more characters per token; text beyond is cut before tokenizing it.
MAX_CHARS_PER_TOKEN = 32


class Tokenizer(Protocol):
    """What an engine's tokenizer must do.

    Attributes
    ----------
    bos : int or None
        The token that every text of this model begins with; None when the model wants none.
    """

    bos: int | None

    def encode(self, text: str, *, special: bool) -> list[int]:
        """Tokens of ``text`` as it stands inside a longer text: no BOS, no space put in front.

        With ``special`` the names of control tokens become these tokens, otherwise plain letters.
        """
        ...

    def piece(self, token: int) -> bytes:
        """Bytes that a token stands for; those of a control token are its name."""
        ...


@dataclass(frozen=True)
class PlacedPicture:
    """Where an item's picture stands: its tokens are ``tokens[start:stop]`` of the prompt."""

    item: Item
    start: int
    stop: int


@dataclass(frozen=True)
class EncodedPrompt:
    """A prompt as tokens.

    Attributes
    ----------
    items : tuple of (int, int)
        Start and stop of each item's tokens; a picture and a text beside it are two.
    shortened : bool
        Whether an item lost its end.
    pictures : tuple of PlacedPicture
        In prompt order.
    """

    tokens: tuple[int, ...]
    items: tuple[tuple[int, int], ...] = ()
    shortened: bool = False
    pictures: tuple[PlacedPicture, ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)

    def followed_by(self, tokens: Sequence[int]) -> EncodedPrompt:
        """The same prompt with an answer's tokens behind it."""
        return replace(self, tokens=(*self.tokens, *tokens))


class PromptEncoder:
    """Applies one model's chat template, tokenizer and length limit to prompts.

    Parameters
    ----------
    limit : int
        Most tokens a prompt may have, those of pictures not counted.
    picture_tokens : callable, optional
        Tokens that stand for an item's picture. None for a model that reads text only.
    """

    def __init__(
        self,
        template: ChatTemplate,
        tokenizer: Tokenizer,
        limit: int,
        picture_tokens: Callable[[Item], Sequence[int]] | None = None,
    ) -> None:
        self.template = template
        self.tokenizer = tokenizer
        self.limit = limit
        self._picture_tokens = picture_tokens
        # The question is the same for every row: tokenized once, not once per row.
        self._question_tokens: dict[str, list[int]] = {}

    def encode(self, prompt: Prompt, *, reserve: int = 0) -> EncodedPrompt:
        """Tokens of ``prompt``, at most ``limit - reserve`` beside its pictures; texts are shortened to fit.

        Raises
        ------
        ModelError
            The prompt would not fit with empty items, or it shows an image to a text model.
        """
        if self._picture_tokens is None:
            _refuse_images(prompt)
        segments = glue_spaces(self.template.segments(prompt))
        pieces = [self._tokens(segment) for segment in segments]
        if self.tokenizer.bos is not None and (not pieces[0] or pieces[0][0] != self.tokenizer.bos):
            # Most templates write it themselves; a second one would harm.
            pieces[0] = [self.tokenizer.bos, *pieces[0]]
        may_shrink = [segment.is_item and segment.picture is None for segment in segments]
        cut = [
            len(segment.text) > self._most_chars and may
            for segment, may in zip(segments, may_shrink, strict=True)
        ]
        mark = self._question(ELLIPSIS)
        pieces = [p + mark if c else p for p, c in zip(pieces, cut, strict=True)]
        pictured = sum(len(p) for p, segment in zip(pieces, segments, strict=True) if segment.picture)
        fitted, shortened = shorten_items(pieces, may_shrink, self.limit - reserve, mark, free=pictured)
        tokens: list[int] = []
        spans, pictures = [], []
        for piece, segment in zip(fitted, segments, strict=True):
            start, stop = len(tokens), len(tokens) + len(piece)
            if segment.is_item:
                spans.append((start, stop))
            if segment.picture:
                pictures.append(PlacedPicture(segment.picture, start, stop))
            tokens += piece
        return EncodedPrompt(tuple(tokens), tuple(spans), shortened or any(cut), tuple(pictures))

    @property
    def _most_chars(self) -> int:
        return self.limit * MAX_CHARS_PER_TOKEN

    def _tokens(self, segment: Segment) -> list[int]:
        if segment.picture is not None and self._picture_tokens is not None:
            return list(self._picture_tokens(segment.picture))
        if segment.is_item:
            return self.tokenizer.encode(segment.text[: self._most_chars], special=False)
        return self._question(segment.text)

    def _question(self, text: str) -> list[int]:
        if text not in self._question_tokens:
            self._question_tokens[text] = self.tokenizer.encode(text, special=True) if text else []
        return list(self._question_tokens[text])


def _refuse_images(prompt: Prompt) -> None:
    if any(isinstance(p, Item) and p.image is not None for turn in prompt.turns for p in turn.parts):
        raise ModelError(
            "This language model reads text only, but a prompt shows it an image. GGUF files are asked about "
            "texts alone: give the folder of a model that reads images, with its safetensors (--llm, llm)."
        )


def glue_spaces(segments: Sequence[Segment]) -> list[Segment]:
    """Move the space before an item into the item: tokenizers write a word with its space before it.

    >>> [s.text for s in glue_spaces([Segment("Text: ", False), Segment("cold food", True)])]
    ['Text:', ' cold food']
    """
    glued = list(segments)
    for i in range(1, len(glued)):
        before, here = glued[i - 1], glued[i]
        if here.is_item and here.picture is None and not before.is_item and before.text.endswith(" "):
            glued[i - 1] = Segment(before.text[:-1], False)
            glued[i] = Segment(" " + here.text, True)
    return glued


def shorten_items(
    pieces: Sequence[Sequence[int]],
    is_item: Sequence[bool],
    limit: int,
    mark: Sequence[int],
    *,
    free: int = 0,
) -> tuple[list[list[int]], bool]:
    """Drop the ends of the longest items until all pieces have at most ``limit`` tokens together.

    Parameters
    ----------
    pieces : sequence of token lists
        In prompt order.
    is_item : sequence of bool
        Which of them may be shortened.
    mark : token list
        Put where an end was dropped; counted in the limit.
    free : int
        Tokens among those that may not be shortened that the limit does not count: pictures.

    Raises
    ------
    ModelError
        The pieces that may not be shortened have more than ``limit`` tokens.
    """
    fixed = sum(len(p) for p, item in zip(pieces, is_item, strict=True) if not item) - free
    if fixed > limit:
        raise ModelError(
            f"The question alone has {fixed:,} tokens, but this model is given at most {max(limit, 0):,}. "
            "Shorten the criterion, or allow longer prompts (max_tokens_per_prompt)."
        )
    lengths = [len(p) for p, item in zip(pieces, is_item, strict=True) if item]
    cap = _even_cap(lengths, limit - fixed)
    fitted = [
        [*p[: max(cap - len(mark), 0)], *mark[:cap]] if item and len(p) > cap else list(p)
        for p, item in zip(pieces, is_item, strict=True)
    ]
    return fitted, any(n > cap for n in lengths)


def _even_cap(lengths: Sequence[int], room: int) -> int:
    """Return the largest cap with ``sum(min(n, cap)) <= room``: long items give, short ones do not.

    >>> _even_cap([10, 100, 100], 110)
    50
    """
    longest = max(lengths, default=0)
    low, high = 0, longest
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(n, middle) for n in lengths) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def common_prefix(prompts: Sequence[Sequence[int]]) -> int:
    """Length of the longest prefix that all token sequences share; 0 for none.

    >>> common_prefix([(1, 2, 3), (1, 2, 4)])
    2
    """
    if not prompts:
        return 0
    # Whatever the smallest and the largest share, everything between them shares too.
    first, last = min(map(tuple, prompts)), max(map(tuple, prompts))
    n = 0
    while n < min(len(first), len(last)) and first[n] == last[n]:
        n += 1
    return n


def own_from(prompt: EncodedPrompt, places: Sequence[Sequence[int]]) -> int:
    """Position from which a prompt is decoded by itself, behind what it shares with the prompts beside it.

    Not behind the place where its first text begins, although some texts begin alike: what a row gets would
    otherwise depend on the rows beside it, by rounding.

    Parameters
    ----------
    places : sequence of position lists
        Those looked at (:func:`token_places`).
    """
    first = min((i for positions in places for i in positions), default=0)
    # A picture is decoded once for all questions about it, which is sharing of another kind.
    return min(first, prompt.items[0][0]) if prompt.items and not prompt.pictures else first


def token_places(
    prompt: EncodedPrompt, places: Sequence[int | str], piece: Callable[[int], bytes]
) -> list[list[int]]:
    """Token positions behind each place of a :class:`TokenSelector`; several are to be averaged.

    Parameters
    ----------
    places : sequence of (int or str)
        As in :class:`~localcluster.backends.base.TokenSelector`.
    piece : callable
        Bytes of a token (:meth:`Tokenizer.piece`).

    Returns
    -------
    list of list of int
        One non-empty list per place, positions in ``0..len(prompt) - 1``.

    Raises
    ------
    ModelError
        An int that is not in ``-len(prompt)..-1``.
    """
    return [_place(prompt, place, piece) for place in places]


def _place(prompt: EncodedPrompt, place: int | str, piece: Callable[[int], bytes]) -> list[int]:
    last = len(prompt) - 1
    if isinstance(place, int):
        if not -len(prompt) <= place < 0:
            raise ModelError(
                f"Token place {place} is outside a prompt of {len(prompt)} tokens. Places count from the "
                "end: -1 is the last token."
            )
        return [len(prompt) + place]
    if place == ITEM_MEAN:
        return [i for start, stop in prompt.items for i in range(start, stop)] or [last]
    after = prompt.items[-1][1] if prompt.items else 0
    return [_keyword_end(prompt.tokens[after:], place, piece, missing=last - after) + after]


def _keyword_end(tokens: Sequence[int], keyword: str, piece: Callable[[int], bytes], *, missing: int) -> int:
    pieces = [piece(token) for token in tokens]
    # A criterion is typed in lower case and may stand at the start of a sentence.
    wanted = keyword.lower().encode()
    found = b"".join(pieces).decode(errors="replace").lower().encode().rfind(wanted) if wanted else -1
    if found < 0:
        return missing
    end, n = found + len(wanted), 0
    for i, p in enumerate(pieces):
        n += len(p)
        if n >= end:
            return i
    return missing


def length_batches(
    lengths: Sequence[int],
    max_tokens: int,
    max_sequences: int,
    *,
    padded: bool = False,
    exact: bool = False,
    step: int = 1,
) -> list[list[int]]:
    """Split prompts into batches, longest first, so that each batch fits and holds similar lengths.

    Parameters
    ----------
    lengths : sequence of int
        Tokens per prompt.
    max_tokens : int
        Budget of a batch. A prompt above it gets a batch of its own.
    max_sequences : int
        Most prompts in a batch, at least 1.
    padded : bool
        Count every prompt of a batch as long as its longest, as padding does.
    exact : bool
        Put only prompts of one length together, so that none is padded for another's sake.
    step : int
        Every length counts as the next multiple of it.

    Returns
    -------
    list of list of int
        Indices into ``lengths``, each exactly once; the same for the same lengths.
    """
    lengths = [-(-length // step) * step for length in lengths]
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batches: list[list[int]] = []
    used = 0
    for i in order:
        batch = batches[-1] if batches else []
        # The first is the longest, so with padding every prompt costs what the first costs.
        cost = lengths[batch[0]] if padded and batch else lengths[i]
        alike = not exact or not batch or lengths[batch[0]] == lengths[i]
        if batch and alike and len(batch) < max_sequences and used + cost <= max_tokens:
            batch.append(i)
            used += cost
        else:
            batches.append([i])
            used = lengths[i]
    return batches

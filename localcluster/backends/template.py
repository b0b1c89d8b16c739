"""A model's own chat template (jinja2), rendered so that the place of every item is known."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from localcluster.backends.base import Item, Prompt, Turn
from localcluster.errors import ModelError

#: Stand for an item's text and picture while the template runs; private-use characters that no template
#: looks at.
_PLACEHOLDER = "\ue0f1\ue0f2\ue0f3"
_PICTURE = "\ue0f4\ue0f5\ue0f6"
#: Some templates write today's date. A fixed one keeps results the same from day to day; this is
#: the date that Llama 3's template itself falls back to.
FIXED_DATE = datetime.datetime(2024, 7, 26, 12, 0)


@dataclass(frozen=True)
class Segment:
    """A stretch of a rendered prompt: an item's text or picture (``is_item``), or everything else.

    ``picture`` is the item whose picture stands here; its ``text`` is then empty.
    """

    text: str
    is_item: bool
    picture: Item | None = None


class ChatTemplate:
    """Renders prompts to segments.

    Parameters
    ----------
    source : str or None
        The template as the model file carries it. None, for models without one: turns are
        separated by a line break, as plain text that a base model continues.
    bos, eos : str
        Names of these tokens, as templates refer to them.
    picture_token : str
        What the template writes where a picture stands; ``""`` for a model that reads text only.

    Raises
    ------
    ModelError
        The template is not valid jinja2.
    """

    def __init__(self, source: str | None, bos: str = "", eos: str = "", picture_token: str = "") -> None:
        self._names = {"bos_token": bos, "eos_token": eos}
        self.picture_token = picture_token
        # Typed into a criterion, the token would ask for a picture that is not there.
        self._inert = re.sub(r"\W+", " ", picture_token).strip()
        try:
            self._template = None if source is None else _environment().from_string(source)
        except TemplateError as error:
            raise ModelError(
                f"The model's chat template cannot be read ({error}). Use another copy of the model."
            ) from error
        # Templates of models that read pictures want a turn as a list of parts; a few want plain text.
        self._lists = bool(picture_token) and self._takes_lists()
        marks = [_PLACEHOLDER, *([re.escape(picture_token)] if picture_token else [])]
        self._marks = re.compile(f"({'|'.join(marks)})")
        # Prompts differ in their items, which are not part of the skeleton: one rendering serves all rows.
        self._skeleton = lru_cache(maxsize=256)(self._render_skeleton)

    def segments(self, prompt: Prompt) -> list[Segment]:
        """Split the rendered prompt into text and items; starts with text, which may be empty.

        An item with a picture and a text gives two segments, the picture first.

        Raises
        ------
        ModelError
            The prompt has no turn, or the template refuses the order of its turns.
        """
        if not prompt.turns:
            raise ModelError("A prompt has no turn: give at least one user turn.")
        items = [part for turn in prompt.turns for part in turn.parts if isinstance(part, Item)]
        texts = [item.text or "" for item in items if _has_text(item)]
        pictures = [item for item in items if item.image is not None]
        bare = tuple(Turn(t.role, tuple(self._bare(p) for p in t.parts)) for t in prompt.turns)
        rendered = self._skeleton(bare)
        marks = rendered[1::2]
        shown = (marks.count(_PLACEHOLDER), len(marks) - marks.count(_PLACEHOLDER))
        if shown != (len(texts), len(pictures)):
            raise ModelError(
                f"The model's chat template shows {shown[0]} of the prompt's {len(texts)} texts and "
                f"{shown[1]} of its {len(pictures)} pictures, so this model cannot be asked about them. "
                "Use another model (--llm, llm)."
            )
        segments = [Segment(rendered[0], is_item=False)]
        text, picture = iter(texts), iter(pictures)
        for mark, after in zip(marks, rendered[2::2], strict=True):
            here = Segment(next(text), True) if mark == _PLACEHOLDER else Segment("", True, next(picture))
            segments += [here, Segment(after, is_item=False)]
        return segments

    def _bare(self, part: str | Item) -> str:
        if isinstance(part, Item):
            return (_PICTURE if part.image is not None else "") + (_PLACEHOLDER if _has_text(part) else "")
        clean = part.replace(_PLACEHOLDER, "").replace(_PICTURE, "")
        return clean.replace(self.picture_token, self._inert) if self.picture_token else clean

    def _render_skeleton(self, turns: tuple[Turn, ...]) -> tuple[str, ...]:
        """Text, mark, text, ..., text; a mark is the placeholder or the picture token."""
        prefill = ""
        if turns[-1].role == "assistant":
            # Templates close an assistant turn; an answer begun must stay open, so it is appended.
            prefill, turns = self._inline(turns[-1]), turns[:-1]
        return tuple(self._marks.split(self._apply(turns) + prefill))

    def _apply(self, turns: tuple[Turn, ...]) -> str:
        if self._template is None:
            return "".join(self._inline(turn) + "\n" for turn in turns)
        try:
            return self._rendered(turns)
        except TemplateError as error:
            if turns and turns[0].role == "system" and len(turns) > 1:
                # Gemma's template, among others, knows no system turn.
                return self._apply(_system_in_user(turns))
            raise ModelError(f"The model's chat template refuses the prompt: {error}.") from error

    def _rendered(self, turns: Sequence[Turn]) -> str:
        assert self._template is not None
        return self._template.render(
            messages=[{"role": turn.role, "content": self._content(turn)} for turn in turns],
            add_generation_prompt=True,
            # Reasoning models: the answer is wanted, not the way to it (Qwen 3's switch).
            enable_thinking=False,
            tools=None,
            documents=None,
            **self._names,
        )

    def _content(self, turn: Turn) -> str | list[dict[str, str]]:
        if not self._lists:
            return self._inline(turn)
        # Neighbouring texts are one part: some templates put a line break after each.
        pieces = "".join(str(part) for part in turn.parts).split(_PICTURE)
        parts = [{"type": "text", "text": piece} for piece in pieces]
        between = [p for part in parts for p in ({"type": "image"}, part)][1:]
        return [part for part in between if part.get("text") != ""] or [{"type": "text", "text": ""}]

    def _inline(self, turn: Turn) -> str:
        return "".join(str(part) for part in turn.parts).replace(_PICTURE, self.picture_token)

    def _takes_lists(self) -> bool:
        if self._template is None:
            return False
        content = [{"type": "image"}, {"type": "text", "text": _PLACEHOLDER}]
        try:
            shown = self._template.render(
                messages=[{"role": "user", "content": content}], add_generation_prompt=True, **self._names
            )
        except TemplateError:
            return False
        return shown.count(_PLACEHOLDER) == 1 and shown.count(self.picture_token) == 1


def _has_text(item: Item) -> bool:
    return item.text is not None or item.image is None


def _system_in_user(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    system, first, *rest = turns
    return (replace(first, parts=(*system.parts, "\n\n", *first.parts)), *rest)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    """Build the environment chat templates are written for: that of transformers' ``apply_chat_template``."""
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols], autoescape=False
    )
    env.filters["tojson"] = _to_json
    env.globals["raise_exception"] = _raise_exception
    env.globals["strftime_now"] = FIXED_DATE.strftime
    return env


class _Generation(Extension):
    """``{% generation %}`` marks what a model is trained on; here its body is just rendered."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 declares it as an instance attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)

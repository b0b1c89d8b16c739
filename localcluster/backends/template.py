"""A model's own chat template (jinja2), rendered so that the place of the user's text is known."""

from __future__ import annotations

import datetime
import json
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

#: Stands for an item while the template runs; private-use characters that no template looks at.
_PLACEHOLDER = "\ue0f1\ue0f2\ue0f3"
#: Some templates write today's date. A fixed one keeps results the same from day to day; this is
#: the date that Llama 3's template itself falls back to.
FIXED_DATE = datetime.datetime(2024, 7, 26, 12, 0)


@dataclass(frozen=True)
class Segment:
    """A stretch of a rendered prompt: the user's text (``is_item``), or everything else."""

    text: str
    is_item: bool


class ChatTemplate:
    """Renders prompts to segments.

    Parameters
    ----------
    source : str or None
        The template as the model file carries it. None, for models without one: turns are
        separated by a line break, as plain text that a base model continues.
    bos, eos : str
        Names of these tokens, as templates refer to them.

    Raises
    ------
    ModelError
        The template is not valid jinja2.
    """

    def __init__(self, source: str | None, bos: str = "", eos: str = "") -> None:
        self._names = {"bos_token": bos, "eos_token": eos}
        try:
            self._template = None if source is None else _environment().from_string(source)
        except TemplateError as error:
            raise ModelError(
                f"The model's chat template cannot be read ({error}). Use another copy of the model."
            ) from error
        # Prompts differ in their items, which are not part of the skeleton: one rendering serves all rows.
        self._skeleton = lru_cache(maxsize=256)(self._render_skeleton)

    def segments(self, prompt: Prompt) -> list[Segment]:
        """Split the rendered prompt into text and items; starts with text, which may be empty.

        Raises
        ------
        ModelError
            The prompt has no turn, or the template refuses the order of its turns.
        """
        if not prompt.turns:
            raise ModelError("A prompt has no turn: give at least one user turn.")
        items = [part.text or "" for turn in prompt.turns for part in turn.parts if isinstance(part, Item)]
        bare = tuple(Turn(t.role, tuple(_bare(p) for p in t.parts)) for t in prompt.turns)
        between = self._skeleton(bare)
        if len(between) != len(items) + 1:
            raise ModelError(
                f"The model's chat template shows {len(between) - 1} of the prompt's {len(items)} texts, "
                "so this model cannot be asked about texts. Use another model with --llm."
            )
        segments = [Segment(between[0], is_item=False)]
        for text, after in zip(items, between[1:], strict=True):
            segments += [Segment(text, is_item=True), Segment(after, is_item=False)]
        return segments

    def _render_skeleton(self, turns: tuple[Turn, ...]) -> tuple[str, ...]:
        prefill = ""
        if turns[-1].role == "assistant":
            # Templates close an assistant turn; an answer begun must stay open, so it is appended.
            prefill, turns = _text(turns[-1]), turns[:-1]
        return tuple((self._apply(turns) + prefill).split(_PLACEHOLDER))

    def _apply(self, turns: tuple[Turn, ...]) -> str:
        if self._template is None:
            return "".join(_text(turn) + "\n" for turn in turns)
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
            messages=[{"role": turn.role, "content": _text(turn)} for turn in turns],
            add_generation_prompt=True,
            # Reasoning models: the answer is wanted, not the way to it (Qwen 3's switch).
            enable_thinking=False,
            tools=None,
            documents=None,
            **self._names,
        )


def _bare(part: str | Item) -> str:
    return _PLACEHOLDER if isinstance(part, Item) else part.replace(_PLACEHOLDER, "")


def _text(turn: Turn) -> str:
    return "".join(str(part) for part in turn.parts)


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

"""The pages of the docs as their parts: code blocks, inline code, links, headings and commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[1]
#: GitHub keeps letters, digits, spaces, hyphens and underscores of a heading.
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
#: What ends a command in a shell.
_OPERATORS = re.compile(r"[|&;()]+")


@dataclass(frozen=True)
class Page:
    """One Markdown file of the project."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def _tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    def _inline(self) -> Iterator[Token]:
        for token in self._tokens:
            yield from token.children or ()

    def fences(self) -> list[tuple[str, str]]:
        """Language and text of each fenced block."""
        return [(token.info.strip(), token.content) for token in self._tokens if token.type == "fence"]

    def code(self) -> list[str]:
        """Inline code."""
        return [token.content for token in self._inline() if token.type == "code_inline"]

    def links(self) -> list[str]:
        """Targets of links and pictures."""
        found = [token.attrGet("href") or token.attrGet("src") for token in self._inline()]
        return [str(target) for target in found if target]

    def anchors(self) -> set[str]:
        """What a link to a part of this page may say after #, as GitHub names its headings."""
        found: set[str] = set()
        for before, token in zip(self._tokens, self._tokens[1:], strict=False):
            if before.type != "heading_open":
                continue
            said = "".join(child.content for child in token.children or ())
            slug = _NOT_IN_ANCHORS.sub("", said.strip().lower()).replace(" ", "-")
            same = sum(
                one == slug or re.fullmatch(f"{re.escape(slug)}-\\d+", one) is not None for one in found
            )
            found.add(f"{slug}-{same}" if same else slug)
        return found

    def commands(self) -> list[list[str]]:
        """Arguments of every ``localcluster`` command line in a block that is no Python."""
        return [
            command[1:]
            for language, text in self.fences()
            if language in ("", "sh", "bash", "console") and "--help\n" not in text.split("\n", 1)[0] + "\n"
            for command in shell_commands(text)
            if command[0] == "localcluster"
        ]


def pages() -> list[Page]:
    """Every page that a reader of the project may come to."""
    tops = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    below = [
        path
        for folder in ("docs", "benchmarks", "models", "examples", "tests")
        for path in (ROOT / folder).rglob("*.md")
    ]
    return [Page(path) for path in sorted([*tops, *below])]


def shell_commands(text: str) -> list[list[str]]:
    """Words of each command in a piece of shell, comments and redirections left out.

    >>> shell_commands("cat x | localcluster run - \\\\\\n  --by 'a b' > out  # why")
    [['cat', 'x'], ['localcluster', 'run', '-', '--by', 'a b']]
    """
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line.strip().removeprefix("$ "), posix=True, punctuation_chars="|&;()<>")
        lexer.whitespace_split = True
        command: list[str] = []
        skip = False
        for word in lexer:
            if _OPERATORS.fullmatch(word):
                found.append(command)
                command = []
            elif set(word) <= {"<", ">"}:
                skip = True
            elif skip:
                skip = False
            else:
                command.append(word)
        found.append(command)
    return [command for command in found if command]

"""A language model without weights, for tests: what it knows is written in a lexicon.

It keeps the promises of :class:`~localcluster.backends.base.LocalModel` that matter above the
backends: states depend on the item's words and on what is asked about them, early layers know
the words only and late layers the answer, and score, generate and logit lens agree.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from localcluster.backends.base import (
    ITEM_MEAN,
    LAST_TOKEN,
    Item,
    ModelInfo,
    ProgressCallback,
    Prompt,
    TokenSelector,
    check_continuations,
)
from localcluster.errors import ModelError

#: Criterion keyword -> word of a text -> the answer that word speaks for.
Lexicon = Mapping[str, Mapping[str, str]]
#: What ``generate`` says: by a rule on the prompt's text, or by the first key that occurs in it.
Script = Callable[[str], str] | Mapping[str, str]

_WORD = re.compile(r"\w+")
#: Ids given to words outside the vocabulary, by hash.
_UNKNOWN_IDS = 128
#: Log-odds between a word the state points at and an unrelated one.
_SHARPNESS = 8.0
_QUESTION_WEIGHT = 0.3
_ANSWER_WEIGHT = 2.0
_KEYWORD_WEIGHT = 0.5
_COMMON_WORDS = """
the of and to in a is that for it as was with be by on not he his but at are this have from or had an
they which one you were all her she there would their we him been has when who will no more if out so up
said what its about than into them can only other time new some could these two may first then do any
like my now over such our man me even most made after also did many off before must well back through
years much where your way down should because long each just state those people too mr how little good
world make very year still see own work men day get here old life both between being under three never
know same last another while us might great go come since against right came take used himself few house
american use place during high without again home around small however found mrs part school thought
went say general once upon war every number yes red green blue question answer text word choice
"""


@dataclass(frozen=True)
class _Read:
    """A prompt as the scripted model reads it."""

    text: str
    question: str
    words: tuple[str, ...]


class ScriptedModel:
    """Deterministic :class:`~localcluster.backends.base.LocalModel` that needs no weights.

    Parameters
    ----------
    lexicon : mapping of str to mapping of str to str, optional
        ``{"sentiment": {"great": "positive", "awful": "negative"}}`` makes the model know the
        sentiment of texts with these words, but only when a question contains "sentiment".
    script : callable or mapping, optional
        Decides what :meth:`generate` returns; without it, the most probable words.
    context_length : int
        Longest prompt in words.
    seed : int
        Of the random word vectors.
    pictures : mapping of str to str, optional
        What pictures show, in words, by the name of the file or its SHA-256:
        ``{"1.png": "a red circle"}``. The model reads images only where this is given, and reads these words
        in the image's place; the file is never opened.

    Attributes
    ----------
    calls : collections.Counter
        Prompts answered so far, by method name; to test that nothing is asked twice.

    Examples
    --------
    >>> model = ScriptedModel({"sentiment": {"great": "positive", "awful": "negative"}})
    >>> asked = Prompt.ask("The sentiment of: ", Item("a great phone"), answer="It is")
    >>> model.generate([asked], max_tokens=1)
    ['positive']
    """

    def __init__(
        self,
        lexicon: Lexicon | None = None,
        *,
        script: Script | None = None,
        n_layers: int = 4,
        width: int = 64,
        context_length: int = 512,
        seed: int = 0,
        pictures: Mapping[str, str] | None = None,
    ) -> None:
        self._lexicon = {key.casefold(): dict(words) for key, words in (lexicon or {}).items()}
        self._script = script
        self._pictures = None if pictures is None else dict(pictures)
        self._seed = seed
        known = [w for table in self._lexicon.values() for pair in table.items() for w in pair]
        words = list(dict.fromkeys(w for text in [*known, _COMMON_WORDS] for w in _words(text)))
        self._ids = {word: i for i, word in enumerate(words, start=1)}
        self._vocabulary = ["", *(f" {w}" for w in words), *(f" unknown{i}" for i in range(_UNKNOWN_IDS))]
        vectors = np.random.default_rng(seed).standard_normal((len(self._vocabulary), width))
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.calls: Counter[str] = Counter()
        self.info = ModelInfo(
            name="scripted",
            sha256=hashlib.sha256(
                json.dumps([self._lexicon, n_layers, width, seed, self._pictures], sort_keys=True).encode()
            ).hexdigest(),
            engine="scripted",
            architecture="bag-of-words",
            n_layers=n_layers,
            width=width,
            n_vocab=len(self._vocabulary),
            context_length=context_length,
            modalities=("text",) if pictures is None else ("text", "image"),
        )

    def score(
        self,
        prompts: Sequence[Prompt],
        continuations: Sequence[Sequence[str]],
        *,
        progress: ProgressCallback | None = None,
    ) -> list[NDArray[np.float64]]:
        """Sum of the next-word log-probabilities of each continuation's words."""
        check_continuations(prompts, continuations)
        logp = self._next_word(self._read_all("score", prompts, progress))
        return [
            np.array([sum(row[self._id(w)] for w in _words(c)) for c in choices], dtype=np.float64)
            for row, choices in zip(logp, continuations, strict=True)
        ]

    def hidden_states(
        self,
        prompts: Sequence[Prompt],
        layers: Sequence[int],
        at: TokenSelector = LAST_TOKEN,
        *,
        progress: ProgressCallback | None = None,
    ) -> NDArray[np.float32]:
        """Item words plus, the later the layer and the place, the answer to the question."""
        outside = [layer for layer in layers if not 1 <= layer <= self.info.n_layers]
        if outside:
            raise ModelError(f"Layer {outside[0]} was asked for, but the model has 1..{self.info.n_layers}.")
        reads = self._read_all("hidden_states", prompts, progress)
        states = np.zeros((len(reads), len(at.places), len(layers), self.info.width), dtype=np.float32)
        for p, place in enumerate(at.places):
            for j, layer in enumerate(layers):
                states[:, p, j] = self._states(reads, layer, place)
        return states

    def generate(
        self,
        prompts: Sequence[Prompt],
        max_tokens: int,
        *,
        progress: ProgressCallback | None = None,
    ) -> list[str]:
        """What the script says, else the ``max_tokens`` most probable words."""
        reads = self._read_all("generate", prompts, progress)
        ranked = np.argsort(-self._next_word(reads), axis=1, kind="stable")[:, :max_tokens]
        greedy = ["".join(self._vocabulary[i] for i in row).strip() for row in ranked]
        return [self._scripted(r.text, otherwise) for r, otherwise in zip(reads, greedy, strict=True)]

    def logit_lens(self, states: NDArray[np.float32], layer: int) -> NDArray[np.float32]:
        """Logits over the vocabulary, float32, shape ``(n, n_vocab)``."""
        normed = states if layer == self.info.n_layers else self._norm(states)
        logits = normed @ self._vectors.T * (_SHARPNESS / np.sqrt(self.info.width))
        return np.asarray(logits, dtype=np.float32)

    def vocabulary(self) -> list[str]:
        """Words with a leading space; id 0 is the end of text."""
        return list(self._vocabulary)

    def close(self) -> None:
        """Nothing to free."""

    def _read_all(
        self, method: str, prompts: Sequence[Prompt], progress: ProgressCallback | None
    ) -> list[_Read]:
        self.calls[method] += len(prompts)
        reads = [self._read(prompt) for prompt in prompts]
        if progress:
            progress(len(prompts), len(prompts))
        return reads

    def _read(self, prompt: Prompt) -> _Read:
        parts = [part for turn in prompt.turns for part in turn.parts]
        question = " ".join(p for p in parts if isinstance(p, str)).casefold()
        room = self.info.context_length - len(_words(question))
        if room < 0:
            raise ModelError(
                f"The question alone has {self.info.context_length - room} words and the model reads "
                f"{self.info.context_length}. Shorten the criterion."
            )
        words = [w for p in parts if isinstance(p, Item) for w in _words(self._seen(p))]
        text = "\n".join(
            "".join(p if isinstance(p, str) else self._seen(p) for p in turn.parts) for turn in prompt.turns
        )
        return _Read(text, question, tuple(words[:room]))

    def _seen(self, item: Item) -> str:
        """An item in words: what its picture shows, then its text."""
        if item.image is None:
            return item.text or ""
        if self._pictures is None:
            raise ModelError("The scripted model reads text only, but an item is an image.")
        known = next((key for key in (item.digest, item.image.name) if key in self._pictures), None)
        if known is None:
            raise ModelError(
                f"The scripted model knows what {len(self._pictures)} pictures show, but not what "
                f"{item.image.name} shows; add it to pictures."
            )
        return " ".join([self._pictures[known], *([item.text] if item.text else [])])

    def _id(self, word: str) -> int:
        """Vocabulary id; other words share the unknown ids by a hash that is the same in every process."""
        if word not in self._ids:
            digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
            self._ids[word] = self.info.n_vocab - 1 - int.from_bytes(digest, "big") % _UNKNOWN_IDS
        return self._ids[word]

    def _direction(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Unit sum of word vectors; zero where there are no words."""
        total = np.asarray(self._vectors[[self._id(w) for w in words]].sum(axis=0))
        return total / max(float(np.linalg.norm(total)), 1e-12)

    def _answers(self, read: _Read) -> list[str]:
        asked = [table for keyword, table in self._lexicon.items() if keyword in read.question]
        found = [table[word] for table in asked for word in read.words if word in table]
        return [word for answer in found for word in _words(answer)]

    def _states(self, reads: Sequence[_Read], layer: int, place: int | str) -> NDArray[np.float32]:
        informed = layer / self.info.n_layers * _ANSWER_WEIGHT
        rows = np.zeros((len(reads), self.info.width))
        for i, read in enumerate(reads):
            rows[i] = self._direction(read.words)
            if place == ITEM_MEAN:
                continue
            weight = informed
            if isinstance(place, int):
                weight /= abs(place)
            elif place.casefold() in read.question:
                weight *= _KEYWORD_WEIGHT
            rows[i] += weight * self._direction(self._answers(read))
            rows[i] += _QUESTION_WEIGHT * self._direction(_words(read.question))
        states = rows.astype(np.float32)
        return self._norm(states) if layer == self.info.n_layers else states

    def _norm(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        size = np.linalg.norm(states, axis=-1, keepdims=True)
        return np.asarray(states / np.maximum(size, 1e-12) * np.sqrt(self.info.width), dtype=np.float32)

    def _next_word(self, reads: Sequence[_Read]) -> NDArray[np.float64]:
        """Log-probabilities, shape ``(n, n_vocab)``."""
        last = self._states(reads, self.info.n_layers, -1)
        logits = self.logit_lens(last, self.info.n_layers).astype(np.float64)
        logits[
            :, 0
        ] = -np.inf  # the model never ends on its own, so greedy output has exactly max_tokens words
        logits -= logits.max(axis=1, keepdims=True)
        return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))

    def _scripted(self, text: str, otherwise: str) -> str:
        if self._script is None:
            return otherwise
        if callable(self._script):
            return self._script(text)
        return next((said for key, said in self._script.items() if key in text), otherwise)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())

"""Where names come from: the model's next-word distribution, its answers, and the cluster's words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import softmax

from localcluster.backends.base import Item, LocalModel, ProgressCallback, Prompt
from localcluster.explain.guard import clean_name
from localcluster.explain.prompts import (
    answer_beginnings,
    answer_prompt,
    kind_of,
    title_prompt,
)
from localcluster.explain.tokens import ENGLISH_STOPS, has_unspaced

#: Weight of how probable an answer word is within the cluster, beside how much more probable it is
#: there than in the other clusters. Contrast alone finds odd words, probability alone the same word
#: for every cluster (looked at on review sentences, banking questions and emotions).
PROBABILITY_WEIGHT = 1.0
STARTS_PER_CLUSTER = 3
_COMPLETION_TOKENS = 6
_TITLE_TOKENS = 10
_TITLE_TEXTS = 4
_KEYWORDS = 4


@dataclass(frozen=True)
class AnswerStart:
    """A token that may begin the name of a cluster, and the row after which it is most probable."""

    cluster: int
    token: str
    row: Item


@dataclass(frozen=True)
class _Starts:
    """Vocabulary ids that may begin a name; spellings that differ in case only are one word."""

    ids: NDArray[np.int64]
    word_of: NDArray[np.int64]
    spelling: list[str]

    @classmethod
    def of(cls, vocabulary: Sequence[str]) -> _Starts:
        ids = [i for i, token in enumerate(vocabulary) if starts_a_name(token)]
        first: dict[str, int] = {}
        words = [first.setdefault(vocabulary[i].casefold(), len(first)) for i in ids]
        return cls(np.array(ids, dtype=np.int64), np.array(words, dtype=np.int64), list(first))

    def log_probabilities(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """Shape ``(n, n_words)``; the probabilities of a word's spellings are added."""
        p = softmax(logits.astype(np.float64), axis=1)
        shape = (len(self.ids), len(self.spelling))
        spelled = sp.csr_matrix((np.ones(shape[0]), (np.arange(shape[0]), self.word_of)), shape=shape)
        return np.asarray(np.log(p[:, self.ids] @ spelled + 1e-12))


def answer_starts(
    criterion: str, read: Sequence[Sequence[Item]], model: LocalModel, progress: ProgressCallback
) -> list[AnswerStart]:
    """Words that the model would answer about this cluster's texts rather than about the others'.

    The distribution over the next token after each of
    :func:`~localcluster.explain.prompts.answer_beginnings` is read off the last layer for each
    text; log-probabilities are averaged over the texts of a cluster, and compared with the mean of
    the other clusters.

    Parameters
    ----------
    read : sequence of sequence of Item
        Per cluster, the rows that the model reads.
    """
    beginnings = answer_beginnings(criterion, kind_of(read))
    prompts = [answer_prompt(criterion, row, begun) for begun in beginnings for own in read for row in own]
    layer = model.info.n_layers
    states = model.hidden_states(prompts, [layer], progress=progress)[:, 0, 0]
    starts = _Starts.of(model.vocabulary())
    by_beginning = states.reshape(len(beginnings), -1, states.shape[1])
    ends = np.cumsum([len(texts) for texts in read])
    mean = np.empty((len(read), len(starts.spelling)))
    clearest = np.empty(mean.shape, dtype=np.int16)
    # One cluster at a time: all prompts by a large vocabulary would be gigabytes.
    for c, (end, texts) in enumerate(zip(ends, read, strict=True)):
        own = slice(end - len(texts), end)
        logp = np.mean(
            [starts.log_probabilities(model.logit_lens(s[own], layer)) for s in by_beginning], axis=0
        )
        mean[c], clearest[c] = logp.mean(axis=0), logp.argmax(axis=0)
    merit = mean - _mean_of_others(mean) + PROBABILITY_WEIGHT * mean
    best = np.argsort(-merit, axis=1, kind="stable")[:, :STARTS_PER_CLUSTER]
    return [
        AnswerStart(c, starts.spelling[word], read[c][clearest[c, word]])
        for c in range(len(read))
        for word in best[c].tolist()
    ]


def complete(
    criterion: str, starts: Sequence[AnswerStart], model: LocalModel, progress: ProgressCallback
) -> list[list[str]]:
    """Let the model finish each start: a token is often only the beginning of a word ("Diss").

    Returns
    -------
    list of list of str
        Per start, its first word and, if it went on, the whole phrase.
    """
    begun = answer_beginnings(criterion)[0]
    prompts = [answer_prompt(criterion, start.row, begun + start.token) for start in starts]
    said = model.generate(prompts, _COMPLETION_TOKENS, progress=progress)
    names = []
    for start, rest in zip(starts, _with_spaces(prompts, said, model), strict=True):
        # "Electronics or phone" is two answers; the first is the surer one.
        phrase = clean_name(start.token + rest).partition(" or ")[0]
        names.append(list(dict.fromkeys([phrase.split(" ")[0], phrase])))
    return names


def _with_spaces(prompts: Sequence[Prompt], said: Sequence[str], model: LocalModel) -> list[str]:
    """Put back the space before a new word, which some tokenizers drop at the start of an answer.

    Without it, "positive" gone on with "mood" and "Diss" gone on with "atisfied" look alike; which
    of the two it is, the model itself knows.
    """
    spaced = list(said)
    unclear = [i for i, rest in enumerate(said) if rest[:1].isalpha()]
    words = [re.split(r"\W", said[i], maxsplit=1)[0] for i in unclear]
    logp = model.score([prompts[i] for i in unclear], [[word, f" {word}"] for word in words])
    for i, (joined, apart) in zip(unclear, logp, strict=True):
        if apart >= joined:
            spaced[i] = f" {said[i]}"
    return spaced


def titles(
    criterion: str,
    read: Sequence[Sequence[Item]],
    words: Sequence[Sequence[str]],
    model: LocalModel,
    progress: ProgressCallback,
) -> list[str]:
    """One generated name per cluster, from a few rows and the words together."""
    prompts = [
        title_prompt(criterion, texts[:_TITLE_TEXTS], own[:_KEYWORDS])
        for texts, own in zip(read, words, strict=True)
    ]
    answers = model.generate(prompts, _TITLE_TOKENS, progress=progress)
    return [clean_name(said).partition(" or ")[0] for said in answers]


def from_words(words: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The cluster's own best words as candidate names, with the capitals that the texts give them.

    >>> from_words(["atms", "card"], ["Which ATMs take my card?"])
    ['ATMs', 'Card']
    """
    return [as_written(word, texts) for word in words[:_KEYWORDS]]


def as_written(phrase: str, texts: Sequence[str]) -> str:
    """A phrase as a name, with the capitals that the texts give it most often.

    >>> as_written("visual studio", ["I use Visual Studio", "VISUAL STUDIO", "the Visual Studio"])
    'Visual Studio'
    """
    words = r"\s+".join(map(re.escape, phrase.split()))
    pattern = re.compile(rf"\b{words}\b", re.IGNORECASE)
    forms = Counter(" ".join(found.split()) for text in texts for found in pattern.findall(text))
    return clean_name(max(forms, key=forms.__getitem__) if forms else phrase)


def starts_a_name(token: str) -> bool:
    """Whether a token of the vocabulary can be the beginning of a name: a word, and no stop word."""
    word = token.strip()
    if not word.isalpha() or word.casefold() in ENGLISH_STOPS:
        return False
    return has_unspaced(word) or (token.startswith(" ") and len(word) >= 3)


def _mean_of_others(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    k = len(mean)
    if k == 1:
        return np.zeros_like(mean)
    return np.asarray((mean.sum(axis=0) - mean) / (k - 1))

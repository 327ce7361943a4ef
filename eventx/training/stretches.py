"""Stretches of words, read by a model: what those learn from that choose what it reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eventx.inputs import Input, build, windows
from eventx.labels import TRIGGER, decode, log_softmax
from eventx.model import Model
from eventx.tagger import segment
from eventx.training.mixture import ENDINGS, Stretch, Token
from eventx.words import WORD, Word

FRAMES = (
    "The president {} the foreign minister of Japan in Tokyo on Monday.",
    "The {} between the two presidents was held in Tokyo on Monday.",
    "The leaders will {} in Tokyo on Monday.",
)
"""Sentences that invite the model to take a word for a trigger."""

INVITED = 0.5
"""Probability of a trigger from which a word in one of them may stand for others."""

TWICE = 2
"""How often a word stands in the texts to be tried in the frames."""

AT_ONCE = 256
"""Texts or sentences that the model reads together."""


def read(model: Model, texts: Iterable[str]) -> Iterator[Stretch]:
    """Yield all stretches of some texts, read by a model."""
    stream = iter(texts)
    while batch := list(islice(stream, AT_ONCE)):
        parts = []
        for text in batch:
            for paragraph in segment(text, model.words):
                words = [_token(text, word) for word in paragraph.words]
                for window in windows(paragraph.words, paragraph.borders):
                    borders = [one - window.first for one in paragraph.borders if one > window.first]
                    core = range(window.core_first - window.first, window.core_end - window.first)
                    parts.append((words[window.first : window.end], [0, *borders], core))
        answers = _answers(model, [words for words, _, _ in parts])
        for (words, borders, core), answer in zip(parts, answers, strict=True):
            yield Stretch(words, *answer, borders, core)


def answered(model: Model, sentences: Iterable[Sequence[Token]]) -> Iterator[Stretch]:
    """Yield sentences, read by a model."""
    stream = iter(sentences)
    while batch := list(islice(stream, AT_ONCE)):
        for words, answer in zip(batch, _answers(model, batch), strict=True):
            yield Stretch(words, *answer, [0], range(len(words)))


def invited(model: Model, texts: Iterable[str]) -> Iterator[Token]:
    """Yield the words of some texts that a model takes for a trigger in one of `FRAMES`."""
    count = Counter(word for text in texts for word in WORD.findall(text.lower()))
    known = iter(word for word in count if count[word] >= TWICE and re.fullmatch(r"[^\W\d_]{3,}", word))
    while batch := list(islice(known, AT_ONCE)):
        tried = [(frame.format(word), frame.index("{")) for word in batch for frame in FRAMES]
        words = [model.words(text, 0, len(text)) for text, _ in tried]
        sentences = [
            [_token(text, one) for one in part] for part, (text, _) in zip(words, tried, strict=True)
        ]
        answers = _answers(model, sentences)
        found = {}
        for (_, start), part, sentence, answer in zip(tried, words, sentences, answers, strict=True):
            place = next(number for number, one in enumerate(part) if one.start == start)
            if answer[0][place] >= INVITED and sentence[place].ending is not None:
                found[sentence[place].pieces] = sentence[place]
        yield from found.values()


def _token(text: str, word: Word) -> Token:
    letters = text[word.start : word.end].lower()
    ending = next((one for one in ENDINGS if letters.endswith(one)), "")
    return Token(word.pieces, word.capital, ending if letters.isalpha() else None)


def input_of(model: Model, words: Sequence[Token]) -> Input:
    """Return the input of the first pass for some words."""
    return build([Word(0, 0, word.pieces, word.capital) for word in words], model.words.cls, model.words.sep)


def _answers(
    model: Model, parts: Sequence[Sequence[Token]]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Yield for each word the probability that it is part of a trigger, and whether one begins there."""
    for logits in model([input_of(model, words) for words in parts]):
        begins = np.zeros(len(logits), np.bool_)
        begins[[found.first for found in decode(TRIGGER, logits)]] = True
        yield 1 - np.exp(log_softmax(logits[:, TRIGGER.columns])[:, 0]), begins


def asked(model: Model, one: Stretch) -> tuple[Input, Tensor]:
    """Return the input of a stretch, and for each piece whether a word of a trigger begins there (0 to 1)."""
    sequence = input_of(model, one.words)
    targets = torch.zeros(len(sequence.pieces))
    targets[sequence.heads] = torch.tensor(one.probabilities)
    return sequence, targets

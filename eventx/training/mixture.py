"""Sentences made of others, for a model to say what it makes of them.

In each a word stands that the model takes for a trigger somewhere, in the place of one with the same ending;
behind it may stand what followed such a word elsewhere.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventx.inputs import LIMIT

SOMETIMES = 0.3
"""Probability of a trigger from which a word in the texts may stand for others."""

SURE = 0.5
"""Probability from which it is one."""

ENDINGS = ("ing", "ed", "s")
"""Words with the same one stand for each other; those without any for each other, too."""

COPIES = 4
"""Sentences made of one with a trigger, in each of the two ways; of another it is one."""

Pieces = tuple[int, ...]


class Token(NamedTuple):
    """A word as the network sees it."""

    pieces: Pieces
    capital: bool
    ending: str | None
    """One of `ENDINGS`, or "" for none; None if it is not made of letters."""


class Stretch(NamedTuple):
    """A stretch of words that the model has read."""

    words: Sequence[Token]
    probabilities: NDArray[np.float32]
    """That each is part of a trigger."""
    begins: NDArray[np.bool_]
    """Whether the model finds a trigger that begins there."""
    borders: Sequence[int]
    """Number of the first word of each sentence."""
    core: range
    """The words that are no context."""

    def sentences(self) -> Iterator[range]:
        """Yield the words of each sentence, but for what is context."""
        starts = [self.core.start, *(one for one in self.borders if one in self.core[1:]), self.core.stop]
        yield from (range(first, end) for first, end in pairwise(starts))


class Sentence(NamedTuple):
    """A sentence that the model has read."""

    words: Sequence[Token]
    probabilities: NDArray[np.float32]


class Mixture:
    """Makes sentences.

    Args:
        found: stretches of words that the model has read.
        more: words that it takes for triggers when it is invited to.
        seed: of what is drawn by chance.
    """

    def __init__(self, found: Sequence[Stretch], more: Sequence[Token], seed: int = 0) -> None:
        self._rng = random.Random(seed)
        self._sentences = [
            Sentence(one.words[part.start : part.stop], one.probabilities[part.start : part.stop])
            for one in found
            for part in one.sentences()
        ]
        known = {
            word.pieces
            for one in self._sentences
            for word, probability in zip(one.words, one.probabilities, strict=True)
            if probability >= SOMETIMES and word.ending is not None
        }
        self._places: defaultdict[Pieces, list[tuple[Sentence, int]]] = defaultdict(list)
        for one in self._sentences:
            for place, word in enumerate(one.words):
                if word.pieces in known and word.ending is not None:
                    self._places[word.pieces].append((one, place))
        self._found: defaultdict[str | None, list[Pieces]] = defaultdict(list)
        self._invited: defaultdict[str | None, list[Pieces]] = defaultdict(list)
        for pieces, ((one, place), *_) in self._places.items():
            self._found[one.words[place].ending].append(pieces)
        for word in more:
            self._invited[word.ending].append(word.pieces)

    def __iter__(self) -> Iterator[list[Token]]:
        """Yield all that is made and fits one input."""
        for words in self._made():
            if sum(len(word.pieces) for word in words) <= LIMIT - 2:
                yield words

    def _made(self) -> Iterator[list[Token]]:
        for one in self._sentences:
            letters = [place for place, word in enumerate(one.words) if word.ending is not None]
            triggers = [place for place in letters if one.probabilities[place] >= SURE]
            for _ in range(COPIES if triggers else min(1, len(letters))):
                yield self._replaced(one, self._rng.choice(triggers or letters))
        for places in self._places.values():
            for one, place in places:
                for _ in range(COPIES if one.probabilities[place] >= SURE else 1):
                    yield self._spliced(one, place)

    def _other(self, word: Token) -> Pieces:
        """Return the pieces of a word that may stand for another one."""
        groups = [group[word.ending] for group in (self._found, self._invited) if group[word.ending]]
        return self._rng.choice(self._rng.choice(groups)) if groups else word.pieces

    def _replaced(self, one: Sentence, place: int) -> list[Token]:
        words = list(one.words)
        words[place] = words[place]._replace(pieces=self._other(words[place]))
        return words

    def _spliced(self, one: Sentence, place: int) -> list[Token]:
        word = one.words[place]
        follower = self._rng.choice(self._found[word.ending] or [word.pieces])
        other, behind = self._rng.choice(self._places[follower])
        own = self._rng.choice([word.pieces, follower, self._other(word)])
        return [*one.words[:place], word._replace(pieces=own), *other.words[behind + 1 :]]

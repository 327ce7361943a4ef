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


class Read(NamedTuple):
    """A stretch of words that the model has read."""

    words: Sequence[Token]
    probabilities: NDArray[np.float32]
    """That each is part of a trigger."""
    borders: Sequence[int]
    """Number of the first word of each sentence."""
    core: range
    """The words that are no context."""

    def sentences(self) -> Iterator[range]:
        """Yield the words of each sentence, but for what is context."""
        starts = [self.core.start, *(one for one in self.borders if one in self.core[1:]), self.core.stop]
        yield from (range(first, end) for first, end in pairwise(starts))

    def part(self, sentence: range) -> Read:
        """Return a sentence by itself."""
        inside = slice(sentence.start, sentence.stop)
        return Read(self.words[inside], self.probabilities[inside], [0], range(len(sentence)))

    def events(self) -> int:
        """Return how many triggers there are."""
        inside = self.triggers()
        return int(inside[0]) + int((inside[1:] & ~inside[:-1]).sum())

    def triggers(self) -> NDArray[np.bool_]:
        """Return which words are part of a trigger."""
        return self.probabilities >= 1 / 2


class Mixture:
    """Makes sentences.

    Args:
        found: stretches of words that the model has read.
        more: words that it takes for triggers, besides those in the stretches.
        seed: of what is drawn by chance.
    """

    def __init__(self, found: Sequence[Read], more: Sequence[Token], seed: int = 0) -> None:
        self._rng = random.Random(seed)
        self._sentences = [one.part(sentence) for one in found for sentence in one.sentences()]
        known = {
            word.pieces
            for one in self._sentences
            for word, probability in zip(one.words, one.probabilities, strict=True)
            if probability >= SOMETIMES and word.ending is not None
        }
        self._places: defaultdict[Pieces, list[tuple[Read, int]]] = defaultdict(list)
        for one in self._sentences:
            for place, word in enumerate(one.words):
                if word.pieces in known:
                    self._places[word.pieces].append((one, place))
        self._often, self._seldom = defaultdict(list), defaultdict(list)
        for pieces, ((one, place), *_) in self._places.items():
            self._often[one.words[place].ending].append(pieces)
        for word in more:
            self._seldom[word.ending].append(word.pieces)

    def __iter__(self) -> Iterator[list[Token]]:
        """Yield all that is made."""
        for one in self._sentences:
            triggers = one.triggers()
            letters = [place for place, word in enumerate(one.words) if word.ending is not None]
            spots = [place for place in letters if triggers[place]]
            for _ in range(COPIES if spots else min(1, len(letters))):
                yield self._replaced(one, self._rng.choice(spots or letters))
        for pieces, places in self._places.items():
            for one, place in places:
                for _ in range(COPIES if one.triggers()[place] else 1):
                    made = self._spliced(pieces, one, place)
                    if sum(len(word.pieces) for word in made) <= LIMIT - 2:
                        yield made

    def _other(self, word: Token) -> Pieces:
        """Return the pieces of a word that may stand for another one."""
        groups = [group[word.ending] for group in (self._often, self._seldom) if group[word.ending]]
        return self._rng.choice(self._rng.choice(groups)) if groups else word.pieces

    def _replaced(self, one: Read, place: int) -> list[Token]:
        words = list(one.words)
        words[place] = words[place]._replace(pieces=self._other(words[place]))
        return words

    def _spliced(self, pieces: Pieces, one: Read, place: int) -> list[Token]:
        word = one.words[place]
        follower = self._rng.choice(self._often[word.ending])
        other, behind = self._rng.choice(self._places[follower])
        own = self._rng.choice([pieces, follower, self._other(word)])
        return [*one.words[:place], word._replace(pieces=own), *other.words[behind + 1 :]]

"""Words: how much each tells, and how alike two sets of them are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WORDS = 1 << 18
"""Numbers that words are mapped to; counts of them are as many, however long the stream is."""

SIZE = 40
"""Words of a bag, those that tell most; the bound keeps a comparison from growing with the text."""


class Frequencies:
    """On how many pages each word is; of a whole stream."""

    def __init__(self) -> None:
        self._counts: NDArray[np.uint32] = np.zeros(WORDS, np.uint32)
        self._pages = 0

    def add(self, words: Sequence[int]) -> None:
        """Count the words of a page, each given once."""
        self._counts[words] += 1
        self._pages += 1

    def weights(self, words: Sequence[int]) -> NDArray[np.float64]:
        """Return how much each word tells: the logarithm of how rare it is, never 0."""
        return np.log1p((self._pages + 1) / (self._counts[words] + 1.0))

    def rarest(self, words: Sequence[int], count: int) -> list[int]:
        """Return those of the words that are on fewest pages, but not on one only, the rarest first."""
        shared = [word for word, pages in zip(words, self._counts[words], strict=True) if pages > 1]
        return sorted(shared, key=lambda word: (self._counts[word], word))[:count]


class Bag:
    """Words with their weights.

    Args:
        words: their numbers, each once.
        frequencies: of the stream that they are of.
    """

    def __init__(self, words: Sequence[int], frequencies: Frequencies) -> None:
        weights = frequencies.weights(words)
        best = np.argsort(-weights, kind="stable")[:SIZE]
        kept = weights[best]
        self._words = {words[position]: float(weights[position]) for position in best}
        self._length = float(np.sqrt(kept @ kept)) or 1.0

    def likeness(self, other: Bag) -> float:
        """Return the cosine of two bags, 0 to 1."""
        fewer, more = sorted((self._words, other._words), key=len)
        product = sum(weight * more[word] for word, weight in fewer.items() if word in more)
        return product / (self._length * other._length)

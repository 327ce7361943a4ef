"""Which texts have words in common, so that nothing is judged by what was learnt from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

OVERLAP = 12
"""Words in a row that two texts have in common only if one is taken from the other."""


def stretches(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every OVERLAP words in a row, or all words of a shorter text."""
    words = re.findall(r"\w+", text.lower())
    for start in range(max(1, len(words) - OVERLAP + 1)):
        yield tuple(words[start : start + OVERLAP])


def apart(texts: Iterable[str], others: Iterable[str]) -> Iterator[bool]:
    """Say of each text whether it shares no OVERLAP words in a row with any of the others."""
    known = {stretch for other in others for stretch in stretches(other)}
    for text in texts:
        yield known.isdisjoint(stretches(text))

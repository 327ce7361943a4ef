"""What the model is fed: windows of words, and the numbers that stand for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventx.words import Word

LIMIT = 256
"""Word pieces in one input at most, [CLS] and [SEP] included; the backbone has 512 positions."""

CAPITAL, MARKED = 1, 2
"""Bits of the token type: the word begins with an upper-case letter; the word belongs to the trigger."""


class Input(NamedTuple):
    """A sequence for the encoder."""

    pieces: list[int]
    types: list[int]
    heads: list[int]
    """Position of each word's first piece: there its labels are read."""


class Window(NamedTuple):
    """A stretch of words that is read at once, and the core of it from which results are taken."""

    first: int
    end: int
    core_first: int
    core_end: int


def build(words: Sequence[Word], cls: int, sep: int, marked: range = range(0)) -> Input:
    """Return the input for a stretch of words, those in ``marked`` shown to be the trigger."""
    pieces, types, heads = [cls], [0], []
    for number, word in enumerate(words):
        heads.append(len(pieces))
        pieces.extend(word.pieces)
        kind = CAPITAL * word.capital + MARKED * (number in marked)
        types.extend([kind] * len(word.pieces))
    pieces.append(sep)
    types.append(0)
    return Input(pieces, types, heads)


def windows(words: Sequence[Word], borders: Sequence[int], limit: int = LIMIT) -> Iterator[Window]:
    """Cut a paragraph into windows whose cores cover each word exactly once.

    A paragraph that fits is one window. Otherwise cores of whole sentences, half a window long, are read
    with a quarter of a window of context on either side; a sentence that is longer than a core is cut.

    Args:
        words: the words of one paragraph.
        borders: number of the first word of each sentence, the first of them 0.
        limit: word pieces in a window at most.
    """
    sizes = [len(word.pieces) for word in words]
    room = limit - 2
    if sum(sizes) <= room:
        yield Window(0, len(words), 0, len(words))
        return
    for first, end in _cores(sizes, borders, room // 2):
        free = room - sum(sizes[first:end])
        left, right, before, behind = first, end, free // 2, free - free // 2
        while left > 0 and sizes[left - 1] <= before:
            left -= 1
            before -= sizes[left]
        while right < len(words) and sizes[right] <= behind:
            behind -= sizes[right]
            right += 1
        yield Window(left, right, first, end)


def _cores(sizes: Sequence[int], borders: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Yield first and end word of each core: as many whole sentences as go into ``room`` pieces."""
    starts = frozenset(borders)
    first = border = size = tail = 0  # tail: pieces since the last sentence border
    for word, pieces in enumerate(sizes):
        if word in starts:
            border, tail = word, 0
        while size + pieces > room:
            cut = border if border > first else word
            yield first, cut
            first, size = cut, tail if cut == border else 0
        size += pieces
        tail += pieces
    yield first, len(sizes)


def around(words: Sequence[Word], core: range, bounds: range, limit: int = LIMIT) -> range:
    """Return the widest stretch of words about ``core``, within ``bounds``, that fits one input.

    It grows evenly on both sides, so bounds that fit are returned whole.
    """
    room = limit - 2 - sum(len(word.pieces) for word in words[core.start : core.stop])
    left, right = core.start, core.stop
    grown = True
    while grown:
        grown = False
        if left > bounds.start and len(words[left - 1].pieces) <= room:
            left -= 1
            room -= len(words[left].pieces)
            grown = True
        if right < bounds.stop and len(words[right].pieces) <= room:
            room -= len(words[right].pieces)
            right += 1
            grown = True
    return range(left, right)

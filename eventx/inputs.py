"""What the model is fed: windows of words, and the numbers that stand for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise
from typing import NamedTuple

from eventx.words import Word

LIMIT = 128
"""Word pieces in one input at most, [CLS] and [SEP] included; in training too.

The backbone has 512 positions, but news has short paragraphs, and a model that was trained on short inputs
misses events in long ones. For the first model 96 to 128 did best of 64 to 256 on held-out texts.
"""

CONTEXT = 32
"""Word pieces of the paragraph that are read before and behind a trigger's sentence."""

CAPITAL, MARKED, OUTSIDE = 1, 2, 4
"""Bits of the token type: the word begins with an upper-case letter; it belongs to the trigger; it stands
outside the sentence whose roles are asked for."""

OTHER = MARKED | OUTSIDE
"""Bits of a word of another trigger, wherever it stands: it may have the parties that stand about it."""


class Input(NamedTuple):
    """A sequence for the encoder."""

    pieces: list[int]
    types: list[int]
    heads: list[int]
    """Position of the first piece of each word that has labels: there they are read."""

    def rests(self) -> Iterator[tuple[int, range]]:
        """Yield head and further pieces of each word, in an input whose words all have labels."""
        for head, following in pairwise([*self.heads, len(self.pieces) - 1]):
            yield head, range(head + 1, following)


class Window(NamedTuple):
    """A stretch of words that is read at once, and the core of it from which results are taken."""

    first: int
    end: int
    core_first: int
    core_end: int


def build(
    words: Sequence[Word],
    cls: int,
    sep: int,
    trigger: range = range(0),
    inside: range | None = None,
    triggers: Set[int] = frozenset(),
) -> Input:
    """Return the input for a stretch of words.

    Args:
        words: the stretch; the numbers below count from its start.
        cls: id of the piece that every input begins with.
        sep: id of the piece that every input ends with.
        trigger: the words that are marked as the trigger.
        inside: the words that have labels, all if None; the others are context.
        triggers: the words of all triggers.
    """
    pieces, types, heads = [cls], [0], []
    for number, word in enumerate(words):
        kind = CAPITAL * word.capital
        if inside is None or number in inside:
            heads.append(len(pieces))
        else:
            kind |= OUTSIDE
        if number in trigger:
            kind |= MARKED
        elif number in triggers:
            kind |= OTHER
        pieces.extend(word.pieces)
        types.extend([kind] * len(word.pieces))
    pieces.append(sep)
    types.append(0)
    return Input(pieces, types, heads)


def focus(
    words: Sequence[Word], trigger: range, sentence: range, triggers: Set[int], cls: int, sep: int
) -> tuple[Input, range]:
    """Return the input that asks for the roles of a trigger, and the words that it has labels for.

    These are the trigger's sentence, or of a very long one the stretch about the trigger that fits.

    Args:
        words: the words of the paragraph; the numbers count from its start.
        trigger: the trigger's words.
        sentence: the words of its sentence.
        triggers: the words of all triggers in the paragraph.
        cls: id of the piece that every input begins with.
        sep: id of the piece that every input ends with.
    """
    inside = around(words, trigger, sentence)
    size = sum(len(word.pieces) for word in words[inside.start : inside.stop])
    view = around(words, inside, range(len(words)), min(LIMIT, size + 2 * CONTEXT + 2))

    def shifted(part: range) -> range:
        return range(part.start - view.start, part.stop - view.start)

    part = words[view.start : view.stop]
    seen = {number - view.start for number in view if number in triggers}
    return build(part, cls, sep, shifted(trigger), shifted(inside), seen), inside


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

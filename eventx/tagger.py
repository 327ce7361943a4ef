"""From text to event mentions, in two passes of one encoder.

The first pass reads each paragraph and finds the triggers. The second reads each trigger's sentence
once more, the trigger marked, and finds its roles, status and format.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventx.sentences import paragraphs, split
from eventx.words import Word, Words


class Paragraph(NamedTuple):
    """The words of a paragraph and where its sentences begin."""

    words: Sequence[Word]
    borders: Sequence[int]
    """Number of the first word of each sentence, the first of them 0."""

    def sentence(self, word: int) -> tuple[int, int]:
        """Return the first word of the sentence that a word belongs to, and the one behind its last."""
        index = bisect_right(self.borders, word)
        return self.borders[index - 1], self.borders[index] if index < len(self.borders) else len(self.words)


def read(text: str, words: Words) -> Iterator[Paragraph]:
    """Yield the paragraphs of a text that have words."""
    for start, end in paragraphs(text):
        found: list[Word] = []
        borders = []
        for sentence_start, sentence_end in split(text, start, end):
            part = words(text, sentence_start, sentence_end)
            if part:
                borders.append(len(found))
                found.extend(part)
        if found:
            yield Paragraph(found, borders)

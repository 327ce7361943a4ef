"""Sentence boundaries: the text's paragraphs, and the sentences in each of them.

A paragraph ends at a blank line and no sentence crosses it, so what is found in a paragraph never
depends on its neighbours. Within a paragraph the boundaries are those of sentencex (Wikimedia).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

from eventx.document import without_surrogates

LINE_END = r"(?:\r\n|\n|\r(?!\n))"
BLANK_LINE = re.compile(rf"{LINE_END}[^\S\r\n]*{LINE_END}\s*")
ADDRESS = re.compile(r"\b(?:Ms|Amb|Atty|Ald|Cllr|Vice-Adm|Lt\.-Gen)\.\s*$")
"""Forms of address that no sentence ends in, of which sentencex does not know."""
REACH = 20
"""Characters before the end of a sentence in which one is looked for."""


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each paragraph, in order; white space around it is left out."""
    start = 0
    for gap in BLANK_LINE.finditer(text):
        yield from _stripped(text, start, gap.start())
        start = gap.end()
    yield from _stripped(text, start, len(text))


def sentences(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence of the text, in order, without the white space around."""
    return [span for start, end in paragraphs(text) for span in split(text, start, end)]


def split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each sentence of the paragraph ``text[start:end]``."""
    paragraph = without_surrogates(text[start:end])  # they cannot cross into the splitter
    first = 0
    for boundary in sentencex.get_sentence_boundaries("en", paragraph):
        last = boundary["end_index"]
        if last < len(paragraph) and ADDRESS.search(paragraph, max(first, last - REACH), last):
            continue
        yield from _stripped(text, start + first, start + last)
        first = last
    yield from _stripped(text, start + first, end)


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the span without the white space at its ends, or nothing if that is all there is."""
    part = text[start:end]
    length = len(part.strip())
    if length:
        start += len(part) - len(part.lstrip())
        yield start, start + length

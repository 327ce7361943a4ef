"""The text, word by word, with the letter of each word."""

from __future__ import annotations

import re
from bisect import bisect_left

from eventx.actors.letters import classify
from eventx.document import Span

TOKEN = re.compile(
    r"\n\s*\n|(?:[A-Z]\.)+|(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Col|Lt|Maj|Brig|Sgt|Cmdr|Prof|Adm|Capt|Rev|Jr|Sr)\."
    r"|['’]s\b|['’](?=\s)"
    r"|\w+(?:(?:-|['’](?!s\b))\w+)*|[^\w\s]"
)

SENTENCE = 100
"""Words of a sentence that are gone through at most."""


class Text:
    """The words of a text, by their numbers.

    Args:
        raw: the text as it was given.
    """

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self._tokens = [match.span() for match in TOKEN.finditer(raw)]
        self._starts = [start for start, _ in self._tokens]
        self.letters, self.codes = classify([raw[start:end] for start, end in self._tokens])

    def number(self, offset: int) -> int:
        """Return the number of the first word that begins at an offset or behind it."""
        return bisect_left(self._starts, offset)

    def range(self, span: Span) -> tuple[int, int]:
        """Return the numbers of a span's first word and of the word behind it."""
        return self.number(span.start), self.number(span.end)

    def word(self, number: int) -> str:
        """Return one word."""
        return self.words(number, number + 1)

    def words(self, begin: int, end: int) -> str:
        """Return the text of some words, with plain spaces."""
        return " ".join(self.raw[self._tokens[begin][0] : self._tokens[end - 1][1]].split())

    def fullmatch(self, pattern: re.Pattern[str], span: Span) -> re.Match[str] | None:
        """Return the match of a pattern with the letters of a whole span."""
        return pattern.fullmatch(self.letters, *self.range(span))

    def group(self, match: re.Match[str], name: str) -> str:
        """Return the words of a group of a match, "" if it has none."""
        return self.words(*match.span(name)) if match[name] else ""

    def countries(self, span: Span) -> list[str]:
        """Return the codes of the countries that a span names, each once."""
        codes = (self.codes.get(number) for number in range(*self.range(span)))
        return list(dict.fromkeys(code for code in codes if code))

    def opens(self, number: int) -> bool:
        """Say whether a word may be the first of its sentence."""
        return number == 0 or self.letters[number - 1] == "."

    def sentence_begin(self, number: int) -> int:
        """Return the number of the first word of a word's sentence."""
        first = max(number - SENTENCE, 0)
        return max(self.letters.rfind(".", first, number) + 1, first)

    def sentence_end(self, number: int) -> int:
        """Return the number of the mark behind a word's sentence."""
        end = self.letters.find(".", number, number + SENTENCE)
        return end if end >= 0 else min(number + SENTENCE, len(self.letters))

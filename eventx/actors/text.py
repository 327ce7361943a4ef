"""The text, word by word, with the letter of each word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from eventx.actors.letters import classify
from eventx.document import Span

TOKEN = re.compile(
    r"\n\s*\n|(?:[A-Z]\.)+|(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Col|Lt|Maj|Brig|Sgt|Cmdr|Prof|Adm|Capt|Rev|Jr|Sr)\."
    r"|['’][sS]\b|['’](?=\s)"
    r"|\w+(?:(?:-|['’](?![sS]\b))\w+)*|[^\w\s]"
)

SENTENCE = 100
"""Words of a sentence that are gone through at most."""

LOUD = 3
"""A sentence with more words, all in capitals, is one of a text or headline that has no other letters."""

ACRONYM = 4
"""Letters of an acronym at most, where it cannot be told from a surname."""


class Text:
    """The words of a text, by their numbers.

    Args:
        raw: the text as it was given.
        spans: of the parties; they tell the names in a sentence all in capitals.
    """

    def __init__(self, raw: str, spans: Iterable[Span]) -> None:
        self.raw = raw
        self._tokens = [match.span() for match in TOKEN.finditer(raw)]
        self._starts = [start for start, _ in self._tokens]
        self.letters, self.codes = classify([raw[start:end] for start, end in self._tokens])
        self._hush([span for span in spans if span.text.isupper()])

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
        """Return the match of a pattern with the letters of a whole span; a part of a word has none."""
        begin, end = self.range(span)
        if begin < end and self._tokens[end - 1][1] > span.end:  # "EU" of "EU-mediated"
            return None
        return pattern.fullmatch(self.letters, begin, end)

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

    def _hush(self, spans: Iterable[Span]) -> None:
        """Let capitals tell nothing in sentences without other letters, but for the names parties end in."""
        shouted: set[int] = set()
        names: list[tuple[int, int]] = []
        for span in spans:
            begin, end = self.range(span)
            first, last = self.sentence_begin(begin), self.sentence_end(begin)
            if begin < end and last - first > LOUD and self.words(first, last).isupper():
                shouted.update(range(first, last))
                names.append((begin, end))
        if not names:
            return
        letters = list(self.letters)
        acronyms = {
            self.word(number)
            for number, letter in enumerate(letters)
            if letter == "A" and number not in shouted
        }
        for number in shouted:
            if letters[number] in "NA":
                letters[number] = "w"
        for begin, end in names:
            number = end
            while number > begin and letters[number - 1] == "w" and self.word(number - 1) not in acronyms:
                number -= 1
            known = number > begin and letters[number - 1] in "HPRhp"
            name = known or end - number > 1 or (number == begin and len(self.word(begin)) > ACRONYM)
            letters[begin:end] = [
                letter if letter != "w" else "N" if name and place >= number else "A"
                for place, letter in enumerate(letters[begin:end], begin)
            ]
        self.letters = "".join(letters)

    def sentence_begin(self, number: int) -> int:
        """Return the number of the first word of a word's sentence."""
        first = max(number - SENTENCE, 0)
        return max(self.letters.rfind(".", first, number) + 1, first)

    def sentence_end(self, number: int) -> int:
        """Return the number of the mark behind a word's sentence."""
        end = self.letters.find(".", number, number + SENTENCE)
        return end if end >= 0 else min(number + SENTENCE, len(self.letters))

"""Bodies: the organisations of a document, with the full names that its short ones stand for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

from eventx.actors.patterns import DESCRIBED, HEADED, OWNED, SHORTENED
from eventx.actors.text import Text
from eventx.actors.titles import OFFICES, ORGANISATIONS
from eventx.document import Span

BRACKETED = re.compile(r"\(([A-Z]{2}[\w-]{0,18})\)")
"""African Union (AU)."""

JOINING = frozenset({"of", "the", "and", "for", "de", "des", "du", "la"})
"""Words without a capital inside the names of organisations."""

BRACKET = 120
"""Characters before an acronym in brackets in which its full name is looked for."""

ACRONYMS = 100
"""Acronyms of a text whose full names are looked for."""

GROUPS = frozenset({"delegation", "team", "negotiators", "rebels", *OFFICES})
"""Nouns of groups and single persons without a name, which a later "the delegation" points back to."""


class Bodies:
    """The organisations of a document.

    Args:
        text: the document's text.
        names: names of several words in it.
        spans: the spans of all parties.
    """

    def __init__(self, text: Text, names: Iterable[str], spans: Iterable[Span]) -> None:
        self._text = text
        self._longer = {name.split()[0]: name for name in names}  # by the first word
        self._full = {**_parts(text), **_acronyms(text), **_bracketed(text.raw)}
        self.employers: set[str] = set()
        """Organisations that somebody holds an office in."""
        self.homes: dict[str, str] = {}
        """Organisation -> country."""
        self._read_homes()
        self.nouns = self._read_nouns(spans)
        """Noun that points back, "the chamber" -> name and country."""

    def full_name(self, name: str) -> str:
        """Return the full name of an organisation."""
        full = self._full.get(name) or self._full.get(name.removesuffix("s"))
        return full or (self.nouns.get(name.lower(), (name, None))[0] if " " not in name else name)

    def employer(self, name: str) -> str:
        """Return the full name of an organisation that somebody holds an office in, and note it."""
        full = self.full_name(name)
        if " " not in full:  # "Kestrel chief executive", of Kestrel Airways
            full = self._full.setdefault(name, self._longer.get(name, name))
        self.employers.add(full)
        return full

    def described(self, span: Span) -> str | None:
        """Return the name of an organisation behind what is said of it: Japanese carmaker Doe Motor."""
        match = self._text.fullmatch(DESCRIBED, span)
        return self._text.group(match, "name") if match else None

    def owner(self, span: Span) -> str | None:
        """Return the one organisation that a group belongs to: EU in "EU foreign ministers"."""
        match = self._text.fullmatch(OWNED, span)
        if match is None:
            return None
        return self.full_name(self._text.group(match, "first" if match["first"] else "last"))

    def _read_homes(self) -> None:
        """Learn of which countries the organisations are whose names stand behind what is said of them."""
        for match in DESCRIBED.finditer(self._text.letters):
            if match["state"]:
                name = self._text.group(match, "name")
                self.homes[name] = self._text.codes[match.start("state")]
                self._full.setdefault(name.split()[0], name)
                self._full.setdefault(name.split()[-1], name)
                self.employers.add(name)

    def _read_nouns(self, spans: Iterable[Span]) -> dict[str, tuple[str, str | None]]:
        """Return name and country of what a noun alone points back to: "the government", "the chamber".

        These are the only organisation, group or holder of an office of its kind.
        """
        found: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        text = self._text
        for match in HEADED.finditer(text.letters):
            for number in range(*match.span()):
                if text.letters[number] == "O" and match.end() - match.start() > 1:
                    found[text.word(number).lower()].add((text.words(*match.span()), None))
        for span in spans:
            noun = span.text.lower().rpartition(" ")[2]
            if " " in span.text and (noun in ORGANISATIONS or noun.removesuffix("s") in GROUPS):
                named = text.countries(span)
                found[noun].add((self.full_name(span.text), named[0] if len(named) == 1 else None))
        return {noun: named.pop() for noun, named in found.items() if len(named) == 1}


def _parts(text: Text) -> dict[str, str]:
    """Return first word -> name that ends in a word such as Party: "Labour"."""
    bodies: dict[str, str] = {}
    for match in SHORTENED.finditer(text.letters):
        words = text.words(*match.span())
        if match[0][0] != "A":
            bodies.setdefault(words.split()[0], words)
    return bodies


def _acronyms(text: Text) -> dict[str, str]:
    """Return acronym -> words with a capital that follow each other and whose initials it has."""
    bodies: dict[str, str] = {}
    initials, numbers = _initials(text)
    acronyms = dict.fromkeys(text.word(match.start()) for match in re.finditer("A", text.letters))
    for acronym in islice(acronyms, ACRONYMS):
        place = initials.find(acronym)
        run = range(numbers[place], numbers[place + len(acronym) - 1] + 1) if place >= 0 else range(0)
        if any(text.letters[number] == "O" for number in run):
            bodies[acronym] = text.words(run.start, run.stop)
    return bodies


def _initials(text: Text) -> tuple[str, list[int]]:
    """Return the first letters of all words with a capital, and the words' numbers.

    Where other words than "of the" stand between two of them there is a space, whose number is -1.
    """
    initials, numbers = [], []
    for number, letter in enumerate(text.letters):
        if letter in "NOMCHP" and (word := text.word(number))[0].isupper():
            for part in word.split("-"):
                initials.append(part[:1])
                numbers.append(number)
        elif letter not in "ofd&p" or (letter == "o" and text.word(number) != "for"):
            initials.append(" ")
            numbers.append(-1)
    return "".join(initials), numbers


def _bracketed(raw: str) -> dict[str, str]:
    """Return acronym in brackets -> name before it."""
    bodies: dict[str, str] = {}
    for match in BRACKETED.finditer(raw):
        before = raw[max(0, match.start() - BRACKET) : match.start()]
        full = _abbreviated(re.split(r"[.!?,;:()]\s", before)[-1].split()[-8:], match[1])
        if full:
            bodies[match[1]] = full
    return bodies


def _abbreviated(words: Sequence[str], acronym: str) -> str | None:
    """Return the last of the words that an acronym stands for.

    They have its letters as their initials; or else, since it may be of another language, they are all words
    with a capital, and such as "of", that stand together before it.
    """
    words = [*words[:-1], re.sub("['’]s$", "", words[-1])] if words else words
    starts = [index + 1 for index, pair in enumerate(pairwise(words)) if pair == ("and", "the")]
    words = words[starts[-1] :] if starts else words  # "the state and the Armed Forces (AF)"
    capitals = [index for index, word in enumerate(words) if word[0].isupper()]
    for index in capitals:
        if "".join(words[one][0] for one in capitals if one >= index) == acronym:
            return " ".join(words[index:])
    names = {*capitals, *(index for index, word in enumerate(words) if word in JOINING)}
    run = next((index + 1 for index in reversed(range(len(words))) if index not in names), 0)
    first = next((one for one in capitals if one >= run and words[one].lower() not in JOINING), None)
    if first is None and capitals and words[-1].lower() in ORGANISATIONS:
        first = capitals[-1]  # UN refugee agency (UNHCR)
    return None if first is None else " ".join(words[first:])

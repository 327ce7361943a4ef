"""Couples: two persons with one surname, "Jo and Al Doe", "President and Mrs. Doe"."""

from __future__ import annotations

import re

from eventx import countries
from eventx.actors.patterns import FULL_NAME, GIVEN_NAMES, RELATIVE, SPOUSES
from eventx.actors.persons import Person, Persons
from eventx.actors.text import Text
from eventx.actors.titles import KIN, OFFICES
from eventx.document import Span

NEAR = 200
"""Words on either side of two names in which a word such as "wife" says that they are a couple's."""


class Couples:
    """The couples of a document: the first one's span says little without the second one's.

    Whether "Jo and Al Doe" are Jo Doe and Al Doe, or the first one is a Ms. Jo, is told by the rest of the
    text: by "Jo Doe", "the Does", or a word such as "wife" near by. Otherwise they are left as they are.

    Args:
        text: the document's text.
        persons: its persons, whose titles are known; the couples' are added.
    """

    def __init__(self, text: Text, persons: Persons) -> None:
        self._text = text
        self._persons = persons
        self._names = dict.fromkeys(text.words(*match.span()) for match in FULL_NAME.finditer(text.letters))
        self._surnames = {name.split()[-1] for name in (*self._names, *(one.name for one in persons))}
        self._pairs: dict[int, tuple[int, int, Person, Person]] = {}  # first word: end of one, of both, both
        whole = {name.split()[0]: name for name in self._names}
        for match in RELATIVE.finditer(text.letters):
            name = whole.get(text.group(match, "name"))
            if name and text.group(match, "address").lower() in KIN:
                persons.know(name)
        for match in SPOUSES.finditer(text.letters):
            if text.group(match, "address").startswith("Mrs") and text.group(match, "title")[0].isupper():
                self._note(match, *self._spouses(match))
        for match in GIVEN_NAMES.finditer(text.letters):
            if self._told(match):
                self._note(match, *self._namesakes(match))

    def named(self, span: Span) -> list[Person]:
        """Return the couple that a span names, or the first one of it; nobody if it names something else."""
        begin, end = self._text.range(span)
        one, both, first, second = self._pairs.get(begin, (0, 0, None, None))
        return [person for person, stop in ((first, one), (second, both)) if person and end in (stop, both)]

    def _note(self, match: re.Match[str], first: Person, second: Person) -> None:
        self._pairs[match.start("first")] = match.end("first"), match.end(), first, second

    def _spouses(self, match: re.Match[str]) -> tuple[Person, Person]:
        """Return the persons of "President and Mrs. Doe"."""
        surname, title = self._text.group(match, "name"), self._text.group(match, "title")
        own = surname.split()[-1]
        new = not self._persons.called(own)  # then a longer name that the text has is that of the second one
        wife = self._persons.know(surname, woman=True) if new else None
        husband = self._persons.know(own, title, woman=False)
        if not OFFICES.isdisjoint(title.lower().split()):
            husband.title = husband.title or title
            code = self._text.codes.get(match.start("first"))
            if code and husband.affiliation is None:
                husband.country, husband.affiliation = code, countries.name(code)
        return husband, wife or self._persons.know(surname, woman=True)

    def _namesakes(self, match: re.Match[str]) -> tuple[Person, Person]:
        """Return the persons of "Jo and Al Doe"."""
        given, second = self._text.group(match, "given"), self._text.group(match, "second")
        return self._persons.know(f"{given} {second.split()[-1]}"), self._persons.know(second)

    def _told(self, match: re.Match[str]) -> bool:
        """Say whether the text tells that the first of "Jo and Al Doe" is a Doe too."""
        given, surname = self._text.group(match, "given"), self._text.group(match, "second").split()[-1]
        if given in self._surnames:
            return False
        near = range(max(match.start() - NEAR, 0), min(match.end() + NEAR, len(self._text.letters)))
        words = {self._text.word(number) for number in near}
        return (
            f"{given} {surname}" in self._names
            or not words.isdisjoint((f"{surname}s", f"{surname}es"))
            or not KIN.isdisjoint(map(str.lower, words))
        )

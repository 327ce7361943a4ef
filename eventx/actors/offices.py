"""Offices: who holds them, where a span names an office alone or several of one kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from eventx import countries
from eventx.actors.bodies import Bodies
from eventx.actors.patterns import GROUP, OFFICE
from eventx.actors.persons import NAMESAKES, Person, Persons, office
from eventx.actors.text import Text
from eventx.actors.titles import HEADS, LEADERS, MODIFIERS, OFFICES
from eventx.document import Span

SCENE = 3000
"""Characters on either side of an office in which its holder is looked for."""


class Offices:
    """The offices of a document and their holders.

    Args:
        text: the document's text.
        bodies: its organisations.
        persons: its persons, whose titles are known. Those of whom only the country is told get the office of
            a group that they must belong to.
        spans: the spans of all parties.
    """

    def __init__(self, text: Text, bodies: Bodies, persons: Persons, spans: Iterable[Span]) -> None:
        self._text = text
        self._bodies = bodies
        self._persons = persons
        self._read_groups(spans)
        self._officials: dict[tuple[str, str], list[Person]] = defaultdict(list)  # by country, word of title
        for person in persons:
            for word in person.office if person.country else ():
                self._officials[person.country or "", word].append(person)

    def holder(self, span: Span) -> Person | None:
        """Return whom an office alone means, "the crown prince": who holds it and was named last before.

        If nobody was, it is the first one named behind.
        """
        text = self._text
        match = text.fullmatch(OFFICE, span)
        if match is None:
            return None
        whose = None
        body = text.group(match, "affiliation") or text.group(match, "of")
        if body:
            code = countries.find(body)
            whose = countries.name(code) if code else self._bodies.full_name(body)
        wanted = office(f"{text.group(match, 'before')} {text.group(match, 'title')}")
        begin, end = text.range(span)
        first, last = text.number(span.start - SCENE), text.number(span.end + SCENE)
        near = list(self._persons.named(chain(range(begin - 1, first - 1, -1), range(end, last))))
        if wanted == {"counterpart"} and whose:  # has the office of whoever was named before
            other = next((one for one in near if one.affiliation != whose and one.title), None)
            wanted = other.office if other else wanted
        free = {one for one in near if one.affiliation is None and wanted <= one.office}
        if match["of"] and len(free) == 1:  # "the president of France" is the only president who is named
            near = [one for one in near if one.affiliation == whose] or list(free)
            whose = near[0].affiliation
        for person in near:
            held = person.office
            heads = whose is not None and wanted <= HEADS and held & HEADS
            if whose in (None, person.affiliation) and (wanted <= held | {person.address} or heads):
                return person
        return None

    def members(self, span: Span) -> list[Person]:
        """Return the persons meant by "leaders of Serbia and Kosovo" if the document names one for each."""
        words = span.text.lower().split()
        place = next((place for place, word in enumerate(words) if word[:-1] in OFFICES), None)
        named = self._text.countries(span)
        if place is None or len(named) < 2:
            return []
        wanted = office(" ".join([*(word for word in words[:place] if word in MODIFIERS), words[place][:-1]]))
        members = [self._official(code, wanted) for code in named]
        return [member for member in members if member] if all(members) else []

    def _official(self, code: str, wanted: set[str]) -> Person | None:
        """Return who holds an office in a country; those named as a party come first."""
        leader = wanted == {"leader"}
        words = {"leader", *LEADERS} if leader else [min(wanted)]
        known = (person for word in words for person in self._officials.get((code, word), ())[:NAMESAKES])
        fitting = [one for one in known if leader or wanted <= one.office]
        return next((person for person in fitting if person.party), fitting[0] if fitting else None)

    def _read_groups(self, spans: Iterable[Span]) -> None:
        """Learn the office of persons of whom only the country is told: "foreign ministers of A and B"."""
        plain: dict[str, list[Person]] = defaultdict(list)
        for person in self._persons:
            if person.country and not person.title:
                plain[person.country].append(person)
        for span in spans if plain else ():
            match = self._text.fullmatch(GROUP, span)
            for code in self._text.countries(span) if match else ():
                if match and len(plain[code]) == 1 and plain[code][0].title is None:
                    plain[code][0].title = self._text.group(match, "title").removesuffix("s")

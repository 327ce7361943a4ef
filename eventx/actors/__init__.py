"""Actors: who the parties of a meeting are, under the fullest name that the document has for them.

A ``Cast`` goes through the document's text once and knows its persons by their titles ("EU envoy Jo
Doe", "the EU's envoy, Jo Doe", "Jo Doe, the EU envoy"); spans are then looked up in it. Titles are
known by their head noun, persons by the shape of their name. Each word of the text (`text`) is written as
one letter that says what it can be (`letters`, by the tables of `titles`), and regular expressions run over
these letters (`patterns`). From what they find come the organisations (`bodies`), the persons (`persons`,
by their `names`, two of one name by `couples`), what these are (`introductions`), and who is meant by an
office (`offices`).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

from eventx import countries
from eventx.actors.bodies import Bodies
from eventx.actors.couples import Couples
from eventx.actors.introductions import introduce
from eventx.actors.letters import country, shouted
from eventx.actors.names import compatible, full_names
from eventx.actors.offices import Offices
from eventx.actors.patterns import OFFICE
from eventx.actors.persons import NAMESAKES, Person, Persons
from eventx.actors.text import Text
from eventx.actors.titles import ANAPHORS, BODIES, ORGANISATIONS, PRONOUNS
from eventx.document import Actor, Kind, Span

__all__ = ["Cast", "pointed"]

SIDES = 12
"""Actors that a span like "all sides" counts as a mention of; with more of them it is none of each."""

NUMBERS = {
    **dict.fromkeys(("two", "both", "they", "them", "their", "pair"), 2),
    **dict.fromkeys(("three", "trio"), 3),
    "four": 4,
}
"""Words of spans that point back -> to how many parties."""


class Cast:
    """The persons and organisations of a document, and the actors that its spans stand for.

    Args:
        text: the document's text.
        spans: the spans of all parties in the document, in text order.
    """

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        spans = list(spans)
        self._text = Text(text, spans)
        names = full_names(self._text)
        self._bodies = Bodies(self._text, names.values(), spans)
        self._persons = Persons(self._text, names)
        introduce(self._persons, self._text, self._bodies)
        self._couples = Couples(self._text, self._persons)
        for span in spans:
            person = self._persons.read(span)
            if person:
                person.party = True
        self._offices = Offices(self._text, self._bodies, self._persons, spans)

    def actors(self, spans: Iterable[Span]) -> list[Actor]:
        """Return whom the spans of one role in one meeting stand for, each once, by first mention.

        A group gives way to its members where the document names them, and one that only points back
        ("both sides") to the other actors.
        """
        once = {(span.start, span.end): span for span in spans}
        found: dict[Hashable, Actor] = {}  # two persons may have one name: a couple
        pointing: list[Span] = []
        for _, span in sorted(once.items()):
            if _points(span.text):
                pointing.append(span)
                continue
            for one in self._meant(span):
                actor = one.actor() if isinstance(one, Person) else one
                key = one if isinstance(one, Person) else (actor.kind, actor.name.casefold())
                found.setdefault(key, actor).mentions.append(span)
        self._resolve_groups(found)
        named = [actor for actor in found.values() if actor.name.lower() not in PRONOUNS]
        if len(named) > 1:  # "him" is one of those who are named
            found = {key: actor for key, actor in found.items() if actor in named}
        if pointing and not found:
            return [Actor(pointing[0].text, "group", None, None, None, pointing)]
        for actor in found.values() if len(found) <= SIDES else ():
            actor.mentions = sorted([*actor.mentions, *pointing], key=lambda span: span.start)
        return list(found.values())

    def _resolve_groups(self, found: dict[Hashable, Actor]) -> None:
        """Let "leaders of A and B" give way to as many persons, if these are named in other sentences."""
        persons = [actor for actor in found.values() if actor.kind == "person"]
        sentences = {self._sentence(span) for one in persons for span in one.mentions}
        for key, actor in list(found.items()):
            states = self._text.countries(actor.mentions[0]) if actor.kind == "group" else []
            fitting = 1 < len(states) == len(persons) and {one.country for one in persons} <= {None, *states}
            if fitting and sentences.isdisjoint(map(self._sentence, actor.mentions)):
                for one in persons:
                    one.mentions = sorted([*one.mentions, *actor.mentions], key=lambda span: span.start)
                del found[key]

    def _sentence(self, span: Span) -> int:
        """Return the number of the first word of a span's sentence."""
        return self._text.sentence_begin(self._text.number(span.start))

    def _meant(self, span: Span) -> Sequence[Person | Actor]:
        """Return whom one span stands for; actors without mentions."""
        code = country(span.text)
        if code and not countries.is_people(span.text):
            return [Actor(countries.name(code), "country", None, None, code, [])]
        people = self._persons.called(span.text.rpartition(" ")[2])
        if shouted(span.text) and people:
            return people[:1]
        couple = self._couples.named(span)
        if couple:
            return couple
        body = self._bodies.full_name(self._bodies.described(span) or span.text)
        known = body != span.text or body in self._bodies.employers or span.text.lower() in BODIES
        if known and not any(compatible(one.name, span.text) for one in people[:NAMESAKES]):
            home = self._bodies.homes.get(body) or self._bodies.nouns.get(span.text.lower(), (body, None))[1]
            return [Actor(body, "organisation", None, None, home, [])]
        if span.text.lower() in PRONOUNS and (
            span.text.islower() or self._text.opens(self._text.number(span.start))
        ):  # not He Doe
            person = self._persons.antecedent(span)
        else:
            person = self._persons.read(span) or self._offices.holder(span)
        return [person] if person else self._offices.members(span) or [self._unnamed(span)]

    def _unnamed(self, span: Span) -> Actor:
        """Return an organisation, a group, or a person without a name."""
        named = self._text.countries(span)
        home = named[0] if len(named) == 1 else None
        affiliation = countries.name(home) if home else None
        office = self._text.fullmatch(OFFICE, span)
        title = None
        if office and not office["address"]:
            title = f"{self._text.group(office, 'before')} {self._text.group(office, 'title')}".strip()
        kind = "person" if office else _kind(span.text)
        name, known = self._bodies.nouns.get(span.text, (span.text, home))
        if kind == "organisation":
            name = self._bodies.full_name(self._bodies.described(span) or name)
            return Actor(name, kind, None, None, self._bodies.homes.get(name, known), [])
        if known and known != home:
            home, affiliation = known, countries.name(known)
        if affiliation is None and not named:
            affiliation = self._bodies.owner(span)
        return Actor(name, kind, title, affiliation, home, [])


def pointed(text: str) -> int:
    """Return to how many parties a span points back ("the two leaders"); 0 if that is not told."""
    words = text.lower().split() if _points(text) else []
    return next((NUMBERS[word] for word in words if word in NUMBERS), 0)


def _points(text: str) -> bool:
    """Say whether a span only points back: "both sides", "they"; "US" does not."""
    words = text.lower().split()
    return bool(words) and ANAPHORS.issuperset(words) and not countries.find(text)


def _kind(text: str) -> Kind:
    """Return what a span stands for that is neither a country nor a person with a name."""
    words = re.split(r" (?:of|from|for|in) ", text.lower())[0].split() or text.lower().split()
    head = words[-1] if words else ""
    if text.lower() in PRONOUNS:
        return "person"
    if countries.is_people(text):
        return "group"
    if head in ("delegation", "team"):
        return "group"
    if head in ORGANISATIONS or (text[:1].isupper() and not head.endswith("s")):
        return "organisation"
    return "organisation" if text.isupper() and not (" " in text and head.endswith("s")) else "group"

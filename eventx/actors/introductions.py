"""Introductions: where a text says who somebody is, such as "EU envoy Jo Doe" or "Jo Doe, the EU envoy"."""

from __future__ import annotations

import re

from eventx import countries
from eventx.actors.bodies import Bodies
from eventx.actors.letters import country, shouted
from eventx.actors.patterns import (
    APPOSITIVE_FIRST,
    BEFORE_NAME,
    NAME_FIRST,
    OF_BEFORE_NAME,
    OF_BODY,
    OF_STATE,
    PLURAL,
    STATES_OWN,
)
from eventx.actors.persons import Person, Persons, is_woman
from eventx.actors.text import Text
from eventx.actors.titles import GENERAL, RANKS


def introduce(persons: Persons, text: Text, bodies: Bodies) -> None:
    """Learn the titles and affiliations of the persons in the text; the first ones count."""
    patterns = (
        BEFORE_NAME,
        OF_BEFORE_NAME,
        APPOSITIVE_FIRST,
        NAME_FIRST,
        PLURAL,
        OF_BODY,
        OF_STATE,
        STATES_OWN,
    )
    matches = [match for pattern in patterns for match in pattern.finditer(text.letters)]
    last = None
    for match in sorted(matches, key=lambda match: (match.start("name"), match.re in (OF_BODY, OF_STATE))):
        groups = match.groupdict()
        title = _title(text, match, "title" if groups.get("title") else "office")
        person = persons.know(text.group(match, "name"), title or "", is_woman(title or ""))
        source = next((name for name in ("of", "affiliation", "body") if groups.get(name)), None)
        if source:
            _join(person, text.group(match, source), bodies)
        elif groups.get("its") == "x":
            _join(person, _country_before(text, match.start()), bodies)
        if title and match.re is NAME_FIRST and source == "of" and groups["affiliation"]:
            title = f"{text.group(match, 'affiliation')} {title}"  # Africa director of Doe Motor
        if title and "counterpart" in title:
            title = last.title if last and last is not person else None
        if title and (not person.title or _is_rank(person.title) > _is_rank(title) or shouted(person.title)):
            person.title = title
        if match.re is PLURAL:
            second = persons.know(text.group(match, "second"))
            second.title = second.title or title
            _join(second, text.group(match, "its" if match["its"] else "affiliation"), bodies)
        last = person if person.title else last


def _title(text: Text, match: re.Match[str], group: str) -> str | None:
    """Return the words of a title, without the affiliation behind it: "president" (of France)."""
    groups = match.groupdict()
    if not groups.get(group):
        return None
    begin, end = match.span(group)
    if groups.get("of") and begin <= match.start("of") < end:
        end = text.letters.rindex("f", begin, match.start("of"))
    letters = text.letters[begin:end]
    head = max(letters.rfind("H"), letters.rfind("P"))
    if head >= 0 and letters.endswith("R") and text.word(begin + head).lower() not in GENERAL:
        end = begin + len(letters.rstrip("R"))  # office before rank
    if head > 0 and text.word(begin + head)[0].isupper():  # "said President" is none
        inner = range(begin, begin + head)
        while any(
            text.letters[number] in "wuMN" and re.match("(?!ex-)[a-z]", text.word(number)) for number in inner
        ):
            begin, head = begin + 1, head - 1
            inner = range(begin, begin + head)
    words = text.words(begin, end).split()
    if letters.endswith("P"):
        words[-1] = words[-1].removesuffix("s")
    before = text.group(match, "before") if "before" in groups else ""
    return " ".join([*before.split(), *words])


def _is_rank(title: str) -> bool:
    """Say whether a title is a military rank, which gives way to an office."""
    return RANKS.issuperset(title.lower().split())


def _country_before(text: Text, number: int) -> str:
    """Return the country named last before a word, in its sentence; "" if there is none."""
    behind = range(number - 1, text.sentence_begin(number) - 1, -1)
    code = next((text.codes[one] for one in behind if one in text.codes), None)
    return countries.name(code) if code else ""


def _join(person: Person, affiliation: str, bodies: Bodies) -> None:
    """Note what a person belongs to, a country or an organisation, unless that is known or "" is given."""
    if affiliation and person.affiliation is None:
        person.country = country(affiliation)
        person.affiliation = (
            countries.name(person.country) if person.country else bodies.employer(affiliation)
        )

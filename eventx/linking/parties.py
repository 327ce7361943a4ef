"""Parties: who takes part in a meeting, from what several reports say of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from eventx import countries
from eventx.document import Actor
from eventx.linking.choices import same_person
from eventx.linking.records import Party
from eventx.linking.reports import folded

MOST = 100
"""Different names of one role that are compared, the most frequent ones; the bound keeps time linear."""

Name = tuple[str, tuple[str, ...], str | None]
"""Kind, folded words and country of an actor."""


def parties(told: Iterable[Sequence[Actor]], least: int) -> list[Party]:
    """Return the parties that have one role, the most frequent first, each once.

    Args:
        told: the actors that each story names.
        least: stories that must name one; if none is named so often, the most frequent is returned.
    """
    named: dict[Name, list[Actor]] = defaultdict(list)
    for actors in told:
        for name, actor in {_name(actor): actor for actor in actors}.items():
            named[name].append(actor)
    found: list[tuple[list[Name], list[Actor]]] = []
    for name, actors_ in sorted(named.items(), key=lambda one: -len(one[1]))[:MOST]:
        same = next((known for known in found if any(_same(name, other) for other in known[0])), None)
        if same is None:
            found.append(([name], list(actors_)))
        else:
            same[0].append(name)
            same[1].extend(actors_)
    found.sort(key=lambda one: -len(one[1]))
    merged = [_party(actors) for _, actors in found if len(actors) >= least] or [
        _party(actors) for _, actors in found[:1]
    ]
    return [one for one in merged if not _told_better(one, merged)]


def _name(actor: Actor) -> Name:
    return actor.kind, folded(actor.name), actor.country


def _same(one: Name, other: Name) -> bool:
    """Say whether two names are one actor's."""
    (kind, words, country), (kind_, words_, country_) = one, other
    if kind != kind_ or (country and country_ and country != country_):
        return False
    if kind == "country":
        return country == country_
    return same_person(words, words_) if kind == "person" else words == words_


def _party(actors: Sequence[Actor]) -> Party:
    """Return the party that actors are, under the fullest name, with what is said most often of it."""
    names = Counter(actor.name for actor in actors)
    name = max(names, key=lambda one: (min(len(one.split()), 3), names[one]))

    def most(field: str) -> str | None:
        values = Counter(value for actor in actors if (value := getattr(actor, field)))
        return values.most_common(1)[0][0] if values else None

    return Party(name, actors[0].kind, most("title"), most("affiliation"), most("country"))


def _told_better(party: Party, others: Sequence[Party]) -> bool:
    """Say whether others stand for a party: persons of a country for it, its countries' for a group."""
    persons = {other.country for other in others if other.kind == "person" and other.country}
    if party.kind == "country":
        return party.country in persons
    if party.kind != "group":
        return False
    known = persons | {other.country for other in others if other.kind == "country"}
    named = {party.country, *countries.named(party.name)} - {None}
    return bool(named) and named <= known

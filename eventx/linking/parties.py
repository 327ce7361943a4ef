"""Parties: who takes part in a meeting, from what several reports say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from eventx import countries
from eventx.actors.names import fold
from eventx.document import Actor, Country, Kind
from eventx.linking.choices import same_person


class Party(msgspec.Struct):
    """Somebody who takes part in a meeting, chairs or hosts it; an `Actor` without mentions."""

    name: str
    kind: Kind
    title: str | None
    affiliation: str | None
    country: Country | None


def parties(told: Iterable[Sequence[Actor]], least: int) -> list[Party]:
    """Return the parties that have one role, the most frequent first, each once.

    Args:
        told: the actors that each story names.
        least: stories that must name one; if none is named so often, the most frequent is returned.
    """
    found: list[list[Actor]] = []
    for actors in told:
        for actor in actors:
            same = next((known for known in found if any(_same(actor, one) for one in known)), None)
            if same is None:
                found.append([actor])
            else:
                same.append(actor)
    found.sort(key=len, reverse=True)
    merged = [_party(actors) for actors in found if len(actors) >= least] or [
        _party(actors) for actors in found[:1]
    ]
    return [one for one in merged if not _told_better(one, merged)]


def _same(one: Actor, other: Actor) -> bool:
    """Say whether two actors of different stories are one."""
    if one.kind != other.kind:
        return False
    if one.kind == "country":
        return one.country == other.country
    if one.country and other.country and one.country != other.country:
        return False
    if one.kind == "person":
        first, second = ([fold(word) for word in actor.name.split()] for actor in (one, other))
        return same_person(tuple(first), tuple(second))
    return fold(one.name) == fold(other.name)


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

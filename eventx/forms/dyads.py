"""Dyads: the actors of a meeting, and which two of them meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from eventx.document import PARTIES, Actor, Meeting


def parties(meeting: Meeting, roles: Iterable[str] = PARTIES) -> list[Actor]:
    """Return the actors that have one of the roles, in that order; each name and kind once."""
    actors = (actor for role in roles for actor in getattr(meeting, role))
    found: dict[tuple[str, str], Actor] = {}
    for actor in actors:
        found.setdefault((actor.name, actor.kind), actor)
    return list(found.values())


def dyads(actors: Iterable[Actor]) -> Iterator[tuple[Actor, Actor]]:
    """Yield every two actors in their order, but none with the body or country that it speaks for."""
    return ((one, other) for one, other in combinations(actors, 2) if not belong(one, other))


def belong(one: Actor, other: Actor) -> bool:
    """Say whether one of two actors is affiliated with the other: Borrell of the EU, and the EU."""
    return one.name == other.affiliation or other.name == one.affiliation

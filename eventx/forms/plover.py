"""PLOVER: rows of event data, a dyad in each, as students of conflict use them.

PLOVER (Political Language Ontology for Verifiable Event Records, https://github.com/openeventdata/PLOVER)
follows CAMEO. Every meeting is a CONSULT event. The columns map the record so:

- ``event_id`` is the row's own; ``link`` is shared by the rows of one meeting: the document's id, or its
  position in the stream where it has none, and the meeting's.
- ``event_date`` and ``event_end`` are the first and the last day, empty where none is known. A date that is
  no more exact than a year spans that year.
- ``event_mode`` holds the modes of the code book, several joined by ";". ``phone``: by phone or another
  remote medium, that is, also virtual. ``visit``: in person, and the hosts or their people take part, or
  their guests are of one side: the actor visits, the recipient is at home. ``third-party``: the hosts do not
  take part, and guests of two sides or more do. ``multilateral``: of three countries or more. Whoever only
  chairs makes no mode (CAMEO's 045, mediation, has none in PLOVER).
- ``context`` is ``future`` for a scheduled meeting, ``hypothetical``, or ``negation`` for a cancelled one;
  ``status`` is the record's.
- Actor and recipient: a visit has a row for each visitor with each at home. Any other meeting has one for
  every two that take part or chair (or host, unless they are third parties); there PLOVER tells no actor
  from a recipient, and their order means nothing. An actor has no row with the body that it speaks for.
  Where this leaves no two, each actor has a row without a recipient; a meeting without actors has one row.
- ``country`` is the ISO 3166-1 alpha-3 code, Kosovo XKX; a code that is none of ISO's stays as it is.
  ``sector`` is GOV for heads of state or government and ministers in office of a country; it is empty for
  all others, of whom the record does not tell.
- ``hosts`` and ``places`` are names joined by "; ".
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

from eventx import countries
from eventx.document import Actor, Document, Meeting, without_surrogates
from eventx.forms.dyads import belong, dyads, parties

ACTOR = ("name", "country", "sector", "title", "affiliation")

COLUMNS = (
    *("event_id", "link", "document", "published", "event_date", "event_end"),
    *("event_type", "event_mode", "context", "status"),
    *(f"actor_{field}" for field in ACTOR),
    *(f"recipient_{field}" for field in ACTOR),
    *("hosts", "places", "score"),
)

CONTEXTS = {"occurred": "", "scheduled": "future", "cancelled": "negation", "hypothetical": "hypothetical"}

GOVERNING = {"president", "premier", "minister", "chancellor", "taoiseach", "king", "queen", "emir", "sultan"}
"""Words in the titles of those who govern a country."""

OUT_OF_OFFICE = {"former", "opposition", "shadow", "party"}
"""Words in titles that tell otherwise."""

MANY = 3
"""Countries that make a meeting multilateral."""

Pair = tuple[Actor | None, Actor | None]


def write(documents: Iterable[Document], path: Path) -> None:
    """Write the rows of all meetings."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
        table.writeheader()
        for position, document in enumerate(documents, 1):
            for row in rows(document, str(position)):
                table.writerow({column: _plain(value) for column, value in row.items()})


def rows(document: Document, name: str = "1") -> Iterator[dict[str, Any]]:
    """Yield the rows of a document's meetings.

    Args:
        document: with meetings, or none.
        name: stands for the document's id where it has none.
    """
    for meeting in document.meetings or ():
        link = f"{document.id or name}-{meeting.id}"
        modes, pairs = _pairs(meeting)
        event = {
            "link": link,
            "document": document.id,
            "published": document.date,
            "event_date": meeting.start,
            "event_end": meeting.end,
            "event_type": "CONSULT",
            "event_mode": ";".join(modes),
            "context": CONTEXTS[meeting.status],
            "status": meeting.status,
            "hosts": "; ".join(host.name for host in meeting.hosts),
            "places": "; ".join(place.name for place in meeting.places),
            "score": meeting.score,
        }
        for number, (actor, recipient) in enumerate(pairs, 1):
            yield (
                {"event_id": f"{link}-{number}"}
                | event
                | _cells("actor", actor)
                | _cells("recipient", recipient)
            )


def _pairs(meeting: Meeting) -> tuple[list[str], list[Pair]]:
    """Return the meeting's modes, and actor and recipient of each of its rows."""
    everyone = parties(meeting)
    guests = [actor for actor in everyone if not any(_at_home(actor, host) for host in meeting.hosts)]
    home = [actor for actor in everyone if actor not in guests]
    present = any(actor in home for actor in parties(meeting, ("participants", "chairs")))
    sides = {guest.country or guest.name for guest in guests}
    third = bool(home) and not present and len(sides) > 1
    visit = bool(home and guests) and not third and meeting.format == "in_person"
    modes = {
        "visit": visit,
        "third-party": third,
        "multilateral": len({actor.country for actor in everyone} - {None}) >= MANY,
        "phone": meeting.format != "in_person",
    }
    sitting = guests if third else everyone
    pairs: list[Pair] = list(product(guests, home) if visit else dyads(sitting))
    alone: list[Pair] = [(actor, None) for actor in sitting]
    return [mode for mode, holds in modes.items() if holds], pairs or alone or [(None, None)]


def _at_home(actor: Actor, host: Actor) -> bool:
    """Say whether an actor is the host, speaks for it, or is of the country that is the host."""
    same = (actor.name, actor.kind) == (host.name, host.kind)
    return same or belong(actor, host) or (host.kind == "country" and actor.country == host.country)


def _cells(side: str, actor: Actor | None) -> dict[str, Any]:
    if actor is None:
        return {}
    values = (actor.name, _country(actor), _sector(actor), actor.title, actor.affiliation)
    return {f"{side}_{field}": value for field, value in zip(ACTOR, values, strict=True)}


def _country(actor: Actor) -> str | None:
    try:
        return actor.country and countries.alpha3(actor.country)
    except KeyError:
        return actor.country


def _sector(actor: Actor) -> str:
    words = set((actor.title or "").lower().split())
    in_office = bool(words & GOVERNING) and not words & OUT_OF_OFFICE
    return "GOV" if in_office and countries.find(actor.affiliation or "") else ""


def _plain(value: Any) -> str:
    return "" if value is None else without_surrogates(str(value))

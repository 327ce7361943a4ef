"""Gatherings: one record for each meeting, from all that its reports say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from eventx.actors.names import fold
from eventx.document import PARTIES, Day, Meeting, Status
from eventx.linking.choices import Group
from eventx.linking.parties import parties
from eventx.linking.records import Gathering
from eventx.meetings import most_exact

SURE = 4
"""From so many stories on, a party or place must be told by two of them."""


def gathering(number: int, group: Group) -> Gathering:
    """Return the record of a group of reports.

    Each story counts once, whoever prints it. Parties and places are those of all stories, the most frequent
    first, see `SURE`; persons are under their fullest name, a country gives way to a person of it, and a
    group to others of its countries. The date is the most exact one, see `meetings.most_exact`. A meeting
    occurred if a report says so and the last one does not say that it was called off; else it has the status
    that the last one tells.

    Args:
        number: of the record.
        group: the reports.
    """
    told = list(group.told.values())
    least = 1 if len(told) < SURE else 2
    when = most_exact(meeting.date for meeting in told)
    start, end = _extent(when, told)
    formats = Counter(meeting.format for meeting in told if meeting.format != "in_person")
    return Gathering(
        id=number,
        **{role: parties([getattr(meeting, role) for meeting in told], least) for role in PARTIES},
        places=_places(told, least),
        date=when,
        start=start,
        end=end,
        status=_status([meeting.status for meeting in told]),
        format=formats.most_common(1)[0][0] if formats else "in_person",
        score=max((meeting.score for meeting in told if meeting.score is not None), default=None),
        stories=len(told),
        sources=group.sources,
    )


def _status(told: Sequence[Status]) -> Status:
    """Return the status of a meeting from those that its stories tell, in order of publication."""
    last = told[-1]
    return "occurred" if "occurred" in told and last != "cancelled" else last


def _extent(when: str | None, told: Sequence[Meeting]) -> tuple[Day | None, Day | None]:
    """Return first and last day: those that go with the date in most stories."""
    days = Counter((meeting.start, meeting.end) for meeting in told if meeting.date == when)
    return days.most_common(1)[0][0] if days else (None, None)


def _places(told: Sequence[Meeting], least: int) -> list[str]:
    """Return the names of places, the most frequent first; at least one if any is told."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for meeting in told:
        for place in meeting.places:
            names[fold(place.name)][place.name] += 1
    found = sorted(names.values(), key=lambda name: -name.total())
    return [name.most_common(1)[0][0] for name in found if name.total() >= least] or [
        name.most_common(1)[0][0] for name in found[:1]
    ]

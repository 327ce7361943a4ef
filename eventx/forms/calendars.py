"""Calendars: meetings as events of iCalendar (RFC 5545), for any calendar programme.

A meeting lasts from its first day to its last, or begins at its hour, in the local time of the place. One
whose day is not known (``2021-03``) lasts as long as that, and its description says so. Meetings without a
date are left out, since no calendar can show them. All are transparent: they do not make anyone busy.

The standard wants something in every calendar; one without dated meetings holds the time zone UTC.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from eventx.document import Actor, Document, Meeting, Version, without_surrogates
from eventx.extras import extra
from eventx.forms import FormError
from eventx.forms.names import STAMP, stamp
from eventx.sentences import sentences

with extra("formats"):
    import icalendar

STATUSES = {
    "occurred": "CONFIRMED",
    "scheduled": "CONFIRMED",
    "cancelled": "CANCELLED",
    "hypothetical": "TENTATIVE",
}

NOUNS = {"in_person": "Meeting", "virtual": "Virtual meeting", "phone": "Phone call"}

HOURS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(?:/(\d{4}-\d\d-\d\dT\d\d:\d\d))?", re.ASCII)
"""A date with an hour, or a range of two."""

DAYS = re.compile(r"\d{4}-\d\d-\d\d(T[^/]*)?(/\d{4}-\d\d-\d\d(T[^/]*)?)?", re.ASCII)
"""A date that tells the day, or first and last day."""

CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
"""Characters that the standard does not allow."""

SHOWN = 3
"""Names in a summary."""


def write(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write all dated meetings; a property of the calendar names the version of the model.

    Raises:
        FormError: first and last day of a meeting are no dates, or not in this order.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//eventx//meetings//EN")
    calendar.add("version", "2.0")
    calendar.add(f"x-{STAMP}", stamp(version))
    end = b"END:VCALENDAR\r\n"
    empty = True
    with path.open("wb") as stream:
        stream.write(calendar.to_ical().removesuffix(end))
        for document in documents:
            for event in events(document):
                stream.write(event.to_ical())
                empty = False
        if empty:
            stream.write(_utc().to_ical())
        stream.write(end)


def _utc() -> icalendar.Timezone:
    zone, standard = icalendar.Timezone(), icalendar.TimezoneStandard()
    zone.add("tzid", "UTC")
    standard.add("dtstart", datetime(1970, 1, 1))
    standard.add("tzoffsetfrom", timedelta(0))
    standard.add("tzoffsetto", timedelta(0))
    zone.add_component(standard)
    return zone


def events(document: Document) -> Iterator[icalendar.Event]:
    """Yield an event for each meeting that has a date.

    Raises:
        FormError: first and last day of a meeting are no dates, or not in this order.
    """
    dated = [meeting for meeting in document.meetings or () if meeting.start]
    bounds = sentences(document.text) if dated else []
    begun = Counter[int | None]()
    for meeting in dated:
        trigger = document.events[meeting.events[0]].trigger.start if meeting.events else None
        begun[trigger] += 1
        event = _event(document, meeting, bounds)
        event.add("uid", _uid(document, trigger, begun[trigger]))
        yield event


def _event(document: Document, meeting: Meeting, bounds: Sequence[tuple[int, int]]) -> icalendar.Event:
    try:
        first, behind = _extent(meeting)
        stamp = date.fromisoformat(document.date or meeting.start or "")
    except ValueError as error:
        raise FormError(f"document {document.id}: meeting {meeting.id}: {error}") from None
    event = icalendar.Event()
    # Not the time of writing: the same documents make the same file.
    event.add("dtstamp", datetime.combine(stamp, time(), timezone.utc))
    event.add("dtstart", first)
    if behind > first:
        event.add("dtend", behind)
    event.add("summary", _plain(_summary(meeting)))
    if meeting.places:
        event.add("location", _plain(", ".join(place.name for place in meeting.places)))
    event.add("description", "\n".join(_plain(line) for line in _lines(document, meeting, bounds)))
    event.add("status", STATUSES[meeting.status])
    event.add("categories", [meeting.format])
    event.add("transp", "TRANSPARENT")
    return event


def _extent(meeting: Meeting) -> tuple[date, date]:
    """Return when the meeting begins, and the day behind its last; both are times if its date has an hour."""
    hours = HOURS.fullmatch(meeting.date or "")
    if hours:
        with suppress(ValueError):  # no such hour: its days tell
            return datetime.fromisoformat(hours[1]), datetime.fromisoformat(hours[2] or hours[1])
    first = date.fromisoformat(meeting.start or "")
    last = date.fromisoformat(meeting.end or meeting.start or "")
    if last < first:
        raise ValueError(f"it ends on {last}, before {first}")
    return first, min(last, date.max - timedelta(1)) + timedelta(1)


def _uid(document: Document, start: int | None, number: int) -> str:
    """Return a name that is the same whenever a meeting is first mentioned at the same place of a document.

    Args:
        document: its text tells documents apart whose ids are the numbers of their lines.
        start: of the meeting's first trigger.
        number: of the meeting among those with this trigger, from 1.
    """
    source = json.dumps([document.id, document.date, document.text, start, number])
    return f"{hashlib.sha256(source.encode()).hexdigest()[:32]}@eventx"


def _summary(meeting: Meeting) -> str:
    actors = meeting.participants or meeting.chairs or meeting.hosts
    names = [actor.name for actor in actors]
    if len(names) > SHOWN + 1:
        names[SHOWN:] = [f"{len(names) - SHOWN} others"]
    joined = " and ".join([part for part in (", ".join(names[:-1]), *names[-1:]) if part])
    return f"{NOUNS[meeting.format]}: {joined}" if joined else NOUNS[meeting.format]


def _lines(document: Document, meeting: Meeting, bounds: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the lines of the description."""
    roles = {"Participants": meeting.participants, "Chaired by": meeting.chairs, "Hosted by": meeting.hosts}
    for role, actors in roles.items():
        if actors:
            yield f"{role}: {'; '.join(_described(actor) for actor in actors)}"
    if meeting.date and not DAYS.fullmatch(meeting.date):
        yield f"When: {meeting.date} (day not known)"
    yield f"Status: {meeting.status}" + ("" if meeting.score is None else f" (score {meeting.score})")
    if meeting.events:
        trigger = document.events[meeting.events[0]].trigger
        start, end = next((span for span in bounds if span[0] <= trigger.start < span[1]), (0, 0))
        yield f"“{document.text[start:end]}”"
    source = [document.id or "", f"published {document.date}" if document.date else ""]
    if any(source):
        yield f"Source: {', '.join(part for part in source if part)}"


def _described(actor: Actor) -> str:
    about = ", ".join(part for part in (actor.title, actor.affiliation) if part)
    return f"{actor.name} ({about})" if about else actor.name


def _plain(text: str) -> str:
    """Return the text on one line, with U+FFFD for what may not stand in a calendar."""
    return " ".join(CONTROL.sub("\ufffd", without_surrogates(text)).split())

"""Meetings: one record for each real meeting, from all that the document says of it.

Which mentions are the same meeting is the work of ``coreference``, who its parties are that of
``actors``; here their fields are merged.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date as day
from itertools import pairwise

import msgspec

from eventx.actors import Cast, pointed
from eventx.coreference import cluster
from eventx.dates import interval, is_hour, resolve_date
from eventx.document import PARTIES, ROLES, Actor, Document, Event, Format, Meeting, Place, Span, Status
from eventx.labels import calibrated

VALUES = 200
"""Values of a meeting's dates that are compared, the most frequent ones; the bound keeps time linear."""

RANGE = re.compile(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d")
"""A date that is a range of days."""


def form_meetings(document: Document, slope: float = 1.0, offset: float = 0.0) -> None:
    """Find out which events are the same meeting and write the document's meetings.

    Sets ``cluster`` of each event and fills ``document.meetings``, in the order of the clusters. If any
    mention of a meeting is virtual or by phone, all its mentions become so, since "in person" may only
    mean that the sentence has no word for it; of both, the more frequent wins, then the first.

    Hours, and dates that have no value by themselves, get their day from the meeting's other dates.

    The score comes from the share of right mentions that is to be expected among those that the meeting has
    or should have: by how probable it is that each of its own is one and is of this meeting, and that each
    other mention of the document is of it. It is calibrated to how often a meeting is that of the gold, see
    `evaluation.judged_meetings`; None if one of its triggers has no score.

    Args:
        document: a document with its events in text order, dates resolved; changed in place.
        slope: of the meetings' scores, see `labels.calibrated`.
        offset: of the meetings' scores.
    """
    if not document.events:  # most of running news
        document.meetings = []
        return
    cast = Cast(document.text, parties(document.events))
    choices = cluster(document, cast)
    merge(document, [choice.number for choice in choices], cast)
    scores = [event.trigger.score for event in document.events]
    missing: dict[int, float] = defaultdict(float)
    for score, choice in zip(scores, choices, strict=True):
        for number, probability in choice.others.items():
            missing[number] += (1.0 if score is None else score) * probability
    for meeting in document.meetings or ():
        own = [(scores[position], choices[position].probability) for position in meeting.events]
        if all(score is not None for score, _ in own):
            right = sum((score or 0.0) * probability for score, probability in own)
            share = right / (len(own) + missing[meeting.id])
            meeting.score = round(calibrated(share, slope, offset), 4)


def merge(document: Document, numbers: Sequence[int], cast: Cast) -> None:
    """Write the document's meetings from the number of each event's meeting; see `form_meetings`.

    Args:
        document: changed in place.
        numbers: of each event; the first meeting mentioned has the lowest.
        cast: the document's persons and organisations.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for position, (event, number) in enumerate(zip(document.events, numbers, strict=True)):
        event.cluster = number
        members[number].append(position)
    document.meetings = [_merge(number, members[number], document, cast) for number in sorted(members)]
    _recall(document.meetings)


def _merge(number: int, positions: list[int], document: Document, cast: Cast) -> Meeting:
    """Return the meeting of some mentions and give each its format.

    The status is that of the mention that comes last in the text. Unless that is cancelled, dates of mentions
    that are do not count; nor, of a meeting that occurred, those after the report, or of a planned one, those
    before it. If no other date is left, they do.
    """
    mentions = [document.events[position] for position in positions]
    format_ = _format(mentions)
    for event in mentions:
        event.format = format_
    _date(mentions, document.date)
    spans = {role: [span for event in mentions for span in getattr(event, role)] for role in ROLES}
    parties = {role: cast.actors(spans[role]) for role in PARTIES}
    chairs = {actor.name for actor in parties["chairs"] if actor.kind == "person"}
    participants = [actor for actor in parties["participants"] if not _only_in_chair(actor, chairs, cast)]
    status = mentions[-1].status
    values = _valid(mentions, status, document.date)
    when = most_exact(values)
    start, end = _extent(when, values)
    return Meeting(
        id=number,
        events=positions,
        participants=participants,
        chairs=parties["chairs"],
        hosts=parties["hosts"],
        places=_places(spans["places"]),
        date=when,
        start=start,
        end=end,
        status=status,
        format=format_,
        score=None,
    )


def _date(mentions: Sequence[Event], published: str | None) -> None:
    """Let hours, and dates without a value, count from the meeting's other dates: "10am", "the next day"."""
    dates = [(event, date) for event in mentions for date in event.dates]
    known = most_exact(date.value for _, date in dates if not is_hour(date.text))
    if known is not None:
        for event, date in dates:
            if date.value is None or is_hour(date.text):
                date.value = resolve_date(date.text, published, None, event.status, known) or date.value


def most_exact(values: Iterable[str | None]) -> str | None:
    """Return the most exact of a meeting's dates, or None if there is none.

    Each value counts as often as it is given, and once more for each vaguer value that it lies within:
    "July" supports "July 12". The one that counts most wins; of equals the one with fewest days, then one
    with an hour, then the first.
    """
    times = Counter(value for value in values if value is not None)
    given = [(value, days) for value, _ in times.most_common(VALUES) if (days := interval(value))]

    def rank(item: tuple[str, tuple[str, str]]) -> tuple[int, int, bool]:
        value, (start, end) = item
        support = sum(times[other] for other, (first, last) in given if first <= start and end <= last)
        return support, -_length(start, end), "T" in value

    return max(given, key=rank, default=(None, None))[0]


def _valid(mentions: Sequence[Event], status: Status, published: str | None) -> list[str | None]:
    """Return the dates of a meeting that are not overtaken by what the text says later; see `_merge`."""
    every = [date.value for event in mentions for date in event.dates]
    left = [
        date.value
        for event in mentions
        for date in event.dates
        if status == "cancelled" or event.status != "cancelled"
    ]
    values = left or every
    today = (published or "")[:10]
    if not today or status not in ("occurred", "scheduled"):
        return values
    known = [(value, days) for value in values if (days := interval(value))]
    if status == "occurred":
        return [value for value, (start, _) in known if start <= today] or values
    return [value for value, (_, end) in known if end >= today] or values


def _extent(when: str | None, values: Sequence[str | None]) -> tuple[str | None, str | None]:
    """Return first and last day: of the date, or of a range of days that begins or ends with it."""
    days = interval(when)
    ranges = [interval(value) for value in values if value and RANGE.fullmatch(value)]
    whole = [other for other in ranges if other and days and days[0] == days[1] and days[0] in other]
    return whole[0] if whole else days or (None, None)


def _length(start: str, end: str) -> int:
    return (day.fromisoformat(end) - day.fromisoformat(start)).days


def _format(mentions: Sequence[Event]) -> Format:
    """Return the format of a meeting: the most frequent one that is not the default, if there is one."""
    told: Counter[Format] = Counter(event.format for event in mentions if event.format != "in_person")
    return told.most_common(1)[0][0] if told else "in_person"


def _only_in_chair(actor: Actor, chairs: Set[str], cast: Cast) -> bool:
    """Say whether somebody takes part only as chair: spans of groups include them, none is theirs alone."""
    return actor.name in chairs and all(len(cast.actors([span])) > 1 for span in actor.mentions)


def _recall(meetings: Sequence[Meeting]) -> None:
    """Let parties that only point back be those of the meeting before: "the two leaders will meet again"."""
    for before, meeting in pairwise(meetings):
        pointing = meeting.participants[0].mentions if len(meeting.participants) == 1 else []
        told = {pointed(span.text) for span in pointing}
        if before.participants and told == {len(before.participants)}:
            meeting.participants = [
                msgspec.structs.replace(actor, mentions=list(pointing)) for actor in before.participants
            ]


def _places(spans: Iterable[Span]) -> list[Place]:
    """Return each place once, by first mention."""
    once = {(span.start, span.end): span for span in spans}
    places: dict[str, Place] = {}
    for _, span in sorted(once.items()):
        place = places.setdefault(span.text.casefold(), Place(span.text, []))
        if place.name.isupper():  # as headlines write it
            place.name = span.text
        place.mentions.append(span)
    return list(places.values())


def parties(events: Iterable[Event]) -> Iterator[Span]:
    """Yield the spans of all parties, event by event."""
    for event in events:
        for role in PARTIES:
            yield from getattr(event, role)

"""Reports: what one document says of one meeting, in the form in which reports are compared."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from zlib import crc32

import msgspec

from eventx import countries
from eventx.actors.names import fold
from eventx.actors.titles import ANAPHORS
from eventx.coreference import LEMMAS, MODIFIERS, REACH, TOKEN
from eventx.dates import interval
from eventx.document import PARTIES, Actor, Document, Meeting, plain, without_surrogates
from eventx.sentences import sentences

WORDS = 1 << 18
"""Numbers that words are mapped to; counts of them are as many, however long the stream is."""
WORD = re.compile(r"[^\W\d_]{4,}")
"""A word that counts; shorter ones tell little."""
ROUND = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))\b"
)
"""What tells one round of talks from another."""

BEFORE = 3
"""Days before publication in which a meeting without a date took place."""
AFTER = 10
"""Days after publication in which one without a date is planned."""


class Report(msgspec.Struct, array_like=True, gc=False):
    """What one document says of one meeting."""

    document: str
    published: str | None
    meeting: Meeting
    """Without mentions and places of mention, which are the document's own."""
    kinds: list[str]
    """Lemmas of its triggers."""
    rounds: list[str]
    words: list[int]
    """Numbers of the words in the sentences that mention it."""
    serial: int = 0
    """Number of the document in the stream: ids may come twice."""
    story: int = 0
    """Number of the story that the document prints; see `stories`."""


@dataclass(frozen=True, eq=False)
class Traits:
    """What is compared of a report."""

    persons: tuple[tuple[str, ...], ...]
    """Folded words of each person's name."""
    titles: frozenset[str]
    """Words of titles and groups."""
    bodies: frozenset[str]
    countries: frozenset[str]
    places: frozenset[str]
    days: tuple[int, int] | None
    """First and last day, as ordinals; None if it is not told or longer than a month."""
    likely: tuple[int, int] | None
    """Days on which it may have been, from when it was published, if it is not told."""
    published: int | None


def reports(document: Document) -> Iterator[Report]:
    """Yield what a document says of each of its meetings."""
    borders = list(sentences(document.text)) if document.meetings else []
    starts = [start for start, _ in borders]
    for meeting in document.meetings or ():
        triggers = [document.events[position].trigger for position in meeting.events]
        kinds: set[str] = set()
        rounds: set[str] = set()
        words: set[int] = set()
        for trigger in triggers:
            number = bisect_right(starts, trigger.start)
            first, last = borders[number - 1] if number else (trigger.start, trigger.end)
            sentence = document.text[first:last]
            word = trigger.text.lower()
            kinds.add(LEMMAS.get(word) or (word if word.endswith("ss") else word.removesuffix("s")))
            before = document.text[max(first, trigger.start - REACH) : trigger.start].lower()
            rounds.update(found[1] for found in ROUND.finditer(before))
            rounds.update(MODIFIERS[one] for one in TOKEN.findall(before)[-2:] if one in MODIFIERS)
            words.update(crc32(fold(found[0]).encode()) % WORDS for found in WORD.finditer(sentence))
        yield Report(
            without_surrogates(document.id or ""),
            document.date,
            _bare(meeting),
            sorted(kinds),
            sorted(rounds),
            sorted(words),
        )


def _bare(meeting: Meeting) -> Meeting:
    """Return a meeting without its mentions in the text, and without surrogates, which cannot be kept."""
    bare = {
        role: [msgspec.structs.replace(one, mentions=[]) for one in getattr(meeting, role)]
        for role in (*PARTIES, "places")
    }
    return msgspec.convert(plain(msgspec.structs.replace(meeting, events=[], **bare)), Meeting)


def traits(report: Report) -> Traits:
    """Return what is compared of a report."""
    meeting = report.meeting
    actors = [actor for role in PARTIES for actor in getattr(meeting, role)]
    persons = {
        tuple(fold(word) for word in actor.name.split())
        for actor in actors
        if actor.kind == "person" and actor.name[:1].isupper() and actor.name != actor.title
    }
    published = date.fromisoformat(report.published).toordinal() if report.published else None
    days = _days(meeting)
    return Traits(
        persons=tuple(sorted(persons)),
        titles=frozenset(_titles(actors)),
        bodies=frozenset(fold(actor.name) for actor in actors if actor.kind == "organisation"),
        countries=frozenset(_countries(actors)),
        places=frozenset(fold(place.name) for place in meeting.places),
        days=days,
        likely=days or _likely(published, meeting.status),
        published=published,
    )


def _days(meeting: Meeting) -> tuple[int, int] | None:
    """Return first and last day if the date is one of days, not a month or year."""
    told = (meeting.start, meeting.end) if meeting.start and meeting.end else interval(meeting.date)
    if not told:
        return None
    first, last = (date.fromisoformat(day).toordinal() for day in told)
    return (first, last) if last - first < 15 else None


def _likely(published: int | None, status: str) -> tuple[int, int] | None:
    if published is None:
        return None
    return (published - BEFORE, published) if status == "occurred" else (published, published + AFTER)


def _titles(actors: Iterable[Actor]) -> Iterator[str]:
    """Yield the words of titles, of persons without a name, and of groups."""
    for actor in actors:
        told = [actor.title] if actor.title else []
        told += [actor.name] if actor.kind == "group" else []
        for words in told:
            for word in WORD.findall(words.lower()):
                if word not in ANAPHORS and not countries.find(word):
                    yield word if word.endswith("ss") else word.removesuffix("s")


def _countries(actors: Iterable[Actor]) -> Iterator[str]:
    """Yield the codes of the countries that actors belong to or are named by."""
    for actor in actors:
        if actor.country:
            yield actor.country
        for told in (actor.name, actor.affiliation, actor.title):
            yield from countries.named(told) if told else ()

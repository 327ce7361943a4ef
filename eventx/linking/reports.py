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
from eventx.linking.words import WORDS, Bag, Frequencies
from eventx.sentences import sentences

WORD = re.compile(r"[^\W\d_]{4,}")
"""A word that counts; shorter ones tell little."""
NAME = re.compile(r"(?<=[a-z,;] )[A-Z][^\W\d_]{3,}")
"""A word that is part of a name."""
ROUND = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th))\b"
)
"""What tells one round of talks from another."""

TELLING = 12
"""Names of a page that its reports are found by."""
MONTH = 31
"""Days of a date at most that tells something."""
BEFORE = 3
"""Days before publication in which a meeting without a date took place."""
AFTER = 10
"""Days after publication in which one without a date is planned."""


class Report(msgspec.Struct, array_like=True, gc=False):
    """What one document says of one meeting."""

    meeting: Meeting
    """Without mentions, which are the document's own."""
    kinds: list[str]
    """Lemmas of its triggers."""
    rounds: list[str]
    """Words that tell it from others of its kind."""
    words: list[int]
    """Numbers of the words in the sentences that mention it."""


class Page(msgspec.Struct, array_like=True, gc=False):
    """What is kept of a document."""

    document: str
    published: str | None
    words: list[int]
    """Numbers of its words."""
    names: list[int]
    """Numbers of those that are parts of names."""
    reports: list[Report]


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
    """First and last day, as ordinals, or those of the month that is told; None if nothing so exact is."""
    likely: tuple[int, int] | None
    """Days on which it may have been, from when it was published, if it is not told."""


class Background:
    """What the reports of one page have in common.

    Args:
        page: the page.
        serial: its number in the stream; ids may come twice.
        story: the number of the story that it prints; see `stories`.
        frequencies: of the stream.
    """

    def __init__(self, page: Page, serial: int, story: int, frequencies: Frequencies) -> None:
        self.document = page.document
        self.published = page.published
        self.day = date.fromisoformat(page.published).toordinal() if page.published else None
        self.serial = serial
        self.story = story
        self.words = Bag(page.words, frequencies)
        self.names = Bag(page.names, frequencies)
        self.telling = frequencies.rarest(page.names, TELLING)
        """Names that make its reports be compared with those of other pages that have them."""


class Compared:
    """A report with what is compared of it.

    Args:
        report: the report.
        background: of its page.
        frequencies: of the stream.
    """

    def __init__(self, report: Report, background: Background, frequencies: Frequencies) -> None:
        self.report = report
        self.background = background
        self.traits = traits(report, background.day)
        self.words = Bag(report.words, frequencies)

    @property
    def richness(self) -> int:
        """How much it tells by which meetings are known."""
        told = self.traits
        parties = 2 * min(len(told.persons), 2) + min(len(told.countries), 2)
        return parties + 2 * (told.days is not None) + bool(told.places)


def page(document: Document) -> Page:
    """Return what is kept of a document."""
    return Page(
        document=without_surrogates(document.id or ""),
        published=document.date,
        words=_numbers(document.text),
        names=sorted({number(found[0]) for found in NAME.finditer(document.text)}),
        reports=list(_reports(document)),
    )


def _reports(document: Document) -> Iterator[Report]:
    """Yield what a document says of each of its meetings."""
    borders = list(sentences(document.text))
    starts = [start for start, _ in borders]
    for meeting in document.meetings or ():
        kinds: set[str] = set()
        rounds: set[str] = set()
        words: set[int] = set()
        for position in meeting.events:
            trigger = document.events[position].trigger
            place = bisect_right(starts, trigger.start)
            first, last = borders[place - 1] if place else (trigger.start, trigger.end)
            word = without_surrogates(trigger.text.lower())
            kinds.add(LEMMAS.get(word) or (word if word.endswith("ss") else word.removesuffix("s")))
            before = document.text[max(first, trigger.start - REACH) : trigger.start].lower()
            rounds.update(found[1] for found in ROUND.finditer(before))
            rounds.update(MODIFIERS[one] for one in TOKEN.findall(before)[-2:] if one in MODIFIERS)
            words.update(_numbers(document.text[first:last]))
        yield Report(_bare(meeting), sorted(kinds), sorted(rounds), sorted(words))


def folded(name: str) -> tuple[str, ...]:
    """Return the words of a name, folded; those of which nothing is left are no words."""
    return tuple(word for word in map(fold, name.split()) if word)


def _numbers(text: str) -> list[int]:
    return sorted({number(found[0]) for found in WORD.finditer(text)})


def number(word: str) -> int:
    """Return the number of a word, 0 to WORDS - 1."""
    return crc32(fold(word).encode("utf-8", "surrogatepass")) % WORDS


def _bare(meeting: Meeting) -> Meeting:
    """Return a meeting without its mentions in the text, and without surrogates, which cannot be kept."""
    bare = {
        role: [msgspec.structs.replace(one, mentions=[]) for one in getattr(meeting, role)]
        for role in (*PARTIES, "places")
    }
    return msgspec.convert(plain(msgspec.structs.replace(meeting, events=[], **bare)), Meeting)


def traits(report: Report, published: int | None) -> Traits:
    """Return what is compared of a report.

    Args:
        report: the report.
        published: when, as an ordinal.
    """
    meeting = report.meeting
    actors = [actor for role in PARTIES for actor in getattr(meeting, role)]
    persons = {
        folded(actor.name)
        for actor in actors
        if actor.kind == "person" and actor.name[:1].isupper() and actor.name != actor.title
    }
    days = _days(meeting)
    return Traits(
        persons=tuple(sorted(name for name in persons if name)),
        titles=frozenset(_titles(actors)),
        bodies=frozenset(fold(actor.name) for actor in actors if actor.kind == "organisation"),
        countries=frozenset(_countries(actors)),
        places=frozenset(fold(place.name) for place in meeting.places),
        days=days,
        likely=days or _likely(published, meeting.status),
    )


def _days(meeting: Meeting) -> tuple[int, int] | None:
    """Return first and last day if the date is one of days or a month, not a year."""
    told = (meeting.start, meeting.end) if meeting.start and meeting.end else interval(meeting.date)
    if not told:
        return None
    first, last = (date.fromisoformat(day).toordinal() for day in told)
    return (first, last) if last - first < MONTH else None


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

"""The records of a data set: a meeting, its parties and its sources."""

from __future__ import annotations

import msgspec

from eventx.document import Country, Day, Format, Kind, Number, Score, Status


class Party(msgspec.Struct):
    """Somebody who takes part in a meeting, chairs or hosts it; an `Actor` without mentions."""

    name: str
    kind: Kind
    title: str | None
    affiliation: str | None
    country: Country | None


class Source(msgspec.Struct):
    """A document that tells of a meeting."""

    document: str
    published: Day | None
    meeting: Number
    """Number of the meeting in the document."""
    story: Number
    """Number of the story: documents that print one text with few changes have the same."""
    status: Status


class Gathering(msgspec.Struct):
    """One meeting, with all that documents say of it, and which they are."""

    id: Number
    participants: list[Party]
    chairs: list[Party]
    hosts: list[Party]
    places: list[str]
    date: str | None
    start: Day | None
    end: Day | None
    status: Status
    format: Format
    score: Score | None
    """How probable it is that it is one: that of the report with the highest score."""
    stories: Number
    """Number of different stories among the sources."""
    sources: list[Source]

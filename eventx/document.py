"""The record: a document, the event mentions in its text and the meetings that they tell of.

The classes have the fields of the JSON form one to one. Gold annotations, output and every
adapter use this form; what only a model can know (scores, version) is left out where it is unknown.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, SupportsIndex

import msgspec
from msgspec import Meta

FORM = 1
"""Number of the record's form, written into every output as ``version.form``."""

ROLES = ("participants", "chairs", "hosts", "dates", "places")
"""The roles a span can have in an event, in the order in which they are written."""

PARTIES = ("participants", "chairs", "hosts")
"""The roles that people, organisations, countries and groups have."""

SURROGATE = re.compile("[\ud800-\udfff]")
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""Two surrogates that are two code points in Python and would be read back from JSON as one."""

Status = Literal["occurred", "scheduled", "cancelled", "hypothetical"]
Format = Literal["in_person", "virtual", "phone"]
Kind = Literal["person", "organisation", "country", "group"]
Position = Annotated[int, Meta(ge=0)]
Number = Annotated[int, Meta(ge=1)]
Score = Annotated[float, Meta(ge=0, le=1)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


def without_surrogates(text: str) -> str:
    """Return the text with U+FFFD for each lone surrogate, which has no place in UTF-8; offsets stay."""
    return SURROGATE.sub("\ufffd", text)


def plain(value: Any) -> Any:
    """Return a record, or a part of one, as dictionaries, lists and strings without lone surrogates."""
    match value:
        case msgspec.Struct():
            return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
        case dict():
            return {name: plain(one) for name, one in value.items()}
        case list():
            return [plain(one) for one in value]
        case str():
            return without_surrogates(value)
    return value


def known(value: Any) -> Any:
    """Return a value, or None for what tables have in its place: pandas' NA, and NaN and NaT of any library.

    No library is imported for it: the last two are those that do not equal themselves.
    """
    try:
        return value if value == value else None
    except (TypeError, ArithmeticError):  # pandas' NA and a signalling NaN can tell neither
        return None


EXACT = 2**53
"""Whole numbers below it are exact as floats."""


def identity(value: Any, name: str = "id") -> str | None:
    """Return an id as a string; what is not `known` is None.

    Whole numbers are taken, also as floats, which numpy and pandas make of them where one is missing.

    Args:
        value: the id.
        name: what the message calls it.

    Raises:
        ValueError: the value is neither a string nor a whole number.
    """
    value = known(value)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        value = int(value)
    if not isinstance(value, str) and (not isinstance(value, SupportsIndex) or isinstance(value, bool)):
        raise ValueError(f"{name} is {type(value).__name__}, not a string or a whole number")
    return str(value)


def publication_day(value: Any) -> str | None:
    """Return a document's date as ``YYYY-MM-DD``; an empty string and what is not `known` are None.

    A time of day behind the date is dropped.

    Raises:
        ValueError: the value is neither a date nor a string that begins with an ISO date.
    """
    value = known(value)
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    day = re.match(r"\s*(\d{4}-\d\d-\d\d)(?!\d)", value, re.ASCII) if isinstance(value, str) else None
    if day is None:
        raise ValueError(f"date is {value!r}, not YYYY-MM-DD")
    try:
        return datetime.date.fromisoformat(day[1]).isoformat()
    except ValueError as error:
        raise ValueError(f"date is {value!r}: {error}") from None


class Span(msgspec.Struct, omit_defaults=True):
    """A stretch of the text: ``document.text[start:end] == text``, counted in code points."""

    start: Position
    end: Number
    text: str
    score: Score | None = None
    """Calibrated probability, 0 to 1; None in gold annotations."""


class DateSpan(msgspec.Struct, omit_defaults=True):
    """A time expression with its ISO 8601 value, or None where it cannot be worked out."""

    start: Position
    end: Number
    text: str
    value: str | None
    score: Score | None = None


class Event(msgspec.Struct):
    """One mention of a meeting: its trigger word and what the trigger's sentence says of it."""

    trigger: Span
    participants: list[Span] = []
    chairs: list[Span] = []
    hosts: list[Span] = []
    places: list[Span] = []
    dates: list[DateSpan] = []
    status: Status = "occurred"
    format: Format = "in_person"
    cluster: Number | None = None
    """Number of the meeting, from 1 by first mention; None before meetings are formed."""

    def arguments(self) -> Iterator[tuple[str, Span | DateSpan]]:
        """Yield every argument as (role, span), role by role."""
        for role in ROLES:
            for span in getattr(self, role):
                yield role, span


class Actor(msgspec.Struct):
    """Somebody who takes part in a meeting, chairs or hosts it, under the fullest name known."""

    name: str
    kind: Kind
    title: str | None
    affiliation: str | None
    country: Country | None
    """ISO 3166-1 alpha-2 code (Kosovo: XK)."""
    mentions: list[Span]


class Place(msgspec.Struct):
    """A named place or venue of a meeting."""

    name: str
    mentions: list[Span]


class Meeting(msgspec.Struct, omit_defaults=True):
    """One real meeting with all that the document says of it."""

    id: Number
    events: list[Position]
    """Positions of its mentions in ``Document.events``."""
    participants: list[Actor]
    chairs: list[Actor]
    hosts: list[Actor]
    places: list[Place]
    date: str | None
    start: Day | None
    """First day, ``YYYY-MM-DD``."""
    end: Day | None
    """Last day, ``YYYY-MM-DD``."""
    status: Status
    format: Format
    score: Score | None = None


class Version(msgspec.Struct):
    """Which form a record has and which model made it."""

    form: int
    model: str


class Document(msgspec.Struct, omit_defaults=True):
    """A text with its event mentions and meetings."""

    id: str | None
    date: Day | None
    """Day of publication, ``YYYY-MM-DD``; relative dates count from it."""
    text: str
    # Not `default_factory=list`, which omit_defaults would know: `events` is always written.
    events: list[Event] = msgspec.field(default_factory=lambda: [])
    meetings: list[Meeting] | None = None
    version: Version | None = None

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Document:
        """Read a record; unknown fields are ignored, ``id`` and ``date`` may be missing.

        Raises:
            ValueError: a field is missing or has the wrong type, a span's text is not what stands
                at its offsets, or a meeting names an event that is not there; the message says where.
        """
        if not isinstance(record, Mapping):
            raise ValueError(f"expected an object, got {type(record).__name__}")
        name, day = identity(record.get("id")), publication_day(record.get("date"))
        document = msgspec.convert({**record, "id": name, "date": day}, cls)
        document._check()
        return document

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain dictionaries and lists."""
        record: dict[str, Any] = msgspec.to_builtins(self)
        return record

    def to_json(self) -> str:
        r"""Return the record as one line of JSON.

        Non-ASCII characters stand as they are, a lone surrogate as its ``\udXXX`` escape; of two that JSON
        would make one character, each is written as U+FFFD, so that offsets stay.
        """
        line = PAIR.sub("\ufffd\ufffd", json.dumps(self.to_dict(), ensure_ascii=False))
        return line.encode("utf-8", "backslashreplace").decode("utf-8")

    def _check(self) -> None:
        """Raise ValueError if a span or a reference does not fit the text."""
        for number, event in enumerate(self.events):
            where = f"events[{number}]"
            self._check_span(event.trigger, f"{where}.trigger")
            for role in ROLES:
                self._check_spans(getattr(event, role), f"{where}.{role}")
        for number, meeting in enumerate(self.meetings or ()):
            where = f"meetings[{number}]"
            self._check_days(meeting, where)
            for index in meeting.events:
                if not 0 <= index < len(self.events):
                    raise ValueError(f"{where}.events: there is no event {index}")
            for role in (*PARTIES, "places"):
                for position, actor in enumerate(getattr(meeting, role)):
                    self._check_spans(actor.mentions, f"{where}.{role}[{position}].mentions")

    def _check_days(self, meeting: Meeting, where: str) -> None:
        days = []
        for side in ("start", "end"):
            day = getattr(meeting, side)
            try:
                days += [datetime.date.fromisoformat(day)] if day is not None else []
            except ValueError as error:
                raise ValueError(f"{where}.{side} is {day!r}: {error}") from None
        if days != sorted(days):
            raise ValueError(f"{where}: it ends on {meeting.end}, before {meeting.start}")

    def _check_spans(self, spans: Iterable[Span | DateSpan], where: str) -> None:
        for position, span in enumerate(spans):
            self._check_span(span, f"{where}[{position}]")

    def _check_span(self, span: Span | DateSpan, where: str) -> None:
        if not 0 <= span.start < span.end <= len(self.text):
            raise ValueError(f"{where}: {span.start}-{span.end} is no span of the text")
        found = self.text[span.start : span.end]
        if found != span.text:
            raise ValueError(
                f"{where}: text is {span.text!r}, but {found!r} stands at {span.start}-{span.end}"
            )


def json_schema() -> dict[str, Any]:
    """Return the record's JSON Schema (draft 2020-12), made of the classes of this module.

    Offsets count code points, so that a span's text stands at them is the one thing it cannot say.
    """
    title = f"A record of eventx, form {FORM}"
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": title, **msgspec.json.schema(Document)}

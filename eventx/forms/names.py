"""What annotation tools call the parts of a record, and how a record is made of their annotations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import get_args

import msgspec

from eventx.dates.periods import interval
from eventx.document import FORM, DateSpan, Event, Format, Span, Status, Version
from eventx.readers import REFUSAL

MEETING = "Meeting"
"""The name of an event and of the span of its trigger."""

SAME = "Same"
"""The name of the relation between two mentions of one meeting."""

ROLE_NAMES = {
    "participants": "Participant",
    "chairs": "Chair",
    "hosts": "Host",
    "dates": "Date",
    "places": "Place",
}
"""The names of roles, by the field of `Event` that holds their spans."""

SPANS = {"participants": "Party", "chairs": "Party", "hosts": "Party", "dates": "Date", "places": "Place"}
"""The names of spans, by the role that they have: one party may take part in one event and host another."""

STAMP = "eventx"
"""Under which name forms that can name the model do so."""

ATTRIBUTES: dict[str, tuple[str, ...]] = {"status": get_args(Status), "format": get_args(Format)}
"""The values of an event's attributes."""


class LineError(ValueError):
    """A line that is wrong, and why."""

    def __init__(self, line: int, reason: object) -> None:
        super().__init__(str(reason))
        self.line = line


def decoded(content: bytes, line: int = 1) -> str:
    """Return the text of bytes.

    Args:
        content: UTF-8.
        line: the number of its first line.

    Raises:
        LineError: it is not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong = f"not UTF-8: byte 0x{content[error.start]:02x}"
        raise LineError(line + content.count(b"\n", 0, error.start), wrong) from None


@contextmanager
def at_line(line: int) -> Iterator[None]:
    """Say on which line it is that a record is refused in the block.

    Raises:
        LineError: it is.
    """
    try:
        yield
    except LineError:
        raise
    except REFUSAL as error:
        raise LineError(line, error) from error


def role(name: str) -> str:
    """Return the field of a role's name, in whatever case.

    Raises:
        ValueError: there is no such role.
    """
    for field, known in ROLE_NAMES.items():
        if known.lower() == name.lower():
            return field
    raise ValueError(f"{name!r} is none of the roles {', '.join(ROLE_NAMES.values())}")


def set_attribute(event: Event, name: str, value: str) -> None:
    """Set status or format of an event.

    Raises:
        ValueError: there is no such value.
    """
    if value.lower() not in ATTRIBUTES[name]:
        raise ValueError(f"{value!r} is none of the values of {name}: {', '.join(ATTRIBUTES[name])}")
    setattr(event, name, value.lower())


def stamp(version: Version | None) -> str:
    """Return what a file tells of its form and of the model that made it, as JSON; `STAMP` is its name."""
    return json.dumps(msgspec.to_builtins(version) if version else {"form": FORM})


def add(event: Event, field: str, span: Span, value: str | None) -> None:
    """Give an event an argument, unless it has it already.

    Args:
        event: the event.
        field: the role, a key of `ROLE_NAMES`.
        span: the argument.
        value: what was noted as the value of a date; for other roles it does not count.
    """
    argument = DateSpan(span.start, span.end, span.text, value, span.score) if field == "dates" else span
    if argument not in getattr(event, field):
        getattr(event, field).append(argument)


def date_value(note: str) -> str | None:
    """Return the value that an annotator gave to a date; None if there is none.

    Raises:
        ValueError: it is no ISO value of the kinds that the guidelines know.
    """
    value = note.strip()
    if not value or value == "null":
        return None
    if interval(value) is None:
        raise ValueError(f"the value of a date is {value!r}, not ISO 8601 (2020-07-12, 2020-W28, 2020-07 …)")
    return value


def in_order(events: list[Event], same: Iterable[tuple[int, int]]) -> list[Event]:
    """Return the events in text order, each with the number of its meeting.

    Args:
        events: the events; one that is in no pair is a meeting of its own.
        same: the positions of two events that are the same meeting.
    """
    first = list(range(len(events)))

    def root(position: int) -> int:
        while first[position] != position:
            position = first[position]
        return position

    for one, other in same:
        first[root(other)] = root(one)
    bounds = [(event.trigger.start, event.trigger.end) for event in events]
    order = sorted(range(len(events)), key=bounds.__getitem__)
    numbers: dict[int, int] = {}
    for position in order:
        events[position].cluster = numbers.setdefault(root(position), len(numbers) + 1)
    return [events[position] for position in order]


def repeated(events: Iterable[Event]) -> Iterator[tuple[int, int]]:
    """Yield the positions of the first event of a meeting and of each later one."""
    first: dict[int, int] = {}
    for position, event in enumerate(events):
        if event.cluster is not None and first.setdefault(event.cluster, position) != position:
            yield first[event.cluster], position

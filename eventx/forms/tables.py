"""Tables: one row for each meeting, or one for each argument of a mention; csv and data frames.

A document without meetings leaves no row. Actors are their names in csv, several in a cell joined by "; ";
in parquet and frames they are lists of name, kind, title, affiliation and country. Lone surrogates become
U+FFFD.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from eventx.document import PARTIES, Document, Event, Meeting, without_surrogates
from eventx.extras import extra

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

ACTOR = ("name", "kind", "title", "affiliation", "country")
"""What a list of actors holds of each."""

Row = dict[str, Any]


class Table(NamedTuple):
    """A kind of table."""

    columns: tuple[str, ...]
    rows: Callable[[Document], Iterator[Row]]
    """Makes the rows of a document."""


def meetings(document: Document) -> Iterator[Row]:
    """Yield a row for each meeting: actors without their mentions, places by their names."""
    for meeting in document.meetings or ():
        row = {"document": document.id, "published": document.date}
        yield row | {column: _cell(meeting, column) for column in MEETINGS.columns if column not in row}


def _cell(meeting: Meeting, column: str) -> Any:
    value = getattr(meeting, column)
    if column in PARTIES:
        return [{field: getattr(actor, field) for field in ACTOR} for actor in value]
    return [place.name for place in value] if column == "places" else value


def mentions(document: Document) -> Iterator[Row]:
    """Yield a row for each argument of each event; an event without arguments has one with role None."""
    for event in document.events:
        yield from _arguments(document, event)


def _arguments(document: Document, event: Event) -> Iterator[Row]:
    trigger = event.trigger
    row = {
        "document": document.id,
        "published": document.date,
        "meeting": event.cluster,
        "trigger": trigger.text,
        "trigger_start": trigger.start,
        "trigger_end": trigger.end,
        "trigger_score": trigger.score,
    }
    about = {"status": event.status, "format": event.format}
    arguments = list(event.arguments())
    for role, span in arguments:
        value = getattr(span, "value", None)
        bounds = {
            "start": span.start,
            "end": span.end,
            "text": span.text,
            "value": value,
            "score": span.score,
        }
        yield row | {"role": role, **bounds} | about
    if not arguments:
        yield row | dict.fromkeys(("role", "start", "end", "text", "value", "score")) | about


MEETINGS = Table(
    (
        *("document", "published", "id", "events", "participants", "chairs", "hosts", "places"),
        *("date", "start", "end", "status", "format", "score"),
    ),
    meetings,
)
"""A row for each meeting: the document's id and date, and the fields of the meeting; ``id`` is its number."""

MENTIONS = Table(
    (
        *("document", "published", "meeting", "trigger", "trigger_start", "trigger_end", "trigger_score"),
        *("role", "start", "end", "text", "value", "score", "status", "format"),
    ),
    mentions,
)
"""A row for each argument, or one without a role for an event without; ``meeting`` is the number of its
meeting."""


def write_csv(documents: Iterable[Document], path: Path) -> None:
    """Write the table of meetings."""
    write_rows(MEETINGS.columns, chain.from_iterable(map(MEETINGS.rows, documents)), path)


def write_mentions_csv(documents: Iterable[Document], path: Path) -> None:
    """Write the table of mentions."""
    write_rows(MENTIONS.columns, chain.from_iterable(map(MENTIONS.rows, documents)), path)


def write_rows(columns: Iterable[str], rows: Iterable[Row], path: Path) -> None:
    """Write a table with a line of the columns' names; of what a cell lists it has the names."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, tuple(columns), lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow({column: _plain(value) for column, value in row.items()})


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_plain(one["name"] if isinstance(one, dict) else one) for one in value)
    return without_surrogates(str(value))


def to_arrow(documents: Iterable[Document], *, mentions: bool = False) -> pyarrow.Table:
    """Return the table of meetings, or that of mentions, as an Arrow table.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    from eventx.forms import arrow

    return arrow.rows(MENTIONS if mentions else MEETINGS, documents)


def to_pandas(documents: Iterable[Document], *, mentions: bool = False) -> pandas.DataFrame:
    """Return the table of meetings, or that of mentions, as a pandas frame; columns of names hold lists.

    Whole numbers are of type ``Int64``, whether or not one is missing: offsets stay whole.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    with extra("frames"):
        import pandas
    table = to_arrow(documents, mentions=mentions)
    return table.to_pandas(types_mapper=lambda kind: pandas.Int64Dtype() if kind == "int64" else None)


def to_polars(documents: Iterable[Document], *, mentions: bool = False) -> polars.DataFrame:
    """Return the table of meetings, or that of mentions, as a polars frame.

    Raises:
        MissingExtraError: polars is not installed.
    """
    with extra("frames"):
        import polars
    frame = polars.from_arrow(to_arrow(documents, mentions=mentions))
    assert isinstance(frame, polars.DataFrame)
    return frame

"""Tables: one row for each meeting, or one for each mention; csv, parquet and data frames.

A document without meetings leaves no row. Actors are their names in csv, several in a cell joined by "; ";
in parquet and frames they are lists of name, kind, title, affiliation and country. Lone surrogates become
U+FFFD.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventx.document import FORM, PARTIES, Document, Event, Meeting, without_surrogates
from eventx.extras import extra

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

MEETINGS = (
    *("document", "published", "id", "events", "participants", "chairs", "hosts", "places"),
    *("date", "start", "end", "status", "format", "score"),
)
"""Columns of a table of meetings: the document's id and date, and the fields of the meeting."""

MENTIONS = (
    *("document", "published", "meeting", "trigger", "trigger_start", "trigger_end", "trigger_score"),
    *("role", "start", "end", "text", "value", "score", "status", "format"),
)
"""Columns of a table of mentions: one row for each argument, or one without a role for an event without."""

ACTOR = ("name", "kind", "title", "affiliation", "country")
"""What a list of actors holds of each."""

AT_ONCE = 1024
"""Documents whose rows are in memory together."""


def meetings(document: Document) -> Iterator[dict[str, Any]]:
    """Yield a row for each meeting: actors without their mentions, places by their names."""
    for meeting in document.meetings or ():
        yield {"document": document.id, "published": document.date} | {
            column: _cell(meeting, column) for column in MEETINGS[2:]
        }


def _cell(meeting: Meeting, column: str) -> Any:
    value = getattr(meeting, column)
    if column in PARTIES:
        return [{field: getattr(actor, field) for field in ACTOR} for actor in value]
    return [place.name for place in value] if column == "places" else value


def mentions(document: Document) -> Iterator[dict[str, Any]]:
    """Yield a row for each argument of each event; an event without arguments has one with role None."""
    for event in document.events:
        yield from _arguments(document, event)


def _arguments(document: Document, event: Event) -> Iterator[dict[str, Any]]:
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


# csv ------------------------------------------------------------------------------------------


def write_csv(documents: Iterable[Document], path: Path) -> None:
    """Write the table of meetings."""
    _write_csv(MEETINGS, (row for document in documents for row in meetings(document)), path)


def write_mentions_csv(documents: Iterable[Document], path: Path) -> None:
    """Write the table of mentions."""
    _write_csv(MENTIONS, (row for document in documents for row in mentions(document)), path)


def _write_csv(columns: Sequence[str], rows: Iterable[dict[str, Any]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, columns, lineterminator="\n")
        table.writeheader()
        for row in rows:
            table.writerow({column: _plain(value) for column, value in row.items()})


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_plain(one["name"] if isinstance(one, dict) else one) for one in value)
    return without_surrogates(str(value))


# Arrow ----------------------------------------------------------------------------------------


def write_parquet(documents: Iterable[Document], path: Path) -> None:
    """Write the table of meetings; the schema's metadata carry form and model."""
    _write_parquet(documents, path, mention=False)


def write_mentions_parquet(documents: Iterable[Document], path: Path) -> None:
    """Write the table of mentions."""
    _write_parquet(documents, path, mention=True)


def _write_parquet(documents: Iterable[Document], path: Path, mention: bool) -> None:
    with extra("formats"):
        from pyarrow import parquet

    stream = iter(documents)
    first = list(islice(stream, AT_ONCE))
    model = first[0].version.model if first and first[0].version else ""
    schema = _schema(mention).with_metadata({"eventx.form": str(FORM), "eventx.model": model})
    with parquet.ParquetWriter(path, schema) as table:
        batch = first
        while batch:
            table.write_table(_table(batch, schema, mention))
            batch = list(islice(stream, AT_ONCE))


def _schema(mention: bool) -> pyarrow.Schema:
    """Return names and types of the columns."""
    import pyarrow

    text, whole, number = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
    actors = pyarrow.list_(pyarrow.struct([(field, text) for field in ACTOR]))
    types = {
        **dict.fromkeys(PARTIES, actors),
        "places": pyarrow.list_(text),
        "events": pyarrow.list_(whole),
        **dict.fromkeys(("score", "trigger_score"), number),
        **dict.fromkeys(("id", "meeting", "trigger_start", "trigger_end"), whole),
        **(dict.fromkeys(("start", "end"), whole) if mention else {}),
    }
    columns = MENTIONS if mention else MEETINGS
    return pyarrow.schema([(column, types.get(column, text)) for column in columns])


def _table(documents: Iterable[Document], schema: pyarrow.Schema, mention: bool) -> pyarrow.Table:
    import pyarrow

    rows = mentions if mention else meetings
    cells = [
        {column: _clean(value) for column, value in row.items()}
        for document in documents
        for row in rows(document)
    ]
    return pyarrow.Table.from_pylist(cells, schema)


def _clean(value: Any) -> Any:
    """Return the value without lone surrogates."""
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {field: _clean(one) for field, one in value.items()}
    return without_surrogates(value) if isinstance(value, str) else value


def to_arrow(documents: Iterable[Document], *, mentions: bool = False) -> pyarrow.Table:
    """Return the table of meetings, or that of mentions, as an Arrow table.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    with extra("formats"):
        import pyarrow  # noqa: F401
    return _table(documents, _schema(mentions), mentions)


def to_pandas(documents: Iterable[Document], *, mentions: bool = False) -> pandas.DataFrame:
    """Return the table of meetings, or that of mentions, as a pandas frame; columns of names hold lists.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    with extra("frames"):
        import pandas  # noqa: F401
    return to_arrow(documents, mentions=mentions).to_pandas()


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

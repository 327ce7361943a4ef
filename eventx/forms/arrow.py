"""Records, and the tables of `tables`, in Arrow's types: Parquet files, and what data frames are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from eventx.document import PARTIES, Document, Version, plain
from eventx.extras import extra
from eventx.forms.names import STAMP, stamp
from eventx.forms.tables import ACTOR, MEETINGS, MENTIONS, Table
from eventx.readers import REFUSAL, Advance, Columns, Failure, Source
from eventx.readers.parquet import rows as read_rows

with extra("formats"):
    import pyarrow as pa
    from pyarrow import parquet

    from eventx.schema import ERROR, SCHEMA

AT_ONCE = 1024
"""Documents whose rows are in memory together."""


def write_records(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write a row for each record, with the columns of `schema.SCHEMA`; its metadata carry form and model."""
    _write(SCHEMA, records, documents, path, version)


def write_parquet(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write the table of meetings; the schema's metadata carry form and model."""
    _write(schema(MEETINGS), partial(rows, MEETINGS), documents, path, version)


def write_mentions_parquet(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write the table of mentions; the schema's metadata carry form and model."""
    _write(schema(MENTIONS), partial(rows, MENTIONS), documents, path, version)


def _write(
    columns: pa.Schema,
    table: Callable[[list[Document]], pa.Table],
    documents: Iterable[Document],
    path: Path,
    version: Version | None,
) -> None:
    stream = iter(documents)
    described = columns.with_metadata({STAMP: stamp(version)})
    with parquet.ParquetWriter(path, described) as file:
        while batch := list(islice(stream, AT_ONCE)):
            file.write_table(table(batch).cast(described))


def read(source: Source, columns: Columns, advance: Advance | None = None) -> Iterator[Document | Failure]:
    """Yield the records of a file; a row with a reason in its column `schema.ERROR` is a failure."""
    row = 0
    try:
        with source.open(advance) as stream:
            for row, entry in read_rows(stream, columns, ("events", "meetings", "version", ERROR)):
                yield _document(source, row, entry, columns)
    except source.damage() as error:
        yield source.failure(row + 1, error)


def _document(
    source: Source, row: int, entry: dict[str, Any] | Exception, columns: Columns
) -> Document | Failure:
    try:
        if isinstance(entry, Exception):
            raise entry
        if entry.get(ERROR) is not None:
            raise ValueError(entry[ERROR])
        document = Document.from_dict(columns.renamed(entry))
    except REFUSAL as error:
        return Failure.of(source.name, row, error)
    document.id = str(row) if document.id is None else document.id
    return document


def schema(table: Table) -> pa.Schema:
    """Return names and types of a table's columns; the types are those of the record."""
    events, meetings = (SCHEMA.field(name).type.value_type for name in ("events", "meetings"))
    trigger, date = events.field("trigger").type, events.field("dates").type.value_type
    actor = meetings.field("participants").type.value_type
    types = {"document": SCHEMA.field("id").type, "published": SCHEMA.field("date").type}
    if table is MEETINGS:
        types |= {field.name: field.type for field in meetings}
        actors = pa.list_(pa.struct([actor.field(name) for name in ACTOR]))
        types |= {**dict.fromkeys(PARTIES, actors), "places": pa.list_(actor.field("name").type)}
    else:
        types |= {field.name: field.type for field in [*events, *date]}
        types |= {f"trigger_{field.name}": field.type for field in trigger}
        types |= {"meeting": events.field("cluster").type, "trigger": trigger.field("text").type}
        types |= {"role": trigger.field("text").type}
    return pa.schema([(column, types[column]) for column in table.columns])


def records(documents: Iterable[Document]) -> pa.Table:
    """Return a row for each document; lone surrogates, which Arrow cannot hold, are U+FFFD."""
    return pa.Table.from_pylist(list(map(plain, documents)), SCHEMA)


def rows(table: Table, documents: Iterable[Document]) -> pa.Table:
    """Return a table of documents; lone surrogates, which Arrow cannot hold, are U+FFFD."""
    cells = [plain(row) for document in documents for row in table.rows(document)]
    return pa.Table.from_pylist(cells, schema(table))

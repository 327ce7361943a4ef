"""The tables of `tables` in Arrow's types: Parquet files, and what data frames are made of."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from eventx.document import PARTIES, Document, Version, without_surrogates
from eventx.extras import extra
from eventx.forms.names import STAMP, stamp
from eventx.forms.tables import ACTOR, MEETINGS, MENTIONS, Table

with extra("formats"):
    import pyarrow as pa
    from pyarrow import parquet

    from eventx.schema import SCHEMA

AT_ONCE = 1024
"""Documents whose rows are in memory together."""


def write_parquet(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write the table of meetings; the schema's metadata carry form and model."""
    _write(MEETINGS, documents, path, version)


def write_mentions_parquet(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write the table of mentions; the schema's metadata carry form and model."""
    _write(MENTIONS, documents, path, version)


def _write(table: Table, documents: Iterable[Document], path: Path, version: Version | None) -> None:
    stream = iter(documents)
    described = schema(table).with_metadata({STAMP: stamp(version)})
    with parquet.ParquetWriter(path, described) as file:
        while batch := list(islice(stream, AT_ONCE)):
            file.write_table(rows(table, batch).cast(described))


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


def rows(table: Table, documents: Iterable[Document]) -> pa.Table:
    """Return a table of documents; lone surrogates, which Arrow cannot hold, are U+FFFD."""
    cells = [
        {column: _clean(value) for column, value in row.items()}
        for document in documents
        for row in table.rows(document)
    ]
    return pa.Table.from_pylist(cells, schema(table))


def _clean(value: Any) -> Any:
    """Return the value without lone surrogates."""
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if isinstance(value, dict):
        return {field: _clean(one) for field, one in value.items()}
    return without_surrogates(value) if isinstance(value, str) else value

"""Documents as an Arrow table in, records as an Arrow table out: what engines with data in Arrow share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from eventx.document import plain, publication_day
from eventx.extras import extra
from eventx.pipeline import Pipeline
from eventx.readers.parquet import cells

with extra("formats"):
    import pyarrow as pa

    from eventx.schema import ERROR, SCHEMA

COLUMNS = ("id", "date", "text")
"""The columns that are read."""

EXACT = 2**53
"""Whole numbers below it are exact as floats."""

Errors = Literal["raise", "column"]


def schema(errors: Errors = "raise") -> pa.Schema:
    """Return the schema of what `extract` returns.

    Raises:
        ValueError: errors is neither ``raise`` nor ``column``.
    """
    if errors not in ("raise", "column"):
        raise ValueError(f"errors is {errors!r}, neither 'raise' nor 'column'")
    return SCHEMA if errors == "raise" else SCHEMA.append(pa.field(ERROR, pa.string()))


def extract(nlp: Pipeline, table: pa.Table | pa.RecordBatch, errors: Errors = "raise") -> pa.Table:
    """Return the records of the documents in a table, a row for each row.

    Args:
        nlp: what reads them.
        table: has columns ``id`` (strings or whole numbers), ``text`` and perhaps ``date`` (strings, dates or
            times, whose day counts in their own time zone; null where it is not known). Others are ignored.
        errors: ``raise`` stops at a row that is no document; ``column`` keeps it, its events, meetings and
            version null, and says why in a further last column, `schema.ERROR`.

    Returns:
        A table with `schema.SCHEMA`, and that column if it is asked for; as many rows as the table has.

    Raises:
        ValueError: a row has no id, no text, or a date that is none; the message names the id or row. Or
            errors is neither ``raise`` nor ``column``.
    """
    result = schema(errors)
    rows = list(_rows(table))
    for number, row in enumerate(rows, 1):
        if row[ERROR] is not None and errors == "raise":
            name = f"row {number}" if row["id"] is None else f"document {row['id']!r}"
            raise ValueError(f"{name}: {row[ERROR]}")
    found = nlp.pipe(row for row in rows if row[ERROR] is None)
    return pa.Table.from_pylist([plain(next(found) if row[ERROR] is None else row) for row in rows], result)


def _rows(table: pa.Table | pa.RecordBatch) -> Iterator[dict[str, str | None]]:
    """Yield id, date and text of each row, null where they cannot be read, and the reason for that."""
    names = table.column_names
    wrong = None
    if [names.count(name) for name in ("id", "text")] != [1, 1] or names.count("date") > 1:
        wrong = f"the columns are {', '.join(map(repr, names))}: there must be one 'id' and one 'text'"
    columns = {name: cells(table[name]) for name in COLUMNS if names.count(name) == 1}
    for number in range(table.num_rows):
        row = dict.fromkeys(COLUMNS) | {ERROR: wrong}
        for name, read in (("id", _id), ("date", publication_day), ("text", _text)):
            try:
                row[name] = read(_value(columns[name][number], name) if name in columns else None)
            except ValueError as error:
                row[ERROR] = row[ERROR] or str(error)
        yield row


def _value(cell: pa.Scalar, name: str) -> Any:
    try:
        value = cell.as_py()
    except (ValueError, OverflowError) as error:  # bytes that are not UTF-8, a day beyond Python's years
        raise ValueError(f"{name} cannot be read: {error}") from None
    return None if value != value else value  # not a number


def _id(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        value = int(value)  # numpy and pandas make floats of whole numbers where one of them is null
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError(f"id is {_kind(value)}, not a string or a whole number")
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text is {_kind(value)}, not a string")
    return value


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__

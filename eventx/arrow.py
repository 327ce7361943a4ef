"""Documents as an Arrow table in, records as an Arrow table out: what engines with data in Arrow share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from eventx.document import identity, known, plain, publication_day
from eventx.extras import extra
from eventx.pipeline import Pipeline
from eventx.readers.parquet import cells

with extra("formats"):
    import pyarrow as pa

    from eventx.schema import ERROR, SCHEMA

COLUMNS = ("id", "date", "text")
"""The columns that are read."""

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
        ValueError: a row has no id, no text, or a date that is none; the message names the id or row. Or,
            whatever errors is, there are rows and not one column ``id`` and one ``text``; or errors is
            neither ``raise`` nor ``column``.
    """
    there = present(table.column_names, table.num_rows)
    return records(nlp, {name: cells(table[name]) for name in there}, errors)


def present(names: Sequence[str], rows: int) -> list[str]:
    """Return which of `COLUMNS` are to be read of a table with these columns; none if it has no rows.

    Raises:
        ValueError: there are rows and not one column ``id``, one ``text`` and at most one ``date``.
    """
    if not rows:
        return []
    if [names.count(name) for name in ("id", "text")] != [1, 1] or names.count("date") > 1:
        raise ValueError(
            f"the columns are {', '.join(map(repr, names))}: there must be one 'id' and one 'text', and at "
            "most one 'date'"
        )
    return [name for name in COLUMNS if name in names]


def records(nlp: Pipeline, columns: Mapping[str, Iterable[Any]], errors: Errors = "raise") -> pa.Table:
    """Return what `extract` returns, of columns whose cells need not be of one type.

    Args:
        nlp: what reads them.
        columns: those that `present` names; cells are Arrow's scalars, or any values that Arrow cannot hold.
        errors: see `extract`.

    Raises:
        ValueError: as `extract` does.
    """
    result = schema(errors)
    rows = list(_rows(columns))
    for number, row in enumerate(rows, 1):
        if row[ERROR] is not None and errors == "raise":
            name = f"row {number}" if row["id"] is None else f"document {row['id']!r}"
            raise ValueError(f"{name}: {row[ERROR]}")
    found = nlp.pipe(row for row in rows if row[ERROR] is None)
    return pa.Table.from_pylist([plain(next(found) if row[ERROR] is None else row) for row in rows], result)


def _rows(columns: Mapping[str, Iterable[Any]]) -> Iterator[dict[str, str | None]]:
    """Yield id, date and text of each row, null where they cannot be read, and the reason for that."""
    for found in zip(*columns.values(), strict=True):
        row: dict[str, str | None] = dict.fromkeys((*COLUMNS, ERROR))
        for name, cell in zip(columns, found, strict=True):
            try:
                row[name] = READERS[name](_value(cell, name))
            except ValueError as error:
                row[ERROR] = row[ERROR] or str(error)
        yield row


def _value(cell: Any, name: str) -> Any:
    if not isinstance(cell, pa.Scalar):
        return cell
    try:
        value = cell.as_py()
    except (ValueError, OverflowError, LookupError) as error:
        # Bytes that are not UTF-8, a day beyond Python's years, a time zone that nobody knows.
        raise ValueError(f"{name} cannot be read: {error}") from None
    return known(value)


def _id(value: Any) -> str:
    name = identity(value)
    if name is None:
        raise ValueError("id is null, not a string or a whole number")
    return name


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text is {_kind(value)}, not a string")
    return value


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


READERS: dict[str, Callable[[Any], str | None]] = {"id": _id, "date": publication_day, "text": _text}
"""What makes a field of a cell's value, or raises ValueError."""

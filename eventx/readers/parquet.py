"""Parquet files, a few rows at a time; only the columns that are asked for are read."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO

from eventx.readers.records import Columns, Entry

if TYPE_CHECKING:
    import pyarrow

AT_ONCE = 256
"""Rows that are in memory together."""

BUFFER = 1 << 20
"""Bytes of a column that are read at once, however large the row groups are."""


def rows(stream: BinaryIO, columns: Columns, others: Sequence[str] = ()) -> Iterator[Entry]:
    """Yield the rows, numbered from 1; without the columns that are asked for the file is one error.

    Args:
        stream: the file.
        columns: names of the columns that make a document.
        others: further columns that are read where they are there.
    """
    from pyarrow.parquet import ParquetFile

    done = 0
    try:
        with _seekable(stream) as file, ParquetFile(file, buffer_size=BUFFER) as table:
            names = table.schema_arrow.names
            if reason := columns.missing(names):
                yield 1, ValueError(reason)
                return
            wanted = [name for name in (*columns, *others) if name in names]
            for group in range(table.num_row_groups):
                for batch in table.iter_batches(AT_ONCE, [group], wanted, use_threads=False):
                    yield from enumerate(_records(batch), done + 1)
                    done += batch.num_rows
    except Exception as error:  # a damaged file can make pyarrow raise nearly anything
        yield done + 1, ValueError(f"cannot be read: {error}")


def _records(batch: pyarrow.RecordBatch) -> Iterator[dict[str, object] | Exception]:
    columns = {name: cells(batch.column(name)) for name in batch.schema.names}
    for row in range(batch.num_rows):
        try:
            yield {name: column[row].as_py() for name, column in columns.items()}
        except ValueError as error:  # bytes that are not UTF-8, a time beyond Python's years
            yield error


def cells(column: pyarrow.Array) -> pyarrow.Array:
    """Return a column whose cells Python can hold: its own times have no nanoseconds."""
    import pyarrow

    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        return column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)
    return column


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Give the file itself or, if it is packed, an unpacked copy: reading parquet begins at the end."""
    if isinstance(stream, io.BufferedReader):
        yield stream
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        yield copy

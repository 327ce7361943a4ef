"""Text files, JSON lines and csv.

Bytes that are not UTF-8 come out as lone surrogates, so that one of them spoils its own record only; line
ends stay as they are.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import BinaryIO, TextIO

from eventx.readers.records import Columns, Entry, Record, flaw

_HEADER = re.compile(r"\s*date ([0-9]{4}-[0-9]{2}-[0-9]{2})\s+")


def _decoded(stream: BinaryIO) -> TextIO:
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def text(stream: BinaryIO, columns: Columns) -> Iterator[Entry]:
    """Yield the one document of a text file; a first line ``date YYYY-MM-DD`` is no part of its text."""
    content = _decoded(stream).read()
    if wrong := flaw(content):
        yield content.count("\n", 0, wrong[0]) + 1, wrong[1]
        return
    header = _HEADER.match(content)
    date = {columns.date: header[1]} if header else {}
    yield 1, {**date, columns.text: content[header.end() :] if header else content}


def json_lines(stream: BinaryIO, columns: Columns) -> Iterator[Entry]:
    """Yield the objects in the lines that are not blank."""
    for number, line in enumerate(_decoded(stream), 1):
        if line.strip():
            yield number, _json_object(line)


def _json_object(line: str) -> Record | Exception:
    if wrong := flaw(line):
        return wrong[1]
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        where = f"at column {error.colno}" if error.pos < len(line.rstrip()) else "where the line ends"
        return ValueError(f"broken JSON: {error.msg} {where}")
    except (ValueError, RecursionError) as error:  # a number too long, brackets too deep
        return ValueError(f"broken JSON: {error}")
    if not isinstance(record, dict):
        return ValueError(f"expected an object, got {type(record).__name__}")
    return record


def table(stream: BinaryIO, columns: Columns) -> Iterator[Entry]:
    """Yield the rows below the header; without the columns that are asked for the file is one error."""
    rows = _rows(_decoded(stream))
    line, header = next(rows, (1, []))
    if isinstance(header, Exception):
        yield line, header
        return
    header = [name.strip() for name in header]
    if reason := columns.missing(header):
        yield line, ValueError(reason)
        return
    for line, row in rows:
        if isinstance(row, Exception):
            yield line, row
        elif len(row) != len(header):
            yield line, ValueError(f"the row has {len(row)} cells, the header {len(header)}")
        else:
            yield line, dict(zip(header, row, strict=True))


def _rows(stream: TextIO) -> Iterator[tuple[int, list[str] | Exception]]:
    """Yield the rows of a table that are not blank, each with the line on which it begins."""
    csv.field_size_limit(2**31 - 1)  # a cell holds a whole document; the module's own limit is 128 KB
    rows = csv.reader(stream, strict=True)
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, ValueError(f"broken row: {error}")
            continue
        wrong = flaw("".join(row))
        if row:
            yield line, wrong[1] if wrong else row

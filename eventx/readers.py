"""Files in: text files, JSON lines and tables become documents, one at a time.

A document that cannot be read becomes a `Failure` with file, line and reason, and reading goes on
behind it. Memory holds one document and the ids seen so far, however large the files are.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from glob import glob
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, TypedDict, cast

import msgspec

from eventx.document import Document, publication_day

_log = logging.getLogger(__name__)

Record = dict[str, Any]
Entry = tuple[int, Record | Exception]
"""The line on which a record begins, and the record or why there is none."""


_WRONG = (ValueError, RecursionError)
"""What a record can be refused with; the second where brackets are nested too deep to be shown."""


class Failure(msgspec.Struct, frozen=True):
    """A document that could not be read; as a string it is ``FILE:LINE: reason``."""

    file: str
    line: int
    """Counted from 1."""
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class Item(TypedDict):
    """A document to read for meetings, as ``Pipeline.pipe`` takes it, and where it stands."""

    id: str
    date: str | None
    text: str
    file: str
    line: int


class Columns(NamedTuple):
    """Under which names tables and JSON records hold a document's text, date and id."""

    text: str = "text"
    date: str = "date"
    id: str = "id"


class Source(NamedTuple):
    """An input file."""

    name: str
    """The file as it was given, for messages."""
    stem: str
    """The file's name without folder and endings."""
    form: str
    """A key of `FORMS`."""
    open: Callable[[], BinaryIO]
    """Opens the file for reading, unpacked."""


# Reading --------------------------------------------------------------------------------------


def read(
    sources: Sequence[Source], *, date: str | None = None, columns: Columns | None = None
) -> Iterator[Item | Failure]:
    """Yield every document of the sources in order, or the failure that stands in its place.

    Where a document has no id, that is the stem of a text file and the line number in JSON lines and
    tables; if there are several of these, the line number stands behind the file's stem (``news:3``),
    or behind the whole file name where two files have the same stem. An id that an earlier document
    has is a failure.

    Args:
        sources: what `find` returns.
        date: day of publication, ``YYYY-MM-DD``, of documents that have none of their own.
        columns: names of the fields; ``text``, ``date`` and ``id`` by default.
    """
    columns = columns or Columns()
    tables = Counter(source.stem for source in sources if source.form != ".txt")
    seen: dict[str, tuple[str, int]] = {}
    for source in sources:
        prefix = _prefix(source, tables)
        for line, entry in _entries(source, columns):
            default = source.stem if source.form == ".txt" else f"{prefix}{line}"
            try:
                item = _item(source, line, _record(entry), columns, default)
                if item["id"] in seen:
                    file, first = seen[item["id"]]
                    raise ValueError(f"id {item['id']!r} was already given in {file}:{first}")
            except _WRONG as error:
                yield _failure(source, line, error)
            else:
                seen[item["id"]] = source.name, line
                item["date"] = item["date"] or date
                yield item


def read_annotated(source: Source) -> Iterator[Document | Failure]:
    """Yield every record of a file of JSON lines with its events, or the failure in its place.

    Where a record has no id, that is the line number.

    Raises:
        ValueError: the file is not one of JSON lines.
    """
    if source.form != ".jsonl":
        raise ValueError(f"{source.name}: annotated documents are read from .jsonl only")
    for line, entry in _entries(source, Columns()):
        try:
            document = Document.from_dict(_record(entry))
        except _WRONG as error:
            yield _failure(source, line, error)
        else:
            document.id = document.id or str(line)
            yield document


def _prefix(source: Source, tables: Counter[str]) -> str:
    """Return what stands before a line number to make an id of it."""
    if tables.total() == 1:
        return ""
    return f"{source.stem if tables[source.stem] == 1 else source.name}:"


def _record(entry: Record | Exception) -> Record:
    if isinstance(entry, Exception):
        raise entry
    return entry


def _item(source: Source, line: int, record: Record, columns: Columns, default: str) -> Item:
    """Return the document in a record.

    Raises:
        ValueError: the text is missing, or a field has the wrong type.
    """
    if columns.text not in record:
        raise ValueError(f"no field {columns.text!r}; the fields are {', '.join(map(repr, record))}")
    text, identity = record[columns.text], record.get(columns.id)
    if not isinstance(text, str):
        raise ValueError(f"{columns.text} is {type(text).__name__}, not a string")
    if identity is None or identity == "":
        identity = default
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise ValueError(f"{columns.id} is {type(identity).__name__}, not a string or an integer")
    day = publication_day(record.get(columns.date))
    return Item(id=str(identity), date=day, text=text, file=source.name, line=line)


def _failure(source: Source, line: int, error: Exception) -> Failure:
    """Return the failure, its reason on one line of reasonable length."""
    reason = " ".join(str(error).split())
    return Failure(source.name, line, reason if len(reason) <= 300 else f"{reason[:299]}…")


def _entries(source: Source, columns: Columns) -> Iterator[Entry]:
    """Yield what stands in a file; a file that cannot be read further ends with an error."""
    line = 0
    try:
        # Bytes that are not UTF-8 come out as lone surrogates, so that one of them spoils its own
        # record only (see `_flaw`). An empty `newline` leaves line ends as they are.
        with io.TextIOWrapper(
            source.open(), encoding="utf-8-sig", errors="surrogateescape", newline=""
        ) as stream:
            for line, record in FORMS[source.form](stream, columns):
                yield line, record
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        yield line + 1, ValueError(f"cannot be read: {reason}")


_FLAW = re.compile("[\0\udc80-\udcff]")


def _flaw(text: str) -> tuple[int, ValueError] | None:
    """Return position and kind of the first byte that no text has, or None."""
    found = _FLAW.search(text)
    if found is None:
        return None
    byte = ord(found[0]) & 0xFF
    return found.start(), ValueError(f"not UTF-8: byte 0x{byte:02x}" if byte else "binary data: a NUL byte")


# The forms ------------------------------------------------------------------------------------

_HEADER = re.compile(r"\s*date ([0-9]{4}-[0-9]{2}-[0-9]{2})\s+")


def _text(stream: TextIO, columns: Columns) -> Iterator[Entry]:
    """Yield the one document of a text file; a first line ``date YYYY-MM-DD`` is no part of its text."""
    text = stream.read()
    if flaw := _flaw(text):
        yield text.count("\n", 0, flaw[0]) + 1, flaw[1]
        return
    header = _HEADER.match(text)
    record = {columns.date: header[1], columns.text: text[header.end() :]} if header else {columns.text: text}
    yield 1, record


def _json_lines(stream: TextIO, columns: Columns) -> Iterator[Entry]:
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield number, _json_object(line)


def _json_object(line: str) -> Record | Exception:
    if flaw := _flaw(line):
        return flaw[1]
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        return ValueError(f"broken JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError) as error:  # a number too long, brackets too deep
        return ValueError(f"broken JSON: {error}")
    if not isinstance(record, dict):
        return ValueError(f"expected an object, got {type(record).__name__}")
    return record


def _table(stream: TextIO, columns: Columns) -> Iterator[Entry]:
    """Yield the rows below the header; without the columns that are asked for the file is one error."""
    rows = _rows(stream)
    line, header = next(rows, (1, []))
    if isinstance(header, Exception):
        yield line, header
        return
    header = [name.strip() for name in header]
    asked = {columns.text} | {name for name in columns if name not in Columns()}
    if missing := sorted(asked.difference(header)):
        there = f"the columns are {', '.join(map(repr, header))}" if header else "the file is empty"
        yield line, ValueError(f"no column {', '.join(map(repr, missing))}; {there}")
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
        flaw = _flaw("".join(row))
        if row:
            yield line, flaw[1] if flaw else row


FORMS: dict[str, Callable[[TextIO, Columns], Iterator[Entry]]] = {
    ".txt": _text,
    ".jsonl": _json_lines,
    ".csv": _table,
}
"""The forms of input by a file's ending."""

PACKINGS: dict[str, Callable[..., Any]] = {".gz": gzip.open}
"""What opens a packed file, by the ending behind the form's."""


# Finding --------------------------------------------------------------------------------------


def find(inputs: Iterable[str]) -> list[Source]:
    """Return the files that are meant by file names, folders, patterns and ``-`` (JSON lines on stdin).

    A folder stands for all files in it and below that have a known ending, in the order of their
    names, without those whose name begins with a dot; what it passes over is logged.

    Raises:
        FileNotFoundError: there is no such file, or a pattern matches none.
        ValueError: a file's ending is not known, or a folder has no file to read.
    """
    return [source for given in inputs for source in _sources(given)]


def _sources(given: str) -> Iterator[Source]:
    if given == "-":
        yield Source("<stdin>", "-", ".jsonl", partial(cast(Any, open), 0, "rb", closefd=False))
        return
    if given and Path(given).exists():
        paths = [Path(given)]
    else:
        paths = [Path(name) for name in sorted(glob(given, recursive=True))]  # noqa: PTH207 (absolute patterns)
    if not paths:
        raise FileNotFoundError(f"no such file: {given}")
    for path in paths:
        if path.is_dir():
            yield from _within(path)
        elif source := _source(path):
            yield source
        else:
            raise ValueError(f"{path}: the ending is none of {_endings()}")


def _within(folder: Path) -> Iterator[Source]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path, folder))
    sources = {path: _source(path) for path in paths}
    unknown = Counter(path.suffix for path, source in sources.items() if source is None)
    if len(sources) == unknown.total():
        raise ValueError(f"{folder}: no file in this folder ends in {_endings()}")
    if unknown:
        endings = ", ".join(sorted(ending or "no ending" for ending in unknown))
        _log.warning("%s: files passed over: %d (%s)", folder, unknown.total(), endings)
    yield from (source for source in sources.values() if source)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _source(path: Path) -> Source | None:
    """Return the source, or None if the file's ending is not known."""
    packing = path.suffix.lower()
    inner = Path(path.stem) if packing in PACKINGS else Path(path.name)
    form = inner.suffix.lower()
    if form not in FORMS:
        return None
    return Source(str(path), inner.stem, form, partial(PACKINGS.get(packing, open), path, "rb"))


def _endings() -> str:
    return f"{', '.join(FORMS)} (or one of these with {', '.join(PACKINGS)} behind it)"

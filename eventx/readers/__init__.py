"""Files in: texts, web pages, JSON lines and tables become documents, one at a time.

A document that cannot be read becomes a `Failure` with file, line and reason, and reading goes on
behind it. Memory holds one document (of parquet a few) and a digest of each id so far, however large the
files are.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path

from eventx.document import Document, identity, publication_day
from eventx.readers import pages
from eventx.readers.records import REFUSAL, Columns, Entry, Failure, Item, Record, flaw
from eventx.readers.sources import FORMS, PACKINGS, SINGLE, Advance, Source, find, size

_log = logging.getLogger(__name__)

__all__ = [
    "PACKINGS",
    "REFUSAL",
    "Advance",
    "Columns",
    "Failure",
    "Item",
    "Source",
    "find",
    "flaw",
    "read",
    "read_annotated",
    "size",
]


def read(
    sources: Sequence[Source],
    *,
    date: str | None = None,
    columns: Columns | None = None,
    advance: Advance | None = None,
) -> Iterator[Item | Failure]:
    """Yield every document of the sources in order, or the failure that stands in its place.

    Where a document has no id, that is the stem of a text file or page (of a page its path, where another
    such file has the same stem: many a site's pages are all called index), and the line number (of parquet
    the row number) in JSON lines and tables. If there are several of these, the number stands behind the
    file's stem (``news:3``), or behind its name where two have the same stem. An id that an earlier document
    has is a failure.

    Args:
        sources: what `find` returns.
        date: day of publication, ``YYYY-MM-DD``, of documents that have none of their own.
        columns: names of the fields; ``text``, ``date`` and ``id`` by default.
        advance: is told how many bytes of the files on disk were read since it was told last; `size` is
            their total. Nothing is told of standard input.
    """
    columns = columns or Columns()
    tables = Counter(source.stem for source in sources if source.form not in SINGLE)
    names = _page_names(sources)
    seen: dict[bytes, int] = {}  # ids themselves, and pairs of file and line, take nearly twice as much
    for number, source in enumerate(sources):
        prefix = _prefix(source, tables)
        name = names.get(number, source.stem)
        for line, entry in _entries(source, columns, advance):
            default = name if source.form in SINGLE else f"{prefix}{line}"
            try:
                item = _item(source, line, _record(entry), columns, default)
                key = blake2b(item["id"].encode("utf-8", "surrogatepass"), digest_size=15).digest()
                if key in seen:
                    first, file = divmod(seen[key], len(sources))
                    raise ValueError(f"id {item['id']!r} was already given in {sources[file].name}:{first}")
            except REFUSAL as error:
                yield Failure.of(source.name, line, error)
            else:
                seen[key] = line * len(sources) + number
                item["date"] = item["date"] or date
                yield item


def read_annotated(
    source: Source, columns: Columns | None = None, advance: Advance | None = None
) -> Iterator[Document | Failure]:
    """Yield every record of a file of JSON lines with its events, or the failure in its place.

    Where a record has no id, that is the line number.

    Args:
        source: the file.
        columns: names of the fields; ``text``, ``date`` and ``id`` by default.
        advance: is told how many bytes of the file were read since it was told last.

    Raises:
        ValueError: the file is not one of JSON lines.
    """
    if source.form != ".jsonl":
        raise ValueError(
            f"{source.name}: annotated documents are read from .jsonl, which eventx convert makes of others"
        )
    columns = columns or Columns()
    for line, entry in _entries(source, columns, advance):
        try:
            document = Document.from_dict(columns.renamed(_record(entry)))
        except REFUSAL as error:
            yield Failure.of(source.name, line, error)
        else:
            document.id = document.id or str(line)
            yield document


def _page_names(sources: Sequence[Source]) -> dict[int, str]:
    """Return the paths of pages whose stem another file has, by the number of the source."""
    paths = {
        number: source.path.resolve()
        for number, source in enumerate(sources)
        if source.form in SINGLE and source.path
    }
    given: dict[Path, str] = {}  # a file that is given twice is one, however its path is written
    for number, path in paths.items():
        given.setdefault(path, sources[number].name)
    stems = Counter({path: sources[number].stem for number, path in paths.items()}.values())
    return {
        number: given[path]
        for number, path in paths.items()
        if sources[number].form in pages.ENDINGS and stems[sources[number].stem] > 1
    }


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
    text = columns.renamed(record)["text"]
    if not isinstance(text, str):
        kind = "null" if text is None else type(text).__name__
        raise ValueError(f"{columns.text} is {kind}, not a string")
    name = identity(record.get(columns.id), columns.id) or default
    day = publication_day(record.get(columns.date))
    return Item(id=name, date=day, text=text, file=source.name, line=line)


def _entries(source: Source, columns: Columns, advance: Advance | None = None) -> Iterator[Entry]:
    """Yield what stands in a file; a file that cannot be read further ends with an error.

    A field that was asked for by name and is in none of the records is logged.
    """
    line = 0
    # What tables lack is a failure; records need not be alike.
    lacking = columns.asked() if source.form == ".jsonl" else set()
    try:
        with source.open(advance) as stream:
            for line, record in FORMS[source.form](stream, columns):
                lacking -= record.keys() if isinstance(record, dict) else lacking
                yield line, record
    except source.damage() as error:
        yield line + 1, ValueError(source.failure(line + 1, error).reason)
    else:
        for name in sorted(lacking):
            _log.warning("%s: no record has the field %r", source.name, name)

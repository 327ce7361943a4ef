"""JSON lines: one record a line and nothing else; the form that holds everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from eventx.document import Document
from eventx.readers import Advance, Columns, Failure, Source, read_annotated


def write(documents: Iterable[Document], path: Path) -> None:
    """Write the records; see `Document.to_json`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        for document in documents:
            stream.write(f"{document.to_json()}\n")


def read(source: Source, columns: Columns, advance: Advance | None = None) -> Iterator[Document | Failure]:
    """Yield the records."""
    return read_annotated(source, columns, advance)

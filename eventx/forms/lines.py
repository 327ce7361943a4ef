"""JSON lines: one record a line and nothing else; the form that holds everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from eventx.document import Document
from eventx.readers import Failure, find, read_annotated


def write(documents: Iterable[Document], path: Path) -> None:
    """Write the records; see `Document.to_json`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        for document in documents:
            stream.write(f"{document.to_json()}\n")


def read(path: Path) -> Iterator[Document | Failure]:
    """Yield the records."""
    for source in find([str(path)]):
        yield from read_annotated(source)

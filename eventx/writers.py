"""Documents out: JSON lines with the whole record, or a table with one row a meeting.

A writer puts documents on a text stream, which it does not close; the stream must be opened with
``newline=""`` and an encoding that has every character, such as UTF-8.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TextIO

from eventx.document import Actor, Document, Meeting, Place, without_surrogates


class Writer:
    """Writes documents between entering and leaving its context; each form of output is a subclass."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what stands behind the last document, if the form has such a thing."""

    def write(self, document: Document) -> None:
        """Write a document behind those before."""
        raise NotImplementedError


class JsonLines(Writer):
    """One record a line; see `Document.to_json`."""

    def write(self, document: Document) -> None:
        """Write the record."""
        self.stream.write(f"{document.to_json()}\n")


class Csv(Writer):
    """One row a meeting, so that a document without meetings leaves no trace; names are joined by "; ".

    A lone surrogate is written as U+FFFD.
    """

    COLUMNS = (
        *("document", "published", "meeting", "participants", "chairs", "hosts", "places"),
        *("date", "start", "end", "status", "format", "score"),
    )

    def __enter__(self) -> Csv:
        """Write the header."""
        self._rows = csv.writer(self.stream, lineterminator="\n")
        self._rows.writerow(self.COLUMNS)
        return self

    def write(self, document: Document) -> None:
        """Write the rows of the document's meetings."""
        for meeting in document.meetings or ():
            cells = (document.id, document.date, *_cells(meeting))
            self._rows.writerow("" if cell is None else without_surrogates(str(cell)) for cell in cells)


FORMS: dict[str, type[Writer]] = {".jsonl": JsonLines, ".csv": Csv}
"""The forms of output by a file's ending."""


def _cells(meeting: Meeting) -> Iterator[object]:
    yield meeting.id
    for named in (meeting.participants, meeting.chairs, meeting.hosts, meeting.places):
        yield _names(named)
    yield from (meeting.date, meeting.start, meeting.end, meeting.status, meeting.format, meeting.score)


def _names(named: Iterable[Actor | Place]) -> str:
    return "; ".join(one.name for one in named)

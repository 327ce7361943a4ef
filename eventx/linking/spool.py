"""Spool: pages on disk, which come back in order of publication."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import msgspec
import numpy as np

from eventx.document import Document
from eventx.linking.reports import Page, page
from eventx.linking.stories import Signature, signature
from eventx.linking.words import Frequencies

UNDATED = 1000
"""Pages without any day that count as those of one day: they come first, and the stream goes on meanwhile."""


class Spool:
    """Pages of documents, in a database that is gone when the block ends.

    Raises:
        OSError: in the block, if there is no room in the system's temporary folder.
    """

    def __enter__(self) -> Spool:
        self.count = 0
        """Pages that are kept."""
        self._folder = TemporaryDirectory(prefix="eventx-")
        self._base = sqlite3.connect(f"{self._folder.name}/pages", isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("BEGIN")
        # The key keeps the pages in order: sorting would need as much room once more.
        self._base.execute(
            "CREATE TABLE pages (day INTEGER, id TEXT, digest BLOB, number INTEGER, signature BLOB, "
            "page BLOB, PRIMARY KEY (day, id, digest, number)) WITHOUT ROWID"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._folder.cleanup()
        if isinstance(error, sqlite3.Error):
            raise OSError(
                f"{Path(self._folder.name).parent}: {error}; TMPDIR says where else to go"
            ) from error

    def add(self, document: Document, frequencies: Frequencies) -> None:
        """Keep a document that has meetings, and count its words."""
        if not document.meetings:
            return
        self.count += 1
        kept = page(document)
        frequencies.add(kept.words)
        data = msgspec.msgpack.encode(kept)
        day = _day(kept)
        if day is None:
            day = self.count // UNDATED - sys.maxsize
        values = signature(document.text).tobytes()
        row = (day, kept.document, blake2b(data, digest_size=8).digest(), self.count, values, data)
        self._base.execute("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)", row)

    def days(self) -> Iterator[tuple[int, Iterator[tuple[int, Signature, Page]]]]:
        """Yield each day, as an ordinal, with its pages: number, signature and page."""
        order = "SELECT day, number, signature, page FROM pages ORDER BY day, id, digest, number"
        decoder = msgspec.msgpack.Decoder(Page)
        for day, rows in groupby(self._base.execute(order), key=lambda row: int(row[0])):
            yield (
                day,
                (
                    (number, np.frombuffer(values, np.uint32), decoder.decode(data))
                    for _, number, values, data in rows
                ),
            )


def _day(kept: Page) -> int | None:
    """Return when a page was published; if it is not known, the last day on which a meeting of it began."""
    meetings = [report.meeting for report in kept.reports if report.meeting.start]
    held = [meeting for meeting in meetings if meeting.status == "occurred"]
    told = kept.published or max((one.start for one in held or meetings if one.start), default=None)
    return date.fromisoformat(told).toordinal() if told else None

"""Spool: pages on disk, which come back in order of publication."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from tempfile import TemporaryDirectory
from types import TracebackType

import msgspec
import numpy as np

from eventx.document import Document
from eventx.linking.reports import Page, page
from eventx.linking.stories import Signature, signature
from eventx.linking.words import Frequencies


class Spool:
    """Pages of documents, in a database that is gone when the block ends."""

    def __enter__(self) -> Spool:
        self._folder = TemporaryDirectory(prefix="eventx-")
        self._base = sqlite3.connect(f"{self._folder.name}/pages", isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("BEGIN")
        self._base.execute("CREATE TABLE pages (day INTEGER, id TEXT, signature BLOB, page BLOB)")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._folder.cleanup()

    def add(self, document: Document, frequencies: Frequencies) -> None:
        """Keep a document that has meetings, and count its words."""
        if not document.meetings:
            return
        kept = page(document)
        frequencies.add(kept.words)
        row = (_day(kept), kept.document, signature(document.text).tobytes(), msgspec.msgpack.encode(kept))
        self._base.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", row)

    def days(self) -> Iterator[tuple[int, Iterator[tuple[int, Signature, Page]]]]:
        """Yield each day, as an ordinal, with its pages: number, signature and page."""
        order = "SELECT day, rowid, signature, page FROM pages ORDER BY day, id, rowid"
        decoder = msgspec.msgpack.Decoder(Page)
        for day, rows in groupby(self._base.execute(order), key=lambda row: int(row[0])):
            yield (
                day,
                (
                    (number, np.frombuffer(values, np.uint32), decoder.decode(data))
                    for _, number, values, data in rows
                ),
            )


def _day(kept: Page) -> int:
    """Return when a page was published; where it is not known, the first day of its meetings, or 0."""
    starts = (report.meeting.start for report in kept.reports)
    told = kept.published or min((start for start in starts if start), default=None)
    return date.fromisoformat(told).toordinal() if told else 0

"""Spool: reports on disk, which come back in order of publication."""

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
from eventx.linking.pairs import Frequencies
from eventx.linking.reports import Report, reports
from eventx.linking.stories import Signature, signature


class Spool:
    """Reports of documents, in a database that is gone when the block ends."""

    def __enter__(self) -> Spool:
        self._count = 0
        self._folder = TemporaryDirectory(prefix="eventx-")
        self._base = sqlite3.connect(f"{self._folder.name}/reports", isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("BEGIN")
        self._base.execute("CREATE TABLE documents (day INTEGER, id TEXT, signature BLOB, reports BLOB)")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()
        self._folder.cleanup()

    def add(self, document: Document, frequencies: Frequencies) -> None:
        """Keep what a document says of its meetings, and count its words."""
        found = list(reports(document))
        if not found:
            return
        self._count += 1
        for report in found:
            report.serial = self._count
            frequencies.add(report)
        values = signature(document.text).tobytes()
        row = (_day(found), found[0].document, values, msgspec.msgpack.encode(found))
        self._base.execute("INSERT INTO documents VALUES (?, ?, ?, ?)", row)

    def days(self) -> Iterator[tuple[int, Iterator[tuple[Signature, list[Report]]]]]:
        """Yield each day, as an ordinal, with the signature and reports of the documents of that day."""
        order = "SELECT day, signature, reports FROM documents ORDER BY day, id, rowid"
        rows = self._base.execute(order)
        decoder = msgspec.msgpack.Decoder(list[Report])
        for day, group in groupby(rows, key=lambda row: int(row[0])):
            yield day, ((np.frombuffer(values, np.uint32), decoder.decode(data)) for _, values, data in group)


def _day(found: list[Report]) -> int:
    """Return when a document was published; where it is not known, the first day of its meetings, or 0."""
    told = found[0].published or min((one.meeting.start for one in found if one.meeting.start), default=None)
    return date.fromisoformat(told).toordinal() if told else 0

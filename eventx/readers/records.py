"""What readers deal in: the records of a file, documents made of them, and failures."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, TypedDict

import msgspec

Record = dict[str, Any]
Entry = tuple[int, Record | Exception]
"""The line on which a record begins, and the record or why there is none."""

REFUSAL = (ValueError, RecursionError)
"""What a record can be refused with; the second where brackets are nested too deep to be shown."""


class Failure(msgspec.Struct, frozen=True):
    """A document that could not be read; as a string it is ``FILE:LINE: reason``."""

    file: str
    line: int
    """Counted from 1; in parquet the number of the row."""
    reason: str

    @classmethod
    def of(cls, file: str, line: int, error: Exception) -> Failure:
        """Return the failure, its reason on one line of reasonable length."""
        reason = " ".join(str(error).split())
        return cls(file, line, reason if len(reason) <= 300 else f"{reason[:299]}…")

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

    def renamed(self, record: Record) -> Record:
        """Return a record whose text, date and id have their usual names.

        Raises:
            ValueError: it has no text.
        """
        if self.text not in record:
            raise ValueError(f"no field {self.text!r}; the fields are {', '.join(map(repr, record))}")
        found = {usual: record[name] for usual, name in zip(Columns(), self, strict=True) if name in record}
        return {**record, **found}

    def asked(self) -> set[str]:
        """Return the names that are not the usual ones."""
        return {name for name in self if name not in Columns()}

    def missing(self, there: list[str]) -> str | None:
        """Return what to say if a table lacks the text or a column asked for by name, or has one twice."""
        if twice := sorted(name for name in self if there.count(name) > 1):
            return f"more than one column {', '.join(map(repr, twice))}"
        lacking = sorted(({self.text} | self.asked()).difference(there))
        if not lacking:
            return None
        columns = f"the columns are {', '.join(map(repr, there))}" if there else "the file is empty"
        return f"no column {', '.join(map(repr, lacking))}; {columns}"


_FLAW = re.compile("[\0\udc80-\udcff]")


def flaw(text: str) -> tuple[int, ValueError] | None:
    """Return position and kind of the first byte that no text has, or None.

    Args:
        text: bytes decoded with the error handler ``surrogateescape``.
    """
    found = _FLAW.search(text)
    if found is None:
        return None
    byte = ord(found[0]) & 0xFF
    return found.start(), ValueError(f"not UTF-8: byte 0x{byte:02x}" if byte else "binary data: a NUL byte")

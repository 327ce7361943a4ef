"""A folder of parts: files that are one table together, and what tells how each came to be.

The files are ``part-00000.parquet`` and so on, as Spark and Dask name them. ``_manifest`` has a line of JSON
for each, ``_errors`` one for each document that failed, and ``_SUCCESS`` is there when all is done; readers
of such folders pass over names that begin with ``_``.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from eventx.document import Document, Version
from eventx.extraction import MismatchError
from eventx.files import lock, sync
from eventx.forms import MANIFEST, SUCCESS, Output, complete
from eventx.readers import Failure, Item

ERRORS = "_errors"


class Poisoned(Failure, frozen=True):
    """A document on which the process that reads it dies or fails, every time."""

    id: str


class Part(msgspec.Struct):
    """A line of the manifest: a shard that is done."""

    shard: int
    """Counted from 0."""
    file: str
    size: int
    """Bytes."""
    sha256: str
    documents: int
    """Documents of the shard, with those set aside."""
    first: str | None
    """Id of its first document."""
    last: str | None
    digest: str
    """SHA-256 of ids, dates and texts of its documents."""
    events: int
    meetings: int
    failures: list[Poisoned]
    """Documents set aside."""


class Shard:
    """Documents that become one part: what was read of them, and their results as they come in."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.documents = 0
        self.first: str | None = None
        self.last: str | None = None
        self.whole = False
        """Whether all of it was read."""
        self.settled = 0
        """Documents that have results or were set aside."""
        self.results: dict[int, list[Document]] = {}
        """Results of batches, by the position of their first document."""
        self.failures: dict[int, Poisoned] = {}
        self._digest = hashlib.sha256()

    def add(self, items: Sequence[Item]) -> None:
        """Count documents that were read."""
        self.first = items[0]["id"] if self.first is None else self.first
        self.last = items[-1]["id"]
        self.documents += len(items)
        for item in items:
            self._digest.update(json.dumps([item["id"], item["date"], item["text"]]).encode() + b"\n")

    @property
    def digest(self) -> str:
        """SHA-256 of its documents."""
        return self._digest.hexdigest()


class Folder:
    """A folder of parts and its manifest; no other run can open it meanwhile, where files can be locked.

    Args:
        out: where it is, and the parts' form.
        settings: what the parts depend on, besides the documents.
        resume: whether it may hold parts already.

    Raises:
        FileExistsError: there are parts, which may not be; or files of others; or another run is at work.
        MismatchError: the parts were made with other settings.
        OSError: the folder cannot be made or read.
    """

    def __init__(self, out: Output, settings: dict[str, Any], resume: bool) -> None:
        self.out = out
        self.parts: dict[int, Part] = {}
        """The parts that have a line, by number; one that is missing is made again."""
        self._manifest = out.path / MANIFEST
        self._header = f"{json.dumps(settings)}\n".encode()
        if self._manifest.exists():
            if not resume:
                raise FileExistsError(
                    f"{out.path} holds results: add --resume to go on, or remove it to start anew"
                )
        elif out.path.exists() and (other := next(_visible(out.path), None)):
            raise FileExistsError(f"{out.path} holds other files ({other.name}): choose another output")
        out.path.mkdir(exist_ok=True)
        self._stream = self._manifest.open("a+b")
        try:
            lock(self._stream, out.path)
            self._load()
        except BaseException:
            self.close()
            raise
        self._clear()

    def close(self) -> None:
        """Let others open it."""
        self._stream.close()

    def _load(self) -> None:
        """Read the manifest; what a kill has cut off at its end is dropped."""
        self._stream.seek(0)
        content = self._stream.read()
        if self._header.startswith(content):  # new, or broken off at once
            self._cut(0)
            self._append(self._header)
            return
        whole = content[: content.rfind(b"\n") + 1]
        try:
            old, *parts = (json.loads(line) for line in whole.splitlines())
            settings = msgspec.convert(old, dict[str, Any])
            self.parts = {part.shard: part for part in msgspec.convert(parts, list[Part])}
        except ValueError:
            raise MismatchError(
                f"{self._manifest} is damaged, or another program's: choose another output, or remove "
                f"{self.out.path} to start anew"
            ) from None
        for name, value in json.loads(self._header).items():
            if settings.get(name) != value:
                raise self._mismatch(f"with {name} {settings.get(name)!r}, not {value!r}")
        self._cut(len(whole))

    def _cut(self, size: int) -> None:
        if self._stream.seek(0, os.SEEK_END) > size:  # what is finished stays as old as it is
            self._stream.truncate(size)

    def _mismatch(self, how: str) -> MismatchError:
        return MismatchError(
            f"{self._manifest} was begun {how}: go on as it was begun, choose another output, or remove "
            f"{self.out.path} to start anew"
        )

    def _clear(self) -> None:
        """Remove what a run that was broken off has left half done."""
        for draft in self.out.path.glob(".*.tmp"):
            if draft.name.startswith((".part-", "._")):
                shutil.rmtree(draft, ignore_errors=True)
        known = {part.file for part in self.parts.values()}
        name = re.compile(rf"part-\d{{5,}}{re.escape(self.out.ending)}")
        for file in self.out.path.iterdir():
            if name.fullmatch(file.name) and file.name not in known:
                file.unlink()

    def part(self, number: int) -> Part | None:
        """Return the part of a shard, or None if it is still to be made: new, or removed.

        Raises:
            MismatchError: somebody has changed it.
        """
        part = self.parts.get(number)
        if part is None or not (file := self.out.path / part.file).exists():
            return None
        if file.stat().st_size != part.size or _sha256(file) != part.sha256:
            raise MismatchError(f"{file} is not as it was written: remove it to have it made again")
        return part

    def check(self, shard: Shard) -> None:
        """Compare a shard with that of the earlier run.

        Raises:
            MismatchError: it was made of other documents.
        """
        known = self.parts.get(shard.number)
        if known is not None and known.digest != shard.digest:
            raise self._mismatch(f"with other input (shard {known.shard}, {known.first!r} to {known.last!r})")

    def check_end(self, number: int) -> None:
        """Compare the number of shards with that of the earlier run.

        Raises:
            MismatchError: that had more.
        """
        if self.parts and max(self.parts) >= number:
            raise self._mismatch("with more input")

    def write(self, shard: Shard, version: Version) -> None:
        """Write the part of a shard and, before it appears, its line.

        A line without its part counts for nothing; a new part beside an old line would pass for changed.
        """
        documents = [one for start in sorted(shard.results) for one in shard.results[start]]
        file = self.out.path / f"part-{shard.number:05}{self.out.ending}"
        (self.out.path / SUCCESS).unlink(missing_ok=True)  # a part was removed after it
        with complete(file) as draft:
            self.out.write(documents, draft, version)
            part = Part(
                shard=shard.number,
                file=file.name,
                size=draft.stat().st_size,
                sha256=_sha256(draft),
                documents=shard.documents,
                first=shard.first,
                last=shard.last,
                digest=shard.digest,
                events=sum(len(document.events) for document in documents),
                meetings=sum(len(document.meetings or ()) for document in documents),
                failures=[shard.failures[position] for position in sorted(shard.failures)],
            )
            self._append(_line(part))
            self.parts[part.shard] = part

    def _append(self, line: bytes) -> None:
        self._stream.write(line)
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def finish(self, unread: Iterable[Failure]) -> None:
        """Put the manifest in order, list what failed, and say that all is done.

        Args:
            unread: the documents that could not be read.
        """
        parts = [self.parts[number] for number in sorted(self.parts)]
        failures = [*unread, *(failure for part in parts for failure in part.failures)]
        errors = b"".join(_line({"id": None} | msgspec.to_builtins(failure)) for failure in failures)
        _place(self.out.path / ERRORS, errors)
        if os.name == "nt":  # replaces no file that is open, and has locked none
            self.close()
        _place(self._manifest, self._header + b"".join(map(_line, parts)))
        # The lock went with the old manifest: no draft may lie here that another run would clear away.
        if not (self.out.path / SUCCESS).exists():
            (self.out.path / SUCCESS).touch()
            sync(self.out.path)
        self.close()


def _visible(folder: Path) -> Iterator[Path]:
    return (file for file in folder.iterdir() if not file.name.startswith("."))


def _line(record: Any) -> bytes:
    return f"{json.dumps(msgspec.to_builtins(record))}\n".encode()


def _place(path: Path, content: bytes) -> None:
    """Let a file have a content, or none be there if that is empty; one that has it already is left alone."""
    if not content:
        path.unlink(missing_ok=True)
    elif not path.exists() or path.read_bytes() != content:
        with complete(path) as draft:
            draft.write_bytes(content)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()

"""Input files: which there are, and how each is opened."""

from __future__ import annotations

import gzip
import io
import logging
import os
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from glob import glob
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from eventx.extras import extra
from eventx.readers import pages, parquet, texts
from eventx.readers.records import Columns, Entry

_log = logging.getLogger(__name__)

FORMS: dict[str, Callable[[BinaryIO, Columns], Iterator[Entry]]] = {
    ".txt": texts.text,
    ".jsonl": texts.json_lines,
    ".csv": texts.table,
    ".parquet": parquet.rows,
    ".html": pages.page,
    ".htm": pages.page,
}
"""The forms of input by a file's ending."""

SINGLE = {".txt", ".html", ".htm"}
"""The forms of files that are one document each."""

PACKINGS: dict[str, Callable[[BinaryIO], AbstractContextManager[BinaryIO]]] = {
    ".gz": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream)),
    ".zst": lambda stream: _zstd().ZstdFile(stream),
}
"""What unpacks a packed file, by the ending behind the form's."""

LIBRARIES = {
    ".parquet": "pyarrow.parquet",
    ".html": "trafilatura",
    ".htm": "trafilatura",
    ".zst": "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd",
}
"""Modules of the extra ``formats`` that files with an ending need."""

Advance = Callable[[int], object]
"""Is told how many bytes of a file on disk have been read since it was told last."""


class Source(NamedTuple):
    """An input file."""

    name: str
    """The file as it was given, for messages."""
    stem: str
    """The file's name without folder and endings."""
    form: str
    """A key of `FORMS`."""
    path: Path | None
    """None: standard input."""
    packing: str
    """A key of `PACKINGS`, or another ending of a file that is not packed."""

    @contextmanager
    def open(self, advance: Advance | None = None) -> Iterator[BinaryIO]:
        """Open the file for reading, unpacked."""
        if self.path is None:
            with open(0, "rb", closefd=False) as stream:
                yield stream
            return
        with io.BufferedReader(_Counted(self.path, advance or (lambda count: None))) as file:
            if self.packing in PACKINGS:
                with PACKINGS[self.packing](file) as stream:
                    yield stream
            else:
                yield file

    def damage(self) -> tuple[type[Exception], ...]:
        """Return what is raised where the file cannot be read or unpacked."""
        usual = (OSError, EOFError, zlib.error)
        return (*usual, _zstd().ZstdError) if self.packing == ".zst" else usual


class _Counted(io.FileIO):
    """A file that tells how much of it was read, each byte once; what is left is told when it is closed."""

    def __init__(self, path: Path, advance: Advance) -> None:
        super().__init__(path)
        self._left = os.fstat(self.fileno()).st_size
        self._advance = advance

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self._tell(count or 0)
        return count

    def readall(self) -> bytes:
        content = super().readall()
        self._tell(len(content))
        return content

    def close(self) -> None:
        if not self.closed:
            self._tell(self._left)
        super().close()

    def _tell(self, count: int) -> None:
        count = min(count, self._left)  # parts of a parquet file are read twice, others never
        if count:
            self._left -= count
            self._advance(count)


def _zstd() -> Any:
    return import_module(LIBRARIES[".zst"])


def size(sources: Sequence[Source]) -> int | None:
    """Return the bytes that the files have on disk, or None if standard input is one of them."""
    paths = [source.path for source in sources]
    if None in paths:
        return None
    return sum(path.stat().st_size for path in paths if path and path.exists())


def find(inputs: Iterable[str]) -> list[Source]:
    """Return the files that are meant by file names, folders, patterns and ``-`` (JSON lines on stdin).

    A folder stands for all files in it and below that have a known ending, in the order of their
    names, without those whose name begins with a dot; what it passes over is logged.

    Raises:
        FileNotFoundError: there is no such file, or a pattern matches none.
        ValueError: a file's ending is not known, or a folder has no file to read.
        MissingExtraError: a library that one of the files needs is not installed.
    """
    sources = [source for given in inputs for source in _sources(given)]
    with extra("formats"):
        for ending in {ending for source in sources for ending in (source.form, source.packing)}:
            if ending in LIBRARIES:
                import_module(LIBRARIES[ending])
    return sources


def _sources(given: str) -> Iterator[Source]:
    if given == "-":
        yield Source("<stdin>", "-", ".jsonl", None, "")
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
    return Source(str(path), inner.stem, form, path, packing) if form in FORMS else None


def _endings() -> str:
    return f"{', '.join(FORMS)} (or one of these with {' or '.join(PACKINGS)} behind it)"

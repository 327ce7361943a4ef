"""Input files: which there are, and how each is opened."""

from __future__ import annotations

import gzip
import io
import logging
import os
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from glob import glob
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from eventx.extras import extra
from eventx.readers import pages, parquet, texts
from eventx.readers.records import Columns, Entry, Failure

_log = logging.getLogger(__name__)

FORMS: dict[str, Callable[[BinaryIO, Columns], Iterator[Entry]]] = {
    ".txt": texts.text,
    ".jsonl": texts.json_lines,
    ".csv": texts.table,
    ".parquet": parquet.rows,
    **dict.fromkeys(pages.ENDINGS, pages.page),
}
"""The forms of input by a file's ending."""

SINGLE = {".txt", *pages.ENDINGS}
"""The forms of files that are one document each."""

PACKINGS: dict[str, Callable[[BinaryIO], AbstractContextManager[BinaryIO]]] = {
    ".gz": lambda stream: cast(BinaryIO, gzip.GzipFile(fileobj=stream)),
    ".zst": lambda stream: _zstd().ZstdFile(stream),
}
"""What unpacks a packed file, by the ending behind the form's."""

LIBRARIES = {
    ".parquet": "pyarrow.parquet",
    **dict.fromkeys(pages.ENDINGS, "trafilatura"),
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

    def failure(self, line: int, error: Exception) -> Failure:
        """Return the failure of a file that is damaged from a line on."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        return Failure.of(self.name, line, ValueError(f"cannot be read: {reason}"))


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
    return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def size(sources: Sequence[Source]) -> int | None:
    """Return the bytes that the files have on disk, or None if standard input is one of them."""
    paths = [source.path for source in sources]
    if None in paths:
        return None
    return sum(path.stat().st_size for path in paths if path and path.exists())


def find(
    inputs: Iterable[str], endings: Collection[str] = FORMS, companions: Collection[str] = ()
) -> list[Source]:
    """Return the files that are meant by file names, folders, patterns and ``-`` (JSON lines on stdin).

    A folder stands for all files in it and below that have a known ending, in the order of their
    names, without those whose name begins with a dot; what it passes over is logged.

    Args:
        inputs: what is asked for.
        endings: the known ones, without those of packed files.
        companions: endings of files in a folder that are passed over without a word.

    Raises:
        FileNotFoundError: there is no such file, or a pattern matches none.
        ValueError: a file's ending is not known, or a folder has no file to read.
        MissingExtraError: a library that one of the files needs is not installed.
    """
    sources = [source for given in inputs for source in _sources(given, endings, companions)]
    with extra("formats"):
        for form in {source.form for source in sources}.intersection(LIBRARIES):
            import_module(LIBRARIES[form])
    return sources


def _sources(given: str, endings: Collection[str], companions: Collection[str]) -> Iterator[Source]:
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
            yield from _within(path, endings, companions)
        elif source := _source(path, endings):
            yield source
        else:
            raise ValueError(f"{path}: the ending is none of {_listed(endings)}")


def _within(folder: Path, endings: Collection[str], companions: Collection[str]) -> Iterator[Source]:
    paths = sorted(_files(folder))
    sources = [source for path in paths if (source := _source(path, endings))]
    if not sources:
        raise ValueError(f"{folder}: no file in this folder ends in {_listed(endings)}")
    found = {source.path for source in sources}
    unknown = Counter(path.suffix for path in paths if path not in found and path.suffix not in companions)
    if unknown:
        kinds = ", ".join(sorted(ending or "no ending" for ending in unknown))
        _log.warning("%s: files passed over: %d (%s)", folder, unknown.total(), kinds)
    yield from sources


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and those in it that are not hidden; links that lead nowhere, too.

    Raises:
        OSError: one of the folders cannot be read.
    """

    def fail(error: OSError) -> None:
        raise error

    for root, folders, names in os.walk(folder, onerror=fail):
        folders[:] = (name for name in folders if not name.startswith("."))
        for path in (Path(root, name) for name in names if not name.startswith(".")):
            if path.is_file() or not path.exists():
                yield path


def _source(path: Path, endings: Collection[str]) -> Source | None:
    """Return the source, or None if the file's ending is not known."""
    packing = path.suffix.lower()
    inner = Path(path.stem) if packing in PACKINGS else Path(path.name)
    form = inner.suffix.lower()
    return Source(str(path), inner.stem, form, path, packing) if form in endings else None


def _listed(endings: Collection[str]) -> str:
    return f"{', '.join(endings)} (or one of these with {' or '.join(PACKINGS)} behind it)"

"""Files and folders that one run at a time may write, and that outlive a power cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any


def lock(stream: IO[Any] | int, path: Path) -> None:
    """Keep other runs out until the file is closed, by whatever.

    Args:
        stream: the open file, or its descriptor.
        path: what the message calls it.

    Raises:
        FileExistsError: another run has it.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FileExistsError(f"{path}: another run is writing there") from None
    except OSError:  # a file system without locks
        return


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder in the block.

    Raises:
        FileExistsError: another run has it.
    """
    with _opened(folder) as descriptor:
        if descriptor is not None:
            lock(descriptor, folder)
        yield


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk."""
    if path.is_dir():
        with suppress(OSError), _opened(path) as descriptor:  # not every file system can
            if descriptor is not None:
                os.fsync(descriptor)
    else:
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())


@contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """Open a folder; Windows cannot."""
    descriptor = os.open(folder, os.O_RDONLY) if hasattr(os, "O_DIRECTORY") else None
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)

"""Files that one run at a time may write."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any


def lock(stream: IO[Any], path: Path) -> None:
    """Keep other runs out until the file is closed, by whatever.

    Args:
        stream: the open file.
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

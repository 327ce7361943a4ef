"""Workers: each peer in a process of its own, so that nobody's threads, settings or memory are another's."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from types import TracebackType
from typing import Any

from eventx.benchmark.peers import Peer, Reader
from eventx.benchmark.texts import Record

WARM = 32
"""Texts that are read before anything is timed."""

LONG = 20.0
"""Seconds that several processes read at least, since their start is part of the time."""


class Worker:
    """A peer that is ready to read the same texts again and again.

    Args:
        peer: who reads.
        records: the texts; a peer with several processes reads them as often as it takes to fill `LONG`.

    Raises:
        MissingExtraError: a library of the peer is not installed.
        FileNotFoundError: its weights are not there.
    """

    def __init__(self, peer: Peer, records: Sequence[Record]) -> None:
        context = multiprocessing.get_context("spawn")
        ignored = signal.SIGINT, signal.SIG_IGN
        self._pool = ProcessPoolExecutor(1, context, initializer=signal.signal, initargs=ignored)
        try:
            self.threads, self.passes = self._pool.submit(_interruptible, _open, peer, records, LONG).result()
        except BaseException:
            self._pool.shutdown()
            raise

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def read(self) -> None:
        """Read all texts, ``passes`` times."""
        self._pool.submit(_interruptible, _read).result()


_reader: Reader
_records: Sequence[Record]


def _interruptible(task: Callable[..., Any], *arguments: Any) -> Any:
    """Let Ctrl-C end a task, but not a process that waits for one: that would complain."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return task(*arguments)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _open(peer: Peer, records: Sequence[Record], long: float) -> tuple[int, int]:
    """Open the peer in this process, warm it up and return the number of its threads and of its passes."""
    global _reader, _records
    multiprocessing.set_start_method(None, force=True)  # peers start processes as in a script of their users
    _reader, _records = peer.open(), records
    if peer.processes == 1:
        _reader.read(records[:WARM])
        return _reader.threads, 1
    passes = 1
    while _seconds() < long:
        passes *= 2
        _records = [*records] * passes
    return _reader.threads, passes


def _seconds() -> float:
    start = time.perf_counter()
    _read()
    return time.perf_counter() - start


def _read() -> None:
    _reader.read(_records)

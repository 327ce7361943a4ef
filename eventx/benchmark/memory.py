"""Memory: what `pipe` holds while it reads streams of ten documents and of very many, and how fast it is."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from itertools import cycle, islice

import eventx
from eventx.benchmark.results import Memory, Stream
from eventx.benchmark.rounds import Tell
from eventx.benchmark.texts import Record, count
from eventx.extras import extra

LOOK = 0.05
"""Seconds between two looks at the process."""

EVERY = 0.5
"""Seconds of which the most is kept."""

LEAST = 1000
"""Documents that are read of each length of stream; short streams are read as often as it takes."""


def measure(records: Sequence[Record], documents: int, tell: Tell = lambda _: None) -> Memory:
    """Return the memory of a process of its own, over time, and the speed of each length of stream.

    Args:
        records: are read over and over.
        documents: of the longest stream.
        tell: is told the memory.

    Raises:
        MissingExtraError: psutil is not installed.
    """
    with extra("benchmark"):
        import psutil
    memory = Memory([], [], [])
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        process = psutil.Process(pool.submit(os.getpid).result())
        start = time.perf_counter()
        work = pool.submit(_read, records, sizes(documents))
        while True:
            second = (time.perf_counter() - start) // EVERY * EVERY
            megabytes = round(process.memory_info().rss / 1e6, 1)
            if memory.seconds[-1:] == [second]:
                memory.megabytes[-1] = max(memory.megabytes[-1], megabytes)
            else:
                memory.seconds.append(second)
                memory.megabytes.append(megabytes)
                tell(f"{megabytes:.0f} MB")
            if wait([work], LOOK).done:
                break
        memory.streams = work.result()
    return memory


def sizes(documents: int) -> list[int]:
    """Return the lengths of streams: 10, 100 and so on, and the longest."""
    tens = [10**power for power in range(1, len(str(documents)))]
    return [*(size for size in tens if size < documents), documents]


def _read(records: Sequence[Record], lengths: Sequence[int]) -> list[Stream]:
    nlp = eventx.load()
    least = min(LEAST, lengths[-1])
    _pass(nlp, islice(cycle(records), least))
    found = []
    for documents in lengths:
        streams = max(1, least // documents)
        more = cycle(records)  # short streams together have the texts that a long one begins with
        start = time.perf_counter()
        words = sum(_pass(nlp, islice(more, documents)) for _ in range(streams))
        found.append(Stream(documents, streams, words, time.perf_counter() - start))
    return found


def _pass(nlp: eventx.Pipeline, stream: Iterable[Record]) -> int:
    """Read a stream and return its words."""
    return sum(count(document.text) for document in nlp.pipe(stream))

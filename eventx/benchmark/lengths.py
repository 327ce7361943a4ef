"""Lengths: whether a long document takes more time per word than short ones with the same text."""

from __future__ import annotations

from collections.abc import Sequence

import eventx
from eventx.benchmark.results import Length
from eventx.benchmark.rounds import Tell, interleave, timed
from eventx.benchmark.texts import Record, count, joined

LENGTHS = (50, 200, 1_000, 5_000, 20_000, 100_000)
"""Words of a document, at least."""


def measure(records: Sequence[Record], rounds: int, tell: Tell = lambda _: None) -> list[Length]:
    """Return the seconds of documents of each length, which have as many words in all as the longest."""
    nlp = eventx.load()
    documents = {length: joined(records, length, max(LENGTHS)) for length in LENGTHS}
    tasks = {
        f"{length:,} words": timed(lambda some=some: list(nlp.pipe(some)))  # type: ignore[misc]
        for length, some in documents.items()
    }
    for some in documents.values():
        list(nlp.pipe(some[:1]))
    seconds = interleave(tasks, rounds, tell).values()
    return [
        Length(length, len(some), sum(count(one["text"]) for one in some), times)
        for (length, some), times in zip(documents.items(), seconds, strict=True)
    ]

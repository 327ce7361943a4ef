"""What an archive takes: the speed of each step in one process, and from these processors, hours and money.

    pip install ".[formats,link]"
    python benchmarks/archive.py [--text FILE] [--documents N] [--price P]

FILE has texts as JSON lines (by default the articles in benchmarks/data); they are repeated, under other ids
and on other days, to N documents for all steps but annotation, which takes each once. Printed is how many
documents a second one process reads, annotates, writes and links; for how many processes that annotate one
parent can read and write, since beyond it is the bottleneck; and what 100 million and 10 billion documents
take: hours of a processor and money, at a price for an hour of one; days of a thousand processors, and how
many parents these need. Linking is one process; what it takes is told apart. Texts that are repeated are one
story for it, and quicker to link than news: for its speed give as many texts as documents.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import eventx
from eventx import forms, readers
from eventx.document import Document
from eventx.linking import link, outputs

TEXT = Path(__file__).parent / "data" / "authored_docs.jsonl"
FIRST = date(2001, 1, 1)
A_DAY = 500
"""Documents published on a day when they are repeated."""
ARCHIVES = {"100 million": 10**8, "10 billion": 10**10}
MANY = 1000
"""Processors of the last column."""


def repeated(records: Sequence[dict[str, Any]], size: int) -> Iterator[dict[str, Any]]:
    """Yield so many documents, day by day."""
    for number in range(size):
        day = FIRST + timedelta(days=number // A_DAY)
        yield {**records[number % len(records)], "id": str(number), "date": day.isoformat()}


def rate(work: Callable[[], object], size: int) -> float:
    """Return documents a second."""
    start = time.perf_counter()
    work()
    return size / (time.perf_counter() - start)


def exhaust(items: Iterator[Any]) -> None:
    """Take all there is."""
    for _ in items:
        pass


def main() -> None:
    """Print the speeds and the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", type=Path, default=TEXT)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--price", type=float, default=0.04, help="of a processor for an hour")
    args = parser.parse_args()

    with args.text.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in islice(lines, args.documents)]
    records = [{name: record.get(name) for name in ("id", "date", "text")} for record in records]
    nlp = eventx.load(threads=1)
    found: list[Document] = []
    exhaust(nlp.pipe(records[:32]))
    annotate = rate(lambda: found.extend(nlp.pipe(records)), len(records))

    plain = [one.to_dict() for one in found]
    many = [Document.from_dict(one) for one in repeated(plain, args.documents)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with gzip.open(folder / "news.jsonl.gz", "wt", encoding="utf-8") as stream:
            stream.writelines(f"{json.dumps(one)}\n" for one in repeated(records, args.documents))
        sources = readers.find([str(folder / "news.jsonl.gz")])
        read = rate(lambda: exhaust(readers.read(sources)), args.documents)
        tables = rate(lambda: forms.write(many, folder / "meetings.parquet"), args.documents)
        whole = rate(lambda: forms.write(many, folder / "found.records.parquet"), args.documents)
        linked = rate(lambda: outputs.write(link(many), folder / "linked.parquet"), args.documents)
        sizes = {
            file.name: file.stat().st_size / args.documents for file in folder.iterdir() if file.is_file()
        }

    tracemalloc.start()
    exhaust(link(many))
    held = tracemalloc.get_traced_memory()[1] / max(1, sum(len(one.meetings or ()) for one in many))
    tracemalloc.stop()
    words = sum(len(record["text"].split()) for record in records) / len(records)
    meetings = sum(len(document.meetings or ()) for document in found) / len(found)
    print(
        f"{len(records)} texts of {words:.0f} words and {meetings:.2f} meetings each; one process, one thread"
    )
    print(f"{platform.machine()}, Python {platform.python_version()}\n")
    print("| step | documents/s |\n| --- | ---: |")
    for step, speed in (
        ("annotate", annotate),
        ("read, .jsonl.gz", read),
        ("write the table of meetings, .parquet", tables),
        ("write records, .records.parquet", whole),
        ("link, .parquet", linked),
    ):
        print(f"| {step} | {speed:,.0f} |")
    feeds = 1 / (1 / read + 1 / tables) / annotate
    print(f"\nOne parent reads and writes for {feeds:.0f} processes that annotate.")
    print(f"Linking holds {held / 1000:.1f} kB for each meeting that a document of these days tells of.")
    print("Bytes a document: " + ", ".join(f"{file} {size:,.0f}" for file, size in sorted(sizes.items())))
    columns = ("processor hours", "price", "days of 1000 processors", "parents", "days of linking")
    print(f"\n| documents | {' | '.join(columns)} |\n| --- |{' ---: |' * len(columns)}")
    for archive, size in ARCHIVES.items():
        hours = (size / annotate + size / read + size / tables) / 3600
        print(
            f"| {archive} | {hours:,.0f} | {hours * args.price:,.0f} | {hours / 24 / MANY:,.2f} | "
            f"{max(1, round(MANY / feeds))} | {size / linked / 3600 / 24:,.1f} |"
        )


if __name__ == "__main__":
    main()

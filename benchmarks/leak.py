"""Says whether memory grows with the documents read, and how much of it one long document takes.

    python benchmarks/leak.py [--count N] [--characters N…]

The resident memory of the process is printed after each twentieth of the documents; what counts is that it
does not go on rising. Then documents of many characters are read, each in a process of its own, and the peak
of each is printed; one of them has no full stop, as if it were a single sentence.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from pathlib import Path

import eventx

TEXT = Path(__file__).parent / "data" / "authored_docs.jsonl"


def resident() -> float:
    """Return the memory that the process has now, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def short(texts: list[str]) -> Iterator[str]:
    """Yield documents without end: the beginnings of texts, numbered, so that no two are the same."""
    for number, text in enumerate(cycle(texts)):
        yield f"No. {number}. {text.partition('. ')[0]}."


def long(texts: list[str], characters: int, stops: bool) -> str:
    """Return a row of a table: what a document of so many characters takes."""
    text = "\n\n".join(islice(cycle(texts), 1 + characters // min(map(len, texts))))[:characters]
    if not stops:
        text = re.sub(r"[.!?\s]+", " ", text)
    nlp = eventx.load()
    before, start = resident(), time.perf_counter()
    events = len(nlp(text).events)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    kind = "articles" if stops else "one sentence"
    each = 1e6 * seconds / len(text)
    return f"| {kind} | {len(text):,} | {events:,} | {before:.0f} | {peak:.0f} | {seconds:.0f} | {each:.1f} |"


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200_000, help="short documents")
    default = [500_000, 5_000_000]
    parser.add_argument("--characters", type=int, nargs="+", default=default, help="of the long documents")
    args = parser.parse_args()
    texts = [json.loads(line)["text"] for line in TEXT.read_text("utf-8").split("\n") if line]
    nlp = eventx.load()
    step = max(args.count // 20, 1)
    print("| documents | MB |\n| ---: | ---: |", flush=True)
    for number, _ in enumerate(nlp.pipe(islice(short(texts), args.count)), 1):
        if number % step == 0:
            print(f"| {number:,} | {resident():.0f} |", flush=True)
    print("\n| text | characters | mentions | MB before | MB at most | seconds | µs per character |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for stops in (True, False):
        for characters in args.characters:
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
                print(alone.submit(long, texts, characters, stops).result(), flush=True)


if __name__ == "__main__":
    main()

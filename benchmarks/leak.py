"""Says whether memory grows with the documents read, and how much of it one long document takes.

    python benchmarks/leak.py [--count N] [--characters N]

The resident memory of the process is printed after each twentieth of the documents; what counts is that it
does not go on rising. Then one document of many characters is read, and the peak is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import eventx

TEXT = Path(__file__).parent / "data" / "authored_docs.jsonl"
SENTENCES = 2
"""Of a text in each short document; with another number in it, so that no two are the same."""


def resident() -> float:
    """Return the memory that the process has now, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def short(texts: list[str]) -> Iterator[str]:
    """Yield documents without end."""
    for number, text in enumerate(cycle(texts)):
        yield f"No. {number}. {'. '.join(text.split('. ')[:SENTENCES])}."


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200_000, help="documents")
    parser.add_argument("--characters", type=int, default=5_000_000, help="of the long document")
    args = parser.parse_args()
    texts = [json.loads(line)["text"] for line in TEXT.read_text("utf-8").split("\n") if line]
    nlp = eventx.load()
    step = max(args.count // 20, 1)
    print("| documents | MB |\n| ---: | ---: |", flush=True)
    for number, _ in enumerate(nlp.pipe(islice(short(texts), args.count)), 1):
        if number % step == 0:
            print(f"| {number:,} | {resident():.0f} |", flush=True)
    text = "\n\n".join(islice(cycle(texts), args.characters // min(map(len, texts))))[: args.characters]
    before, start = resident(), time.perf_counter()
    events = len(nlp(text).events)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print("\n| characters | mentions | MB before | MB at most | seconds | µs per character |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    each = 1e6 * seconds / len(text)
    print(f"| {len(text):,} | {events:,} | {before:.0f} | {peak:.0f} | {seconds:.0f} | {each:.1f} |")


if __name__ == "__main__":
    main()

"""Says whether long documents take longer: time per word by the length of the documents.

    python benchmarks/length.py [--text FILE] [--rounds N]

The texts of the file are joined to documents of each length, as often as it takes for as many words in all.
Each length is read in turn; the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import eventx
from eventx.engines.onnx import processors

TEXT = Path(__file__).parent / "data" / "authored_docs.jsonl"
LENGTHS = (1_000, 10_000, 100_000)
"""Words in a document."""


def joined(texts: Sequence[str], length: int) -> Iterator[dict[str, str]]:
    """Yield documents of at least ``length`` words, ``LENGTHS[-1]`` words in all, with a date."""
    more = cycle(texts)
    for _ in range(LENGTHS[-1] // length):
        parts: list[str] = []
        words = 0
        while words < length:
            parts.append(next(more))
            words += len(parts[-1].split())
        yield {"date": "2024-05-15", "text": "\n\n".join(parts)}


def main() -> None:
    """Print a table: seconds per 1,000 words, beside those of the shortest documents."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", type=Path, default=TEXT, help="JSON lines with a text each")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    texts = [json.loads(line)["text"] for line in args.text.read_text("utf-8").split("\n") if line]
    nlp = eventx.load()
    documents = {length: list(joined(texts, length)) for length in LENGTHS}
    words = {
        length: sum(len(document["text"].split()) for document in found)
        for length, found in documents.items()
    }
    seconds: dict[int, list[float]] = {length: [] for length in LENGTHS}
    mentions: dict[int, int] = {}
    for _ in range(args.rounds):
        for length, found in documents.items():
            start = time.perf_counter()
            mentions[length] = max(len(document.events) for document in nlp.pipe(found))
            seconds[length].append(time.perf_counter() - start)

    each = {length: statistics.median(times) / words[length] * 1000 for length, times in seconds.items()}
    print(f"{processors()} processors ({platform.machine()}), Python {platform.python_version()}\n")
    print("| words in a document | documents | mentions in one, at most | seconds per 1,000 words | ratio |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for length, one in each.items():
        ratio = one / each[LENGTHS[0]]
        print(f"| {length:,} | {len(documents[length])} | {mentions[length]:,} | {one:.3f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()

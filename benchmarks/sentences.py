"""Compares sentence splitters on annotated news: speed, and how often they cut a meeting apart.

Annotators marked only arguments in the trigger's own sentence, so an argument that lies outside the
sentence of its trigger is a cut too many. Cuts too few show in the number of sentences.

    pip install syntok pysbd
    python benchmarks/sentences.py FILE…
"""

from __future__ import annotations

import argparse
import time
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path

import pysbd
import syntok.segmenter

from eventx.document import Document
from eventx.readers import Failure, find, read_annotated
from eventx.sentences import paragraphs, split

Splitter = Callable[[str, int, int], list[int]]
"""Returns where the sentences of a paragraph begin."""


def by_syntok(text: str, start: int, end: int) -> list[int]:
    """Syntok (MIT), pure Python."""
    return [
        start + sentence[0].offset for part in syntok.segmenter.analyze(text[start:end]) for sentence in part
    ]


PYSBD = pysbd.Segmenter(language="en", clean=False, char_span=True)


def by_pysbd(text: str, start: int, end: int) -> list[int]:
    """Pysbd (MIT), rules in pure Python."""
    return [start + sentence.start for sentence in PYSBD.segment(text[start:end])]


def by_sentencex(text: str, start: int, end: int) -> list[int]:
    """Sentencex (MIT, Wikimedia), what eventx uses."""
    return [sentence_start for sentence_start, _ in split(text, start, end)]


def cut_apart(document: Document, starts: list[int]) -> tuple[int, int]:
    """Return how many arguments lie outside the sentence of their trigger, and how many there are."""
    cut = total = 0
    for event in document.events:
        sentence = bisect_right(starts, event.trigger.start)
        for _, span in event.arguments():
            total += 1
            cut += bisect_right(starts, span.start) != sentence
    return cut, total


def main() -> None:
    """Print a row for each splitter."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    args = parser.parse_args()
    documents = []
    for source in find(str(file) for file in args.files):
        documents += [entry for entry in read_annotated(source) if not isinstance(entry, Failure)]
    words = sum(len(document.text.split()) for document in documents)
    print(f"{len(documents)} texts, {words} words")
    print(f"{'':10} {'sentences':>10} {'arguments cut off':>18} {'words/s':>10}")
    for splitter in (by_sentencex, by_syntok, by_pysbd):
        begin = time.perf_counter()
        found = [
            [start for span in paragraphs(document.text) for start in splitter(document.text, *span)]
            for document in documents
        ]
        seconds = time.perf_counter() - begin
        counts = [cut_apart(document, starts) for document, starts in zip(documents, found, strict=True)]
        cut, total = (sum(column) for column in zip(*counts, strict=True))
        sentences = sum(map(len, found))
        name = splitter.__name__.removeprefix("by_")
        print(f"{name:10} {sentences:>10} {cut:>10} of {total:>5} {words / seconds:>10.0f}")


if __name__ == "__main__":
    main()

"""Counts what differs when documents are read as one, joined by blank lines, and one by one.

    python benchmarks/joined.py FILE… [--model DIR] [--group N]

A paragraph's triggers, roles and status do not depend on what else stands in the document, wherever the
borders of windows and batches fall; this is how often they do.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from quality import bare, gold

import eventx
from eventx.document import Document

BREAK = "\n\n"


def found(document: Document, offset: int = 0) -> list[tuple[object, ...]]:
    """Return the mentions of a document with its place in a longer one: all that is to stay the same."""
    return [
        (
            event.trigger.start + offset,
            event.trigger.end + offset,
            event.status,
            *((role, span.start + offset, span.end + offset) for role, span in event.arguments()),
        )
        for event in document.events
    ]


def compare(nlp: eventx.Pipeline, documents: Sequence[Document]) -> tuple[int, int]:
    """Return the number of mentions found one by one, and of those that differ in either reading."""
    whole = nlp(BREAK.join(document.text for document in documents))
    alone, offset = [], 0
    for document in nlp.annotate(bare(documents)):
        alone.extend(found(document, offset))
        offset += len(document.text) + len(BREAK)
    return len(alone), len(set(alone) ^ set(found(whole)))


def main() -> None:
    """Print the numbers of documents, mentions and differences."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="documents, .jsonl")
    parser.add_argument("--model", help="model folder; the bundled one by default")
    parser.add_argument("--group", type=int, default=100, help="documents that are joined to one")
    args = parser.parse_args()
    nlp = eventx.load(args.model)
    documents = gold(args.files)
    groups = [documents[first : first + args.group] for first in range(0, len(documents), args.group)]
    mentions, differences = map(sum, zip(*(compare(nlp, group) for group in groups), strict=True))
    letters = sum(len(document.text) for document in documents)
    print(f"{len(documents)} documents of {letters} characters in {len(groups)} texts: ", end="")
    print(f"{mentions} mentions, {differences} that differ")


if __name__ == "__main__":
    main()

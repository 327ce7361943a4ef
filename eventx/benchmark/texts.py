"""What is read: articles that were written for it, or anybody's texts, also in documents of other lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import TypedDict

from eventx.document import without_surrogates
from eventx.readers import Failure, find, read
from eventx.sentences import paragraphs

FILES = (
    Path(__file__).parent / "articles.jsonl",  # in the wheel
    Path(__file__).parents[2] / "benchmarks" / "data" / "authored_docs.jsonl",  # in a checkout
)


class Record(TypedDict):
    """A text with what is known of it."""

    id: str
    date: str | None
    text: str


def articles() -> Path:
    """Return the file of the articles that come with the package.

    Raises:
        FileNotFoundError: the installation has none.
    """
    for file in FILES:
        if file.is_file():
            return file
    raise FileNotFoundError("this installation has no articles; give --text a file")


def load(file: Path) -> list[Record]:
    """Return the texts of a file, of any form that ``eventx extract`` reads.

    A lone surrogate becomes U+FFFD, since not every peer takes it.

    Raises:
        ValueError: a text cannot be read, or there is no word in any.
        OSError: there is no such file.
    """
    records = []
    for entry in read(find([str(file)])):
        if isinstance(entry, Failure):
            raise ValueError(str(entry))
        records.append(Record(id=entry["id"], date=entry["date"], text=without_surrogates(entry["text"])))
    if not any(count(record["text"]) for record in records):
        raise ValueError(f"{file}: there is no word to read")
    return records


def count(text: str) -> int:
    """Return the number of words, as white space parts them."""
    return len(text.split())


def joined(records: Sequence[Record], length: int, total: int) -> list[Record]:
    """Return the same text in documents of a length: paragraphs in a row, with a blank line between them.

    Args:
        records: their paragraphs are taken in order, over and over.
        length: words of a document, at least; a paragraph stays whole.
        total: words of all documents, at least.
    """
    documents: list[Record] = []
    parts: list[str] = []
    words = read = 0
    for paragraph in _paragraphs(records):
        parts.append(paragraph)
        words += count(paragraph)
        if words >= length:
            documents.append(
                Record(id=str(len(documents) + 1), date=records[0]["date"], text="\n\n".join(parts))
            )
            read += words
            if read >= total:
                break
            parts, words = [], 0
    return documents


def _paragraphs(records: Sequence[Record]) -> Iterator[str]:
    for record in cycle(records):
        for start, end in paragraphs(record["text"]):
            yield record["text"][start:end]

"""Annotated files as datasets of the Hugging Face library (extra ``hub``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eventx.document import Document
from eventx.extras import extra
from eventx.readers import Failure, Source, find, read_annotated

with extra("hub"):
    from datasets import Dataset, DatasetDict, Features

    from eventx.schema import SCHEMA, columns

Files = str | Path | Sequence[str | Path]
"""Files, folders or patterns."""


def features() -> Features:
    """Return the types of the record's columns, to give to ``Dataset.from_generator`` and its like."""
    return Features.from_arrow_schema(SCHEMA)


def load(files: str | Path | Mapping[str, Files]) -> DatasetDict:
    """Return annotated files of JSON lines, in the form of ``seeds/gold.jsonl``, as splits in memory.

    Args:
        files: the files of each split, ``{"train": ["a.jsonl", "b.jsonl.gz"], "dev": "c.jsonl"}``; or a
            folder or pattern whose files of JSON lines are one split each, under the file's own name:
            ``train.jsonl`` becomes ``train``.

    Each row is a record with all its fields, null where they are unknown; ``Document.from_dict`` reads it. A
    lone surrogate, which Arrow cannot hold, becomes U+FFFD; offsets stay.

    Raises:
        MissingExtraError: datasets is not installed.
        FileNotFoundError: there is no such file.
        ValueError: a record is wrong (the message says file, line and reason), a file is not one of JSON
            lines, two files would be one split, or a
            split has a name that datasets does not take.
    """
    splits = {}
    for name, sources in _sources(files).items():
        documents = [document for source in sources for document in _documents(source)]
        splits[name] = Dataset.from_dict(columns(documents), features=features(), split=name)
    return DatasetDict(splits)


def _sources(files: str | Path | Mapping[str, Files]) -> dict[str, list[Source]]:
    """Return the files of each split."""
    if isinstance(files, Mapping):
        return {name: find(_names(given)) for name, given in files.items()}
    splits: dict[str, list[Source]] = {}
    for source in find([str(files)]):
        if source.form == ".jsonl":
            if source.stem in splits:
                raise ValueError(f"{splits[source.stem][0].name} and {source.name} are both {source.stem!r}")
            splits[source.stem] = [source]
    if not splits:
        raise ValueError(f"{files}: no file of JSON lines")
    return splits


def _names(files: Files) -> list[str]:
    return [str(file) for file in ([files] if isinstance(files, str | Path) else files)]


def _documents(source: Source) -> Iterator[Document]:
    for entry in read_annotated(source):
        if isinstance(entry, Failure):
            raise ValueError(str(entry))
        yield entry

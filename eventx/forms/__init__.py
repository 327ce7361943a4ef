"""The forms in which documents are written and annotations are read, by a file's ending.

Each form is a module. Its ``write(documents, path)`` puts documents into a new file, one after the other, and
closes it; its ``read(path)``, if it has one, yields documents, or the failure that stands for one.
What a form needs besides Python is imported with the module, and nothing of it before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from eventx.document import Document
from eventx.readers import Failure

WRITERS = {
    ".jsonl": "lines.write",
    ".csv": "tables.write_csv",
    ".mentions.csv": "tables.write_mentions_csv",
    ".parquet": "tables.write_parquet",
    ".mentions.parquet": "tables.write_mentions_parquet",
    ".plover.csv": "plover.write",
    ".html": "pages.write",
    ".ics": "calendars.write",
    ".ann": "brat.write",
    ".conll": "conll.write",
    ".json": "labelstudio.write",
    ".graphml": "graphs.write_graphml",
    ".gexf": "graphs.write_gexf",
}
"""Endings of output, and the function of this package that writes it."""

READERS = {
    ".jsonl": "lines.read",
    ".ann": "brat.read",
    ".conll": "conll.read",
    ".json": "labelstudio.read",
}
"""Endings of annotations, and the function of this package that reads them."""

FOLDER = ".ann"
"""The form that a folder without an ending has: one file (or two) for each document."""

KEPT = ("annotation.conf",)
"""Files that stay as they are where they are: somebody may have changed them."""

Write = Callable[[Iterable[Document], Path], None]
Read = Callable[[Path], Iterator[Document | Failure]]


def write(documents: Iterable[Document], out: str | Path) -> None:
    """Write documents to a file, whose ending says in which form; it appears complete or not at all.

    Args:
        documents: are taken one at a time.
        out: the file, or for brat's standoff files (.ann) also a folder.

    Raises:
        ValueError: the ending is unknown, or the form cannot hold the documents.
        MissingExtraError: a library is not installed.
        OSError: the file cannot be written.
    """
    path = Path(out)
    put = writer(path)
    with complete(path) as draft:
        put(documents, draft)


def read(path: str | Path) -> Iterator[Document | Failure]:
    """Yield the annotated documents of a file, or the failure that stands in the place of one.

    Args:
        path: a file whose ending is a key of `READERS`, or a folder with brat's standoff files.

    Raises:
        ValueError: the ending is unknown.
        MissingExtraError: a library is not installed.
        OSError: there is no such file.
    """
    function: Read = _function(Path(path), READERS)
    return function(Path(path))


def writer(out: Path) -> Write:
    """Return the function that writes the form of a file.

    Raises:
        ValueError: the ending is unknown.
        MissingExtraError: a library is not installed.
    """
    function: Write = _function(out, WRITERS)
    return function


def takes_folder(path: Path) -> bool:
    """Say whether a path that is a folder can be written: each document to files of its own."""
    return _ending(path, WRITERS) == FOLDER


def _function(path: Path, table: dict[str, str]) -> Callable[..., Any]:
    module, function = table[_ending(path, table)].split(".")
    return getattr(import_module(f"{__name__}.{module}"), function)


def _ending(path: Path, table: dict[str, str]) -> str:
    """Return the longest ending of the file's name that is a key of the table."""
    name = path.name.lower()
    known = [ending for ending in table if name.endswith(ending)]
    if not known and not path.is_dir():
        raise ValueError(f"{path}: the ending is none of {', '.join(table)}")
    return max(known, key=len, default=FOLDER)


@contextmanager
def complete(path: Path) -> Iterator[Path]:
    """Give a draft to write in the block, which appears under its name only if the block ends without error.

    The draft has the file's name, in a folder of its own; what else the block puts into that folder appears
    beside the file. If the file is a folder that is there already, the files in the draft are added to it.
    Only files with the ending of the output replace older ones.

    Args:
        path: the file or folder; through a link, the file behind it is replaced.

    Raises:
        FileExistsError: a file of another ending is there already, and has another content.
    """
    target = path.resolve()
    drafts = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    drafts.mkdir()
    try:
        draft = drafts / target.name
        if target.is_dir():
            draft.mkdir()
        yield draft
        added = list(draft.iterdir()) if target.is_dir() else [*drafts.iterdir()]
        folder = target if target.is_dir() else target.parent
        for file in sorted(added, key=lambda one: (one.suffix == _suffix(target), one.name)):
            _move(file, folder / file.name, replace=file.suffix == _suffix(target))
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _suffix(target: Path) -> str:
    return FOLDER if target.is_dir() else target.suffix


def _move(file: Path, target: Path, replace: bool) -> None:
    """Move a file to its place; one that is there is replaced, or kept if it is the same or may differ."""
    if replace or not target.exists():
        file.replace(target)
    elif target.name not in KEPT and target.read_bytes() != file.read_bytes():
        raise FileExistsError(f"{target} is there already, with another content")

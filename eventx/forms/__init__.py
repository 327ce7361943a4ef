"""The forms in which documents are written and annotations are read, by a file's ending.

Each form is a module. Its ``write(documents, path)`` puts documents into a new file, one after the other, and
closes it; a form that names the model takes its version, too. Its ``read(source, columns, advance)``, if it
has one, yields documents, or the failure that stands for one. What a form needs besides Python is imported
with the module, and nothing of it before.
"""

from __future__ import annotations

import copy
import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from glob import escape
from hashlib import blake2b
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal, NamedTuple

from eventx.document import Document, Version
from eventx.files import held, sync
from eventx.readers import Advance, Columns, Failure, Source, find

_log = logging.getLogger(__name__)

WRITERS = {
    ".jsonl": "lines.write",
    ".csv": "tables.write_csv",
    ".mentions.csv": "tables.write_mentions_csv",
    ".parquet": "arrow.write_parquet",
    ".mentions.parquet": "arrow.write_mentions_parquet",
    ".records.parquet": "arrow.write_records",
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
    ".parquet": "arrow.read",
    ".ann": "brat.read",
    ".conll": "conll.read",
    ".json": "labelstudio.read",
}
"""Endings of annotations, and the function of this package that reads them."""

MEETINGS = (".csv", ".parquet", ".plover.csv", ".html", ".ics", ".graphml", ".gexf")
"""Forms of meetings; of documents that have only mentions they are formed first."""

VERSIONED = (".parquet", ".mentions.parquet", ".records.parquet", ".html", ".ics", ".graphml", ".gexf")
"""Forms that name the model once for the whole file."""

PARTED = (
    *(".jsonl", ".csv", ".mentions.csv", ".plover.csv", ".parquet", ".mentions.parquet", ".records.parquet"),
    ".conll",
)
"""Forms of which several files together are as good as one: tables and lines."""

FOLDER = ".ann"
"""The form that a folder has: a pair of files for each document."""

COMPANIONS = (".txt", ".conf", "")
"""Endings of what lies beside annotations in a folder and is no annotation; a manifest has none."""

MANIFEST, SUCCESS = "_manifest", "_SUCCESS"
"""Files in a folder of parts: what the parts are, and the sign that all are there."""

MARK = ".eventx"
"""File in a folder that tells which inputs it holds."""

DRAWN = 8
"""Characters that `mkdtemp` puts between prefix and suffix."""

KEPT = ("annotation.conf",)
"""Files that stay as they are where they are: somebody may have changed them."""

Write = Callable[..., None]
OnError = Callable[[Failure], object]


class FormError(ValueError):
    """A form cannot hold the documents that are to be written."""


class Output(NamedTuple):
    """Where documents are written, and in which form."""

    path: Path
    ending: str
    """A key of `WRITERS`."""
    folder: bool
    """Whether it is a folder, which is made if need be: brat's, with files for each document, or of parts."""
    function: Write

    @property
    def parted(self) -> bool:
        """Whether it is a folder of parts."""
        return self.folder and self.ending != FOLDER

    def write(self, documents: Iterable[Document], draft: Path, version: Version | None = None) -> None:
        """Write documents to a draft of the output, see `complete` and `forms.write`."""
        stream = iter(documents)
        if self.ending in MEETINGS:
            stream = map(with_meetings, stream)
        if self.ending in VERSIONED:
            version, stream = _versioned(stream, version)
            self.function(stream, draft, version)
        else:
            self.function(stream, draft)


def output(out: str | Path, parts: bool = False) -> Output:
    """Return what the name of an output stands for; nothing is written.

    Args:
        out: the name.
        parts: whether it may be a folder of parts: a string with the ending of a form and a slash behind it.

    Raises:
        ValueError: the ending is unknown, or the file cannot be there, or the form cannot be cut into parts.
        MissingExtraError: a library is not installed.
    """
    path = Path(out)
    slash = isinstance(out, str) and out.endswith(("/", os.sep))
    ending = _ending(path, WRITERS)
    if path.is_dir() or slash:
        if ending not in (None, FOLDER):
            _check_parts(out, ending, parts, slash)
        if path.is_file():
            raise ValueError(f"{out}: this is a file, not a folder")
    elif ending is None:
        raise ValueError(
            f"{out}: the ending is none of {', '.join(WRITERS)}; end it with / to make a folder for brat"
        )
    if not path.parent.is_dir():
        raise ValueError(f"{out}: there is no such folder: {path.parent}")
    form = ending or FOLDER
    return Output(path, form, path.is_dir() or slash, _function(WRITERS[form]))


def _check_parts(out: str | Path, ending: str, parts: bool, slash: bool) -> None:
    if not parts:
        raise ValueError(f"{out}: this is a folder, and the form {ending} is a file")
    if ending not in PARTED:
        raise ValueError(f"{out}: the form {ending} is one file; in parts there are {', '.join(PARTED)}")
    if not slash:
        raise ValueError(f"{out}: this is a folder: end its name with / to write parts into it")


def writer(out: str | Path) -> Write:
    """Return the function that writes documents to a file in the form that the name of an output stands for.

    Raises:
        ValueError: the ending is unknown, or the file cannot be there.
        MissingExtraError: a library is not installed.
    """
    return output(out).write


def write(documents: Iterable[Document], out: str | Path, version: Version | None = None) -> None:
    """Write documents to a file, whose ending says in which form; it appears complete or not at all.

    Forms of meetings show those that `with_meetings` gives to documents without any.

    Args:
        documents: are taken one at a time.
        out: the file, or for brat's standoff files (.ann) also a folder; a string that ends in a slash is one
            that is made if need be.
        version: of the model, for forms that name it once; that of the first document if None. Documents of
            another version are logged.

    Raises:
        FormError: the form cannot hold the documents.
        ValueError: the ending is unknown, or the file cannot be there.
        FileExistsError: a file that would be lost is there already.
        MissingExtraError: a library is not installed.
        OSError: the file cannot be written.
    """
    target = output(out)
    with complete(target.path, target.folder) as draft:
        target.write(documents, draft, version)


def read(
    path: str | Path | Sequence[str | Path],
    *,
    errors: Literal["raise", "skip"] = "raise",
    on_error: OnError | None = None,
    columns: Columns | None = None,
) -> Iterator[Document]:
    """Yield the annotated documents of files, lazily.

    Args:
        path: a file whose ending is a key of `READERS`, also packed (.gz, .zst); a folder or pattern with
            such files; or several of these.
        errors: ``raise`` stops at a document that cannot be read, ``skip`` leaves it out.
        on_error: called with the failure of each document that is left out.
        columns: names of the fields in JSON lines and in the data of Label Studio's tasks.

    Raises:
        ValueError: the ending is unknown, or a document cannot be read; it says file, line and reason.
        MissingExtraError: a library is not installed.
        FileNotFoundError: there is no such file.
    """
    if errors not in ("raise", "skip"):
        raise ValueError(f"errors is {errors!r}, neither 'raise' nor 'skip'")
    return _good(
        entries(sources([path] if isinstance(path, str | Path) else path), columns), errors, on_error
    )


def _good(found: Iterable[Document | Failure], errors: str, on_error: OnError | None) -> Iterator[Document]:
    for entry in found:
        if isinstance(entry, Document):
            yield entry
        elif errors == "raise":
            raise ValueError(str(entry))
        elif on_error is not None:
            on_error(entry)


def sources(paths: Iterable[str | Path]) -> list[Source]:
    """Return the annotated files that are meant by names, folders, patterns and ``-``, see `readers.find`.

    A folder of parts that is not finished is logged.
    """
    files = find(map(str, paths), READERS, COMPANIONS)
    for folder in dict.fromkeys(source.path.parent for source in files if source.path):
        if (folder / MANIFEST).exists() and not (folder / SUCCESS).exists():
            _log.warning(
                "%s is not finished, so documents may be missing: eventx extract --resume finishes it", folder
            )
    return files


def entries(
    files: Iterable[Source], columns: Columns | None = None, advance: Advance | None = None
) -> Iterator[Document | Failure]:
    """Yield the documents of files, or the failure that stands in the place of one; see `read`.

    The first document whose id an earlier one has is logged: tables, which name documents by it, cannot tell
    the two apart. A digest of each id is kept for that until then, some 120 bytes.

    Args:
        files: what `sources` returns.
        columns: names of the fields.
        advance: is told how many bytes of the files were read since it was told last.
    """
    seen: dict[bytes, str] | None = {}  # which file has an id, by its digest; None when one was told
    for source in files:
        found = _function(READERS[source.form])(source, columns or Columns(), advance)
        for number, entry in enumerate(found, 1):
            if seen is not None and isinstance(entry, Document):
                key = blake2b(str(entry.id).encode("utf-8", "surrogatepass"), digest_size=15).digest()
                if key in seen:
                    _log.warning(
                        "%s: document %d has the id %r, as an earlier one of %s: tables cannot tell such "
                        "documents apart (others are not named)",
                        *(source.name, number, entry.id, seen[key]),
                    )
                    seen = None
                else:
                    seen[key] = source.name
            yield entry


def with_meetings(document: Document) -> Document:
    """Return the document with meetings: if it has none, those that the clusters of its events tell.

    An event without a cluster is a meeting of its own. The document itself is not changed.
    """
    if document.meetings is not None:
        return document
    from eventx.actors import Cast
    from eventx.meetings import merge, parties

    formed = copy.deepcopy(document)
    known = [event.cluster for event in formed.events if event.cluster is not None]
    unused = iter(range(max(known, default=0) + 1, max(known, default=0) + len(formed.events) + 1))
    numbers = [next(unused) if event.cluster is None else event.cluster for event in formed.events]
    merge(formed, numbers, Cast(formed.text, parties(formed.events)))
    return formed


def _versioned(
    documents: Iterator[Document], version: Version | None
) -> tuple[Version | None, Iterator[Document]]:
    """Return the version that a file names, and the documents; one of another version is logged."""
    first = list(islice(documents, 1))
    if version is None and first:
        version = first[0].version

    def watched() -> Iterator[Document]:
        told = False
        for document in chain(first, documents):
            if document.version != version and not told:
                told = True
                _log.warning(
                    "document %s is of another model than the file will name: %s, not %s",
                    *(document.id, document.version, version),
                )
            yield document

    return version, watched()


def _function(name: str) -> Callable[..., Any]:
    module, function = name.split(".")
    return getattr(import_module(f"{__name__}.{module}"), function)


def _ending(path: Path, table: Iterable[str]) -> str | None:
    """Return the longest ending of the file's name that is in the table; "mentions.csv" has one, too."""
    name = path.name.lower()
    whole = f".{name}" if "." in name else name
    return max((ending for ending in table if whole.endswith(ending)), key=len, default=None)


@contextmanager
def complete(path: Path, folder: bool = False, ready: Callable[[], object] = lambda: None) -> Iterator[Path]:
    """Give a draft to write in the block, which appears under its name only if the block ends without error.

    The draft has the file's name, in a folder of its own; what else the block puts into that folder appears
    beside the file. An older file is replaced, but nothing else: not what is to stand beside it, and no file
    in a folder. What appears is on the disk, where the file system can say so.

    Args:
        path: the file or folder; through a link, the file behind it is replaced.
        folder: whether it is a folder; it is made if need be, and the files in the draft are added to it.
        ready: is called when nothing stands in the way any more, before the draft appears.

    Raises:
        FileExistsError: a file that would be lost is there already, and has another content. Then all stays
            as it was.
        FileNotFoundError: there is no folder for the file.
        PermissionError: an older file may not be written.
    """
    target = path.resolve()
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no such folder: {path.parent}")
    effective = os.access in os.supports_effective_ids
    if target.exists() and not os.access(target, os.W_OK, effective_ids=effective):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    drafts = Path(mkdtemp(**_draft_name(target), dir=target.parent))
    try:
        with held(drafts):
            draft = drafts / target.name
            if folder:
                draft.mkdir()
            yield draft
            _place(draft, target, path, folder, ready)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _place(draft: Path, target: Path, path: Path, folder: bool, ready: Callable[[], object]) -> None:
    """Move what a draft holds to its place; see `complete`."""
    source, place = (draft, target) if folder else (draft.parent, target.parent)
    # The file itself, or the mark of a folder, comes last: where it is, all else is.
    files = sorted(source.iterdir(), key=lambda file: (file == draft or _own(file), file.name))
    moves = [(file, place / file.name) for file in files]
    _refuse([new for file, new in moves if file != draft and _differ(file, new)], path, folder)
    if target.is_file() and draft.exists():  # brat writes no file of no document
        shutil.copymode(target, draft)
    for file in files:
        sync(file)
    ready()
    if folder:
        target.mkdir(exist_ok=True)
        sync(target.parent)
    for file, new in moves:
        if file == draft or not new.exists() or _own(new):
            file.replace(new)
    sync(place)


def remove_drafts(path: Path) -> None:
    """Remove what runs that were killed while they wrote this file have left."""
    target = path.resolve()
    name = _draft_name(target)
    for draft in target.parent.glob(f"{escape(name['prefix'])}{'?' * DRAWN}{name['suffix']}"):
        with suppress(OSError), held(draft):  # another run may be writing it
            shutil.rmtree(draft, ignore_errors=True)


def _draft_name(target: Path) -> dict[str, str]:
    return {"prefix": f".{target.name[:100]}.", "suffix": ".tmp"}


def _own(file: Path) -> bool:
    """Say whether a file is a mark of this library, which nobody edits."""
    return file.name == MARK


def _differ(file: Path, old: Path) -> bool:
    """Say whether a file that is there already would be lost."""
    if not old.exists() or old.name in KEPT or _own(old):
        return False
    return old.read_bytes() != file.read_bytes()


def _refuse(lost: Sequence[Path], path: Path, folder: bool) -> None:
    if lost:
        first = path / lost[0].name if folder else path.with_name(lost[0].name)
        others = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
        raise FileExistsError(
            f"{first}{others} is there already, with another content: move it away or choose another output"
        )

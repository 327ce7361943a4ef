"""Runs the pipeline over input files and puts the results into a file or on a stream.

An output file appears complete or not at all. Under `resume` the results gather in ``OUT.part``
(JSON lines) until all are there; ``OUT.errors`` lists the documents that failed, if any did.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from tqdm import tqdm

from eventx import __version__
from eventx.document import Document
from eventx.files import lock
from eventx.forms import MARK, Output, complete, remove_drafts
from eventx.progress import Progress
from eventx.readers import REFUSAL, Failure, Item

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline

BATCH = 64
"""Documents that the model reads together; a resumed run begins with a whole batch."""


class MismatchError(ValueError):
    """An output was begun by a run over other documents or with another model."""


class Extraction:
    """One run over a stream of documents.

    Args:
        nlp: what reads the documents.
        entries: what `readers.read` yields.
        jobs: number of processes.
        progress: is told of each document that is done.
    """

    def __init__(
        self,
        nlp: Pipeline,
        entries: Iterable[Item | Failure],
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> None:
        self.nlp = nlp
        self.jobs = jobs
        self.progress = progress or Progress(quiet=True)
        self.failures: list[Failure] = []
        """The documents that have failed so far."""
        self.items = self._good(entries)
        """The documents that are left to read."""

    def _good(self, entries: Iterable[Item | Failure]) -> Iterator[Item]:
        for entry in entries:
            if isinstance(entry, Failure):
                self.failures.append(entry)
                report(entry)
            else:
                yield entry

    def documents(self) -> Iterator[Document]:
        """Yield the results of all documents that are left."""
        read: deque[int] = deque()
        """Bytes that were read up to each document that is under way."""

        def counted() -> Iterator[Item]:
            for item in self.items:
                read.append(self.progress.read)
                yield item

        for document in self.nlp.pipe(counted(), batch_size=BATCH, n_process=self.jobs):
            yield document
            self.progress.finish(read.popleft())

    def settings(self) -> dict[str, Any]:
        """Return what the results depend on, besides the documents."""
        return {
            "version": __version__,
            "model": self.nlp.version.model,
            "files": dict(self.nlp.checksums),
            "min_score": self.nlp.min_score,
            "gate": self.nlp.gate,
        }

    def skip(self, records: Iterable[bytes], spool: Path) -> None:
        """Pass over the documents whose results are there already.

        Args:
            records: the results, lines of JSON.
            spool: the file in which they stand, for the message.

        Raises:
            MismatchError: they are no results, or results for other documents.
        """
        for line in records:
            item = next(self.items, None)
            try:
                record = Document.from_dict(json.loads(line))
            except REFUSAL:
                raise MismatchError(f"{spool} is damaged: remove it to start anew") from None
            if item is None or (record.id, record.date, record.text) != (
                item["id"],
                item["date"],
                item["text"],
            ):
                raise MismatchError(f"{spool} was begun with other input: remove it to start anew")


def report(failure: Failure) -> None:
    """Name a failure on standard error, if anybody reads it, above the progress bar if there is one."""
    with suppress(OSError):  # the exit status and OUT.errors tell of it as well
        tqdm.write(str(failure), file=sys.stderr)


def extract(run: Extraction, out: Output, inputs: Sequence[str] = ()) -> None:
    """Write the results; replaces an older file.

    Args:
        run: what is to be done.
        out: where to.
        inputs: what is read, as it was asked for; a folder notes it, see `finished`.

    Raises:
        FormError: the form cannot hold the results.
        FileExistsError: a file that would be lost is there already.
        OSError: the output cannot be written.
    """
    _finish(run, run.documents(), out, inputs)
    spool = _beside(out.path, ".part")
    with suppress(FileNotFoundError, FileExistsError):
        with spool.open("rb+") as stream:
            lock(stream, spool)  # another run may be writing it
        spool.unlink()


def resume(run: Extraction, out: Output, inputs: Sequence[str] = ()) -> None:
    """Do as `extract`, but keep results from being lost, and go on where an earlier run was interrupted.

    Raises:
        MismatchError: the earlier run had other documents or another model.
        FormError: the form cannot hold the results.
        FileExistsError: a file that would be lost is there already, or another run writes there.
        OSError: the output cannot be written.
    """
    spool = _beside(out.path, ".part")
    with spool.open("a", encoding="utf-8", newline="") as stream:
        lock(stream, spool)
        remove_drafts(out.path)
        _keep_batches(spool, f"{json.dumps(run.settings())}\n")
        run.skip(_results(spool), spool)
        for document in run.documents():
            stream.write(f"{document.to_json()}\n")
        stream.flush()
        _finish(run, (Document.from_dict(json.loads(line)) for line in _results(spool)), out, inputs)
    spool.unlink()


def _finish(run: Extraction, documents: Iterable[Document], out: Output, inputs: Sequence[str]) -> None:
    with complete(out.path, out.folder, lambda: _list_failures(run.failures, out.path)) as draft:
        out.write(documents, draft, run.nlp.version)
        if out.folder:
            (draft / MARK).write_text(json.dumps(list(inputs)), "utf-8")


def finished(out: Output, inputs: Sequence[str] = ()) -> list[Failure] | None:
    """Return the failures of the run that made the output, or None if there is still something to do.

    Of a folder of parts its manifest tells, see `shards.extract`. Another folder, which may have been there
    before or hold the results of others, is finished if it notes that it has those of these inputs.
    """
    if out.parted:
        return None
    done = out.path / MARK if out.folder else out.path
    if not done.exists() or _beside(out.path, ".part").exists():
        return None
    if out.folder and done.read_text("utf-8") != json.dumps(list(inputs)):
        return None
    listed = _beside(out.path, ".errors")
    return [msgspec.convert(json.loads(line), Failure) for line in _lines(listed)] if listed.exists() else []


def _list_failures(failures: Iterable[Failure], out: Path) -> None:
    """Write ``OUT.errors``, or remove an older one if there are no failures."""
    lines = [f"{json.dumps(msgspec.to_builtins(failure))}\n" for failure in failures]
    listed = _beside(out, ".errors")
    if lines:
        with complete(listed) as draft:
            draft.write_text("".join(lines), "utf-8", newline="")
    else:
        listed.unlink(missing_ok=True)


def _keep_batches(spool: Path, header: str) -> None:
    """Cut a file of results off behind its last whole batch.

    Raises:
        MismatchError: its header is another one.
    """
    size = 0
    with spool.open("rb+") as stream:
        first = stream.readline()
        if first != header.encode():
            if first.endswith(b"\n") or not header.encode().startswith(first):
                raise MismatchError(
                    f"{spool} was begun with another version, model or settings: remove it to start anew"
                )
            stream.seek(0)  # new, or broken off at once
            stream.write(header.encode())
            size = stream.tell()
        else:
            position = size = len(first)
            for number, line in enumerate(stream, 1):
                position += len(line)
                if number % BATCH == 0 and line.endswith(b"\n"):
                    size = position
        stream.truncate(size)


def _results(spool: Path) -> Iterator[bytes]:
    """Yield the records behind the header."""
    return islice(_lines(spool), 1, None)


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        yield from stream


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(out.name + ending)

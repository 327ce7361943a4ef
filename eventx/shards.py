"""Extraction of an archive into a folder of parts: processes may die, no document is lost or counted twice.

The documents are cut into shards, each of which becomes a part. This process reads the input and writes the
parts, others annotate, a batch at a time. A batch whose process dies or fails is tried again, then its
documents one by one; a document that fails twice alone is set aside.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count, islice
from multiprocessing.connection import Connection, wait
from typing import NamedTuple

from eventx.document import Document
from eventx.extraction import BATCH, Extraction, report
from eventx.forms import Output
from eventx.parts import Folder, Poisoned, Shard
from eventx.pipeline import Pipeline, no_interrupts
from eventx.readers import Failure, Item

SIZE = 1024
"""Documents of a shard: whole batches, and about a minute's work of two processors, which a kill may cost."""

STARTS = 3
"""So many processes in succession that die before they have begun are too many."""

PATIENCE = 5
"""Seconds that a process which has closed its connection may take to end."""

Outcome = list[Document] | str
"""The results of a batch, or why a document has none."""


class Batch(NamedTuple):
    """Documents that a process annotates together."""

    shard: Shard
    start: int
    """Position of the first in the shard."""
    items: list[Item]
    read: int
    """Bytes of the input up to its end."""
    tries: int = 0
    """How often a process has died or failed on it."""


class Sharding:
    """Cuts a stream of documents into shards and puts their results into a folder.

    Args:
        run: what is to be done.
        folder: where to.
        size: documents of a shard.
    """

    def __init__(self, run: Extraction, folder: Folder, size: int) -> None:
        self.run = run
        self.folder = folder
        self.size = size
        self.made = 0
        """Parts that this run has written."""

    def batches(self) -> Iterator[Batch]:
        """Yield the documents of all parts that are not there yet.

        Raises:
            MismatchError: the parts that are there were made of other documents.
        """
        for number in count():
            shard = Shard(number)
            part = self.folder.part(number)
            while items := list(islice(self.run.items, min(BATCH, self.size - shard.documents))):
                start = shard.documents
                shard.add(items)
                if part is None:
                    yield Batch(shard, start, items, self.run.progress.read)
            if number and not shard.documents:  # of no documents at all there is one empty part
                break
            self.folder.check(shard)
            shard.whole = True
            if part is None:
                self._write_if_done(shard)
            else:
                self.run.progress.skip(shard.documents)
                for failure in part.failures:
                    self._fail(failure)
        self.folder.check_end(number)

    def settle(self, batch: Batch, outcome: Outcome) -> None:
        """Take the results of a batch, or why its one document is set aside."""
        shard = batch.shard
        if isinstance(outcome, str):
            item = batch.items[0]
            reason = Failure.of(item["file"], item["line"], ValueError(outcome)).reason
            shard.failures[batch.start] = Poisoned(item["file"], item["line"], reason, item["id"])
            self._fail(shard.failures[batch.start])
        else:
            shard.results[batch.start] = outcome
            self.run.progress.finish(batch.read, len(batch.items))
        shard.settled += len(batch.items)
        self._write_if_done(shard)

    def _fail(self, failure: Failure) -> None:
        self.run.failures.append(failure)
        report(failure)

    def _write_if_done(self, shard: Shard) -> None:
        if shard.whole and shard.settled == shard.documents:
            self.folder.write(shard, self.run.nlp.version)
            self.made += 1


class Worker:
    """A process that annotates one batch at a time.

    Args:
        nlp: what annotates; goes to the process.
        batch: its first batch.
    """

    def __init__(self, nlp: Pipeline, batch: Batch) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(nlp, other), daemon=True)
        with no_interrupts():
            self._process.start()
        other.close()  # now the connection ends when the process does
        self.batch: Batch | None = batch
        """What it is at, or will be when it has started; None if it has nothing to do."""
        self.started = False

    def begin(self, batch: Batch) -> None:
        """Send it a batch."""
        self.batch = batch
        with suppress(OSError):  # it has died, which its answer will tell
            self.connection.send(batch.items)

    def answer(self) -> Outcome | None:
        """Return what it sends: results, or None when it has started, or why it has ended."""
        try:
            outcome: Outcome | None = self.connection.recv()
        except (EOFError, OSError):
            self._process.join(PATIENCE)
            return self.end()
        if isinstance(outcome, str):
            self.end()
        return outcome

    def end(self) -> str:
        """End the process and return how it ended."""
        self._process.kill()
        self._process.join()
        self.connection.close()
        code = self._process.exitcode or 0
        with suppress(ValueError):
            return f"the process that read it died: {signal.Signals(-code).name}"
        return f"the process that read it died: exit status {code}"


def _serve(nlp: Pipeline, connection: Connection) -> None:
    """Annotate what comes in until the other side is gone; an error is left to a fresh process."""
    outcome: Outcome | None = None
    with suppress(EOFError, OSError):
        connection.send(outcome)
        while not isinstance(outcome, str):
            items = connection.recv()
            try:
                outcome = nlp.annotate([Document(item["id"], item["date"], item["text"]) for item in items])
            except Exception as error:
                outcome = f"{type(error).__name__}: {error}"
            connection.send(outcome)


class Crew:
    """Processes that annotate; those that die are replaced.

    Args:
        nlp: what annotates.
        jobs: number of processes; they are started when there is something to do.
    """

    def __init__(self, nlp: Pipeline, jobs: int) -> None:
        self.nlp = nlp
        self.jobs = jobs
        self._workers: list[Worker] = []
        self._again: deque[Batch] = deque()
        """Batches to try once more."""
        self._false_starts = 0

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for worker in self._workers:
            worker.end()

    def annotate(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, Outcome]]:
        """Yield batches with their results, as they come in; or one of a single document and why it has none.

        Raises:
            ChildProcessError: processes die before they have begun.
        """
        while self._employ(batches):
            ready = wait([worker.connection for worker in self._workers])
            for worker in [worker for worker in self._workers if worker.connection in ready]:
                batch, outcome = worker.batch, worker.answer()
                if isinstance(outcome, str):
                    self._workers.remove(worker)
                    yield from self._mend(worker, outcome)
                elif batch is not None and outcome is None:
                    self._false_starts = 0
                    worker.started = True
                    worker.begin(batch)
                elif batch is not None and outcome is not None:
                    worker.batch = None
                    yield batch, outcome

    def _employ(self, batches: Iterator[Batch]) -> bool:
        """Give a batch to all who have none, and say whether anybody has one."""
        for worker in self._workers:
            if worker.batch is None and (batch := self._next(batches)):
                worker.begin(batch)
        while len(self._workers) < self.jobs and (batch := self._next(batches)):
            self._workers.append(Worker(self.nlp, batch))
        return any(worker.batch for worker in self._workers)

    def _next(self, batches: Iterator[Batch]) -> Batch | None:
        return self._again.popleft() if self._again else next(batches, None)

    def _mend(self, worker: Worker, reason: str) -> Iterator[tuple[Batch, str]]:
        """Have what a process was at when it died or failed tried again, or give a document up."""
        batch = worker.batch
        if batch is None:
            return
        if not worker.started:
            self._false_starts += 1
            if self._false_starts == STARTS:
                raise ChildProcessError(f"no process can begin to read: {reason}")
            self._again.append(batch)
        elif batch.tries == 0:
            self._again.append(batch._replace(tries=1))
        elif len(batch.items) > 1:
            for place, item in enumerate(batch.items):
                self._again.append(batch._replace(start=batch.start + place, items=[item], tries=0))
        else:
            yield batch, reason


def extract(run: Extraction, out: Output, size: int = SIZE, resume: bool = False) -> bool:
    """Write a folder of parts, or go on with it, and return whether anything was left to do.

    Each process takes the pipeline as it is: it had better have one thread. The script that calls this needs
    ``if __name__ == "__main__":``, since the processes are spawned.

    Args:
        run: what is to be done.
        out: the folder, see `forms.output`; it is made if need be.
        size: documents of a part.
        resume: whether the folder may hold parts already. Those that are as this run would write them stay,
            and their documents are read, but not annotated.

    Raises:
        FileExistsError: the folder holds parts, and resume is False; or other files.
        MismatchError: the parts were made with other settings or of other documents, or were changed.
        ChildProcessError: processes die before they have begun.
        FormError: the form cannot hold the results.
        OSError: the output cannot be written.
    """
    settings = {**run.settings(), "shard_size": size, "form": out.ending}
    with closing(Folder(out, settings, resume)) as folder, closing(Crew(run.nlp, run.jobs)) as crew:
        sharding = Sharding(run, folder, size)
        for batch, outcome in crew.annotate(sharding.batches()):
            sharding.settle(batch, outcome)
        folder.finish(failure for failure in run.failures if not isinstance(failure, Poisoned))
    return sharding.made > 0

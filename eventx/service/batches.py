"""Batches: the model reads documents together that come in different requests.

While it reads some, others gather; one that finds it idle waits `WINDOW` seconds for company. Clients take
turns, document by document, so that nobody has to wait until somebody else's thousand are done. Long
documents have a lane of their own, on which they are read beside the short ones.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from eventx.document import Document
from eventx.service.metrics import Metrics
from eventx.service.problems import ProblemError, failure

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline

WINDOW = 0.005
"""Seconds that a document waits for others while the model is idle."""

DOCUMENTS, CHARACTERS = 16, 50_000
"""A batch is full when it has so many documents, or texts of so many code points together."""

Answer = asyncio.Future[bytes]
"""A record as JSON, without a line end."""


class Job(NamedTuple):
    """A document that waits for the model."""

    document: Document
    answer: Answer


class Lane:
    """A thread in which the model reads one batch after the other.

    Args:
        nlp: the model's pipeline.
        metrics: are told of each batch.
    """

    def __init__(self, nlp: Pipeline, metrics: Metrics) -> None:
        self._nlp = nlp
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(1)
        self._arrived = asyncio.Event()
        self._turns: dict[object, deque[Job]] = {}
        """The jobs of each client; whose turn is next comes first."""
        self.speed = 10_000.0
        """Characters a second, of late."""

    @property
    def documents(self) -> int:
        """Documents that wait."""
        return sum(map(len, self._turns.values()))

    @property
    def characters(self) -> int:
        """Characters that wait."""
        return sum(len(job.document.text) for jobs in self._turns.values() for job in jobs)

    def add(self, client: object, document: Document) -> Answer:
        """Put a document into the queue and return what will be its answer."""
        answer: Answer = asyncio.get_running_loop().create_future()
        self._turns.setdefault(client, deque()).append(Job(document, answer))
        self._arrived.set()
        return answer

    def drop(self, client: object) -> None:
        """Forget what is left of a client's documents."""
        for job in self._turns.pop(client, ()):
            job.answer.cancel()

    async def run(self) -> None:
        """Read what comes, until cancelled."""
        while True:
            if not self._turns:
                self._arrived.clear()
                await self._arrived.wait()
                await asyncio.sleep(WINDOW)
            if batch := self._batch():
                await self._read(batch)

    def _batch(self) -> list[Job]:
        batch: list[Job] = []
        size = 0
        while self._turns and len(batch) < DOCUMENTS and size < CHARACTERS:
            client = next(iter(self._turns))
            jobs = self._turns.pop(client)
            job = jobs.popleft()
            if jobs:
                self._turns[client] = jobs
            if not job.answer.done():
                batch.append(job)
                size += len(job.document.text)
        return batch

    async def _read(self, batch: list[Job]) -> None:
        documents = [job.document for job in batch]
        start = time.perf_counter()
        try:
            loop = asyncio.get_running_loop()
            lines = await loop.run_in_executor(self._thread, self._records, documents)
        except Exception as error:
            if len(batch) > 1:  # only the one that is to blame shall fail
                for job in batch:
                    await self._read([job])
            elif not batch[0].answer.done():
                batch[0].answer.set_exception(failure(error))
            return
        seconds = time.perf_counter() - start
        characters = sum(len(document.text) for document in documents)
        self.speed += (characters / seconds - self.speed) / 10
        self._metrics.batch(len(documents), characters, seconds)
        for job, line in zip(batch, lines, strict=True):
            if not job.answer.done():
                job.answer.set_result(line)

    def _records(self, documents: list[Document]) -> list[bytes]:
        return [document.to_json().encode() for document in self._nlp.annotate(documents)]


class Batcher:
    """The queue before the model.

    Args:
        nlp: the model's pipeline.
        metrics: are told of each batch.
        limit: documents that may wait before no more are admitted.
    """

    def __init__(self, nlp: Pipeline, metrics: Metrics, limit: int) -> None:
        self._short, self._long = self._lanes = Lane(nlp, metrics), Lane(nlp, metrics)
        self._limit = limit

    @property
    def waiting(self) -> int:
        """Documents that wait."""
        return sum(lane.documents for lane in self._lanes)

    @property
    def full(self) -> bool:
        """Whether no more documents are admitted."""
        return self.waiting >= self._limit

    def admit(self) -> None:
        """Raise ProblemError if the queue is full."""
        if self.full:
            seconds = max(lane.characters / lane.speed for lane in self._lanes)
            told = f"{self.waiting} documents wait already; try again later"
            raise ProblemError(429, told, headers={"Retry-After": str(max(1, math.ceil(seconds)))})

    @contextmanager
    def client(self) -> Iterator[Callable[[Document], Answer]]:
        """Give a function that puts a document into the queue; what is left at the block's end drops out."""
        client = object()

        def submit(document: Document) -> Answer:
            lane = self._long if len(document.text) > CHARACTERS else self._short
            return lane.add(client, document)

        try:
            yield submit
        finally:
            for lane in self._lanes:
                lane.drop(client)

    async def run(self) -> None:
        """Let the model read, until cancelled."""
        await asyncio.gather(*(lane.run() for lane in self._lanes))

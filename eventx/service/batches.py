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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from eventx.document import Document
from eventx.service.metrics import Metrics
from eventx.service.problems import ProblemError, failure

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline
    from eventx.service.settings import Settings

WINDOW = 0.005
"""Seconds that a document waits for others while the model is idle."""

DOCUMENTS, CHARACTERS = 16, 20_000
"""A batch is full when it has so many documents, or texts of so many code points together."""

LONG = 8_000
"""Code points of a text above which it takes the long lane."""

EACH = 20
"""Code points that take as long as a document takes beside its text."""

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
        self._pace = 1e-4
        """Seconds for a code point, of late."""
        self.documents = 0
        """Documents that wait."""
        self.characters = 0
        """Code points that wait."""

    @property
    def seconds(self) -> float:
        """How long what waits will take, about."""
        return _size(self.documents, self.characters) * self._pace

    def add(self, client: object, document: Document) -> Answer:
        """Put a document into the queue and return what will be its answer."""
        job = Job(document, asyncio.get_running_loop().create_future())
        self._turns.setdefault(client, deque()).append(job)
        self._count(job, 1)
        self._arrived.set()
        return job.answer

    def drop(self, client: object) -> None:
        """Forget what is left of a client's documents."""
        for job in self._turns.pop(client, ()):
            self._count(job, -1)
            job.answer.cancel()

    async def run(self) -> None:
        """Read what comes, until cancelled."""
        while True:
            if not self._turns:
                self._arrived.clear()
                await self._arrived.wait()
                await asyncio.sleep(WINDOW)
            await self._read(self._batch())

    def _count(self, job: Job, number: int) -> None:
        self.documents += number
        self.characters += number * len(job.document.text)

    def _batch(self) -> list[Job]:
        batch: list[Job] = []
        size = 0
        while self._turns and len(batch) < DOCUMENTS and size < CHARACTERS:
            client = next(iter(self._turns))
            jobs = self._turns.pop(client)
            job = jobs.popleft()
            self._count(job, -1)
            if jobs:
                self._turns[client] = jobs
            if not job.answer.done():
                batch.append(job)
                size += len(job.document.text)
        return batch

    async def _read(self, batch: list[Job]) -> None:
        batch = [job for job in batch if not job.answer.done()]
        if not batch:
            return
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
        number, characters = len(documents), sum(len(document.text) for document in documents)
        self._pace += (seconds / _size(number, characters) - self._pace) / 10
        self._metrics.batch(number, characters, seconds)
        for job, line in zip(batch, lines, strict=True):
            if not job.answer.done():
                job.answer.set_result(line)

    def _records(self, documents: list[Document]) -> list[bytes]:
        return [document.to_json().encode() for document in self._nlp.annotate(documents)]


def _size(documents: int, characters: int) -> int:
    return EACH * documents + characters


class Batcher:
    """The queue before the model.

    Args:
        nlp: the model's pipeline.
        metrics: are told of each batch.
        settings: tell how many documents and code points may wait.
    """

    def __init__(self, nlp: Pipeline, metrics: Metrics, settings: Settings) -> None:
        self._short, self._long = self._lanes = Lane(nlp, metrics), Lane(nlp, metrics)
        self._settings = settings

    @property
    def waiting(self) -> int:
        """Documents that wait."""
        return sum(lane.documents for lane in self._lanes)

    def full(self, documents: Sequence[Document] = ()) -> bool:
        """Say whether there is room for no more documents, or not for these; there is if nothing waits."""
        characters = sum(lane.characters for lane in self._lanes)
        number = self.waiting + (len(documents) or 1)
        characters += sum(len(document.text) for document in documents)
        too_many = number > self._settings.queue or characters > self._settings.queue_characters
        return self.waiting > 0 and too_many

    def admit(self, documents: Sequence[Document] = ()) -> None:
        """Raise ProblemError if the queue is too full for some documents."""
        if self.full(documents):
            seconds = max(lane.seconds for lane in self._lanes)
            wait = math.ceil(max(1, min(seconds, self._settings.timeout)))
            told = f"{self.waiting} documents wait already; try again later"
            raise ProblemError(429, told, headers={"Retry-After": str(wait)})

    @contextmanager
    def client(self) -> Iterator[Callable[[Document], Answer]]:
        """Give a function that puts a document into the queue; what is left at the block's end drops out."""
        client = object()

        def submit(document: Document) -> Answer:
            lane = self._long if len(document.text) > LONG else self._short
            return lane.add(client, document)

        try:
            yield submit
        finally:
            for lane in self._lanes:
                lane.drop(client)

    async def run(self) -> None:
        """Let the model read, until cancelled."""
        await asyncio.gather(*(lane.run() for lane in self._lanes))

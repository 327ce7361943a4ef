"""What the routes share, and the work behind them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request

from eventx.service import bodies
from eventx.service.batches import Answer, Batcher
from eventx.service.metrics import Metrics
from eventx.service.problems import ProblemError, failure
from eventx.service.rendering import Form, chunks, rendered
from eventx.service.settings import Settings

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline

T = TypeVar("T")

RENDERED = 4
"""Requests to render that are there at once; one is worked on, the others wait."""


class Service:
    """What the routes share.

    Args:
        nlp: the model's pipeline.
        settings: limits.
    """

    def __init__(self, nlp: Pipeline, settings: Settings) -> None:
        self.nlp = nlp
        self.settings = settings
        self.metrics = Metrics()
        self.batcher = Batcher(nlp, self.metrics, settings)
        self.metrics.watch(lambda: self.batcher.waiting)
        self.stopping = asyncio.Event()
        """Set when no more is to be accepted, and what has been is to be finished."""
        self._reads = False
        self._rendering = asyncio.Lock()
        self._rendered = 0

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Let the model read while the block lasts."""
        reading = asyncio.create_task(self._read())
        yield
        reading.cancel()

    async def _read(self) -> None:
        self._reads = True
        try:
            await self.batcher.run()
        except Exception as error:
            failure(error)
        finally:
            self._reads = False

    def check_ready(self) -> None:
        """Raise ProblemError if documents that come now are not read."""
        if self.stopping.is_set():
            raise ProblemError(503, "the service ends")
        if not self._reads:
            raise ProblemError(503, "the model reads no more; restart the service, whose log says why")
        self.batcher.admit()

    async def extract(self, request: Request) -> bytes:
        """Return the records of a request's documents as JSON.

        Raises:
            ProblemError: there is no answer.
            ClientDisconnect: the client has gone; what it asked for is not read.
        """
        value = bodies.decode(await bodies.received(request, self.settings))
        documents = bodies.documents(value, self.settings)
        self.batcher.admit(documents)
        with self.batcher.client() as submit:
            answers = [submit(document) for document in documents]
            lines = await self._awaited(request, _all(answers))
        return b"[%b]" % b",".join(lines) if isinstance(value, list) else lines[0]

    async def render(self, request: Request, form: Form) -> tuple[int, AsyncIterator[bytes]]:
        """Return a request's records in another form: the number of bytes, and the bytes.

        Raises:
            ProblemError: there is no answer.
            ClientDisconnect: the client has gone.
        """
        body = await bodies.received(request, self.settings)
        if self._rendered >= RENDERED:
            told = f"{self._rendered} requests to render are there already; try again later"
            raise ProblemError(429, told, headers={"Retry-After": "1"})
        self._rendered += 1
        try:
            file = await self._awaited(request, self._file(body, form))
        finally:
            self._rendered -= 1
        return os.fstat(file.fileno()).st_size, chunks(file)

    async def _file(self, body: bytes, form: Form) -> IO[bytes]:
        async with self._rendering:
            return await rendered(body, form, self.settings)

    async def _awaited(self, request: Request, work: Coroutine[Any, Any, T]) -> T:
        """Return what comes of work, unless time is up or the client has gone before."""
        result, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
        first_of: list[asyncio.Future[Any]] = [result, gone]
        seconds = self.settings.timeout
        try:
            await asyncio.wait(first_of, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if result.done():
                return result.result()
            if gone.done():
                raise ClientDisconnect
            raise ProblemError(503, f"not done within {seconds:g} seconds: send less at once, or a stream")
        finally:
            gone.cancel()
            result.cancel()


async def _all(answers: Sequence[Answer]) -> list[bytes]:
    return await asyncio.gather(*answers)


async def _gone(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

"""What the routes share, and the work behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request

from eventx import forms
from eventx.document import Document
from eventx.service import bodies
from eventx.service.batches import Answer, Batcher
from eventx.service.metrics import Metrics
from eventx.service.problems import ProblemError
from eventx.service.settings import Settings

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline

Form = Literal["csv", "mentions.csv", "html", "ics"]
"""What records can be rendered as: endings of `forms.WRITERS`."""


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
        self.batcher = Batcher(nlp, self.metrics, settings.queue)
        self.metrics.watch(lambda: self.batcher.waiting)
        self.stopping = asyncio.Event()
        """Set when no more is to be accepted, and what has been is to be finished."""
        self._rendering = asyncio.Lock()

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Let the model read while the block lasts."""
        reading = asyncio.create_task(self.batcher.run())
        yield
        reading.cancel()

    async def extract(self, request: Request) -> bytes:
        """Return the records of a request's documents as JSON.

        Raises:
            ProblemError: there is no answer.
            ClientDisconnect: the client has gone; what it asked for is not read.
        """
        value = await bodies.read(request, self.settings)
        documents = bodies.documents(value, self.settings)
        self.batcher.admit()
        lines = await self._read(request, documents)
        return b"[%b]" % b",".join(lines) if isinstance(value, list) else lines[0]

    async def _read(self, request: Request, documents: list[Document]) -> list[bytes]:
        seconds = self.settings.timeout
        with self.batcher.client() as submit:
            answers = asyncio.ensure_future(_all([submit(document) for document in documents]))
            gone = asyncio.ensure_future(_gone(request))
            first_of: list[asyncio.Future[Any]] = [answers, gone]
            try:
                await asyncio.wait(first_of, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                if answers.done():
                    return answers.result()
                if gone.done():
                    raise ClientDisconnect
                raise ProblemError(
                    503, f"not read within {seconds:g} seconds: send fewer documents, or a stream"
                )
            finally:
                gone.cancel()
                answers.cancel()

    async def render(self, request: Request, form: Form) -> bytes:
        """Return a request's records in another form.

        Raises:
            ProblemError: there is no answer.
        """
        records = bodies.records(await bodies.read(request, self.settings), self.settings)
        async with self._rendering:
            return await asyncio.to_thread(_rendered, records, form)


async def _all(answers: Sequence[Answer]) -> list[bytes]:
    return await asyncio.gather(*answers)


async def _gone(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _rendered(records: list[Document], form: Form) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, f"meetings.{form}")
        try:
            forms.write(records, file)
        except ValueError as error:
            raise ProblemError(422, str(error)) from None
        return file.read_bytes()

"""Streams: JSON lines in, JSON lines out, answered while the rest is still on its way.

A document's answer comes in its place: the record, or ``{"error": …}`` with a problem and the number of the
line. Only what fits `WINDOW` is read ahead of what the client has taken, so that a stream of any length needs
no more memory than a short one.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from eventx.document import Document
from eventx.service import bodies
from eventx.service.batches import Answer, Batcher
from eventx.service.problems import ProblemError, log
from eventx.service.settings import Settings

MEDIA_TYPE = "application/x-ndjson"

WINDOW, LEAST = 200_000, 4_000
"""Code points of texts that are read ahead, and how many each line counts at least."""


class Stream(Response):
    """Answers a stream.

    Args:
        batcher: reads the documents.
        settings: what is allowed; when nothing has moved for its time-out, the stream ends.
        stopping: set when the service ends; then no more lines are read.
    """

    media_type = MEDIA_TYPE

    def __init__(self, batcher: Batcher, settings: Settings, stopping: asyncio.Event) -> None:
        super().__init__()
        del self.headers["content-length"]
        self.headers["connection"] = "close"  # it may end before the request does
        self._batcher = batcher
        self._settings = settings
        self._stopping = stopping
        self._ahead: deque[tuple[int, int, Answer | ProblemError | None]] = deque()
        """Number of the line, what it counts, and its answer; None is the end."""
        self._held = 0
        self._number = 0
        """Lines that have been read."""
        self._changed = asyncio.Event()
        self._reading = anyio.CancelScope()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer line by line, while further lines come in."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        with self._batcher.client() as submit:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._stop)
                tasks.start_soon(self._listen, Request(scope, receive), submit, tasks.cancel_scope)
                async for line in self._answers():
                    await self._send(send, line + b"\n", more=True)
                await self._send(send, b"", more=False)
                tasks.cancel_scope.cancel()

    async def _send(self, send: Send, body: bytes, more: bool) -> None:
        """Send a part of the answer, or break off if the client does not take it."""
        with anyio.move_on_after(self._settings.timeout) as sending:
            await send({"type": "http.response.body", "body": body, "more_body": more})
        if sending.cancelled_caught:
            log.warning("a stream was broken off: its answers were not read")
            raise ClientDisconnect
        self._moved()

    def _moved(self) -> None:
        self._reading.deadline = anyio.current_time() + self._settings.timeout

    async def _answers(self) -> AsyncIterator[bytes]:
        while True:
            while not self._ahead:
                await self._wait()
            number, weight, answer = self._ahead.popleft()
            if answer is None:
                return
            yield await self._line(number, answer)
            self._held -= weight
            self._changed.set()

    async def _line(self, number: int, answer: Answer | ProblemError) -> bytes:
        try:
            if isinstance(answer, ProblemError):
                raise answer
            return await asyncio.wait_for(answer, self._settings.timeout)
        except ProblemError as problem:
            told = problem
        except asyncio.TimeoutError:
            told = ProblemError(503, f"not read within {self._settings.timeout:g} seconds")
        return json.dumps({"error": {**told.to_dict(), "line": number}}).encode()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _listen(
        self, request: Request, submit: Callable[[Document], Answer], everything: anyio.CancelScope
    ) -> None:
        """Put the answers to all lines into the queue; end everything if the client goes."""
        try:
            self._moved()
            with self._reading:
                await self._read(request, submit)
            if self._reading.cancelled_caught:
                self._put(self._number + 1, LEAST, self._broken())
            self._put(0, 0, None)
            while (await request.receive())["type"] != "http.disconnect":
                pass
        except ClientDisconnect:
            pass
        everything.cancel()

    async def _stop(self) -> None:
        await self._stopping.wait()
        self._reading.cancel()

    def _broken(self) -> ProblemError:
        if self._stopping.is_set():
            return ProblemError(503, "the service ends; send this line and those behind it again")
        return ProblemError(408, f"nothing came for {self._settings.timeout:g} seconds")

    async def _read(self, request: Request, submit: Callable[[Document], Answer]) -> None:
        position = 0
        async for line in lines(self._chunks(request), self._settings.max_body):
            while self._held >= WINDOW or (self._ahead and self._batcher.full()):
                await self._wait()
            self._number += 1
            if line is None or line.strip():
                position += 1
                self._put(self._number, *self._submitted(line, position, submit))

    async def _chunks(self, request: Request) -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            self._moved()
            yield chunk

    def _submitted(
        self, line: bytes | None, position: int, submit: Callable[[Document], Answer]
    ) -> tuple[int, Answer | ProblemError]:
        try:
            if line is None:
                raise ProblemError(413, f"the line has more than {self._settings.max_body} bytes")
            document = bodies.document(bodies.decode(line, "the line"), "#", position, self._settings)
        except ProblemError as problem:
            return LEAST, problem
        return max(len(document.text), LEAST), submit(document)

    def _put(self, number: int, weight: int, answer: Answer | ProblemError | None) -> None:
        self._ahead.append((number, weight, answer))
        self._held += weight
        self._changed.set()


async def lines(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes | None]:
    """Yield the lines of a body, or None in the place of one that is longer than the limit (bytes)."""
    line, long = bytearray(), False
    async for chunk in chunks:
        for number, piece in enumerate(chunk.split(b"\n")):
            if number:
                yield None if long else bytes(line)
                line, long = bytearray(), False
            long = long or len(line) + len(piece) > limit
            if not long:
                line += piece
    if line or long:
        yield None if long else bytes(line)

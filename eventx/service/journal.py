"""The journal of requests: each is counted, and has a line in the log."""

from __future__ import annotations

import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eventx.service.metrics import Metrics
from eventx.service.problems import log

METHODS = ("GET", "HEAD", "OPTIONS", "POST")

GONE = 499
"""Counted as status where the client did not wait for its answer."""


class Journal:
    """ASGI middleware around everything.

    Args:
        app: what it tells of.
        metrics: are told of each request.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through and tell what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = GONE
        start = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            pass
        finally:
            # The route, not the path: what is logged and counted are the service's own words.
            route = getattr(scope.get("route"), "path", "other")
            method = scope["method"] if scope["method"] in METHODS else "other"
            seconds = time.perf_counter() - start
            self._metrics.request(method, route, status, seconds)
            log.info("%s %s %d %.3f s", method, route, status, seconds)

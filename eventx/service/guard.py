"""The guard before all routes: token, security headers, unforeseen errors, counting, a line in the log."""

from __future__ import annotations

import hmac
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eventx.service.metrics import Metrics
from eventx.service.problems import ProblemError, failure, log

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

PROTECTED = ("/v1/", "/metrics")
"""Beginnings of the paths that need the token, if there is one."""

METHODS = ("GET", "HEAD", "OPTIONS", "POST")

GONE = 499
"""Counted as status where the client did not wait for its answer."""


class Guard:
    """ASGI middleware around the routes.

    Args:
        app: what it guards.
        token: what clients have to send; nothing if None.
        metrics: are told of each request.
    """

    def __init__(self, app: ASGIApp, token: str | None, metrics: Metrics) -> None:
        self._app = app
        self._token = token
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = GONE
        start = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-cache" if "etag" in headers else "no-store")
            await send(message)

        try:
            if self._allowed(scope):
                await self._app(scope, receive, sending)
            else:
                told = "the token is missing or wrong: send Authorization: Bearer TOKEN"
                headers = {"WWW-Authenticate": "Bearer"}
                await ProblemError(401, told, headers=headers).response()(scope, receive, sending)
        except ClientDisconnect:
            pass
        except Exception as error:
            problem = failure(error)
            if status == GONE:
                await problem.response()(scope, receive, sending)
            # Else the answer breaks off: the server closes the connection, which tells the client.
        finally:
            seconds = time.perf_counter() - start
            route = getattr(scope.get("route"), "path", "other")
            # The route, not the path: what is logged and counted are the service's own words.
            method = scope["method"] if scope["method"] in METHODS else "other"
            self._metrics.request(method, route, status, seconds)
            log.info("%s %s %d %.3f s", method, route, status, seconds)

    def _allowed(self, scope: Scope) -> bool:
        if self._token is None or not scope["path"].startswith(PROTECTED):
            return True
        kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token.encode())

"""The end of a connection on which a request was refused before its body had come."""

from __future__ import annotations

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER = 10.0
"""Seconds that the rest of a body is still received, and thrown away: most clients read no answer before they
have sent a good deal, and lose it if the connection is closed at once."""


class Linger:
    """ASGI middleware that closes such a connection, when the client has had time to read the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope)
        complete = sent.get("content-length", "0") == "0" and "transfer-encoding" not in sent
        closing = False

        async def receiving() -> Message:
            nonlocal complete
            message = await receive()
            complete = not message.get("more_body", False)  # or the client has gone
            return message

        async def sending(message: Message) -> None:
            nonlocal closing
            if message["type"] == "http.response.start":
                closing = message["status"] >= 400 and not complete
                if closing:
                    MutableHeaders(scope=message)["Connection"] = "close"
                await send(message)
            elif closing and not message.get("more_body", False):
                await send({**message, "more_body": True})
                with anyio.move_on_after(LINGER):
                    while not complete:
                        await receiving()
                await send({"type": "http.response.body"})
            else:
                await send(message)

        await self._app(scope, receiving, sending)

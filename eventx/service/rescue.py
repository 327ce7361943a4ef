"""Errors that nobody foresaw."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from eventx.service.problems import failure


class Rescue:
    """ASGI middleware around the routes: an error that nobody foresaw becomes a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, come what may."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            raise
        except Exception as error:
            problem = failure(error)
            if not begun:
                await problem.response()(scope, receive, send)
            # Else the answer breaks off: the server closes the connection, which tells the client.

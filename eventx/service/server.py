"""The server: uvicorn, which at a signal accepts no more and finishes what it has accepted."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from eventx.service.app import create
from eventx.service.settings import Settings
from eventx.service.state import Service

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline


class Server(uvicorn.Server):
    """Tells the service when a signal ends it, so that streams end, too."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal comes."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; a second interrupt ends at once."""
        self._loop.call_soon_threadsafe(self._service.stopping.set)
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: address or name of an interface.
        port: 0 for any that is free.

    Raises:
        OSError: the address is taken, not this machine's, or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise OSError(f"cannot listen at {host}, port {port}: {error}") from None


def serve(nlp: Pipeline, listener: socket.socket, settings: Settings) -> None:
    """Serve until interrupted (SIGINT, SIGTERM); what was accepted is finished.

    Args:
        nlp: the model's pipeline.
        listener: a socket that listens.
        settings: limits.
    """
    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("uvicorn").setLevel("WARNING")
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # who takes nothing of an answer is gone after that time
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, math.ceil(settings.timeout * 1000))
    app = create(nlp, settings)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.timeout),
        ws="none",
    )
    address, port = listener.getsockname()[:2]
    host = f"[{address}]" if ":" in address else address
    logging.getLogger("eventx.service").info("%s at http://%s:%d", nlp.version.model, host, port)
    Server(config, app.state.service).run([listener])

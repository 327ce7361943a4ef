"""What the service allows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Limits of the service, and who may use it."""

    max_body: int = 10_000_000
    """Bytes of a request's body, or of a line in a stream."""
    max_documents: int = 1000
    """Documents in a request; a stream has as many as it likes."""
    max_characters: int = 1_000_000
    """Code points of a document's text."""
    timeout: float = 300.0
    """Seconds for a body to arrive, for its documents to be read, and for what is left at the end."""
    queue: int = 4000
    """Documents that wait for the model before new requests are refused."""
    token: str | None = None
    """What clients have to send as ``Authorization: Bearer TOKEN``; nothing if None."""
    cors: tuple[str, ...] = ()
    """Origins whose pages may use the service."""

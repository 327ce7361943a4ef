"""What the service allows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Limits of the service, and who may use it.

    The defaults fit each other: two cores read `queue_characters` in less than `timeout`.
    """

    max_body: int = 10_000_000
    """Bytes of a request's body, or of a line in a stream; a rendered file may have ten times as many."""
    max_documents: int = 1000
    """Documents in a request; a stream has as many as it likes."""
    max_characters: int = 1_000_000
    """Code points of a document's text."""
    timeout: float = 600.0
    """Seconds for a body to arrive, for its documents to be read, for a stream in which nothing moves, and to
    finish at the end."""
    queue: int = 4000
    """Documents that wait for the model before new requests are refused."""
    queue_characters: int = 10_000_000
    """Code points of their texts; a request that has more is taken while nothing else waits."""
    token: str | None = None
    """What clients have to send as ``Authorization: Bearer TOKEN``; nothing if None."""
    cors: tuple[str, ...] = ()
    """Origins whose pages may use the service, as ``https://news.example``; ``*`` is all."""

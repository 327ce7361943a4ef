"""What the service counts, in the form of Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600)


class Metrics:
    """Counters of one service; none has anything of a text in it."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        labels = "method", "route", "status"
        self._requests = Counter("eventx_requests", "Requests answered.", labels, registry=registry)
        told = "Seconds from a request's head to the end of its answer."
        self._seconds = Histogram(
            "eventx_request_seconds", told, ("route",), buckets=SECONDS, registry=registry
        )
        self._documents = Counter("eventx_documents", "Documents read.", registry=registry)
        self._characters = Counter("eventx_characters", "Code points read.", registry=registry)
        told = "Documents that the model read together."
        sizes = (1, 2, 4, 8, 16)
        self._sizes = Histogram("eventx_batch_documents", told, buckets=sizes, registry=registry)
        told = "Seconds that the model read a batch."
        self._model = Histogram("eventx_batch_seconds", told, buckets=SECONDS, registry=registry)
        self._waiting = Gauge("eventx_waiting_documents", "Documents that wait.", registry=registry)

    def watch(self, waiting: Callable[[], float]) -> None:
        """Tell where to ask how many documents wait."""
        self._waiting.set_function(waiting)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, documents: int, characters: int, seconds: float) -> None:
        """Count a batch."""
        self._documents.inc(documents)
        self._characters.inc(characters)
        self._sizes.observe(documents)
        self._model.observe(seconds)

    def text(self) -> bytes:
        """Return all in the text format."""
        return generate_latest(self._registry)

"""Fixtures that several test modules use."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import eventx
from eventx.document import Document
from eventx.pipeline import Pipeline

# No test measures time; derandomised, so that a failure is the change's and not the day's.
settings.register_profile("eventx", deadline=None, derandomize=True)
settings.load_profile("eventx")

# A shell starts background jobs with interrupts ignored; what the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Keep this process from asking other machines for anything, and from asking where they are."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if host not in (None, "", "127.0.0.1", "::1", "localhost", b"localhost", "0.0.0.0"):
        raise AssertionError(f"{event}: a connection to {host} was asked for")


sys.addaudithook(refuse)

SEEDS = Path(__file__).parents[1] / "seeds"
ARTICLES = Path(__file__).parents[1] / "benchmarks" / "data" / "authored_docs.jsonl"


@pytest.fixture(scope="session")
def nlp() -> Pipeline:
    """The pipeline of the bundled model."""
    return eventx.load()


@pytest.fixture
def gold() -> Document:
    """The seed article with its gold annotation."""
    return Document.from_dict(json.loads((SEEDS / "gold.jsonl").read_text("utf-8")))


@pytest.fixture(scope="session")
def seed_file() -> Path:
    """The seed article as it came: a text file with a header."""
    return next(SEEDS.glob("*.txt"))


@pytest.fixture(scope="session")
def rows(seed_file: Path) -> list[dict[str, str | None]]:
    """Documents: articles, the seed, and what is hard to read."""
    articles = map(json.loads, ARTICLES.read_text("utf-8").splitlines()[:3])
    found = [{field: article[field] for field in ("id", "date", "text")} for article in articles]
    hard = ["", "\r\nThey met.\0", "\U0001f91d \u202eThe envoys met in Oslo."]
    found += [{"id": f"a/{n}", "date": None, "text": text} for n, text in enumerate(hard)]
    return [*found, {"id": "seed", "date": "2020-07-12", "text": seed_file.read_text("utf-8")}]


@pytest.fixture(scope="session")
def expected(rows: list[dict[str, str | None]]) -> list[Document]:
    """What `pipe` makes of them, by id."""
    return sorted(eventx.load(threads=1).pipe(rows), key=lambda document: document.id or "")


@pytest.fixture
def no_hanging() -> Iterator[None]:
    """End a test that waits for ever."""

    def end(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(300)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)

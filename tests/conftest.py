"""Fixtures that several test modules use."""

from __future__ import annotations

import json
import signal
from pathlib import Path

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

SEEDS = Path(__file__).parents[1] / "seeds"


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

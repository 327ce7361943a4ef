"""Starts: how long a user waits for the package, the model, and one article on the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from eventx.benchmark.rounds import Tell, interleave, timed
from eventx.benchmark.texts import Record

SEEDS = Path(__file__).parents[2] / "seeds"
"""In a checkout; elsewhere the first text is the article."""

IMPORT = "import time; start = time.perf_counter(); import eventx; print(time.perf_counter() - start)"
LOAD = "import time, eventx; start = time.perf_counter(); eventx.load(); print(time.perf_counter() - start)"


def measure(records: Sequence[Record], rounds: int, tell: Tell = lambda _: None) -> dict[str, list[float]]:
    """Return the seconds of each start in each round, every one in a new process."""
    with TemporaryDirectory() as scratch:
        article = next(SEEDS.glob("*.txt"), Path(scratch) / "article.txt")
        if not article.exists():
            article.write_text(records[0]["text"], "utf-8")
        extract = ("-m", "eventx", "extract", str(article))
        tasks = {
            "python -c pass": timed(lambda: _run("-c", "pass")),
            "import eventx": _told(IMPORT),
            "eventx.load()": _told(LOAD),
            "eventx extract, one article": timed(lambda: _run(*extract)),
        }
        for task in tasks.values():
            task()
        return interleave(tasks, rounds, tell)


def _run(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


def _told(code: str) -> Callable[[], float]:
    """Return what runs code that prints its seconds."""
    return lambda: float(_run("-c", code))

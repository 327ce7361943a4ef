"""Stages: where the time goes between text and meetings, in one thread."""

from __future__ import annotations

import inspect
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import eventx
from eventx import meetings, pipeline, tagger
from eventx.benchmark.replacement import replaced
from eventx.benchmark.rounds import Tell
from eventx.benchmark.texts import Record
from eventx.benchmark.workers import WARM
from eventx.gate import Gate
from eventx.tagger import Tagger

STAGES: tuple[tuple[str, Any, str], ...] = (
    ("sentences and words", tagger, "segment"),
    ("gate", Gate, "__call__"),
    ("first pass", Tagger, "find_triggers"),
    ("second pass", Tagger, "_find_roles"),
    ("dates", pipeline, "_date"),
    ("dates", meetings, "resolve_date"),
    ("meetings", pipeline, "form_meetings"),
)
"""Each stage and a function whose time is its own, but for what other stages take of it."""

REST = "all else"


class Clock:
    """Gives all time to the stage that is under way; one within another stops that for as long."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._under_way = [REST]
        self._since = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Give the time of the block to a stage."""
        self._note()
        self._under_way.append(name)
        try:
            yield
        finally:
            self._note()
            self._under_way.pop()

    def _note(self) -> None:
        now = time.perf_counter()
        self.seconds[self._under_way[-1]] += now - self._since
        self._since = now


def measure(records: Sequence[Record], rounds: int, tell: Tell = lambda _: None) -> dict[str, list[float]]:
    """Return the seconds of each stage in each round."""
    nlp = eventx.load(threads=1)
    for _ in nlp.pipe(records[:WARM]):  # opens tables and calendars
        pass
    found: dict[str, list[float]] = {name: [] for name in (*(name for name, _, _ in STAGES), REST)}
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        with watched() as clock:
            for _ in nlp.pipe(records):
                pass
        for name, seconds in found.items():
            seconds.append(clock.seconds[name])
    return found


@contextmanager
def watched() -> Iterator[Clock]:
    """Give the time of the block to the stages; all of it to that which is under way."""
    clock = Clock()
    with ExitStack() as stack:
        for name, owner, function in STAGES:
            stack.enter_context(replaced(owner, function, _counted(getattr(owner, function), name, clock)))
        with clock.stage(REST):
            yield clock


def _counted(function: Callable[..., Any], name: str, clock: Clock) -> Callable[..., Any]:
    """Return the function as one whose time is a stage's; a generator's time is that of its steps."""

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        with clock.stage(name):
            return function(*arguments, **options)

    @wraps(function)
    def steps(*arguments: Any, **options: Any) -> Iterator[Any]:
        items = function(*arguments, **options)
        end = object()
        while True:
            with clock.stage(name):
                item = next(items, end)
            if item is end:
                return
            yield item

    return steps if inspect.isgeneratorfunction(function) else call

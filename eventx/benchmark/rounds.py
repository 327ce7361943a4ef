"""Rounds: in each of them everything that is compared has its turn, so that a busy minute hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

Tell = Callable[[str], object]
"""Is told what is being measured."""


def interleave(
    tasks: Mapping[str, Callable[[], float]], rounds: int, tell: Tell = lambda _: None
) -> dict[str, list[float]]:
    """Return what each task gives in each round; a round begins with another task than the one before.

    Args:
        tasks: return a number, see `timed`.
        rounds: how often each task is run.
        tell: is told the task's name before its turn.
    """
    names = list(tasks)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds if names else 0):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            tell(f"round {number + 1} of {rounds}: {name}")
            found[name].append(tasks[name]())
    return found


def timed(task: Callable[[], object]) -> Callable[[], float]:
    """Return the task as one that returns the seconds it took."""

    def run() -> float:
        start = time.perf_counter()
        task()
        return time.perf_counter() - start

    return run

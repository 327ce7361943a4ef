"""Comparison: what became faster or slower since an earlier run, by ratios to peers, not by seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from eventx.benchmark.results import Results

TOLERATED = 0.15
"""Share by which a ratio may differ from one run to the next."""


class Change(NamedTuple):
    """A ratio then and now."""

    name: str
    then: float
    now: float

    @property
    def share(self) -> float:
        """By what share of what it was it changed."""
        return self.now / self.then - 1

    @property
    def verdict(self) -> str:
        """``fell``, ``rose``, or nothing if it changed little."""
        if abs(self.share) <= TOLERATED:
            return ""
        return "fell" if self.share < 0 else "rose"


def compare(then: Results, now: Results) -> list[Change]:
    """Return all ratios that both runs have."""
    before, after = then.ratios(), now.ratios()
    return [Change(name, before[name], after[name]) for name in after if before.get(name)]


def table(then: Results, now: Results) -> str:
    """Return the comparison in Markdown, with what else differs between the runs."""
    changes = compare(then, now)
    if not changes:
        return "Nothing to compare: the two runs have no ratio in common."
    gone = then.ratios().keys() - now.ratios().keys()
    lines = ["| | then | now | change | |", "| --- | ---: | ---: | ---: | --- |"]
    lines += [
        f"| {one.name} | {one.then:.2f} | {one.now:.2f} | {one.share:+.0%} | {one.verdict} |"
        for one in changes
    ]
    notes = [
        f"- {what}: {_told(old)} then, {_told(new)} now"
        for what, old, new in (
            ("text", then.text.file, now.text.file),
            ("words", then.text.words, now.text.words),
            ("model", then.model, now.model),
            *_differing(then.machine, now.machine),
            *_differing(then.versions, now.versions),
        )
        if old != new
    ]
    notes += [f"- {name}: only measured then" for name in sorted(gone)]
    return "\n".join([*lines, *(["", "What differs besides:", *notes] if notes else [])])


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*then, *now]):
        yield name, then.get(name), now.get(name)


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "none" if value is None else str(value)

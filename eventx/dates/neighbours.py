"""The other dates of a sentence, from which an expression may count: "on Tuesday and the next day"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice

from eventx.dates.scene import Scene
from eventx.dates.words import MONTHS, WEEKDAYS

_WEEKDAY = rf"(?:{'|'.join(name.capitalize() for name in WEEKDAYS)})"
_MONTH = "|".join(
    [rf"{name.capitalize()}\b" for name in MONTHS]
    + [rf"{name[:3].capitalize()}\." for name in MONTHS if name != "may"]
    + [r"Sept\."]
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?![\w:]|\.\d)"
_YEAR = r"(?:1[89]|20)\d\d(?![\w,.:]\d|\w)"
_MONTH_DAY = rf"(?:(?:{_MONTH}) {_DAY}(?:\s?[-–]\s?{_DAY})?|(?:{_DAY}\s?[-–]\s?)?{_DAY} (?:of )?(?:{_MONTH}))"
DATE = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d\b|(?:{_WEEKDAY},? )?{_MONTH_DAY}(?:,? {_YEAR})?|(?:{_MONTH})(?: {_YEAR})?"
    rf"|(?:(?i:last|next) )?{_WEEKDAY}\b|(?i:yesterday|today|tomorrow)\b"
    rf"|(?i:first|second|third|fourth)[ -]quarter(?: of {_YEAR})?\b|(?i:the quarter)\b|{_YEAR})"
)
"""A date that does not itself count from another one."""

MOST = 10
"""Dates that are tried."""
ADJACENT = 8
"""Characters between a time of day and the date it belongs to: "10 a.m. on next Tuesday"."""


def neighbours(scene: Scene, behind_first: bool) -> Iterator[Scene]:
    """Yield the scenes of a sentence's other dates, those most probable to be counted from first.

    These are the dates before the expression, from the nearest on, then those behind it; where
    ``behind_first``, as for a time of day or "two days after", one right behind it comes before all others.
    """
    before = [scene.other(0, match) for match in DATE.finditer(scene.before)]
    start = len(scene.sentence) - len(scene.after)
    behind = [scene.other(start, match) for match in DATE.finditer(scene.after)]
    adjacent = behind_first and bool(behind) and len(behind[0].before) - start <= ADJACENT
    first = [behind.pop(0)] if adjacent else []
    yield from islice(chain(first, reversed(before), behind), MOST)

"""The other dates of a sentence, from which an expression may count: "on Tuesday and the next day"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventx.dates.words import MONTHS, WEEKDAYS

_WEEKDAY = rf"(?:{'|'.join(name.capitalize() for name in WEEKDAYS)})"
_MONTH = "|".join(
    [rf"{name.capitalize()}\b" for name in MONTHS]
    + [rf"{name[:3].capitalize()}\." for name in MONTHS if name != "may"]
    + [r"Sept\."]
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?![\w:]|\.\d)"
_YEAR = r"(?:1[89]|20)\d\d(?![\w,.:]\d|\w)"
DATE = re.compile(
    rf"\b(?:(?:{_WEEKDAY},? )?(?:(?:{_MONTH}) {_DAY}|{_DAY} (?:{_MONTH}))(?:,? {_YEAR})?"
    rf"|(?:{_MONTH})(?: {_YEAR})?|{_WEEKDAY}\b|(?i:yesterday|today|tomorrow)\b"
    rf"|(?i:first|second|third|fourth)[ -]quarter(?: of {_YEAR})?\b|(?i:the quarter)\b|{_YEAR})"
)
"""A date that does not itself count from another one."""

REACH = 1000
"""Characters on either side of the expression that are searched."""


def neighbours(expression: str, sentence: str) -> Iterator[str]:
    """Yield a sentence's other dates: those before the expression, nearest first, then those behind it."""
    # Not by lower(): that can change the number of characters.
    found = re.search(re.escape(expression), sentence, re.IGNORECASE)
    if found is not None:
        yield from reversed(DATE.findall(sentence, max(0, found.start() - REACH), found.start()))
        yield from DATE.findall(sentence, found.end(), found.end() + REACH)

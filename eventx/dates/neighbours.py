"""The other dates of a sentence, from which an expression may count: "on Tuesday and the next day"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventx.dates.words import MONTHS, WEEKDAYS

_MONTH = "|".join(
    [name.capitalize() for name in MONTHS]
    + [f"{name[:3].capitalize()}\\.|Sept\\." for name in MONTHS if name != "may"]
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?![\w:.])"
DATE = re.compile(
    rf"\b(?:(?:{_MONTH}) {_DAY}(?:,? \d{{4}}\b)?|{_DAY} (?:{_MONTH})(?: \d{{4}}\b)?"
    rf"|(?:{_MONTH})(?: \d{{4}}\b)?"
    rf"|(?:{'|'.join(name.capitalize() for name in WEEKDAYS)})\b|(?i:yesterday|today|tomorrow)\b"
    r"|(?i:first|second|third|fourth)[ -]quarter(?: of \d{4})?\b|[12]\d{3}(?![\w,.]\d|\w))"
)
"""A date that does not itself count from another one."""

REACH = 1000
"""Characters on either side of the expression that are searched."""


def neighbours(expression: str, sentence: str) -> Iterator[str]:
    """Yield a sentence's other dates: those before the expression, nearest first, then those behind it."""
    position = sentence.lower().find(expression.lower())
    if position < 0:
        return
    end = position + len(expression)
    yield from reversed(DATE.findall(sentence, max(0, position - REACH), position))
    yield from DATE.findall(sentence, end, end + REACH)

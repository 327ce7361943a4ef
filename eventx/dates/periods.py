"""Periods of the calendar and their ISO 8601 values."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

SEASON_CODES = {3: "SP", 6: "SU", 9: "FA", 12: "WI"}
"""Code of a season by its first month."""

DAYS = {"day": 1, "week": 7, "weekend": 7}
"""Units counted in days: how many lie between the beginnings of two of them."""
LENGTHS = {"month": 1, "quarter": 3, "half": 6, "season": 3, "year": 12}
"""Units counted in months, with their length."""


class Period(NamedTuple):
    """A day, week, weekend, month, quarter, half, season or year of the calendar."""

    unit: str
    first: date

    @property
    def last(self) -> date:
        """Last day."""
        if self.unit == "weekend":
            return self.first + timedelta(1)
        if self.unit in DAYS:
            return self.first + timedelta(DAYS[self.unit] - 1)
        index = self.first.year * 12 + self.first.month - 2 + LENGTHS[self.unit]
        year, month = index // 12, index % 12 + 1
        return date(year, month, monthrange(year, month)[1])

    @property
    def value(self) -> str:
        """ISO 8601 value."""
        return FORMATS[self.unit](self)

    def shift(self, count: int) -> Period:
        """Return the period of this kind so many periods later."""
        if self.unit in DAYS:
            return Period(self.unit, self.first + timedelta(DAYS[self.unit] * count))
        index = self.first.year * 12 + self.first.month - 1 + LENGTHS[self.unit] * count
        return Period(self.unit, date(index // 12, index % 12 + 1, 1))


class Range(NamedTuple):
    """From one period to another."""

    start: Period
    end: Period

    @property
    def value(self) -> str:
        """ISO 8601 value."""
        return f"{self.start.value.split('/')[0]}/{self.end.value.split('/')[-1]}"


def _week_value(period: Period) -> str:
    year, week, _ = period.first.isocalendar()
    return f"{year:04}-W{week:02}"


FORMATS: dict[str, Callable[[Period], str]] = {
    "day": lambda period: period.first.isoformat(),
    "week": _week_value,
    "weekend": lambda period: f"{period.first}/{period.last}",
    "month": lambda period: period.first.isoformat()[:7],
    "quarter": lambda period: f"{period.first.year:04}-Q{period.first.month // 3 + 1}",
    "half": lambda period: f"{period.first.isoformat()[:7]}/{period.last.isoformat()[:7]}",
    "season": lambda period: f"{period.first.year:04}-{SEASON_CODES[period.first.month]}",
    "year": lambda period: f"{period.first.year:04}",
}


def require(condition: bool) -> None:
    """Raise ValueError unless what was read makes sense."""
    if not condition:
        raise ValueError("no such date")


def period_of(unit: str, day: date) -> Period:
    """Return the period of a unit that a day lies in; of a weekend, the one of the day's week."""
    if unit in DAYS:
        monday = day - timedelta(day.weekday())
        return Period(unit, {"day": day, "week": monday, "weekend": monday + timedelta(5)}[unit])
    require(unit in LENGTHS)
    length = LENGTHS[unit]
    index = day.year * 12 + day.month - 1
    # Seasons begin in December, all others in January.
    index -= (index + 1) % length if unit == "season" else index % length
    return Period(unit, date(index // 12, index % 12 + 1, 1))


def _month(year: int, month: int) -> Period:
    return Period("month", date(year, month, 1))


VALUE = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d)?)?"
    r"|W(?P<week>\d\d)|Q(?P<quarter>[1-4])|(?P<season>SP|SU|FA|WI)))?",
    re.ASCII,
)
"""An ISO value that is no range."""


def read(value: str) -> Period:
    """Return the period of an ISO value that is no range.

    Raises:
        ValueError: it is malformed or there is no such day, month or week.
    """
    match = VALUE.fullmatch(value)
    if match is None:
        raise ValueError(value)
    year = int(match["year"])
    if match["day"]:
        return Period("day", date(year, int(match["month"]), int(match["day"])))
    if match["month"]:
        return _month(year, int(match["month"]))
    if match["week"]:
        return Period("week", date.fromisocalendar(year, int(match["week"]), 1))
    if match["quarter"]:
        return Period("quarter", date(year, int(match["quarter"]) * 3 - 2, 1))
    if match["season"]:
        first = next(month for month, code in SEASON_CODES.items() if code == match["season"])
        return Period("season", date(year, first, 1))
    return Period("year", date(year, 1, 1))


def ends(value: str) -> tuple[Period, Period]:
    """Return the first and the last period of an ISO value; of one that is no range, twice the same.

    Raises:
        ValueError: it is malformed, or a range that ends before it begins.
    """
    parts = [read(part) for part in value.split("/", 2)]
    if len(parts) > 2 or parts[-1].last < parts[0].first:
        raise ValueError(value)
    return parts[0], parts[-1]


def interval(value: str | None) -> tuple[str, str] | None:
    """Return the first and the last day (``YYYY-MM-DD``) of an ISO value; None if it is None or malformed.

    Seasons are those of meteorologists on the northern half of the Earth: ``2020-SP`` is March to May,
    ``2020-WI`` December 2020 to February 2021.
    """
    try:
        start, end = ends(value or "")
        return start.first.isoformat(), end.last.isoformat()
    except (ValueError, OverflowError):
        return None

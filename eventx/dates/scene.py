"""What an expression is seen from: the day of publication, the tense, the reference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from math import inf
from typing import Any, NamedTuple

from eventx import countries
from eventx.dates.holidays import holiday
from eventx.dates.periods import Period, ends, period_of, require
from eventx.dates.tense import looks_ahead
from eventx.dates.words import NATIONAL_DAYS
from eventx.document import Status

ACCOUNTS = re.compile(
    r"(?=.*[$%]|.*\b(?:million|billion|cents|pence)\b)"
    r".*\b(?:net|earned|earnings|profits?|revenues?|sales|loss|loans?|income|results)\b",
    re.IGNORECASE | re.DOTALL,
)
"""A sentence of a company's report, which compares its quarter with that of the year before.

It names money and what became of it.
"""

YEARLY = re.compile(r"\b(?:six|nine|twelve) months\b|\bfor the year\b", re.IGNORECASE)
"""Words of a report about more than a quarter."""

FAR: dict[Status | None, tuple[float, float]] = {
    "scheduled": (inf, inf),
    "occurred": (5, inf),
    "cancelled": (0, 2),
}
"""How many times farther off than the nearest date one that fits the tense lies at most, by status.

First of a day, then of a longer period; (5, 5) for any other status. Of 3 to 12, 4 and 5 are best for days on
the training data.
"""


SOON = 2
"""Days about the anchor in which a period of a cancelled event is meant in any tense; best of 0 to 3."""

CLOSE = 10
"""Days ahead in which what is said to have taken place can lie."""

OWN = {name for name, _ in NATIONAL_DAYS.values()}
"""Holidays that countries have their own of."""

REACH = 1000
"""Characters of the sentence on either side of the expression that are read."""


class Scene(NamedTuple):
    """What an expression is seen from."""

    expression: str
    before: str
    """The sentence up to the expression."""
    after: str
    """The sentence behind it."""
    day: date | None
    status: Status | None
    origin: str | None
    """ISO value of the reference."""

    @classmethod
    def of(
        cls, expression: str, context: str, day: date | None, status: Status | None, origin: str | None
    ) -> Scene:
        """Return the scene of an expression in its sentence; one that is not found there stands before it."""
        start = _locate(expression, context)
        end = start + len(expression) if start >= 0 else 0
        before = context[max(start - REACH, 0) : max(start, 0)]
        return cls(expression, before, context[end : end + REACH], day, status, origin)

    def other(self, offset: int, match: re.Match[str]) -> Scene:
        """Return the scene of another date of the sentence, found in the part of it at an offset."""
        start, end = offset + match.start(), offset + match.end()
        sentence = self.sentence
        return self._replace(expression=match[0], before=sentence[:start], after=sentence[end:])

    @property
    def sentence(self) -> str:
        """The expression with what stands before and behind it."""
        return self.before + self.expression + self.after

    @property
    def anchor(self) -> date:
        """The day of publication.

        Raises:
            ValueError: it is unknown.
        """
        if self.day is None:
            raise ValueError("no anchor")
        return self.day

    @property
    def forward(self) -> bool:
        """Whether the expression looks forward from the anchor."""
        return looks_ahead(self.before, self.after, self.status)

    @property
    def reports(self) -> bool:
        """Whether the context is a sentence of a company's report; that of an event is not."""
        return self.status is None and ACCOUNTS.match(self.sentence) is not None

    @property
    def reported(self) -> str:
        """The period that a report is about, as an ISO value: the last quarter, or the year.

        Raises:
            ValueError: the day of publication is unknown, or there is no quarter before it.
        """
        if YEARLY.search(self.sentence):
            return period_of("year", self.anchor).value
        return period_of("quarter", self.anchor).shift(-1).value

    def compared(self) -> Period:
        """Return the quarter or year of the reference.

        Raises:
            ValueError: there is no reference, or it is of another kind.
        """
        start, end = self.told()
        require(start == end and start.unit in ("quarter", "year"))
        return start

    def onward(self, day: date) -> Scene:
        """Return the scene in which the end of a range is seen from its beginning."""
        return self._replace(day=day, status="scheduled")

    def told(self) -> tuple[Period, Period]:
        """Return the first and the last period of the reference.

        Raises:
            ValueError: there is none.
        """
        return ends((self.origin or "").split("T")[0])

    def reference(self, unit: str, count: int) -> Period:
        """Return the period of a unit so many units from the reference.

        Raises:
            ValueError: there is no reference, or it is vaguer than the unit.
        """
        start, end = self.told()
        if count:
            start = end = end if count > 0 else start
        period = period_of(unit, start.first)
        require(end.last <= period.last)
        return period.shift(count)

    def national(self, name: str, home: str | None, year: int) -> date:
        """Return a holiday of the first country that has it.

        Asked are the countries that the sentence names, and the holiday's home: if the sentence names no
        country, or if not each country has such a day of its own.

        Raises:
            ValueError: none of them has it.
        """
        asked = list(dict.fromkeys(countries.named(f"{self.before} {self.after}")))
        if home and not (asked and name in OWN):
            asked.append(home)
        found = next(filter(None, (holiday(name, country, year) for country in asked)), None)
        if found is None:
            raise ValueError(name)
        return found

    def pick(self, candidates: Iterable[Period], deictic: Any = None) -> Period:
        """Return the one of several periods, in their order, that is meant.

        "Last" is before the anchor, "next" after it. Without such a word it is the last one that
        has begun, or looking forward the first that has not ended. But what was planned and cancelled is
        told in the past even if it was to be tomorrow: there the only one close by is meant.

        Raises:
            ValueError: there is no such period.
        """
        anchor = self.anchor
        if deictic is None:
            if self.status == "cancelled":
                candidates = list(candidates)
                close = [period for period in candidates if self._distance(period) <= SOON]
                if len(close) == 1:
                    return close[0]
            deictic = 1 if self.forward else -1
            fitting = [
                period
                for period in candidates
                if (period.last >= anchor if deictic == 1 else period.first <= anchor)
            ]
        elif deictic == -1:
            fitting = [period for period in candidates if period.last < anchor]
        else:
            fitting = [period for period in candidates if period.first > anchor]
        require(bool(fitting))
        return fitting[-1] if deictic == -1 else fitting[0]

    def near(self, candidates: list[Period]) -> Period:
        """Return the one of several periods that fits the tense, if it does not lie far off.

        The nearest is meant where the tense is in doubt: if the day was to be that of a cancelled event, or
        if what took place would lie far back ("met on January 22" in print on January 20).

        Raises:
            ValueError: there is no such period.
        """
        require(bool(candidates))
        nearest = min(candidates, key=self._distance)
        reach = FAR.get(self.status, (5, 5))[nearest.unit != "day"]
        if len(candidates) == 1 or reach == 0:
            return nearest
        fitting = self.pick(candidates)
        near, far = self._distance(nearest), self._distance(fitting)
        if self.status == "occurred" and near > CLOSE:
            return fitting
        return nearest if far > reach * near else fitting

    def _distance(self, period: Period) -> int:
        """Return the number of days from the anchor to a period."""
        return max((period.first - self.anchor).days, (self.anchor - period.last).days, 0)


def _locate(expression: str, context: str) -> int:
    """Return where an expression stands in a text as whole words, in any letter case if need be; or -1."""
    for wanted, text in ((expression, context), (expression.lower(), context.lower())):
        start = text.find(wanted) if wanted and len(text) == len(context) else -1
        while start >= 0:
            end = start + len(wanted)
            inside = (text[start - 1 : start].isalnum() and wanted[0].isalnum()) or (
                text[end : end + 1].isalnum() and wanted[-1].isalnum()
            )
            if not inside:
                return start
            start = text.find(wanted, start + 1)
    return -1

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


class Scene(NamedTuple):
    """What an expression is seen from."""

    expression: str
    day: date | None
    context: str | None
    status: Status | None
    origin: str | None
    """ISO value of the reference."""

    @property
    def anchor(self) -> date:
        """The day of publication.

        Raises:
            ValueError: it is unknown.
        """
        if self.day is None:
            raise ValueError("no anchor")
        return self.day

    def beside(self) -> tuple[str, str]:
        """Return a few characters of the context before and behind the expression."""
        context = self.context or ""
        start = context.find(self.expression)
        end = start + len(self.expression)
        return (context[max(start - 20, 0) : start], context[end : end + 20]) if start >= 0 else ("", "")

    @property
    def forward(self) -> bool:
        """Whether the expression looks forward from the anchor."""
        return looks_ahead(self.expression, self.context or "", self.status)

    @property
    def reports(self) -> bool:
        """Whether the context is a sentence of a company's report; that of an event is not."""
        return self.status is None and ACCOUNTS.match(self.context or "") is not None

    @property
    def reported(self) -> str:
        """The period that a report is about, as an ISO value: the last quarter, or the year.

        Raises:
            ValueError: the day of publication is unknown, or there is no quarter before it.
        """
        if YEARLY.search(self.context or ""):
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

    def national(self, name: str, default: str | None, year: int) -> date:
        """Return a holiday of the first country of the context that has it, else of a country by default.

        Raises:
            ValueError: none of them has it.
        """
        named = [*countries.named(self.context or ""), *([default] if default else [])]
        for day in (holiday(name, country, year) for country in named):
            if day is not None:
                return day
        raise ValueError(name)

    def pick(self, candidates: Iterable[Period], deictic: Any = None) -> Period:
        """Return the one of several periods, in their order, that is meant.

        "Last" is before the anchor, "next" after it. Without such a word it is the last one that
        has begun, or looking forward the first that has not ended.

        Raises:
            ValueError: there is no such period.
        """
        anchor = self.anchor
        if deictic is None:
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
        return nearest if self._distance(fitting) > reach * self._distance(nearest) else fitting

    def _distance(self, period: Period) -> int:
        """Return the number of days from the anchor to a period."""
        return max((period.first - self.anchor).days, (self.anchor - period.last).days, 0)

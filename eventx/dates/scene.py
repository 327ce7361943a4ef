"""What an expression is seen from: the day of publication, the tense, the reference."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from eventx.dates.periods import Period, ends, period_of, require
from eventx.document import Status

TENSES = {"scheduled": True, "hypothetical": True, "occurred": False}
"""Whether an event of a status lies ahead; of any other status the context must tell."""

PASTS = (
    r"had been(?: \w+)?|was|were|had|has|have|did|met|held|took|began|spoke|said|told|came|went|saw|made|"
    r"gave|left|won|lost|ran|rose|fell|sent|brought|got|became|broke|built|bought|caught|chose|drew|flew|"
    r"found|fought|grew|heard|kept|knew|laid|led|meant|paid|read|rang|sold|shot|stood|struck|swept|taught|"
    r"thought|threw|understood|wrote|hit|quit|[a-z]{3,}ed"
)
"""Forms of verbs that tell of the past, as a regular expression."""

PLANS = (
    r"(?:will|would|shall|could|might|may(?! \d))(?: (?:not|also|then|now|soon|still))?(?: be)?"
    r"(?: \w+(?:ed|ing)\b| held)?|planned|planning|(?<!the )(?<!a )(?<!its )plans?|scheduled|due|set|"
    r"expected|expects?|proposed?|deadline|effective|payable|until|by(?= $)|as soon as|(?:is|are) to|"
    r"to (?:attend|be|begin|chair|confer|convene|discuss|gather|hold|host|join|meet|open|resume|sit|speak|"
    r"start|take|talk|visit)(?: \w+ed\b| held)?"
)
"""What tells of the future: auxiliaries with their verbs, and words of plans."""

VERBS = re.compile(rf"\b(?:(?P<ahead>{PLANS})|(?P<behind>{PASTS}))\b")
CANCELLED_VERBS = re.compile(
    r"\b(?:(?P<ahead>has|have|will|is|are|wants?)|(?P<behind>was|were|had|did|fell|never|failed|broke))\b"
)
"""Verbs that tell whether an event lies ahead: of a cancelled one that which says so, "has been put off"."""

ACCOUNTS = re.compile(
    r"(?=.*[$%]|.*\b(?:million|billion|cents|pence)\b)"
    r".*\b(?:net|earned|earnings|profits?|revenues?|sales|loss|income|results)\b",
    re.IGNORECASE | re.DOTALL,
)
"""A sentence of a company's report, which compares its quarter with that of the year before.

It names money and what became of it.
"""

YEARLY = re.compile(r"\b(?:six|nine|twelve) months\b|\bfor the year\b", re.IGNORECASE)
"""Words of a report about more than a quarter."""

FAR = 5
"""How many times farther back than the nearest date lies that of an event that took place, at most.

Of 3 to 12, what is best on the training data (4 and 5 are alike).
"""


def _last(verbs: Iterable[re.Match[str]]) -> re.Match[str] | None:
    found = deque(verbs, maxlen=1)
    return found[0] if found else None


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

    @property
    def forward(self) -> bool:
        """Whether the expression looks forward from the anchor: the status tells, else the verb before it.

        Of a cancelled event it is the verb after it: "Friday's talks have been called off".
        """
        if self.status in TENSES:
            return TENSES[self.status]
        context = (self.context or "").lower()
        position = max(context.find(self.expression.lower()), 0)
        if self.status == "cancelled":
            cue = CANCELLED_VERBS.search(context, position) or _last(CANCELLED_VERBS.finditer(context))
        else:
            cue = _last(VERBS.finditer(context, 0, position)) or VERBS.search(context)
        return cue is not None and cue.lastgroup == "ahead"

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
        """Return the one of several periods that fits the tense.

        The nearest is meant where the tense is in doubt: if the event is cancelled, or if what took place
        would lie far back ("met on January 22" in print on January 20).

        Raises:
            ValueError: there is no such period.
        """
        require(bool(candidates))
        nearest = min(candidates, key=self._distance)
        if self.status == "cancelled" or len(candidates) == 1:
            return nearest
        fitting = self.pick(candidates)
        far = self.status != "scheduled" and self._distance(fitting) > FAR * self._distance(nearest)
        return nearest if far else fitting

    def _distance(self, period: Period) -> int:
        """Return the number of days from the anchor to a period."""
        return max((period.first - self.anchor).days, (self.anchor - period.last).days, 0)

"""Groups: reports of one meeting.

Reports are taken in order of publication. Each joins the group whose reports it goes best with, if it is more
probable than not that they are of one meeting, and is the first of a new one otherwise. It is compared only
with reports that have a party or place and a day in common with it, or two parties.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations

from eventx.linking.pairs import Compared, odds

COMPARED = 6
"""Reports of a group, those added last, that a new one is compared with; the bound keeps time linear."""
CANDIDATES = 24
"""Groups that a report is compared with: those that have most keys in common with it."""
KEPT = 64
"""Groups that are kept for a key, those seen last."""
PARTIES = 12
"""Parties of a report that make keys."""
DAYS = 30
"""Days for which a group stays open behind its last report, or behind the last day of its meeting."""
AHEAD = 400
"""Days ahead of publication for which that is believed."""
NAMED = "named"
"""Second part of a key that is a name on the page."""
SPREAD = 1
"""Days by which the days of two reports of one meeting may differ and still be keys of both."""

Key = tuple[str | int, int | str]
Odds = Callable[[Compared, Compared], float]


class Group:
    """Reports of one meeting, by publication."""

    def __init__(self, report: Compared) -> None:
        self.reports = [report]
        self.keys: set[Key] = set()
        self.until = 0
        """The last day, as an ordinal, on which a report can join it."""

    def odds(self, report: Compared, judge: Odds) -> float:
        """Return how well a report goes with the group: the mean over its reports."""
        others = self.reports[-COMPARED:]
        return sum(judge(other, report) for other in others) / len(others)


class Groups:
    """The groups of a stream of reports.

    Args:
        judge: gives the logarithm of the odds that two reports are of one meeting.
        least: what it must be on average.
    """

    def __init__(self, judge: Odds = odds, least: float = 0.0) -> None:
        self._judge = judge
        self._least = least
        self._open: dict[int, Group] = {}
        self._count = 0
        self._keys: dict[Key, dict[int, None]] = defaultdict(dict)

    def add(self, report: Compared, day: int) -> None:
        """Put a report into the group that it belongs to, or into a new one.

        Args:
            report: what is added.
            day: when it was published, not before the report added last.
        """
        best, number = self._least, 0
        for candidate in self.candidates(report):
            group = self._open[candidate]
            if any(other.background.serial == report.background.serial for other in group.reports):
                continue
            score = group.odds(report, self._judge)
            if score > best:
                best, number = score, candidate
        if number:
            self._open[number].reports.append(report)
        else:
            self._count += 1
            number = self._count
            self._open[number] = Group(report)
        group = self._open[number]
        last = min(report.traits.likely[1], day + AHEAD) if report.traits.likely else day
        group.until = max(group.until, max(day, last) + DAYS)
        for key in keys(report):
            group.keys.add(key)
            known = self._keys[key]
            known.pop(number, None)  # what was seen last stands last
            known[number] = None
            if len(known) > KEPT:
                del known[next(iter(known))]

    def candidates(self, report: Compared) -> list[int]:
        """Return the numbers of the groups that a report may belong to."""
        times: Counter[int] = Counter()
        for key in keys(report):
            times.update(one for one in self._keys.get(key, ()) if one in self._open)
        return [number for number, _ in times.most_common(CANDIDATES)]

    def closed(self, day: int) -> Iterator[Group]:
        """Yield the groups that no report from a day on can join, and let them go."""
        for number in [number for number, group in self._open.items() if group.until < day]:
            group = self._open.pop(number)
            for key in group.keys:
                self._keys[key].pop(number, None)
                if not self._keys[key]:
                    del self._keys[key]
            yield group

    def rest(self) -> Iterator[Group]:
        """Yield the groups that are left."""
        yield from self._open.values()


def keys(report: Compared) -> Iterator[Key]:
    """Yield what a report must have one of in common with another to be compared with it."""
    here = report.traits
    parties = sorted({*here.countries, *here.bodies, *(name[-1][:5] for name in here.persons)})[:PARTIES]
    telling = report.background.telling
    if here.likely:
        first, last = here.likely
        for day in range(first - SPREAD, last + SPREAD + 1):
            for one in (*parties, *here.places, *telling):
                yield one, day
    for one, other in combinations(parties, 2):
        yield one, other
    for name in telling:
        yield name, NAMED

"""Groups: reports of one meeting.

Reports are taken in order of publication. Each is of one of the meetings that were reported before, at most
``CANDIDATES`` of them, or of a new one, whichever is most probable by `choices`, as mentions of one document
are in `eventx.coreference`. It is compared only with meetings with which it has a key in common: a party, a
place or a name on the page together with a day, two parties, or a name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from eventx.linking.choices import Group, Key, scores
from eventx.linking.reports import Compared

CANDIDATES = 24
"""Meetings that a report is compared with: those with which it has most in common, by rare keys first."""
KEPT = 64
"""Meetings that are kept for a key, those seen last."""
PARTIES = 12
"""Parties of a report that make keys."""
DAYS = 60
"""Days for which a group stays open behind its last report, or behind the last day of its meeting."""
AHEAD = 400
"""Days ahead of publication for which that is believed."""
SPREAD = 1
"""Days by which the days of two reports of one meeting may differ and still have a key in common."""
SPAN = 4
"""Days that are one in keys: a month is not thirty."""
NAMED = "named"
"""Second part of a key that is a name on the page."""

Score = Callable[[Compared, Sequence[Group], Sequence[Group]], list[float]]


class Groups:
    """The groups of a stream of reports.

    Args:
        score: says how well a report goes with each of several groups, and how well with none of them, see
            `choices.scores`.
    """

    def __init__(self, score: Score = scores) -> None:
        self.score = score
        self._open: dict[int, Group] = {}
        self._count = 0
        self._keys: dict[Key, dict[int, None]] = defaultdict(dict)

    def add(self, page: Sequence[Compared], day: int) -> None:
        """Put the reports of a page into the groups that they belong to, or into new ones.

        Args:
            page: the reports; no two of them are of one meeting.
            day: when it was published, not before the page added last.
        """
        chosen: list[Group] = []
        for report in page:
            known = [group for group in self.candidates(report) if group not in chosen]
            found = self.score(report, known, chosen)
            best = found.index(max(found))  # of equals a meeting that is known comes before a new one
            chosen.append(self.put(report, day, known[best] if best < len(known) else None))

    def candidates(self, report: Compared) -> list[Group]:
        """Return the groups that a report may belong to."""
        common: Counter[int] = Counter()
        for key in keys(report):
            known = self._keys.get(key, ())
            for number in known:
                common[number] += 1 / len(known)  # type: ignore[assignment]
        return [self._open[number] for number, _ in common.most_common(CANDIDATES)]

    def put(self, report: Compared, day: int, group: Group | None = None) -> Group:
        """Put a report into a group, or into a new one, and return it."""
        if group is None:
            self._count += 1
            group = self._open[self._count] = Group(self._count)
        group.add(report)
        last = min(report.traits.likely[1], day + AHEAD) if report.traits.likely else day
        group.until = max(group.until, max(day, last) + DAYS)
        for key in keys(report):
            group.keys.add(key)
            known = self._keys[key]
            known.pop(group.number, None)  # what was seen last stands last
            known[group.number] = None
            if len(known) > KEPT:
                del known[next(iter(known))]
        return group

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
    named: list[str | int] = [*parties, *here.places, *telling]
    if here.likely:
        first, last = here.likely
        for span in range((first - SPREAD) // SPAN, (last + SPREAD) // SPAN + 1):
            for name in named:
                yield name, span
    yield from combinations(parties, 2)
    for name in telling:
        yield name, NAMED

"""Choices: how well a report goes with each of the meetings that it may be of, and with none of them.

The scores are those of a conditional logistic regression on the named features below; its weights are in
``choices.json``, fitted by ``benchmarks/fit_linking.py``.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from pathlib import Path

from eventx.coreference import GENERIC
from eventx.document import Meeting
from eventx.extras import extra
from eventx.linking.records import Source
from eventx.linking.reports import Compared

with extra("link"):
    from rapidfuzz.distance import JaroWinkler

WEIGHTS = Path(__file__).with_suffix(".json")

NEW = "new"
"""What the features of a new meeting begin with."""

ALIKE = 0.88
"""Likeness (Jaro-Winkler) of two spellings of a name at least: Zelensky and Zelenskyy, Gaddafi and Qadhafi
not."""

COMPARED = 6
"""Reports of a group, those added last, whose words are compared; the bound keeps time linear."""
STORIES = 16
"""Stories of a group, those reported last, that a report may be another print of."""
PERSONS = 40
"""Persons of a group who are compared, those named last."""
FAR = 7
"""Days that no error of a report explains."""
EXACT = 14
"""Days of a date at most that is more exact than a month."""

SINGLE = (
    "days", "persons", "rivals", "countries", "bodies", "places", "titles", "format", "kinds", "rounds",
    "status", "gap", "words", "context", "names", "story", "size", "mates", "rank", "nearest",
)  # fmt: skip
"""Relations that count by themselves."""

TOGETHER = (
    ("days", "persons"), ("days", "countries"), ("days", "places"), ("days", "status"), ("days", "words"),
    ("persons", "countries"), ("words", "places"), ("names", "words"), ("names", "days"), ("gap", "status"),
    ("kinds", "words"),
)  # fmt: skip
"""Relations that count together."""

RIVALS = {
    "days": {"equal", "equal to some", "equal month"},
    "persons": {"2 of all", "2 of more", "1 of all"},
    "places": {"1 of as many", "2 of as many"},
}
"""Relations in which it counts whether another meeting matches, and their values that do."""

Key = tuple[str | int, int | str]
"""What reports that are compared have in common, see `groups.keys`."""

Relations = dict[str, str]
"""How a report and a group go together: respect -> value."""


class Group:
    """Reports of one meeting, in order of publication, and what they say together.

    Args:
        number: of the group.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.sources: list[Source] = []
        self.told: dict[int, Meeting] = {}
        """Story -> what its last print says, in the order of these."""
        self.recent: deque[Compared] = deque(maxlen=COMPARED)
        """The reports added last."""
        self.persons: dict[tuple[str, ...], None] = {}
        self.countries: set[str] = set()
        self.bodies: set[str] = set()
        self.places: set[str] = set()
        self.titles: set[str] = set()
        self.days: Counter[tuple[int, int]] = Counter()
        """Days that reports tell -> how many do."""
        self.held: tuple[int, int] | None = None
        """The first and last of the exact days on which reports say that it took place."""
        self.status = ""
        """That it occurred, if a report says so; else the status told last."""
        self.formats: set[str] = set()
        self.kinds: set[str] = set()
        self.rounds: set[str] = set()
        self.pages: set[int] = set()
        self.prints: dict[int, Compared] = {}
        """Story -> its last report, of the stories reported last."""
        self.keys: set[Key] = set()
        """See `groups.keys`."""
        self.until = -sys.maxsize
        """The last day, as an ordinal, on which a report can join it; pages without a day are below 0."""

    def add(self, report: Compared) -> None:
        """Take a report in."""
        told, meeting, background = report.traits, report.report.meeting, report.background
        self.sources.append(
            Source(background.document, background.published, meeting.id, background.story, meeting.status)
        )
        self.told.pop(background.story, None)
        self.told[background.story] = meeting
        self.recent.append(report)
        self.prints.pop(background.story, None)
        self.prints[background.story] = report
        if len(self.prints) > STORIES:
            del self.prints[next(iter(self.prints))]
        self.persons |= dict.fromkeys(told.persons)
        for name in list(self.persons)[:-PERSONS]:
            del self.persons[name]
        self.countries |= told.countries
        self.bodies |= told.bodies
        self.places |= told.places
        self.titles |= told.titles
        if told.days:
            self.days[told.days] += 1
            if meeting.status == "occurred" and told.days[1] - told.days[0] <= EXACT:
                first, last = self.held or told.days
                self.held = min(first, told.days[0]), max(last, told.days[1])
        if self.status != "occurred":
            self.status = meeting.status
        self.formats.add(meeting.format)
        self.kinds.update(report.report.kinds)
        self.rounds.update(report.report.rounds)
        self.pages.add(background.serial)

    @property
    def last(self) -> Compared:
        """The report added last."""
        return self.recent[-1]

    def distance(self, day: int) -> int:
        """Return how far a day is from that of the meeting, or from the last report of it if none is told."""
        if self.days:
            return abs(self.days.most_common(1)[0][0][0] - day)
        return abs((self.last.background.day or 0) - day)


def scores(
    report: Compared,
    groups: Sequence[Group],
    chosen: Sequence[Group],
    weights: Mapping[str, float] | None = None,
) -> list[float]:
    """Return how well a report goes with each of several groups, and how well with none of them.

    Args:
        report: the report.
        groups: those that it may belong to.
        chosen: those that the reports before it on its page belong to.
        weights: feature -> weight; those of ``choices.json`` by default.
    """
    weights = weights or _weights()
    found = [sum(weights.get(name, 0.0) for name in active) for active in features(report, groups, chosen)]
    return [
        -math.inf if apart(report, group) else score for score, group in zip(found[:-1], groups, strict=True)
    ] + found[-1:]


def apart(report: Compared, group: Group) -> bool:
    """Say whether a report cannot be of a group: it took place on a day far from those told of the group."""
    days = report.traits.days
    if not days or not group.held or report.report.meeting.status != "occurred" or days[1] - days[0] > EXACT:
        return False
    first, last = group.held
    return max(days[0] - first, last - days[1]) > FAR


def features(report: Compared, groups: Sequence[Group], chosen: Sequence[Group]) -> Iterator[list[str]]:
    """Yield the names of the features that hold for a report and each of several groups, then a new one."""
    every = [relations(report, group, chosen) for group in groups]
    day = report.background.day or 0
    best = [max((float(found[name]) for found in every), default=0.0) for name in ("words", "names")]
    for name, order in (
        ("rank", sorted(every, key=lambda found: -float(found["likeness"]))),
        (
            "nearest",
            [every[place] for place in sorted(range(len(every)), key=lambda n: groups[n].distance(day))],
        ),
    ):
        for place, found in enumerate(order):
            found[name] = str(min(place, 3))
    fitting = sum(found["days"] == "overlap" for found in every)
    for found in every:
        if found["days"] == "overlap" and fitting > 1:
            found["days"] = "overlap, as others"
    matched = sorted({name for found in every for name in RIVALS if found[name] in RIVALS[name]})
    for found in every:
        yield [
            *(f"{name}: {found[name]}" for name in SINGLE),
            *(f"{one}: {found[one]}, {two}: {found[two]}" for one, two in TOGETHER),
            *(
                f"{name}: {found[name]}, elsewhere same"
                for name in matched
                if found[name] not in RIVALS[name]
            ),
        ]
    told = report.traits
    yield [
        NEW,
        f"{NEW}, words: {best[0]:.0f}",
        f"{NEW}, names: {best[1]:.0f}",
        f"{NEW}, status: {report.report.meeting.status}",
        f"{NEW}, days: {'told' if told.days else 'untold'}",
        f"{NEW}, persons: {min(len(told.persons), 2)}",
        f"{NEW}, places: {min(len(told.places), 1)}",
        f"{NEW}, story: {'known' if any(found['story'] != 'other' for found in every) else 'new'}",
        f"{NEW}, matched: {' '.join(matched)}",
        f"{NEW}, others: {min(len(groups), 3)}",
        *(f"{NEW}, round: {word}" for word in report.report.rounds),
    ]


def relations(report: Compared, group: Group, chosen: Sequence[Group]) -> Relations:
    """Say in each respect how a report and a group go together."""
    told, recent = report.traits, group.recent
    shared = sum(any(same_person(one, other) for other in group.persons) for one in told.persons)
    words = max(report.words.likeness(other.words) for other in recent)
    gap = abs((report.background.day or 0) - (group.last.background.day or 0))
    return {
        "days": _days(report, group),
        "persons": _persons(len(told.persons), len(group.persons), shared),
        "rivals": str(min(len(told.persons) - shared, 2)) if group.persons else "none known",
        "countries": _relation(told.countries, group.countries),
        "bodies": _relation(told.bodies, group.bodies),
        "places": _relation(told.places, group.places),
        "titles": _relation(told.titles, group.titles),
        "format": _format(report.report.meeting.format, group.formats),
        "kinds": _common(set(report.report.kinds) - GENERIC, group.kinds - GENERIC),
        "rounds": _common(set(report.report.rounds), group.rounds),
        "status": f"{report.report.meeting.status} after {group.status}",
        "gap": _step(gap, (0, 1, 2, 4, 7, 14, 30, 90)),
        "likeness": str(words),
        "words": _tenths(words),
        "context": _tenths(max(report.background.words.likeness(one.background.words) for one in recent)),
        "names": _tenths(max(report.background.names.likeness(one.background.names) for one in recent)),
        "story": _story(report, group),
        "size": _step(len(group.told), (1, 2, 4, 8)),
        "mates": _mates(group, chosen),
    }


def _days(report: Compared, group: Group) -> str:
    """Say how the days of a report go with those of a group; where none are told, when it was published."""
    days, published = report.traits.days, report.background.day
    if days and group.days:
        if days == group.days.most_common(1)[0][0]:
            return "equal" if days[1] - days[0] <= EXACT else "equal month"
        if days in group.days:
            return "equal to some"
        exact = [other for other in group.days if other[1] - other[0] <= EXACT] or list(group.days)
        distance = min(max(days[0] - other[1], other[0] - days[1]) for other in exact)
        return "overlap" if distance <= 0 else f"{_step(distance, (1, 3, 10, 40))} apart"
    if days:
        before = group.last.background.day
        status = group.last.report.meeting.status
        return "unknown" if before is None else f"told, of {status} {_signed(days[0] - before)}"
    if published is None:
        return "unknown"
    if group.days:
        first, last = group.days.most_common(1)[0][0]
        away = first - published if first > published else min(last - published, 0)
        return f"untold, {report.report.meeting.status} {_signed(away)}"
    return "untold"


def same_person(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Say whether two names, as folded words, can be one person's.

    Their last words are alike, and their first ones, of which one may be an initial, if both have more.
    """
    if not one or not other or not _alike(one[-1], other[-1]):
        return False
    return len(one) == 1 or len(other) == 1 or one[0][0] == other[0][0] or _alike(one[0], other[0])


def _alike(one: str, other: str) -> bool:
    return one == other or JaroWinkler.similarity(one, other) >= ALIKE


def _persons(here: int, there: int, shared: int) -> str:
    if not here or not there:
        return "unknown"
    return f"{min(shared, 2)} of {'all' if shared == here else 'more'}" if shared else "differ"


def _relation(here: Set[str], there: Set[str]) -> str:
    """Say how two sets of names go together."""
    if not here or not there:
        return "unknown" if here or there else "none"
    common = len(here & there)
    if not common:
        return "differ"
    return f"{min(common, 2)} of {'as many' if common == min(len(here), len(there)) else 'more'}"


def _common(here: Set[str], there: Set[str]) -> str:
    if not here or not there:
        return "unknown" if here or there else "none"
    return "same" if here & there else "differ"


def _format(here: str, there: Set[str]) -> str:
    """In person says nothing: it may stand for want of a word."""
    if here == "in_person" or there == {"in_person"}:
        return "default" if {here} == there else "one told"
    return "same" if here in there else "differ"


def _story(report: Compared, group: Group) -> str:
    """Say whether the group has one of the same story, and how alike the words about the triggers are."""
    same = group.prints.get(report.background.story)
    if same is None:
        return "other"
    return f"same, {_step(int(10 * report.words.likeness(same.words)), (2, 4, 6, 8, 10))}"


def _mates(group: Group, chosen: Sequence[Group]) -> str:
    """Say with how many of the meetings that its page tells of the group was on a page before."""
    if not chosen:
        return "first"
    return str(min(sum(not group.pages.isdisjoint(other.pages) for other in chosen), 2))


def _signed(days: int) -> str:
    return f"{'+' if days > 0 else '-'}{_step(abs(days), (0, 3, 10, 40))}"


def _step(value: int, limits: Sequence[int]) -> str:
    return next((str(limit) for limit in limits if value <= limit), "more")


def _tenths(likeness: float) -> str:
    return str(min(int(10 * likeness), 7))


@cache
def _weights() -> dict[str, float]:
    weights: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return weights

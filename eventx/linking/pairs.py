"""Pairs: how probable it is that two reports are of one meeting.

A logistic regression on the named features below; its weights are in ``pairs.json``, fitted by
``benchmarks/fit_linking.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventx.coreference import GENERIC
from eventx.extras import extra
from eventx.linking.reports import WORDS, Page, Report, Traits, traits

with extra("link"):
    from rapidfuzz.distance import JaroWinkler

WEIGHTS = Path(__file__).with_suffix(".json")

ALIKE = 0.88
"""Likeness (Jaro-Winkler) of two spellings of a name at least: Zelensky and Zelenskyy, Qadhafi and Gaddafi
not."""

EXACT = 14
"""Days of a date at most that is more exact than a month."""
CONTEXT = 40
"""Words of a page, of its names, or of a report's sentences that are compared, those that tell most."""
TELLING = 6
"""Names of a page that make its reports be compared with those of others that have them."""

SINGLE = (
    "days", "gap", "persons", "rivals", "countries", "bodies", "places", "titles", "format", "status",
    "kinds", "rounds", "words", "context", "names", "story",
)  # fmt: skip
"""Relations that count by themselves."""

TOGETHER = (
    ("days", "persons"), ("days", "countries"), ("days", "words"), ("days", "places"), ("gap", "status"),
    ("persons", "countries"), ("words", "places"), ("story", "days"), ("days", "names"), ("days", "context"),
    ("story", "words"), ("status", "days"),
)  # fmt: skip
"""Relations that count together."""


class Frequencies:
    """On how many pages each word is; of a whole stream."""

    def __init__(self) -> None:
        self._counts: NDArray[np.uint32] = np.zeros(WORDS, np.uint32)
        self._pages = 0

    def add(self, page: Page) -> None:
        """Count the words of a page."""
        self._counts[page.words] += 1
        self._pages += 1

    def count(self, words: list[int]) -> NDArray[np.uint32]:
        """Return on how many pages each word is."""
        return self._counts[words]

    def weights(self, words: list[int]) -> NDArray[np.float64]:
        """Return how much each word tells: the logarithm of how rare it is, never 0."""
        return np.log1p((self._pages + 1) / (self._counts[words] + 1.0))


class Bag:
    """Weighted words.

    Args:
        words: their numbers.
        frequencies: of the stream that they are of.
        size: how many are kept, those that tell most.
    """

    def __init__(self, words: list[int], frequencies: Frequencies, size: int) -> None:
        weights = frequencies.weights(words)
        best = np.argsort(-weights, kind="stable")[:size]
        kept = weights[best]
        self._words = {words[position]: float(weights[position]) for position in best}
        self._length = float(np.sqrt(kept @ kept)) or 1.0

    def likeness(self, other: Bag) -> float:
        """Return the cosine of two bags."""
        fewer, more = sorted((self._words, other._words), key=len)
        product = sum(weight * more[word] for word, weight in fewer.items() if word in more)
        return product / (self._length * other._length)


class Background:
    """What the reports of one page have in common.

    Args:
        page: the page.
        serial: its number in the stream; ids may come twice.
        story: the number of the story that it prints; see `stories`.
        frequencies: of the stream.
    """

    def __init__(self, page: Page, serial: int, story: int, frequencies: Frequencies) -> None:
        self.document = page.document
        self.published = page.published
        self.day = date.fromisoformat(page.published).toordinal() if page.published else None
        self.serial = serial
        self.story = story
        self.words = Bag(page.words, frequencies, CONTEXT)
        self.names = Bag(page.names, frequencies, CONTEXT)
        shared = [
            word for word, count in zip(page.names, frequencies.count(page.names), strict=True) if count > 1
        ]
        order = np.argsort(-frequencies.weights(shared), kind="stable")[:TELLING]
        self.telling = [shared[position] for position in order]
        """Numbers of the names that are on fewest pages, but not on this one only."""


class Compared:
    """A report with what is compared of it.

    Args:
        report: the report.
        background: of its page.
        frequencies: of the stream.
    """

    def __init__(self, report: Report, background: Background, frequencies: Frequencies) -> None:
        self.report = report
        self.background = background
        self.traits: Traits = traits(report, background.day)
        self.words = Bag(report.words, frequencies, CONTEXT)


def odds(one: Compared, other: Compared, weights: Mapping[str, float] | None = None) -> float:
    """Return the logarithm of the odds that two reports are of one meeting.

    Args:
        one: a report.
        other: another one.
        weights: feature -> weight; those of ``pairs.json`` by default.
    """
    weights = weights or _weights()
    return weights[""] + sum(weights.get(name, 0.0) for name in features(one, other))


def features(one: Compared, other: Compared) -> Iterator[str]:
    """Yield the names of the features that hold for two reports."""
    found = relations(one, other)
    for name in SINGLE:
        yield f"{name}: {found[name]}"
    for first, second in TOGETHER:
        yield f"{first}: {found[first]}, {second}: {found[second]}"


def relations(one: Compared, other: Compared) -> dict[str, str]:
    """Say in each respect how two reports go together."""
    here, there = one.traits, other.traits
    first, second = sorted((one, other), key=lambda report: report.background.day or 0)
    shared = _shared(here.persons, there.persons)
    return {
        "days": _days(here, there),
        "gap": _gap(one.background, other.background),
        "persons": _persons(here, there, shared),
        "rivals": _rivals(here, there, shared),
        "countries": _relation(here.countries, there.countries),
        "bodies": _relation(here.bodies, there.bodies),
        "places": _relation(here.places, there.places),
        "titles": _relation(here.titles, there.titles),
        "format": _format(one.report, other.report),
        "status": f"{first.report.meeting.status} then {second.report.meeting.status}",
        "kinds": _kinds(one.report, other.report),
        "rounds": _rounds(one.report, other.report),
        "words": _step(one.words.likeness(other.words)),
        "context": _step(one.background.words.likeness(other.background.words)),
        "names": _step(one.background.names.likeness(other.background.names)),
        "story": "same" if one.background.story == other.background.story else "other",
    }


def _days(here: Traits, there: Traits) -> str:
    if not here.likely or not there.likely:
        return "unknown"
    told = (here.days is not None) + (there.days is not None)
    if told == 2 and here.days == there.days:
        return "equal month" if here.likely[1] - here.likely[0] > EXACT else "equal"
    distance = max(here.likely[0] - there.likely[1], there.likely[0] - here.likely[1])
    if distance <= 0:
        return ("both likely", "one told, fits", "overlap")[told]
    step = next(
        (name for limit, name in ((1, "1"), (3, "3"), (10, "10"), (40, "40")) if distance <= limit), "more"
    )
    return f"{told} told, {step} apart"


def _gap(here: Background, there: Background) -> str:
    if here.day is None or there.day is None:
        return "unknown"
    gap = abs(here.day - there.day)
    return next((str(limit) for limit in (0, 1, 3, 7, 30, 120) if gap <= limit), "more")


def _shared(here: tuple[tuple[str, ...], ...], there: tuple[tuple[str, ...], ...]) -> int:
    """Return how many persons of one are also in the other."""
    return sum(any(same_person(one, other) for other in there) for one in here)


def same_person(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Say whether two names, as folded words, can be one person's.

    Their last words are alike, and their first ones, of which one may be an initial, if both have more.
    """
    if not _alike(one[-1], other[-1]):
        return False
    return len(one) == 1 or len(other) == 1 or one[0][0] == other[0][0] or _alike(one[0], other[0])


@cache
def _alike(one: str, other: str) -> bool:
    return one == other or JaroWinkler.similarity(one, other) >= ALIKE


def _persons(here: Traits, there: Traits, shared: int) -> str:
    fewer = min(len(here.persons), len(there.persons))
    if not fewer:
        return "unknown"
    if not shared:
        return "differ"
    return f"{min(shared, 2)} of {'as many' if shared >= fewer else 'more'}"


def _rivals(here: Traits, there: Traits, shared: int) -> str:
    """Say whether both name persons that the other does not."""
    left = min(len(here.persons), len(there.persons)) - shared
    return str(max(0, min(left, 2)))


def _relation(here: Set[str], there: Set[str]) -> str:
    """Say how two sets of names go together."""
    if not here or not there:
        return "unknown" if here or there else "none"
    common = len(here & there)
    if not common:
        return "differ"
    return f"{min(common, 2)} of {'as many' if common == min(len(here), len(there)) else 'more'}"


def _format(one: Report, other: Report) -> str:
    if "in_person" in (one.meeting.format, other.meeting.format):
        return "default" if one.meeting.format == other.meeting.format else "one told"
    return "same" if one.meeting.format == other.meeting.format else "differ"


def _kinds(one: Report, other: Report) -> str:
    here, there = set(one.kinds) - GENERIC, set(other.kinds) - GENERIC
    if not here or not there:
        return "generic"
    return "same" if here & there else "differ"


def _rounds(one: Report, other: Report) -> str:
    here, there = set(one.rounds), set(other.rounds)
    if not here or not there:
        return "none" if not here and not there else "unknown"
    return "same" if here & there else "differ"


def _step(likeness: float) -> str:
    """Return a likeness in steps of a tenth."""
    return str(min(int(10 * likeness), 7))


@cache
def _weights() -> dict[str, float]:
    weights: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return weights

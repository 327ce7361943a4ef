"""Counts: meetings by month and status, and by pairs of countries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import combinations, permutations

from eventx import countries
from eventx.document import Document, Meeting
from eventx.extras import extra
from eventx.forms.dyads import parties
from eventx.plots.style import (
    SMALL,
    STATUSES,
    axes,
    count,
    day_axis,
    days,
    extent,
    families,
    finish,
    left_out,
    shorten,
    size,
)

with extra("plot"):
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.dates import date2num
    from matplotlib.ticker import MaxNLocator

MONTHS = 300
"""Months shown at most: bars of more would be too thin to see."""

LEAST = 210.0
"""Points of width that the notes on countries need."""

COUNTRIES = 25
"""Countries shown at most; in axes that are given, as many as have room."""

CELL = 22.0
"""Points of a cell's side, at least."""

LONGEST = 36
"""Letters of a country's name."""

NAMED = 12
"""Months up to which each has its name below."""

WIDTH = 25.0
"""Days that are as wide as a bar."""

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def months(documents: Iterable[Document], ax: Axes | None = None) -> Axes:
    """Draw the number of meetings in each month, by status.

    A meeting counts in the month of its first day, but not if only the year, season or quarter is known.
    If there are too many months, those in a row with most meetings are shown.

    Args:
        documents: are taken one at a time.
        ax: where to draw.

    Raises:
        ValueError: of no meeting is the month known.
    """
    counts: dict[str, Counter[int]] = {status: Counter() for status in STATUSES}
    unknown = 0
    for document in documents:
        for meeting in document.meetings or ():
            month = _month(document, meeting)
            unknown += month is None
            if month is not None:
                counts[meeting.status][month] += 1
    every = sum(counts.values(), Counter[int]())
    if not every:
        raise ValueError(f"nothing to draw: {count(unknown, 'meeting')}, none in a month that is known")
    first, last = _stretch(every)
    shown = range(first, last + 1)
    starts = date2num([date(month // 12, month % 12 + 1, 1) for month in shown])
    ax = axes(ax, 10, 4.5)
    bottom = np.zeros(len(shown))
    for status, look in STATUSES.items():
        heights = np.array([counts[status][month] for month in shown])
        some = heights > 0
        if some.any():
            ax.bar(
                starts[some],
                heights[some],
                WIDTH,
                bottom[some],
                label=look.label,
                facecolor=look.face,
                edgecolor=look.colour,
                hatch=look.hatch,
                linewidth=0.8,
            )
            bottom += heights
    margin = max(WIDTH, 15.0 * (NAMED - len(shown)))  # a single month is no wall
    day_axis(ax, starts[0] - margin, starts[-1] + margin)
    if len(shown) <= NAMED:
        ax.set_xticks(starts, labels=[f"{month // 12:04}-{month % 12 + 1:02}" for month in shown])
    ax.set_ylim(0, 1.05 * bottom.max())
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    ax.set_ylabel("meetings", fontsize=SMALL)
    notes = [
        left_out(every.total() - int(bottom.sum()), "meeting", "in earlier or later months"),
        left_out(unknown, "meeting", "whose month is not known"),
    ]
    finish(ax, f"{count(int(bottom.sum()), 'meeting')} by month", notes)
    return ax


def _month(document: Document, meeting: Meeting) -> int | None:
    """Return the month of a meeting, counted from the year 0, None if only something longer is known."""
    both = days(document, meeting)
    if both is None:
        return None
    start, end = both
    known = DAY.match(meeting.date or "") or (start.year, start.month) == (end.year, end.month)
    return start.year * 12 + start.month - 1 if known else None


def _stretch(counts: Counter[int]) -> tuple[int, int]:
    """Return the first and the last month that are shown."""
    first, last = min(counts), max(counts)
    if last - first < MONTHS:
        return first, last
    known = sorted(counts)
    inside = {begin: [month for month in known if begin <= month < begin + MONTHS] for begin in known}
    best = max(inside, key=lambda begin: sum(counts[month] for month in inside[begin]))
    return best, inside[best][-1]


def pairs(documents: Iterable[Document], ax: Axes | None = None) -> Axes:
    """Draw how many meetings each two countries had, by those of their participants, chairs and hosts.

    Cancelled meetings do not count. If there are too many countries, those with most meetings are shown, each
    with one at least that it met.

    Args:
        documents: are taken one at a time.
        ax: where to draw.

    Raises:
        ValueError: no meeting has parties of two countries.
    """
    number: Counter[tuple[str, str]] = Counter()
    each: Counter[str] = Counter()
    for document in documents:
        for meeting in document.meetings or ():
            codes = sorted({actor.country for actor in parties(meeting) if actor.country})
            if meeting.status != "cancelled" and len(codes) > 1:
                number.update(combinations(codes, 2))
                each.update(codes)
    if not number:
        raise ValueError("nothing to draw: no meeting, cancelled ones apart, has parties of two countries")
    room = COUNTRIES if ax is None else max(2, min(COUNTRIES, int(min(size(ax)) / CELL)))
    shown = _largest(each, number, room)
    names = [shorten(_name(code), LONGEST) for code in shown]
    side = CELL * len(shown)
    beside = max(extent(name)[0] for name in names)
    ax = axes(ax, (beside + max(side, LEAST) + 30) / 72, (side + 110) / 72)
    _matrix(ax, shown, names, number)
    others = len(each) - len(shown)
    notes = [
        "Number of meetings with parties of both countries,\ncancelled ones apart.",
        f"Not shown: {others} of {len(each)} countries, with fewer\nmeetings (or with none of these)."
        if others
        else "",
    ]
    finish(ax, "Which countries met", notes, legend=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    return ax


def _largest(each: Counter[str], number: Counter[tuple[str, str]], room: int) -> list[str]:
    """Return the countries that are shown, those with most meetings first."""
    order = sorted(each, key=lambda code: (-each[code], code))
    chosen: set[str] = set()
    for code in order:
        company = [other for other in order if number[min(code, other), max(code, other)]]
        more = {code} if chosen.intersection(company) else {code, company[0]}
        if len(chosen | more) <= room:
            chosen |= more
    return [code for code in order if code in chosen]


def _matrix(ax: Axes, shown: list[str], names: list[str], number: Counter[tuple[str, str]]) -> None:
    """Draw the cells, with their numbers, names of the countries at the left and codes at the top."""
    cells = np.zeros((len(shown), len(shown)), int)
    for row, column in permutations(range(len(shown)), 2):
        cells[row, column] = number[min(shown[row], shown[column]), max(shown[row], shown[column])]
    most = cells.max()
    ax.pcolormesh(np.ma.masked_equal(cells, 0), cmap="Blues", vmin=-0.2 * most, vmax=1.2 * most)
    for row, column in zip(*np.nonzero(cells), strict=True):
        colour = "white" if cells[row, column] > 0.75 * most else "black"
        ax.text(
            column + 0.5,
            row + 0.5,
            f"{cells[row, column]:,}",
            ha="center",
            va="center",
            color=colour,
            fontsize=SMALL,
        )
    edges = np.arange(len(shown) + 1)
    ax.hlines(edges, 0, len(shown), color="#dddddd", linewidth=0.8)
    ax.vlines(edges, 0, len(shown), color="#dddddd", linewidth=0.8)
    ax.plot(edges[[0, -1]], edges[[0, -1]], color="#dddddd", linewidth=0.8)
    codes = [shorten(code, 2) for code in shown]
    middle = edges[:-1] + 0.5
    ax.set_yticks(middle, labels=names, parse_math=False, fontfamily=families(names))
    ax.set_xticks(middle, labels=codes, parse_math=False, fontfamily=families(codes))
    ax.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    ax.set_xlim(0, len(shown))
    ax.set_ylim(len(shown), 0)
    ax.set_aspect("equal", anchor="NW")


def _name(code: str) -> str:
    try:
        return f"{countries.name(code)} {code}"
    except KeyError:
        return code

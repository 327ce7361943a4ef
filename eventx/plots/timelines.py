"""Timeline: meetings along time, one row each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from eventx.document import Document, Meeting
from eventx.extras import extra
from eventx.forms.dyads import parties
from eventx.plots.style import (
    GREY,
    SMALL,
    STATUSES,
    axes,
    count,
    day_axis,
    days,
    drawable,
    extent,
    families,
    finish,
    left_out,
    shorten,
    size,
)

with extra("plot"):
    from matplotlib.axes import Axes
    from matplotlib.dates import date2num
    from matplotlib.lines import Line2D

ROWS = 40
"""Meetings shown at most; in axes that are given, as many as have room."""

ROW = 17.0
"""Height of a row, in points; in axes that are given it may be as low as the letters."""

WIDTH = 480.0
"""Of the rows without what stands beside them, in points."""

SHOWN = 3
"""Names in a label."""

LONGEST = 72
"""Letters of the names in a label together."""


class Row(NamedTuple):
    """A meeting that has a date."""

    start: date
    end: date
    value: str
    label: str
    status: str
    published: str | None
    weight: tuple[int, int]
    """How often it is mentioned and how many take part: which meetings are shown if there are too many."""


def timeline(documents: Iterable[Document], ax: Axes | None = None) -> Axes:
    """Draw meetings along time, each with who met, its date, its status, and the day of publication.

    If there are too many, those mentioned most often are shown, of equal ones those with more parties.

    Args:
        documents: are taken one at a time.
        ax: where to draw; its figure should have the constrained layout, since labels stand outside.

    Raises:
        ValueError: no meeting has a date.
    """
    meetings = [(document, meeting) for document in documents for meeting in document.meetings or ()]
    dated = [row for document, meeting in meetings if (row := _row(document, meeting))]
    if not dated:
        raise ValueError(f"nothing to draw: {count(len(meetings), 'meeting')}, none with a date")
    room = ROWS if ax is None else max(1, min(ROWS, int(size(ax)[1] / (1.3 * SMALL))))
    most = sorted(dated, key=lambda row: row.weight, reverse=True)[:room]
    rows = sorted(most, key=lambda row: (*row[:5], row.published or ""))
    notes = [
        left_out(
            len(dated) - len(rows), "meeting", "mentioned less often, or as often and with fewer parties"
        ),
        left_out(len(meetings) - len(dated), "meeting", "without a date"),
    ]
    beside = max(extent(row.label)[0] for row in rows) + max(extent(row.value)[0] for row in rows)
    ax = axes(ax, (WIDTH + 30 + beside) / 72, (110 + ROW * len(rows)) / 72)
    _draw(ax, rows)
    finish(ax, f"{count(len(rows), 'meeting')} by date", notes)
    return ax


def _row(document: Document, meeting: Meeting) -> Row | None:
    both = days(document, meeting)
    if both is None:
        return None
    actors = parties(meeting)
    length = LONGEST // min(max(len(actors), 2), SHOWN)
    names = [shorten(actor.name, length) for actor in actors]
    if len(names) > SHOWN:
        names[SHOWN - 1 :] = [f"and {len(names) - SHOWN + 1} more"]
    value = drawable((meeting.date or "").replace("/", " – ").replace("T", " "))
    weight = len(meeting.events), len(actors)
    label = ", ".join(names) or _words(document, meeting)
    return Row(*both, value, label, meeting.status, document.date, weight)


def _words(document: Document, meeting: Meeting) -> str:
    """Return what a meeting is called of which nobody knows who took part: "talks, Oslo"."""
    triggers = [document.events[index].trigger.text for index in meeting.events[:1]]
    return ", ".join(
        shorten(text, LONGEST // 2) for text in (*triggers, *(place.name for place in meeting.places[:1]))
    )


def _draw(ax: Axes, rows: list[Row]) -> None:
    ax.hlines(
        range(len(rows)), 0, 1, transform=ax.get_yaxis_transform(), color="#eeeeee", linewidth=0.8, zorder=0
    )
    published = [
        (date2num(date.fromisoformat(row.published)), at) for at, row in enumerate(rows) if row.published
    ]
    if published:
        x, y = zip(*published, strict=True)
        low, high = [at - 0.5 for at in y], [at + 0.5 for at in y]
        ax.vlines(
            x, low, high, color="#888888", linewidth=1, linestyle=(0, (1, 1)), zorder=1, label="published"
        )
    for status, look in STATUSES.items():
        chosen = [(at, row) for at, row in enumerate(rows) if row.status == status]
        if not chosen:
            continue
        at = [position for position, _ in chosen]
        start, end = (date2num([getattr(row, side) for _, row in chosen]) for side in ("start", "end"))
        ax.hlines(at, start, end, color=look.colour, alpha=0.45, linewidth=5, zorder=2)
        # A cross has no inside, and matplotlib warns of an edge that it cannot have.
        edge = None if look.marker == "x" else look.colour
        ax.scatter(
            (start + end) / 2,
            at,
            s=34,
            marker=look.marker,
            color=look.colour if look.marker == "x" else look.face,
            edgecolors=edge,
            linewidths=1.5,
            zorder=3,
            label=look.label,
        )
    if any(row.start < row.end for row in rows):
        ax.add_line(
            Line2D(
                [],
                [],
                color=GREY,
                alpha=0.45,
                linewidth=5,
                solid_capstyle="butt",
                label="several days, or day unknown",
            )
        )
    _frame(ax, rows, [x for x, _ in published])


def _frame(ax: Axes, rows: list[Row], published: list[float]) -> None:
    """Set the limits and write what stands at the left and at the right of the rows."""
    edges = [*published, *date2num([row.start for row in rows]), *date2num([row.end for row in rows])]
    margin = max(3.0, 0.03 * (max(edges) - min(edges)))  # less than a week would have hours as ticks
    day_axis(ax, min(edges) - margin, max(edges) + margin)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    labels = [row.label for row in rows]
    ax.set_yticks(range(len(rows)), labels=labels, parse_math=False, fontfamily=families(labels))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for position, row in enumerate(rows):
        ax.text(
            1.01,
            position,
            row.value,
            transform=ax.get_yaxis_transform(),
            va="center",
            fontsize=SMALL,
            color=GREY,
            parse_math=False,
            fontfamily=families([row.value]),
        )

"""What all pictures have in common: colours and markers, letters, axes of days, notes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import NamedTuple

from eventx.document import Document, Meeting, without_surrogates
from eventx.extras import extra

with extra("plot"):
    import matplotlib
    from matplotlib.axes import Axes
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num, num2date
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

GREY = "#595959"
"""Of notes and other small print."""

SMALL = 8
"""Points of small print."""


class Look(NamedTuple):
    """How meetings of a status, or actors of a kind, are drawn: never told apart by colour alone."""

    label: str
    colour: str
    marker: str
    face: str
    hatch: str = ""


# Colours of Okabe and Ito, which the colour-blind can tell apart.
STATUSES = {
    "occurred": Look("took place", "#0072b2", "o", "#0072b2"),
    "scheduled": Look("planned", "#e69f00", ">", "#e69f00"),
    "cancelled": Look("called off", "#333333", "x", "#dddddd", "xxxx"),
    "hypothetical": Look("talked about", "#cc79a7", "D", "white"),
}


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes, or those of a new figure of this size in inches, which pyplot knows nothing of."""
    return Figure(figsize=(width, height), layout="constrained").add_subplot() if ax is None else ax


def size(ax: Axes) -> tuple[float, float]:
    """Return width and height of axes in points."""
    box = ax.get_window_extent()
    return box.width * 72 / ax.figure.dpi, box.height * 72 / ax.figure.dpi


def extent(text: str, points: float = SMALL) -> tuple[float, float]:
    """Return width and height of a text, in points."""
    box = (
        Figure(dpi=72)
        .text(0, 0, text, fontsize=points, parse_math=False, fontfamily=families([text]))
        .get_window_extent()
    )
    return box.width, box.height


def finish(ax: Axes, title: str, notes: Iterable[str], legend: bool = True) -> None:
    """Put the title above, the legend below it, and at the bottom the notes, those that are not empty."""
    ax.set_title(title, loc="left", fontsize=12, fontweight="bold", pad=24 if legend else 8)
    ax.set_xlabel("\n".join(filter(None, notes)), loc="left", fontsize=SMALL, color=GREY, linespacing=1.5)
    ax.tick_params(labelsize=SMALL, color=GREY)
    ax.spines[["top", "right"]].set_visible(False)
    if legend:
        ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=6,
            frameon=False,
            fontsize=SMALL,
            borderaxespad=0.2,
            borderpad=0.2,
            columnspacing=1.2,
            handletextpad=0.4,
        )


def left_out(number: int, noun: str, which: str) -> str:
    """Return the note on how many are not shown and which these are; it is empty if there are none."""
    return f"Not shown: {count(number, noun)} {which}." if number else ""


def count(number: int, noun: str) -> str:
    """Return the number with its noun in singular or plural."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def days(document: Document, meeting: Meeting) -> tuple[date, date] | None:
    """Return the first and the last day of a meeting, None if it has no date.

    Raises:
        ValueError: they are no days.
    """
    values = [value for value in (meeting.start, meeting.end) if value]
    try:
        found = sorted(date.fromisoformat(value) for value in values)
    except ValueError as error:
        raise ValueError(f"document {document.id}, meeting {meeting.id}: {error}") from None
    return (found[0], found[-1]) if found else None


class _Days(ConciseDateFormatter):
    """Writes the year at the first tick, too, if it stands neither there nor at the end of the axis."""

    def format_ticks(self, values: list[float]) -> list[str]:
        labels: list[str] = super().format_ticks(values)
        year = f"{num2date(values[0]).year:04}" if len(values) else ""
        if labels and not self.get_offset() and year not in labels[0]:
            labels[0] += f"\n{year}"
        return labels


def day_axis(ax: Axes, first: float, last: float) -> None:
    """Let the horizontal axis reach from day to day (numbers of matplotlib), but not beyond the calendar."""
    ax.set_xlim(max(first, date2num(date.min)), min(last, date2num(date.max)))
    locator = AutoDateLocator(minticks=3, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(_Days(locator))
    ax.xaxis.get_offset_text().set_fontsize(SMALL)


def shorten(text: str, length: int) -> str:
    """Return a name in one line that can be drawn, with an ellipsis if it is longer than so many letters."""
    text = " ".join(drawable(text).split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def drawable(text: str) -> str:
    """Return a text with U+FFFD for all that no font has, or that is no letter but a command."""
    letters = without_surrogates(text)
    return "".join(
        letter
        if letter.isspace() or (letter.isprintable() and (_usual(letter) or _family(letter)))
        else "\ufffd"
        for letter in letters
    )


def families(texts: Iterable[str]) -> list[str]:
    """Return the fonts for texts: those that are set, and others for letters that the first of them lacks."""
    letters = sorted({letter for text in texts for letter in text if not _usual(letter)})
    others = dict.fromkeys(family for letter in letters if (family := _family(letter)))
    return [*matplotlib.rcParams["font.family"], *others]


def _usual(letter: str) -> bool:
    return letter.isascii() or ord(letter) in _letters(findfont(FontProperties()))


@cache
def _letters(path: str) -> frozenset[int]:
    """Return the code points that a font has; none if it cannot be drawn at any size."""
    try:
        font = get_font(path)
    except (OSError, RuntimeError):
        return frozenset()
    return frozenset(font.get_charmap()) if font.scalable else frozenset()


@cache
def _family(letter: str) -> str | None:
    """Return an installed font that has a letter; what stands in for all letters ("Last Resort") has none."""
    fonts = sorted(
        {(font.name, font.fname) for font in fontManager.ttflist if "Last Resort" not in font.name}
    )
    usable = (name for name, path in fonts if ord(letter) in _letters(path))
    # A family has several files, and another of them may be the one that is drawn with.
    return next((name for name in usable if ord(letter) in _letters(findfont(name))), None)

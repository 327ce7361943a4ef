"""Pictures of meetings (extra ``plot``).

Each kind of picture is a function that takes documents, and axes of matplotlib if it is to draw on some;
it returns them. What a picture leaves out for lack of room or of a date stands below it, with its number.
A meeting that two documents tell of counts twice, as in the records.

    from eventx import plots

    plots.timeline(documents).figure  # in a notebook
    plots.plot(documents, "months.svg", "months")
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from eventx.document import Document
from eventx.extras import extra

with extra("plot"):
    import matplotlib
    from matplotlib.axes import Axes

from eventx.forms import complete, with_meetings
from eventx.plots.counts import months, pairs
from eventx.plots.networks import network
from eventx.plots.timelines import timeline

__all__ = ["ENDINGS", "KINDS", "months", "network", "pairs", "plot", "timeline"]

KINDS: dict[str, Callable[[Iterable[Document]], Axes]] = {
    "timeline": timeline,
    "network": network,
    "months": months,
    "pairs": pairs,
}

ENDINGS = {".png": "Software", ".svg": "Date", ".pdf": "CreationDate"}
"""Endings of pictures, and what may not stand in such a file: the same documents make the same bytes."""

DPI = 150
"""Of a png."""


def plot(documents: Iterable[Document], out: str | Path, kind: str = "timeline") -> None:
    """Draw a picture into a file, which appears complete or not at all.

    Args:
        documents: are taken one at a time.
        out: the file, .png, .svg or .pdf.
        kind: a key of `KINDS`.

    Raises:
        ValueError: kind or ending is unknown, the folder is not there, or there is nothing to draw; it
            says which.
        MissingExtraError: matplotlib or networkx is not installed.
        OSError: the file cannot be written.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of picture: {', '.join(KINDS)}")
    out = Path(out)
    ending = out.suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(f"{out}: the ending is none of {', '.join(ENDINGS)}")
    if out.is_dir():
        raise ValueError(f"{out}: this is a folder")
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no such folder: {out.parent}")
    ax = KINDS[kind](map(with_meetings, documents))
    metadata = {"Title": ax.get_title(loc="left"), ENDINGS[ending]: None}
    # The ids in an svg are made of this instead of chance.
    with complete(out) as draft, matplotlib.rc_context({"svg.hashsalt": "eventx"}):
        ax.figure.canvas.print_figure(draft, format=ending[1:], dpi=DPI, metadata=metadata)

"""Pictures: the results drawn, each part a file; the same results make the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from eventx.benchmark.results import Results, Turns
from eventx.extras import extra
from eventx.forms import complete

with extra("benchmark"):
    import matplotlib
    from matplotlib.axes import Axes

    from eventx.plots.style import GREY, SMALL, axes, count, finish

OURS, THEIRS = "#0072b2", "#c4c4c4"
"""Colours of eventx and of its peers."""

SPREAD = "Median of the rounds; black lines go from the least to the most."


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw what was measured into files of a folder, each part its own, and return them.

    Raises:
        OSError: a file cannot be written.
    """
    files = []
    for name, picture in PICTURES.items():
        ax = picture(results)
        if ax is not None:
            files.append(folder / f"{name}.svg")
            metadata = {"Title": ax.get_title(loc="left"), "Date": None}
            # The ids in an svg are made of this instead of chance.
            with complete(files[-1]) as draft, matplotlib.rc_context({"svg.hashsalt": "eventx"}):
                ax.figure.canvas.print_figure(draft, format="svg", metadata=metadata)
    return files


def _peers(results: Results) -> Axes | None:
    """Draw a bar for each peer, and behind it what it finds."""
    keys = list(results.peers)
    if not keys:
        return None
    ax = axes(None, 9, 1.1 + 0.45 * len(keys))
    most = max(max(results.speeds(key)) for key in keys)
    for row, key in enumerate(keys):
        turns, speeds = results.peers[key], results.speeds(key)
        colour = OURS if key.startswith("eventx") else THEIRS
        ax.barh(row, median(speeds), height=0.64, color=colour)
        ax.plot([min(speeds), max(speeds)], [row, row], color="black", linewidth=1.2)
        told = f"{median(speeds):,.0f}  {turns.finds}"
        ax.text(max(speeds) + most / 80, row, told, va="center", fontsize=SMALL)
    _rows(ax, [_label(turns) for turns in results.peers.values()])
    ax.set_xlim(0, 1.5 * most)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    finish(ax, "Words a second, and what is found", [_about(results), SPREAD], legend=False)
    return ax


def _lengths(results: Results) -> Axes | None:
    """Draw words a second by the length of the documents."""
    if not results.lengths:
        return None
    ax = axes(None, 9, 3.6)
    at = [one.words / one.documents for one in results.lengths]
    _line(ax, at, [[one.words / each for each in one.seconds] for one in results.lengths])
    _log(ax, [one.length for one in results.lengths])
    finish(ax, "Words a second by words in a document", [_about(results), SPREAD], legend=False)
    return ax


def _streams(results: Results) -> Axes | None:
    """Draw words a second by the length of the stream."""
    if not results.memory:
        return None
    ax = axes(None, 9, 3.6)
    streams = results.memory.streams
    _line(ax, [one.documents for one in streams], [[one.words / one.seconds] for one in streams])
    _log(ax, [one.documents for one in streams])
    finish(ax, "Words a second by documents in a stream", [_about(results)], legend=False)
    return ax


def _processes(results: Results) -> Axes | None:
    """Draw words a second by the number of processes, ours and spaCy's, and what would be linear."""
    found = {name: _by_processes(results, name) for name in FAMILIES}
    counts = sorted(found["eventx"])
    if len(counts) < 2:
        return None
    ax = axes(None, 9, 3.8)
    each = median(found["eventx"][counts[0]]) / counts[0]
    ax.plot(counts, [each * number for number in counts], color=GREY, linestyle=":", label="linear")
    for name, (label, colour, marker) in FAMILIES.items():
        if found[name]:
            _line(ax, list(found[name]), list(found[name].values()), colour, marker, label)
    ax.set_xticks(counts)
    finish(ax, "Words a second by processes of one thread each", [_about(results), SPREAD])
    return ax


def _stages(results: Results) -> Axes | None:
    """Draw a bar for the share of each stage."""
    if not results.stages:
        return None
    seconds = {name: median(times) for name, times in results.stages.items()}
    shares = [100 * time / sum(seconds.values()) for time in seconds.values()]
    ax = axes(None, 9, 1.1 + 0.35 * len(shares))
    ax.barh(range(len(shares)), shares, height=0.64, color=OURS)
    for row, share in enumerate(shares):
        ax.text(share + max(shares) / 80, row, f"{share:.1f} %", va="center", fontsize=SMALL)
    _rows(ax, list(seconds))
    ax.set_xlim(0, 1.1 * max(shares))
    ax.xaxis.set_major_formatter("{x:.0f} %")
    finish(ax, "Where the time goes, in one thread", [_about(results)], legend=False)
    return ax


def _memory(results: Results) -> Axes | None:
    """Draw the memory of the process that reads streams."""
    if not results.memory:
        return None
    ax = axes(None, 9, 3.6)
    ax.plot(results.memory.seconds, results.memory.megabytes, color=OURS, linewidth=1.2)
    ax.set_ylim(0, 1.15 * results.memory.peak())
    ax.set_xlim(0, None)
    ax.xaxis.set_major_formatter("{x:,.0f} s")
    ax.yaxis.set_major_formatter("{x:,.0f} MB")
    documents = sum(one.documents * one.streams for one in results.memory.streams)
    title = f"Memory over time: {documents:,} documents, at most {results.memory.peak():,.0f} MB"
    finish(ax, title, [_about(results), "One process, from its start on."], legend=False)
    return ax


PICTURES: dict[str, Callable[[Results], Axes | None]] = {
    "peers": _peers,
    "processes": _processes,
    "lengths": _lengths,
    "streams": _streams,
    "stages": _stages,
    "memory": _memory,
}
"""Names of the files, and what draws them; nothing if that was not measured."""

FAMILIES = {
    "eventx": ("eventx", OURS, "o"),
    "spacy": ("spaCy", "#595959", "s"),
    "spacy-ner": ("spaCy, NER only", "#cc79a7", "D"),
}
"""Peers that run in several processes: label, colour, marker."""


def _rows(ax: Axes, labels: Sequence[str]) -> None:
    """Name the bars, the first at the top."""
    ax.set_yticks(range(len(labels)), labels=labels)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(labels) - 0.5, -0.5)


def _label(turns: Turns) -> str:
    return f"{turns.name} ({count(turns.threads, 'thread')}{' each' if turns.processes > 1 else ''})"


def _by_processes(results: Results, name: str) -> dict[int, list[float]]:
    """Return the speeds of a family by the number of processes, in order."""
    keys = {
        turns.processes: key for key, turns in results.peers.items() if key == f"{name}-{turns.processes}"
    }
    return {number: results.speeds(keys[number]) for number in sorted(keys)}


def _line(
    ax: Axes,
    at: Sequence[float],
    speeds: Sequence[Sequence[float]],
    colour: str = OURS,
    marker: str = "o",
    label: str | None = None,
) -> None:
    """Draw the medians, and the spread of each."""
    ax.plot(at, [median(some) for some in speeds], color=colour, marker=marker, label=label)
    ax.vlines(
        at, [min(some) for some in speeds], [max(some) for some in speeds], color="black", linewidth=1.2
    )
    ax.set_ylim(0, max(ax.get_ylim()[1], 1.15 * max(map(max, speeds))))
    ax.yaxis.set_major_formatter("{x:,.0f}")


def _log(ax: Axes, ticks: Sequence[int]) -> None:
    ax.set_xscale("log")
    ax.set_xticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    ax.minorticks_off()


def _about(results: Results) -> str:
    """Return what was read, and on what machine."""
    text, machine = results.text, results.machine
    used = machine["used"]
    cores = count(used, "core") if isinstance(used, int) else used
    documents = count(text.documents, "document")
    return f"{documents}, {text.words:,} words ({text.file}); {cores} of {machine['processor']}."

"""Report: the results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from eventx.benchmark.results import Limit, Passed, Results

OURS = ("sentences and words", "dates", "meetings")
"""Stages that have a row of their own for all of them: all but model and gate."""


def markdown(results: Results) -> str:
    """Return all tables."""
    return "\n\n".join(_sections(results))


def _sections(results: Results) -> Iterator[str]:
    text, machine = results.text, results.machine
    flags = machine["flags"]
    features = f" ({', '.join(flags)})" if isinstance(flags, list) and flags else ""
    yield (
        f"{text.file}: {text.documents:,} documents, {text.words:,} words, {text.pieces:,} word pieces. "
        f"{machine['processor']}{features}, {machine['used']} of {machine['cores']} cores, "
        f"{machine['memory']}, Python {machine['python']}; model {results.model}; "
        f"{', '.join(f'{name} {number}' for name, number in results.versions.items())}."
    )
    if results.peers:
        yield _peers(results)
    rows: list[tuple[str, ...]]
    if ratios := results.ratios_by_round():
        rows = [(name, _spread(values, 2)) for name, values in ratios.items()]
        yield _table(("ratio", ""), rows, "lr")
    if results.gate:
        yield _gate(results.gate)
    if results.limit:
        yield _limit(results.limit)
    if results.stages:
        yield _stages(results)
    if results.lengths:
        rows = [
            (f"{one.length:,}", f"{one.documents:,}", _spread([one.words / each for each in one.seconds]))
            for one in results.lengths
        ]
        yield _table(("words in a document, at least", "documents", "words/s"), rows, "rrr")
    if results.memory:
        rows = [
            (f"{one.documents:,}", f"{one.streams:,}", f"{one.words / one.seconds:,.0f}")
            for one in results.memory.streams
        ]
        yield _table(("documents in a stream", "streams", "words/s"), rows, "rrr")
        yield f"Memory of that process: {results.memory.peak():.0f} MB at most."
    if results.starts:
        rows = [(name, _spread(seconds, 3)) for name, seconds in results.starts.items()]
        yield _table(("start", "seconds"), rows, "lr")
    yield f"By `{results.command}`. Median (least to most) of the rounds."
    if results.left_out:
        yield "Left out:\n" + "\n".join(f"- {key}: {why}" for key, why in results.left_out.items())


def _peers(results: Results) -> str:
    rows = []
    for key, turns in results.peers.items():
        documents = results.speed(key) / results.text.words * results.text.documents
        pieces = results.speed(key) / results.text.words * results.text.pieces
        rows.append((
            f"{turns.name} (`{key}`)",
            turns.finds,
            f"{turns.processes} x {turns.threads}",
            f"{documents:,.1f}",
            _spread(results.speeds(key)),
            f"{pieces:,.0f}",
        ))  # fmt: skip
    header = ("", "finds", "processes x threads", "documents/s", "words/s", "pieces/s")
    return _table(header, rows, "llrrrr")


def _limit(limit: Limit) -> str:
    shapes = {(one.inputs, one.outputs): one for one in limit.products}
    rows = []
    for (inner, outer), product in shapes.items():
        rows.append((f"product with {inner} x {outer}", f"{product.best() / 1e9:,.0f}"))
    rows.append(("these, as the model mixes them", f"{limit.machine() / 1e9:,.0f}"))
    rows.append((f"the model ({limit.fraction():.0%})", f"{limit.model() / 1e9:,.0f}"))
    return _table((f"int8, threads: {limit.threads}", "10⁹ operations/s"), rows, "lr")


def _gate(passed: Passed) -> str:
    share = passed.first / passed.pieces if passed.pieces else 0.0
    first = max(1, passed.first)
    left = "" if passed.left is None else f", {passed.left / first:.1%} of these left it early"
    kept = passed.kept / passed.events if passed.events else 1.0
    return (
        f"The gate let {share:.1%} of the first pass's word pieces pass to the model{left}; the second pass "
        f"read {passed.second:,} on top of these {passed.first:,}. "
        f"Of {passed.events:,} events that are found without the gate {passed.kept:,} ({kept:.2%}) are found "
        "with it."
    )


def _stages(results: Results) -> str:
    rounds = zip(*results.stages.values(), strict=True)
    whole = [sum(one) for one in rounds]
    ours = [seconds for name, seconds in results.stages.items() if name in OURS]
    parts = {**results.stages, "; ".join(OURS): [sum(one) for one in zip(*ours, strict=True)]}
    rows = [
        (name, f"{median(seconds):.2f}", f"{median(a / b for a, b in zip(seconds, whole, strict=True)):.1%}")
        for name, seconds in parts.items()
        if seconds
    ]
    return _table(("stage, in one thread", "seconds", "share"), rows, "lrr")


def _spread(values: Sequence[float], digits: int = 0) -> str:
    """Return median, least and most."""
    low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({low} to {high})"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], sides: str) -> str:
    """Return a table; ``sides`` has l or r for each column."""
    rules = ["---:" if side == "r" else "---" for side in sides]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rules, *rows))

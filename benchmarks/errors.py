"""Says what kinds of errors the wrong arguments are, and prints some of them to read.

    python benchmarks/errors.py FILE… [--model DIR] [--sample N]

Missed gold arguments and spurious found ones are put in the first class that holds:

trigger    the event itself was missed, or is a false one
boundary   the same role of the same event has an overlapping span on the other side
sentence   the gold argument stands in another sentence than its trigger, where the model does not look
role       another role of the same event has an overlapping span on the other side
event      the same role of another event of the text has an overlapping span on the other side
alone      nothing on the other side is near
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from quality import bare, gold

import eventx
from eventx.document import ROLES, DateSpan, Document, Event, Span
from eventx.sentences import sentences

CLASSES = ("trigger", "boundary", "sentence", "role", "event", "alone")
SEED = 1
AROUND = 150
"""Characters shown on either side of a trigger."""


class Error(NamedTuple):
    """A wrong argument."""

    kind: str
    """``missed`` or ``spurious``."""
    cause: str
    """One of CLASSES."""
    role: str
    span: Span | DateSpan
    event: Event
    document: Document


def errors(reference: Document, found: Document) -> Iterator[Error]:
    """Yield the wrong arguments of one document; both have the same text."""
    for kind, ours, theirs in (("missed", reference, found), ("spurious", found, reference)):
        partners = {_bounds(event.trigger): event for event in theirs.events}
        for event in ours.events:
            partner = partners.get(_bounds(event.trigger))
            for role, span in event.arguments():
                if partner is None or _bounds(span) not in map(_bounds, getattr(partner, role)):
                    yield Error(
                        kind, _cause(ours, theirs, event, partner, role, span), role, span, event, ours
                    )


def _cause(
    document: Document, other: Document, event: Event, partner: Event | None, role: str, span: Span | DateSpan
) -> str:
    if partner is None:
        return "trigger"
    if _overlaps(span, getattr(partner, role)):
        return "boundary"
    if not _together(document.text, event.trigger, span):
        return "sentence"
    if any(_overlaps(span, getattr(partner, another)) for another in ROLES):
        return "role"
    if any(_overlaps(span, getattr(one, role)) for one in other.events if one is not partner):
        return "event"
    return "alone"


def _together(text: str, trigger: Span, span: Span | DateSpan) -> bool:
    """Say whether trigger and argument stand in one sentence."""
    return any(start <= trigger.start < end and start <= span.start < end for start, end in sentences(text))


def _overlaps(span: Span | DateSpan, others: Sequence[Span | DateSpan]) -> bool:
    return any(other.start < span.end and span.start < other.end for other in others)


def _bounds(span: Span | DateSpan) -> tuple[int, int]:
    return span.start, span.end


def table(found: Sequence[Error]) -> Iterator[str]:
    """Yield the lines of a Markdown table: how many errors of each class each role has."""
    counts = Counter((error.kind, role, error.cause) for error in found for role in ("all", error.role))
    yield f"| | {' | '.join(CLASSES)} | total |"
    yield f"| --- |{' ---: |' * (len(CLASSES) + 1)}"
    for kind in ("missed", "spurious"):
        for role in ("all", *ROLES):
            row = [counts[kind, role, cause] for cause in CLASSES]
            yield f"| {kind}, {role} | {' | '.join(map(str, row))} | {sum(row)} |"


def shown(error: Error) -> str:
    """Return an error as a line to read, with the text about its trigger."""
    text, trigger = error.document.text, error.event.trigger
    before = text[max(0, trigger.start - AROUND) : trigger.start]
    behind = text[trigger.end : trigger.end + AROUND]
    place = f"{error.document.id}@{error.span.start}"
    passage = " ".join(f"{before}[[{trigger.text}]]{behind}".split())
    return f"{place}\t{error.kind} {error.cause} {error.role}\t{error.span.text}\t{passage}"


def main() -> None:
    """Print the table, and the sample if one is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    parser.add_argument("--model", help="model folder; the bundled one by default")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="errors to print, drawn at random")
    args = parser.parse_args()
    nlp = eventx.load(args.model)
    wrong: list[Error] = []
    documents = gold(args.files)
    for ours, theirs in zip(documents, nlp.annotate(bare(documents)), strict=True):
        wrong.extend(errors(ours, theirs))
    print("\n".join(table(wrong)))
    for error in random.Random(SEED).sample(wrong, min(args.sample, len(wrong))):
        print(shown(error))


if __name__ == "__main__":
    main()

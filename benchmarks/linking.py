"""How well meetings are linked across documents: precision and recall of pairs of reports.

    python benchmarks/linking.py [FILE] [--model DIR] [--errors]

FILE has reports as JSON lines: ``id``, ``date``, ``text``, and ``marks``, the triggers with the name of the
meeting that each mentions. A pair is two documents and a meeting that both tell of; one that joins what is
not the same, or something that is no meeting, is wrong. Four figures are printed: with the meetings that the
model finds, so that what it misses or makes up counts, and with those that are marked, so that linking alone
is judged; of all meetings that a report mentions, and of the one that it mentions first, which it is about.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import eventx
from eventx import forms
from eventx.document import Document, Event, Span
from eventx.linking import Gathering, link
from eventx.pipeline import Pipeline

REPORTS = Path(__file__).parent / "data" / "authored_reports.jsonl"

Item = tuple[str, str]
"""A document and a meeting that it tells of."""
Pairs = set[tuple[Item, Item]]
Names = dict[str, dict[int, str]]
"""Document -> number of a meeting in it -> name of the meeting in the annotation."""


def read(file: Path) -> list[dict[str, Any]]:
    """Return the reports of a file."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def given(nlp: Pipeline, records: Iterable[dict[str, Any]]) -> list[Document]:
    """Return documents with the marked meetings; what the marks do not tell of these, the model finds."""
    documents = []
    for record in records:
        marks = sorted(record["marks"], key=lambda mark: (mark["start"], mark["end"]))
        events = [Event(Span(mark["start"], mark["end"], mark["text"])) for mark in marks]
        (document,) = nlp.annotate(
            [Document(record["id"], record["date"], record["text"], events)], "triggers"
        )
        numbers: dict[str, int] = {}
        for event, mark in zip(document.events, marks, strict=True):
            event.cluster = numbers.setdefault(mark["meeting"], len(numbers) + 1)
        document.meetings = None
        documents.append(forms.with_meetings(document))
    return documents


def named(document: Document, marks: Iterable[dict[str, Any]]) -> dict[int, str]:
    """Return the name of each of a document's meetings: what most of its triggers are marked with.

    A meeting none of whose triggers is marked gets a name that no other has.
    """
    names: dict[int, str] = {}
    for meeting in document.meetings or ():
        triggers = [document.events[position].trigger for position in meeting.events]
        found = Counter(
            mark["meeting"]
            for mark in marks
            for trigger in triggers
            if mark["start"] < trigger.end and trigger.start < mark["end"]
        )
        names[meeting.id] = found.most_common(1)[0][0] if found else f"{document.id}?{meeting.id}"
    return names


def pairs(groups: Iterable[Iterable[Item]]) -> Pairs:
    """Return the pairs of items of different documents that are in one group."""
    found: Pairs = set()
    for group in groups:
        found.update((one, two) for one, two in combinations(sorted(set(group)), 2) if one[0] != two[0])
    return found


def gold(records: Iterable[dict[str, Any]]) -> Pairs:
    """Return the pairs of the annotation."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for record in records:
        for mark in record["marks"]:
            groups[mark["meeting"]].append((record["id"], mark["meeting"]))
    return pairs(groups.values())


def linked(gatherings: Iterable[Gathering], names: Names) -> Pairs:
    """Return the pairs of what was linked."""
    return pairs(
        [(source.document, names[source.document][source.meeting]) for source in one.sources]
        for one in gatherings
    )


def first_pairs(found: Pairs, records: Iterable[dict[str, Any]]) -> Pairs:
    """Return the pairs of the meetings that both documents mention first."""
    firsts = {
        (record["id"], min(record["marks"], key=lambda mark: mark["start"])["meeting"])
        for record in records
        if record["marks"]
    }
    return {pair for pair in found if firsts.issuperset(pair)}


def scores(right: int, found: int, wanted: int) -> tuple[float, float, float]:
    """Return precision, recall and F1 in per cent."""
    precision, recall = 100 * right / max(found, 1), 100 * right / max(wanted, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def judge(what: str, documents: Sequence[Document], records: Sequence[dict[str, Any]]) -> tuple[Pairs, Pairs]:
    """Print the scores of what is linked, and return the pairs that are wrong and those that are missed."""
    names = {
        document.id or "": named(document, record["marks"])
        for document, record in zip(documents, records, strict=True)
    }
    found, wanted = linked(link(documents), names), gold(records)
    seen = {(document, name) for document, inside in names.items() for name in inside.values()}
    reachable = sum(seen.issuperset(pair) for pair in wanted)
    print(f"{what}: {reachable} of {len(wanted)} pairs can be linked, since both mentions are there")
    for of, here, gold_ in (
        ("all mentions", found, wanted),
        ("what reports are about", first_pairs(found, records), first_pairs(wanted, records)),
    ):
        result = scores(len(gold_ & here), len(here), len(gold_))
        print("    {:24} precision {:.1f}, recall {:.1f}, F1 {:.1f}".format(of, *result))
    return found - wanted, wanted - found


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", default=REPORTS)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--errors", action="store_true", help="print the pairs that are wrong and missed")
    args = parser.parse_args()

    records = read(args.file)
    nlp = eventx.load(args.model)
    print(f"{len(records)} reports, {len({name for (_, name), _ in gold(records)})} meetings with several")
    judge("meetings that are marked", given(nlp, records), records)
    wrong, missed = judge("meetings that the model finds", list(nlp.pipe(records)), records)
    if args.errors:
        for kind, left in (("wrong", wrong), ("missed", missed)):
            for one, other in sorted(left):
                print(kind, *one, *other)


if __name__ == "__main__":
    main()

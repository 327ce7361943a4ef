"""How well meetings are linked across documents: pairs of reports, and what links them at random.

    python benchmarks/linking.py [FILE] [--model DIR] [--errors]

FILE has reports as JSON lines: ``id``, ``date``, ``text``, and ``marks``, the triggers with the name of the
meeting that each mentions. The meetings are found by the model, so that what it misses or makes up counts: a
pair is two documents and a meeting that both tell of, and one that joins meetings that are not the same, or
something that is none, is wrong.
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
from eventx.document import Document
from eventx.linking import Gathering, link

REPORTS = Path(__file__).parent / "data" / "authored_reports.jsonl"

Item = tuple[str, str]
"""A document and a meeting that it tells of."""


def read(file: Path) -> list[dict[str, Any]]:
    """Return the reports of a file."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


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


def pairs(groups: Iterable[Iterable[Item]]) -> set[tuple[Item, Item]]:
    """Return the pairs of items of different documents that are in one group."""
    found: set[tuple[Item, Item]] = set()
    for group in groups:
        found.update((one, two) for one, two in combinations(sorted(set(group)), 2) if one[0] != two[0])
    return found


def gold(records: Sequence[dict[str, Any]]) -> set[tuple[Item, Item]]:
    """Return the pairs of the annotation."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for record in records:
        for mark in record["marks"]:
            groups[mark["meeting"]].append((record["id"], mark["meeting"]))
    return pairs(groups.values())


def linked(gatherings: Iterable[Gathering], names: dict[str, dict[int, str]]) -> set[tuple[Item, Item]]:
    """Return the pairs of what was linked."""
    return pairs(
        [(source.document, names[source.document][source.meeting]) for source in one.sources]
        for one in gatherings
    )


def scores(right: int, found: int, wanted: int) -> tuple[float, float, float]:
    """Return precision, recall and F1 in per cent."""
    precision, recall = 100 * right / max(found, 1), 100 * right / max(wanted, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


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
    documents = list(eventx.load(args.model).pipe(records))
    names = {
        document.id or "": named(document, record["marks"])
        for document, record in zip(documents, records, strict=True)
    }
    gatherings = list(link(documents))
    wanted, found = gold(records), linked(gatherings, names)
    seen = {(document, name) for document, inside in names.items() for name in inside.values()}
    reachable = {pair for pair in wanted if seen.issuperset(pair)}
    print(f"{len(records)} reports, {len({name for (_, name), _ in wanted})} meetings with several")
    print(f"{len(wanted)} pairs, of which both mentions are found in {len(reachable)}")
    print(
        "precision {:.1f}, recall {:.1f}, F1 {:.1f}".format(
            *scores(len(wanted & found), len(found), len(wanted))
        )
    )
    if args.errors:
        for kind, left in (("wrong", found - wanted), ("missed", wanted - found)):
            for one, other in sorted(left):
                print(kind, *one, *other)


if __name__ == "__main__":
    main()

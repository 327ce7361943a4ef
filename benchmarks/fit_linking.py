"""Report pairwise F1 of linking by cross-validation, and fit the weights of ``eventx/linking/choices.json``.

    python benchmarks/fit_linking.py benchmarks/data/authored_reports_dev*.jsonl [--out FILE]

The texts are gone through as in use, with the groups so far as the gold has them: once with the meetings that
the model finds, and once with those of the annotation (its triggers, and which of them are one meeting). All
that texts tell of together is in one fold, and moved in time, so that what has nothing to do with each other
happens in the same weeks, as in the news.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date as day
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

from fit_coreference import Choice, fit, likelihood
from linking import Names, first_pairs, given, gold, linked, named, read, scores

import eventx
from eventx.document import Document
from eventx.linking import choices, compared
from eventx.linking.choices import Group, features
from eventx.linking.gatherings import gathering
from eventx.linking.groups import Groups
from eventx.linking.reports import Compared
from eventx.linking.spool import Spool
from eventx.linking.words import Frequencies

FOLDS = 5
PENALTY = 20.0
"""Strength of the regularisation, chosen by cross-validation among 5, 10 and 20."""
RARE = 8
"""Features that hold less often are left out."""

START = day(2001, 1, 1)
WEEKS = 4


class Stream:
    """The reports of a file in order of publication, with what the annotation says of them.

    Args:
        documents: with meetings.
        records: the annotation of each.
    """

    def __init__(self, documents: Sequence[Document], records: Sequence[dict[str, Any]]) -> None:
        self.names: Names = {
            document.id or "": named(document, record["marks"])
            for document, record in zip(documents, records, strict=True)
        }
        names = threads(records)
        order = {thread: number for number, thread in enumerate(dict.fromkeys(names.values()))}
        self.folds = {name: order[thread] % FOLDS for name, thread in names.items()}
        self.pages: list[tuple[int, list[Compared]]] = []
        with Spool() as spool:
            frequencies = Frequencies()
            for document in documents:
                spool.add(document, frequencies)
            for when, pages in compared(spool, frequencies):
                self.pages += [(when, page) for page in pages]

    def fold(self, page: Sequence[Compared]) -> int:
        """Return the fold of a page."""
        return self.folds[page[0].background.document]

    def choices(self) -> Iterator[tuple[int, Choice]]:
        """Yield each report that has a choice, with its fold and the groups that gold has so far."""
        groups = Groups()
        known: dict[str, Group] = {}
        for when, page in self.pages:
            chosen: list[Group] = []
            for report in page:
                name = self.names[report.background.document][report.report.meeting.id]
                right = known.get(name)
                if right in chosen:  # the document tells of it twice
                    continue
                found = [group for group in groups.candidates(report) if group not in chosen]
                if found and (right is None or right in found):
                    place = len(found) if right is None else found.index(right)
                    yield self.fold(page), Choice(list(features(report, found, chosen)), place, 1.0)
                known[name] = groups.put(report, when, right)
                chosen.append(known[name])

    def linked(self, weights: Sequence[Mapping[str, float]]) -> list[eventx.linking.Gathering]:
        """Return what is linked when each page is judged by the weights of its fold."""
        groups = Groups()
        for when, page in self.pages:
            groups.score = partial(choices.scores, weights=weights[self.fold(page)])
            groups.add(page, when)
        return [gathering(number, group) for number, group in enumerate(groups.rest(), 1)]


def threads(records: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Return document -> thread: documents that tell of one meeting are of one thread."""
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for record in records:
        for mark in record["marks"]:
            root[find(f"meeting {mark['meeting']}")] = find(record["id"])
    return {record["id"]: find(record["id"]) for record in records}


def moved(documents: Iterable[Document], threads: Mapping[str, str]) -> Iterator[Document]:
    """Yield documents on other days: every thread begins within `WEEKS` of the same day."""
    documents = list(documents)
    first: dict[str, str] = {}
    for document in documents:
        thread = threads[document.id or ""]
        first[thread] = min(first.get(thread, "9"), document.date or "9")
    for document in documents:
        thread = threads[document.id or ""]
        late = crc32(thread.encode()) % (7 * WEEKS)
        step = START - day.fromisoformat(first[thread]) + timedelta(days=late)
        copy = Document.from_dict(document.to_dict())
        copy.date = _later(document.date, step)
        for meeting in copy.meetings or ():
            meeting.start, meeting.end = _later(meeting.start, step), _later(meeting.end, step)
            meeting.date = meeting.start
        yield copy


def _later(date: str | None, step: timedelta) -> str | None:
    return (day.fromisoformat(date) + step).isoformat() if date else None


def main() -> None:
    """Print the scores by cross-validation and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, help="file for the weights, eventx/linking/choices.json")
    args = parser.parse_args()
    nlp = eventx.load(args.model)
    records = [record for file in args.files for record in read(file)]
    known = threads(records)
    streams = {
        "meetings that are marked": Stream(list(moved(given(nlp, records), known)), records),
        "meetings that the model finds": Stream(list(moved(nlp.pipe(records), known)), records),
    }
    every = {name: [*stream.choices()] for name, stream in streams.items()}
    weights = [
        fit([choice for found in every.values() for number, choice in found if number != fold], PENALTY, RARE)
        for fold in range(FOLDS)
    ]
    for name, stream in streams.items():
        logs = [
            likelihood([choice for number, choice in every[name] if number == fold], weights[fold])
            for fold in range(FOLDS)
        ]
        log, hits, size = map(sum, zip(*logs, strict=True))
        print(f"{name}: log-likelihood {log / size:.3f}, right choices {hits / size:.3f} of {size}")
        pairs = linked(stream.linked(weights), stream.names)
        for what, here, wanted in (
            ("all mentions", pairs, gold(records)),
            ("what reports are about", first_pairs(pairs, records), first_pairs(gold(records), records)),
        ):
            result = scores(len(wanted & here), len(here), len(wanted))
            print("    {:24} precision {:.1f}, recall {:.1f}, F1 {:.1f}".format(what, *result))
    if args.out:
        best = fit([choice for found in every.values() for _, choice in found], PENALTY, RARE)
        args.out.write_text(json.dumps(best, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Fit the weights of ``eventx/linking/pairs.json`` and report pairwise F1 by cross-validation.

    python benchmarks/fit_linking.py benchmarks/data/authored_reports_dev.jsonl

The meetings are those that the model finds. Pairs are the ones that `link` would compare; each is judged by
weights that were fitted without any report of the folds that its two are in.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
from linking import gold, linked, named, read, scores
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

import eventx
from eventx.document import Document
from eventx.linking import compared
from eventx.linking.gatherings import gathering
from eventx.linking.groups import Groups, keys
from eventx.linking.pairs import WEIGHTS, Compared, Frequencies, features, odds
from eventx.linking.spool import Spool

FOLDS = 5
STRENGTH = 0.3
"""Inverse of the regularisation, chosen by cross-validation among 0.1, 0.3 and 1."""
RARE = 3
"""Features that hold less often are left out."""


class Stream:
    """The reports of a file in order of publication, each with its fold and the meeting that it is of."""

    def __init__(self, documents: Sequence[Document], records: Sequence[dict[str, Any]]) -> None:
        self.names = {
            document.id or "": named(document, record["marks"])
            for document, record in zip(documents, records, strict=True)
        }
        self.folds = folds(records)
        self.reports: list[tuple[int, Compared]] = []
        with Spool() as spool:
            frequencies = Frequencies()
            for document in documents:
                spool.add(document, frequencies)
            for day, reports in compared(spool, frequencies):
                self.reports += [(day, report) for report in reports]

    def name(self, report: Compared) -> str:
        """Return the meeting that a report is of."""
        return self.names[report.background.document][report.report.meeting.id]

    def fold(self, report: Compared) -> int:
        """Return the fold of a report."""
        return self.folds[report.background.document]

    def pairs(self) -> Iterator[tuple[Compared, Compared]]:
        """Yield the pairs of reports of different documents that have a key in common."""
        every = [(report, set(keys(report))) for _, report in self.reports]
        for (one, here), (other, there) in combinations(every, 2):
            if one.background.serial != other.background.serial and here & there:
                yield one, other


def folds(records: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return document -> fold; documents that tell of one meeting are in one fold."""
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for record in records:
        for mark in record["marks"]:
            root[find(f"meeting {mark['meeting']}")] = find(record["id"])
    order = {name: number for number, name in enumerate(dict.fromkeys(find(one["id"]) for one in records))}
    return {record["id"]: order[find(record["id"])] % FOLDS for record in records}


def fit(found: Sequence[list[str]], right: Sequence[bool]) -> dict[str, float]:
    """Return the weights of a logistic regression; that of "" is the intercept."""
    vectorizer = CountVectorizer(analyzer=list, binary=True, min_df=RARE)
    matrix = vectorizer.fit_transform(found)
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(matrix, right)
    names = vectorizer.get_feature_names_out()
    weights = dict(zip(names.tolist(), model.coef_[0].round(3).tolist(), strict=True))
    return {"": round(float(model.intercept_[0]), 3)} | {
        name: value for name, value in weights.items() if value
    }


def main() -> None:
    """Print the scores by cross-validation and write the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    args = parser.parse_args()
    records = read(args.file)
    documents = list(eventx.load(args.model).pipe(records))
    stream = Stream(documents, records)
    pairs = list(stream.pairs())
    found = [list(features(one, other)) for one, other in pairs]
    right = [stream.name(one) == stream.name(other) for one, other in pairs]
    wanted = gold(records)
    print(f"{len(stream.reports)} reports, {len(pairs)} pairs that are compared, {sum(right)} of one meeting")

    without: dict[frozenset[int], Mapping[str, float]] = {}
    for left in map(frozenset, combinations_with_replacement(range(FOLDS), 2)):
        inside = [
            number
            for number, (one, other) in enumerate(pairs)
            if not {stream.fold(one), stream.fold(other)} & left
        ]
        without[left] = fit([found[number] for number in inside], [right[number] for number in inside])

    def judge(one: Compared, other: Compared) -> float:
        return odds(one, other, without[frozenset((stream.fold(one), stream.fold(other)))])

    for least in np.arange(-1.5, 2.0, 0.5):
        groups = Groups(judge, float(least))
        for day, report in stream.reports:
            groups.add(report, day)
        gatherings = [gathering(number, group) for number, group in enumerate(groups.rest(), 1)]
        what = linked(gatherings, stream.names)
        result = scores(len(wanted & what), len(what), len(wanted))
        print("least {:4.1f}: precision {:.1f}, recall {:.1f}, F1 {:.1f}".format(least, *result))
    weights = fit(found, right)
    args.out.write_text(json.dumps(weights, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

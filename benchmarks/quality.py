"""Prints the table of quality in docs/accuracy.md: what the model reaches on annotated files, in percent.

python benchmarks/quality.py FILE… [--model DIR]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import eventx
from eventx.document import ROLES, Document
from eventx.evaluation import Scores, evaluate
from eventx.readers import Failure, find, read_annotated

COLUMNS = (
    "trigger",
    "arguments",
    "overlap",
    *ROLES,
    "date values",
    "status",
    "format",
    "LEA",
    "false events",
)
"""``false events``: events found, and sentences, in texts that have none."""


def gold(files: Sequence[Path]) -> list[Document]:
    """Return the annotated documents of some files; a record that is wrong ends the program."""
    documents = []
    for source in find(str(file) for file in files):
        for entry in read_annotated(source):
            if isinstance(entry, Failure):
                raise SystemExit(str(entry))
            documents.append(entry)
    return documents


def bare(documents: Sequence[Document]) -> list[Document]:
    """Return the documents without their annotations."""
    return [Document(one.id, one.date, one.text) for one in documents]


def shares(scores: Scores) -> dict[str, float | None]:
    """Return F1 and accuracies by the columns that hold them, between 0 and 1."""
    values = [
        scores.triggers.f1,
        scores.arguments["all"].f1,
        scores.overlap["all"].f1,
        *(scores.arguments[role].f1 for role in ROLES),
        scores.values.accuracy,
        scores.status.accuracy,
        scores.format.accuracy,
        scores.coreference.f1,
    ]
    return dict(zip(COLUMNS, values, strict=False))  # false events are no share


def cells(scores: Scores) -> list[str]:
    """Return the figures of one file, in the order of COLUMNS."""
    alarms = scores.false_alarms
    shown = f"{alarms.events} in {alarms.sentences}" if alarms.per_hundred_sentences is not None else "-"
    return [*("-" if share is None else f"{100 * share:.1f}" for share in shares(scores).values()), shown]


def main() -> None:
    """Print a Markdown table with one row a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    parser.add_argument("--model", help="model folder; the bundled one by default")
    args = parser.parse_args()
    nlp = eventx.load(args.model)
    print(f"| on | texts | {' | '.join(COLUMNS)} |")
    print(f"| --- | --- |{' --- |' * len(COLUMNS)}")
    for file in args.files:
        documents = gold([file])
        scores = evaluate(documents, nlp.annotate(bare(documents)))
        print(f"| `{file.stem}` | {len(documents)} | {' | '.join(cells(scores))} |")


if __name__ == "__main__":
    main()

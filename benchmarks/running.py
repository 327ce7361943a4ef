"""Prints how many events the model finds in running news that are none, for each hundred sentences.

    python benchmarks/running.py --data DIR [--model DIR] [--list]

``data/running.jsonl`` marks the events of 120 articles of ``stream.jsonl`` in DIR by their places alone. They
were drawn by chance and annotated by a large language model that did not see what a model finds. The corpus
has passages of some of them; the first row is of those that share no twelve words in a row with a text of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import eventx
from eventx.document import Document
from eventx.evaluation import evaluate
from eventx.sentences import sentences
from eventx.training.places import complete

PLACES = Path(__file__).parent / "data" / "running.jsonl"


def row(name: str, gold: Sequence[Document], found: Sequence[Document]) -> str:
    """Return a row of the table."""
    triggers = evaluate(gold, found).triggers
    count = sum(len(sentences(document.text)) for document in gold)
    false = sum(len(document.events) for document in found) - (triggers.correct or 0)
    cells = (len(gold), count, triggers.gold, triggers.correct, false, f"{100 * false / count:.2f}")
    return f"| {name} | {' | '.join(map(str, cells))} |"


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the texts")
    parser.add_argument("--model", type=Path, help="model folder; the bundled one by default")
    parser.add_argument("--list", action="store_true", help="print what is false and what is missed, too")
    args = parser.parse_args()
    gold = [Document.from_dict(record) for record in complete(PLACES, args.data)]
    unseen = [json.loads(line)["unseen"] for line in PLACES.read_text("utf-8").splitlines()]
    nlp = eventx.load(args.model)
    found = nlp.annotate([Document(one.id, one.date, one.text) for one in gold])
    print("| articles of running news | texts | sentences | events | found | false | in 100 sentences |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    new = [pair for pair, is_new in zip(zip(gold, found, strict=True), unseen, strict=True) if is_new]
    print(row("of which nothing was learnt", *zip(*new, strict=True)))
    print(row("all", gold, found))
    if args.list:
        for ours, theirs in zip(gold, found, strict=True):
            right = {event.trigger.start for event in ours.events}
            for kind, documents in (("false", theirs), ("missed", ours)):
                others = right if kind == "false" else {event.trigger.start for event in theirs.events}
                for event in documents.events:
                    if (start := event.trigger.start) not in others:
                        print(f"{kind} {ours.id}: {ours.text[max(0, start - 60) : start + 40]!r}")


if __name__ == "__main__":
    main()

"""Prints how many mentions of actors get exactly the right records, by kind, and shows the wrong ones.

    python benchmarks/actors.py [FILE] [--errors]

FILE (tests/data/actors.jsonl by default) holds passages, JSON lines: ``text`` and ``actors``, each with
its ``span``, ``n``, which whole-word occurrence of it in the text is meant, and ``as``, the records that it
stands for (name, kind, title, affiliation, country). A mention is right if all its records are, and no other.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from eventx import countries
from eventx.actors import Cast
from eventx.document import Span

FIELDS = ("name", "kind", "title", "affiliation", "country")
DEFAULT = Path(__file__).parents[1] / "tests" / "data" / "actors.jsonl"

Record = tuple[str | None, ...]
"""The values of FIELDS."""


class Case(NamedTuple):
    """A mention with the records that it stands for and those found."""

    text: str
    span: Span
    gold: set[Record]
    found: set[Record]


def cases(file: Path) -> Iterator[Case]:
    """Yield the mentions of a file."""
    for line in file.read_text("utf-8").splitlines():
        passage = json.loads(line)
        text = passage["text"]
        spans = [_span(text, one["span"], one["n"]) for one in passage["actors"]]
        cast = Cast(text, spans)
        records = [{_comparable(record) for record in one["as"]} for one in passage["actors"]]
        for span, gold in zip(spans, records, strict=True):
            # The other mentions of those who are meant, as in a meeting: "both sides" points to them.
            meant = [other for other, whose in zip(spans, records, strict=True) if whose <= gold]
            actors = [actor for actor in cast.actors(meant) if span in actor.mentions]
            yield Case(text, span, gold, {_comparable(msgspec.to_builtins(actor)) for actor in actors})


def _comparable(record: dict[str, Any]) -> Record:
    """Return the values of FIELDS; countries are compared by their codes, since some have two names."""
    code = record["country"]
    values = {
        name: (code if code and countries.find(record[name] or "") == code else record[name])
        for name in FIELDS
    }
    return tuple(values.values())


def _span(text: str, words: str, number: int) -> Span:
    found = list(re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text))[number - 1]
    return Span(found.start(), found.end(), words)


def main() -> None:
    """Print the table, and the errors if they are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--errors", action="store_true", help="print the mentions that are wrong")
    args = parser.parse_args()
    found = list(cases(args.file))
    kinds = [str(min(case.gold, key=str)[1]) if len(case.gold) == 1 else "several" for case in found]
    right = Counter(kind for kind, case in zip(kinds, found, strict=True) if case.gold == case.found)
    print("| actors | mentions | right | share |\n| --- | ---: | ---: | ---: |")
    for kind, count in [*Counter(kinds).most_common(), ("all", len(found))]:
        exact = right.total() if kind == "all" else right[kind]
        print(f"| {kind} | {count} | {exact} | {100 * exact / count:.1f} |")
    for case in found if args.errors else ():
        if case.gold != case.found:
            print(case.span.text, sorted(case.gold, key=str), sorted(case.found, key=str), sep="\n    ")


if __name__ == "__main__":
    main()

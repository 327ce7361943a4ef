"""Says what noise in texts costs: F1 and accuracies on annotated files whose texts are spoilt, in percent.

python benchmarks/noise.py FILE… [--model DIR] [--seed N]
"""

from __future__ import annotations

import argparse
import random
import string
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import msgspec
from quality import bare, gold, shares

import eventx
from eventx.document import ROLES, DateSpan, Document, Event, Span
from eventx.evaluation import evaluate

Noise = Callable[[str, random.Random], list[str]]
"""Makes of each character of a text what stands in its place: itself, nothing, or something else."""

COLUMNS = ("trigger", "arguments", "overlap", "date values", "status", "LEA")

SHARE = 0.02
"""Of the letters that are spoilt, where only some are."""

WIDTH = 60
"""Characters of a line where lines are broken."""

LOOKALIKES = {
    **{"a": "o", "b": "6", "c": "e", "e": "c", "f": "t", "g": "q", "h": "li", "i": "l", "l": "1", "m": "rn"},
    **{"n": "ri", "o": "0", "q": "g", "s": "5", "t": "f", "u": "ii", "v": "y", "w": "vv", "y": "v", "z": "2"},
    **{"B": "8", "D": "O", "E": "F", "G": "6", "I": "1", "O": "0", "S": "5", "T": "7", "Z": "2", "1": "l"},
    **{"0": "O", "5": "S", "8": "B", ".": ",", ",": ".", " ": ""},
}
"""What a scanner reads instead of a character."""


def substituted(text: str, chance: random.Random) -> list[str]:
    """Put any letter in the place of some letters."""
    return [
        chance.choice(string.ascii_lowercase) if letter.isalpha() and chance.random() < SHARE else letter
        for letter in text
    ]


def typos(text: str, chance: random.Random) -> list[str]:
    """Leave out, double, replace or swap some letters, as often the one as the other."""
    parts = list(text)
    for at, letter in enumerate(text):
        if letter.isalpha() and chance.random() < SHARE:
            other = chance.choice(string.ascii_lowercase)
            following = text[at + 1 : at + 2]
            parts[at] = chance.choice(("", 2 * letter, other, following if following.isalpha() else other))
            if parts[at] == following:
                parts[at + 1] = letter
    return parts


def scanned(text: str, chance: random.Random) -> list[str]:
    """Replace some of the characters that have one by their look-alike."""
    return [
        LOOKALIKES[letter] if letter in LOOKALIKES and chance.random() < SHARE else letter for letter in text
    ]


def unpunctuated(text: str, chance: random.Random) -> list[str]:
    """Leave out all punctuation."""
    return ["" if letter in f"{string.punctuation}“”‘’–—…" else letter for letter in text]


def broken(text: str, chance: random.Random) -> list[str]:
    """Break lines at the first space behind a width."""
    parts, width = [], 0
    for letter in text:
        turn = letter == " " and width >= WIDTH
        parts.append("\n" if turn else letter)
        width = 0 if turn or letter == "\n" else width + 1
    return parts


NOISES: dict[str, Noise] = {
    "none": lambda text, chance: list(text),
    "lower case": lambda text, chance: [letter.lower() for letter in text],
    "upper case": lambda text, chance: [letter.upper() for letter in text],
    "2 % of letters substituted": substituted,
    "2 % of letters mistyped": typos,
    "2 % of characters misread (OCR)": scanned,
    "no punctuation": unpunctuated,
    "each space doubled": lambda text, chance: [letter * (1 + (letter == " ")) for letter in text],
    f"line breaks behind {WIDTH} characters": broken,
}


def spoilt(document: Document, noise: Noise, chance: random.Random) -> Document:
    """Return a document with noise in its text, the spans moved along; empty ones are dropped."""
    parts = noise(document.text, chance)
    text = "".join(parts)
    places = list(accumulate(map(len, parts), initial=0))

    def moved(spans: list[Span | DateSpan]) -> Iterator[Span | DateSpan]:
        for span in spans:
            start, end = places[span.start], places[span.end]
            if part := text[start:end].strip():
                start += text[start:end].index(part)
                yield msgspec.structs.replace(span, start=start, end=start + len(part), text=part)

    def changed(event: Event) -> Iterator[Event]:
        for trigger in moved([event.trigger]):
            arguments = {role: list(moved(getattr(event, role))) for role in ROLES}
            yield msgspec.structs.replace(event, trigger=trigger, **arguments)

    events = [new for event in document.events for new in changed(event)]
    return Document(document.id, document.date, text, events)


def main() -> None:
    """Print a Markdown table with one row a noise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    parser.add_argument("--model", help="model folder; the bundled one by default")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    nlp = eventx.load(args.model)
    documents = gold(args.files)
    print(f"| noise | {' | '.join(COLUMNS)} |")
    print(f"| --- |{' ---: |' * len(COLUMNS)}")
    for name, noise in NOISES.items():
        chance = random.Random(args.seed)
        noisy = [spoilt(document, noise, chance) for document in documents]
        found = shares(evaluate(noisy, nlp.annotate(bare(noisy))))
        cells = (found[column] for column in COLUMNS)
        print(
            f"| {name} | {' | '.join('-' if one is None else f'{100 * one:.1f}' for one in cells)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()

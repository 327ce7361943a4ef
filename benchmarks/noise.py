"""Says what noise in texts costs: F1 and accuracies on annotated files whose texts are spoilt, in percent.

The first noises are those of `eventx.training.noise`, which training may have shown; the model never saw the
others.

python benchmarks/noise.py FILE… [--model DIR] [--seed N]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from quality import bare, gold, shares

import eventx
from eventx.evaluation import evaluate
from eventx.training.noise import (
    SHARE,
    Noise,
    lower,
    scanned,
    spoilt,
    substituted,
    typos,
    unpunctuated,
    upper,
)

COLUMNS = ("trigger", "arguments", "overlap", "date values", "status", "LEA")

WIDTH = 60
"""Characters of a line where lines are broken."""

OTHER_LOOKALIKES = {
    **{"a": "e", "b": "h", "c": "o", "d": "cl", "e": "o", "h": "b", "i": "j", "k": "lc", "m": "nn", "n": "u"},
    **{"o": "c", "p": "n", "r": "t", "s": "z", "t": "r", "u": "n", "v": "u", "w": "iv", "y": "j", "A": "4"},
    **{"C": "G", "G": "C", "H": "N", "K": "X", "M": "N", "N": "H", "P": "F", "R": "B", "U": "V", "V": "Y"},
}
"""What another scanner reads instead of a letter: no pair of those that training shows."""


def broken(text: str, chance: random.Random) -> list[str]:
    """Break lines at the first space behind a width."""
    parts, width = [], 0
    for letter in text:
        turn = letter == " " and width >= WIDTH
        parts.append("\n" if turn else letter)
        width = 0 if turn or letter == "\n" else width + 1
    return parts


def misread(text: str, chance: random.Random) -> list[str]:
    """Replace some of the letters by those of `OTHER_LOOKALIKES`."""
    return [
        OTHER_LOOKALIKES[one] if one in OTHER_LOOKALIKES and chance.random() < SHARE else one for one in text
    ]


def hyphenated(text: str, chance: random.Random) -> list[str]:
    """Break words at the ends of lines, between two letters."""
    parts, width = [], 0
    for at, letter in enumerate(text):
        inside = text[at - 1 : at + 2].isalpha() and len(text[at - 1 : at + 2]) == 3
        turn = inside and width >= WIDTH
        parts.append(f"{letter}-\n" if turn else letter)
        width = 0 if turn or letter == "\n" else width + 1
    return parts


NOISES: dict[str, Noise] = {
    "none": lambda text, chance: list(text),
    "lower case": lower,
    "upper case": upper,
    "2 % of letters substituted": substituted,
    "2 % of letters mistyped": typos,
    "2 % of characters misread (OCR)": scanned,
    "no punctuation": unpunctuated,
    "2 % of letters misread in other ways (OCR)": misread,
    f"words broken behind {WIDTH} characters": hyphenated,
    "each space doubled": lambda text, chance: [letter * (1 + (letter == " ")) for letter in text],
    f"line breaks behind {WIDTH} characters": broken,
}


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

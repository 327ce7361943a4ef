"""Splits annotated files in nine tenths to train on and one tenth to choose settings by.

Texts that share twelve words in a row stay on the same side, so nothing is chosen on what was trained on.

    python benchmarks/split.py --data DIR --out DIR
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FILES = ("train", "authored", "docs_train", "authored_docs")
SHARE = 10
OVERLAP = 12
SEED = 1


def groups(texts: Sequence[str]) -> list[int]:
    """Return a group number for each text; texts with OVERLAP words in a row in common share theirs."""
    first: dict[tuple[str, ...], int] = {}
    rows, columns = [], []
    for number, text in enumerate(texts):
        words = re.findall(r"\w+", text.lower())
        for start in range(max(1, len(words) - OVERLAP + 1)):
            other = first.setdefault(tuple(words[start : start + OVERLAP]), number)
            if other != number:
                rows.append(number)
                columns.append(other)
    links = coo_array(([1] * len(rows), (rows, columns)), shape=(len(texts), len(texts)))
    return list(connected_components(links, directed=False)[1])


def main() -> None:
    """Write ``train.jsonl`` and ``heldout.jsonl``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with " + ", ".join(FILES))
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    lines = [
        (name, line)
        for name in FILES
        for line in (args.data / f"{name}.jsonl").read_text("utf-8").split("\n")
        if line
    ]
    numbers = groups([json.loads(line)["text"] for _, line in lines])
    chosen: set[int] = set()
    for name in FILES:  # a tenth of each file
        own = sorted({number for number, (file, _) in zip(numbers, lines, strict=True) if file == name})
        chosen.update(random.Random(SEED).sample(own, round(len(own) / SHARE)))
    args.out.mkdir(parents=True, exist_ok=True)
    for file, held in (("train", False), ("heldout", True)):
        part = [line for number, (_, line) in zip(numbers, lines, strict=True) if (number in chosen) == held]
        (args.out / f"{file}.jsonl").write_text("\n".join(part) + "\n", "utf-8")
        print(f"{file}.jsonl: {len(part)} texts")


if __name__ == "__main__":
    main()

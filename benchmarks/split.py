"""Splits annotated files in nine tenths to train on and one tenth to choose settings by.

Texts that share twelve words in a row stay on the same side, so nothing is chosen on what was trained on. For
the same reason unlabelled texts that share so many with a text held out are left out, if there are any.

    python benchmarks/split.py --data DIR --out DIR
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Sequence
from itertools import compress
from pathlib import Path

from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from eventx.training.overlap import apart, stretches

FILES = ("train", "authored", "docs_train", "authored_docs")
SHARE = 10
SEED = 1
UNLABELLED = "unlabelled.jsonl"


def groups(texts: Sequence[str]) -> list[int]:
    """Return a group number for each text; texts with twelve words in a row in common share theirs."""
    first: dict[tuple[str, ...], int] = {}
    rows, columns = [], []
    for number, text in enumerate(texts):
        for stretch in stretches(text):
            other = first.setdefault(stretch, number)
            if other != number:
                rows.append(number)
                columns.append(other)
    links = coo_array(([1] * len(rows), (rows, columns)), shape=(len(texts), len(texts)))
    return list(connected_components(links, directed=False)[1])


def main() -> None:
    """Write ``train.jsonl``, ``heldout.jsonl`` and, if there are unlabelled texts, ``unlabelled.jsonl``."""
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
    packed = args.data / f"{UNLABELLED}.gz"
    if packed.is_file():
        with gzip.open(packed, "rt", encoding="utf-8") as stream:
            more = list(stream)
        free = apart((json.loads(line)["text"] for line in more), (json.loads(line)["text"] for line in part))
        kept = list(compress(more, free))
        (args.out / UNLABELLED).write_text("".join(kept), "utf-8")
        print(f"{UNLABELLED}: {len(kept)} texts")


if __name__ == "__main__":
    main()

"""Draws the pictures in this folder with the bundled model.

    pip install "eventx[plot]"
    python docs/pictures/draw.py [--out DIR]

The texts are authored articles whose people are made up. They are of many years; a picture along time has
those of some months or years.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import eventx
from eventx import plots

FOLDER = Path(__file__).parent
ARTICLES = FOLDER.parents[1] / "benchmarks" / "data" / "authored_docs.jsonl"

PUBLISHED = {
    "timeline": ("2018-09-01", "2018-11-30"),
    "network": ("2000-01-01", "2029-12-31"),
    "months": ("2018-01-01", "2020-12-31"),
    "pairs": ("2000-01-01", "2029-12-31"),
}
"""Kind of picture -> first and last day on which an article may have appeared."""


def main() -> None:
    """Write a picture of each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder (default: that of this script)")
    out: Path = parser.parse_args().out
    records = (json.loads(line) for line in ARTICLES.read_text("utf-8").splitlines())
    articles = ({"id": record["id"], "date": record["date"], "text": record["text"]} for record in records)
    documents = list(eventx.load().pipe(articles))
    for kind, (first, last) in PUBLISHED.items():
        chosen = [document for document in documents if first <= (document.date or "") <= last]
        plots.plot(chosen, out / f"{kind}.svg", kind)


if __name__ == "__main__":
    main()

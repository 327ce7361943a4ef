"""Prints what the int8 graph loses against the same network in fp32, as the table of quality.py.

python benchmarks/quantisation.py FILE… [--model DIR]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from quality import COLUMNS, bare, cells, gold

from eventx.document import Document
from eventx.evaluation import evaluate
from eventx.model import GRAPH, TOKENIZER, bundled, read_settings, write_settings
from eventx.pipeline import Pipeline
from eventx.training.export import export_exact
from eventx.training.network import from_base


def exact(folder: Path, scratch: Path) -> Path:
    """Write a model folder whose graph is in fp32, and return it."""
    (scratch / GRAPH).parent.mkdir(parents=True)
    shutil.copyfile(folder / TOKENIZER, scratch / TOKENIZER)
    export_exact(from_base(folder, dropout=0), scratch / GRAPH)
    write_settings(scratch, read_settings(folder))
    return scratch


def row(folder: Path, documents: Sequence[Document]) -> str:
    """Return a model's figures on some documents, without its gate."""
    return " | ".join(cells(evaluate(documents, Pipeline(folder, gate=False).annotate(bare(documents)))))


def main() -> None:
    """Print a Markdown table with one row for each precision, on all files together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    parser.add_argument("--model", type=Path, help="model folder with weights; the bundled one by default")
    args = parser.parse_args()
    folder = args.model or bundled()
    documents = gold(args.files)
    print(f"| precision | {' | '.join(COLUMNS)} |")
    print(f"| --- |{' --- |' * len(COLUMNS)}")
    with tempfile.TemporaryDirectory() as scratch:
        print(f"| fp32 | {row(exact(folder, Path(scratch) / 'exact'), documents)} |")
    print(f"| int8 | {row(folder, documents)} |")


if __name__ == "__main__":
    main()

"""Prints what the int8 graph and the gate lose against the same network in fp32, as the table of quality.py.

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


def row(name: str, nlp: Pipeline, documents: Sequence[Document]) -> str:
    """Return a row of the table: a pipeline's figures on some documents."""
    figures = cells(evaluate(documents, nlp.annotate(bare(documents))))
    return f"| {name} | {' | '.join(figures)} |"


def main() -> None:
    """Print a Markdown table with one row for each engine and precision, on all files together."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    parser.add_argument("--model", type=Path, help="model folder with weights; the bundled one by default")
    args = parser.parse_args()
    folder = args.model or bundled()
    documents = gold(args.files)
    print(f"| engine | {' | '.join(COLUMNS)} |")
    print(f"| --- |{' --- |' * len(COLUMNS)}")
    print(row("torch, fp32", Pipeline(folder, gate=False, engine="torch", device="cpu"), documents))
    with tempfile.TemporaryDirectory() as scratch:
        print(row("onnx, fp32", Pipeline(exact(folder, Path(scratch) / "exact")), documents))
    print(row("onnx, int8", Pipeline(folder, gate=False), documents))
    if (nlp := Pipeline(folder)).gate:
        print(row("onnx, int8, with the gate", nlp, documents))


if __name__ == "__main__":
    main()

"""Triggers that the Hugging Face pipeline finds beside those of eventx: F1 in percent on annotated files.

The pipeline does not know what eventx tells the model of capitals (token types); the second row is eventx
without them. Texts are read in windows of 512 word pieces, 128 of them common to two; without a stride the
pipeline would silently leave out what is behind the first window.

    pip install ".[train]"
    python benchmarks/huggingface.py FILE…
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest.mock import patch

import torch
from quality import bare, gold
from transformers import logging as hf_logging
from transformers import pipeline

import eventx
from eventx.document import Document, Event, Span
from eventx.evaluation import evaluate

WEIGHTS = Path(__file__).parents[1] / "models" / "eventx-en"
STRIDE = 128


def peer(strategy: str) -> Callable[[Sequence[Document]], list[Document]]:
    """Return what fills in the triggers that the pipeline finds, aggregated in one way."""
    tagger = pipeline(
        "token-classification",
        model=str(WEIGHTS),
        dtype=torch.float32,
        device="cpu",
        aggregation_strategy=strategy,
        stride=STRIDE,
    )

    def annotate(documents: Sequence[Document]) -> list[Document]:
        for document in documents:
            for one in tagger(document.text):
                start, end = one["start"], one["end"]
                document.events.append(Event(Span(start, end, document.text[start:end])))
        return list(documents)

    return annotate


def main() -> None:
    """Print a Markdown table with one column a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    args = parser.parse_args()
    hf_logging.set_verbosity_error()
    files = [gold([file]) for file in args.files]
    nlp = eventx.load(WEIGHTS, gate=False)  # the pipeline has none

    def blind(documents: Sequence[Document]) -> list[Document]:
        with patch("eventx.inputs.CAPITAL", 0):
            return nlp.annotate(documents)

    systems = {
        "eventx": nlp.annotate,
        "eventx without capitals": blind,
        "pipeline, `simple`": peer("simple"),
        "pipeline, `first`": peer("first"),
    }
    print(f"| triggers | {' | '.join(f'`{file.stem}`' for file in args.files)} |")
    print(f"| --- |{' ---: |' * len(files)}")
    for name, annotate in systems.items():
        scores = (evaluate(documents, annotate(bare(documents))).triggers.f1 for documents in files)
        print(f"| {name} | {' | '.join('-' if f1 is None else f'{100 * f1:.1f}' for f1 in scores)} |")


if __name__ == "__main__":
    main()

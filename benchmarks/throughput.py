"""Speed of the complete extraction beside that of the Hugging Face pipeline on the same backbone.

The peer only tags triggers; eventx finds triggers, roles, dates, actors and meetings. Both read the same
texts in the same process, in turn; the median of the rounds counts.

    pip install ".[train]"
    python benchmarks/throughput.py [--text FILE] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import logging
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline
from transformers import logging as hf_logging

import eventx
from eventx.engines.onnx import processors

TEXT = Path(__file__).parent / "data" / "authored_docs.jsonl"
WEIGHTS = Path(__file__).parents[1] / "models" / "eventx-en"


def main() -> None:
    """Print a table: documents, words and word pieces a second, and the ratio to the slowest."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", type=Path, default=TEXT, help="JSON lines with a text each")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    hf_logging.set_verbosity_error()
    logging.getLogger("transformers").setLevel(logging.ERROR)

    records = [json.loads(line) for line in args.text.read_text("utf-8").split("\n") if line]
    texts = [record["text"] for record in records]
    tokenizer = AutoTokenizer.from_pretrained(WEIGHTS)
    words = sum(len(text.split()) for text in texts)
    pieces = sum(len(tokenizer(text, verbose=False)["input_ids"]) for text in texts)

    tagger = AutoModelForTokenClassification.from_pretrained(WEIGHTS, dtype=torch.float32)
    peer = pipeline(
        "token-classification", tagger, tokenizer=tokenizer, aggregation_strategy="first", device="cpu"
    )
    nlp = eventx.load()
    systems: dict[str, Callable[[], object]] = {
        "Hugging Face pipeline, batch 1": lambda: peer(texts, batch_size=1),
        "Hugging Face pipeline, batch 32": lambda: peer(texts, batch_size=32),
        "eventx": lambda: list(nlp.pipe(records)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in systems}
    for _ in range(args.rounds):
        for name, run in systems.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)

    slowest = max(statistics.median(times) for times in seconds.values())
    print(f"{len(texts)} documents, {words} words, {pieces} word pieces; {args.rounds} rounds, median")
    print(f"{processors()} processors ({platform.machine()}), Python {platform.python_version()}\n")
    print(f"{'':32} {'documents/s':>12} {'words/s':>9} {'pieces/s':>9} {'ratio':>6}")
    for name, times in seconds.items():
        median = statistics.median(times)
        figures = len(texts) / median, words / median, pieces / median
        print(f"{name:32} {figures[0]:>12.1f} {figures[1]:>9.0f} {figures[2]:>9.0f} {slowest / median:>6.1f}")


if __name__ == "__main__":
    main()

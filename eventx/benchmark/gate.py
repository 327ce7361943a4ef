"""The gate: how much of the text it lets pass, what leaves the model early, and how many events are lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import eventx
from eventx.benchmark.peers import first_pass
from eventx.benchmark.replacement import replaced
from eventx.benchmark.results import Passed
from eventx.benchmark.texts import Record
from eventx.inputs import MARKED, Input
from eventx.labels import NO_TRIGGER
from eventx.model import TOKENIZER, Model
from eventx.pipeline import Pipeline
from eventx.words import Words


def measure(records: Sequence[Record]) -> Passed:
    """Return what passed; of a model without a gate all does, of one without an early exit none leaves."""
    gated = eventx.load()
    inputs, kept = reached(gated, records)
    _, events = reached(eventx.load(gate=False), records)
    first = [one for one in inputs if not _marked(one)]
    outputs = Model(gated.folder)(first)
    return Passed(
        pieces=_pieces(first_pass(records, Words(gated.folder / TOKENIZER))),
        first=_pieces(first),
        second=_pieces(inputs) - _pieces(first),
        events=len(events),
        kept=len(events & kept),
        left=_pieces(one for one, logits in zip(first, outputs, strict=True) if (logits == NO_TRIGGER).all()),
    )


def _pieces(inputs: Iterable[Input]) -> int:
    return sum(len(one.pieces) for one in inputs)


def reached(nlp: Pipeline, records: Sequence[Record]) -> tuple[list[Input], set[tuple[int, int]]]:
    """Return all inputs that the model is given, of both passes, and document and place of each event."""
    caught: list[Input] = []
    call = Model.__call__

    def catch(model: Model, inputs: Iterable[Input]) -> Iterator[Any]:
        some = list(inputs)
        caught.extend(some)
        return call(model, some)

    with replaced(Model, "__call__", catch):
        documents = enumerate(nlp.pipe(records))
        events = {(number, one.trigger.start) for number, document in documents for one in document.events}
    return caught, events


def _marked(one: Input) -> bool:
    """Say whether an input is one of the second pass: it has a trigger."""
    return any(kind & MARKED for kind in one.types)

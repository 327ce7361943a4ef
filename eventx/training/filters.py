"""Fits what keeps a model from reading all of the text: its gate, and the early exit of its encoder.

The model itself teaches both, by the probability of a trigger that it gives each word: of running news, of
annotated texts, and of sentences made of these, since news has too few of the words and contexts in which
they might go wrong (`eventx.training.mixture`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import NamedTuple

import onnx

from eventx.document import Document
from eventx.engines.onnx import Session
from eventx.gate import FILE
from eventx.model import GRAPH, Model, read_settings, write_settings
from eventx.training import exits, gate
from eventx.training.graph import bert
from eventx.training.mixture import Mixture, Stretch
from eventx.training.network import Network, from_base
from eventx.training.noise import noisy
from eventx.training.overlap import apart
from eventx.training.stretches import answered, input_of, invited, opened, read

RECALL = 0.998
"""Share of the model's own triggers in the texts that set the thresholds which is to pass the gate."""

SPARE = 1.0
"""How far the threshold of the exit lies below all of these: other texts have triggers with lower scores."""

PARTS = 5
"""Of so many texts two set the thresholds; the networks learn from the others."""

NOISE = 0.15
"""Share of the texts that they learn from which are spoilt."""

NEAR = 1.0
"""The exit learns from what would pass the gate if its threshold were lower by this."""

MADE = 4
"""Of so many sentences that were made the exit learns from one: states take much memory."""


class Fit(NamedTuple):
    """What both are worth: each half of the texts judged by the thresholds that the other half would set."""

    triggers: int
    """Found by the model in all of the texts."""
    kept: int
    """Those whose sentence passes the gate and stays."""
    sentences: int
    passed: int
    """Sentences that pass the gate."""
    stayed: int
    """Those of them that do not leave early."""


class Sentence(NamedTuple):
    """A sentence of the texts that set the thresholds."""

    gate: float
    """The highest score of its words."""
    exit: float
    """The highest one of the stretch that it stands in; an input leaves as a whole."""
    triggers: int


class Thresholds(NamedTuple):
    """The scores from which on a sentence passes the gate, and a stretch stays."""

    gate: float
    exit: float

    @classmethod
    def of(cls, sentences: Sequence[Sentence]) -> Thresholds:
        """Return those by which `RECALL` of the triggers pass, and all of these stay."""
        scores = sorted((one.gate for one in sentences for _ in range(one.triggers)), reverse=True)
        gate = scores[math.ceil(RECALL * len(scores)) - 1]
        return cls(gate, min(one.exit for one in sentences if one.triggers and one.gate >= gate) - SPARE)


def fit_folder(folder: Path, texts: Sequence[str], annotated: Iterable[Document]) -> Fit | None:
    """Fit gate and early exit of a model folder, write them there and return what they are worth.

    Args:
        folder: the model's, with its weights; those that it has are replaced. An encoder other than BERT gets
            no exit.
        texts: running news without annotations.
        annotated: documents rich in meetings, to learn from besides.

    Returns:
        None if the model finds too little in the texts to set thresholds; then there is neither.
    """
    model, network = Model(folder, gate=False), from_base(folder, dropout=0).eval()
    halves = [list(read(model, texts[half::PARTS])) for half in (0, 1)]
    (folder / FILE).unlink(missing_ok=True)
    if exits.fits(network):
        onnx.save(bert(network), folder / GRAPH)
    fit = None
    if all(any(one.begins.any() for one in half) for half in halves):
        held = [text for number, text in enumerate(texts) if number % PARTS <= 1]
        others = [text for number, text in enumerate(texts) if number % PARTS > 1]
        others += [document.text for document in annotated]
        learnt = list(compress(others, apart(others, held)))
        spoilt = noisy((Document(None, None, text) for text in learnt), NOISE, seed=0)
        found = list(read(model, (document.text for document in spoilt)))
        made = list(answered(model, Mixture(found, list(invited(model, learnt)))))
        fit = _fit(folder, model, network, found, made, halves)
    write_settings(folder, read_settings(folder))  # with new checksums
    return fit


def _fit(
    folder: Path,
    model: Model,
    network: Network,
    found: Sequence[Stretch],
    made: Sequence[Stretch],
    halves: Sequence[Sequence[Stretch]],
) -> Fit:
    """Teach, judge and write both."""
    door = gate.taught(model, network, [*found, *made])
    passing = opened(gate.graph(door), "scores", 1)
    scored = [list(_sentences(model, passing, None, half)) for half in halves]
    staying = None
    if exits.fits(network):
        least = Thresholds.of([*scored[0], *scored[1]]).gate - NEAR
        near = (one for one in [*found, *made[::MADE]] if passing(input_of(model, one.words)).max() >= least)
        way_out = exits.taught(model, network, near)
        staying = opened(exits.scores(network, way_out), "scores", 1)
        scored = [list(_sentences(model, passing, staying, half)) for half in halves]
    thresholds = Thresholds.of([*scored[0], *scored[1]])
    onnx.save(gate.graph(door, thresholds.gate), folder / FILE)
    if staying is not None:
        onnx.save(exits.graph(network, way_out, thresholds.exit), folder / GRAPH)
    return judged(scored)


def judged(halves: Sequence[Sequence[Sentence]]) -> Fit:
    """Return what gate and exit are worth, each half by the thresholds of the other."""
    fit = Fit(0, 0, 0, 0, 0)
    for half, least in zip(halves, map(Thresholds.of, reversed(halves)), strict=True):
        passed = [one for one in half if one.gate >= least.gate]
        stayed = [one for one in passed if one.exit >= least.exit]
        counts = (
            sum(one.triggers for one in half),
            sum(one.triggers for one in stayed),
            *map(len, (half, passed, stayed)),
        )
        fit = Fit(*(sum(pair) for pair in zip(fit, counts, strict=True)))
    return fit


def _sentences(
    model: Model, passing: Session, staying: Session | None, found: Iterable[Stretch]
) -> Iterator[Sentence]:
    """Yield the sentences of some stretches; what has no exit stays."""
    for one in found:
        sequence = input_of(model, one.words)
        scores = passing(sequence)[sequence.heads, 0]
        highest = math.inf if staying is None else float(staying(sequence).max())
        for sentence in one.sentences():
            inside = slice(sentence.start, sentence.stop)
            yield Sentence(float(scores[inside].max()), highest, int(one.begins[inside].sum()))

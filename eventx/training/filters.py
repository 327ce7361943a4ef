"""Fits what keeps a model from reading all of the text to its end: its gate and its early exit.

The model itself teaches both, by the probability of a trigger that it gives each word: of running news, of
annotated texts, and of sentences made of these, since news has too few of the words and contexts in which
they might go wrong (`eventx.training.mixture`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray

from eventx.document import Document
from eventx.engines.onnx import Session
from eventx.gate import FILE
from eventx.inputs import Input
from eventx.model import GRAPH, Model, read_settings, write_settings
from eventx.training import exits, gate
from eventx.training.graph import opened, whole
from eventx.training.mixture import Mixture, Stretch
from eventx.training.network import Network, from_base
from eventx.training.noise import noisy
from eventx.training.overlap import apart
from eventx.training.stretches import answered, input_of, invited, read

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
        folder: the model's, with its weights; those that it has are replaced. An encoder that `exits.fits`
            says no to gets no exit.
        texts: running news without annotations.
        annotated: documents rich in meetings, to learn from besides.

    Returns:
        None if the model finds too little in the texts to set thresholds; then there is neither.
    """
    model, network = Model(folder, gate=False), from_base(folder, dropout=0).eval()
    halves = [list(read(model, texts[half::PARTS])) for half in (0, 1)]
    fit, gate_graph, graph = None, None, whole(network) if exits.fits(network) else None
    if all(any(one.begins[one.core.start : one.core.stop].any() for one in half) for half in halves):
        held = [text for number, text in enumerate(texts) if number % PARTS <= 1]
        others = [text for number, text in enumerate(texts) if number % PARTS > 1]
        others += [document.text for document in annotated]
        learnt = list(compress(others, apart(others, held)))
        spoilt = noisy((Document(None, None, text) for text in learnt), NOISE, seed=0)
        found = list(read(model, (document.text for document in spoilt)))
        made = list(answered(model, Mixture(found, list(invited(model, learnt)))))
        fit, gate_graph, graph = _fitted(model, network, found, made, halves)
    # All at the end: a fit takes long, and one that is broken off leaves the folder as it was.
    (folder / FILE).unlink(missing_ok=True)
    if gate_graph is not None:
        onnx.save(gate_graph, folder / FILE)
    if graph is not None:
        onnx.save(graph, folder / GRAPH)
    write_settings(folder, read_settings(folder))  # with new checksums
    return fit


def _fitted(
    model: Model,
    network: Network,
    found: Sequence[Stretch],
    made: Sequence[Stretch],
    halves: Sequence[Sequence[Stretch]],
) -> tuple[Fit, onnx.ModelProto, onnx.ModelProto | None]:
    """Return what both are worth, the graph of the gate, and that of the model if it can have an exit."""
    gate_net = gate.taught(model, network, [*found, *made])
    gate_session = opened(gate.graph(gate_net), "scores", 1)
    scored = [list(_sentences(model, gate_session, None, half)) for half in halves]
    thresholds = Thresholds.of([*scored[0], *scored[1]])
    graph = None
    if exits.fits(network):
        near = (
            one
            for one in chain(found, made[::MADE])
            if _scores(gate_session, input_of(model, one.words)).max() >= thresholds.gate - NEAR
        )
        exit_net = exits.taught(model, network, near)
        exit_session = opened(exits.scores(network, exit_net), "scores", 1)
        scored = [list(_sentences(model, gate_session, exit_session, half)) for half in halves]
        thresholds = Thresholds.of([*scored[0], *scored[1]])
        graph = exits.graph(network, exit_net, thresholds.exit)
    return judged(scored), gate.graph(gate_net, thresholds.gate), graph


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
    model: Model, gate_session: Session, exit_session: Session | None, found: Iterable[Stretch]
) -> Iterator[Sentence]:
    """Yield the sentences of some stretches; without an exit all stay."""
    for one in found:
        sequence = input_of(model, one.words)
        scores = _scores(gate_session, sequence)
        highest = math.inf if exit_session is None else float(exit_session(sequence).max())
        for sentence in one.sentences():
            inside = slice(sentence.start, sentence.stop)
            yield Sentence(float(scores[inside].max()), highest, int(one.begins[inside].sum()))


def _scores(gate_session: Session, sequence: Input) -> NDArray[np.float32]:
    """Return the gate's score of each word."""
    return gate_session(sequence)[sequence.heads, 0]

"""Convolutions over word pieces that say which of them may be part of a trigger, as the model itself teaches.

They learn the probability that it gives each word (distillation: Hinton, Vinyals and Dean 2015).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from eventx.training.graph import Floats, Graph

HIDDEN, SPAN, LAYERS = 96, 7, 2
"""Channels of a convolution, pieces that it sees, and how many there are."""

RATE, DECAY, DROPOUT = 4e-3, 0.02, 0.05
"""Of the training, by AdamW with one cycle of the rate."""

BATCH = 1 << 15
"""Word pieces in a batch at most."""

WEIGHT = 9
"""How much more a sure trigger counts than a piece that is none."""


class Example(NamedTuple):
    """What is learnt from one input, a row for each of its pieces."""

    features: Tensor
    """What the network takes, (pieces, features)."""
    targets: Tensor
    """Probabilities, (pieces,)."""
    counts: Tensor
    """1 at pieces that have a target, 0 at others, (pieces,)."""


class Convolutions(nn.Module):
    """Convolutions, and a score for each piece.

    Args:
        inputs: numbers that each piece comes with.
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        sizes = [inputs, *[HIDDEN] * LAYERS]
        self.layers = nn.ModuleList(
            nn.Conv1d(wide, narrow, SPAN, padding=SPAN // 2) for wide, narrow in pairwise(sizes)
        )
        self.score = nn.Conv1d(HIDDEN, 1, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """Return the scores, (batch, pieces).

        Args:
            x: (batch, pieces, inputs).
            real: 1 at pieces, 0 at padding, (batch, pieces).
        """
        x = self.dropout(x.transpose(1, 2) * real[:, None])
        for number, layer in enumerate(self.layers):
            y = functional.relu(layer(x)) * real[:, None]
            x = self.dropout(x + y if number else y)
        scores: Tensor = self.score(x)[:, 0]
        return scores

    def write(self, graph: Graph, x: str, least: float, output: str) -> str:
        """Add them to a graph and return the scores, (1, pieces, 1).

        Args:
            graph: the graph.
            x: (1, pieces, inputs).
            least: the score from which scores count; what has just this one gets 0 or a little more.
            output: name of the scores.
        """
        for number, layer in enumerate(self.layers):
            y = graph.node("Relu", graph.convolution(x, *map(array, layer.parameters())))
            x = graph.node("Add", x, y) if number else y
        weights, bias = map(array, self.score.parameters())
        scores = graph.node("MatMul", x, weights[:, :, 0].T)
        moved = np.nextafter(bias - np.float32(least), np.float32(np.inf))
        return graph.node("Add", scores, moved, outputs=[output])


def teach(net: nn.Module, examples: Iterable[Example], epochs: int, seed: int = 0) -> None:
    """Teach a network that makes scores, (batch, pieces), of features and of what is no padding."""
    batches = _batches(examples)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * len(batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=max(2, steps))
    rng = random.Random(seed)
    for _ in range(epochs):
        rng.shuffle(batches)
        for features, targets, counts, real in batches:
            scores = net(features, real)
            loss = functional.binary_cross_entropy_with_logits(scores, targets, reduction="none")
            loss = (loss * counts * (1 + WEIGHT * targets)).sum() / counts.sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    net.eval()


def _batches(examples: Iterable[Example]) -> list[tuple[Tensor, ...]]:
    """Return features, targets, counts and what is no padding of inputs of about the same length."""
    rows = sorted(((*one, torch.ones(len(one.counts))) for one in examples), key=lambda row: len(row[0]))
    batches = []
    while rows:
        size = max(1, BATCH // len(rows[-1][0]))
        columns = zip(*rows[-size:], strict=True)
        batches.append(tuple(pad_sequence(list(column), batch_first=True) for column in columns))
        del rows[-size:]
    return batches


def array(values: Tensor) -> Floats:
    """Return the values of a tensor."""
    numbers: Floats = values.detach().numpy()
    return numbers

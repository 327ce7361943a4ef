"""The early exit of a model: behind its lower layers inputs leave the encoder in which no trigger shows.

Convolutions over the states that these layers give, taught by the probability of a trigger that the whole
model gives each word. The idea is that of DeeBERT (Xin and others 2020); here an input leaves only where it
holds nothing, and what the others give does not change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from eventx.model import Model
from eventx.training import graph as graphs
from eventx.training.convolutions import HIDDEN, Convolutions, Example, array, teach
from eventx.training.graph import Early, Graph, opened, whole
from eventx.training.mixture import Stretch
from eventx.training.network import Network
from eventx.training.stretches import asked

LAYER = 2
"""Layers that all inputs go through."""

EPOCHS = 6


def fits(network: Network) -> bool:
    """Say whether a network can have an exit: its graph is written here, and has layers behind the exit."""
    return graphs.fits(network) and network.config.num_hidden_layers > LAYER


class Exit(nn.Module):
    """Convolutions over narrowed states.

    Args:
        width: of the states.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(width, HIDDEN)
        self.convolutions = Convolutions(HIDDEN)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        """Return a score for each piece, (batch, pieces), of states (batch, pieces, width)."""
        scores: Tensor = self.convolutions(functional.relu(self.narrow(states.float())), real)
        return scores

    def write(self, graph: Graph, states: str, least: float) -> str:
        """Add it to a graph and return the scores, counted from ``least``, (1, pieces, 1)."""
        weight, bias = map(array, self.narrow.parameters())
        narrow = graph.node("Relu", graph.linear(states, weight.T, bias))
        return self.convolutions.write(graph, narrow, least, "scores")


def taught(model: Model, network: Network, found: Iterable[Stretch], seed: int = 0) -> Exit:
    """Return the network that has learnt what a model makes of some stretches of words."""
    torch.manual_seed(seed)
    net = Exit(network.config.hidden_size)
    teach(net, _examples(model, network, found), EPOCHS, seed)
    return net


def _examples(model: Model, network: Network, found: Iterable[Stretch]) -> Iterator[Example]:
    """Yield the states of stretches, of int8; pieces that head no word count as none of a trigger."""
    session = opened(graphs.states(network, LAYER), "states", network.config.hidden_size)
    for one in found:
        sequence, targets = asked(model, one)
        states = torch.from_numpy(session(sequence)).half()  # in fp32 they would take twice the memory
        yield Example(states, targets, torch.ones(len(targets)))


def scores(network: Network, net: Exit) -> onnx.ModelProto:
    """Return the graph of the lower layers and the exit: a score for each piece."""
    return graphs.scores(network, Early(LAYER, partial(net.write, least=0)))


def graph(network: Network, net: Exit, least: float) -> onnx.ModelProto:
    """Return the graph of a model with an exit for what has no score from a threshold on."""
    return whole(network, early=Early(LAYER, partial(net.write, least=least)))

"""The network of a gate: it says of each word whether the model may take it for a trigger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from eventx.model import Model
from eventx.training.convolutions import Convolutions, Example, array, teach
from eventx.training.graph import Graph
from eventx.training.mixture import Stretch
from eventx.training.network import Network
from eventx.training.stretches import asked

WIDTH = 64
"""Numbers for each word piece."""

EPOCHS = 8


class Net(nn.Module):
    """Convolutions over the model's own embeddings of word pieces, which stay as they are.

    Args:
        table: the embeddings, (vocabulary, width).
    """

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table: Tensor
        self.register_buffer("table", table)
        self.narrow = nn.Linear(table.shape[1], WIDTH, bias=False)
        self.convolutions = Convolutions(WIDTH + 1)  # one more for capitals

    def forward(self, features: Tensor, real: Tensor) -> Tensor:
        """Return a score for each piece, (batch, pieces).

        Args:
            features: number and type of each piece, (batch, pieces, 2).
            real: 1 at pieces, 0 at padding, (batch, pieces).
        """
        pieces, capitals = features.unbind(dim=-1)
        rows = self.narrow(self.table[pieces])
        scores: Tensor = self.convolutions(torch.cat([rows, capitals[..., None].float()], dim=-1), real)
        return scores


def taught(model: Model, network: Network, found: Iterable[Stretch], seed: int = 0) -> Net:
    """Return the network that has learnt what a model makes of some stretches of words."""
    torch.manual_seed(seed)
    net = Net(network.encoder.get_input_embeddings().weight.detach().float())
    teach(net, _examples(model, found), EPOCHS, seed)
    return net


def _examples(model: Model, found: Iterable[Stretch]) -> Iterator[Example]:
    for one in found:
        (pieces, types, heads), targets = asked(model, one)
        counts = torch.zeros(len(pieces))
        counts[heads] = 1  # the gate is asked for words, at their first pieces
        yield Example(torch.tensor([pieces, types]).T, targets, counts)


def graph(net: Net, least: float = 0, exact: bool = False) -> onnx.ModelProto:
    """Return the network as a graph, with scores that count from a threshold.

    Args:
        net: the network.
        least: the threshold; what has just this score passes.
        exact: whether all is fp32; otherwise weights are int8.
    """
    made = Graph(exact)
    capitals = made.node("Cast", "token_type_ids", to=onnx.TensorProto.FLOAT)
    capitals = made.node("Unsqueeze", capitals, np.array([2]))
    x = made.node("Concat", made.rows(array(net.narrow(net.table)), "input_ids"), capitals, axis=2)
    net.convolutions.write(made, x, least, "scores")
    return made.model("scores", 1)

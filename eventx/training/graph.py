"""Graphs, node by node: that of BERT or MPNet, of the operators that ONNX Runtime runs fastest on a CPU.

What PyTorch's exporter and the runtime's own optimiser make of the same network has a dozen nodes for each
attention and an operator for adding and normalising that is slower than the two alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from eventx.engines.onnx import EARLY_EXIT, Session
from eventx.inputs import CAPITAL, LIMIT
from eventx.labels import COLUMNS, NO_TRIGGER
from eventx.training.network import Network

OPSETS = (helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1))
IR = 10

Floats = NDArray[np.float32]


class Names(NamedTuple):
    """What the parts of an encoder's layer are called."""

    three: tuple[str, str, str]
    """Query, key and value."""
    seen: str
    """What their outcome goes through."""
    norm: str
    """What follows that."""


NAMES = {
    "bert": Names(
        ("attention.self.query", "attention.self.key", "attention.self.value"),
        "attention.output.dense",
        "attention.output.LayerNorm",
    ),
    "mpnet": Names(
        ("attention.attn.q", "attention.attn.k", "attention.attn.v"),
        "attention.attn.o",
        "attention.LayerNorm",
    ),
}
"""By the type of the encoder."""


def fits(network: Network) -> bool:
    """Say whether `whole` can write the network's graph."""
    return network.config.model_type in NAMES and network.config.hidden_act == "gelu"


def whole(network: Network, exact: bool = False, early: Early | None = None) -> onnx.ModelProto:
    """Return the graph: ``input_ids`` and ``token_type_ids`` (1, pieces) to ``logits`` (1, pieces, COLUMNS).

    Args:
        network: one that `fits`.
        exact: whether all is fp32. Otherwise the embeddings of words are int8, with a scale for each, and the
            weights of matrix products, with a scale for each column; the products' inputs are quantised as
            they come, by the range of the whole tensor.
        early: lets inputs leave early, where the graph is given ``early_exit`` true (false unless given).
    """
    graph, parts = Graph(exact), _Encoder(network)
    count = parts.config.num_hidden_layers
    if early is None:
        parts.classify(graph, parts.states(graph, count), "logits")
        return graph.model("logits", COLUMNS)
    states = parts.states(graph, early.layer)
    allowed = graph.default(EARLY_EXIT, np.array(False))
    # An input with a trigger in it asks for roles; others are left if no piece looks like a trigger.
    asks = graph.node("Greater", graph.node("ReduceMax", "token_type_ids", keepdims=0), np.array(CAPITAL))
    bound = graph.node("Or", graph.node("Not", allowed), asks)
    surely, judged = graph.branch(), graph.branch()
    surely.node("Identity", np.array(True), outputs=["surely"])
    highest = judged.node("ReduceMax", early.score(judged, states), keepdims=0)
    low = judged.node("Less", highest, np.array(0, np.float32))
    judged.node("Not", low, outputs=["judged"])  # what is no number stays
    stays = graph.choice(bound, surely.part("surely"), judged.part("judged"))
    rest, nothing = graph.branch(), graph.branch()
    parts.classify(rest, parts.layers(rest, states, range(early.layer, count)), "rest")
    shape = nothing.node("Concat", nothing.node("Shape", "input_ids"), np.array([COLUMNS]), axis=0)
    nothing.node("Expand", NO_TRIGGER, shape, outputs=["nothing"])
    graph.choice(stays, rest.part("rest"), nothing.part("nothing"), outputs=["logits"])
    return graph.model("logits", COLUMNS)


def states(network: Network, layers: int) -> onnx.ModelProto:
    """Return the graph of the first layers, in int8: it gives ``states`` (1, pieces, width)."""
    graph, parts = Graph(), _Encoder(network)
    graph.node("Identity", parts.states(graph, layers), outputs=["states"])
    return graph.model("states", parts.config.hidden_size)


def scores(network: Network, early: Early) -> onnx.ModelProto:
    """Return the graph of the layers before an exit, in int8: it gives ``scores`` (1, pieces, 1)."""
    graph, parts = Graph(), _Encoder(network)
    early.score(graph, parts.states(graph, early.layer))
    return graph.model("scores", 1)


def opened(graph: onnx.ModelProto, output: str, columns: int) -> Session:
    """Return a graph, ready to be run."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "graph.onnx"
        onnx.save(graph, file)
        return Session(file, output, columns)


class Early(NamedTuple):
    """Where inputs may leave an encoder, and which of them do: those without a score from 0 on."""

    layer: int
    """Layers that all inputs go through."""
    score: Callable[[Graph, str], str]
    """Adds to a graph what makes ``scores`` (1, pieces, 1) of states (1, pieces, width), and returns that."""


class _Encoder:
    """Writes the parts of an encoder and its classifier to graphs."""

    def __init__(self, network: Network) -> None:
        self.config = network.config
        self._network = network
        self._names = NAMES[self.config.model_type]
        self._weights = {name: value.detach().float().numpy() for name, value in network.state_dict().items()}
        self._bias: list[str] = []

    def states(self, graph: Graph, layers: int) -> str:
        """Add embeddings and the first so many layers; other layers of the graph can follow."""
        table = "encoder.embeddings.{}_embeddings.weight".format
        types = self._weights[table("token_type") if self._network.types is None else "types.weight"]
        places = self._weights[table("position")]
        if self.config.model_type == "mpnet":  # the first rows are for padding
            places = places[self._network.encoder.embeddings.padding_idx + 1 :]
        x = graph.rows(self._weights[table("word")], "input_ids")
        x = graph.node("Add", x, graph.node("Gather", types, "token_type_ids"))
        length = graph.node("Shape", "input_ids", start=1)
        first = np.zeros(1, np.int64)
        x = graph.node("Add", x, graph.node("Slice", places, first, length, first))
        x = self._norm(graph, x, "encoder.embeddings.LayerNorm")
        if self.config.model_type == "mpnet":
            self._bias = ["", "", self._position_bias(graph)]  # no bias of query, key and value, no padding
        return self.layers(graph, x, range(layers))

    def layers(self, graph: Graph, x: str, numbers: range) -> str:
        """Add some of the layers."""
        for number in numbers:
            layer = f"encoder.encoder.layer.{number}"
            three = (f"{layer}.{part}" for part in self._names.three)
            parts = graph.nodes("Split", [self._linear(graph, x, *three)], 3, axis=-1, num_outputs=3)
            heads = self.config.num_attention_heads
            seen = graph.node(
                "MultiHeadAttention", *parts, *self._bias, domain="com.microsoft", num_heads=heads
            )
            x = graph.node("Add", x, self._linear(graph, seen, f"{layer}.{self._names.seen}"))
            x = self._norm(graph, x, f"{layer}.{self._names.norm}")
            inner = self._linear(graph, x, f"{layer}.intermediate.dense")
            wide = graph.node("Gelu", inner, domain="com.microsoft")
            x = graph.node("Add", x, self._linear(graph, wide, f"{layer}.output.dense"))
            x = self._norm(graph, x, f"{layer}.output.LayerNorm")
        return x

    def _position_bias(self, graph: Graph) -> str:
        """Add what MPNet adds to the attention between places, (1, heads, pieces, pieces)."""
        with torch.inference_mode():
            table = self._network.encoder.encoder.compute_position_bias(torch.empty(1, LIMIT, 0)).numpy()
        length = graph.node("Shape", "input_ids", start=1)
        both = graph.node("Concat", length, length, axis=0)
        return graph.node("Slice", table, np.zeros(2, np.int64), both, np.array([2, 3]))

    def classify(self, graph: Graph, x: str, output: str) -> None:
        """Add the classifier."""
        own = [self._weights[f"{name}.weight"].T for name in ("classifier", "roles")]
        logits = graph.node("MatMul", x, np.concatenate(own, axis=1))
        biases = np.concatenate([self._weights["classifier.bias"], self._weights["roles.bias"]])
        graph.node("Add", logits, biases, outputs=[output])

    def _norm(self, graph: Graph, x: str, name: str) -> str:
        parts = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return graph.node("LayerNormalization", x, *parts, axis=-1, epsilon=self.config.layer_norm_eps)

    def _linear(self, graph: Graph, x: str, *names: str) -> str:
        parts = [(self._weights[f"{name}.weight"].T, self._weights[f"{name}.bias"]) for name in names]
        return graph.linear(x, *(np.concatenate(part, axis=-1) for part in zip(*parts, strict=True)))


class Graph:
    """Gathers nodes and constants; a value is known by its name.

    Args:
        exact: whether all is fp32; otherwise tables and the weights of products are int8.
        prefix: of the names, for a part of another graph.
    """

    def __init__(self, exact: bool = False, prefix: str = "") -> None:
        self._exact = exact
        self._prefix = prefix
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._replaceable: list[onnx.ValueInfoProto] = []
        self._branches = 0

    def node(self, operator: str, *inputs: str | NDArray[Any], **attributes: Any) -> str:
        """Add a node with one output and return that; an array becomes a constant."""
        (output,) = self.nodes(operator, inputs, 1, **attributes)
        return output

    def nodes(
        self,
        operator: str,
        inputs: Sequence[str | NDArray[Any]],
        count: int,
        outputs: list[str] | None = None,
        **attributes: Any,
    ) -> list[str]:
        """Add a node and return its outputs."""
        names = [one if isinstance(one, str) else self._constant(one) for one in inputs]
        place = f"{self._prefix}{operator}_{len(self._nodes)}"
        outputs = outputs or [f"{place}_{number}" for number in range(count)]
        self._nodes.append(helper.make_node(operator, names, outputs, **attributes))
        return outputs

    def rows(self, table: Floats, numbers: str) -> str:
        """Add the choice of rows from a table."""
        if self._exact:
            return self.node("Gather", table, numbers)
        whole, scales = _quantised(table, axis=1)
        row = self.node("Cast", self.node("Gather", whole, numbers), to=TensorProto.FLOAT)
        return self.node("Mul", row, self.node("Gather", scales[:, None], numbers))

    def linear(self, x: str, weight: Floats, bias: Floats) -> str:
        """Add a product with a weight (inputs, outputs), and a bias."""
        if self._exact:
            return self.node("Add", self.node("MatMul", x, weight), bias)
        whole, scales = _quantised(weight, axis=0)
        zeros = np.zeros_like(scales, np.int8)
        inputs = (x, whole, scales, zeros, bias)
        return self.node("DynamicQuantizeMatMul", *inputs, domain="com.microsoft")

    def convolution(self, x: str, weight: Floats, bias: Floats) -> str:
        """Add a convolution over the pieces with a weight (outputs, inputs, span), and a bias.

        As one product of what each piece sees: products of int8 are faster than convolutions.
        """
        outputs, _, span = weight.shape
        reach = span // 2
        padded = self.node("Pad", x, np.array([0, reach, 0, 0, reach, 0]))
        parts = [self.node("Slice", padded, *_shifted(place, span)) for place in range(span)]
        seen = self.node("Concat", *parts, axis=2)
        return self.linear(seen, weight.transpose(2, 1, 0).reshape(-1, outputs), bias)

    def default(self, name: str, value: NDArray[Any]) -> str:
        """Add a truth value that a run of the graph may replace."""
        self._constants.append(numpy_helper.from_array(value, name))
        self._replaceable.append(helper.make_tensor_value_info(name, TensorProto.BOOL, value.shape))
        return name

    def branch(self) -> Graph:
        """Return an empty part of this graph, for `choice`."""
        self._branches += 1
        return Graph(self._exact, f"{self._prefix}{self._branches}_")

    def part(self, output: str) -> onnx.GraphProto:
        """Return what was gathered as a branch with one output."""
        value = helper.make_empty_tensor_value_info(output)
        return helper.make_graph(self._nodes, output, [], [value], self._constants)

    def choice(self, condition: str, yes: onnx.GraphProto, no: onnx.GraphProto, **options: Any) -> str:
        """Add what runs one of two branches, and return the output of that."""
        return self.node("If", condition, then_branch=yes, else_branch=no, **options)

    def model(self, output: str, columns: int) -> onnx.ModelProto:
        """Return what was gathered, from ``input_ids`` and ``token_type_ids`` (1, pieces).

        Args:
            output: name of the output, (1, pieces, columns).
            columns: its last dimension.
        """
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, [1, "pieces"])
            for name in ("input_ids", "token_type_ids")
        ]
        outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, "pieces", columns])]
        inputs += self._replaceable
        graph = helper.make_graph(self._nodes, "eventx", inputs, outputs, self._constants)
        return helper.make_model(graph, opset_imports=OPSETS, ir_version=IR)

    def _constant(self, value: NDArray[Any]) -> str:
        name = f"{self._prefix}constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


def _quantised(weight: Floats, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Return a weight in int8, and the scales along the other axis."""
    scales = np.maximum(np.abs(weight).max(axis=axis) / 127, np.finfo(np.float32).tiny)
    return np.round(weight / np.expand_dims(scales, axis)).astype(np.int8), scales


def _shifted(place: int, span: int) -> list[NDArray[np.int64]]:
    """Return start, end and axis of the pieces that stand at a place of a convolution."""
    end = np.iinfo(np.int64).max if place == span - 1 else place - span + 1
    return [np.array([number]) for number in (place, end, 1)]

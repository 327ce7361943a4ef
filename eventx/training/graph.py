"""Graphs, node by node: that of a BERT encoder, of the operators that ONNX Runtime runs fastest on a CPU.

What PyTorch's exporter and the runtime's own optimiser make of the same network has a dozen nodes for each
attention and an operator for adding and normalising that is slower than the two alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from eventx.labels import COLUMNS
from eventx.training.network import Network

OPSETS = (helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1))
IR = 10

Floats = NDArray[np.float32]


def fits(network: Network) -> bool:
    """Say whether `bert` can write the network's graph."""
    return network.config.model_type == "bert" and network.config.hidden_act == "gelu"


def bert(network: Network, exact: bool = False) -> onnx.ModelProto:
    """Return the graph: ``input_ids`` and ``token_type_ids`` (1, pieces) to ``logits`` (1, pieces, COLUMNS).

    Args:
        network: one that `fits`.
        exact: whether all is fp32. Otherwise the embeddings of words are int8, with a scale for each, and the
            weights of matrix products, with a scale for each column; the products' inputs are quantised as
            they come, by the range of the whole tensor.
    """
    config = network.config
    weights = {name: value.detach().float().numpy() for name, value in network.state_dict().items()}
    graph = Graph(exact)

    def norm(x: str, name: str) -> str:
        parts = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return graph.node("LayerNormalization", x, *parts, axis=-1, epsilon=config.layer_norm_eps)

    def linear(x: str, *names: str) -> str:
        parts = [(weights[f"{name}.weight"].T, weights[f"{name}.bias"]) for name in names]
        return graph.linear(x, *(np.concatenate(part, axis=-1) for part in zip(*parts, strict=True)))

    table = "encoder.embeddings.{}_embeddings.weight".format
    x = graph.rows(weights[table("word")], "input_ids")
    x = graph.node("Add", x, graph.node("Gather", weights[table("token_type")], "token_type_ids"))
    length = graph.node("Shape", "input_ids", start=1)
    first = np.zeros(1, np.int64)
    x = graph.node("Add", x, graph.node("Slice", weights[table("position")], first, length, first))
    x = norm(x, "encoder.embeddings.LayerNorm")
    for number in range(config.num_hidden_layers):
        layer = f"encoder.encoder.layer.{number}"
        three = linear(x, *(f"{layer}.attention.self.{part}" for part in ("query", "key", "value")))
        parts = graph.nodes("Split", [three], 3, axis=-1, num_outputs=3)
        heads = config.num_attention_heads
        seen = graph.node("MultiHeadAttention", *parts, domain="com.microsoft", num_heads=heads)
        x = graph.node("Add", x, linear(seen, f"{layer}.attention.output.dense"))
        x = norm(x, f"{layer}.attention.output.LayerNorm")
        wide = graph.node("Gelu", linear(x, f"{layer}.intermediate.dense"), domain="com.microsoft")
        x = graph.node("Add", x, linear(wide, f"{layer}.output.dense"))
        x = norm(x, f"{layer}.output.LayerNorm")
    own = [weights[f"{name}.weight"].T for name in ("classifier", "roles")]
    logits = graph.node("MatMul", x, np.concatenate(own, axis=1))
    biases = np.concatenate([weights["classifier.bias"], weights["roles.bias"]])
    graph.node("Add", logits, biases, outputs=["logits"])
    return graph.model("logits", COLUMNS)


class Graph:
    """Gathers nodes and constants; a value is known by its name.

    Args:
        exact: whether all is fp32; otherwise tables and the weights of products are int8.
    """

    def __init__(self, exact: bool = False) -> None:
        self._exact = exact
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

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
        outputs = outputs or [f"{operator}_{len(self._nodes)}_{number}" for number in range(count)]
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
        graph = helper.make_graph(self._nodes, "eventx", inputs, outputs, self._constants)
        return helper.make_model(graph, opset_imports=OPSETS, ir_version=IR)

    def _constant(self, value: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name


def _quantised(weight: Floats, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Return a weight in int8, and the scales along the other axis."""
    scales = np.maximum(np.abs(weight).max(axis=axis) / 127, np.finfo(np.float32).tiny)
    return np.round(weight / np.expand_dims(scales, axis)).astype(np.int8), scales

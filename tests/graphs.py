"""Small graphs for ONNX Runtime that stand for a model's."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from eventx.labels import COLUMNS


def graph(
    table,
    rows="input_ids",
    outputs=COLUMNS,
    nodes=(),
    length="length",
    kind=TensorProto.FLOAT,
    name="logits",
):
    """Return the bytes of a graph that looks rows up in a table."""
    look_up = helper.make_node("Gather", ["table", rows], [name])
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [1, length])
        for name in ("input_ids", "token_type_ids")
    ]
    output = helper.make_tensor_value_info(name, kind, [1, length, outputs])
    made = helper.make_graph([*nodes, look_up], "graph", inputs, [output], [table])
    opsets = [helper.make_opsetid("", 20)]
    return helper.make_model(made, opset_imports=opsets, ir_version=10).SerializeToString()


def table(rows, columns=COLUMNS, value=0.0):
    return numpy_helper.from_array(np.full((rows, columns), value, np.float32), "table")

"""The limit: the rate of int8 matrix products on this machine, by the kernels of the model's own runtime."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

import eventx
from eventx.benchmark.gate import reached
from eventx.benchmark.results import Limit, Product
from eventx.benchmark.rounds import Tell, interleave, timed
from eventx.benchmark.texts import Record
from eventx.extras import extra
from eventx.model import GRAPH, Model

ROWS = (32, 64, 128, 256, 512, 1024)
"""Rows of the left matrix that are tried; the model has as many as an input has pieces."""

SECONDS = 0.1
"""For which each size is tried in a round."""

INPUTS = 1000
"""Inputs that the model is timed with, spread over all that reach it."""


def measure(records: Sequence[Record], rounds: int, tell: Tell = lambda _: None) -> Limit:
    """Return the limit and how near the model comes to it, with as many threads as eventx uses.

    Raises:
        MissingExtraError: onnx is not installed.
    """
    nlp = eventx.load()
    inputs, _ = reached(nlp, records)
    model = Model(nlp.folder, nlp.threads, gate=False)  # none leaves early: all products are counted
    some = inputs[:: -(-len(inputs) // INPUTS)] if inputs else []
    shapes = products(nlp.folder / GRAPH)
    with ThreadPoolExecutor(nlp.threads) as pool:
        tasks = {
            f"{inner}x{outer}, {rows} rows": _rate(pool, nlp.threads, rows, inner, outer)
            for inner, outer in dict.fromkeys(shapes)
            for rows in ROWS
        }
        tasks["model"] = timed(lambda: list(model(some)))
        tasks["model"]()
        found = interleave(tasks, rounds, tell)
    return Limit(
        threads=nlp.threads,
        products=[
            Product(inner, outer, {str(rows): found[f"{inner}x{outer}, {rows} rows"] for rows in ROWS})
            for inner, outer in shapes
        ],
        pieces=sum(len(one.pieces) for one in some),
        seconds=found["model"],
    )


def products(graph: Path) -> list[tuple[int, int]]:
    """Return inputs and outputs of each matrix product with a weight of int8 in a graph, in order.

    Those of inputs that do not leave early: where a graph has a choice, it is the first branch.

    Raises:
        MissingExtraError: onnx is not installed.
    """
    with extra("benchmark"):
        import onnx
    return list(_products(onnx.load(graph).graph, (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)))


def _products(graph: Any, types: Sequence[int]) -> Iterator[tuple[int, int]]:
    weights = {one.name: tuple(one.dims) for one in graph.initializer if one.data_type in types}
    for node in graph.node:
        if "MatMul" in node.op_type:
            yield from (weights[name] for name in node.input if len(weights.get(name, ())) == 2)
        for branch in node.attribute:
            if branch.name == "then_branch":
                yield from _products(branch.g, types)


def _rate(pool: ThreadPoolExecutor, threads: int, rows: int, inner: int, outer: int) -> Callable[[], float]:
    """Return what measures operations a second of one product, run in every thread at once."""
    session = _session(inner, outer)
    left = np.random.default_rng(0).integers(0, 255, (rows, inner), np.uint8)

    def work(end: float) -> int:
        binding = session.io_binding()  # a result for which there is room already
        binding.bind_cpu_input("left", left)
        result = onnxruntime.OrtValue.ortvalue_from_numpy(np.empty((rows, outer), np.int32))
        binding.bind_ortvalue_output("result", result)
        runs = 0
        while time.perf_counter() < end:
            session.run_with_iobinding(binding)
            runs += 1
        return runs

    def run() -> float:
        start = time.perf_counter()
        runs = sum(pool.map(work, [start + SECONDS] * threads))
        return 2 * rows * inner * outer * runs / (time.perf_counter() - start)

    return run


def _session(inner: int, outer: int) -> onnxruntime.InferenceSession:
    """Return a graph of one product of bytes with a weight of int8, to be run in one thread."""
    with extra("benchmark"):
        from onnx import TensorProto, helper, numpy_helper
    weight = np.random.default_rng(0).integers(-127, 127, (inner, outer), np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "weight"], ["result"])],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, ["rows", inner])],
        [helper.make_tensor_value_info("result", TensorProto.INT32, ["rows", outer])],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

"""From the trained network to the int8 ONNX graph that the runtime loads, with calibrated scores."""

from __future__ import annotations

import logging
import math
import tempfile
import warnings
from collections.abc import Sequence, Set
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from scipy.optimize import minimize_scalar
from torch import Tensor, nn

from eventx.document import Document
from eventx.inputs import LIMIT, Input
from eventx.labels import ARGUMENTS, HOSTS, IGNORED, LAYERS, TRIGGER, Layer, decode, spans
from eventx.model import GRAPH, SETTINGS, Model, Settings
from eventx.training.config import Config
from eventx.training.examples import examples
from eventx.training.network import Network


class _Inference(nn.Module):
    """The network as the runtime calls it: one sequence, no padding, logits only."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> Tensor:
        logits: Tensor = self.network(input_ids, torch.ones_like(input_ids), token_type_ids)["logits"]
        return logits


def export(network: Network, folder: Path, config: Config) -> None:
    """Write ``onnx/`` of a model folder: the graph, quantised, and settings without calibration."""
    graph = folder / GRAPH
    graph.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        exact, fused = Path(scratch) / "exact.onnx", Path(scratch) / "fused.onnx"
        export_exact(network, exact)
        options = FusionOptions("bert")
        optimize_model(
            str(exact),
            "bert",
            num_heads=network.config.num_attention_heads,
            hidden_size=network.config.hidden_size,
            optimization_options=options,
            opt_level=0,
        ).save_model_to_file(str(fused))
        quantise(fused, graph)
    temperatures = {layer.name: 1.0 for layer in (TRIGGER, ARGUMENTS, HOSTS)}
    write_settings(folder, Settings(config.name, config.version, temperatures))


def export_exact(network: Network, file: Path) -> None:
    """Write the network as an fp32 ONNX graph for one sequence of any length."""
    # Two tensors: one that is given twice would become one input of the graph.
    example = torch.zeros((1, 8), dtype=torch.long), torch.zeros((1, 8), dtype=torch.long)
    length = torch.export.Dim("length", min=2, max=LIMIT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        torch.onnx.export(
            _Inference(network).eval(),
            example,
            file,
            input_names=["input_ids", "token_type_ids"],
            output_names=["logits"],
            dynamic_shapes={"input_ids": {1: length}, "token_type_ids": {1: length}},
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def quantise(source: Path, target: Path) -> None:
    """Write the graph with int8 weights, a scale for each column, and activations quantised as they come."""
    level = logging.root.level
    logging.root.setLevel(logging.ERROR)  # the quantiser reports every tensor to the root logger
    try:
        quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True)
    finally:
        logging.root.setLevel(level)


def write_settings(folder: Path, settings: Settings) -> None:
    """Write ``onnx/config.json``."""
    (folder / SETTINGS).write_bytes(msgspec.json.format(msgspec.json.encode(settings)))


def calibrate(folder: Path, dev: Sequence[Document]) -> dict[str, float]:
    """Set the temperatures of a model folder so that the scores of spans are how often these are right.

    Temperature scaling after Guo et al., "On Calibration of Modern Neural Networks" (2017), fitted to the
    spans that are found in ``dev``, not to single labels: the score of a span is the product of its labels'
    probabilities, which depend on each other.
    """
    model = Model(folder)
    table = list(examples(dev, model.words))
    temperatures = {}
    for number, layer in enumerate(LAYERS):
        if layer not in (TRIGGER, ARGUMENTS, HOSTS):
            continue
        inputs, gold = [], []
        for example in table:
            column = [row[number] for row in example["labels"]]
            heads = [place for place, label in enumerate(column) if label != IGNORED]
            if heads:
                inputs.append(Input(example["input_ids"], example["token_type_ids"], heads))
                gold.append(set(spans(layer, [column[head] for head in heads])))
        temperatures[layer.name] = _temperature(layer, list(model(inputs)), gold)
    model.settings.temperatures = temperatures
    write_settings(folder, model.settings)
    return temperatures


def _temperature(
    layer: Layer, outputs: Sequence[NDArray[np.float32]], gold: Sequence[Set[tuple[str, int, int]]]
) -> float:
    """Return the temperature that makes the rightness of the spans found most probable."""

    def loss(temperature: float) -> float:
        total = 0.0
        for logits, right in zip(outputs, gold, strict=True):
            for found in decode(layer, logits, temperature):
                score = min(max(found.score, 1e-6), 1 - 1e-6)
                total -= math.log(score if found[:3] in right else 1 - score)
        return total

    return round(float(minimize_scalar(loss, bounds=(0.2, 10), method="bounded").x), 4)

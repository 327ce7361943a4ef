"""From the trained network to the int8 ONNX graph that the runtime loads, with calibrated scores."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import msgspec
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from eventx.document import Document
from eventx.inputs import LIMIT
from eventx.labels import ARGUMENTS, HOSTS, TRIGGER, log_odds
from eventx.model import GRAPH, SETTINGS, Model, Settings
from eventx.tagger import Tagger
from eventx.training.config import Config
from eventx.training.network import Network

IDENTITY = (1.0, 0.0)
"""The calibration that leaves scores as they are."""


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
    calibration = dict.fromkeys((TRIGGER.name, ARGUMENTS.name, HOSTS.name), IDENTITY)
    write_settings(folder, Settings(config.name, config.version, calibration))


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


def calibrate(folder: Path, dev: Sequence[Document]) -> dict[str, tuple[float, float]]:
    """Fit the scores of a model folder to how often the spans that it finds in ``dev`` are right.

    A trigger is right if the gold has it, an argument if the gold has it under the same trigger.
    """
    model = Model(folder)
    found = [Document(id=document.id, date=document.date, text=document.text) for document in dev]
    Tagger(model)(found)
    answers: dict[str, list[tuple[float, bool]]] = {layer.name: [] for layer in (TRIGGER, ARGUMENTS, HOSTS)}
    for ours, theirs in zip(dev, found, strict=True):
        gold = {(event.trigger.start, event.trigger.end): event for event in ours.events}
        for event in theirs.events:
            partner = gold.get((event.trigger.start, event.trigger.end))
            answers[TRIGGER.name].append((event.trigger.score or 0.0, partner is not None))
            for role, span in event.arguments():
                layer = HOSTS if role in HOSTS.types else ARGUMENTS
                same = getattr(partner, role, ())
                right = any((span.start, span.end) == (one.start, one.end) for one in same)
                answers[layer.name].append((span.score or 0.0, right))
    model.settings.calibration = {name: _fitted(judged) for name, judged in answers.items()}
    write_settings(folder, model.settings)
    return model.settings.calibration


def _fitted(answers: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Return slope and offset of the log-odds of scores that make their answers most probable."""
    right = [answer for _, answer in answers]
    if len(set(right)) < 2:  # nothing to fit to
        return IDENTITY
    odds = [[log_odds(score)] for score, _ in answers]
    model = LogisticRegression().fit(odds, right)
    return round(float(model.coef_[0, 0]), 4), round(float(model.intercept_[0]), 4)

"""From the trained network to the int8 ONNX graph that the runtime loads, with calibrated scores."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from eventx.document import Document
from eventx.evaluation import judged, judged_meetings
from eventx.gate import FILE as GATE
from eventx.inputs import LIMIT
from eventx.labels import ARGUMENTS, HOSTS, TRIGGER, log_odds, uncalibrated
from eventx.model import GRAPH, MEETINGS, Model, Settings, write_settings
from eventx.pipeline import Pipeline
from eventx.tagger import Tagger
from eventx.training.config import Config
from eventx.training.graph import fits, whole
from eventx.training.network import Network

IDENTITY = (1.0, 0.0)
"""The calibration that leaves scores as they are."""

EXACT = 9
"""Decimals of the scores to fit to: the highest ones differ late."""


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
    (folder / GATE).unlink(missing_ok=True)  # that of an older model
    if fits(network):
        onnx.save(whole(network), graph)
    else:
        _export_any(network, graph)
    calibration = dict.fromkeys((TRIGGER.name, ARGUMENTS.name, HOSTS.name, MEETINGS), IDENTITY)
    write_settings(folder, Settings(config.name, config.version, calibration))


def _export_any(network: Network, graph: Path) -> None:
    """Write the int8 graph of an encoder whose graph is not written node by node."""
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


def export_exact(network: Network, file: Path) -> None:
    """Write the network as an fp32 ONNX graph for one sequence of any length."""
    if fits(network):
        onnx.save(whole(network, exact=True), file)
        return
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
    forget(target)


def forget(file: Path) -> None:
    """Take out of a graph what PyTorch notes of where it was made: stack traces, with paths of files."""
    model = onnx.load(file)
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(model, file)


def calibrate(folder: Path, dev: Sequence[Document]) -> dict[str, tuple[float, float]]:
    """Fit the scores of a model folder to how often its spans and meetings in ``dev`` are right."""
    model = Model(folder, gate=False)
    layers = {kind: layer.name for layer in (TRIGGER, ARGUMENTS, HOSTS) for kind in layer.types}
    found = [Document(id=document.id, date=document.date, text=document.text) for document in dev]
    fitted = dict.fromkeys(layers.values(), IDENTITY)
    for _ in range(2):  # bounds depend on scores: the second time they are those that users will see
        model.settings.calibration |= fitted
        list(Tagger(model, digits=EXACT)(found))
        answers: dict[str, list[tuple[float, bool]]] = {name: [] for name in layers.values()}
        for ours, theirs in zip(dev, found, strict=True):
            for kind, score, right in judged(ours, theirs):
                answers[layers[kind]].append((uncalibrated(score, *fitted[layers[kind]]), right))
        fitted = {name: _fitted(judgements) for name, judgements in answers.items()}
    model.settings.calibration = {**fitted, MEETINGS: IDENTITY}
    write_settings(folder, model.settings)
    found = Pipeline(folder).annotate(found)
    meetings = [answer for pair in zip(dev, found, strict=True) for answer in judged_meetings(*pair)]
    model.settings.calibration[MEETINGS] = _fitted(meetings)
    write_settings(folder, model.settings)
    return model.settings.calibration


def _fitted(answers: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Return slope and offset of the log-odds of scores that fit their answers; IDENTITY if there is no way.

    There is none if all answers are right or all wrong, or if the low scores are right and the high ones
    wrong, as can be by chance where there are few.
    """
    right = [answer for _, answer in answers]
    if len(set(right)) < 2:
        return IDENTITY
    model = LogisticRegression().fit([[log_odds(score)] for score, _ in answers], right)
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    return (round(slope, 4), round(offset, 4)) if slope > 0 else IDENTITY

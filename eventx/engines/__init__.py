"""Engines: what computes the classifier's output for the inputs of a model.

``onnx`` runs the int8 graph on the processor; ``torch`` the weights, on the processor or a graphics card.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from eventx.inputs import Input

EngineName = Literal["onnx", "torch"]


class Engine(Protocol):
    """Computes outputs; what an input gives does not depend on those beside it."""

    @property
    def about(self) -> str:
        """Name, version and device, for people."""

    @property
    def threads(self) -> int:
        """Inputs that are computed side by side, or threads that share one batch."""

    def __call__(self, inputs: Iterable[Input]) -> Iterator[NDArray[np.float32]]:
        """Yield the output for the words of each input, (words, COLUMNS), in order."""


def engine(
    name: EngineName, folder: Path, threads: int | None, device: str | None, early_exit: bool
) -> Engine:
    """Return an engine for a model folder.

    Args:
        name: which one.
        folder: the model's.
        threads: see `Engine.threads`; as many as there are processors if None.
        device: of torch, such as ``cpu`` or ``cuda``; a graphics card if there is one and None is given.
        early_exit: whether inputs in which no trigger shows leave the encoder early; torch has no such exit.

    Raises:
        FileNotFoundError: the folder has no weights.
        ValueError: a file cannot be read, there is no such engine, or it runs on no such device.
        MissingExtraError: torch is not installed.
    """
    if name == "torch":
        from eventx.engines.torch import Torch

        return Torch(folder, threads, device)
    if name != "onnx":
        raise ValueError(f"engine is {name!r}, neither 'onnx' nor 'torch'")
    if device not in (None, "cpu"):
        raise ValueError(f"device is {device!r}; the engine onnx runs on the cpu, torch on others")
    from eventx.engines.onnx import Onnx

    return Onnx(folder, threads, early_exit)

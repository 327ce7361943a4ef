"""The engine for graphics cards: the weights themselves, run by PyTorch (extra ``train``).

On a graphics card the products are done in bfloat16, on the processor in fp32.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventx.extras import extra
from eventx.inputs import Input

with extra("train"):
    import torch

    from eventx.training.network import from_base

AT_ONCE = 4096
"""Inputs whose outputs are in memory together."""

WEIGHTS = ("config.json", "model*.safetensors", "roles/model.safetensors")
"""The files of a model folder that this engine reads; large weights are several files."""

BUDGET = 16384
"""Word pieces in a batch at most."""


class Torch:
    """Runs the weights of a model folder.

    Args:
        folder: holds ``config.json``, ``model.safetensors`` or several such files, and ``roles/``.
        threads: of PyTorch, which all of the process shares; as PyTorch decides if None.
        device: ``cpu``, ``cuda``, ``cuda:1``, …; a graphics card if there is one and None is given.

    Raises:
        FileNotFoundError: the folder lacks one of `WEIGHTS`.
        ValueError: the weights cannot be read, or there is no such device.
    """

    def __init__(self, folder: Path, threads: int | None = None, device: str | None = None) -> None:
        if missing := [files for files in WEIGHTS if not any(folder.glob(files))]:
            raise FileNotFoundError(
                f"{folder} has no {missing[0]}, which the engine torch needs: the bundled model's comes "
                "in the package eventx-weights"
            )
        if threads is not None:
            torch.set_num_threads(threads)
        try:
            network = from_base(folder, dropout=0).eval()
        except Exception as error:  # of safetensors, transformers and torch, on what is no model of ours
            raise ValueError(f"{folder} has weights that cannot be read: {error}") from None
        if network.encoder._supports_sdpa:
            network.encoder.set_attn_implementation("sdpa")
        try:
            self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
            kind = torch.float32 if self._device.type == "cpu" else torch.bfloat16
            self._network = network.to(self._device, kind)
        except (RuntimeError, AssertionError) as error:
            raise ValueError(f"device is {device!r}: {error}") from None

    @property
    def about(self) -> str:
        """Name, version and device."""
        return f"torch {torch.__version__} on {self._device}"

    @property
    def threads(self) -> int:
        """Threads that share one batch on the processor."""
        return torch.get_num_threads()

    def __call__(self, inputs: Iterable[Input]) -> Iterator[NDArray[np.float32]]:
        """Yield the output for the words of each input, (words, COLUMNS), in order."""
        stream = iter(inputs)
        while part := list(islice(stream, AT_ONCE)):
            outputs: list[NDArray[np.float32] | None] = [None] * len(part)
            for numbers in _batches(part):
                for number, logits in zip(numbers, self._run([part[n] for n in numbers]), strict=True):
                    outputs[number] = logits[part[number].heads]
            yield from (logits for logits in outputs if logits is not None)

    def _run(self, batch: Sequence[Input]) -> NDArray[np.float32]:
        """Return the output for inputs of one length, (batch, pieces, COLUMNS)."""
        pieces = torch.tensor([one.pieces for one in batch], device=self._device)
        types = torch.tensor([one.types for one in batch], device=self._device)
        with torch.inference_mode():
            logits = self._network(pieces, torch.ones_like(pieces), types)["logits"]
        return logits.float().cpu().numpy()


def _batches(inputs: Sequence[Input]) -> Iterator[list[int]]:
    """Yield the numbers of inputs of one length: nothing is padded, so no input sees how long others are."""
    order = sorted(range(len(inputs)), key=lambda number: len(inputs[number].pieces))
    for length, same in groupby(order, key=lambda number: len(inputs[number].pieces)):
        numbers = list(same)
        size = max(1, BUDGET // length)
        yield from (numbers[start : start + size] for start in range(0, len(numbers), size))

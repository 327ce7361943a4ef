"""A model folder, opened: its vocabulary, settings and gate, and the engine that computes its outputs.

All files are checked before they are used; see `Model`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from eventx import engines
from eventx.document import FORM, Version
from eventx.engines import EngineName
from eventx.engines.onnx import GRAPH as GRAPH
from eventx.gate import FILE as GATE
from eventx.gate import Gate
from eventx.inputs import CAPITAL, LIMIT, MARKED, OUTSIDE, Input
from eventx.labels import ARGUMENTS, COLUMNS, HOSTS, TRIGGER
from eventx.words import Words

SETTINGS = Path("onnx/config.json")
TOKENIZER = Path("tokenizer.json")

LARGEST = {TOKENIZER: 1 << 26, GRAPH: 1 << 31, GATE: 1 << 26, SETTINGS: 1 << 20}
"""The files of a model, and how many bytes they may have."""

FOLDERS = (
    Path(__file__).parent / "bundled",  # in the wheel
    Path(__file__).parents[1] / "models" / "eventx-en",  # in a checkout
)


MEETINGS = "meetings"
"""Key of the calibration of meetings, beside those of layers."""


Coefficient = Annotated[float, Meta(ge=-1000, le=1000)]


class Settings(msgspec.Struct):
    """What the runtime has to know of a model besides its graph and vocabulary."""

    name: str
    version: str
    calibration: dict[str, tuple[Coefficient, Coefficient]]
    """For each layer with spans, slope and offset that make its scores probabilities."""
    checksums: dict[str, str] = {}
    """SHA-256 of the model's other files, by their paths; a model without any is not checked."""


class Model:
    """A model folder, loaded for inference.

    Args:
        folder: holds ``tokenizer.json``, ``onnx/model_int8.onnx`` and ``onnx/config.json``; the bundled
            model if None.
        threads: inputs that run side by side; as many as there are processors if None.
        engine: what computes, ``onnx`` or ``torch``.
        device: of torch, such as ``cuda``.
        gate: whether the folder's gate is used, if there is one, and with it the early exit of its graph.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file cannot be read as what it should be, or the engine or device is unknown.
        MissingExtraError: torch is not installed.
    """

    def __init__(
        self,
        folder: Path | None = None,
        threads: int | None = None,
        engine: EngineName = "onnx",
        device: str | None = None,
        gate: bool = True,
    ) -> None:
        self.folder = folder if folder is not None else bundled()
        _check_files(self.folder)
        self.settings = read_settings(self.folder)
        _check_sums(self.folder, self.settings.checksums)
        self.words = Words(self.folder / TOKENIZER)
        file = self.folder / GATE
        self.gate = Gate(file) if gate and file.is_file() else None
        """What chooses the windows that are read; None if the model reads all."""
        self.engine = engines.engine(engine, self.folder, threads, device, early_exit=self.gate is not None)
        """What computes the outputs."""
        self._try()

    @property
    def version(self) -> Version:
        """What records made with this model carry as their version."""
        return Version(form=FORM, model=f"{self.settings.name}-{self.settings.version}")

    def __call__(self, inputs: Iterable[Input]) -> Iterator[NDArray[np.float32]]:
        """Yield the classifier's output for the words of each input, (words, COLUMNS), in order.

        With a gate inputs of the first pass in which no trigger shows give `NO_TRIGGER`.
        """
        return self.engine(inputs)

    def _try(self) -> None:
        """Raise ValueError unless engine and gate read the last piece, in both passes, short and long."""
        for length, kind in product((3, LIMIT), (CAPITAL, CAPITAL | MARKED | OUTSIDE)):
            pieces = [self.words.cls, *[self.words.size - 1] * (length - 2), self.words.sep]
            types = [kind] * length
            sequence = Input(pieces, types, list(range(length)))
            try:
                (logits,) = self([sequence])
                fits = logits.shape == (length, COLUMNS) and bool(np.isfinite(logits).all())
            except Exception as error:
                raise ValueError(
                    f"{self.folder}: {self.engine.about} cannot run the model with {TOKENIZER}: {error}"
                ) from None
            if not fits:
                raise ValueError(
                    f"{self.folder}: {self.engine.about} gives no {COLUMNS} numbers for each piece"
                )
            if self.gate is not None:
                self._try_gate(self.gate, sequence)

    def _try_gate(self, gate: Gate, sequence: Input) -> None:
        try:
            fits = bool(np.isfinite(gate.scores(sequence)).all())
        except Exception as error:
            raise ValueError(f"{self.folder / GATE} does not fit {TOKENIZER}: {error}") from None
        if not fits:
            raise ValueError(f"{self.folder / GATE} gives no numbers")


def read_settings(folder: Path) -> Settings:
    """Read ``onnx/config.json``.

    Raises:
        ValueError: it cannot be read, or lacks something.
    """
    try:
        settings = msgspec.json.decode((folder / SETTINGS).read_bytes(), type=Settings)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"{folder / SETTINGS}: {error}") from None
    needed = {MEETINGS, *(layer.name for layer in (TRIGGER, ARGUMENTS, HOSTS))}
    if missing := needed - settings.calibration.keys():
        raise ValueError(f"{folder / SETTINGS}: no calibration of {', '.join(sorted(missing))}")
    return settings


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files that a model has besides its settings, by path."""
    files = [file for file in LARGEST if file != SETTINGS and (folder / file).is_file()]
    return {file.as_posix(): hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in files}


def write_settings(folder: Path, settings: Settings) -> None:
    """Write ``onnx/config.json``, with checksums of the other files, which must not change any more."""
    settings = msgspec.structs.replace(settings, checksums=checksums(folder))
    (folder / SETTINGS).write_bytes(msgspec.json.format(msgspec.json.encode(settings)))


def _check_files(folder: Path) -> None:
    """Raise FileNotFoundError where a file is missing, ValueError where one is far too large."""
    for file, most in LARGEST.items():
        path = folder / file
        if not path.is_file():
            if os.path.lexists(path):
                raise FileNotFoundError(f"{folder} is no model folder: {file} is no file")
            if file != GATE:
                raise FileNotFoundError(f"{folder} is no model folder: {file} is missing")
        elif (size := path.stat().st_size) > most:
            raise ValueError(f"{path} has {size:,} bytes; there may be {most:,}")


def _check_sums(folder: Path, expected: dict[str, str]) -> None:
    """Raise ValueError where a file is not the one that the model was made with."""
    if expected:
        differing = {file for file, _ in checksums(folder).items() ^ expected.items()}
        if differing:
            names = ", ".join(sorted(differing))
            raise ValueError(f"{folder}: not as the model was made: {names}; copy the model once more")


def bundled() -> Path:
    """Return the folder of the model that comes with the package.

    Raises:
        FileNotFoundError: the installation has none.
    """
    for folder in FOLDERS:
        if (folder / GRAPH).is_file():
            return folder
    raise FileNotFoundError("this installation has no bundled model; give eventx.load a model folder")

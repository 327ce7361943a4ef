"""The model that runs: an int8 ONNX graph of encoder and classifier, and its settings.

Activations are quantised by the range of what is computed at once. Every input therefore runs alone,
so that a text's result never depends on what it is batched with; this is no slower here than padded
batches are, and cores are used by running several inputs side by side.
"""

from __future__ import annotations

import hashlib
import os
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
import onnxruntime
from msgspec import Meta
from numpy.typing import NDArray

from eventx import gate
from eventx.document import FORM, Version
from eventx.inputs import CAPITAL, LIMIT, MARKED, OUTSIDE, Input
from eventx.labels import ARGUMENTS, COLUMNS, HOSTS, TRIGGER
from eventx.words import Words

GRAPH = Path("onnx/model_int8.onnx")
SETTINGS = Path("onnx/config.json")
TOKENIZER = Path("tokenizer.json")

LARGEST = {TOKENIZER: 1 << 26, GRAPH: 1 << 31, gate.FILE: 1 << 26, SETTINGS: 1 << 20}
"""The files of a model, and how many bytes they may have."""

FOLDERS = (
    Path(__file__).parent / "bundled",  # in the wheel
    Path(__file__).parents[1] / "models" / "eventx-en",  # in a checkout
)


AT_ONCE = 256
"""Inputs whose outputs are in memory together."""


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

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file cannot be read as what it should be.
    """

    def __init__(self, folder: Path | None = None, threads: int | None = None) -> None:
        self.folder = folder if folder is not None else bundled()
        self.threads = threads or processors()
        _check_files(self.folder)
        self.settings = read_settings(self.folder)
        _check_sums(self.folder, self.settings.checksums)
        self.words = Words(self.folder / TOKENIZER)
        file = self.folder / gate.FILE
        self.gate = gate.load(file) if file.is_file() else None
        """What chooses the windows that are read; None if the model has none."""
        self._session = self._open(self.folder / GRAPH)
        self._try()
        self._start_pool()
        if hasattr(os, "register_at_fork"):
            # A forked process has none of its parent's threads and would wait for them for ever.
            this = weakref.ref(self)

            def renew() -> None:
                if (model := this()) is not None:
                    model._start_pool()

            os.register_at_fork(after_in_child=renew)

    @property
    def version(self) -> Version:
        """What records made with this model carry as their version."""
        return Version(form=FORM, model=f"{self.settings.name}-{self.settings.version}")

    def __call__(self, inputs: Sequence[Input]) -> Iterator[NDArray[np.float32]]:
        """Yield the classifier's output for the words of each input, (words, COLUMNS), in order."""
        run = self._pool.map if self._pool is not None else map
        for start in range(0, len(inputs), AT_ONCE):
            yield from run(self._run, inputs[start : start + AT_ONCE])

    def _start_pool(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads) if self.threads > 1 else None

    def _run(self, sequence: Input) -> NDArray[np.float32]:
        feed = {
            "input_ids": np.array([sequence.pieces], dtype=np.int64),
            "token_type_ids": np.array([sequence.types], dtype=np.int64),
        }
        logits: NDArray[np.float32] = self._session.run(["logits"], feed)[0]
        return logits[0, sequence.heads]

    @staticmethod
    def _open(file: Path) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        # Weights stand in the graph itself: no other file is read, whatever paths the graph names.
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", os.devnull)
        try:
            session = onnxruntime.InferenceSession(
                file.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime's own exceptions share no base but this
            raise ValueError(f"{file} is no graph that ONNX Runtime can read: {error}") from None
        columns = session.get_outputs()[0].shape[-1]
        if columns != COLUMNS:
            raise ValueError(f"{file} has {columns} outputs for each token, not {COLUMNS}")
        return session

    def _try(self) -> None:
        """Raise ValueError unless the graph reads the longest input, of the vocabulary's last piece."""
        pieces = [self.words.cls, *[self.words.size - 1] * (LIMIT - 2), self.words.sep]
        types = [CAPITAL | MARKED | OUTSIDE] * LIMIT
        try:
            logits = self._run(Input(pieces, types, list(range(LIMIT))))
        except Exception as error:
            raise ValueError(f"{self.folder / GRAPH} does not fit {TOKENIZER}: {error}") from None
        if logits.shape != (LIMIT, COLUMNS) or not np.isfinite(logits).all():
            raise ValueError(f"{self.folder / GRAPH} gives no {COLUMNS} numbers for each piece")


def read_settings(folder: Path) -> Settings:
    """Read ``onnx/config.json``.

    Raises:
        ValueError: it cannot be read, or lacks something.
    """
    try:
        settings = msgspec.json.decode((folder / SETTINGS).read_bytes(), type=Settings)
    except msgspec.DecodeError as error:
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
        if not (folder / file).is_file():
            if file != gate.FILE:
                raise FileNotFoundError(f"{folder} is no model folder: {file} is missing")
        elif (size := (folder / file).stat().st_size) > most:
            raise ValueError(f"{folder / file} has {size:,} bytes; there may be {most:,}")


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


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

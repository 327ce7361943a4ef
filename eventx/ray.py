"""Ray Data: ``ds.map_batches(eventx.ray.Extractor, …)`` makes records of documents (extra ``ray``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import eventx
from eventx.document import plain
from eventx.extras import extra

with extra("ray"):
    import pyarrow as pa
    import ray

    from eventx.arrow import COLUMNS, Errors, extract, schema


class Extractor:
    """Reads batches of documents; every actor has one and loads the model once.

    An actor that was given a graphics card, or a part of one, runs the weights there (the engine ``torch``,
    extra ``train``), any other the int8 graph on its processors.

    Args:
        model: folder of the model, at the same place on every node; the bundled one if None.
        min_score: triggers and arguments with a lower score are left out, 0 to 1.
        gate: whether the model's gate, if it has one, chooses what is read.
        errors: what becomes of a row that is no document, see `eventx.arrow.extract`.
        threads: inputs that the model runs side by side; as many as the actor was given CPUs if None, 1 at
            least.

    Raises:
        FileNotFoundError: a file of the model is missing, its weights for a graphics card included.
        ValueError: a file of the model cannot be read, or an argument is out of range.
        MissingExtraError: the actor was given a graphics card, and torch is not installed.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        min_score: float = 0.0,
        gate: bool = True,
        errors: Errors = "raise",
        threads: int | None = None,
    ) -> None:
        schema(errors)  # refuses other values before anything is read
        self.errors = errors
        given = _resources()
        self.nlp = eventx.load(
            model,
            min_score=min_score,
            threads=threads or max(1, int(given.get("CPU", 0))),
            gate=gate,
            engine="torch" if given.get("GPU") else "onnx",
            device="cuda" if given.get("GPU") else None,
        )

    def __call__(self, batch: pa.Table | Mapping[str, Any]) -> pa.Table:
        """Return the records of a batch, see `eventx.arrow.extract`.

        Args:
            batch: columns as numpy arrays (Ray's default), a pandas frame or an Arrow table. Lone surrogates,
                which numpy and pandas can hold, are U+FFFD in the records.

        Raises:
            ValueError: a row is no document, and errors is ``raise``.
        """
        if not isinstance(batch, pa.Table):
            batch = pa.table({name: _array(batch[name]) for name in COLUMNS if name in batch})
        return extract(self.nlp, batch, self.errors)


def _array(column: Any) -> pa.Array:
    cells = np.asarray(column)
    if cells.dtype.kind in "OU":  # strings, for which pandas has types of its own
        return pa.array([plain(cell) for cell in cells], from_pandas=True)
    return pa.array(cells, from_pandas=True)


def _resources() -> dict[str, float]:
    """Return what Ray gave to the actor that this process is; nothing if it is none."""
    context = ray.get_runtime_context() if ray.is_initialized() else None
    return context.get_assigned_resources() if context and context.get_actor_id() else {}

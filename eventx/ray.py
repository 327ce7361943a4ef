"""Ray Data: ``ds.map_batches(eventx.ray.Extractor, …)`` makes records of documents (extra ``ray``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import eventx
from eventx.document import plain
from eventx.extras import extra
from eventx.readers.parquet import cells

with extra("ray"):
    import pyarrow as pa
    import ray

    from eventx.arrow import Errors, extract, present, records, schema


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
            ValueError: a row is no document, and errors is ``raise``; or, whatever errors is, there are rows
                and not one column ``id`` and one ``text``.
        """
        if isinstance(batch, pa.Table):
            return extract(self.nlp, batch, self.errors)
        names = list(batch)
        there = present(names, max((len(batch[name]) for name in names), default=0))
        columns = {name: map(_cell, np.asarray(batch[name])) for name in there}
        return records(self.nlp, columns, self.errors)


def _cell(value: Any) -> Any:
    """Return a cell in Arrow's type for it alone: a column may hold many, and null in many forms."""
    alone = np.array([plain(value)]) if isinstance(value, np.generic) else [plain(value)]
    try:
        return cells(pa.array(alone, from_pandas=True))[0]
    except (ValueError, TypeError, NotImplementedError, OverflowError):  # it has none
        return value


def _resources() -> dict[str, float]:
    """Return what Ray gave to the actor that this process is; nothing if it is none."""
    context = ray.get_runtime_context() if ray.is_initialized() else None
    return context.get_assigned_resources() if context and context.get_actor_id() else {}

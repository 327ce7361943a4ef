"""Spark: ``eventx.spark.extract(df)`` makes records of a DataFrame of documents (extra ``spark``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path

import eventx
from eventx.extras import extra
from eventx.pipeline import Pipeline

with extra("spark"):
    import pyarrow as pa
    from pyspark import TaskContext
    from pyspark.sql import DataFrame
    from pyspark.sql.pandas.types import from_arrow_schema

    from eventx import arrow

AT_ONCE = 64
"""Documents whose records are in a worker's memory together, however many Spark hands over."""


def extract(
    df: DataFrame,
    model: str | Path | None = None,
    min_score: float = 0.0,
    gate: bool = True,
    errors: arrow.Errors = "raise",
) -> DataFrame:
    """Return the records of documents; lazy, as all of Spark.

    A Python worker loads the model once, for all its tasks, and uses as many threads as a task has CPUs.

    Args:
        df: has columns ``id`` (strings or whole numbers), ``text`` and perhaps ``date`` (strings, dates or
            timestamps, whose day counts in the session's time zone). Others are left out.
        model: folder of the model, at the same place on every node; the bundled one if None.
        min_score: triggers and arguments with a lower score are left out, 0 to 1.
        gate: whether the model's gate, if it has one, chooses what is read.
        errors: ``raise`` fails the task at a row that is no document; ``column`` keeps it, its events,
            meetings and version null, and says why in a further last column ``error``.

    Returns:
        A row for each row, with the columns of `eventx.schema.SCHEMA`.

    Raises:
        ValueError: there is no column id or text, or an argument is out of range.
    """
    schema = from_arrow_schema(arrow.schema(errors))
    lacking = [name for name in ("id", "text") if name not in df.columns]
    if lacking:
        raise ValueError(f"no column {', '.join(lacking)}; the columns are {', '.join(df.columns)}")
    if not 0 <= min_score <= 1:
        raise ValueError(f"min_score is {min_score}, not between 0 and 1")
    documents = df.select([name for name in arrow.COLUMNS if name in df.columns])
    folder = None if model is None else str(Path(model).absolute())
    # Arrow in, Arrow out: mapInPandas would turn every batch into a pandas frame and back.
    return documents.mapInArrow(partial(_records, folder, min_score, gate, errors), schema)


def _records(
    model: str | None,
    min_score: float,
    gate: bool,
    errors: arrow.Errors,
    batches: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Yield the records of a partition."""
    task = TaskContext.get()
    assert task is not None
    for batch in batches:
        nlp = _load(model, min_score, gate, task.cpus())
        for start in range(0, batch.num_rows, AT_ONCE):
            yield from arrow.extract(nlp, batch.slice(start, AT_ONCE), errors).to_batches()


@lru_cache(maxsize=1)
def _load(model: str | None, min_score: float, gate: bool, threads: int) -> Pipeline:
    return eventx.load(model, min_score=min_score, threads=threads, gate=gate)

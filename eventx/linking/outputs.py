"""The data set as a file: one record a line, or one row for each meeting."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from eventx.document import plain
from eventx.extras import extra
from eventx.forms import Output, complete
from eventx.forms.tables import write_rows
from eventx.linking.records import Gathering

AT_ONCE = 1024
"""Rows that are in memory together."""


def write_lines(gatherings: Iterable[Gathering], path: Path) -> None:
    """Write a JSON object for each meeting, with the fields of `Gathering`."""
    with path.open("wb") as stream:
        for one in gatherings:
            stream.write(msgspec.json.encode(plain(one)) + b"\n")


def write_csv(gatherings: Iterable[Gathering], path: Path) -> None:
    """Write a row for each meeting; parties are their names and sources the ids of their documents."""
    write_rows(Gathering.__struct_fields__, map(_row, gatherings), path)


def write_parquet(gatherings: Iterable[Gathering], path: Path) -> None:
    """Write a row for each meeting, with lists and structures as in `Gathering`."""
    with extra("formats"):
        import pyarrow as pa
        from pyarrow import parquet

        from eventx.schema import schema
    described = schema(Gathering)
    rows = map(plain, gatherings)
    with parquet.ParquetWriter(path, described) as file:
        while batch := list(islice(rows, AT_ONCE)):
            file.write_table(pa.Table.from_pylist(batch, described))


WRITERS: dict[str, Callable[[Iterable[Gathering], Path], None]] = {
    ".jsonl": write_lines,
    ".csv": write_csv,
    ".parquet": write_parquet,
}
"""Endings of the data set, and what writes it."""


def output(out: str | Path) -> Output:
    """Return what the name of a data set stands for; nothing is written.

    Raises:
        ValueError: the ending is unknown, or the file cannot be there.
        MissingExtraError: a library is not installed.
    """
    path = Path(out)
    ending = path.suffix.lower()
    if path.is_dir() or str(out).endswith(("/", os.sep)):
        raise ValueError(f"{out}: this is a folder, and a data set is a file")
    if not path.parent.is_dir():
        raise ValueError(f"{out}: there is no such folder: {path.parent}")
    if ending not in WRITERS:
        raise ValueError(f"{out}: the ending is none of {', '.join(WRITERS)}")
    if ending == ".parquet":
        with extra("formats"):
            import pyarrow.parquet  # noqa: F401  # before hours of work, not behind them
    return Output(path, ending, False, WRITERS[ending])


def write(gatherings: Iterable[Gathering], out: str | Path) -> None:
    """Write a data set to a file, whose ending says in which form; it appears complete or not at all.

    Args:
        gatherings: are taken one at a time.
        out: the file, with an ending of `WRITERS`.

    Raises:
        ValueError: the ending is unknown.
        MissingExtraError: a library is not installed.
        OSError: the file cannot be written.
    """
    target = output(out)
    with complete(target.path) as draft:
        target.function(gatherings, draft)


def _row(one: Gathering) -> dict[str, Any]:
    row: dict[str, Any] = plain(one)
    return row | {"sources": [source["document"] for source in row["sources"]]}

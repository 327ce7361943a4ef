"""The record as Arrow has it: one schema for datasets, Parquet and all else that reads Arrow (by pyarrow)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec.inspect import (
    FloatType,
    IntType,
    ListType,
    LiteralType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from eventx.document import Document, plain
from eventx.extras import extra
from eventx.forms.names import STAMP, stamp

with extra("formats"):
    import pyarrow as pa


def _arrow(kind: Type) -> pa.DataType:
    """Return the Arrow type of what a field of the record holds; every type can be null there."""
    match kind:
        case UnionType(types=types):
            (kind,) = (one for one in types if not isinstance(one, NoneType))
            return _arrow(kind)
        case StructType(fields=fields):
            return pa.struct([pa.field(field.name, _arrow(field.type)) for field in fields])
        case ListType(item_type=item):
            return pa.list_(_arrow(item))
        case StrType() | LiteralType():
            return pa.string()
        case IntType():
            return pa.int64()
        case FloatType():
            return pa.float64()
    raise TypeError(f"the record has no Arrow type for {kind}")


def schema(kind: type[msgspec.Struct]) -> pa.Schema:
    """Return a schema with one column for each field of a class, nested as there."""
    return pa.schema(_arrow(type_info(kind)))


SCHEMA: pa.Schema = schema(Document).with_metadata({STAMP: stamp(None)})
"""One column for each field of `Document`, nested as there; it changes only when ``FORM`` does, which the
metadata tell. Dates are ISO 8601 strings, since a value may be a month, a range or a season."""

ERROR = "error"
"""Name of a further column, where there is one: why a row could not be read, null where it could."""


class Column(list[Any]):
    """Cells of one column of the record, as a list that tells Arrow their type.

    Arrow would guess the type from the cells, and of a batch without meetings it would guess wrong.
    """

    def __init__(self, name: str, cells: Iterable[Any]) -> None:
        super().__init__(cells)
        self.name = name

    def __arrow_array__(self, type: pa.DataType | None = None) -> pa.Array:
        """Return the cells as an Arrow array: pyarrow asks for it, see "Extending PyArrow" in its docs."""
        return pa.array(list(self), type or SCHEMA.field(self.name).type)


def columns(
    documents: Sequence[Document], names: Iterable[str] = tuple(SCHEMA.names)
) -> dict[str, list[Any]]:
    """Return the documents as columns of plain dictionaries and lists, with all fields, null where unknown.

    A lone surrogate, which Arrow cannot hold, is written as U+FFFD; offsets stay.

    Args:
        documents: one for each row.
        names: the columns that are asked for.
    """
    return {name: Column(name, (plain(getattr(one, name)) for one in documents)) for name in names}

"""Documents and records as Arrow has them: tables in and out, and records in parquet files."""

from __future__ import annotations

import datetime
import gzip
import json
import math
import sys
from importlib import import_module

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from eventx import forms
from eventx.arrow import extract, schema
from eventx.cli import main
from eventx.document import FORM, DateSpan, Document, Event, Span, Version
from eventx.extras import MissingExtraError
from eventx.schema import SCHEMA

MET = "The trade ministers of Peru and Chile met in Lima on Tuesday."
DAY = datetime.date(2021, 6, 3)
NASTY = ["", "\r\nThey met.\0", "\U0001f91d \u202eThe envoys met in Oslo.", "e\u0301 \u2028 נפגשו", MET * 2]


# Tables ---------------------------------------------------------------------------------------


def test_the_rows_are_what_pipe_yields(nlp, gold):
    rows = [{"id": str(n), "date": "2021-06-03", "text": text} for n, text in enumerate(NASTY)]
    rows.append({"id": gold.id, "date": gold.date, "text": gold.text})
    table = pa.Table.from_pylist([{"rank": 1.5, **row} for row in reversed(rows)])
    found = extract(nlp, table)
    assert found.schema.equals(SCHEMA, check_metadata=True)
    assert [Document.from_dict(row) for row in found.to_pylist()] == list(nlp.pipe(reversed(rows)))
    (batch,) = table.to_batches()
    assert extract(nlp, batch.slice(2, 3)).equals(found.slice(2, 3))


@pytest.mark.parametrize(
    "dates",
    [
        pa.array(["2021-06-03"]),
        pa.array(["2021-06-03T23:59:00Z"], pa.large_string()),
        pa.array(["2021-06-03"], pa.string_view()),
        pa.array(["2021-06-03"]).dictionary_encode(),
        pa.array([DAY], pa.date32()),
        pa.array([DAY], pa.date64()),
        pa.array([datetime.datetime(2021, 6, 3, 23)], pa.timestamp("s")),
        pa.array([1622764799999999999], pa.timestamp("ns")),
        pa.array([1622764799999999999], pa.timestamp("ns", "UTC")),
        pa.array([1622782799], pa.timestamp("s", "America/Lima")),  # the 4th in UTC
    ],
    ids=lambda dates: str(dates.type),
)
def test_dates_have_many_types(nlp, dates):
    (row,) = extract(nlp, pa.table({"id": ["a"], "date": dates, "text": [MET]})).to_pylist()
    assert (row["date"], row["meetings"][0]["date"]) == ("2021-06-03", "2021-06-01")


@pytest.mark.parametrize(
    "dates",
    [
        pa.array([None]),
        pa.array([None], pa.date32()),
        pa.array([None], pa.timestamp("ns")),
        pa.array([""]),
        pa.array([math.nan]),
        pa.array(np.array([math.nan], np.float16)),
        pa.array(np.array(["NaT"], "datetime64[ns]")),
    ],
    ids=lambda dates: str(dates.type),
)
def test_a_date_may_not_be_known(nlp, dates):
    (row,) = extract(nlp, pa.table({"id": ["a"], "date": dates, "text": [MET]})).to_pylist()
    (other,) = extract(nlp, pa.table({"id": ["a"], "text": [MET]})).to_pylist()
    assert row == other
    assert (row["date"], row["meetings"][0]["date"]) == (None, None)


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (pa.array(["a/b", ""], pa.string_view()), ["a/b", ""]),
        (pa.array([7, -(2**63)]), ["7", str(-(2**63))]),
        (pa.array([2**64 - 1, 0], pa.uint64()), [str(2**64 - 1), "0"]),
        (pa.array(["a", "a"]).dictionary_encode(), ["a", "a"]),
        (pa.array([2.0, -3.0]), ["2", "-3"]),  # what numpy makes of whole numbers with a null among them
        (pa.chunked_array([[], ["a"], ["b"]], pa.large_string()), ["a", "b"]),
    ],
)
def test_ids_are_strings_or_whole_numbers(nlp, ids, names):
    assert extract(nlp, pa.table({"id": ids, "text": ["", ""]}))["id"].to_pylist() == names


BROKEN = pa.Array.from_buffers(
    pa.string(), 1, [None, pa.py_buffer(np.array([0, 2], "int32")), pa.py_buffer(b"\xff\xfe")]
)


@pytest.mark.parametrize(
    ("columns", "name", "reason"),
    [
        ({"id": pa.array([None], pa.string())}, "row 2", "id is null"),
        ({"id": [0.5]}, "row 2", "id is float"),
        ({"id": [2.0**53]}, "row 2", "id is float"),  # 2**53 + 1 may have become that
        ({"id": [True]}, "row 2", "id is bool"),
        ({"text": pa.array([None], pa.string())}, "document 'b'", "text is null"),
        ({"text": [1]}, "document 'b'", "text is int"),
        ({"text": [b"met"]}, "document 'b'", "text is bytes"),
        ({"text": BROKEN}, "document 'b'", "text cannot be read: .*0xff"),
        ({"date": ["soon"]}, "document 'b'", "date is 'soon'"),
        ({"date": ["2021-02-30"]}, "document 'b'", "date is '2021-02-30'"),
        ({"date": [20210603]}, "document 'b'", "date is 20210603"),
        (
            {"date": pa.array([2**31 - 1], pa.int32()).cast(pa.date32())},
            "document 'b'",
            "date cannot be read",
        ),
        ({"date": pa.array([2**62], pa.timestamp("s"))}, "document 'b'", "date cannot be read"),
        ({"date": pa.array([0], pa.timestamp("s", "Foo/Bar"))}, "document 'b'", "date cannot be read"),
    ],
)
def test_a_bad_row_is_named_or_kept_with_the_reason(nlp, columns, name, reason):
    bad = {"id": pa.array(["b"]), "date": pa.array(["2021-06-03"]), "text": pa.array([MET])}
    bad |= {key: pa.array(cells) for key, cells in columns.items()}
    types = {key: cells.type for key, cells in bad.items()}
    good = {"id": "7", "date": None, "text": MET}
    plain = {key: pa.array([good[key]], pa.string()) for key in good}
    if all(pa.types.is_string(kind) for kind in types.values()):
        table = pa.table({key: pa.chunked_array([plain[key], bad[key], plain[key]]) for key in bad})
    else:  # a column has one type
        table, name = pa.table(bad), name.replace("row 2", "row 1")
    with pytest.raises(ValueError, match=f"^{name}: {reason}"):
        extract(nlp, table)
    found = extract(nlp, table, "column")
    assert found.schema.equals(schema("column"), check_metadata=True)
    assert found.column_names == [*SCHEMA.names, "error"]
    errors = found["error"].to_pylist()
    row = found.to_pylist()[errors.index(next(filter(None, errors)))]
    assert row["events"] is row["meetings"] is row["version"] is None
    assert [key for key in ("id", "date", "text") if row[key] is None] == list(columns)
    others = [one for one, error in zip(found.to_pylist(), errors, strict=True) if error is None]
    assert len(others) == table.num_rows - 1
    assert others == [{**extract(nlp, pa.table(plain)).to_pylist()[0], "error": None}] * len(others)


@pytest.mark.parametrize("errors", ["raise", "column"])
def test_columns_that_are_wrong_are_the_callers_mistake(nlp, errors):
    for table in (
        pa.table({"id": ["a", "b"], "body": [MET, MET]}),
        pa.table({"text": [MET, MET], "body": ["", ""]}),
        pa.table([["a", "b"], [MET, MET], [MET, MET]], ["id", "text", "text"]),
        pa.table([["a", "b"], [MET, MET], [None, None], ["x", "y"]], ["id", "text", "date", "date"]),
    ):
        with pytest.raises(ValueError, match=r"the columns are .*: there must be one 'id' and one 'text'"):
            extract(nlp, table, errors)


@pytest.mark.parametrize("errors", ["raise", "column"])
def test_an_empty_table_gives_an_empty_table(nlp, errors):
    text = pa.array([], pa.string())
    for table in (pa.table({}), pa.table({"id": text, "text": text}), pa.table({"x": [1.0]}).slice(1)):
        found = extract(nlp, table, errors)
        assert found.num_rows == 0
        assert found.schema.equals(schema(errors), check_metadata=True)


def test_errors_are_raised_or_a_column(nlp):
    with pytest.raises(ValueError, match="errors is 'skip', neither 'raise' nor 'column'"):
        extract(nlp, pa.table({}), "skip")


@pytest.mark.parametrize("module", ["eventx.schema", "eventx.arrow", "eventx.forms.arrow"])
def test_without_pyarrow_the_extra_that_brings_it_is_named(monkeypatch, module):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for loaded in {module, "eventx.schema"}:
        monkeypatch.delitem(sys.modules, loaded, raising=False)
    with pytest.raises(MissingExtraError, match=r"no module pyarrow: pip install 'eventx\[formats\]'"):
        import_module(module)


# Records in parquet ---------------------------------------------------------------------------


@pytest.fixture
def documents(nlp, gold):
    texts = [{"id": f"a/{n}", "date": "2021-06-03", "text": text} for n, text in enumerate(NASTY)]
    bare = Document(
        "b",
        None,
        "They met.",
        [Event(Span(5, 8, "met"), [Span(0, 4, "They")], hosts=[Span(0, 4, "They")], status="scheduled")],
    )
    span = DateSpan(0, 5, "Today", None, 0.5)
    dated = Document("c", DAY.isoformat(), "Today met", [Event(Span(6, 9, "met"), dates=[span])], [])
    return [*nlp.pipe(texts), gold, bare, dated, Document("d", None, "")]


@pytest.mark.parametrize("packing", ["", ".gz"])
def test_records_come_back_as_they_were(documents, tmp_path, packing):
    forms.write(documents, tmp_path / "x.records.parquet")
    if packing:
        content = (tmp_path / "x.records.parquet").read_bytes()
        (tmp_path / f"x.records.parquet{packing}").write_bytes(gzip.compress(content))
    assert list(forms.read(tmp_path / f"x.records.parquet{packing}")) == documents


def test_lone_surrogates_are_replaced_and_offsets_stay(tmp_path):
    document = Document("\ud800", None, "\udfff met", [Event(Span(2, 5, "met"), [Span(0, 1, "\udfff")])])
    forms.write([document], tmp_path / "x.records.parquet")
    (again,) = forms.read(tmp_path / "x.records.parquet")
    assert (again.id, again.text, again.events[0].participants) == (
        *("\ufffd", "\ufffd met"),
        [Span(0, 1, "\ufffd")],
    )


def test_the_file_has_the_records_schema_and_names_the_model(tmp_path):
    out = tmp_path / "x.records.parquet"
    forms.write([Document("a", None, "", [], [], Version(FORM, "m1"))], out)
    described = parquet.read_schema(out)
    assert described.equals(SCHEMA)
    assert json.loads(described.metadata[b"eventx"]) == {"form": 1, "model": "m1"}


def test_files_are_written_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("eventx.forms.arrow.AT_ONCE", 2)
    forms.write((Document(str(n), None, "") for n in range(5)), tmp_path / "x.records.parquet")
    assert parquet.ParquetFile(tmp_path / "x.records.parquet").num_row_groups == 3
    assert [document.id for document in forms.read(tmp_path)] == list("01234")


def test_what_is_no_record_is_told_with_file_row_and_reason(nlp, tmp_path):
    table = extract(nlp, pa.table({"id": ["a", "b", "c"], "text": [MET, None, MET]}), "column")
    parquet.write_table(table, tmp_path / "x.parquet")
    failures = []
    found = list(forms.read(tmp_path / "x.parquet", errors="skip", on_error=failures.append))
    assert [document.id for document in found] == ["a", "c"]
    assert [str(failure) for failure in failures] == [f"{tmp_path}/x.parquet:2: text is null, not a string"]

    forms.write(found, tmp_path / "y.parquet")
    with pytest.raises(ValueError, match=r"y\.parquet:1: no column 'text'; the columns are 'document', "):
        list(forms.read(tmp_path / "y.parquet"))
    shifted = table.slice(0, 1).set_column(2, "text", pa.array([f" {MET}"]))
    parquet.write_table(shifted, tmp_path / "z.parquet")
    with pytest.raises(ValueError, match=r"z\.parquet:1: events\[0\]\.trigger: text is 'met'"):
        list(forms.read(tmp_path / "z.parquet"))
    (tmp_path / "z.parquet").write_bytes(b"PAR1")
    with pytest.raises(ValueError, match=r"z\.parquet:1: cannot be read"):
        list(forms.read(tmp_path / "z.parquet"))


def test_the_command_line_writes_and_converts_them(documents, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "date": "2021-06-03", "text": MET}))
    assert main(["extract", "a.jsonl", "-o", "a.records.parquet", "--quiet"]) == 0
    assert main(["convert", "a.records.parquet", "-o", "b.jsonl", "--quiet"]) == 0
    assert main(["extract", "a.jsonl", "-o", "c.jsonl", "--quiet"]) == 0
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "c.jsonl").read_bytes()

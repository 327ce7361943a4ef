import datetime
import gzip
import json
import subprocess
import sys
import tracemalloc
from importlib import import_module
from itertools import islice

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from eventx.readers import Columns, Failure, find, read, read_annotated, size

zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
PACK = {".gz": gzip.compress, ".zst": zstd.compress}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, content):
    """Write text or bytes, packed if the name says so; return the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(PACK[path.suffix](content) if path.suffix in PACK else content)
    return str(path)


def write_parquet(path, columns, **options):
    """Write a table, packed if the name says so."""
    stream = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table(columns), stream, **options)
    return write(path, stream.getvalue().to_pybytes())


def read_all(*names, **options):
    return list(read(find(names), **options))


def texts(entries):
    return [entry["text"] for entry in entries]


def fields(entry):
    return entry["id"], entry["date"], entry["text"], entry["line"]


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.b.txt", "They met.", [("a.b", None, "They met.", 1)]),
        ("empty.txt", "", [("empty", None, "", 1)]),
        ("UPPER.TXT", "x", [("UPPER", None, "x", 1)]),
        ("bom.txt", b"\xef\xbb\xbfx", [("bom", None, "x", 1)]),
        ("dated.txt", " date 2020-07-12 The talks", [("dated", "2020-07-12", "The talks", 1)]),
        ("lines.txt", "date 2020-07-12\r\n\r\nOne\r\nTwo\r", [("lines", "2020-07-12", "One\r\nTwo\r", 1)]),
        ("behind.txt", "A date 2020-07-12 x", [("behind", None, "A date 2020-07-12 x", 1)]),
        ("bare.txt", "date 2020-07-12", [("bare", None, "date 2020-07-12", 1)]),
        ("digits.txt", "date ٢٠٢٠-٠٧-١٢ x", [("digits", None, "date ٢٠٢٠-٠٧-١٢ x", 1)]),
        ("empty.jsonl", "", []),
        (
            "a.jsonl",
            '\n{"text": "one"}\r\n  \n{"id": "k", "date": "2021-02-03T10:00", "text": "two\\r\\n"}',
            [("2", None, "one", 2), ("k", "2021-02-03", "two\r\n", 4)],
        ),
        ("b.jsonl", '{"id": 7, "date": null, "text": ""}', [("7", None, "", 1)]),
        ("c.jsonl", '{"id": null, "text": "a\u2028b\x85c"}', [("1", None, "a\u2028b\x85c", 1)]),
        ("surrogate.jsonl", '{"text": "\\ud800 \\u0000"}', [("1", None, "\ud800 \0", 1)]),
        (
            "a.csv",
            'id,text,date\n\nx,"two\r\nlines, one ""cell""",2020-07-12\r\n,plain,\n',
            [("x", "2020-07-12", 'two\r\nlines, one "cell"', 3), ("5", None, "plain", 5)],
        ),
        ("bom.csv", b"\xef\xbb\xbftext\nfirst\n", [("2", None, "first", 2)]),
        ("long.csv", f"text\n{'word ' * 100_000}\n", [("2", None, "word " * 100_000, 2)]),
    ],
)
def test_documents(folder, name, content, expected, packing):
    write(folder / f"{name}{packing}", content)
    entries = read_all(f"{name}{packing}")
    assert [fields(entry) for entry in entries] == expected
    assert all(entry["file"] == f"{name}{packing}" for entry in entries)


@pytest.mark.parametrize(
    ("name", "content", "line", "reason"),
    [
        ("nul.txt", b"one\ntwo\0", 2, "NUL byte"),
        ("latin.txt", b"one\r\ntwo\nd\xe9j\xe0", 3, "not UTF-8: byte 0xe9"),
        ("utf16.txt", "They met.".encode("utf-16"), 1, "not UTF-8"),
        ("day.txt", "date 2020-02-30 The talks", 1, "2020-02-30"),
        ("a.jsonl", b'{"text": "caf\xe9"}', 1, "not UTF-8: byte 0xe9"),
        ("a.jsonl", b'{"text": "\0"}', 1, "NUL byte"),
        ("a.jsonl", '\n{"text": "one"', 2, "broken JSON"),
        ("a.jsonl", '{"text": "one"} {}', 1, "Extra data at column 17"),
        ("a.jsonl", '["text"]', 1, "expected an object, got list"),
        ("a.jsonl", "[" * 100_000, 1, "broken JSON"),
        ("a.jsonl", '{"text": "", "id": ' + "9" * 10_000 + "}", 1, "broken JSON"),
        ("a.jsonl", '{"txt": "one", "id": 3}', 1, "no field 'text'; the fields are 'txt', 'id'"),
        ("a.jsonl", '{"text": null}', 1, "text is null, not a string"),
        ("a.jsonl", '{"text": "", "id": 1.5}', 1, "id is float"),
        ("a.jsonl", '{"text": "", "id": true}', 1, "id is bool"),
        ("a.jsonl", '{"text": "", "date": "12 July 2020"}', 1, "12 July 2020"),
        ("a.jsonl", '{"text": "", "date": 2020}', 1, "date is 2020"),
        ("a.jsonl", '{"text": "", "date": ' + "[" * 900 + "]" * 900 + "}", 1, ""),
        ("a.jsonl", '{"text": "one"\n', 1, "Expecting ',' delimiter where the line ends"),
        ("a.csv", "text,id,text\none,1,two\n", 1, "more than one column 'text'"),
        ("a.csv", "", 1, "no column 'text'; the file is empty"),
        ("a.csv", "body,day\nx,y\nx,y\n", 1, "no column 'text'; the columns are 'body', 'day'"),
        ("a.csv", "id,text\n1,They met, then left\n", 2, "the row has 3 cells, the header 2"),
        ("a.csv", "id,text\n1\n", 2, "the row has 1 cells, the header 2"),
        ("a.csv", 'text\n"never closed\n', 2, "broken row"),
        ("a.csv", b"text,more\none,\xff\n", 2, "not UTF-8: byte 0xff"),
        ("a.csv", b"text\none\0\n", 2, "NUL"),
        ("a.csv", "text,date\none,yesterday\n", 2, "yesterday"),
    ],
)
def test_failures(folder, name, content, line, reason):
    write(folder / name, content)
    (failure,) = read_all(name)
    assert isinstance(failure, Failure)
    assert (failure.file, failure.line) == (name, line)
    assert reason in failure.reason
    assert str(failure) == f"{name}:{line}: {failure.reason}"


def test_everything_around_a_failure_is_read(folder):
    write(folder / "a.jsonl", b'{"text": "1"}\n{"text": "\xff"}\n{"text": 3}\nnull\n{"text": "5"}\n')
    write(folder / "b.csv", b'id,text\nb1,"one\nline"\nb2,\xff\nb3,a,b\nb4,"x"y\nb5,five\n')
    write(folder / "c.txt", b"\0")
    write(folder / "d.txt", "last")
    entries = read_all("a.jsonl", "b.csv", "c.txt", "d.txt")
    assert texts(entry for entry in entries if not isinstance(entry, Failure)) == [
        *("1", "5"),
        *("one\nline", "five"),
        "last",
    ]
    assert [(entry.file, entry.line) for entry in entries if isinstance(entry, Failure)] == [
        *(("a.jsonl", 2), ("a.jsonl", 3), ("a.jsonl", 4)),
        *(("b.csv", 4), ("b.csv", 5), ("b.csv", 6)),
        ("c.txt", 1),
    ]


def test_a_reason_is_one_line_of_reasonable_length(folder):
    write(folder / "a.jsonl", json.dumps({"text": "", "date": "x\n" * 10_000}))
    (failure,) = read_all("a.jsonl")
    assert len(failure.reason) <= 300
    assert "\n" not in failure.reason


@pytest.mark.parametrize("packing", PACK)
@pytest.mark.parametrize("form", ["txt", "parquet", "html"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[:-7],
        lambda packed: packed[:40] + bytes(20) + packed[60:],
        lambda packed: packed + b"more",
        lambda packed: b"packed by nobody",
        lambda packed: packed[:1],
    ],
)
def test_a_damaged_packed_file_is_a_failure_and_the_next_is_read(folder, damage, packing, form):
    name = f"a.{form}{packing}"
    write(folder / name, " ".join(f"They met {number} times." for number in range(200)))
    write(folder / "b.txt", "next")
    (folder / name).write_bytes(damage((folder / name).read_bytes()))
    failure, item = read_all(name, "b.txt")
    assert (failure.file, failure.line) == (name, 1)
    assert "cannot be read" in failure.reason
    assert item["text"] == "next"


@pytest.mark.parametrize("packing", PACK)
def test_lines_before_the_damage_are_read(folder, packing):
    lines = "".join(json.dumps({"text": f"{number**40} " * 300}) + "\n" for number in range(2000))
    packed = PACK[packing](lines.encode())
    (folder / f"a.jsonl{packing}").write_bytes(packed[: len(packed) // 2])
    *items, failure = read_all(f"a.jsonl{packing}")
    assert len(items) > 100
    assert failure.line == len(items) + 1


@pytest.mark.parametrize("packing", PACK)
def test_a_packed_file_may_have_several_parts(folder, packing):
    parts = [PACK[packing](part) for part in (b'{"text": "o', b'ne"}\n{"text"', b"", b': "two"}')]
    (folder / f"a.jsonl{packing}").write_bytes(b"".join(parts))
    assert texts(read_all(f"a.jsonl{packing}")) == ["one", "two"]


@pytest.mark.parametrize("packing", ["", *PACK])
def test_parquet(folder, packing):
    columns = {
        "date": pyarrow.array([datetime.date(2021, 2, 3), None, datetime.date(2021, 2, 5)]),
        "text": ["one", "two\r\n\0", ""],
        "more": [[1], None, [2, 3]],
        "id": pyarrow.array([7, None, 9], pyarrow.int8()),
    }
    write_parquet(folder / f"a.parquet{packing}", columns, row_group_size=2)
    entries = read_all(f"a.parquet{packing}", date="2020-01-01")
    assert [fields(entry) for entry in entries] == [
        ("7", "2021-02-03", "one", 1),
        ("2", "2020-01-01", "two\r\n\0", 2),
        ("9", "2021-02-05", "", 3),
    ]


def test_a_number_that_is_none_is_null(folder):
    nan = pyarrow.array([float("nan")])
    write_parquet(folder / "a.parquet", {"text": ["one"], "date": nan, "id": nan})
    write(folder / "b.jsonl", '{"text": "two", "date": NaN, "id": NaN}')
    assert [fields(item)[:2] for item in read_all("a.parquet", "b.jsonl")] == [("a:1", None), ("b:1", None)]


def test_whole_numbers_that_pandas_made_floats_of_are_ids(folder):
    write_parquet(folder / "a.parquet", {"text": ["one", "two"], "id": pyarrow.array([17.0, float("nan")])})
    write(folder / "b.jsonl", '{"text": "three", "id": 1.5}\n{"text": "four", "id": true}')
    first, second, *wrong = read_all("a.parquet", "b.jsonl")
    assert [first["id"], second["id"]] == ["17", "a:2"]
    assert [one.reason for one in wrong] == [
        "id is float, not a string or a whole number",
        "id is bool, not a string or a whole number",
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1612346400123456789], pyarrow.timestamp("ns")),
        ([1612346400123456789], pyarrow.timestamp("ns", "UTC")),
        ([1612346400], pyarrow.timestamp("s")),
        ([1612310400000], pyarrow.date64()),
        (["2021-02-03T10:00:00Z"], pyarrow.large_string()),
    ],
)
def test_dates_of_parquet_have_many_types(folder, values, kind):
    write_parquet(folder / "a.parquet", {"text": ["x"], "date": pyarrow.array(values).cast(kind)})
    (item,) = read_all("a.parquet")
    assert item["date"] == "2021-02-03"


def test_columns_of_parquet_have_the_names_that_are_given(folder):
    write_parquet(
        folder / "a.parquet", {"u.rl": ["u1"], "body": ["one"], "day": ["2020-07-12"], "id": ["no"]}
    )
    (item,) = read_all("a.parquet", columns=Columns("body", "day", "u.rl"))
    assert fields(item) == ("u1", "2020-07-12", "one", 1)
    (failure,) = read_all("a.parquet")
    assert str(failure) == "a.parquet:1: no column 'text'; the columns are 'u.rl', 'body', 'day', 'id'"


def test_rows_of_parquet_fail_alone(folder):
    spoilt = pyarrow.array([b"one", b"caf\xe9", b"three", None, b"five"]).view(pyarrow.string())
    write_parquet(folder / "a.parquet", {"text": spoilt, "date": ["", "", "soon", "", ""]})
    entries = read_all("a.parquet")
    failures = [entry for entry in entries if isinstance(entry, Failure)]
    assert [failure.line for failure in failures] == [2, 3, 4]
    assert "0xe9" in failures[0].reason
    assert "date is 'soon'" in failures[1].reason
    assert "text is null" in failures[2].reason
    assert [entry["id"] for entry in entries if not isinstance(entry, Failure)] == ["1", "5"]


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-5], lambda content: b"PAR1", lambda content: b""]
)
def test_a_damaged_parquet_file_is_a_failure_and_the_next_is_read(folder, damage):
    write_parquet(folder / "a.parquet", {"text": ["one"]})
    (folder / "a.parquet").write_bytes(damage((folder / "a.parquet").read_bytes()))
    write(folder / "b.txt", "next")
    failure, item = read_all("a.parquet", "b.txt")
    assert (failure.line, "cannot be read" in failure.reason) == (1, True)
    assert item["text"] == "next"


def test_rows_before_the_damage_are_read(folder):
    rows = {"text": [f"{number**40}" for number in range(3000)]}
    write_parquet(folder / "a.parquet", rows, row_group_size=1000, compression="zstd")
    content = bytearray((folder / "a.parquet").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = bytes(2000)
    (folder / "a.parquet").write_bytes(content)
    *items, failure = read_all("a.parquet")
    assert texts(items) == rows["text"][: len(items)]
    assert len(items) >= 1000
    assert failure.line == len(items) + 1


PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>Talks in Lima | The Courier</title>
<meta property="article:published_time" content="2021-06-03T08:00:00Z"></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav><article>
<p>The trade ministers of Perú and Chile met in Lima
on Tuesday to talk about fruit.</p><p>They will meet again in Santiago on May 4, 1999, officials said.</p>
</article><footer>© The Courier 2019</footer></body></html>"""
PARAGRAPHS = [
    "The trade ministers of Perú and Chile met in Lima on Tuesday to talk about fruit.",
    "They will meet again in Santiago on May 4, 1999, officials said.",
]


@pytest.mark.parametrize("name", ["a.html", "a.HTM", "a.html.gz", "a.htm.zst"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_pages(folder, name, charset):
    write(folder / name, PAGE.format(charset=charset).encode(charset))
    (item,) = read_all(name, date="2001-01-01")
    assert fields(item) == ("a", "2021-06-03", "\n\n".join(PARAGRAPHS), 1)


def test_the_date_of_a_page_is_not_guessed(folder):
    lines = [line for line in PAGE.format(charset="utf-8").splitlines() if "published_time" not in line]
    write(folder / "a.html", "\n".join(lines))
    (undated,) = read_all("a.html")
    (dated,) = read_all("a.html", date="2001-01-01")
    assert (undated["date"], dated["date"]) == (None, "2001-01-01")


@pytest.mark.parametrize(
    "content",
    [
        *("", " ", "<html></html>", "<html><body></body></html>"),
        *(b"\0\xff<", "<div>" * 20_000 + "They met.", "{}"),
    ],
)
def test_a_page_without_text_is_a_failure_and_the_next_is_read(folder, content, capfd):
    write(folder / "a.html", content)
    write(folder / "b.txt", "next")
    failure, item = read_all("a.html", "b.txt")
    assert (failure.file, failure.line) == ("a.html", 1)
    assert item["text"] == "next"
    assert capfd.readouterr().err == ""


def test_bytes_read_add_up_to_the_size_of_the_files(folder):
    row = {"text": "They met in the old town hall. " * 20}
    write(folder / "n/a.txt", "They met. " * 10_000)
    write(folder / "n/b.jsonl.gz", (json.dumps(row) + "\n") * 1000)
    write(folder / "n/c.csv.zst", "text\n" + "They met.\n" * 10_000)
    write_parquet(
        folder / "n/d.parquet", {"text": [f"{number**40}" for number in range(5000)], "more": [0] * 5000}
    )
    write(folder / "n/e.html", PAGE.format(charset="utf-8"))
    write(folder / "n/f.jsonl", '{"text": "one"}\n' + "null\n" * 20_000)
    write(folder / "n/g.jsonl.gz", b"")
    (folder / "n/g.jsonl.gz").write_bytes(b"damaged")
    sources = find(["n"])
    for source in sources:
        steps = []
        list(read([source], advance=steps.append))
        assert sum(steps) == size([source]) == (folder / source.name).stat().st_size
        assert min(steps) > 0
    told = []
    list(read(sources, advance=told.append))
    assert sum(told) == size(sources)


def test_progress_is_told_while_a_file_is_read(folder):
    write(folder / "a.jsonl", (json.dumps({"text": "They met. " * 100}) + "\n") * 1000)
    told = []
    halfway = 0
    for number, _ in enumerate(read(find(["a.jsonl"]), advance=told.append), 1):
        if number == 500:
            halfway = sum(told)
    total = (folder / "a.jsonl").stat().st_size
    assert total * 0.4 < halfway < total * 0.7


def test_the_size_of_standard_input_is_not_known(folder):
    write(folder / "a.txt", "four")
    assert size(find(["a.txt"])) == 4
    assert size(find(["a.txt", "-"])) is None


def test_date_is_the_default_and_the_documents_own_date_wins(folder):
    write(folder / "a.txt", "x")
    write(folder / "b.txt", "date 2020-07-12 x")
    write(folder / "c.jsonl", '{"text": ""}\n{"text": "", "date": "2020-07-13"}')
    dates = [item["date"] for item in read_all("a.txt", "b.txt", "c.jsonl", date="2001-01-01")]
    assert dates == ["2001-01-01", "2020-07-12", "2001-01-01", "2020-07-13"]


def test_columns_have_the_names_that_are_given(folder):
    write(folder / "a.csv", "url,body,day,text\nu1,one,2020-07-12,no\n")
    write(folder / "b.jsonl", '{"url": "u2", "body": "two", "day": "2020-07-13", "id": "no"}')
    write(folder / "c.txt", "date 2020-07-14 three")
    items = read_all("a.csv", "b.jsonl", "c.txt", columns=Columns("body", "day", "url"))
    assert [fields(item)[:3] for item in items] == [
        ("u1", "2020-07-12", "one"),
        ("u2", "2020-07-13", "two"),
        ("c", "2020-07-14", "three"),
    ]


@pytest.mark.parametrize("columns", [Columns(text="body"), Columns(date="day"), Columns(id="url")])
def test_a_table_without_a_column_that_was_named_is_one_failure(folder, columns):
    write(folder / "a.csv", "text\none\ntwo\n")
    (failure,) = read_all("a.csv", columns=columns)
    assert "the columns are 'text'" in failure.reason


def test_columns_that_are_not_asked_for_may_have_one_name(folder):
    write(folder / "a.csv", ",text,\n1,one,2\n")
    assert texts(read_all("a.csv")) == ["one"]


def test_a_field_that_no_record_has_is_told_once(folder, caplog):
    write(folder / "a.jsonl", '{"text": "one", "day": "2021-03-04"}\n{"text": "two", "url": "u"}\n')
    first, second = read_all("a.jsonl", columns=Columns(date="day", id="url"))
    assert (first["date"], second["id"], caplog.messages) == ("2021-03-04", "u", [])
    assert len(read_all("a.jsonl", columns=Columns(date="dya", id="url"))) == 2
    assert caplog.messages == ["a.jsonl: no record has the field 'dya'"]


def test_a_second_document_with_an_id_is_a_failure_that_names_the_first(folder):
    write(folder / "x" / "a.txt", "one")
    write(folder / "b.jsonl", '{"id": "a", "text": "three"}\n{"id": "2", "text": ""}\n{"id": 2, "text": ""}')
    first, second, third, _, fifth = read_all("x/a.txt", "x/a.txt", "b.jsonl")
    assert first["id"] == "a"
    assert str(second) == "x/a.txt:1: id 'a' was already given in x/a.txt:1"
    assert str(third) == "b.jsonl:1: id 'a' was already given in x/a.txt:1"
    assert str(fifth) == "b.jsonl:3: id '2' was already given in b.jsonl:2"


def test_long_ids_take_no_more_memory_than_short_ones(folder):
    lines = (f'{{"id": "{number:01000}", "text": ""}}\n' for number in range(5000))
    write(folder / "a.jsonl", "".join(lines))
    entries = read(find(["a.jsonl"]))
    next(entries)
    tracemalloc.start()
    try:
        assert sum(1 for _ in islice(entries, 4998)) == 4998  # not to the end, where all is forgotten
        assert tracemalloc.get_traced_memory()[0] < 5000 * 300
    finally:
        tracemalloc.stop()
    assert next(entries)["line"] == 5000


def test_lone_surrogates_in_ids_differ(folder):
    ids = ["\ud800", "\ud801", "\ud800", "\ufffd"]
    write(folder / "a.jsonl", "".join(json.dumps({"id": one, "text": ""}) + "\n" for one in ids))
    found = read_all("a.jsonl")
    assert [isinstance(one, Failure) for one in found] == [False, False, True, False]
    assert "already given in a.jsonl:1" in str(found[2])


def test_a_failed_document_does_not_take_its_id(folder):
    write(folder / "a.jsonl", '{"id": "a", "text": 0}\n{"id": "a", "text": "good"}')
    failure, item = read_all("a.jsonl")
    assert isinstance(failure, Failure)
    assert item["id"] == "a"


def test_ids_of_line_numbers_tell_several_files_apart(folder):
    for name in ("x/a.jsonl", "y/a.jsonl", "b.jsonl"):
        write(folder / name, '{"text": ""}\n{"text": ""}')
    write(folder / "c.txt", "")
    assert [item["id"] for item in read_all("b.jsonl", "c.txt")] == ["1", "2", "c"]
    assert [item["id"] for item in read_all("x/a.jsonl", "b.jsonl")] == ["a:1", "a:2", "b:1", "b:2"]
    assert [item["id"] for item in read_all("x", "y", "b.jsonl")] == [
        *("x/a.jsonl:1", "x/a.jsonl:2"),
        *("y/a.jsonl:1", "y/a.jsonl:2"),
        *("b:1", "b:2"),
    ]


def test_pages_of_one_stem_are_told_apart_by_their_paths(folder):
    for name in ("n/1/index.html", "n/2/index.html", "n/a.html.gz"):
        write(folder / name, PAGE.format(charset="utf-8"))
    for name in ("n/a.txt", "n/b.txt"):
        write(folder / name, "They met.")
    assert [entry["id"] for entry in read_all("n")] == [
        *("n/1/index.html", "n/2/index.html", "n/a.html.gz", "a", "b")
    ]
    assert [entry["id"] for entry in read_all("n/2")] == ["index"]


def test_texts_of_one_stem_have_one_id(folder):
    for name in ("n/1/a.txt", "n/2/a.txt"):
        write(folder / name, "They met.")
    first, second = read_all("n")
    assert first["id"] == "a"
    assert str(second) == "n/2/a.txt:1: id 'a' was already given in n/1/a.txt:1"


def test_a_page_that_is_given_twice_is_one(folder):
    for name in ("n/1/index.html", "n/2/index.html"):
        write(folder / name, PAGE.format(charset="utf-8"))
    *good, again = read_all("n", "./n/2/../1/index.html", str(folder / "n" / "2" / "index.html"))[:3]
    assert [entry["id"] for entry in good] == ["n/1/index.html", "n/2/index.html"]
    assert "id 'n/1/index.html' was already given in n/1/index.html:1" in str(again)


def test_a_text_and_a_table_of_one_stem_keep_their_ids(folder):
    write(folder / "a.txt", "")
    write(folder / "a.jsonl", '{"text": ""}')
    assert [item["id"] for item in read_all("a.txt", "a.jsonl")] == ["a", "1"]


def test_a_folder_is_read_in_order_of_names_without_what_is_hidden_or_unknown(folder, caplog):
    names = [
        "n/b.txt",
        "n/a.csv",
        "n/B/z.jsonl.gz",
        "n/.hidden.txt",
        "n/.git/x.txt",
        "n/notes.md",
        "n/LICENSE",
    ]
    for name in names:
        write(folder / name, "")
    assert [source.name for source in find(["n"])] == ["n/B/z.jsonl.gz", "n/a.csv", "n/b.txt"]
    assert caplog.messages == ["n: files passed over: 2 (.md, no ending)"]


def test_patterns_and_names_that_look_like_patterns(folder):
    for name in ("a1.txt", "a2.txt", "b[1].txt", "deep/er/c.txt"):
        write(folder / name, "")
    assert [source.name for source in find(["a*.txt"])] == ["a1.txt", "a2.txt"]
    assert [source.name for source in find(["b[1].txt"])] == ["b[1].txt"]
    assert [source.name for source in find(["**/c.txt"])] == ["deep/er/c.txt"]
    assert [source.name for source in find([str(folder / "d*")])] == [str(folder / "deep/er/c.txt")]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("missing.txt", FileNotFoundError, "no such file: missing.txt"),
        ("missing*.txt", FileNotFoundError, r"missing\*.txt"),
        ("", FileNotFoundError, "no such file"),
        ("there.docx", ValueError, r"there.docx: the ending is none of .txt, .jsonl, .csv, .*\.gz or \.zst"),
        ("there.gz", ValueError, "ending"),
        ("unreadable", ValueError, "unreadable: no file in this folder"),
        ("void", ValueError, "void: no file in this folder"),
    ],
)
def test_inputs_that_are_none(folder, name, error, message):
    for file in ("there.docx", "there.gz", "unreadable/a.docx"):
        write(folder / file, "")
    (folder / "void").mkdir()
    with pytest.raises(error, match=message):
        find([name])


def test_a_file_that_disappears_is_a_failure(folder):
    write(folder / "a.txt", "one")
    sources = find(["a.txt"])
    (folder / "a.txt").unlink()
    (failure,) = read(sources)
    assert str(failure) == "a.txt:1: cannot be read: No such file or directory"


def test_reading_is_lazy(folder):
    write(folder / "a.txt", "one")
    write(folder / "b.txt", "two")
    entries = read(find(["a.txt", "b.txt"]))
    assert next(entries)["text"] == "one"
    write(folder / "b.txt", "written since")
    assert next(entries)["text"] == "written since"


def test_standard_input():
    code = "from eventx.readers import *; print(*read(find(['-'])), sep='\\n')"
    lines = b'\xef\xbb\xbf{"text": "caf\xc3\xa9"}\nnull\n'
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], input=lines, capture_output=True, check=True
    )
    assert run.stdout.decode().splitlines() == [
        "{'id': '1', 'date': None, 'text': 'café', 'file': '<stdin>', 'line': 1}",
        "<stdin>:2: expected an object, got NoneType",
    ]


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_text_arrives_as_it_was_written(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("texts")
    # The mark keeps a header or byte order mark that hypothesis may invent from standing in front.
    write(folder / "a.txt", f"|{text}")
    write(folder / "b.jsonl", json.dumps({"id": "b", "text": text}, ensure_ascii=False))
    quoted = text.replace('"', '""')
    write(folder / "c.csv", f'id,text\nc,"{quoted}"\n')
    assert texts(read_all(str(folder))) == [f"|{text}", text, text]


@given(
    content=st.binary(),
    ending=st.sampled_from(
        [
            f".{form}{packing}"
            for form in ("txt", "jsonl", "csv", "parquet", "html")
            for packing in ("", ".gz", ".zst")
        ]
    ),
)
def test_no_content_stops_the_reader(tmp_path_factory, content, ending):
    folder = tmp_path_factory.mktemp("bytes")
    (folder / f"a{ending}").write_bytes(content)
    write(folder / "b.txt", "last")
    assert read_all(str(folder))[-1]["text"] == "last"


def test_annotated_documents(folder):
    event = {"trigger": {"start": 5, "end": 8, "text": "met"}}
    wrong = {"trigger": {"start": 4, "end": 8, "text": "met"}}
    records = [
        {"text": "They met", "events": [event]},
        {"id": "b", "text": "They met", "events": [wrong]},
        {"id": "c", "text": "They met", "events": "none"},
        {"id": "d", "events": []},
    ]
    write(folder / "gold.jsonl", "".join(json.dumps(record) + "\n" for record in records) + "{")
    document, *failures = read_annotated(*find(["gold.jsonl"]))
    assert document.id == "1"
    assert document.events[0].trigger.text == "met"
    assert [failure.line for failure in failures] == [2, 3, 4, 5]
    assert "events[0].trigger" in failures[0].reason
    assert "text" in failures[2].reason

"""What all forms of output have in common, JSON lines and tables."""

import csv
import gzip
import html
import io
import json
import re
import tracemalloc
from itertools import islice

import pytest

from eventx import forms
from eventx.document import FORM, Actor, DateSpan, Document, Event, Meeting, Place, Span, Version
from eventx.forms import lines, tables
from eventx.readers import Columns


def actor(name):
    return Actor(name, "person", None, None, None, [])


def meeting(number, **fields):
    empty = {"participants": [], "chairs": [], "hosts": [], "places": []}
    usual = {
        "events": [],
        "date": None,
        "start": None,
        "end": None,
        "status": "occurred",
        "format": "in_person",
    }
    return Meeting(id=number, **{**empty, **usual, **fields})


def written(write, folder, *documents):
    path = folder / "out"
    write(documents, path)
    return path.read_bytes().decode("utf-8")


def rows(write, folder, *documents):
    return list(csv.DictReader(io.StringIO(written(write, folder, *documents), newline="")))


@pytest.fixture
def document():
    first = meeting(
        1,
        events=[0, 1],
        participants=[
            Actor("Ann Lee", "person", "President", "Peru", "PE", []),
            actor('Bo "Bob" Ray, Jr.'),
        ],
        chairs=[actor("Zoë")],
        hosts=[actor("Oslo\r\nForum")],
        places=[Place("Oslo", []), Place("City Hall", [])],
        date="2021-03-01/2021-03-02",
        start="2021-03-01",
        end="2021-03-02",
        status="scheduled",
        format="phone",
        score=0.9876,
    )
    text = "They met today in talks."
    met = Event(
        Span(5, 8, "met", 0.9),
        participants=[Span(0, 4, "They", 0.8)],
        dates=[DateSpan(9, 14, "today", "2021-02-28", 0.7)],
        cluster=1,
    )
    talks = Event(Span(18, 23, "talks"), status="hypothetical", format="phone", cluster=1)
    return Document("d1", "2021-02-28", text, [met, talks], [first, meeting(2)], Version(FORM, "m1"))


# All ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", forms.WRITERS)
def test_a_form_is_written_whole_or_not_at_all(ending, document, tmp_path):
    def broken():
        yield document
        raise KeyError

    out = tmp_path / f"out{ending}"
    with pytest.raises(KeyError):
        forms.write(broken(), out)
    assert list(tmp_path.iterdir()) == []
    forms.write([document], out)
    assert out.stat().st_size > 0
    assert [path.stem.split(".")[0] for path in tmp_path.iterdir()] == ["out"] * len(list(tmp_path.iterdir()))


@pytest.mark.parametrize("ending", forms.WRITERS)
def test_the_same_documents_give_the_same_file(ending, document, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        forms.write(iter([document]), tmp_path / name / f"x{ending}")
    one, other = ((tmp_path / name / f"x{ending}").read_bytes() for name in ("a", "b"))
    assert one == other


@pytest.mark.parametrize("ending", forms.WRITERS)
def test_no_document_and_lone_surrogates_are_no_trouble(ending, tmp_path):
    strange = Document("\ud800/..\0", None, "x \udc80 met", [Event(Span(4, 7, "met"), cluster=1)])
    strange.meetings = [meeting(1, events=[0], participants=[actor("x\udfffy\0\x0b")], start="2021-03-01")]
    forms.write([strange], tmp_path / f"x{ending}")
    (tmp_path / f"x{ending}").read_bytes().decode("utf-8", "strict" if "parquet" not in ending else "ignore")
    if ending != forms.FOLDER:  # whose file is a document
        forms.write([], tmp_path / f"y{ending}")
        assert (tmp_path / f"y{ending}").exists()


def test_the_longest_ending_counts_whatever_its_case(document, tmp_path):
    forms.write([document], tmp_path / "x.MENTIONS.csv")
    assert "trigger" in (tmp_path / "x.MENTIONS.csv").read_text("utf-8").splitlines()[0]


def test_an_unknown_ending_names_those_there_are(document, tmp_path):
    with pytest.raises(ValueError, match=r"x\.doc: the ending is none of \.jsonl, "):
        forms.write([document], tmp_path / "x.doc")
    (tmp_path / "x.csv").touch()
    with pytest.raises(ValueError, match=r"x\.csv: the ending is none of \.jsonl, "):
        forms.read(tmp_path / "x.csv")
    with pytest.raises(ValueError, match=r"new: .* end it with / to make a folder"):
        forms.write([document], tmp_path / "new")


def test_a_failed_write_leaves_an_older_file(document, tmp_path):
    out = tmp_path / "x.csv"
    out.write_text("older")
    with pytest.raises(AttributeError):
        forms.write([document, None], out)
    assert out.read_text() == "older"


@pytest.mark.parametrize(("name", "column"), [("mentions.csv", "trigger"), ("plover.csv", "event_id")])
def test_an_ending_may_be_the_whole_name(document, tmp_path, name, column):
    forms.write([document], tmp_path / name)
    assert column in (tmp_path / name).read_text("utf-8").splitlines()[0].split(",")


def test_a_folder_is_made_and_what_others_changed_in_it_stays(document, tmp_path):
    folder = tmp_path / "new"
    for _ in range(2):  # the same files again are no trouble
        forms.write([document], f"{folder}/")
    annotated = (folder / "d1.ann").read_text("utf-8")
    (folder / "d1.ann").write_text(f"{annotated}#9\tNote\tby hand\n", "utf-8")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    other = Document("d0", None, "other")
    with pytest.raises(FileExistsError, match=rf"{folder / 'd1.ann'} is there already, .*: move it away"):
        forms.write([other, document], folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_what_is_no_output(document, tmp_path):
    (tmp_path / "a.csv").touch()
    for out in ("a.csv/", "b.csv/", "none/a.csv", "none/b/"):
        with pytest.raises(ValueError, match=out.split("/")[0]):
            forms.write([document], f"{tmp_path}/{out}")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("ending", forms.VERSIONED)
def test_a_form_names_the_model_that_was_asked_even_of_no_document(ending, tmp_path):
    out = tmp_path / f"x{ending}"
    forms.write([], out, Version(FORM, "m7"))
    assert named(out) == {"form": 1, "model": "m7"}
    forms.write([Document("a", None, "", [], [], Version(FORM, "m8"))], out)
    assert named(out) == {"form": 1, "model": "m8"}
    forms.write([], out)
    assert named(out) == {"form": 1}


def named(out):
    """What a file says of the model that made it."""
    if out.suffix == ".parquet":
        return json.loads(pytest.importorskip("pyarrow.parquet").read_schema(out).metadata[b"eventx"])
    if out.suffix == ".ics":
        return json.loads(pytest.importorskip("icalendar").Calendar.from_ical(out.read_bytes())["x-eventx"])
    content = html.unescape(out.read_text("utf-8"))
    return json.loads(re.search(r'eventx.*?(\{"form".*?\})', content, re.DOTALL)[1])


def test_documents_of_another_model_are_told_once(document, tmp_path, caplog):
    others = [Document(name, None, "", [], [], Version(FORM, "m2")) for name in "ab"]
    forms.write([document, *others], tmp_path / "x.html")
    (message,) = caplog.messages
    assert "document a is of another model" in message


@pytest.mark.parametrize("ending", forms.MEETINGS)
def test_annotations_without_meetings_get_them_from_their_clusters(ending, document, tmp_path):
    document.meetings = None
    document.events[1].cluster = None
    events = list(document.events)
    forms.write([document], tmp_path / f"x{ending}")
    other = forms.with_meetings(document)
    assert [meeting.events for meeting in other.meetings] == [[0], [1]]
    forms.write([other], tmp_path / f"y{ending}")
    assert (tmp_path / f"x{ending}").read_bytes() == (tmp_path / f"y{ending}").read_bytes()
    assert (document.meetings, document.events) == (None, events)


def test_files_folders_and_patterns_are_read(document, tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("a.jsonl", "deep/b.json", "deep/c.conll"):
        document.id = name
        forms.write([document], tmp_path / name)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    names = ["a.jsonl", "a.jsonl", "deep/b.json", "deep/c.conll"]
    assert [one.id for one in forms.read(tmp_path)] == names
    assert [one.id for one in forms.read([tmp_path / "deep" / "*.conll", tmp_path / "a.jsonl"])] == [
        *("deep/c.conll", "a.jsonl")
    ]


def test_a_folder_of_parts_that_is_not_finished_is_told_once(document, tmp_path, caplog):
    folder = tmp_path / "all" / "out.jsonl"
    folder.mkdir(parents=True)
    for number in range(2):
        document.id = f"d{number}"
        forms.write([document], folder / f"part-0000{number}.jsonl")
    (folder / "_manifest").touch()
    for given in (folder, tmp_path / "all", folder / "part-*.jsonl"):
        caplog.clear()
        assert len(list(forms.read(given))) == 2
        (told,) = caplog.messages
        assert told.startswith(f"{folder} is not finished, so documents may be missing: ")
    caplog.clear()
    (folder / "_SUCCESS").touch()
    assert len(list(forms.read(folder))) == 2
    assert caplog.messages == []


def test_the_first_id_that_two_documents_have_is_told_once(tmp_path, caplog):
    ids = {"a.jsonl": "xy", "b.json": "zx", "c.conll": "yzx"}
    for name, given in ids.items():
        forms.write([Document(one, None, "They met.") for one in given], tmp_path / name)
    names = [tmp_path / name for name in ids]
    assert [one.id for one in forms.read(names)] == list("xyzxyzx")
    (told,) = caplog.messages
    assert told.startswith(f"{names[1]}: document 2 has the id 'x', as an earlier one of {names[0]}: ")
    caplog.clear()
    assert len(list(forms.read(names[:1]))) == 2
    assert caplog.messages == []


def test_numbers_that_stand_for_ids_are_told_too_where_they_meet(tmp_path, caplog):
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text('{"text": "They met."}\n')
    forms.write(forms.read(tmp_path), tmp_path / "out.plover.csv")
    assert "b.jsonl: document 1 has the id '1', as an earlier one of" in caplog.text


def test_lone_surrogates_in_ids_differ(tmp_path, caplog):
    records = [json.dumps({"id": one, "text": ""}) for one in ("\ud800", "\ud801", "\ufffd")]
    (tmp_path / "a.jsonl").write_text("\n".join(records))
    assert len(list(forms.read(tmp_path / "a.jsonl"))) == 3
    assert caplog.messages == []


def test_many_ids_take_little_memory(tmp_path):
    lines = (f'{{"id": "{number:01000}", "text": ""}}\n' for number in range(5000))
    (tmp_path / "a.jsonl").write_text("".join(lines))
    found = forms.read(tmp_path / "a.jsonl")
    next(found)
    tracemalloc.start()
    try:
        assert sum(1 for _ in islice(found, 4998)) == 4998  # not to the end, where all is forgotten
        assert tracemalloc.get_traced_memory()[0] < 5000 * 300
    finally:
        tracemalloc.stop()


def test_the_text_may_stand_in_another_field(tmp_path):
    record = {"body": "They met.", "day": "2021-03-04"}
    (tmp_path / "a.jsonl").write_text(json.dumps(record | {"events": []}))
    (tmp_path / "b.json").write_text(json.dumps([{"data": record, "annotations": [{"result": []}]}]))
    found = list(forms.read(tmp_path, columns=Columns("body", "day")))
    assert [(one.date, one.text) for one in found] == [("2021-03-04", "They met.")] * 2


# JSON lines -----------------------------------------------------------------------------------


def test_json_lines_hold_one_record_a_line_and_nothing_else(document, tmp_path):
    empty = Document("line\nbreak\u2028", None, "\r\n", [], [], Version(FORM, "m1"))
    text = written(lines.write, tmp_path, document, empty).split("\n")
    assert text.pop() == ""
    assert [Document.from_dict(json.loads(line)) for line in text] == [document, empty]
    assert json.loads(text[1])["version"] == {"form": 1, "model": "m1"}


def test_json_lines_escape_a_lone_surrogate(tmp_path):
    text = written(lines.write, tmp_path, Document("a", None, "é \udc80"))
    assert "é \\udc80" in text


def test_json_lines_are_read_back(document, tmp_path):
    forms.write([document], tmp_path / "x.jsonl")
    with (tmp_path / "x.jsonl").open("a") as stream:
        stream.write("{\n")
    stream = forms.read(tmp_path / "x.jsonl")
    assert next(stream) == document
    with pytest.raises(ValueError, match=r"x\.jsonl:2: broken JSON"):
        next(stream)
    failures = []
    assert list(forms.read(tmp_path / "x.jsonl", errors="skip", on_error=failures.append)) == [document]
    assert [failure.line for failure in failures] == [2]
    with pytest.raises(ValueError, match="errors is 'none'"):
        forms.read(tmp_path / "x.jsonl", errors="none")


# Tables ---------------------------------------------------------------------------------------


def test_csv_has_one_row_a_meeting(document, tmp_path):
    first, second = rows(tables.write_csv, tmp_path, document)
    assert first == {
        "document": "d1",
        "published": "2021-02-28",
        "id": "1",
        "events": "0; 1",
        "participants": 'Ann Lee; Bo "Bob" Ray, Jr.',
        "chairs": "Zoë",
        "hosts": "Oslo\r\nForum",
        "places": "Oslo; City Hall",
        "date": "2021-03-01/2021-03-02",
        "start": "2021-03-01",
        "end": "2021-03-02",
        "status": "scheduled",
        "format": "phone",
        "score": "0.9876",
    }
    assert [name for name, cell in second.items() if cell] == [
        *("document", "published", "id", "status", "format")
    ]


def test_csv_of_documents_without_meetings_is_its_header(tmp_path):
    empty = written(tables.write_csv, tmp_path, Document("a", None, ""), Document("b", None, "", [], []))
    assert empty == written(tables.write_csv, tmp_path)
    assert empty == ",".join(tables.MEETINGS.columns) + "\n"


def test_csv_replaces_a_lone_surrogate(tmp_path):
    strange = Document("\ud800", None, "", [], [meeting(1, chairs=[actor("x\udfffy")])])
    (row,) = rows(tables.write_csv, tmp_path, strange)
    assert (row["document"], row["chairs"]) == ("\ufffd", "x\ufffdy")


def test_mentions_have_one_row_an_argument(document, tmp_path):
    they, today, talks = rows(tables.write_mentions_csv, tmp_path, document)
    assert (they["trigger"], they["role"], they["text"], they["value"]) == ("met", "participants", "They", "")
    assert (today["role"], today["value"], today["score"]) == ("dates", "2021-02-28", "0.7")
    assert (today["start"], today["end"], today["meeting"]) == ("9", "14", "1")
    assert (talks["trigger"], talks["role"], talks["status"], talks["start"]) == (
        "talks",
        "",
        "hypothetical",
        "",
    )


def test_parquet_reads_back_in_pandas_and_polars(document, tmp_path):
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    forms.write([document], tmp_path / "x.parquet")
    frame = pandas.read_parquet(tmp_path / "x.parquet")
    assert list(frame.columns) == list(tables.MEETINGS.columns)
    assert [actor["name"] for actor in frame.participants[0]] == ["Ann Lee", 'Bo "Bob" Ray, Jr.']
    assert frame.participants[0][0]["country"] == "PE"
    assert list(frame.events[0]) == [0, 1]
    assert list(frame.places[0]) == ["Oslo", "City Hall"]
    other = polars.read_parquet(tmp_path / "x.parquet")
    assert other.columns == list(tables.MEETINGS.columns)
    assert other["start"].to_list() == ["2021-03-01", None]


def test_parquet_says_which_model_made_it(document, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    forms.write([document], tmp_path / "x.parquet")
    metadata = parquet.read_schema(tmp_path / "x.parquet").metadata
    assert json.loads(metadata[b"eventx"]) == {"form": 1, "model": "m1"}


def test_parquet_has_the_same_schema_with_and_without_rows(document, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    for kind in ("parquet", "mentions.parquet"):
        forms.write([document], tmp_path / f"x.{kind}")
        forms.write([], tmp_path / f"y.{kind}")
        one, other = (parquet.read_schema(tmp_path / f"{name}.{kind}") for name in "xy")
        assert one.equals(other)


def test_parquet_of_mentions_holds_what_csv_holds(document, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    forms.write([document], tmp_path / "x.mentions.parquet")
    about = {"document": "d1", "published": "2021-02-28", "meeting": 1}
    met = {"trigger": "met", "trigger_start": 5, "trigger_end": 8, "trigger_score": 0.9}
    talks = {"trigger": "talks", "trigger_start": 18, "trigger_end": 23, "trigger_score": None}
    found = parquet.read_table(tmp_path / "x.mentions.parquet").to_pylist()
    they = {"role": "participants", "start": 0, "end": 4, "text": "They", "value": None, "score": 0.8}
    today = {"role": "dates", "start": 9, "end": 14, "text": "today", "value": "2021-02-28", "score": 0.7}
    usual = {"status": "occurred", "format": "in_person"}
    assert found == [
        about | met | they | usual,
        about | met | today | usual,
        about | talks | dict.fromkeys(they) | {"status": "hypothetical", "format": "phone"},
    ]
    names = {name: str(value) if value is not None else "" for name, value in found[1].items()}
    assert rows(tables.write_mentions_csv, tmp_path, document)[1] == names


def test_parquet_is_written_in_pieces(tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("eventx.forms.arrow.AT_ONCE", 2)
    forms.write((Document(str(n), None, "", [], [meeting(1)]) for n in range(5)), tmp_path / "x.parquet")
    file = parquet.ParquetFile(tmp_path / "x.parquet")
    assert file.num_row_groups == 3
    assert file.read().column("document").to_pylist() == list("01234")


def test_frames_are_the_same_table(document):
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    for mentions, columns, count in ((False, tables.MEETINGS.columns, 2), (True, tables.MENTIONS.columns, 3)):
        frame = tables.to_pandas([document], mentions=mentions)
        other = tables.to_polars([document], mentions=mentions)
        assert list(frame.columns) == other.columns == list(columns)
        assert len(frame) == other.height == count
    assert tables.to_pandas([]).empty


def test_offsets_in_frames_are_whole_numbers_though_some_are_missing(document):
    pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    bounds = ["meeting", "trigger_start", "trigger_end", "start", "end"]
    frame = tables.to_pandas([document], mentions=True)
    assert {str(frame[name].dtype) for name in bounds} == {"Int64"}
    assert frame.score.dtype == "float64"
    assert frame.start.isna().tolist() == [False, False, True]
    for row in frame.dropna(subset="role").itertuples():
        assert document.text[row.start : row.end] == row.text
    for row in frame.itertuples():
        assert document.text[row.trigger_start : row.trigger_end] == row.trigger
    assert frame.dtypes.equals(tables.to_pandas([], mentions=True).dtypes)
    assert tables.to_pandas([document]).id.tolist() == [1, 2]
    other = tables.to_polars([document], mentions=True)
    assert {other.schema[name] for name in bounds} == {polars.Int64}
    assert other["start"].to_list() == [0, 9, None]

import csv
import io
import json

import pytest

from eventx.document import FORM, Actor, Document, Event, Meeting, Place, Span, Version
from eventx.writers import FORMS, Csv, JsonLines, Writer


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


def written(form, *documents):
    stream = io.StringIO(newline="")
    with form(stream) as writer:
        for document in documents:
            writer.write(document)
    return stream.getvalue()


def rows(*documents):
    return list(csv.DictReader(io.StringIO(written(Csv, *documents), newline="")))


@pytest.fixture
def document():
    first = meeting(
        1,
        participants=[actor("Ann Lee"), actor('Bo "Bob" Ray, Jr.')],
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
    return Document("d1", "2021-02-28", "They met.", [Event(Span(5, 8, "met"))], [first, meeting(2)])


def test_json_lines_hold_one_record_a_line_and_nothing_else(document):
    document.version = Version(FORM, "m1")
    empty = Document("line\nbreak\u2028", None, "\r\n", [], [], Version(FORM, "m1"))
    lines = written(JsonLines, document, empty).split("\n")
    assert lines.pop() == ""
    assert [Document.from_dict(json.loads(line)) for line in lines] == [document, empty]
    assert json.loads(lines[1])["version"] == {"form": 1, "model": "m1"}


def test_json_lines_escape_a_lone_surrogate():
    text = written(JsonLines, Document("a", None, "é \udc80"))
    assert "é \\udc80" in text
    text.encode("utf-8")


def test_csv_has_one_row_a_meeting(document):
    first, second = rows(document)
    assert first == {
        "document": "d1",
        "published": "2021-02-28",
        "meeting": "1",
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
        *("document", "published", "meeting", "status", "format")
    ]


def test_csv_of_documents_without_meetings_is_its_header():
    assert written(Csv, Document("a", None, ""), Document("b", None, "", [], [])) == written(Csv)
    assert written(Csv) == ",".join(Csv.COLUMNS) + "\n"


def test_csv_replaces_a_lone_surrogate():
    (row,) = rows(Document("\ud800", None, "", [], [meeting(1, chairs=[actor("x\udfffy")])]))
    assert (row["document"], row["chairs"]) == ("\ufffd", "x\ufffdy")


def test_every_form_is_a_writer():
    assert set(FORMS) >= {".jsonl", ".csv"}
    assert all(issubclass(form, Writer) for form in FORMS.values())

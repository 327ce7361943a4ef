import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventx import forms
from eventx.document import DateSpan, Document, Event, Span
from eventx.readers import Failure

ANNOTATED = Path(__file__).parent / "data" / "annotated.jsonl"


def entries(path):
    """What is read, documents and failures."""
    return list(forms.entries(forms.sources([path])))


@pytest.fixture
def documents(gold):
    gold.meetings = None
    return [Document.from_dict(json.loads(line)) for line in ANNOTATED.open(encoding="utf-8")] + [gold]


def span(text, words, start=0):
    start = text.index(words, start)
    return Span(start, start + len(words), words)


def standoff(folder):
    """Read a folder as brat's description of its format says, independently of the library."""
    for file in sorted(folder.glob("*.ann")):
        text = file.with_suffix(".txt").read_bytes().decode("utf-8")
        found = {}
        for line in file.read_bytes().decode("utf-8").splitlines():
            key, data = line.split("\t", 1)
            assert re.fullmatch("[TEARM#][0-9]+", key)
            assert key not in found
            found[key] = data.split("\t")
        for key, data in found.items():
            if key[0] == "T":
                name, offsets = data[0].split(" ", 1)
                pieces = [piece.split(" ") for piece in offsets.split(";")]
                words = " ".join(text[int(start) : int(end)] for start, end in pieces)
                assert data[1] == re.sub(r"\s", " ", words)
                assert name in {"Meeting", "Party", "Date", "Place"}
            elif key[0] == "E":
                arguments = [argument.split(":") for argument in data[0].split(" ")]
                roles = [role for role, _ in arguments]
                assert len(set(roles)) == len(roles)
                assert all(found[target][0] for _, target in arguments)
            elif key[0] in "A#" and data[0].split()[1] != "document":
                assert data[0].split(" ")[1] in found
            elif key[0] == "R":
                assert all(argument.split(":")[1] in found for argument in data[0].split(" ")[1:])
        yield file.stem, text, found


def test_a_folder_reads_back_to_the_same_documents(documents, tmp_path):
    forms.write(documents, tmp_path)
    assert {document.id: document for document in forms.read(tmp_path)} == {
        document.id: document for document in documents
    }
    pairs = list(standoff(tmp_path))
    assert {(stem, text) for stem, text, _ in pairs} == {(one.id, one.text) for one in documents}
    assert sum(key[0] == "E" for _, _, found in pairs for key in found) == sum(
        len(document.events) for document in documents
    )
    assert "Meeting Participant*:Party, Chair*:Party" in (tmp_path / "annotation.conf").read_text("utf-8")


def test_one_document_is_a_pair_of_files(tmp_path):
    text = "Ann and Bo met on Friday in Oslo."
    event = Event(
        span(text, "met"),
        participants=[span(text, "Ann"), span(text, "Bo")],
        hosts=[span(text, "Bo")],
        dates=[DateSpan(18, 24, "Friday", "2021-03-05")],
        places=[span(text, "Oslo")],
        status="cancelled",
        format="phone",
        cluster=1,
    )
    forms.write([Document("x", "2021-03-04", text, [event])], tmp_path / "out.ann")
    assert (tmp_path / "out.txt").read_text("utf-8") == text
    assert (tmp_path / "out.ann").read_text("utf-8").splitlines() == [
        '#1\tDocument document\t{"id": "x", "date": "2021-03-04"}',
        "T1\tMeeting 11 14\tmet",
        "T2\tParty 0 3\tAnn",
        "T3\tParty 8 10\tBo",
        "T4\tDate 18 24\tFriday",
        "T5\tPlace 28 32\tOslo",
        "E1\tMeeting:T1 Participant:T2 Participant2:T3 Host:T3 Date:T4 Place:T5",
        "A1\tStatus E1 cancelled",
        "A2\tFormat E1 phone",
        "#2\tAnnotatorNotes T4\t2021-03-05",
    ]


def test_a_second_document_needs_a_folder_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="folder"):
        forms.write([Document("a", None, ""), Document("b", None, "")], tmp_path / "out.ann")
    assert list(tmp_path.iterdir()) == []


def test_ids_are_safe_names_of_files_and_come_back(tmp_path):
    ids = [
        "../../a/b",
        "a:b",
        "A",
        "a",
        ".hidden",
        "",
        "x" * 400,
        "x" * 399 + "y",
        "Zürich 😀",
        "a\nb",
        "%41",
    ]
    forms.write([Document(one, None, one) for one in ids], tmp_path)
    names = [file.name for file in tmp_path.iterdir()]
    assert len(names) == 2 * len(ids) + 1
    assert len({name.lower() for name in names}) == len(names)
    assert max(map(len, names)) < 200
    back = list(forms.read(tmp_path))
    assert sorted(document.id for document in back) == sorted(ids)
    assert all(document.text == document.id for document in back)


def test_two_documents_with_one_id_are_refused(tmp_path):
    with pytest.raises(ValueError, match="two documents have the id 'a'"):
        forms.write([Document("a", None, "1"), Document("a", None, "2")], tmp_path)


def test_nasty_texts(tmp_path):
    text = "\ufeff😀 שלום\r\nPrime\r\nMinister\tAnn\u2028Lee \ud800 met\0 \n\n"
    event = Event(
        span(text, "met"),
        participants=[span(text, "Prime\r\nMinister\tAnn\u2028Lee"), span(text, "Ann\u2028Lee \ud800")],
        places=[span(text, "\n\n")],
        cluster=1,
    )
    forms.write([Document(None, None, text, [event])], tmp_path / "x.ann")
    (document,) = forms.read(tmp_path / "x.ann")
    assert document.id == "x"
    assert document.text == text.replace("\ud800", "\ufffd")
    (back,) = document.events
    for field in ("participants", "places"):
        assert [(one.start, one.end) for one in getattr(back, field)] == [
            (one.start, one.end) for one in getattr(event, field)
        ]
    assert list(standoff(tmp_path))


@given(text=st.text(min_size=1), data=st.data())
def test_any_span_of_any_text_comes_back(tmp_path_factory, text, data):
    folder = tmp_path_factory.mktemp("brat")
    offsets = st.integers(0, len(text) - 1)
    start = data.draw(offsets)
    end = data.draw(st.integers(start + 1, len(text)))
    document = Document(text, None, text, [Event(Span(start, end, text[start:end]), cluster=1)])
    forms.write([document], folder)
    (back,) = forms.read(folder)
    assert back == document


def test_what_people_annotate_by_hand_is_read(tmp_path):
    (tmp_path / "a%2Fb.txt").write_text("Lee, the premier, met Ann on Friday. The talks went on.", "utf-8")
    lines = [
        "R7\tLikes Arg1:T1 Arg2:T3",
        "E3\tMeeting:T9",
        "*\tEquiv E3 E1",
        "A1\tSTATUS E1 Scheduled",
        "A2\tMood E1 good",
        "E1\tmeeting:T2 participant2:T1 Date:T4",
        "E2\tGreeting:T2 Who:T1",
        "T4\tDATE 29 35\tFriday",
        "T1\tPerson 0 3;5 16\tLee the premier",
        "T2\tMeeting 18 21\tmet",
        "T3\tParty 22 25\tAnn",
        "T9\tMeeting 41 46\ttalks",
        "N1\tReference T1 Wiki:1\tLee",
        "#1\tAnnotatorNotes T1\tnot sure",
        "#2\tAnnotatorNotes T4\t2021-03-05",
        "",
    ]
    (tmp_path / "a%2Fb.ann").write_text("\r\n".join(lines), "utf-8", newline="")
    (document,) = forms.read(tmp_path)
    assert (document.id, document.date) == ("a/b", None)
    first, second = document.events
    assert first == Event(
        Span(18, 21, "met"),
        participants=[Span(0, 16, "Lee, the premier")],
        dates=[DateSpan(29, 35, "Friday", "2021-03-05")],
        status="scheduled",
        cluster=1,
    )
    assert second == Event(Span(41, 46, "talks"), cluster=1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("T1\tMeeting 5 9\tmet", "'met', but 'met.' stands there"),
        ("T1\tMeeting 5 99\tmet", "'5 99' is no span of the text"),
        ("T1\tMeeting 8 5\tmet", "no span of the text"),
        ("T1\tMeeting five 8\tmet", "no span of the text"),
        ("T1", "expected an id, a tab and an annotation"),
        ("E2\tMeeting:T7", "Meeting:T7: there is no such span"),
        ("E2\tMeeting:T0 Participant:E1", "Participant:E1: there is no such span"),
        ("E2\tMeeting:T0 Mediator:T0", "'mediator' is none of the roles Participant, Chair"),
        ("A1\tStatus E1 over", "'over' is none of the values of status: occurred"),
        ("A1\tStatus E1", "too few"),
        ("T0\tMeeting 5 8\tmet", "the id T0 is on line 1, too"),
        ("#1\tAnnotatorNotes T0\tTuesday", "the value of a date is 'Tuesday'"),
        ('#1\tDocument document\t{"date": "soon"}', "date is 'soon'"),
        ("#1\tDocument document\t[]", "Expected `object`"),
    ],
)
def test_failures(tmp_path, line, reason):
    (tmp_path / "a.txt").write_text("They met.", "utf-8")
    event = "E1\tMeeting:T1" if line.startswith("T1") else "E1\tMeeting:T0 Date:T0"
    (tmp_path / "a.ann").write_text(f"T0\tMeeting 5 8\tmet\n{event}\n{line}\n", "utf-8")
    (tmp_path / "b.ann").write_text("", "utf-8")
    (tmp_path / "b.txt").write_text("next", "utf-8")
    failure, document = entries(tmp_path)
    assert isinstance(failure, Failure)
    assert (failure.file, failure.line) == (str(tmp_path / "a.ann"), 3)
    assert reason in failure.reason
    assert (document.id, document.text, document.events) == ("b", "next", [])


def test_files_that_are_missing_or_broken(tmp_path):
    with pytest.raises(ValueError, match=r"no file in this folder ends in \.jsonl, \.parquet, \.ann"):
        list(entries(tmp_path))
    with pytest.raises(FileNotFoundError):
        list(entries(tmp_path / "none.ann"))
    (tmp_path / "a.ann").write_text("", "utf-8")
    (failure,) = entries(tmp_path)
    assert str(failure) == f"{tmp_path / 'a.txt'}:1: cannot be read: No such file or directory"
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    (failure,) = entries(tmp_path / "a.ann")
    assert failure.file == str(tmp_path / "a.txt")
    assert failure.reason == "not UTF-8: byte 0xe9"
    (tmp_path / "a.txt").write_text("café", "utf-8")
    (tmp_path / "a.ann").write_bytes(b"T1\tParty 0 4\tcaf\xc3\xa9\n#1\tNote\t\xff\n")
    (failure,) = entries(tmp_path / "a.ann")
    assert str(failure) == f"{tmp_path / 'a.ann'}:2: not UTF-8: byte 0xff"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("T2\tMeeting 5 8\tmet", "T2 is a Meeting, but the trigger of no event"),
        ("R1\tParticipant Arg1:T1 Arg2:T3", "R1 relates spans by a role; roles are arguments of events"),
    ],
)
def test_what_would_be_lost_is_told(tmp_path, line, reason):
    (tmp_path / "a.txt").write_text("They met.", "utf-8")
    lines = ["T1\tMeeting 5 8\tmet", "E1\tMeeting:T1", "T3\tParty 0 4\tThey", line, ""]
    (tmp_path / "a.ann").write_text("\n".join(lines), "utf-8")
    (failure,) = entries(tmp_path / "a.ann")
    assert str(failure) == f"{tmp_path / 'a.ann'}:4: {reason}"


def test_packed_files_are_read(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"They met."))
    (tmp_path / "a.ann.gz").write_bytes(gzip.compress(b"T1\tMeeting 5 8\tmet\nE1\tMeeting:T1\n"))
    (document,) = forms.read(tmp_path / "a.ann.gz")
    assert (document.id, document.events) == ("a", [Event(Span(5, 8, "met"), cluster=1)])


def test_no_document_is_no_file(tmp_path, caplog):
    forms.write([], tmp_path / "a.ann")
    assert list(tmp_path.iterdir()) == []
    assert caplog.messages == ["a.ann is not written: there is no document"]
    forms.write([Document("d1", None, "They met.")], tmp_path / "a.ann")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    forms.write([], tmp_path / "a.ann")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert len(caplog.messages) == 2

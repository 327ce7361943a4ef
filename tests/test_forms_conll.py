import json
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


@pytest.fixture
def document():
    text = "Ann and Bo met on Friday."
    event = Event(
        Span(11, 14, "met"),
        participants=[Span(0, 3, "Ann"), Span(8, 10, "Bo")],
        hosts=[Span(8, 10, "Bo")],
        dates=[DateSpan(18, 24, "Friday", "2021-03-05")],
        status="cancelled",
        format="phone",
        cluster=1,
    )
    return Document("x", "2021-03-04", text, [event])


def back(folder, *documents):
    forms.write(documents, folder / "out.conll")
    return list(forms.read(folder / "out.conll"))


def naive(path):
    """Read token and tag of each sentence, as a script does that knows no more than two columns."""
    sentences, rows = [], []
    for line in path.open(encoding="utf-8"):
        if line.startswith("# "):
            continue
        if line.strip():
            rows.append(line.split("\t")[:2])
        elif rows:
            sentences.append(rows)
            rows = []
    return sentences


def test_documents_read_back_the_same(documents, tmp_path):
    assert back(tmp_path, *documents) == documents


def test_what_the_columns_are(document, tmp_path):
    forms.write([document], tmp_path / "out.conll")
    assert (tmp_path / "out.conll").read_text("utf-8").split("\n") == [
        "# newdoc id = x",
        "# date = 2021-03-04",
        "# text = Ann and Bo met on Friday.",
        '# event 1 = {"status": "cancelled", "format": "phone", "cluster": 1, '
        '"values": {"18-24": "2021-03-05"}}',
        "# events = 1 1",
        "Ann\tO\t0\t3\tB-Participant\tO",
        "and\tO\t4\t7\tO\tO",
        "Bo\tO\t8\t10\tB-Participant\tB-Host",
        "met\tB-Meeting\t11\t14\tB-Trigger\tO",
        "on\tO\t15\t17\tO\tO",
        "Friday\tO\t18\t24\tB-Date\tO",
        ".\tO\t24\t25\tO\tO",
        "",
        "",
    ]


def test_the_first_two_columns_are_enough_to_train_a_tagger(documents, tmp_path):
    forms.write(documents, tmp_path / "out.conll")
    sentences = naive(tmp_path / "out.conll")
    tags = [tag for sentence in sentences for _, tag in sentence]
    assert set(tags) <= {"O", "B-Meeting", "I-Meeting"}
    assert tags.count("B-Meeting") == sum(len(document.events) for document in documents)
    tokens = [token for sentence in sentences for token, _ in sentence]
    assert "".join(tokens) == "".join("".join(document.text.split()) for document in documents)


def test_events_of_one_sentence_have_their_own_columns(tmp_path):
    text = "The round table and the talks."
    events = [
        Event(Span(4, 15, "round table"), places=[Span(4, 9, "round")], cluster=2),
        Event(Span(10, 15, "table"), participants=[Span(4, 29, "round table and the talks")], cluster=1),
        Event(Span(24, 29, "talks"), dates=[DateSpan(0, 3, "The", None)], cluster=2),
    ]
    (document,) = back(tmp_path, Document("a", None, text, events))
    assert document.events == events
    (sentence,) = naive(tmp_path / "out.conll")
    assert [tag for _, tag in sentence] == [
        *("O", "B-Meeting", "B-Meeting", "O", "O", "B-Meeting", "O"),
    ]


def test_an_argument_in_another_sentence_and_a_span_over_two(tmp_path):
    text = "They met there. It was Oslo. Ann came. Bo left. Good."
    events = [
        Event(Span(5, 8, "met"), places=[Span(23, 27, "Oslo")], participants=[Span(29, 46, text[29:46])])
    ]
    (document,) = back(tmp_path, Document("a", None, text, events))
    assert document.events == events
    assert [len(sentence) for sentence in naive(tmp_path / "out.conll")] == [4, 4, 6, 2]


def test_a_word_is_cut_where_a_span_begins_inside(tmp_path):
    text = "The pretalks."
    events = [Event(Span(7, 12, "talks"), cluster=1)]
    (document,) = back(tmp_path, Document("a", None, text, events))
    assert document.events == events
    assert naive(tmp_path / "out.conll")[0][1:3] == [["pre", "O"], ["talks", "B-Meeting"]]


def test_white_space_at_the_ends_of_a_span_is_no_part_of_it(tmp_path, caplog):
    text = "They met \n on Friday ."
    events = [
        Event(
            Span(4, 9, " met "),
            participants=[Span(8, 11, " \n "), Span(0, 5, "They ")],
            dates=[DateSpan(13, 21, " Friday ", "2021-03-05")],
            cluster=1,
        ),
        Event(Span(9, 10, "\n"), cluster=2),
    ]
    (document,) = back(tmp_path, Document("a", None, text, events))
    assert document.events == [
        Event(
            Span(5, 8, "met"),
            participants=[Span(0, 4, "They")],
            dates=[DateSpan(14, 20, "Friday", "2021-03-05")],
            cluster=1,
        )
    ]
    assert caplog.messages == [f"document a: no word at {where}, left out" for where in ("9-10", "8-11")]


def test_nasty_texts(tmp_path):
    text = "# newdoc\r\n\r\n😀 שלום\u2028#\t\\n \ud800 \0 Ann\x85met\\ \r"
    start = text.index("met")
    events = [Event(Span(start, start + 3, "met"), participants=[Span(12, 13, "😀")], cluster=1)]
    documents = [
        Document(None, None, text, events),
        Document("a\n# newdoc", None, ""),
        Document("", "2020-01-01", "\n"),
    ]
    first, *others = back(tmp_path, *documents)
    assert first == Document("1", None, text.replace("\ud800", "\ufffd"), events)
    assert others == documents[1:]


@given(text=st.text())
def test_any_text_comes_back(tmp_path_factory, text):
    document = Document(text, None, text, [])
    assert back(tmp_path_factory.mktemp("conll"), document) == [document]


def test_no_documents(tmp_path):
    assert back(tmp_path) == []


def test_without_attributes_a_meeting_has_occurred_in_person(document, tmp_path):
    forms.write([document], tmp_path / "a.conll")
    lines = [
        line for line in (tmp_path / "a.conll").read_text("utf-8").split("\n") if "# event 1" not in line
    ]
    (tmp_path / "a.conll").write_text("\r\n".join(lines), "utf-8", newline="")
    (back,) = forms.read(tmp_path / "a.conll")
    (event,) = back.events
    assert (event.status, event.format, event.dates[0].value) == ("occurred", "in_person", None)
    assert event.cluster == 1
    assert event.participants == document.events[0].participants


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("# date = 2021-03-04", "# date = soon", 2, "date is 'soon'"),
        ("# text = Ann", "# txt = Ann", 6, "nor below a line '# text = …'"),
        ('"cancelled"', '"over"', 4, "Invalid enum value 'over'"),
        ("# events = 1 1", "# events = one 1", 5, "'one 1' are no numbers of events"),
        ("# events = 1 1", "# events = 1", 6, "6 columns; 4 and those of 1 events expected"),
        ("\t18\t24", "\t18\t23", 11, "'Friday' does not stand at 18-23"),
        ("\t18\t24", "\t-7\t24", 11, "'Friday' does not stand at -7-24"),
        ("B-Host", "B-Guest", 8, "'Guest' is none of the roles"),
        ("B-Host", "I-Host", 8, "the tag I-Host does not continue a span"),
        ("B-Host", "Host", 8, "the tag Host does not"),
        ("met\tB-Meeting", "met\tO", 9, "the trigger's tag is O, but B-Meeting in the events' columns"),
        ("B-Meeting\t11\t14\tB-Trigger", "O\t11\t14\tO", 1, "event 1 has 0 triggers, not one"),
        ("and\t", "und\t", 7, "'und' does not stand at 4-7"),
        ("and\t", "\udcff\t", 7, "0xff"),
    ],
)
def test_failures(document, tmp_path, old, new, line, reason):
    path = tmp_path / "a.conll"
    forms.write([document, Document("next", None, "Next.")], path)
    content = path.read_text("utf-8")
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new).encode("utf-8", "surrogateescape"))
    failure, document = entries(path)
    assert isinstance(failure, Failure)
    assert (failure.file, failure.line) == (str(path), line)
    assert reason in failure.reason
    assert document.id == "next"


def test_what_is_no_such_file(tmp_path):
    (tmp_path / "a.conll").write_text("Ann NNP B-NP B-PER\nmet VBD B-VP O\n", "utf-8")
    (failure,) = entries(tmp_path / "a.conll")
    assert (failure.line, "neither a token and a tag" in failure.reason) == (1, True)
    with pytest.raises(FileNotFoundError):
        list(entries(tmp_path / "none.conll"))


# Two columns ----------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", ["\t", " "])
@pytest.mark.parametrize(
    "start",
    [
        "",
        "-DOCSTART- -X- -X- O\n\n",
        "-DOCSTART-{gap}O\n\n",
        "# newdoc\n",
        "\n \n",
        "\ufeff",
        "\ufeff# newdoc\n",
    ],
)
@pytest.mark.parametrize("name", ["Meeting", "TRIGGER"])
def test_token_and_tag_are_enough(tmp_path, gap, start, name):
    first = ["Ann O", "'s O", "round B-{name}", "table I-{name}", "talks B-{name}", ". O", "", ""]
    second = ["# O", "They O", "met B-{name}"]
    content = start + "\r\n".join([*first, *second])
    content = content.replace(" O", f"{gap}O").replace(" B-", f"{gap}B-").replace(" I-", f"{gap}I-")
    (tmp_path / "a.conll").write_text(content.format(name=name, gap=gap), "utf-8", newline="")
    (document,) = forms.read(tmp_path / "a.conll")
    assert document.text == "Ann 's round table talks .\n# They met"
    assert document.events == [
        Event(Span(7, 18, "round table"), cluster=1),
        Event(Span(19, 24, "talks"), cluster=2),
        Event(Span(34, 37, "met"), cluster=3),
    ]
    assert Document.from_dict(document.to_dict()) == document


def test_documents_of_two_columns_have_their_ids_and_dates(tmp_path):
    content = "-DOCSTART- O\n\nOne O\n-DOCSTART- O\n\n# newdoc id = b\n# date = 2021-03-04\nTwo O\n"
    (tmp_path / "a.conll").write_text(content)
    assert [(one.id, one.date, one.text) for one in forms.read(tmp_path / "a.conll")] == [
        *(("1", None, "One"), ("2", None, ""), ("b", "2021-03-04", "Two"))
    ]


def test_many_events_of_two_columns_stand_in_text_order(tmp_path):
    (tmp_path / "a.conll").write_text("talks B-Meeting\n\n" * 12)
    (document,) = forms.read(tmp_path / "a.conll")
    assert [event.trigger.start for event in document.events] == list(range(0, 72, 6))
    assert back(tmp_path, document) == [document]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("Ann O\nmet B-PER\n", 2, "the tag is B-PER; of two columns O, B-Meeting and I-Meeting are read"),
        ("Ann O\nmet I-Meeting\n", 2, "the tag I-Meeting does not continue a span"),
        ("talks B-Meeting\n\nmet I-Meeting\n", 3, "the tag I-Meeting does not continue a span"),
        ("Ann O\nmet\n", 2, "neither a token and a tag"),
        ("Ann O\nmet o\n", 2, "neither a token and a tag"),
        ("# events = 1 1\nAnn O\n# text = Ann\n", 3, "a line '# text = …' stands behind tokens"),
        ("# text = Ann\nAnn O\n", 2, "1 columns; 4 and those of 0 events expected"),
    ],
)
def test_two_columns_that_are_wrong(tmp_path, content, line, reason):
    (tmp_path / "a.conll").write_text(f"{content}\n-DOCSTART- O\n\nNext O\n", "utf-8")
    failure, document = entries(tmp_path / "a.conll")
    assert (failure.file, failure.line) == (str(tmp_path / "a.conll"), line)
    assert reason in failure.reason
    assert document.text == "Next"

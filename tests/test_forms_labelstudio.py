import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventx import forms
from eventx.document import FORM, DateSpan, Document, Event, Span, Version
from eventx.forms.labelstudio import CONFIG
from eventx.readers import Failure

ANNOTATED = Path(__file__).parent / "data" / "annotated.jsonl"


def entries(path):
    """What is read, documents and failures."""
    return list(forms.entries(forms.sources([path])))


@pytest.fixture
def documents(gold):
    gold.meetings = None
    return [Document.from_dict(json.loads(line)) for line in ANNOTATED.open(encoding="utf-8")] + [gold]


def tasks(folder, *documents):
    forms.write(documents, folder / "out.json")
    return json.loads((folder / "out.json").read_bytes().decode("utf-8"))


def read(folder, *exported):
    (folder / "in.json").write_text(json.dumps(exported), "utf-8")
    return list(entries(folder / "in.json"))


def region(identity, label, start, end, text):
    value = {"start": start, "end": end, "text": text, "labels": [label]}
    return {"id": identity, "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def relation(one, other, *labels):
    return {"type": "relation", "from_id": one, "to_id": other, "direction": "right", "labels": list(labels)}


def detail(identity, name, kind, value):
    return {"id": identity, "from_name": name, "to_name": "text", "type": kind, "value": value}


def task(text, *results, **fields):
    return {"data": {"text": text}, "annotations": [{"result": list(results)}], **fields}


def test_documents_read_back_the_same(documents, tmp_path):
    exported = tasks(tmp_path, *documents)
    assert [task["data"]["text"] for task in exported] == [document.text for document in documents]
    assert list(forms.read(tmp_path / "out.json")) == documents


def test_tasks_fit_the_labelling_interface(documents, tmp_path):
    config = ElementTree.fromstring(CONFIG)
    controls = {tag.get("name"): tag for tag in config if tag.get("toName")}
    relations = {tag.get("value") for tag in config.iter("Relation")}
    assert config.find("Text").get("value") == "$text"
    for exported in tasks(tmp_path, *documents):
        (annotation,) = exported["annotations"]
        labels = {}
        for result in annotation["result"]:
            if result["type"] == "relation":
                assert {result["from_id"], result["to_id"]} <= labels.keys()
                assert set(result["labels"]) <= relations
                continue
            control = controls[result["from_name"]]
            assert control.tag.lower() == result["type"]
            assert control.get("toName") == result["to_name"] == config.find("Text").get("name")
            value = result["value"]
            if result["type"] == "labels":
                assert result["id"] not in labels
                (labels[result["id"]],) = value["labels"]
                assert value["text"] == exported["data"]["text"][value["start"] : value["end"]]
                assert value["labels"][0] in {tag.get("value") for tag in control}
            else:
                assert control.get("whenLabelValue") == labels[result["id"]]
                assert control.get("perRegion") == "true"
            if result["type"] == "choices":
                assert set(value["choices"]) <= {tag.get("value") for tag in control}


def test_what_a_model_found_is_a_prediction_with_scores(tmp_path):
    text = "Ann and Bo met on Friday."
    event = Event(
        Span(11, 14, "met", 0.9),
        participants=[Span(0, 3, "Ann", 0.8), Span(8, 10, "Bo", 0.7)],
        hosts=[Span(8, 10, "Bo", 0.7)],
        dates=[DateSpan(18, 24, "Friday", None, 0.5)],
        cluster=1,
    )
    document = Document("x", "2021-03-04", text, [event], version=Version(FORM, "m"))
    (exported,) = tasks(tmp_path, document)
    assert "annotations" not in exported
    (prediction,) = exported["predictions"]
    assert (prediction["model_version"], prediction["score"]) == ("m", 0.9)
    found = [result for result in prediction["result"] if result["type"] == "labels"]
    assert [result["score"] for result in found] == [0.9, 0.8, 0.7, 0.5]
    assert [result["labels"] for result in prediction["result"] if result["type"] == "relation"] == [
        *(["Participant"], ["Participant", "Host"], ["Date"]),
    ]
    assert list(forms.read(tmp_path / "out.json")) == [document]


def test_nasty_texts(tmp_path):
    text = "\ufeff😀 שלום\r\n\r\n\ud800 \0 Ann\u2028met"
    places = {one: text.index(one) for one in ("Ann", "😀", "\ud800")}
    trigger, *participants = (Span(start, start + len(one), one) for one, start in places.items())
    event = Event(trigger, participants=participants, cluster=1)
    documents = [Document(None, None, text, [event]), Document("a/b\n", None, ""), Document("", None, "x")]
    forms.write(documents, tmp_path / "a.json")
    assert "\\ud800" in (tmp_path / "a.json").read_bytes().decode("utf-8")
    first, *others = forms.read(tmp_path / "a.json")
    assert first == Document("1", None, text, [event])
    assert others == documents[1:]


@given(text=st.text(st.characters()))
def test_any_text_comes_back(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("tasks") / "a.json"
    document = Document(text, None, text, [])
    forms.write([document, document], path)
    assert list(forms.read(path)) == [document, document]


def test_no_documents(tmp_path):
    assert tasks(tmp_path) == []
    assert list(forms.read(tmp_path / "out.json")) == []


def test_what_people_annotate_is_read(tmp_path):
    text = "Lee met Ann in Oslo on Friday. The talks went on."
    results = [
        relation("t2", "m1", "Same"),
        region("d", "Date", 23, 29, "Friday"),
        detail("d", "value", "textarea", {"text": ["2021-03-05"]}),
        relation("m1", "d"),
        region("t2", "Meeting", 35, 40, "talks"),
        region("m1", "Meeting", 4, 7, "met"),
        detail("m1", "format", "choices", {"choices": ["phone"]}),
        region("p", "Party", 0, 3, "Lee"),
        relation("p", "m1", "Chair"),
        region("o", "Place", 15, 19, "Oslo"),
        relation("m1", "o"),
        region("x", "Mood", 8, 11, "Ann"),
        relation("m1", "x", "Participant"),
        relation("p", "o", "Place"),
        {"id": "r", "type": "rating", "from_name": "quality", "to_name": "text", "value": {"rating": 5}},
    ]
    (document,) = read(tmp_path, {**task(text, *results), "id": 17, "predictions": [31]})
    assert document.id == "17"
    assert document.events == [
        Event(
            Span(4, 7, "met"),
            chairs=[Span(0, 3, "Lee")],
            places=[Span(15, 19, "Oslo")],
            dates=[DateSpan(23, 29, "Friday", "2021-03-05")],
            format="phone",
            cluster=1,
        ),
        Event(Span(35, 40, "talks"), cluster=1),
    ]


def test_which_annotation_counts(tmp_path):
    def work(start, end, **fields):
        return {"result": [region("m", "Meeting", start, end, "Ann met Bo."[start:end])], **fields}

    old, new = work(0, 3, updated_at="2021-01-01T10:00Z"), work(4, 7, updated_at="2021-01-02T10:00Z")
    cancelled, undated = work(8, 10, was_cancelled=True, updated_at="2021-01-03T10:00Z"), work(8, 10)
    data = {"text": "Ann met Bo."}
    read_back = read(
        tmp_path,
        {"data": data, "annotations": [new, old, cancelled]},
        {"data": data, "annotations": [work(0, 3), undated], "predictions": [old]},
        {"data": data, "annotations": [], "predictions": [old, new]},
        {"data": data, "annotations": [cancelled], "predictions": [old]},
        {"data": data, "predictions": [4]},
    )
    assert [document.events[0].trigger.text for document in read_back[:3]] == ["met", "Bo", "met"]
    assert [failure.reason for failure in read_back[3:]] == [
        "all annotations of the task were cancelled",
        "the task has neither an annotation nor a prediction",
    ]


def test_how_many_tasks_nobody_has_annotated_is_told(tmp_path, caplog):
    model = {"result": [region("m", "Meeting", 4, 7, "met")], "model_version": "m1"}
    data = {"text": "Ann met Bo."}
    done = {"data": data, "annotations": [{"result": []}], "predictions": [model]}
    found = read(
        tmp_path,
        done,
        {"data": data, "predictions": [model]},
        {"data": data},
        {"data": data, "predictions": [model]},
    )
    assert [len(one.events) for one in found if isinstance(one, Document)] == [0, 1, 1]
    assert [one.version and one.version.model for one in found if isinstance(one, Document)] == [
        None,
        "m1",
        "m1",
    ]
    (told,) = caplog.messages
    assert told.startswith(f"{tmp_path / 'in.json'}: 2 of 4 tasks have no annotation: ")
    caplog.clear()
    read(tmp_path, done)
    assert caplog.messages == []


def test_offsets_of_old_exports_count_utf16_units(tmp_path):
    text = "😀😀 Ann met 😀."
    (document,) = read(
        tmp_path,
        task(text, region("m", "Meeting", 9, 12, "met"), region("n", "Meeting", 13, 15, "😀")),
    )
    assert [event.trigger for event in document.events] == [Span(7, 10, "met"), Span(11, 12, "😀")]


@pytest.mark.parametrize(
    ("exported", "reason"),
    [
        (task("They met.", region("m", "Meeting", 4, 7, "met")), "region m has the text 'met'"),
        (task("They met.", region("m", "Meeting", 5, 50, None)), "region m: 5 to 50 is no span"),
        (task("They met.", region("m", "Meeting", 8, 5, "met")), "region m: 8 to 5 is no span"),
        (task("They met.", region("m", "Meeting", "/p[1]", 5, "met")), "'/p[1]' to 5 is no span"),
        (
            task("They met.", region("m", "Meeting", 5, 8, "met"), region("p", "Party", 0, 4, "They"),
                 relation("m", "p")),
            "the relation to 'They' at 0-4 has no role",
        ),
        (
            task("They met.", region("m", "Meeting", 5, 8, "met"), region("p", "Party", 0, 4, "They"),
                 relation("m", "p", "Friend")),
            "'Friend' is none of the roles",
        ),
        (
            task("They met.", region("m", "Meeting", 5, 8, "met"),
                 detail("m", "status", "choices", {"choices": ["over"]})),
            "'over' is none of the values of status",
        ),
        (
            task("They met.", region("d", "Date", 5, 8, "met"),
                 detail("d", "value", "textarea", {"text": "May"})),
            "the value of a date is 'May'",
        ),
        ({"text": "They met.", "label": []}, "missing required field `data`"),
        ({"data": {"body": "They met."}, "annotations": [{"result": []}]}, "text"),
        ({"data": {"text": "", "date": "soon"}, "annotations": [{"result": []}]}, "date is 'soon'"),
        ([1], "Expected `object`"),
    ],
)  # fmt: skip
def test_failures(tmp_path, exported, reason):
    content = f"[\n{json.dumps(exported)},\n{json.dumps(task('next'))}\n]"
    (tmp_path / "a.json").write_text(content, "utf-8")
    failure, document = entries(tmp_path / "a.json")
    assert isinstance(failure, Failure)
    assert (failure.file, failure.line) == (str(tmp_path / "a.json"), 2)
    assert reason in failure.reason
    assert document.text == "next"


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 1, "expected an array of tasks"),
        (b'{"data": {}}', 1, "expected an array of tasks"),
        (b'[{"data": {"text": ""}, "annotations": [{"result": []}]},\n{"data": ]', 2, "broken JSON"),
        (b'[{"data": {"text": ""}, "annotations": [{"result": []}]},\n', 2, "broken JSON"),
        (b'[{"data": {"text": ""}, "annotations": [{"result": []}]},\n{"data": "\xff"}]', 2, "byte 0xff"),
        (b'[{"data": {"text": ""}, "annotations": [{"result": []}]},\n' + b"[" * 100_000, 2, "broken JSON"),
    ],
)
def test_broken_files(tmp_path, content, line, reason):
    (tmp_path / "a.json").write_bytes(content)
    *_, failure = entries(tmp_path / "a.json")
    assert failure.line == line
    assert reason in failure.reason

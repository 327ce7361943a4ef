"""What the contract promises of ``eventx.load()``, on the bundled model."""

from __future__ import annotations

import datetime
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import eventx
from eventx import pipeline
from eventx.document import PARTIES, ROLES, Document
from eventx.tagger import Tagger

AUTHORED = Path(__file__).parents[1] / "benchmarks" / "data" / "authored_docs.jsonl"

MEETING = "The trade ministers of Peru and Chile met in Lima on Tuesday."
PLAN = "President Amara Dossou will host a video conference with mediators next Monday."


@pytest.fixture(scope="module")
def texts():
    import json

    return [json.loads(line)["text"] for line in AUTHORED.read_text("utf-8").splitlines()[:20]]


def answers(document: Document):
    """The record without its id and without scores, which may differ by rounding."""

    def plain(value):
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items() if key not in ("score", "id")}
        return [plain(part) for part in value] if isinstance(value, list) else value

    return plain(document.to_dict())


def spans(document: Document):
    for event in document.events:
        yield event.trigger
        yield from (span for _, span in event.arguments())
    for meeting in document.meetings:
        for role in (*PARTIES, "places"):
            for actor in getattr(meeting, role):
                yield from actor.mentions


def test_a_report(nlp):
    (event,) = nlp(MEETING, date="2021-06-03").events
    assert event.trigger.text == "met"
    assert [span.text for span in event.participants] == ["trade ministers of Peru and Chile"]
    assert [span.text for span in event.places] == ["Lima"]
    assert [(span.text, span.value) for span in event.dates] == [("Tuesday", "2021-06-01")]
    assert (event.status, event.format, event.cluster) == ("occurred", "in_person", 1)


def test_a_plan(nlp):
    document = nlp(PLAN, date="2021-06-03")
    (meeting,) = document.meetings
    assert [actor.name for actor in meeting.hosts] == ["Amara Dossou"]
    assert (meeting.date, meeting.status, meeting.format) == ("2021-06-07", "scheduled", "virtual")


@pytest.mark.parametrize(
    "text",
    [
        "The minister told a press conference that demand was met.",
        "United beat Rovers 2-0 in the Western Conference on Saturday.",
        "Shares fell in early trading.",
        "",
        " \n\t\r\n ",
    ],
)
def test_nothing_where_nobody_meets(nlp, text):
    document = nlp(text, date="2021-06-03")
    assert (document.events, document.meetings) == ([], [])
    assert document.text == text


def test_a_date_counts_from_one_that_stands_before_its_sentence(nlp):
    text = "The ministers of Peru and Chile met in Lima on Tuesday.\n\nThey will sign the pact in May. "
    doc = nlp(f"{text}The envoys of both countries met in Quito the day before.", date="2021-06-05")
    assert [date.value for event in doc.events for date in event.dates][-1] == "2021-05-31"


def test_without_a_date_relative_dates_are_null_and_all_else_works(nlp):
    dated, undated = nlp(MEETING, date="2021-06-03"), nlp(MEETING)
    assert [span.value for event in undated.events for span in event.dates] == [None]
    assert undated.date is None
    assert undated.meetings[0].participants == dated.meetings[0].participants


@pytest.mark.parametrize("date", ["2021-06-03", datetime.date(2021, 6, 3), "2021-06-03T08:15:00Z"])
def test_dates_are_taken_in_several_forms(nlp, date):
    assert nlp(MEETING, date=date).date == "2021-06-03"


def test_what_tables_have_in_place_of_a_date_or_id_is_none(nlp):
    pd = pytest.importorskip("pandas")
    kinds = [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT")]
    items = [{"text": MEETING, "id": missing, "date": missing} for missing in kinds]
    assert [(one.id, one.date) for one in nlp.pipe(items)] == [(str(n), None) for n in range(1, 6)]
    assert {nlp(MEETING, date=missing).meetings[0].date for missing in kinds} == {None}
    for missing in kinds:
        assert Document.from_dict({"text": "", "id": missing, "date": missing}) == Document(None, None, "")
    frame = pd.DataFrame({"text": [MEETING] * 2, "date": pd.to_datetime(["2021-06-03", None])})
    frame["id"] = pd.array(["a", None], "string")
    found = nlp.pipe(frame.to_dict("records"))
    assert [(one.id, one.date) for one in found] == [("a", "2021-06-03"), ("2", None)]
    frame["id"] = [17, None]  # a column of floats
    assert [one.id for one in nlp.pipe(frame.to_dict("records"))] == ["17", "2"]


@pytest.mark.parametrize("date", ["yesterday", "2021-02-30", 20210603])
def test_a_date_that_is_none_is_an_error(nlp, date):
    with pytest.raises(ValueError, match="date is"):
        nlp(MEETING, date=date)


def test_records_carry_their_version_and_come_back(nlp):
    document = nlp(MEETING, date="2021-06-03")
    record = document.to_dict()
    assert record["version"] == {"form": 1, "model": nlp.version.model}
    assert Document.from_dict(record) == document


def test_scores_are_probabilities_of_four_decimals(nlp, texts):
    scores = [
        span.score
        for text in texts
        for event in nlp(text).events
        for span in (event.trigger, *(s for _, s in event.arguments()))
    ]
    assert len(scores) > 200
    assert all(0 <= score <= 1 and round(score, 4) == score for score in scores)


def test_min_score_leaves_out_what_is_less_sure(nlp, texts):
    strict = eventx.load(min_score=0.9)
    for text in texts[:5]:
        sure = [event.trigger for event in nlp(text).events if event.trigger.score >= 0.9]
        assert [event.trigger for event in strict(text).events] == sure
    with pytest.raises(ValueError, match="between 0 and 1"):
        eventx.load(min_score=1.5)


def test_pipe_gives_what_single_calls_give_in_any_batch(nlp, texts):
    alone = [answers(nlp(text)) for text in texts]
    for size in (1, 3, 64):
        assert [answers(document) for document in nlp.pipe(texts, batch_size=size)] == alone


def test_long_documents_are_read_few_at_a_time(nlp, texts, monkeypatch):
    alone = [answers(nlp(text)) for text in texts]
    read = []
    call = Tagger.__call__

    def watched(tagger, documents, given=None):
        read.append(sum(len(document.text) for document in documents))
        return call(tagger, documents, given)

    most = 2 * max(map(len, texts))
    monkeypatch.setattr(pipeline, "MOST", most)
    monkeypatch.setattr(Tagger, "__call__", watched)
    assert [answers(document) for document in nlp.pipe(texts)] == alone
    assert len(read) > 1
    assert max(read) <= most


def test_pipe_gives_the_same_in_several_processes(nlp, texts):
    items = [{"text": text, "id": f"t{number}", "date": "2020-01-01"} for number, text in enumerate(texts)]
    single = [document.to_dict() for document in nlp.pipe(items, batch_size=4)]
    assert [document.to_dict() for document in nlp.pipe(items, batch_size=4, n_process=2)] == single


def test_pipe_is_lazy(nlp):
    taken = []

    def stream():
        for number in itertools.count(1):
            taken.append(number)
            yield MEETING

    documents = nlp.pipe(stream(), batch_size=2)
    assert not taken
    assert [next(documents).id for _ in range(3)] == ["1", "2", "3"]
    assert len(taken) <= 4


def test_pipe_names_the_position_of_what_is_no_document(nlp):
    with pytest.raises(TypeError, match=r"^item 2: "):
        list(nlp.pipe([MEETING, 5]))
    with pytest.raises(ValueError, match=r"^item 1: date is"):
        list(nlp.pipe([{"text": MEETING, "date": "soon"}]))


@pytest.mark.parametrize("processes", [1, 2])
def test_pipe_yields_all_that_stands_before_an_item_that_is_no_document(nlp, processes):
    found = []
    items = [*[MEETING] * 5, None, MEETING]
    documents = nlp.pipe(items, batch_size=2, n_process=processes)
    with pytest.raises(TypeError, match=r"^item 6: "):
        found.extend(document.id for document in documents)
    assert found == ["1", "2", "3", "4", "5"]


def test_pipe_skips_what_is_no_document_if_asked_to(nlp):
    failed = []
    items = ["", None, {"text": "", "id": "b"}, {"id": "c"}, ""]
    found = nlp.pipe(items, errors="skip", on_error=lambda *error: failed.append(error))
    assert [document.id for document in found] == ["1", "b", "5"]
    assert [(position, item) for position, item, _ in failed] == [(2, None), (4, {"id": "c"})]
    assert all(isinstance(error, TypeError) for *_, error in failed)


@pytest.mark.parametrize("arguments", [{"batch_size": 0}, {"n_process": 0}, {"errors": "ignore"}])
def test_pipe_refuses_arguments_out_of_range_at_once(nlp, arguments):
    with pytest.raises(ValueError, match="|".join(arguments)):
        nlp.pipe([], **arguments)


def test_what_a_paragraph_says_does_not_depend_on_its_neighbours(nlp, texts):
    def local(document, shift=0):
        return [
            (
                event.trigger.start + shift,
                event.trigger.text,
                event.status,
                [(role, span.start + shift, span.text) for role, span in event.arguments()],
            )
            for event in document.events
        ]

    joined = "\n\n".join(texts)
    expected, shift = [], 0
    for text in texts:
        expected += local(nlp(text), shift)
        shift += len(text) + 2
    assert local(nlp(joined)) == expected


def test_a_long_text_without_paragraphs_is_read_to_its_end(nlp, texts):
    text = " ".join(text.replace("\n\n", " ") for text in texts) + " "
    text = (text * (200_000 // len(text) + 1))[:200_000] + " " + MEETING
    document = nlp(text, date="2021-06-03")
    assert document.text == text
    assert document.events[-1].trigger.start == text.rindex("met in Lima")
    assert all(text[span.start : span.end] == span.text for span in spans(document))
    starts = [event.trigger.start for event in document.events]
    assert starts == sorted(set(starts))


def test_an_event_near_a_windows_border_comes_out_the_same(nlp):
    facts = [
        "The harvest was good.",
        "Prices of barley and rye fell a little in the north.",
        "Snow is expected in the hills by the weekend.",
        "The new bridge cost 40 million euros and opened a year late.",
        "Police found the stolen painting in a garage.",
        "Fans queued for hours in the rain.",
        "Two villages were without power for most of the night.",
    ]
    sentences = (facts * 9)[:60]
    found = set()
    for place in range(0, 60, 2):
        text = " ".join([*sentences[:place], MEETING, *sentences[place:]])
        (event,) = nlp(text, date="2021-06-03").events
        found.add((event.trigger.text, *(span.text for _, span in event.arguments()), event.status))
    assert found == {("met", "trade ministers of Peru and Chile", "Tuesday", "Lima", "occurred")}


def test_given_triggers_and_spans_are_kept(nlp, gold):
    before = gold.to_dict()["events"]
    for given_part, kept in (("triggers", ("trigger",)), ("spans", ("trigger", *ROLES))):
        document = Document.from_dict({**gold.to_dict(), "meetings": None})
        (document,) = nlp.annotate([document], given=given_part)
        after = document.to_dict()["events"]
        for old, new in zip(before, after, strict=True):
            for field in kept:
                old_spans, new_spans = (
                    part[field] if field != "trigger" else [part[field]] for part in (old, new)
                )
                assert [(s["start"], s["end"]) for s in old_spans] == [
                    (s["start"], s["end"]) for s in new_spans
                ]


def test_nothing_of_a_given_document_is_kept_but_what_is_given(nlp):
    text = "Peru and Chile met.\n\n \n*"
    events = [
        {"trigger": {"start": start, "end": end, "text": text[start:end]}, "status": "cancelled"}
        for start, end in ((20, 22), (15, 18))
    ]
    for event in events:
        event["participants"] = [{"start": 0, "end": 4, "text": "Peru"}]
    (document,) = nlp.annotate([Document.from_dict({"text": text, "events": events})], given="triggers")
    met, blank = document.events
    assert (met.trigger.text, met.status, met.cluster) == ("met", "occurred", 1)
    assert [span.text for span in met.participants] == ["Peru", "Chile"]
    assert (blank.trigger.text, blank.participants, blank.status) == ("\n ", [], "occurred")


def test_a_given_trigger_of_any_length_is_read(nlp):
    text = "word " * 2000
    event = {"trigger": {"start": 0, "end": len(text), "text": text}}
    (document,) = nlp.annotate([Document.from_dict({"text": text, "events": [event]})], given="triggers")
    assert document.events[0].trigger.text == text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_can_go_on_with_a_pipeline_that_was_used():
    code = (
        "import os, eventx\n"
        "nlp = eventx.load(threads=2)\n"
        "before = nlp('They met in Oslo.')\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if nlp('They met in Oslo.') == before else 1)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_importing_eventx_is_light_and_loading_a_model_brings_no_training_library():
    code = (
        "import sys, eventx\n"
        "assert not {'numpy', 'onnxruntime', 'tokenizers'} & set(sys.modules), 'heavy import'\n"
        "eventx.load()('They met.')\n"
        "heavy = {'torch', 'transformers', 'sklearn', 'scipy', 'spacy', 'datasets'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_folder_that_is_no_model_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json is missing"):
        eventx.load(tmp_path)

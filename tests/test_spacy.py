"""The spaCy component: meetings, spans and dates of docs, alone and in streams, saved and read again."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy import displacy
from spacy.tokens import Doc, DocBin
from spacy.util import ignore_error, raise_error

from eventx.spacy import set_extensions

DATE = "2021-06-03"
MEETING = "The trade ministers of Peru and Chile met in Lima on Tuesday."
PLAN = "President Amara Dossou will host a video conference with mediators next Monday."
NOTHING = "Shares fell in early trading."
NASTY = (
    "\u202e👩‍👩‍👧 “Vučić” met\r\n\r\nשלום \x00 "
    "Café ministers of the U.S.-Mexico group held talks.\tThey met. "
)
PIECES = [
    *("The ", "EU", "'s ", "ministers ", "met", "Peru ", "held talks ", "in Lima", "U.S.", "-", ". ", "("),
    *("\r\n", "\n\n", "\t", "\x00", "\u00a0", "\u202e", "👩‍👩‍👧", "שלום ", "Cafe\u0301 ", "“", "”"),
]

PROCESSES = """
import multiprocessing
import spacy

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    nlp = spacy.blank("en")
    nlp.add_pipe("eventx", config={"date": "2021-06-03"})
    docs = list(nlp.pipe(["They met in Lima on Tuesday.", "", "No."] * 2, n_process=2, batch_size=2))
    print([[meeting.date for meeting in doc._.meetings] for doc in docs])
"""


@pytest.fixture(scope="module")
def english():
    """A blank pipeline with the component."""
    english = spacy.blank("en")
    english.add_pipe("eventx", config={"date": DATE})
    return english


@pytest.fixture
def own_attributes():
    """Docs' attributes are what they were when the test is over."""
    names = ("date", "meetings", "events")
    before = {name: Doc.remove_extension(name) for name in names if Doc.has_extension(name)}
    yield
    for name in names:
        if Doc.has_extension(name):
            Doc.remove_extension(name)
    for name, (_, _, getter, setter) in before.items():
        Doc.set_extension(name, getter=getter, setter=setter)


def spans(doc):
    return [(span.text, span.label_) for span in doc.spans["eventx"]]


def test_a_doc_has_what_the_pipeline_finds(english, nlp):
    doc, document = english(MEETING), nlp(MEETING, date=DATE)
    assert doc._.meetings == document.meetings
    assert doc._.events == document.events
    assert doc._.meetings[0].date == "2021-06-01"
    assert spans(doc) == [
        ("trade ministers of Peru and Chile", "participants"),
        ("met", "trigger"),
        ("Lima", "places"),
        ("Tuesday", "dates"),
    ]


@pytest.mark.parametrize("text", ["", " \n\t ", NOTHING])
def test_nothing_where_nobody_meets(english, text):
    doc = english(text)
    assert (doc.text, doc._.meetings, doc._.events, spans(doc)) == (text, [], [], [])


def test_a_doc_that_nothing_was_done_with_has_no_meetings(english):
    doc = english.make_doc(MEETING)
    assert (doc._.meetings, doc._.events, doc._.date) == ([], [], None)


@pytest.mark.parametrize("date", ["2020-07-10", datetime.date(2020, 7, 10), "2020-07-10T08:15:00Z"])
def test_the_date_of_a_doc_comes_before_that_of_the_config(english, date):
    doc = english.make_doc(MEETING)
    doc._.date = date
    assert english(doc)._.meetings[0].date == "2020-07-07"
    assert doc._.date == "2020-07-10"


def test_without_a_date_relative_dates_are_null_and_all_else_works(english):
    undated = spacy.blank("en")
    undated.add_pipe("eventx")
    doc = undated(MEETING)
    assert doc._.date is None
    assert doc._.meetings[0].date is None
    assert doc._.meetings[0].participants == english(MEETING)._.meetings[0].participants


def test_a_date_that_is_none_is_an_error(english):
    with pytest.raises(ValueError, match="date is 'soon'"):
        english.make_doc(MEETING)._.date = "soon"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"date": "soon"}, "date is 'soon'"),
        ({"min_score": 1.5}, "min_score is 1.5"),
        ({"model": "nowhere"}, "nowhere is no model folder"),
        ({"min_scores": 0.5}, "min_scores"),
    ],
)
def test_a_config_that_is_wrong_is_an_error(config, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        spacy.blank("en").add_pipe("eventx", config=config)


def test_min_score_leaves_out_what_is_less_sure(english):
    strict = spacy.blank("en")
    strict.add_pipe("eventx", config={"min_score": 0.95})
    text = f"{MEETING} {PLAN} The three later conferred."
    sure = [event.trigger for event in english(text)._.events if event.trigger.score >= 0.95]
    assert [event.trigger for event in strict(text)._.events] == sure


def test_spans_hold_whole_tokens_and_mentions_are_exact(english):
    doc = english(f"{MEETING} They met again in Lima's port for the U.S.-Mexico meeting.")
    triggers = [event.trigger for event in doc._.events]
    arguments = [span for event in doc._.events for _, span in event.arguments()]
    inside = [span for span in arguments if doc.char_span(span.start, span.end) is None]
    assert inside, "no argument ends inside a token: choose another text"
    for span in (*triggers, *arguments):
        assert doc.text[span.start : span.end] == span.text
        whole = doc.char_span(span.start, span.end, alignment_mode="expand")
        assert (whole.start, whole.end) in {(group.start, group.end) for group in doc.spans["eventx"]}


def test_a_span_with_one_role_in_two_events_is_there_once_and_one_with_two_roles_twice(english):
    doc = english(
        "The ministers met on Monday and held talks on Tuesday, hosted by Peru. Peru hosts a meeting."
    )
    found = [(span.start, span.end, span.label_) for span in doc.spans["eventx"]]
    ministers = [span for event in doc._.events for span in event.participants if span.text == "ministers"]
    assert len(ministers) == 2
    assert len(found) == len(set(found))
    assert ("ministers", "participants") in spans(doc)
    # Whatever the model finds: each pair of bounds and role is there.
    expected = set()
    for event in doc._.events:
        for role, span in (("trigger", event.trigger), *event.arguments()):
            whole = doc.char_span(span.start, span.end, alignment_mode="expand")
            expected.add((whole.start, whole.end, role))
    assert set(found) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.lists(
        st.sampled_from(PIECES),
        max_size=20,
    ).map("".join)
)
def test_every_mention_has_a_span_around_it_in_any_text(english, text):
    doc = english(text)
    assert doc.text == text
    for event in doc._.events:
        for role, span in (("trigger", event.trigger), *event.arguments()):
            assert any(
                group.label_ == role and group.start_char <= span.start and span.end <= group.end_char
                for group in doc.spans["eventx"]
            )


def test_pipe_gives_what_single_calls_give_in_any_batch(english):
    texts = [MEETING, "", PLAN, NOTHING, NASTY, MEETING]
    alone = [english(text) for text in texts]
    for size in (1, 2, 64):
        docs = list(english.pipe(texts, batch_size=size))
        assert [doc._.meetings for doc in docs] == [doc._.meetings for doc in alone]
        assert [spans(doc) for doc in docs] == [spans(doc) for doc in alone]
    assert sum(len(doc._.meetings) for doc in alone) > 3


def test_the_component_alone_reads_a_stream_lazily(english):
    taken = []

    def stream():
        for text in [MEETING] * 10:
            taken.append(text)
            yield english.make_doc(text)

    docs = english.get_pipe("eventx").pipe(stream(), batch_size=2)
    assert not taken
    assert next(docs)._.meetings
    assert len(taken) == 2


def test_pipe_keeps_contexts(english):
    pairs = english.pipe([(MEETING, "a"), (NOTHING, "b")], as_tuples=True)
    assert [(context, len(doc._.meetings)) for doc, context in pairs] == [("a", 1), ("b", 0)]


def test_pipe_gives_the_same_in_several_processes(english):
    docs = []
    for number, text in enumerate([MEETING, "", NASTY, PLAN]):
        docs.append(english.make_doc(text))
        docs[-1]._.date = datetime.date(2020, 7, number + 1)
    alone = [english(doc.copy()) for doc in docs]
    found = list(english.pipe(docs, n_process=2, batch_size=1))
    assert [doc._.meetings for doc in found] == [doc._.meetings for doc in alone]
    assert [doc._.date for doc in found] == ["2020-07-01", "2020-07-02", "2020-07-03", "2020-07-04"]
    assert [spans(doc) for doc in found] == [spans(doc) for doc in alone]


def test_processes_may_be_spawned(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(PROCESSES, "utf-8")
    command = [sys.executable, str(script)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert run.stdout.strip() == "[['2021-06-01'], [], [], ['2021-06-01'], [], []]"


def test_a_doc_with_a_bad_date_goes_to_the_error_handler(english, own_attributes):
    Doc.set_extension("date", default=None)
    docs = [english.make_doc(text) for text in (MEETING, NOTHING, PLAN)]
    docs[1]._.date = "soon"
    try:
        with pytest.raises(ValueError, match="date is 'soon'"):
            list(english.pipe(docs))
        english.set_error_handler(ignore_error)
        set_extensions()
        assert [len(doc._.meetings) for doc in english.pipe(docs)] == [1, 1]
    finally:
        english.set_error_handler(raise_error)


def test_an_attribute_date_that_was_there_before_is_used(own_attributes):
    Doc.set_extension("date", default=None)
    other = spacy.blank("en")
    other.add_pipe("eventx")
    doc = other.make_doc(MEETING)
    doc._.date = datetime.date(2020, 7, 10)
    assert other(doc)._.meetings[0].date == "2020-07-07"


def test_attributes_of_other_libraries_are_not_overwritten(own_attributes):
    Doc.set_extension("events", default=None)
    with pytest.raises(ValueError, match="'events' already exists"):
        spacy.blank("en").add_pipe("eventx")


def test_a_pipeline_comes_back_from_disk_and_bytes(english, tmp_path):
    english.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert again(MEETING)._.meetings == english(MEETING)._.meetings
    third = spacy.blank("en")
    third.add_pipe("eventx", config={"date": DATE})
    third.from_bytes(english.to_bytes())
    assert spans(third(PLAN)) == spans(english(PLAN))


def test_docs_come_back_with_their_meetings(english, tmp_path):
    docs = list(english.pipe([MEETING, "", NASTY]))
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "docs.spacy")
    vocab = spacy.blank("en").vocab
    binned = list(DocBin().from_disk(tmp_path / "docs.spacy").get_docs(vocab))
    singly = [Doc(vocab).from_bytes(doc.to_bytes()) for doc in docs]
    for again in (binned, singly):
        for old, new in zip(docs, again, strict=True):
            assert new.text == old.text
            assert (new._.meetings, new._.events, new._.date) == (old._.meetings, old._.events, DATE)
            assert spans(new) == spans(old)


@pytest.mark.parametrize("text", [f"{NOTHING} {MEETING}", f"{MEETING} {NOTHING}", "They met. They met."])
def test_a_part_has_the_date_and_no_meetings_before_it_is_read(english, text):
    doc = english(text)
    for part in (doc[:5], doc[3:], doc[6:6]):
        copy = part.as_doc(copy_user_data=True)
        assert (copy._.meetings, copy._.events, copy._.date) == ([], [], DATE)
        assert english(copy)._.events == english(copy.text)._.events
    whole = doc[:].as_doc(copy_user_data=True)
    assert whole._.meetings == doc._.meetings != []


def test_docs_can_be_read_without_the_component(english, tmp_path):
    english(MEETING).to_disk(tmp_path / "doc")
    code = (
        "import sys, spacy\n"
        "from spacy.tokens import Doc\n"
        "from eventx.spacy import set_extensions\n"
        "set_extensions()\n"
        "doc = Doc(spacy.blank('en').vocab).from_disk(sys.argv[1])\n"
        "print(doc._.meetings[0].date)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "doc")]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "2021-06-01"


def test_displacy_shows_the_roles(english):
    html = displacy.render(english(f"{MEETING} {PLAN}"), style="span", options={"spans_key": "eventx"})
    for label in ("trigger", "participants", "hosts", "dates", "places"):
        assert label in html


def test_spacy_finds_the_component_by_itself_and_loads_no_model_before_it_is_asked_to(tmp_path):
    code = (
        "import sys, spacy\n"
        "nlp = spacy.blank('en')\n"
        "assert 'onnxruntime' not in sys.modules\n"
        "assert not spacy.tokens.Doc.has_extension('meetings')\n"
        "nlp.add_pipe('eventx', config={'date': '2020-07-12'})\n"
        "print(nlp('They met in Oslo on Friday.')._.meetings[0].date)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert run.stdout.strip() == "2020-07-10"


def test_it_goes_with_other_components(english):
    both = spacy.blank("en")
    both.add_pipe("sentencizer")
    both.add_pipe("eventx", name="meetings", config={"date": DATE}, first=True)
    doc = both(f"{MEETING} {PLAN}")
    assert len(list(doc.sents)) == 2
    assert doc._.meetings == english(doc.text)._.meetings

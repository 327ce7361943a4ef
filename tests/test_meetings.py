"""Mentions to meetings: the seed exactly, clusters on made-up texts, and the merging of each field."""

import json
import re
from pathlib import Path

import pytest

from eventx import coreference
from eventx.actors import Cast
from eventx.document import ROLES, DateSpan, Document, Event, Span
from eventx.labels import calibrated
from eventx.meetings import form_meetings, merge, most_exact

SEED = Path(__file__).parents[1] / "seeds" / "gold.jsonl"


def seed():
    return Document.from_dict(json.loads(SEED.read_text(encoding="utf-8")))


def write(text, *events):
    """Return a document; ``[trigger]`` stands in the text, arguments are given by their words."""
    marks = [match.start() - 2 * place for place, match in enumerate(re.finditer(r"\[", text))]
    triggers = re.findall(r"\[([^\]]+)\]", text)
    plain = re.sub(r"[\[\]]", "", text)
    document = Document(None, "2024-05-15", plain)
    for start, trigger, fields in zip(marks, triggers, events, strict=True):
        event = Event(Span(start, start + len(trigger), trigger, fields.pop("score", None)))
        for role in set(ROLES) & fields.keys():
            spans = []
            for argument in fields.pop(role):
                words, *value = argument if isinstance(argument, tuple) else (argument,)
                at = plain.index(words, max(0, start - 120))
                spans.append((DateSpan if value else Span)(at, at + len(words), words, *value))
            setattr(event, role, spans)
        for name, value in fields.items():
            setattr(event, name, value)
        document.events.append(event)
    return document


def formed(text, *events):
    document = write(text, *events)
    form_meetings(document)
    return document


def clusters(document):
    return [event.cluster for event in document.events]


@pytest.mark.parametrize("told", ["everywhere", "where the sentence has a word for it"])
def test_seed_comes_out_as_its_gold(told):
    gold, document = seed(), seed()
    document.meetings = None
    for number, event in enumerate(document.events):
        event.cluster = None
        if told != "everywhere" and number not in {0, 6, 8}:
            event.format = "in_person"
    form_meetings(document)
    assert document.to_dict() == gold.to_dict()


TEXTS = [
    (
        "definite noun again",
        "Peru and Chile held a [summit] on Monday. Delegates said the [summit] was short.",
        [{"participants": ["Peru", "Chile"], "dates": [("Monday", "2024-05-13")]}, {}],
        [1, 1],
    ),
    (
        "dates apart",
        "Peru held a [meeting] on Monday. Chile held a [meeting] on Friday.",
        [
            {"participants": ["Peru"], "dates": [("Monday", "2024-05-13")]},
            {"participants": ["Chile"], "dates": [("Friday", "2024-05-17")]},
        ],
        [1, 2],
    ),
    (
        "the same date again",
        "Peru held a [meeting] on Monday.\n\nChile will host another [meeting] on Friday.\n\n"
        "Monday's [session] was long, officials said.",
        [
            {"participants": ["Peru"], "dates": [("Monday", "2024-05-13")]},
            {"hosts": ["Chile"], "dates": [("Friday", "2024-05-17")], "status": "scheduled"},
            {"dates": [("Monday", "2024-05-13")]},
        ],
        [1, 2, 1],
    ),
    (
        "another place",
        "Peru held a [meeting] in Oslo. Chile held a [meeting] in Rome.",
        [{"participants": ["Peru"], "places": ["Oslo"]}, {"participants": ["Chile"], "places": ["Rome"]}],
        [1, 2],
    ),
]


@pytest.mark.parametrize(
    ("text", "events", "expected"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS]
)
def test_clusters(text, events, expected):
    assert clusters(formed(text, *events)) == expected


def test_clusters_are_numbered_by_first_mention():
    document = seed()
    form_meetings(document)
    firsts = list(dict.fromkeys(clusters(document)))
    assert firsts == list(range(1, len(firsts) + 1)) == [meeting.id for meeting in document.meetings]
    assert [meeting.events for meeting in document.meetings] == [
        [place for place, number in enumerate(clusters(document)) if number == first] for first in firsts
    ]


def test_no_events_no_meetings():
    assert formed("Nothing was held.").meetings == []


MERGED = (
    "Peru and Chile held a [summit] in Oslo on Monday. "
    "The [summit] in OSLO, chaired by Peru's premier, Ana Sol, brought Chile little."
)


def merged(first=None, second=None):
    (meeting,) = formed(MERGED, first or {}, second or {}).meetings
    return meeting


def test_parties_and_places_are_united_without_duplicates():
    meeting = merged(
        {"participants": ["Peru", "Chile"], "places": ["Oslo"]},
        {"participants": ["Chile"], "places": ["OSLO"]},
    )
    assert [actor.name for actor in meeting.participants] == ["Peru", "Chile"]
    assert [(place.name, len(place.mentions)) for place in meeting.places] == [("Oslo", 2)]


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        (("in_person", "virtual"), "virtual"),
        (("phone", "in_person"), "phone"),
        (("in_person", "in_person"), "in_person"),
    ],
)
def test_special_format_wins_for_the_meeting_and_its_mentions(formats, expected):
    document = formed(MERGED, *({"format": format_} for format_ in formats))
    assert [event.format for event in document.events] == [expected, expected]
    assert document.meetings[0].format == expected


def test_status_is_that_of_the_last_mention():
    assert merged({"status": "occurred"}, {"status": "scheduled"}).status == "scheduled"
    assert merged({"status": "scheduled"}, {"status": "occurred"}).status == "occurred"


@pytest.mark.parametrize("scores", [(None, 0.9), (None, None)])
def test_a_meeting_of_mentions_without_a_score_has_none(scores):
    assert merged(*({"score": score} for score in scores)).score is None


def test_score_is_that_of_the_triggers_times_the_choices_calibrated():
    def score(*calibration):
        document = write("Peru held a [summit]. The [summit] was long.", {"score": 0.5}, {"score": 0.9})
        form_meetings(document, *calibration)
        (meeting,) = document.meetings
        return meeting.score

    document = write("Peru held a [summit]. The [summit] was long.", {}, {})
    first, second = coreference.cluster(document, Cast(document.text, []))
    assert first == (1, 1, {})  # there was no other meeting
    assert second.number == 1
    assert 0.5 < second.probability < 1
    assert score() == round((0.5 + 0.9 * second.probability) / 2, 4)
    assert score(1.0, -1.0) == pytest.approx(calibrated(score(), 1.0, -1.0), abs=1e-4)


@pytest.mark.parametrize(("given", "counts"), [(0.9, 0.9), (None, 1)])
def test_score_falls_if_another_mention_may_be_of_the_meeting(given, counts):
    document = write("Peru held a [summit]. Bonn hosted [talks].", {"score": 0.5}, {"score": given})
    _, second = coreference.cluster(document, Cast(document.text, []))
    assert second.number == 2
    assert second.probability + second.others[1] == pytest.approx(1)
    form_meetings(document)
    first, other = document.meetings
    assert first.score == round(0.5 / (1 + counts * second.others[1]), 4)
    assert other.score == (given and round(0.9 * second.probability, 4))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        ([None], None),
        (["2024-05"], "2024-05"),
        (["2024-05", "2024-05-13"], "2024-05-13"),
        (["2024-05-13", "2024-05-13T09:00"], "2024-05-13T09:00"),
        (["2024-05-13/2024-05-14", "2024-05"], "2024-05-13/2024-05-14"),
        (["2024-05-13", "2024-05-20", "2024-05-20"], "2024-05-20"),
        (["2024-05-13", "2024-05-20"], "2024-05-13"),
        (["2024-W20", None, "2024-05-15"], "2024-05-15"),
    ],
)
def test_most_exact_date(values, expected):
    assert most_exact(values) == expected


def test_start_and_end_are_the_first_and_last_day():
    meeting = merged({"dates": [("Monday", "2024-05")]})
    assert (meeting.date, meeting.start, meeting.end) == ("2024-05", "2024-05-01", "2024-05-31")


def test_chair_is_no_participant_through_a_group():
    text = (
        "The leaders of Peru and Chile held a [summit]. Peruvian President Ana Sol chaired the [summit], and "
        "Chilean President Ivo Rey came."
    )
    (meeting,) = formed(
        text, {"participants": ["leaders of Peru and Chile"]}, {"chairs": ["Peruvian President Ana Sol"]}
    ).meetings
    assert [actor.name for actor in meeting.chairs] == ["Ana Sol"]
    assert [actor.name for actor in meeting.participants] == ["Ivo Rey"]


def test_chair_is_participant_where_a_span_says_so():
    text = "Ana Sol and Ivo Rey held a [summit]. Ana Sol chaired the [summit]."
    (meeting,) = formed(text, {"participants": ["Ana Sol", "Ivo Rey"]}, {"chairs": ["Ana Sol"]}).meetings
    assert [actor.name for actor in meeting.participants] == ["Ana Sol", "Ivo Rey"]


@pytest.mark.parametrize(
    "text",
    [
        "Brandt met Morel in Brussels on Monday. Visser met Ruiz in Brussels on Monday.",
        "Brandt met Morel on Monday.\n\nVisser held [talks] with Ruiz on Monday.",
    ],
)
def test_others_at_the_same_place_and_day_are_another_meeting(text):
    text = text.replace(" met ", " [met] ")
    monday = ("Monday", "2024-05-13")
    document = formed(
        text,
        {"participants": ["Brandt", "Morel"], "dates": [monday]},
        {"participants": ["Visser", "Ruiz"], "dates": [monday]},
    )
    assert clusters(document) == [1, 2]


def test_the_range_counts_where_the_first_day_is_given_too():
    text = "Peru hosts a [summit] on May 6-8. The [summit] opened on May 6."
    (meeting,) = formed(
        text, {"dates": [("May 6-8", "2024-05-06/2024-05-08")]}, {"dates": [("May 6", "2024-05-06")]}
    ).meetings
    assert (meeting.start, meeting.end) == ("2024-05-06", "2024-05-08")


def test_a_plan_for_another_day_gives_way_to_the_report():
    text = "The two had planned a [summit] for Monday. The [summit] took place on Friday."
    (meeting,) = formed(
        text,
        {"dates": [("Monday", "2024-05-20")], "status": "scheduled"},
        {"dates": [("Friday", "2024-05-10")]},
    ).meetings
    assert (meeting.date, meeting.status) == ("2024-05-10", "occurred")


@pytest.mark.parametrize(("number", "recalled"), [("three", 3), ("two", 1), ("four", 1)])
def test_as_many_as_met_before_are_recalled(number, recalled):
    document = formed(
        f"Ana Sol, Ivo Rey and Bo Doe [met]. The {number} leaders agreed on another [meeting] in June.",
        {"participants": ["Ana Sol", "Ivo Rey", "Bo Doe"]},
        {"participants": [f"{number} leaders"], "dates": [("June", "2024-06")], "status": "scheduled"},
    )
    assert len(document.meetings[1].participants) == recalled


def test_the_two_leaders_are_those_of_the_meeting_before():
    text = "Ana Sol and Ivo Rey [met] on Monday. The two leaders agreed on another [meeting] in June."
    first, second = formed(
        text,
        {"participants": ["Ana Sol", "Ivo Rey"], "dates": [("Monday", "2024-05-13")]},
        {"participants": ["two leaders"], "dates": [("June", "2024-06")], "status": "scheduled"},
    ).meetings
    assert [actor.name for actor in second.participants] == ["Ana Sol", "Ivo Rey"]
    assert [[span.text for span in actor.mentions] for actor in second.participants] == [["two leaders"]] * 2
    assert all("two leaders" not in [s.text for s in actor.mentions] for actor in first.participants)


def test_who_chairs_and_attends_is_both_whatever_the_surname():
    text = "Chinese President Xi Jinping chaired the [summit]. Xi attended the [summit]."
    (meeting,) = formed(text, {"chairs": ["Xi Jinping"]}, {"participants": ["Xi"]}).meetings
    assert [actor.name for actor in meeting.chairs] == ["Xi Jinping"]
    assert [actor.name for actor in meeting.participants] == ["Xi Jinping"]


def test_places_have_the_name_of_the_text_and_not_of_the_headline():
    text = "TALKS [MEETING] IN LIMA\n\nThe [meeting] was held in Lima."
    (meeting,) = formed(text, {"places": ["LIMA"]}, {"places": ["Lima"]}).meetings
    assert [place.name for place in meeting.places] == ["Lima"]


def test_all_sides_of_a_large_meeting_are_no_mention_of_each():
    names = [f"Al B{letter}" for letter in "abcdefghijklmn"]
    text = ", ".join(names) + " held a [summit]. All sides left the [summit]."
    (meeting,) = formed(text, {"participants": names}, {"participants": ["All sides"]}).meetings
    assert sum(len(actor.mentions) for actor in meeting.participants) == len(names)


def test_work_per_mention_does_not_grow(monkeypatch):
    """Each mention is compared with a bounded number of meetings, however many there are."""
    compared = []
    relations = coreference.relations
    monkeypatch.setattr(coreference, "relations", lambda *pair: compared.append(pair) or relations(*pair))
    pairs = [(f"Mr Aa{number:03}", f"Ms Bb{number:03}") for number in range(300)]
    document = formed(
        "".join(f"{one} and {other} will hold a [summit].\n\n" for one, other in pairs),
        *({"participants": list(pair)} for pair in pairs),
    )
    assert len(set(clusters(document))) > 2 * coreference.OPEN
    assert len(compared) <= len(pairs) * coreference.OPEN


def test_days_compared_do_not_grow():
    days = [f"2024-{month:02}-{day:02}" for month in range(1, 5) for day in range(1, 29)]
    text = "".join(f"Peru and Chile held the [talks] on {day}.\n\n" for day in days)
    document = write(text, *({"participants": ["Peru", "Chile"], "dates": [(day, day)]} for day in days))
    known = coreference.Cluster(1)
    for mention in coreference.mentions(document, Cast(document.text, [])):
        known.add(mention)
    assert list(known.days) == [(day, day) for day in days[-coreference.DAYS :]]


def test_what_will_be_held_again_is_another_meeting():
    document = formed(
        "Peru and Chile [met] on Monday. Peru and Chile will [meet] again.",
        {"participants": ["Peru", "Chile"], "dates": [("Monday", "2024-05-13")]},
        {"participants": ["Peru", "Chile"], "status": "scheduled"},
    )
    assert clusters(document) == [1, 2]


def test_what_was_held_on_another_day_is_another_meeting():
    document = formed(
        "Peru and Chile held [talks] on Monday. Peru and Chile first held [talks] in 2011.",
        {"participants": ["Peru", "Chile"], "dates": [("Monday", "2024-05-13")]},
        {"participants": ["Peru", "Chile"], "dates": [("2011", "2011")]},
    )
    assert clusters(document) == [1, 2]


@pytest.mark.parametrize(
    ("statuses", "days", "expected"),
    [
        (("cancelled", "scheduled"), ("2024-05-13", "2024-05-20"), "2024-05-20"),
        (("cancelled", "scheduled"), ("2024-05-13", None), "2024-05-13"),
        (("scheduled", "cancelled"), ("2024-05-20", None), "2024-05-20"),
        (("scheduled", "occurred"), ("2024-05-20", "2024-05-14"), "2024-05-14"),
        (("occurred", "scheduled"), ("2024-05-10", "2024-05-17"), "2024-05-17"),
    ],
)
def test_dates_that_are_overtaken_do_not_count(statuses, days, expected):
    document = write(
        "Peru and Chile planned the [talks] on Monday. The [talks] are on Friday now.",
        *(
            {"dates": [(word, day)] if day else [], "status": status}
            for word, status, day in zip(("Monday", "Friday"), statuses, days, strict=True)
        ),
    )
    merge(document, [1, 1], Cast(document.text, []))
    assert document.meetings[0].date == expected


def test_a_document_without_events_has_no_meetings():
    document = Document(id="1", date="2021-06-03", text="Rain fell on Lima.")
    form_meetings(document)
    assert document.meetings == []

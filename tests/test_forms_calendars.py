from datetime import date, datetime, timezone

import icalendar
import pytest

from eventx.document import Actor, Document, Event, Meeting, Place, Span
from eventx.forms import calendars, write

TEXT = "Nobody knew. On Friday, Ann Lee met Bo Ray, Jr.\nin Oslo; all went well. They left."


def actor(name, title=None, affiliation=None):
    return Actor(name, "person", title, affiliation, None, [])


def meeting(number=1, start="2021-03-05", end="2021-03-05", **fields):
    empty = {"events": [0], "participants": [], "chairs": [], "hosts": [], "places": [], "date": start}
    usual = {"status": "occurred", "format": "in_person"}
    return Meeting(id=number, start=start, end=end, **{**empty, **usual, **fields})


def document(*meetings, name="d1", day="2021-03-07", text=TEXT):
    start = text.index("met")
    return Document(name, day, text, [Event(Span(start, start + 3, "met"))], list(meetings))


def written(tmp_path, *documents):
    out = tmp_path / "out.ics"
    write(iter(documents), out)
    return out.read_bytes()


def read(tmp_path, *documents):
    return icalendar.Calendar.from_ical(written(tmp_path, *documents)).walk("VEVENT")


def test_an_event_says_who_when_where(tmp_path):
    bo = actor("Bo Ray, Jr.", "Minister", "Chile")
    made = meeting(
        participants=[actor("Ann Lee"), bo], chairs=[actor("Cy; Fox")], hosts=[actor("Oslo\r\nForum")],
        places=[Place("City Hall", []), Place("Oslo", [])], score=0.5, format="virtual",
    )  # fmt: skip
    (event,) = read(tmp_path, document(made))
    assert event.decoded("dtstart") == date(2021, 3, 5)
    assert event.decoded("dtend") == date(2021, 3, 6)
    assert event["summary"] == "Virtual meeting: Ann Lee and Bo Ray, Jr."
    assert event["location"] == "City Hall, Oslo"
    assert event["description"].split("\n") == [
        "Participants: Ann Lee; Bo Ray, Jr. (Minister, Chile)",
        "Chaired by: Cy; Fox",
        "Hosted by: Oslo Forum",
        "Status: occurred (score 0.5)",
        "“On Friday, Ann Lee met Bo Ray, Jr. in Oslo; all went well.”",
        "Source: d1, published 2021-03-07",
    ]
    assert event["categories"].to_ical() == b"virtual"
    assert "attendee" not in event


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("occurred", "CONFIRMED"),
        ("scheduled", "CONFIRMED"),
        ("cancelled", "CANCELLED"),
        ("hypothetical", "TENTATIVE"),
    ],
)
def test_status(tmp_path, status, expected):
    (event,) = read(tmp_path, document(meeting(status=status)))
    assert event["status"] == expected


@pytest.mark.parametrize(
    ("value", "start", "end", "first", "behind"),
    [
        ("2020-W30", "2020-07-20", "2020-07-26", date(2020, 7, 20), date(2020, 7, 27)),
        ("2020-SP", "2020-03-01", "2020-05-31", date(2020, 3, 1), date(2020, 6, 1)),
        ("2020-07-12T09:00", "2020-07-12", "2020-07-12", datetime(2020, 7, 12, 9), None),
        (
            "2020-07-12T09:00/2020-07-12T11:30", "2020-07-12", "2020-07-12",
            datetime(2020, 7, 12, 9), datetime(2020, 7, 12, 11, 30),
        ),
        ("2020-07-12T09:00/2020-07-13", "2020-07-12", "2020-07-13", date(2020, 7, 12), date(2020, 7, 14)),
        ("2020-12-31", "2020-12-31", None, date(2020, 12, 31), date(2021, 1, 1)),
        ("9999-12-31", "9999-12-31", "9999-12-31", date(9999, 12, 31), None),
    ],
)  # fmt: skip
def test_dates(tmp_path, value, start, end, first, behind):
    (event,) = read(tmp_path, document(meeting(date=value, start=start, end=end)))
    assert event.decoded("dtstart") == first
    assert ("dtend" in event and event.decoded("dtend")) == (behind or False)


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("2020-07", "2020-07-01", "2020-07-31"),
        ("2020", "2020-01-01", "2020-12-31"),
        ("2020-SU", "2020-06-01", "2020-08-31"),
        ("2020-W28", "2020-07-06", "2020-07-12"),
        ("2020-Q3", "2020-07-01", "2020-09-30"),
        ("2020-07/2020-12", "2020-07-01", "2020-12-31"),
    ],
)
def test_a_day_that_is_not_known_is_told(tmp_path, value, start, end):
    (event,) = read(tmp_path, document(meeting(date=value, start=start, end=end)))
    assert event["description"].split("\n")[0] == f"When: {value} (day not known)"
    assert event.decoded("dtstart") == date.fromisoformat(start)


@pytest.mark.parametrize(
    "value",
    ["2020-07-12", "2020-07-12T09:00", "2020-07-11/2020-07-12", "2020-07-12T09:00/2020-07-12T10:30", None],
)
def test_nothing_is_told_of_a_day_that_is_known(tmp_path, value):
    (event,) = read(tmp_path, document(meeting(date=value, start="2020-07-12", end="2020-07-12")))
    assert "When" not in event["description"]


def test_many_participants_are_all_named_in_the_description(tmp_path):
    names = [f"Person {letter}" for letter in "ABCDEF"]
    (event,) = read(tmp_path, document(meeting(participants=[actor(name) for name in names])))
    assert event["summary"] == "Meeting: Person A, Person B, Person C and 3 others"
    assert "; ".join(names) in event["description"]


def test_uids_are_stable_and_distinct(tmp_path):
    made = [
        document(meeting(1), meeting(2)),
        document(meeting(), name="d2"),
        document(meeting(), name="d1", text=TEXT + " "),
        document(meeting(), name=None, day=None),
    ]
    uids = [str(event["uid"]) for event in read(tmp_path, *made)]
    assert len(set(uids)) == 5
    assert uids == [str(event["uid"]) for event in read(tmp_path, *made)]
    assert str(read(tmp_path, document(meeting(status="cancelled")))[0]["uid"]) == uids[0]


def test_the_same_documents_make_the_same_file(tmp_path):
    made = document(meeting(), meeting(2, start="2021-04-01", end="2021-04-01"))
    assert written(tmp_path, made) == written(tmp_path, made)
    assert read(tmp_path, made)[0].decoded("dtstamp") == datetime(2021, 3, 7, tzinfo=timezone.utc)
    made.date = None
    stamps = [event.decoded("dtstamp") for event in read(tmp_path, made)]
    assert stamps == [datetime(2021, month, day, tzinfo=timezone.utc) for month, day in ((3, 5), (4, 1))]


def test_a_calendar_without_dated_meetings_is_valid(tmp_path):
    for made in ([], [Document("a", None, "")], [document(meeting(start=None, end=None))]):
        calendar = icalendar.Calendar.from_ical(written(tmp_path, *made))
        assert calendar["version"] == "2.0"
        assert calendar.walk("VEVENT") == []
        assert len(calendar.subcomponents) == 1, "the standard wants a component"


def test_characters_that_calendars_cannot_hold(tmp_path):
    nasty = "A\0\x0b\ud800\r\n B\rBEGIN:VEVENT\u2028é🙂 פגישה"
    made = document(meeting(participants=[actor(nasty)], places=[Place(nasty, [])]), name="x\ud800/\n")
    data = written(tmp_path, made)
    (event,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert event["location"] == "A\ufffd \ufffd B BEGIN:VEVENT é🙂 פגישה"
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


def test_errors_name_document_and_meeting(tmp_path):
    for start, end in (("soon", "soon"), ("2021-03-05", "2021-03-04")):
        with pytest.raises(ValueError, match=r"document d1: meeting 7: .*(soon|2021-03-04)"):
            written(tmp_path, document(meeting(7, start=start, end=end)))
    assert list(tmp_path.iterdir()) == []


def test_seed(gold, tmp_path):
    events = read(tmp_path, gold)
    assert [(str(event["summary"]), event.decoded("dtstart")) for event in events] == [
        ("Virtual meeting: Aleksandar Vucic and Avdullah Hoti", date(2020, 7, 12)),
        ("Virtual meeting: Emmanuel Macron and Angela Merkel", date(2020, 7, 10)),
    ]
    assert "“The leaders of Serbia and Kosovo have held video talks" in events[0]["description"]


def test_what_the_model_finds(nlp, tmp_path):
    found = nlp("The trade ministers of Peru and Chile met in Lima on Tuesday.", date="2021-06-03")
    (event,) = read(tmp_path, found)
    assert event.decoded("dtstart") == date(2021, 6, 1)
    assert event["location"] == "Lima"


def test_events_of_one_document():
    (event,) = calendars.events(document(meeting(participants=[actor("Ann Lee")])))
    assert event["summary"] == "Meeting: Ann Lee"

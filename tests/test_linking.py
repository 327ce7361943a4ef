"""Linking: reports of one meeting become one record, with its sources."""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
from datetime import date, timedelta
from itertools import permutations

import duckdb
import pytest
from linking import gold, named, pairs, scores
from pyarrow import parquet

from eventx import cli
from eventx.document import Document
from eventx.linking import Gathering, link, outputs
from eventx.linking.groups import Groups, keys
from eventx.linking.reports import Background, Compared, page
from eventx.linking.stories import Stories, signature
from eventx.linking.words import Bag, Frequencies

WIRE = (
    "LIMA - Peruvian Foreign Minister Ana Quispe met her Chilean counterpart Luis Rojas in Lima on {day} to "
    "settle a dispute over fishing grounds.\n\nQuispe said that both governments would set up a panel of "
    "marine scientists, which is to report within six months, and that patrol boats would keep to their "
    "own side of the line for as long. Rojas thanked her and said that trawlers from the north had been "
    "asked to stay in port this week.\n\nHerring catches have fallen by a third since the spring."
)
PREVIEW = "Ministers Ana Quispe of Peru and Luis Rojas of Chile will meet in Lima on {day}, a spokesman said."
LOCAL = (
    "Luis Rojas and Ana Quispe met in Lima on {day}. Fishermen of the port of Arica hope for peace at last."
)
OTHERS = "NATO Secretary-General Jan Vos held talks with Turkish President Cem Aydin in Ankara on {day}."


def compared(document):
    whole, frequencies = page(document), Frequencies()
    background = Background(whole, 1, 1, frequencies)
    return [Compared(report, background, frequencies) for report in whole.reports]


def on(day: date) -> str:
    return f"{day:%B} {day.day}"


@pytest.fixture
def read(nlp):
    def documents(*items):
        return list(nlp.pipe({"id": name, "date": str(when), "text": text} for name, when, text in items))

    return documents


MEETING = date(2021, 6, 3)
STREAM = [
    ("preview", date(2021, 5, 30), PREVIEW.format(day=on(MEETING))),
    ("wire", date(2021, 6, 4), WIRE.format(day="Thursday")),
    (
        "paper",
        date(2021, 6, 4),
        "By our own reporters\n\n" + WIRE.format(day="Thursday").rpartition("\n\n")[0],
    ),
    ("local", date(2021, 6, 6), LOCAL.format(day="Thursday")),
    ("others", date(2021, 6, 4), OTHERS.format(day="Thursday")),
]


def sources(gatherings):
    return sorted([source.document for source in one.sources] for one in gatherings)


def test_reports_of_one_meeting_are_one_record(read):
    first, other = sorted(link(read(*STREAM)), key=lambda one: -len(one.sources))
    assert [source.document for source in first.sources] == ["preview", "paper", "wire", "local"]
    assert [source.document for source in other.sources] == ["others"]
    assert [one.name for one in first.participants] == ["Ana Quispe", "Luis Rojas"]
    assert [one.country for one in first.participants] == ["PE", "CL"]
    assert (first.date, first.start, first.end) == ("2021-06-03", "2021-06-03", "2021-06-03")
    assert (first.status, first.format, first.places) == ("occurred", "in_person", ["Lima"])
    assert first.sources[0].status == "scheduled"


def test_a_text_that_two_print_is_one_story(read):
    (first,) = (one for one in link(read(*STREAM)) if len(one.sources) > 1)
    story = {source.document: source.story for source in first.sources}
    assert story["wire"] == story["paper"]
    assert first.stories == len(set(story.values())) == 3


def test_the_same_people_a_month_later_meet_again(read):
    later = MEETING + timedelta(days=28)
    again = [
        ("again", later + timedelta(days=1), WIRE.format(day="Thursday")),
        ("again-local", later + timedelta(days=2), LOCAL.format(day=on(later))),
    ]
    found = sources(link(read(*STREAM, *again)))
    assert ["again", "again-local"] in found


def test_order_of_the_stream_does_not_matter(read):
    documents = read(*STREAM)
    expected = list(link(documents))
    for seed in range(3):
        random.Random(seed).shuffle(documents)
        assert list(link(documents)) == expected


def test_an_id_that_two_documents_have(read):
    twice = [("same", when, text) for _, when, text in STREAM]
    assert sorted(len(one.sources) for one in link(read(*twice))) == [1, 4]


@pytest.mark.parametrize("step", [1, 7])
def test_daily_and_weekly_talks_are_no_chain(step):
    days = [MEETING + timedelta(days=step * number) for number in range(12)]
    documents = [record(str(day), str(day), "occurred", str(day), f"{WIRE} {day}") for day in days]
    for one in link(documents):
        first, *_, last = [date.fromisoformat(source.document) for source in one.sources] * 2
        assert (last - first).days <= 7


def test_two_meetings_of_one_document_stay_two(read):
    text = f"{OTHERS.format(day='Thursday')}\n\nVos met Aydin in Ankara again on Friday."
    (document,) = read(("one", date(2021, 6, 5), text))
    assert len(list(link([document]))) == len(document.meetings) == 2


def test_a_meeting_called_off(read):
    off = "The meeting of Ana Quispe and Luis Rojas in Lima on {day} was called off, Peru's government said."
    planned = STREAM[0]
    (only,) = link(read(planned, ("off", date(2021, 6, 2), off.format(day=on(MEETING)))))
    assert only.status == "cancelled"


def test_nothing_is_linked_by_what_is_not_known(nlp):
    documents = list(nlp.pipe([{"text": "They met."}, {"text": "They met."}, {"text": "No event here."}]))
    gatherings = list(link(documents))
    assert sum(len(one.sources) for one in gatherings) == 2
    assert all(one.date is None and one.sources[0].published is None for one in gatherings)
    assert list(link([])) == []


def test_each_report_is_in_one_record_whatever_the_text(read):
    odd = [
        ("\ud800", date(2021, 6, 4), "\ud800\x00 Quispe met \ud800Rojas\udfff in Lima on Thursday. 🤝"),
        ("rtl", date(2021, 6, 4), "\u202eRojas met Quispe\u202c in Lima on Thursday."),
    ]
    documents = read(*STREAM, *odd)
    gatherings = list(link(documents))
    told = [(source.document, source.meeting) for one in gatherings for source in one.sources]
    assert len(told) == len(set(told)) == sum(len(document.meetings) for document in documents)
    assert [one.id for one in gatherings] == list(range(1, len(gatherings) + 1))


def test_groups_are_let_go(read):
    (document,) = read(STREAM[1])
    groups = Groups()
    for step in range(5):
        day = date(2021, 6, 4).toordinal() + 100 * step
        assert len(list(groups.closed(day))) == (1 if step else 0)
        groups.add(compared(document), day)
    assert len(list(groups.rest())) == 1


def test_groups_without_a_day_are_let_go_as_well(read):
    (document,) = read(("a", date(2021, 6, 4), LOCAL.format(day="Thursday")))
    document.date = None
    for meeting in document.meetings:
        meeting.date = meeting.start = meeting.end = None
    groups, first = Groups(), 1 - sys.maxsize
    groups.add(compared(document), first)
    assert len(list(groups.closed(first + 100))) == 1


def test_reports_with_a_day_and_a_party_in_common_are_compared(read):
    preview, _, _, local, others = read(*STREAM)
    here, there, elsewhere = (set(keys(compared(document)[0])) for document in (preview, local, others))
    assert here & there
    assert not here & elsewhere


def record(name, published, status, day, text=WIRE, **fields):
    """A document with one meeting."""
    party = {"kind": "person", "title": None, "affiliation": None, "country": None, "mentions": []}
    meeting = {
        "id": 1,
        "events": [0],
        "participants": [{"name": one, **party} for one in ("Ana Quispe", "Luis Rojas")],
        "chairs": [],
        "hosts": [],
        "places": [],
        "date": day,
        "start": day,
        "end": day,
        "status": status,
        "format": "in_person",
    } | fields
    trigger = text.index("met")
    event = {"trigger": {"start": trigger, "end": trigger + 3, "text": "met"}, "status": status}
    parts = {"events": [event], "meetings": [meeting]}
    return Document.from_dict({"id": name, "date": published, "text": text, **parts})


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (["scheduled", "cancelled", "occurred"], "occurred"),
        (["scheduled", "occurred", "cancelled"], "cancelled"),
        (["scheduled", "occurred", "scheduled"], "occurred"),
        (["hypothetical", "scheduled"], "scheduled"),
    ],
)
def test_what_a_story_says_when_it_is_printed_again_is_told_last(told, status):
    texts = [WIRE, LOCAL, WIRE]  # the third is a print of the first
    days = [f"2021-06-0{number}" for number in (1, 2, 3)]
    documents = [
        record(day, day, one, "2021-06-03", text) for day, one, text in zip(days, told, texts, strict=False)
    ]
    (only,) = link(documents)
    assert only.status == status
    assert only.stories == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"date": "some day", "start": None, "end": None},
        {"participants": [{"name": "", "kind": "person", "mentions": []}]},
        {"participants": [{"name": "Al- Rashid", "kind": "person", "mentions": []}]},
        {"places": [{"name": " ", "mentions": []}]},
    ],
)
def test_odd_records_are_linked_like_others(fields):
    for one in fields.get("participants", ()):
        one.update(title=None, affiliation=None, country=None)
    odd = record("odd", "2021-06-04", "occurred", "2021-06-03", **fields)
    documents = [odd, record("other", "2021-06-04", "occurred", "2021-06-03"), odd]
    assert sum(len(one.sources) for one in link(documents)) == 3


def test_a_trigger_with_a_surrogate():
    document = record("a", "2021-06-04", "occurred", "2021-06-03")
    changed = document.to_dict()
    start = changed["text"].index("met")
    changed["text"] = changed["text"][:start] + "m\ud800t" + changed["text"][start + 3 :]
    changed["events"][0]["trigger"]["text"] = "m\ud800t"
    (only,) = link([Document.from_dict(changed)])
    assert only.sources[0].document == "a"


def test_documents_without_a_day_are_linked_by_those_of_their_meetings():
    old = [
        record(
            "yalta", None, "occurred", "1945-02-04", OTHERS.format(day="Monday").replace("held", "met, held")
        )
    ]
    same = [record(name, None, "occurred", "2021-06-03", text) for name, text in (("a", WIRE), ("b", LOCAL))]
    dated = [record("c", "2021-06-04", "occurred", "2021-06-03", LOCAL)]
    assert ["a", "b", "c"] in [
        sorted(source.document for source in one.sources) for one in link([*old, *same, *dated])
    ]


def test_a_thousand_prints_are_one_story():
    days = [MEETING + timedelta(days=number // 500) for number in range(1000)]
    documents = [
        record(str(number), str(day), "occurred", "2021-06-03", WIRE) for number, day in enumerate(days)
    ]
    (only,) = link(documents)
    assert (len(only.sources), only.stories) == (1000, 1)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (WIRE, True),
        (WIRE.rpartition("\n\n")[0], True),
        ("(Andes Press) " + WIRE.replace("Peruvian", "Peru's").upper(), True),
        (LOCAL, False),
        (OTHERS, False),
        ("", False),
    ],
)
def test_prints_of_a_story(text, same):
    stories, day = Stories(), MEETING.toordinal()
    first = stories.number(signature(WIRE), day)
    assert (stories.number(signature(text), day + 1) == first) == same


def test_a_story_of_last_year_is_another_one():
    stories, day = Stories(), MEETING.toordinal()
    assert stories.number(signature(WIRE), day) != stories.number(signature(WIRE), day + 365)


def test_rare_words_in_common_make_texts_more_alike():
    frequencies = Frequencies()
    for rare in range(10, 20):
        frequencies.add([1, 2, rare])
    common, rare, none = ([1, 2, 30], [1, 10, 31], [32, 33, 34])
    here = Bag([1, 2, 10], frequencies)
    likeness = [here.likeness(Bag(words, frequencies)) for words in (none, common, rare, [1, 2, 10])]
    assert likeness == sorted(likeness)
    assert likeness[0] == 0
    assert likeness[-1] == pytest.approx(1)


@pytest.fixture
def records(read, tmp_path):
    file = tmp_path / "records.jsonl"
    file.write_text("".join(f"{one.to_json()}\n" for one in read(*STREAM)), encoding="utf-8")
    return file


def test_forms_of_the_data_set_hold_the_same(records, tmp_path):
    for ending in outputs.WRITERS:
        assert cli.main(["link", str(records), "-o", str(tmp_path / f"meetings{ending}"), "-q"]) == 0
    lines = [json.loads(line) for line in (tmp_path / "meetings.jsonl").read_text("utf-8").splitlines()]
    assert parquet.read_table(tmp_path / "meetings.parquet").to_pylist() == lines
    with (tmp_path / "meetings.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["participants"] for row in rows] == [
        "; ".join(party["name"] for party in line["participants"]) for line in lines
    ]
    assert [row["sources"] for row in rows] == [
        "; ".join(source["document"] for source in line["sources"]) for line in lines
    ]
    assert [list(line) for line in lines] == [list(Gathering.__struct_fields__)] * len(lines)


def test_duckdb_asks_who_met_whom(records, tmp_path):
    out = tmp_path / "meetings.parquet"
    assert cli.main(["link", str(records), "-o", str(out), "-q"]) == 0
    asked = f"""
        SELECT one.name, other.name, len(sources)
        FROM '{out}', unnest(participants) AS a(one), unnest(participants) AS b(other)
        WHERE one.country = 'PE' AND other.country = 'CL'
    """
    assert duckdb.sql(asked).fetchall() == [("Ana Quispe", "Luis Rojas", 4)]


def test_no_room_for_what_is_kept_on_disk(tmp_path):
    words = ["".join(letters) for letters in permutations("abcdef")]
    texts = (f"{WIRE} {' '.join(words[number % 9 :])}" for number in range(700))
    big = tmp_path / "big.jsonl"
    documents = (
        record(str(number), "2021-06-04", "occurred", "2021-06-03", text) for number, text in enumerate(texts)
    )
    big.write_text("".join(f"{one.to_json()}\n" for one in documents), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "eventx", "link", str(big), "-o", str(tmp_path / "out.csv")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "TMPDIR" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.csv").exists()


def test_a_line_that_is_no_record_is_named(records, tmp_path, capsys):
    with records.open("a", encoding="utf-8") as stream:
        stream.write("{\n")
    assert cli.main(["link", str(records), "-o", str(tmp_path / "out.jsonl"), "-q"]) == 1
    assert f"{records}:6" in capsys.readouterr().err
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize("out", ["out.xls", "records.jsonl", "missing/out.csv", "folder.csv", "new.jsonl/"])
def test_an_output_that_cannot_be(records, tmp_path, capsys, out):
    before = records.read_bytes()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SystemExit) as ended:
        cli.main(["link", str(records), "-o", f"{tmp_path}/{out}", "-q"])
    assert ended.value.code == 2
    assert out in capsys.readouterr().err
    assert records.read_bytes() == before


def test_gold_without_meetings_is_linked_by_its_clusters(gold, tmp_path):
    record = gold.to_dict()
    del record["meetings"]
    file = tmp_path / "gold.jsonl"
    file.write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert cli.main(["link", str(file), "-o", str(tmp_path / "out.jsonl"), "-q"]) == 0
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len({event.cluster for event in gold.events})


def test_pairs_that_are_judged():
    marks = [{"start": 10, "end": 13, "text": "met", "meeting": "m1"}]
    document = Document.from_dict({"id": "a", "date": None, "text": "Doe, once met Roe."})
    assert named(document, marks) == {}
    records = [
        {"id": name, "marks": [{"meeting": "m1"}, *({"meeting": "m2"} for _ in range(several))]}
        for name, several in (("a", 1), ("b", 2), ("c", 0))
    ]
    assert len(gold(records)) == 4
    assert pairs([[("a", "m1"), ("b", "m1")], [("c", "m1"), ("c", "?")]]) == {(("a", "m1"), ("b", "m1"))}
    assert scores(1, 2, 4) == pytest.approx((50, 25, 100 / 3))

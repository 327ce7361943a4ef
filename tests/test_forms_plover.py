import csv

import pytest

from eventx import countries
from eventx.document import Actor, Document, Meeting, Place
from eventx.forms import write


def actor(name, country=None, title=None, affiliation=None, kind="person"):
    return Actor(name, kind, title, affiliation, country, [])


def meeting(number=1, **fields):
    empty = {"events": [], "participants": [], "chairs": [], "hosts": [], "places": [], "date": None}
    usual = {"start": None, "end": None, "status": "occurred", "format": "in_person"}
    return Meeting(id=number, **{**empty, **usual, **fields})


ANN = actor("Ann Lee", "RS", "President", "Serbia")
BO = actor("Bo Ray", "XK", "Foreign Minister", "Kosovo")
CY = actor("Cy Fox", "AL", "author")
OMAN = actor("Oman", "OM", kind="country")
EU = actor("EU", kind="organisation")
DI = actor("Di Moe", None, "envoy", "EU")


def rows(tmp_path, *documents):
    out = tmp_path / "out.plover.csv"
    write(iter(documents), out)
    with out.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def found(tmp_path, **fields):
    """The mode of a meeting, and its dyads."""
    table = rows(tmp_path, Document("d", None, "", [], [meeting(**fields)]))
    (mode,) = {row["event_mode"] for row in table}
    return mode, [(row["actor_name"], row["recipient_name"]) for row in table]


def test_a_row(tmp_path):
    met = meeting(
        4, participants=[ANN, BO], places=[Place("Oslo", []), Place("City Hall", [])], date="2021-W09",
        start="2021-03-01", end="2021-03-07", status="scheduled", format="phone", score=0.5,
    )  # fmt: skip
    (row,) = rows(tmp_path, Document("d/1", "2021-02-28", "", [], [met]))
    assert row == {
        "event_id": "d/1-4-1",
        "link": "d/1-4",
        "document": "d/1",
        "published": "2021-02-28",
        "event_date": "2021-03-01",
        "event_end": "2021-03-07",
        "event_type": "CONSULT",
        "event_mode": "phone",
        "context": "future",
        "status": "scheduled",
        "actor_name": "Ann Lee",
        "actor_country": "SRB",
        "actor_sector": "GOV",
        "actor_title": "President",
        "actor_affiliation": "Serbia",
        "recipient_name": "Bo Ray",
        "recipient_country": "XKX",
        "recipient_sector": "GOV",
        "recipient_title": "Foreign Minister",
        "recipient_affiliation": "Kosovo",
        "hosts": "",
        "places": "Oslo; City Hall",
        "score": "0.5",
    }


def test_every_two_meet(tmp_path):
    assert found(tmp_path, participants=[ANN, BO]) == ("", [("Ann Lee", "Bo Ray")])
    mode, pairs = found(tmp_path, participants=[ANN, BO], chairs=[CY])
    assert mode == "multilateral"
    assert pairs == [("Ann Lee", "Bo Ray"), ("Ann Lee", "Cy Fox"), ("Bo Ray", "Cy Fox")]


def test_an_actor_does_not_meet_the_body_it_speaks_for(tmp_path):
    assert found(tmp_path, participants=[ANN], chairs=[EU, DI])[1] == [
        ("Ann Lee", "EU"),
        ("Ann Lee", "Di Moe"),
    ]
    assert found(tmp_path, chairs=[EU, DI])[1] == [("EU", ""), ("Di Moe", "")]


def test_visitors_are_actors_and_hosts_recipients(tmp_path):
    visit = ("visit", [("Bo Ray", "Ann Lee")])
    assert found(tmp_path, participants=[ANN, BO], hosts=[ANN]) == visit
    serbia = actor("Serbia", "RS", kind="country")
    assert found(tmp_path, participants=[ANN, BO], hosts=[serbia]) == (
        "visit",
        [("Bo Ray", "Ann Lee"), ("Bo Ray", "Serbia")],
    )
    assert found(tmp_path, participants=[BO], hosts=[OMAN]) == ("visit", [("Bo Ray", "Oman")])


def test_hosts_who_do_not_take_part_are_third_parties(tmp_path):
    assert found(tmp_path, participants=[ANN, BO], hosts=[EU]) == ("third-party", [("Ann Lee", "Bo Ray")])
    mode, _ = found(tmp_path, participants=[ANN, BO], hosts=[OMAN], format="virtual")
    assert mode == "third-party;multilateral;phone"
    (row,) = rows(tmp_path, Document("d", None, "", [], [meeting(participants=[ANN, BO], hosts=[OMAN])]))
    assert row["hosts"] == "Oman"


def test_a_chair_makes_no_mode_and_nobody_visits_from_afar(tmp_path):
    assert found(tmp_path, participants=[ANN, BO], chairs=[EU])[0] == ""
    assert found(tmp_path, participants=[ANN, BO], hosts=[ANN], format="virtual") == (
        "phone",
        [("Ann Lee", "Bo Ray")],
    )


def test_no_meeting_is_without_a_row(tmp_path):
    assert found(tmp_path, participants=[ANN]) == ("", [("Ann Lee", "")])
    assert found(tmp_path, hosts=[OMAN]) == ("", [("Oman", "")])
    assert found(tmp_path) == ("", [("", "")])


@pytest.mark.parametrize(
    ("status", "context"),
    [("occurred", ""), ("scheduled", "future"), ("cancelled", "negation"), ("hypothetical", "hypothetical")],
)
def test_context(tmp_path, status, context):
    (row,) = rows(tmp_path, Document("d", None, "", [], [meeting(status=status)]))
    assert (row["status"], row["context"], row["event_date"]) == (status, context, "")


@pytest.mark.parametrize(
    ("title", "affiliation", "sector"),
    [
        ("Deputy Prime Minister", "Serbia", "GOV"),
        ("former President", "Serbia", ""),
        ("President", "European Commission", ""),
        ("envoy", "Serbia", ""),
        (None, "Serbia", ""),
        ("King", None, ""),
    ],
)
def test_sector(tmp_path, title, affiliation, sector):
    made = meeting(participants=[actor("A", "RS", title, affiliation)])
    (row,) = rows(tmp_path, Document("d", None, "", [], [made]))
    assert row["actor_sector"] == sector


def test_documents_without_an_id_and_nasty_names(tmp_path):
    nasty = actor('A\ud800;"\r\n,', "ZZ")
    table = rows(
        tmp_path,
        Document("a", None, "No talks.", [], []),
        Document("b", None, "No talks."),
        Document(None, None, "", [], [meeting(2, participants=[nasty])]),
    )
    assert [(row["event_id"], row["document"]) for row in table] == [("3-2-1", "")]
    assert (table[0]["actor_name"], table[0]["actor_country"]) == ('A\ufffd;"\r\n,', "ZZ")


def test_alpha_3():
    assert [countries.alpha3(code) for code in ("DE", "GB", "US", "XK")] == ["DEU", "GBR", "USA", "XKX"]
    with pytest.raises(KeyError):
        countries.alpha3("ZZ")


def test_seed(gold, tmp_path):
    table = rows(tmp_path, gold)
    assert len({row["event_id"] for row in table}) == len(table)
    assert len({row["link"] for row in table}) == 4
    (last,) = (row for row in table if row["link"].endswith("-4"))
    assert (last["actor_country"], last["recipient_country"], last["event_mode"]) == ("FRA", "DEU", "phone")


def test_what_the_model_finds(nlp, tmp_path):
    found = nlp("German Chancellor Ann Lee met French President Bo Ray on Tuesday.", date="2021-06-03")
    (row,) = rows(tmp_path, found)
    assert [row[f"{side}_country"] for side in ("actor", "recipient")] == ["DEU", "FRA"]
    assert (row["actor_sector"], row["event_date"]) == ("GOV", "2021-06-01")

import networkx
import pytest

from eventx.document import Actor, Document, Meeting
from eventx.forms import graphs, write


def actor(name, country=None, affiliation=None, kind="person"):
    return Actor(name, kind, None, affiliation, country, [])


def meeting(*participants, status="occurred", start=None, end=None, chairs=(), hosts=()):
    parties = {"participants": list(participants), "chairs": list(chairs), "hosts": list(hosts)}
    return Meeting(
        id=1, events=[], places=[], date=start, start=start, end=end or start, status=status,
        format="in_person", **parties,
    )  # fmt: skip


def documents(*meetings):
    return (Document(None, None, "", [], [one]) for one in meetings)


ANN, BO, EU = actor("Ann Lee", "NO"), actor("Bo Ray"), actor("EU", kind="organisation")


def test_who_met_whom_how_often_and_when():
    network = graphs.graph(
        documents(
            meeting(ANN, BO, start="2021-03-05"),
            meeting(BO, ANN, status="scheduled", start="2021-03-01", end="2021-03-09"),
            meeting(BO, chairs=[ANN], status="hypothetical"),
            meeting(ANN, BO, status="cancelled", start="2020-01-01"),
            meeting(ANN, hosts=[EU]),
        )
    )
    assert network.nodes["person: Ann Lee"] == {
        "label": "Ann Lee",
        "kind": "person",
        "country": "NO",
        "meetings": 4,
    }
    assert network.nodes["person: Bo Ray"] == {"label": "Bo Ray", "kind": "person", "meetings": 3}
    assert network.edges["person: Ann Lee", "person: Bo Ray"] == {
        "weight": 3,
        "occurred": 1,
        "scheduled": 1,
        "hypothetical": 1,
        "first": "2021-03-01",
        "last": "2021-03-09",
    }
    assert network.edges["person: Ann Lee", "organisation: EU"]["weight"] == 1
    assert network.number_of_edges() == 2


def test_actors_are_the_same_by_name_and_kind():
    network = graphs.graph(
        documents(
            meeting(actor("Ann\r\n Lee", "US"), BO),
            meeting(actor("Ann Lee"), BO),
            meeting(actor("Ann Lee", "GB"), BO),
            meeting(actor("Ann Lee", kind="organisation"), BO),
            meeting(actor("ann lee"), BO),
        )
    )
    assert set(network) == {"person: Ann Lee", "person: Bo Ray", "organisation: Ann Lee", "person: ann lee"}
    assert network.nodes["person: Ann Lee"]["country"] == "GB; US"


def test_nobody_meets_themselves_or_the_body_they_speak_for():
    di = actor("Di Moe", affiliation="EU")
    network = graphs.graph(
        documents(meeting(ANN, ANN, actor("Ann  Lee"), hosts=[ANN]), meeting(di, chairs=[EU]))
    )
    assert network.number_of_edges() == 0
    assert {node: facts["meetings"] for node, facts in network.nodes.items()} == {
        "person: Ann Lee": 1,
        "person: Di Moe": 1,
        "organisation: EU": 1,
    }


FORMS = [(".graphml", networkx.read_graphml), (".gexf", networkx.read_gexf)]


@pytest.mark.parametrize(("ending", "read"), FORMS)
def test_read_back(tmp_path, ending, read):
    nasty = actor('A\0\x0b\ud800\uffff <&"\r\n> é🙂', "X\0")
    made = [
        meeting(ANN, BO, nasty, start="2021-03-05"),
        meeting(EU, BO),
        meeting(actor("Alone"), status="cancelled"),
    ]
    out = tmp_path / f"out{ending}"
    write(documents(*made), out)
    network, expected = read(out), graphs.graph(documents(*made))
    assert set(network) == set(expected)
    assert 'person: A\ufffd\ufffd\ufffd\ufffd <&" > é🙂' in network
    for node, facts in expected.nodes.items():
        assert facts.items() <= network.nodes[node].items()
    assert network.number_of_edges() == 4
    for *ends, facts in expected.edges(data=True):
        assert facts.items() <= network.edges[ends].items()


@pytest.mark.parametrize(("ending", "read"), FORMS)
def test_a_graph_of_nothing(tmp_path, ending, read):
    out = tmp_path / f"out{ending}"
    write(iter([Document("a", None, "No talks.")]), out)
    assert len(read(out)) == 0


@pytest.mark.parametrize("ending", [".graphml", ".gexf"])
def test_the_same_documents_make_the_same_file_on_any_day(tmp_path, gold, monkeypatch, ending):
    out = tmp_path / f"out{ending}"
    write([gold], out)
    first = out.read_bytes()
    monkeypatch.setattr("time.strftime", lambda form: "2001-01-01")
    write([gold], out)
    assert out.read_bytes() == first


def test_seed(gold):
    network = graphs.graph([gold])
    assert network.edges["person: Emmanuel Macron", "person: Angela Merkel"]["first"] == "2020-07-10"
    assert network.nodes["person: Avdullah Hoti"]["country"] == "XK"
    assert not network.has_edge("person: Josep Borrell", "organisation: EU")


def test_what_the_model_finds(nlp):
    found = nlp("German Chancellor Ann Lee met French President Bo Ray on Tuesday.", date="2021-06-03")
    assert graphs.graph([found]).edges["person: Ann Lee", "person: Bo Ray"]["last"] == "2021-06-01"

"""Pictures: what stands on them is read back from matplotlib."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import warnings
from datetime import date

import matplotlib
import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from eventx import cli, plots
from eventx.document import Actor, Document, Event, Meeting, Place, Span

TALKS = "They held talks."
NASTY = [
    "$x_1$",
    "a_b $\\frac{",
    "\ud800",
    "\x00\x1b",
    "\u202e",
    "🤝",
    "שלום",
    "محمد",
    "习近平",
    "ជ្រោយ",
    "a\r\nb",
    " ",
    "%s{}",
    "x" * 999,
]
KINDS = ["timeline", "network", "months", "pairs"]


def actor(name, kind="person", country=None):
    return Actor(name, kind, None, None, country, [])


def meeting(*parties, date=None, start=None, end=None, status="occurred", mentions=1, **others):
    """A meeting of parties, which are actors or names; its day is its date unless start and end are given."""
    actors = [party if isinstance(party, Actor) else actor(party) for party in parties]
    fields = {"chairs": [], "hosts": [], "places": [], "format": "in_person"} | others
    start = start or date
    return Meeting(
        1, [0] * mentions, actors, date=date, start=start, end=end or start, status=status, **fields
    )


def document(*meetings, published="2020-07-12"):
    trigger = Span(10, 15, TALKS[10:15])
    return Document("1", published, TALKS, [Event(trigger)], list(meetings))


def labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def marks(ax):
    """Label -> the nodes or markers that the legend has under it."""
    return {one.get_label(): one for one in ax.collections if isinstance(one, PathCollection)}


def note(ax):
    return ax.get_xlabel().split("\n")


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.fixture
def four():
    """A meeting of each status."""
    return document(
        meeting("Ann Lee", "Bo Ek", date="2020-07-10"),
        meeting("Cy Orr", date="2020-07-14", status="scheduled"),
        meeting("Di Fox", "Eve Ash", date="2020-07-16", status="cancelled"),
        meeting("Fay Ito", "Gus Ray", date="2020-07-18", status="hypothetical"),
        meeting("Hal Roe"),
    )


class TestTimeline:
    def test_rows_say_who_met_and_when(self, four):
        ax = plots.timeline([four])
        assert labels(ax) == ["Ann Lee, Bo Ek", "Cy Orr", "Di Fox, Eve Ash", "Fay Ito, Gus Ray"]
        assert texts(ax) == ["2020-07-10", "2020-07-14", "2020-07-16", "2020-07-18"]
        low, high = ax.get_xlim()
        assert low < date2num(date(2020, 7, 10)) < date2num(date(2020, 7, 18)) < high

    def test_status_is_told_by_colour_and_by_marker(self, four):
        found = marks(plots.timeline([four]))
        assert list(found) == ["took place", "planned", "called off", "talked about"]
        days = [float(one.get_offsets()[0][0]) for one in found.values()]
        assert days == [date2num(date(2020, 7, day)) for day in (10, 14, 16, 18)]
        shapes = {one.get_paths()[0].vertices.tobytes() for one in found.values()}
        assert len(shapes) == 4
        assert len({to_hex(one.get_edgecolor()[0]) for one in found.values()}) == 4
        assert to_hex(found["talked about"].get_facecolor()[0]) == "#ffffff"

    def test_meetings_without_a_date_are_counted(self, four):
        assert note(plots.timeline([four])) == ["Not shown: 1 meeting without a date."]

    def test_publication(self, four):
        ax = plots.timeline([four])
        lines = next(one for one in ax.collections if one.get_label() == "published")
        assert {float(x) for segment in lines.get_segments() for x, _ in segment} == {
            date2num(date(2020, 7, 12))
        }
        assert len(lines.get_segments()) == 4
        four.date = None
        assert "published" not in legend(plots.timeline([four]))

    def test_ranges_are_bars(self):
        month = meeting("A", date="2020-06", start="2020-06-01", end="2020-06-30")
        ax = plots.timeline([document(month, meeting("B", date="2020-06-02"))])
        segments = [
            s.tolist()
            for one in ax.collections
            if isinstance(one, LineCollection)
            for s in one.get_segments()
        ]
        first, last = date2num(date(2020, 6, 1)), date2num(date(2020, 6, 30))
        assert [[first, 0], [last, 0]] in segments
        assert marks(ax)["took place"].get_offsets()[0].tolist() == [(first + last) / 2, 0]
        assert "several days, or day unknown" in legend(ax)

    def test_no_bar_no_word_of_bars(self, four):
        assert "several days, or day unknown" not in legend(plots.timeline([four]))

    def test_rows_are_in_order_of_time_whatever_the_order_of_documents(self):
        ax = plots.timeline(
            [document(meeting("B", date="2020-02-01")), document(meeting("A", date="2019-02-01"))]
        )
        assert labels(ax) == ["A", "B"]

    @pytest.mark.parametrize("published", [("2020-02-02", None), (None, "2020-02-02")])
    def test_documents_with_and_without_a_date(self, published):
        made = [document(meeting("A", date="2020-02-01"), published=one) for one in published]
        assert labels(plots.timeline(made)) == ["A", "A"]

    def test_years_are_written(self):
        made = [meeting("A", date="2019-11-10"), meeting("B", date="2020-03-20")]
        ax = plots.timeline([document(*made)])
        ax.figure.draw_without_rendering()
        ticks = [label.get_text() for label in ax.get_xticklabels()]
        assert ticks[0].endswith("\n2019")
        assert "2020" in ticks

    def test_many_parties(self):
        parties = meeting(
            "A", "B", "C", date="2020-01-01", chairs=[actor("D")], hosts=[actor("A"), actor("E")]
        )
        assert labels(plots.timeline([document(parties)])) == ["A, B, and 3 more"]

    def test_nobody_named(self):
        place = Place("Oslo", [])
        assert labels(plots.timeline([document(meeting(date="2020-01-01", places=[place]))])) == [
            "talks, Oslo"
        ]

    def test_most_mentioned_are_shown_and_the_others_counted(self):
        often = [meeting(f"often {i}", date="2020-03-01", mentions=3) for i in range(10)]
        once = [meeting(f"once {i}", date="2020-02-01") for i in range(90)]
        ax = plots.timeline([document(*once, *often)])
        assert len(labels(ax)) == 40
        assert sum(label.startswith("often") for label in labels(ax)) == 10
        assert note(ax) == [
            "Not shown: 60 meetings mentioned less often, or as often and with fewer parties."
        ]

    def test_small_axes_have_fewer_rows(self):
        many = document(*(meeting(f"A{i}", date="2020-02-01") for i in range(30)))
        ax = Figure(figsize=(8, 2)).add_subplot()
        assert plots.timeline([many], ax) is ax
        shown = len(labels(ax))
        assert 1 < shown < 20
        assert note(ax)[0].startswith(f"Not shown: {30 - shown} meetings")

    def test_labels_keep_apart(self):
        ax = plots.timeline([document(*(meeting("x" * 99, date="2020-02-01") for _ in range(40)))])
        ax.figure.draw_without_rendering()
        assert not overlaps([label.get_window_extent() for label in ax.get_yticklabels()])

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_ends_of_the_calendar(self, day):
        ax = plots.timeline([document(meeting("A", date=day))])
        ax.figure.draw_without_rendering()
        assert texts(ax) == [day]

    def test_a_day_that_is_none(self):
        with pytest.raises(ValueError, match=r"document 1, meeting 1: .*soon"):
            plots.timeline([document(meeting("A", date="soon"))])


def overlaps(boxes):
    smaller = [box.shrunk(0.95, 0.95) for box in boxes]
    return [(one, other) for one, other in itertools.combinations(smaller, 2) if one.overlaps(other)]


class TestNetwork:
    def test_actors_by_kind_and_number_of_meetings(self):
        boris = actor("Boris", country="GB")
        first = meeting(boris, actor("France", "country", "FR"), date="2020-01-01")
        second = meeting(boris, actor("NATO", "organisation"), date="2020-02-01", status="scheduled")
        ax = plots.network([document(first), document(second, meeting(boris, actor("both sides", "group")))])
        assert sorted(texts(ax)) == ["Boris (GB)", "France", "NATO", "both sides"]
        assert legend(ax) == [
            "person",
            "organisation",
            "country",
            "group",
            "met",
            "meeting planned or talked about",
        ]
        nodes = [one for one in ax.collections if isinstance(one, PathCollection)]
        assert len({to_hex(one.get_facecolor()[0]) for one in nodes}) == 4
        assert len({one.get_paths()[0].vertices.tobytes() for one in nodes}) == 4
        person, *others = [one.get_sizes()[0] for one in nodes]
        assert all(person == pytest.approx(3 * other) for other in others)

    def test_lines(self):
        often = [meeting("A", "B", date="2020-01-01")] * 3
        ax = plots.network([document(*often, meeting("B", "C"), meeting("C", "A", status="hypothetical"))])
        solid, dashed = (one for one in ax.collections if isinstance(one, LineCollection))
        assert len(solid.get_segments()) == 2
        assert max(solid.get_linewidths()) > min(solid.get_linewidths())
        assert len(dashed.get_segments()) == 1
        assert solid.get_linestyles()[0][1] is None
        assert dashed.get_linestyles()[0][1] is not None

    def test_lines_join_those_that_met(self):
        ax = plots.network([document(meeting("A", "B"), meeting("C", "D"))])
        (lines,) = (one for one in ax.collections if isinstance(one, LineCollection))
        where = {text.get_text(): tuple(text.xy) for text in ax.texts}
        ends = {frozenset(map(tuple, segment.tolist())) for segment in lines.get_segments()}
        assert ends == {frozenset([where["A"], where["B"]]), frozenset([where["C"], where["D"]])}

    def test_those_who_met_nobody_are_counted(self):
        ax = plots.network([document(meeting("A", "B"), meeting("C"), meeting("D", "E", status="cancelled"))])
        assert sorted(texts(ax)) == ["A", "B"]
        assert "Not shown: 3 actors without a meeting with another, cancelled ones apart." in note(ax)

    @pytest.mark.parametrize("size", [2, 12, 60])
    def test_names_keep_apart_in_a_crowd(self, size):
        ax = plots.network([document(meeting(*(f"A name of some length {i}" for i in range(size))))])
        names_keep_apart(ax, size)

    def test_names_keep_apart_in_many_meetings(self):
        names = [f"Somebody {i}" for i in range(60)]
        pairs = [meeting(*names[i : i + 2 + i % 3]) for i in range(0, 58, 2)]
        names_keep_apart(plots.network([document(*pairs)]), 60)

    def test_largest_are_shown_groups_last(self):
        groups = [meeting(actor(f"group {i}", "group"), actor(f"band {i}", "group")) for i in range(40)]
        persons = [meeting(f"Ann {i}", f"Bo {i}") for i in range(40)]
        busy = [meeting("Zoe", "Zac")] * 5
        ax = plots.network([document(*groups, *persons, *busy)])
        assert len(texts(ax)) == 60
        assert {"Zoe", "Zac"} <= set(texts(ax))
        assert not [text for text in texts(ax) if text.startswith(("group", "band"))]
        assert "Not shown: 102 actors" in note(ax)[1]

    def test_thickest_lines_are_shown_and_the_others_counted(self):
        crowd = [f"A{i:02}" for i in range(20)]
        twice = [meeting(one, other) for one, other in itertools.pairwise(crowd)]
        ax = plots.network([document(meeting(*crowd), *twice)])
        (lines,) = (one for one in ax.collections if isinstance(one, LineCollection))
        assert len(lines.get_segments()) == 19
        assert note(ax)[1:] == ["Not shown: 171 lines of fewer meetings."]

    def test_equal_lines_are_all_shown(self):
        ax = plots.network([document(meeting(*(f"A{i:02}" for i in range(20))))])
        (lines,) = (one for one in ax.collections if isinstance(one, LineCollection))
        assert len(lines.get_segments()) == 190

    def test_axes_that_are_given(self):
        ax = Figure(figsize=(4, 4)).add_subplot()
        assert plots.network([document(meeting("A", "B"))], ax) is ax
        assert sorted(texts(ax)) == ["A", "B"]

    @pytest.mark.parametrize("meetings", [[], [meeting("A")], [meeting("A", "B", status="cancelled")]])
    def test_nobody_met(self, meetings):
        with pytest.raises(ValueError, match="no two parties"):
            plots.network([document(*meetings)])


def names_keep_apart(ax, number):
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == number
    assert not overlaps(boxes)
    width, height = ax.figure.bbox.size
    assert all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)


class TestMonths:
    def test_bars(self):
        both = [meeting("A", date="2020-01-31"), meeting("B", date="2020-01-02", status="scheduled")]
        ax = plots.months(
            [document(*both), document(meeting("C", date="2020-04", end="2020-04-30", start="2020-04-01"))]
        )
        bars = {
            box.get_label(): [
                (round(bar.get_x() + bar.get_width() / 2), bar.get_y(), bar.get_height()) for bar in box
            ]
            for box in ax.containers
        }
        january, april = (round(date2num(date(2020, month, 1))) for month in (1, 4))
        assert bars == {"took place": [(january, 0, 1), (april, 0, 1)], "planned": [(january, 1, 1)]}
        assert [tick.get_text() for tick in ax.get_xticklabels()] == [
            "2020-01",
            "2020-02",
            "2020-03",
            "2020-04",
        ]
        assert ax.get_title(loc="left") == "3 meetings by month"

    def test_status_is_told_by_more_than_colour(self, four):
        bars = {box.get_label(): box[0] for box in plots.months([four]).containers}
        assert list(bars) == ["took place", "planned", "called off", "talked about"]
        assert bars["called off"].get_hatch()
        assert to_hex(bars["talked about"].get_facecolor()) == "#ffffff"

    def test_first_day_decides(self):
        ax = plots.months(
            [document(meeting("A", date="2020-01-31/2020-02-02", start="2020-01-31", end="2020-02-02"))]
        )
        assert [tick.get_text() for tick in ax.get_xticklabels()] == ["2020-01"]

    @pytest.mark.parametrize(
        ("value", "end"),
        [("2020", "2020-12-31"), ("2020-Q1", "2020-03-31"), ("2020-01/2020-06", "2020-06-30")],
    )
    def test_years_and_quarters_are_in_no_month(self, value, end):
        rough = meeting("A", date=value, start="2020-01-01", end=end)
        ax = plots.months([document(rough, meeting("B", date="2020-05-05"), meeting("C"))])
        assert sum(bar.get_height() for box in ax.containers for bar in box) == 1
        assert note(ax) == ["Not shown: 2 meetings whose month is not known."]
        with pytest.raises(ValueError, match="1 meeting, none in a month that is known"):
            plots.months([document(rough)])

    def test_months_far_away_are_counted(self):
        near = [meeting("A", date=f"20{year}-05-05") for year in (18, 19, 20)]
        ax = plots.months([document(meeting("A", date="1648-10-24"), *near)])
        assert sum(bar.get_height() for box in ax.containers for bar in box) == 3
        assert note(ax) == ["Not shown: 1 meeting in earlier or later months."]

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_ends_of_the_calendar(self, day):
        ax = plots.months([document(meeting("A", date=day))])
        ax.figure.draw_without_rendering()
        assert [tick.get_text() for tick in ax.get_xticklabels()] == [day[:7]]

    def test_axes_that_are_given(self, four):
        ax = Figure().add_subplot()
        assert plots.months([four], ax) is ax
        assert ax.containers


class TestPairs:
    def test_cells(self):
        serbia, kosovo, france = (actor(code, country=code) for code in ("RS", "XK", "FR"))
        three = meeting(serbia, kosovo, actor("Who"), chairs=[france, actor("Another", country="FR")])
        off = meeting(serbia, france, status="cancelled")
        ax = plots.pairs([document(three, off), document(meeting(serbia, kosovo), meeting(serbia))])
        assert labels(ax) == ["Serbia RS", "Kosovo XK", "France FR"]
        assert [tick.get_text() for tick in ax.get_xticklabels()] == ["RS", "XK", "FR"]
        cells = {
            (int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in ax.texts
        }
        assert cells == {(0, 1): "2", (1, 0): "2", (0, 2): "1", (2, 0): "1", (1, 2): "1", (2, 1): "1"}
        top, bottom = ax.get_ylim()
        assert top > bottom  # the first row is the upper one

    def test_largest_are_shown_and_the_others_counted(self):
        codes = [a + b for a, b in itertools.product("QXZ", "ABCDEFGHIJKLMNOP")]
        crowd = meeting(*(actor(code, country=code) for code in codes))
        ax = plots.pairs([document(crowd, meeting(actor("ZP", country="ZP"), actor("ZO", country="ZO")))])
        assert labels(ax)[:2] == ["ZO", "ZP"]
        assert len(labels(ax)) == 25
        assert "Not shown: 23 of 48 countries" in ax.get_xlabel()

    def test_no_row_is_empty(self):
        hub = [
            meeting(actor("Hub", country="US"), actor(letter, country=f"Q{letter}"))
            for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        ]
        lone = [meeting(actor("Y", country="ZA"), actor("Z", country="ZB"))] * 20
        ax = plots.pairs([document(*hub, *lone)])
        rows = {int(text.get_position()[1]) for text in ax.texts}
        assert rows == set(range(25))

    def test_two_hubs_that_never_met(self):
        hubs = ("US", "abc"), ("CN", "def")
        stars = (
            meeting(actor(hub, country=hub), actor(end, country=end)) for hub, ends in hubs for end in ends
        )
        ax = Figure(figsize=(0.5, 0.5)).add_subplot()
        plots.pairs([document(*stars)], ax)
        assert labels(ax) == ["China CN", "d"]
        assert "Not shown: 6 of 8 countries" in ax.get_xlabel()

    def test_axes_that_are_given(self):
        ax = Figure(figsize=(2, 2)).add_subplot()
        crowd = meeting(
            *(actor(code, country=code) for code in ("US", "FR", "DE", "GB", "IT", "ES", "PL", "NO"))
        )
        assert plots.pairs([document(crowd)], ax) is ax
        assert 2 <= len(labels(ax)) < 8

    @pytest.mark.parametrize("meetings", [[], [meeting(actor("A", country="US"), actor("B", country="US"))]])
    def test_no_two_countries(self, meetings):
        with pytest.raises(ValueError, match="two countries"):
            plots.pairs([document(*meetings)])


@pytest.fixture
def some():
    """Documents of which every kind of picture can be drawn."""
    parties = [actor(name, country=code) for name, code in (("Ann", "US"), ("Bo", "SE"), ("Cy", "FR"))]
    return [
        document(meeting(*parties, date="2020-07-10")),
        document(meeting(*parties[:2], date="2020-08-10")),
    ]


def settings():
    return {key: value for key, value in matplotlib.rcParams.copy().items() if key != "backend"}


class TestFiles:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF-")])
    def test_same_documents_same_bytes(self, kind, ending, magic, some, tmp_path):
        outs = [tmp_path / f"{name}.{ending}" for name in "ab"]
        for out in outs:
            plots.plot(some, out, kind)
        one, other = (out.read_bytes() for out in outs)
        assert one.startswith(magic)
        assert one == other
        assert sorted(tmp_path.iterdir()) == outs

    @pytest.mark.parametrize("kind", KINDS)
    def test_svg_has_a_title_and_no_date(self, kind, some, tmp_path):
        plots.plot(iter(some), tmp_path / "a.svg", kind)
        text = (tmp_path / "a.svg").read_text("utf-8")
        assert "<dc:title>" in text
        assert "<dc:date>" not in text

    def test_another_process_makes_the_same_bytes(self, tmp_path):
        names = [f"Actor {number}" for number in range(9)]
        records = document(*(meeting(*names[i : i + 3], date="2020-07-10") for i in range(7)))
        (tmp_path / "in.jsonl").write_text(records.to_json(), "utf-8")
        script = (
            "import sys; from eventx import cli; cli.main(sys.argv[1:]);"
            "assert 'matplotlib.pyplot' not in sys.modules; assert 'torch' not in sys.modules"
        )
        for seed in "12":
            arguments = ["plot", tmp_path / "in.jsonl", "-o", tmp_path / f"{seed}.svg", "--kind", "network"]
            environment = os.environ | {"PYTHONHASHSEED": seed}
            subprocess.run([sys.executable, "-c", script, *arguments], env=environment, check=False)
        assert (tmp_path / "1.svg").read_bytes() == (tmp_path / "2.svg").read_bytes()

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
    def test_nasty_names(self, kind, ending, tmp_path):
        parties = [actor(name, country=name) for name in NASTY]
        single = [
            meeting(party, parties[0], date="2020-01-01", places=[Place(party.name, [])]) for party in parties
        ]
        odd = meeting(parties[1], date="$2020_1$", start="2020-01-01")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plots.plot([document(*single, odd, meeting(*parties))], tmp_path / f"a.{ending}", kind)

    def test_dollars_and_underscores_stay(self):
        name = "$x_1$ & Co"
        ax = plots.timeline([document(meeting(name, date="2020-01-01"))])
        ax.figure.draw_without_rendering()
        assert labels(ax) == [name]
        assert not any(label.get_parse_math() for label in ax.get_yticklabels())
        assert texts(plots.network([document(meeting(name, name, "B"))]))[0] == name

    def test_a_country_is_written_if_it_is_one(self):
        made = [meeting(actor("A", country=code), actor("B", country="PE")) for code in ("CL", "US")]
        assert sorted(texts(plots.network([document(*made)]))) == ["A", "B (PE)"]

    def test_what_cannot_be_drawn_is_replaced(self):
        ax = plots.timeline([document(meeting("A\ud800\x00B\nC", date="2020-01-01"))])
        assert labels(ax) == ["A\ufffd\ufffdB C"]

    def test_settings_are_left_alone(self, some, tmp_path):
        before = settings()
        plots.plot(some, tmp_path / "a.svg", "timeline")
        assert settings() == before

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("documents", [[], [Document("1", None, "")], [document(meeting("A"))]])
    def test_nothing_to_draw(self, kind, documents, tmp_path):
        (tmp_path / "a.svg").write_text("older")
        with pytest.raises(ValueError, match="nothing to draw"):
            plots.plot(documents, tmp_path / "a.svg", kind)
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.svg", "older")]

    @pytest.mark.parametrize(
        ("name", "kind", "message"),
        [
            ("a.gif", "months", r"a\.gif: the ending is none of \.png, \.svg, \.pdf"),
            ("a", "months", "the ending is none of"),
            ("a.svg", "pie", "'pie' is no kind of picture: timeline, network"),
            ("no/a.svg", "months", "there is no such folder"),
            ("folder.svg", "months", "this is a folder"),
        ],
    )
    def test_wrong_use(self, name, kind, message, some, tmp_path):
        (tmp_path / "folder.svg").mkdir()
        with pytest.raises(ValueError, match=message):
            plots.plot(some, tmp_path / name, kind)

    def test_png_is_not_empty(self, some, tmp_path):
        plots.plot(some, tmp_path / "a.png", "months")
        image = matplotlib.image.imread(tmp_path / "a.png")
        assert len(np.unique(image.reshape(-1, image.shape[2]), axis=0)) > 10


class TestCommand:
    def test_every_kind(self, some, tmp_path):
        (tmp_path / "in.jsonl").write_text("".join(f"{one.to_json()}\n" for one in some), "utf-8")
        for kind in cli.plot.KINDS:
            out = tmp_path / f"{kind}.svg"
            assert cli.main(["plot", str(tmp_path / "in.jsonl"), "-o", str(out), "--kind", kind]) == 0
            assert out.stat().st_size
        assert tuple(plots.KINDS) == cli.plot.KINDS

    def test_annotations_without_meetings_are_drawn(self, gold, tmp_path):
        gold.meetings = None
        (tmp_path / "in.jsonl").write_text(gold.to_json(), "utf-8")
        assert cli.main(["plot", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "a.svg")]) == 0

    def test_nothing_to_draw_is_wrong_usage(self, tmp_path, capsys):
        (tmp_path / "in.jsonl").write_text(document(meeting("A")).to_json(), "utf-8")
        with pytest.raises(SystemExit) as end:
            cli.main(["plot", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "a.svg")])
        assert end.value.code == 2
        assert "nothing to draw: 1 meeting, none with a date" in capsys.readouterr().err

    @pytest.mark.parametrize("library", ["matplotlib", "networkx"])
    def test_without_the_extra(self, library, some, tmp_path):
        (tmp_path / "in.jsonl").write_text(some[0].to_json(), "utf-8")
        script = (
            f"import sys; sys.modules[{library!r}] = None; from eventx import cli; cli.main(sys.argv[1:])"
        )
        arguments = ["plot", tmp_path / "in.jsonl", "-o", tmp_path / "a.svg"]
        run = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
        assert run.returncode == 2
        assert f"no module {library}: pip install 'eventx[plot]'" in run.stderr

    def test_a_broken_record_is_named(self, some, tmp_path, capsys):
        (tmp_path / "in.jsonl").write_text(f"{{\n{some[0].to_json()}\n", "utf-8")
        assert cli.main(["plot", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "a.svg")]) == 1
        assert (tmp_path / "a.svg").stat().st_size
        assert "in.jsonl" in capsys.readouterr().err

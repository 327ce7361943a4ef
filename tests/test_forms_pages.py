import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventx.document import Actor, DateSpan, Document, Event, Meeting, Place, Span, Version
from eventx.forms import pages, write

VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Reads a page back: its texts, and all elements with their attributes and text."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(page)
        self.close()
        assert self.open == [], "elements that are not closed"

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", **dict(attributes)}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)
        if element.get("class") == "text":
            self.texts.append(element)

    def handle_endtag(self, tag):
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, **wanted):
        return [one for one in self.elements if all(one.get(key) == value for key, value in wanted.items())]

    def marks(self):
        return [one for one in self.elements if one.get("class", "").startswith("mark ") and "title" in one]


def read(*documents):
    return Reader(pages.page(documents))


def span(text, words, **fields):
    start = text.index(words)
    return Span(start, start + len(words), words, **fields)


def meeting(number, events=(), **fields):
    empty = {"participants": [], "chairs": [], "hosts": [], "places": [], "date": None, "start": None}
    usual = {"end": None, "status": "occurred", "format": "in_person"}
    return Meeting(id=number, events=list(events), **{**empty, **usual, **fields})


def shown(text):
    """The text as UTF-8 and HTML can hold it."""
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


LETTERS = st.characters(codec=None) | st.sampled_from("\r\n\t\0\ud800<>&\"'\u202e\u05d0\U0001f600\x85\x0c")


@st.composite
def documents(draw):
    text = draw(st.text(LETTERS, max_size=60))

    def spans(kind, *fields):
        borders = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 20))
        found = borders.map(lambda one: (one[0], min(one[0] + one[1], len(text))))
        return found.map(lambda one: kind(*one, text[slice(*one)], *fields))

    events = []
    for number in range(draw(st.integers(0, 4)) if text else 0):
        arguments = {role: draw(st.lists(spans(Span), max_size=3)) for role in ("participants", "hosts")}
        dates = draw(st.lists(spans(DateSpan, None), max_size=2))
        events.append(Event(draw(spans(Span)), dates=dates, cluster=number + 1, **arguments))
    meetings = [meeting(number + 1, [number]) for number in range(len(events))]
    return Document(draw(st.none() | st.text(LETTERS, max_size=5)), None, text, events, meetings)


@given(st.lists(documents(), max_size=3))
@example([Document("a", None, "\r\n\n a\rb&lt;&#13;\n", [Event(Span(1, 2, "\n"))], None)])
def test_texts_read_back_code_point_by_code_point(made):
    page = read(*made)
    assert [one["text"] for one in page.texts] == [shown(document.text) for document in made]
    ids = [one["id"] for one in page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["href"] for one in page.elements if "href" in one} <= {f"#{name}" for name in ids}


def test_a_mention_and_its_card_lead_to_each_other():
    text = "Ann Lee met Bo in Oslo on Friday."
    date = DateSpan(26, 32, "Friday", "2021-03-05", 0.75)
    participants = [span(text, "Ann Lee"), span(text, "Bo")]
    event = Event(
        span(text, "met", score=0.5), participants, [], [], [span(text, "Oslo")], [date], "scheduled"
    )
    ann = Actor("Ann Lee", "person", "Prime Minister", "Norway", "NO", [])
    place = Place("Oslo", [])
    about = {"date": "2021-03-05", "start": "2021-03-05", "end": "2021-03-05", "score": 0.875}
    met = meeting(1, [0], participants=[ann], chairs=[Actor("UN", "organisation", None, None, None, [])],
                  places=[place], status="scheduled", **about)  # fmt: skip
    page = read(Document("a/b", "2021-03-01", text, [event], [met]))

    marks = {one["text"]: one for one in page.marks()}
    assert list(marks) == ["Ann Lee", "met", "Bo", "Oslo", "Friday"]
    (card,) = page.all(id=marks["Bo"]["href"].removeprefix("#"))
    assert {one["href"] for one in marks.values()} == {f"#{card['id']}"}
    (back,) = (one for one in page.all(href=f"#{marks['met']['id']}"))
    assert back["text"] == "met"
    assert marks["Bo"]["class"] == "mark participants"
    for word in ("date", "2021-03-05", "meeting 1", "scheduled", "in person", "0.75"):
        assert word in marks["Friday"]["title"]
    for words in (
        "Ann Lee Prime Minister, Norway",
        "UN",
        "2021-03-05",
        "Oslo",
        "scheduled",
        "in person",
        "0.88",
    ):
        assert words in card["text"]
    assert page.all(tag="h2")[0]["text"] == "a/b"


def test_a_stretch_has_all_roles_that_spans_give_it():
    text = "EU summit of Serbia"
    first = Event(span(text, "summit"), [span(text, "EU"), span(text, "EU summit")], hosts=[span(text, "EU")])
    second = Event(span(text, "summit"), [span(text, "summit of Serbia")], status="cancelled")
    marks = read(Document(None, None, text, [first, second], [meeting(1, [0]), meeting(2, [1])])).marks()
    roles = [(one["text"], set(one["class"].split()) - {"mark"}) for one in marks]
    assert roles == [
        ("EU", {"participants", "hosts"}),
        (" ", {"participants"}),
        ("summit", {"trigger", "participants"}),
        (" of Serbia", {"participants"}),
    ]
    assert "meeting 1" in marks[2]["title"]
    assert "meeting 2" in marks[2]["title"]
    assert marks[2]["data-label"] == "1,2"
    assert marks[3]["href"].endswith("m2")


def test_mentions_without_a_meeting_are_marked_and_lead_nowhere():
    text = "They met."
    page = read(Document(None, None, text, [Event(span(text, "met"))]))
    (mark,) = page.marks()
    assert (mark["tag"], mark["text"]) == ("span", "met")
    assert "Document 1" in page.all(tag="h2")[0]["text"]


def test_what_looks_like_html_is_shown_as_text():
    evil = "<script>alert(1)</script>\"'><img src=x onerror=y>"
    actor = Actor(evil, "person", evil, evil, evil, [])
    event = Event(Span(0, len(evil), evil), dates=[DateSpan(0, 2, "<s", evil)])
    met = meeting(1, [0], participants=[actor], places=[Place(evil, [])], date=evil)
    page = read(Document(evil, None, evil, [event], [met], Version(1, evil)))
    assert page.texts[0]["text"] == evil
    assert not [one for one in page.elements if one["tag"] in {"script", "img"}]
    assert not [key for one in page.elements for key in one if key.startswith("on")]
    assert json.loads(page.all(name="eventx")[0]["content"]) == {"form": 1, "model": evil}


def test_the_page_needs_nothing_but_itself():
    page = read(Document("a", None, "They met.", [Event(Span(5, 8, "met"))], [meeting(1, [0])]))
    assert not [one for one in page.elements if "src" in one or one["tag"] in {"link", "script", "iframe"}]
    (style,) = page.all(tag="style")
    assert not re.search(r"url\(|@import", style["text"])
    (policy,) = page.all(**{"http-equiv": "Content-Security-Policy"})
    digest = base64.b64encode(hashlib.sha256(style["text"].encode()).digest()).decode()
    assert policy["content"].startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert page.all(tag="html")[0]["lang"] == "en"


def test_text_that_runs_from_right_to_left_sets_its_own_direction():
    (text,) = read(Document("a", None, "התקיימה פגישה בקהיר.")).texts
    assert text["dir"] == "auto"


@pytest.mark.parametrize("made", [[], [Document("a", None, "")], [Document("a", None, "No talks.", [], [])]])
def test_pages_without_meetings_are_whole(made):
    page = read(*made)
    assert len(page.texts) == len(made)
    assert page.marks() + page.all(tag="section") == []


def test_seed(gold, tmp_path):
    out = tmp_path / "seed.html"
    write(iter([gold, gold]), out)
    page = Reader(out.read_text("utf-8"))
    assert [one["text"] for one in page.texts] == [gold.text] * 2
    assert len(page.all(tag="section")) == 8
    assert "4 meetings in 11 mentions" in page.elements[0]["text"]


def test_what_the_model_finds(nlp):
    document = nlp("The trade ministers of Peru and Chile met in Lima on Tuesday.", date="2021-06-03")
    page = read(document)
    assert json.loads(page.all(name="eventx")[0]["content"])["model"] == document.version.model
    assert "met" in [one["text"] for one in page.marks()]
    assert "2021-06-01" in page.all(tag="section")[0]["text"]


def test_a_document_is_written_before_the_next_is_taken(tmp_path):
    out = tmp_path / "out.html"
    sizes = []

    def stream():
        for number in range(4):
            sizes.append(out.stat().st_size)
            yield Document(str(number), None, "x" * 100_000)

    pages.write(stream(), out)
    assert all(later - earlier > 90_000 for earlier, later in pairwise(sizes[1:]))


# In a browser, printed ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with playwright.sync_playwright() as started:
        try:
            browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except playwright.Error:
            pytest.skip("no Chromium: apt-get install chromium, or playwright install chromium")
        yield browser
        browser.close()


@pytest.fixture
def printed(chromium, tmp_path):
    """Open the page of documents as it is printed by who likes the screen dark."""

    def opened(*made):
        write(iter(made), tmp_path / "out.html")
        page.goto((tmp_path / "out.html").as_uri())
        return page

    page = chromium.new_page(color_scheme="dark", viewport={"width": 1000, "height": 700})
    page.emulate_media(media="print")
    yield opened
    page.close()


@pytest.fixture
def long():
    """A document with more cards than a window or a sheet has room for, and a mention in each role."""
    text = "Ann and Bo met in Oslo today, said Di of Oman. " + "Nothing else was said. " * 40
    people = {"participants": [span(text, "Ann")], "chairs": [span(text, "Bo")], "hosts": [span(text, "Di")]}
    where, when = [span(text, "Oslo")], [DateSpan(23, 28, "today", None)]
    event = Event(span(text, "met"), **people, places=where, dates=when)
    actors = [Actor(f"Person {number}", "person", None, None, None, []) for number in range(7)]
    met = [meeting(number, [0], participants=actors[: number % 7 + 1]) for number in range(1, 41)]
    return Document("long", None, text, [event], met)


BOXES = """() => [".text", ".cards", ".card"].map(name =>
    [...document.querySelectorAll(name)].map(one => one.getBoundingClientRect().toJSON()))"""


def test_printed_the_text_and_then_every_card_are_shown_over_the_whole_width(printed, long):
    page = printed(long)
    (text,), (column,), cards = page.evaluate(BOXES)
    assert text["width"] == column["width"] > 900
    assert len(cards) == 40
    for above, below in pairwise((text, *cards)):
        assert above["bottom"] <= below["top"]
    assert cards[-1]["bottom"] <= column["bottom"]
    assert page.locator(".cards").evaluate("one => one.scrollHeight <= one.clientHeight")
    page.emulate_media(media="screen")
    assert page.locator(".cards").evaluate("one => one.scrollHeight > one.clientHeight")


def test_printed_no_card_is_cut_by_the_end_of_a_sheet(printed, long):
    """Columns stand for sheets: where a box goes on in the next, it has two rectangles."""
    page = printed(long)
    sheets = "{columns: '600px 1', columnFill: 'auto', height: '800px'}"
    page.evaluate(f"Object.assign(document.body.style, {sheets})")
    cards = page.locator(".card")
    pieces = "all => all.map(one => one.getClientRects().length)"
    assert set(cards.evaluate_all(pieces)) == {1}
    cards.evaluate_all("all => all.forEach(one => one.style.breakInside = 'auto')")
    assert set(cards.evaluate_all(pieces)) == {1, 2}


def drawn(page, **options):
    """Return what a printout consists of, but for when it was made."""
    return re.sub(rb"/(CreationDate|ModDate) \(.*?\)", b"", page.pdf(format="A4", **options))


def test_printed_nothing_is_lost_without_backgrounds_or_where_the_screen_is_dark(printed, long):
    page = printed(long)
    sheets = drawn(page, print_background=False)
    page.emulate_media(media="print", color_scheme="light")
    assert sheets == drawn(page, print_background=False)
    page.locator("body").evaluate("one => one.style.background = 'none'")  # white, as paper is
    assert sheets == drawn(page, print_background=True)
    page.locator("body").evaluate("one => one.style.printColorAdjust = 'economy'")
    assert sheets != drawn(page, print_background=False)


def test_printed_each_role_has_its_own_stripe_and_mentions_the_numbers_of_their_meetings(printed, long):
    page = printed(long)
    marks = page.locator(".text .mark")
    stripes = marks.evaluate_all("all => all.map(one => getComputedStyle(one).boxShadow)")
    assert len(stripes) == len(set(stripes)) == 6
    number = page.locator(".text .trigger").evaluate("one => getComputedStyle(one, '::after').content")
    assert number == f'"{",".join(map(str, range(1, 41)))}"'


def test_printed_each_document_begins_on_a_new_sheet(printed):
    made = [Document(str(number), None, "They met.") for number in range(3)]
    assert len(re.findall(rb"/Type /Page\b", drawn(printed(*made)))) == 3

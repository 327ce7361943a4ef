"""The page in a real browser: Chromium by Playwright."""

import csv
import io
import json
import random
import re
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, expect, sync_playwright
from test_service import process

from eventx.service import routes

MARKUP = (
    '<script>document.title = "bad"</script> <img src=x onerror="document.title=1"> &amp; "quotes" 😀👩‍🚀: '
    "The presidents of Peru and Chile met in Lima on Tuesday.\n\n"
    "اجتمع الوزيران. The ministers of Oman and Qatar will hold talks on 3 May 2021 in Muscat 🎉."
)
DAY = "2021-04-29"


@pytest.fixture(scope="module")
def chromium():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error:
            pytest.skip("no Chromium: apt-get install chromium, or playwright install chromium")
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address():
    with process("--threads", "1", "--max-characters", "20000") as (_, address):
        yield address


@pytest.fixture
def visit(chromium, address):
    """Open the page as a user would; what scripts complain of or fetch from elsewhere fails the test."""
    contexts, complaints = [], []

    def opened(path="/", at=address, **options):
        context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"], **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on(
            "request", lambda request: request.url.startswith((at, "blob:")) or complaints.append(request.url)
        )
        page.goto(at + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    # A browser tells of every answer that is an error; the tests look at these themselves.
    assert [said for said in complaints if "Failed to load resource" not in said] == []


@pytest.fixture
def page(visit):
    page = visit()
    found(page)
    return page


def found(page):
    expect(page.locator("#found")).to_be_visible(timeout=30_000)


def read(page, text, date=""):
    if page.locator("#edit").is_visible():
        page.click("#edit")
    page.fill("#text", text)
    page.fill("#date", date)
    page.click("#find")


def record(page):
    page.click("#copy")
    expect(page.locator("#status")).to_have_text("The JSON is copied.")
    return json.loads(page.evaluate("navigator.clipboard.readText()"))


def texts(page, selector):
    return page.locator(selector).evaluate_all("nodes => nodes.map(node => node.textContent)")


def problem(page):
    expect(page.locator("#problem")).to_be_visible()
    return page.locator("#problem").inner_text()


# The example -----------------------------------------------------------------------------------


def test_example_is_there_at_once(page, nlp, gold):
    assert texts(page, "#marked") == [gold.text]
    assert page.input_value("#date") == gold.date
    document = nlp(gold.text, gold.date)
    assert (
        page.locator("#status")
        .inner_text()
        .startswith(f"{len(document.meetings)} meetings in {len(document.events)} mentions")
    )
    assert page.locator(".card").count() == len(document.meetings)
    card = page.locator(".card", has_text="Emmanuel Macron")
    assert "10 July 2020" in card.inner_text()
    assert "virtual" in card.inner_text()


def test_example_is_the_seed(seed_file):
    assert (routes.PAGE / "example.txt").read_bytes() == seed_file.read_bytes()


def test_card_lights_up_its_mentions(page):
    told = record(page)
    for meeting in told["meetings"]:
        page.locator(f'.card[data-meeting="{meeting["id"]}"] .choose').click()
        assert texts(page, ".trigger.lit") == [
            told["events"][event]["trigger"]["text"] for event in meeting["events"]
        ]
        assert texts(page, ".chosen .choose[aria-pressed=true] .number") == [str(meeting["id"])]
        expect(page.locator(".trigger.lit").first).to_be_in_viewport()
    page.locator(".card.chosen .choose").click()
    assert texts(page, ".lit") == []


def test_mention_leads_to_its_card_and_back(page):
    page.locator("#marked .trigger[data-label='4']").first.click()
    expect(page.locator(".card.chosen")).to_have_attribute("data-meeting", "4")
    expect(page.locator(".card.chosen .choose")).to_be_in_viewport()
    page.locator(".card[data-meeting='1'] .quotes button").last.click()
    expect(page.locator("#marked .trigger:focus")).to_have_text("round")
    expect(page.locator(".card.chosen")).to_have_attribute("data-meeting", "1")


def test_timeline(page):
    rows = page.locator("#timeline .span")
    labels = rows.evaluate_all("nodes => nodes.map(node => node.ariaLabel)")
    assert labels[0].startswith("Meeting 4, 10 July 2020, occurred: Emmanuel Macron, Angela Merkel")
    assert [re.search(r", (.*?), ", label)[1] for label in labels[-2:]] == ["no date"] * 2
    bars = page.locator(".bar").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().left)")
    assert bars == sorted(bars)
    assert bars[0] < bars[1]
    assert texts(page, ".tick")[0] == "10 Jul 2020"
    expect(page.locator("#timeline p")).to_have_text("published 12 July 2020")
    rows.first.click()
    expect(page.locator(".card.chosen")).to_have_attribute("data-meeting", "4")


@pytest.mark.parametrize(
    ("date", "start", "end", "shown"),
    [
        (None, None, None, "no date"),
        ("1998", "1998-01-01", "1998-12-31", "1998"),
        ("0987-06", "0987-06-01", "0987-06-30", "June 987"),
        ("2020-07-12", "2020-07-12", "2020-07-12", "12 July 2020"),
        ("2020-07-12T09:00", "2020-07-12", "2020-07-12", "12 July 2020, 09:00"),
        ("2020-W28", "2020-07-06", "2020-07-12", "6\u201312 July 2020"),
    ],
)
def test_dates_are_told_as_people_do(page, date, start, end, shown):
    told = page.evaluate(
        "async (meeting) => (await import('/page/dates.js')).when(meeting)",
        {"date": date, "start": start, "end": end},
    )
    assert re.sub(r"\s*\u2013\s*", "\u2013", told) == shown


def test_keyboard(page):
    """All can be reached and used without a mouse."""
    page.locator("#example").focus()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"marked", "share", "copy", "span", "choose", "mark trigger"} <= {
        name.split(" lit")[0] for name in reached
    }
    page.locator(".choose").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".card.chosen")).to_have_attribute("data-meeting", "1")
    page.locator("#marked .trigger[data-label='2']").first.focus()
    page.keyboard.press("Space")
    expect(page.locator(".card.chosen")).to_have_attribute("data-meeting", "2")


def test_text_by_keyboard(page):
    """From the button to the text, to its meetings, and to what is wrong."""
    page.locator("#new").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    assert (page.input_value("#text"), page.input_value("#date")) == ("", "")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#problem")).to_be_focused()
    page.locator("#text").focus()
    page.keyboard.type("They held talks in Rome.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#marked")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#marked .trigger")).to_be_focused()
    page.click("#edit")
    page.locator("#find").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#marked")).to_be_focused()


# Own texts -------------------------------------------------------------------------------------


def test_text_is_shown_as_text(page):
    read(page, MARKUP, DAY)
    found(page)
    assert texts(page, "#marked") == [MARKUP]
    assert page.title() == "Meetings in news"
    assert page.locator("#marked :is(script, img, b)").count() == 0


def test_offsets_are_right_behind_emoji(page):
    read(page, MARKUP, DAY)
    found(page)
    told = record(page)
    assert told["text"] == MARKUP
    for role in ("trigger", "participants", "places", "dates"):
        spans = [
            span for event in told["events"] for span in ([event[role]] if role == "trigger" else event[role])
        ]
        assert texts(page, f"#marked .{role}") == [span["text"] for span in spans]
        assert spans
    assert "3 May 2021" in texts(page, ".choose")[-1]


@pytest.mark.parametrize("text", ["It rained in Oslo.", "😀\t ", "a\n\n\nb"])
def test_text_without_meetings(page, text):
    read(page, text)
    expect(page.locator("#status")).to_contain_text("No meeting in this text")
    assert texts(page, "#marked") == [text]
    expect(page.locator("#timeline")).to_be_empty()


def test_spans_with_two_roles_and_overlaps(page):
    """The page shows what a record says; here one that no model has to find."""
    span = {"start": 0, "end": 7}
    event = {
        "trigger": {"start": 8, "end": 11, "text": "met"},
        "participants": [span, {"start": 2, "end": 7}],
    }
    event |= {"hosts": [span], "dates": [{"start": 8, "end": 12, "value": None}], "chairs": [], "places": []}
    event |= {"status": "occurred", "format": "phone"}
    made = {"text": "😀a Oman met.\r!", "events": [event], "meetings": [{"id": 3, "events": [0]}]}
    nodes = page.evaluate(
        """async (record) => {
        const { marked } = await import("/page/text.js");
        return marked(record).map((node) => [node.textContent ?? node, node.className ?? ""]);
        }""",
        made,
    )
    assert nodes == [
        ["😀a", "mark participants hosts"],
        [" Oman", "mark participants hosts"],
        [" ", ""],
        ["met", "mark trigger dates"],
        [".", "mark dates"],
        ["", ""],
        ["\r", ""],
        ["", ""],
        ["!", ""],
    ]


def test_files(page, tmp_path):
    file = tmp_path / "news.txt"
    file.write_bytes(
        b"date 2021-06-03\r\n\r\nThe ministers of Peru and Chile met on Tuesday.\r\n\r\nIt rained."
    )
    page.set_input_files("#file", file)
    expect(page.locator("#marked")).to_contain_text("Peru")
    assert page.input_value("#date") == "2021-06-03"
    told = record(page)
    assert told["text"] == "The ministers of Peru and Chile met on Tuesday.\r\n\r\nIt rained."
    assert told["meetings"][0]["date"] == "2021-06-01"
    drop(page, {"other.txt": "They held talks in Rome."})
    expect(page.locator("#marked")).to_have_text("They held talks in Rome.")
    assert page.input_value("#date") == ""  # not that of the text before


def drop(page, files):
    page.evaluate(
        """(files) => {
        const dropped = new DataTransfer();
        for (const [name, text] of Object.entries(files)) dropped.items.add(new File([text], name));
        window.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
        }""",
        files,
    )


def test_dropped_text_has_no_date_of_another(page):
    page.evaluate(
        """() => {
        const dropped = new DataTransfer();
        dropped.setData("text", "They met in Oslo.");
        window.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
        }"""
    )
    expect(page.locator("#marked")).to_have_text("They met in Oslo.")
    assert page.input_value("#date") == ""


def test_text_in_the_place_of_another_has_no_date_of_it(page):
    page.click("#edit")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text("They met in Oslo.")
    assert page.input_value("#date") == ""
    page.fill("#date", DAY)
    page.locator("#text").press("ControlOrMeta+A")
    page.keyboard.insert_text("They met in Bergen.")
    assert page.input_value("#date") == DAY  # it was put in by hand, for this text


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a.txt": "They met.", "b.txt": "They talked."}, "One file at a time: 2 were dropped."),
        ({"news.html": "<p>They met."}, "news.html is no plain text"),
        ({"news.jsonl": "{}"}, "news.jsonl is no plain text"),
        ({"a.txt": "date 2021-02-31\nThey met."}, "2021-02-31, which is no day"),
    ],
)
def test_files_that_are_not_read(page, files, told):
    drop(page, files)
    expect(page.locator("#problem")).to_contain_text(told)


# What is kept ----------------------------------------------------------------------------------


def test_downloads(page, gold):
    def saved(form):
        with page.expect_download() as download:
            page.click(f"[data-form={form}]")
        assert download.value.suggested_filename == f"meetings.{form}"
        return Path(download.value.path()).read_text("utf-8")

    told = record(page)
    assert json.loads(saved("json")) == told
    assert saved("ics").count("BEGIN:VEVENT") == sum(
        meeting["start"] is not None for meeting in told["meetings"]
    )
    assert len(list(csv.DictReader(io.StringIO(saved("csv"))))) == len(told["meetings"])
    assert "Emmanuel Macron" in saved("html")


def test_share_link_carries_the_text_to_nobody(page, visit):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    read(page, MARKUP, DAY)
    found(page)
    posts = [url for url in asked if "/v1/" in url]
    page.click("#share")
    expect(page.locator("#status")).to_have_text("The link is copied.")
    link = page.input_value("#address")
    assert link == page.url == page.evaluate("navigator.clipboard.readText()")
    assert [url for url in asked if "/v1/" in url] == posts
    other = visit(link[len(link.split("#")[0]) - 1 :])
    other.on("request", lambda request: asked.append(request.url))
    found(other)
    assert texts(other, "#marked") == [MARKUP]
    assert other.input_value("#date") == DAY
    assert not any("#" in url or "?" in url for url in asked)


def test_link_is_only_of_the_text_that_is_shown(page):
    page.click("#share")
    expect(page.locator("#link")).to_be_visible()
    shared = page.input_value("#address")
    read(page, "They held talks in Rome.")
    found(page)
    assert "#" not in page.url
    page.goto(shared)
    page.reload()
    found(page)
    assert page.url == shared


def test_text_too_long_for_a_link(page):
    text = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9F00), k=300_000)))
    record = {"id": "1", "date": None, "text": text, "events": [], "meetings": []}
    page.route("**/v1/extract", lambda route: route.fulfill(json=record))
    read(page, "A text of which the service says that it is long.")
    expect(page.locator("#status")).to_contain_text("No meeting in this text", timeout=30_000)
    page.click("#share")
    expect(page.locator("#problem")).to_contain_text("download the JSON", timeout=30_000)
    assert "#" not in page.url


@pytest.mark.parametrize("fragment", ["#t=", "#t=!", "#t=AAAA", "#t=q1YqSS0uUbJSqgUA"])
def test_damaged_link(visit, fragment):
    page = visit("/" + fragment)
    assert "damaged" in problem(page)


# Errors ----------------------------------------------------------------------------------------


def test_errors_are_told(page, tmp_path):
    read(page, " \n ")
    assert "no text" in problem(page)
    read(page, "a" * 20_001)
    assert "20000 characters" in problem(page)
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\0")
    page.set_input_files("#file", binary)
    assert "no text in UTF-8" in problem(page)
    page.route("**/v1/extract", lambda route: route.abort())
    read(page, "They met.")
    assert "does not answer" in problem(page)
    page.unroute("**/v1/extract")
    page.click("#find")
    found(page)
    expect(page.locator("#problem")).to_be_hidden()


def test_token_is_asked_for(visit, tmp_path):
    (tmp_path / "token").write_text("s3cret")
    with process("--token-file", str(tmp_path / "token")) as (_, address):
        page = visit(at=address)
        assert "token" in problem(page)
        expect(page.locator("#token")).to_be_focused()
        page.fill("#token", "wrong")
        page.click("#find")
        assert "token" in problem(page)
        page.fill("#token", "s3cret")
        page.keyboard.press("Enter")
        found(page)
        assert page.locator(".card").count()


# For everybody ---------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_accessibility(visit, scheme, width):
    """Axe finds nothing serious in any state."""
    view = {"width": width, "height": 800}
    page = visit(color_scheme=scheme, viewport=view, bypass_csp=True)
    found(page)

    def check():
        told = Axe().run(page).response
        assert len(told["passes"]) > 10
        serious = [
            (one["id"], [node["html"] for node in one["nodes"]])
            for one in told["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []

    check()
    page.locator(".choose").nth(1).click()
    check()
    page.click("#share")
    expect(page.locator("#link")).to_be_visible()
    page.click("#edit")
    check()
    read(page, "")
    problem(page)
    check()


def test_narrow_screen(visit):
    page = visit(viewport={"width": 320, "height": 640}, has_touch=True)
    found(page)
    read(page, MARKUP + "x" * 500, DAY)
    found(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for card in page.locator(".choose").all():
        card.tap()
        expect(page.locator(".trigger.lit").first).to_be_in_viewport()
        expect(card).to_be_in_viewport()

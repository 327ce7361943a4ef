from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventx import resolve_date
from eventx.dates import interval
from eventx.dates.rules import RULES, SELECTORS
from eventx.dates.words import KINDS, LEXICON, MONTHS, WEEKDAYS, WORDS

TABLE = Path(__file__).parent / "data" / "dates.tsv"
ROWS = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
statuses = st.sampled_from(["occurred", "scheduled", "cancelled", "hypothetical", None])


@pytest.mark.parametrize(("expression", "anchor", "status", "reference", "value"), ROWS)
def test_value(expression, anchor, status, reference, value):
    assert resolve_date(expression, anchor or None, None, status or None, reference or None) == (
        value or None
    )


@pytest.mark.parametrize(
    ("context", "status", "value"),
    [
        ("The ministers will meet on Friday to sign the treaty.", None, "2003-02-14"),
        ("Talks are due to open on Friday.", None, "2003-02-14"),
        ("They plan a summit on Friday.", None, "2003-02-14"),
        ("The ministers met on Friday and agreed to try again.", None, "2003-02-07"),
        ("Both presidents were in Lima on Friday.", None, "2003-02-07"),
        ("No verb, only Friday", None, "2003-02-07"),
        ("Friday's talks have been called off.", "cancelled", "2003-02-14"),
        ("Talks set for Friday were called off at the last minute.", "cancelled", "2003-02-07"),
        # The status of the event counts for more than the verb.
        ("The meeting was fixed for Friday.", "scheduled", "2003-02-14"),
        ("They would meet on Friday, he had said, and they did.", "occurred", "2003-02-07"),
        (None, None, "2003-02-07"),
    ],
)
def test_the_sentence_tells_the_tense(context, status, value):
    assert resolve_date("Friday", "2003-02-11", context, status) == value


@pytest.mark.parametrize(
    ("expression", "context", "value"),
    [
        ("the next day", "They met in Lima on 3 March 2003 and the next day in Quito.", "2003-03-04"),
        ("the same day", "Both met on Monday, the ministers the same day.", "2003-02-10"),
        ("10 a.m.", "The session opened at 10 a.m. on Monday.", "2003-02-10T10:00"),
        ("10 a.m.", "The session opened at 10 a.m. with a prayer.", "2003-02-11T10:00"),
        ("that year", "Of the summits of 1998 and 1999, that year's was the larger.", "1999"),
        (
            "a year earlier",
            "Sales of the third quarter of 2002 fell from a year earlier.",
            "2001-Q3",
        ),
        (
            "a year ago",
            "Net income rose to $5 million in the third quarter from $4 million a year ago.",
            "2001-Q3",
        ),
        ("a year ago", "Profit fell to $5 million from $6 million a year ago.", "2001-Q4"),
        (
            "a year earlier",
            "For the nine months net was $5 million, up from $4 million a year earlier.",
            "2002",
        ),
        ("a year ago", "He was arrested on charges of fraud a year ago.", "2002"),
        ("a year ago", "The party lost a share of its seats a year ago.", "2002"),
        ("that year", "Results came late that year.", None),
        ("the following year", "He was elected on May 22, 1995, and the following year he resigned.", "1996"),
        ("the day before", "They had met the day before the vote.", None),
        ("10 a.m.", "The talks begin at 10 a.m. on March 3.", "2003-03-03T10:00"),
        ("10 a.m.", "They meet at 10 a.m. on Monday, 12 May 2003, in Lima.", "2003-05-12T10:00"),
        ("the following month", "The Mayor of Lima resigned the following month.", None),
        ("that year", "Some 1500 people came that year.", None),
        ("the next day", "İİİİİİİİİİİİİİ met on Monday and the next day 12 May 2003", "2003-02-11"),
        ("two days later", "In March they met, two days later they parted.", None),
        ("the next day", "They met on March 3-5 and left the next day.", "2003-03-06"),
        ("10 a.m.", "He said on Friday that talks open at 10 a.m. next Tuesday.", "2003-02-18T10:00"),
        ("a year", "Sales of the third quarter of 2002 fell from a year earlier.", "2001-Q3"),
        ("two weeks", "The ministers will meet in two weeks.", "2003-W09"),
        ("two weeks", "The ministers talked for two weeks.", None),
        ("25", "They met on 24 and 25 April 2002 and on June 24 and 25.", "2002-04-25"),
    ],
)
def test_what_counts_from_another_date_finds_it_in_the_sentence(expression, context, value):
    assert resolve_date(expression, "2003-02-11", context) == value


def test_a_reference_counts_for_more_than_the_sentence():
    sentence = "They met on Monday and the next day."
    assert resolve_date("the next day", "2003-02-11", sentence) == "2003-02-11"
    assert resolve_date("the next day", "2003-02-11", sentence, reference="2003-01-01") == "2003-01-02"


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("The ministry said on Friday that talks will go on.", "2003-02-07"),
        ("He announced Friday that he would resign.", "2003-02-07"),
        ("He said that talks will go on on Friday.", "2003-02-14"),
        ("The accord will be signed on Friday.", "2003-02-14"),
        ("It is a pact to be signed on Friday.", "2003-02-14"),
        ("They were due to meet by Friday.", "2003-02-14"),
        ("The talks were attended by Merkel on Friday.", "2003-02-07"),
        ("The offer had been scheduled to expire on Friday.", "2003-02-07"),
        ("They agreed on Friday to merge.", "2003-02-07"),
        ("They announced the plan Friday.", "2003-02-07"),
    ],
)
def test_the_verb_before_the_day_tells_its_tense(sentence, value):
    assert resolve_date("Friday", "2003-02-11", sentence) == value


@pytest.mark.parametrize(
    ("sentence", "status", "value"),
    [
        ("Talks begin on Friday.", None, "2003-02-14"),
        ("Both leaders meet Friday.", None, "2003-02-14"),
        ("The minister had filed his report by Friday.", None, "2003-02-07"),
        ("He will file his report by Friday.", None, "2003-02-14"),
        ("The talks have been moved to Friday.", None, "2003-02-14"),
        ("A service planned for Friday was cancelled.", None, "2003-02-07"),
        ("The United States said on Friday it would wait.", None, "2003-02-07"),
        ("The talks lasted until Friday.", "occurred", "2003-02-07"),
        ("The talks are to end on Friday.", "occurred", "2003-02-14"),
        ("The club has shelved Friday's meeting, which was due to open at noon.", "cancelled", "2003-02-14"),
        ("He denied that they had met on Friday.", "hypothetical", "2003-02-07"),
        ("He asked for a meeting on Friday.", "hypothetical", "2003-02-14"),
    ],
)
def test_status_and_verbs_together(sentence, status, value):
    assert resolve_date("Friday", "2003-02-11", sentence, status) == value


@pytest.mark.parametrize(
    ("expression", "context", "value"),
    [
        ("Labor Day 2020", "Unions marched in France on Labor Day 2020.", "2020-05-01"),
        ("Labour Day 2021", "New Zealand's premier spoke on Labour Day 2021.", "2021-10-25"),
        ("Labour Day 2021", "Australia's premier spoke on Labour Day 2021.", None),
        ("Thanksgiving 2020", "Canadian ministers met on Thanksgiving 2020.", "2020-10-12"),
        ("Thanksgiving 2020", "Off Cuba's coast on Thanksgiving 2020 they met.", "2020-11-26"),
        ("Independence Day 2020", "India's cabinet met after Independence Day 2020.", "2020-08-15"),
        ("Unity Day 2020", "In Germany, Unity Day 2020 was quiet.", "2020-10-03"),
        ("National Day 2020", "They met in China on National Day 2020.", "2020-10-01"),
        ("Independence Day 1500", "India's cabinet met after Independence Day 1500.", None),
    ],
)
def test_a_national_day_is_that_of_the_country_named(expression, context, value):
    assert resolve_date(expression, None, context) == value


def test_a_word_is_not_found_inside_another_one():
    assert resolve_date("May", "2003-08-11", "Mayor Lee said that they will meet in May.") == "2004-05"


def test_the_month_of_may_is_no_verb():
    assert resolve_date("May 6", "1999-10-24", "On May 6, he was charged.") == "1999-05-06"


@pytest.mark.parametrize("anchor", [date(2003, 2, 11), "2003-02-11", "2003-02-11T23:59:00Z"])
def test_anchor_in_any_form(anchor):
    assert resolve_date("next Friday", anchor=anchor) == "2003-02-21"


@pytest.mark.parametrize("anchor", [None, "", "yesterday", "2003-02-30", "11.02.2003"])
def test_unreadable_anchor_counts_as_none(anchor):
    assert resolve_date("tomorrow", anchor) is None
    assert resolve_date("12 July 2020", anchor) == "2020-07-12"


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2020-07-12", "2020-07-12", "2020-07-12"),
        ("2020-07-12T09:00", "2020-07-12", "2020-07-12"),
        ("2020-02", "2020-02-01", "2020-02-29"),
        ("2020", "2020-01-01", "2020-12-31"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
        ("2020-Q3", "2020-07-01", "2020-09-30"),
        ("2020-01/2020-06", "2020-01-01", "2020-06-30"),
        ("2020-SP", "2020-03-01", "2020-05-31"),
        ("2020-SU", "2020-06-01", "2020-08-31"),
        ("2020-FA", "2020-09-01", "2020-11-30"),
        ("2020-WI", "2020-12-01", "2021-02-28"),
        ("2020-07-12/2020-07-14", "2020-07-12", "2020-07-14"),
        ("2020/2022", "2020-01-01", "2022-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_interval(value, first, last):
    assert interval(value) == (first, last)


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", "Friday", "202", "2020-", "2020-13", "2020-02-30", "2019-W53", "2020-W00", "2020-Q5"),
        *("2020-sp", "2020-07-12T9", "2020-07-12T25:00", "2020/2019", "2020/", "2020/2021/2022", "0000"),
        *("２０２０", "2020 ", "2020-07-12\n", "9999-WI"),
    ],
)
def test_no_interval(value):
    assert interval(value) is None


FORMATS = [
    "{iso}",
    "{d} {month} {y}",
    "{d:02} {month} {y}",
    "{month} {d}, {y}",
    "{month} {d} {y}",
    "{month} {d:02}, {y}",
    "{month} {d}{th}, {y}",
    "{d}{th} {month} {y}",
    "the {d}{th} of {month} {y}",
    "{d} {short} {y}",
    "{short}. {d}, {y}",
    "{short}.{d}, {y}",
    "{SHORT} {d}, {y}",
    "{weekday}, {d} {month} {y}",
    "{weekday}, {month} {d}, {y}",
    "{weekday} {d} {month} {y}",
    "{weekday} the {d}{th} of {month}, {y}",
    "{wd}, {d} {short} {y}",
    "{weekday} evening, {d} {month} {y}",
    "late on {d} {month} {y}",
    "the night of {month} {d}, {y}",
    "{d}.{m}.{y}",
    "{d:02}.{m:02}.{y}",
    "{d:02}-{m:02}-{y}",
    "{m}/{d}/{y}",
    "{m:02}/{d:02}/{y}",
    "{y}/{m:02}/{d:02}",
    "{y}.{m:02}.{d:02}",
    "{y}, {month} {d}",
    "\N{NO-BREAK SPACE}{d}\t{month}\n{y}",
]


def written(day: date, form: str) -> str:
    month, weekday = MONTHS[day.month - 1].title(), WEEKDAYS[day.weekday()].title()
    ending = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day // 10 != 1 else 0, "th")
    parts = {"iso": day.isoformat(), "y": day.year, "m": day.month, "d": day.day, "th": ending}
    names = {"month": month, "short": month[:3], "SHORT": month[:3].upper(), "weekday": weekday}
    return form.format(**parts, **names, wd=weekday[:3])


@given(days, st.sampled_from(FORMATS), st.none() | days, statuses)
def test_every_day_comes_back_in_every_form(day, form, anchor, status):
    assert resolve_date(written(day, form), anchor, None, status) == day.isoformat()


@given(days, st.integers(0, 23), st.integers(0, 59))
def test_hour(day, hour, minute):
    value = f"{day}T{hour:02}:{minute:02}"
    twelve = f"{(hour - 1) % 12 + 1}:{minute:02} {'p.m.' if hour > 11 else 'a.m.'}"
    assert resolve_date(f"{hour:02}:{minute:02} today", day) == value
    assert resolve_date(f"{twelve} today", day) == value
    assert resolve_date(f"today at {hour}.{minute:02}", day) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("4.30 this afternoon", "2020-07-12T16:30"),
        ("4 o'clock this afternoon", "2020-07-12T16:00"),
        ("six o'clock this morning", "2020-07-12T06:00"),
        ("8:30 tonight", "2020-07-12T20:30"),
        ("two this afternoon", "2020-07-12T14:00"),
        ("nine last night", "2020-07-11T21:00"),
        ("1:30 last night", "2020-07-11T01:30"),
        ("12:30 in the morning", "2020-07-12T00:30"),
        ("ten o'clock yesterday", "2020-07-11T10:00"),
        ("three o'clock", "2020-07-12T15:00"),
        ("half-past two o'clock on Friday", "2020-07-10T14:30"),
        ("1900 CET on Tuesday", "2020-07-07T19:00"),
        ("nine on Friday", "2020-07-10"),  # in the morning or the evening
        ("one evening", None),
    ],
)
def test_hour_in_words(expression, value):
    assert resolve_date(expression, "2020-07-12", status="occurred") == value


@pytest.mark.parametrize(
    ("sentence", "anchor", "value"),
    [
        ("Talks scheduled for Friday were called off.", "2003-02-12", "2003-02-14"),
        ("Talks scheduled for Friday were called off.", "2003-02-13", "2003-02-14"),
        ("Talks scheduled for Friday were called off.", "2003-02-16", "2003-02-14"),
        ("Talks scheduled for the weekend were called off.", "2003-02-13", "2003-02-15/2003-02-16"),
    ],
)
def test_what_was_cancelled_is_near(sentence, anchor, value):
    expression = "Friday" if "Friday" in sentence else "weekend"
    assert resolve_date(expression, anchor, sentence, "cancelled") == value


@given(days, st.sampled_from(WEEKDAYS))
def test_weekdays_as_the_guidelines_define_them(anchor, weekday):
    def distance(expression: str, status: str | None = None) -> int:
        value = resolve_date(expression, anchor, None, status)
        assert date.fromisoformat(value).weekday() == WEEKDAYS.index(weekday)
        return (date.fromisoformat(value) - anchor).days

    monday = -anchor.weekday()
    assert -6 <= distance(weekday, "occurred") <= 0
    assert 0 <= distance(weekday, "scheduled") <= 6
    assert -7 <= distance(f"last {weekday}") <= -1
    assert 1 <= distance(f"this coming {weekday}") <= 7
    assert monday <= distance(f"this {weekday}") <= monday + 6
    assert monday + 7 <= distance(f"next {weekday}") <= monday + 13


@given(days, st.integers(1, 31), st.integers(1, 12), st.sampled_from(["occurred", "scheduled"]))
def test_a_day_without_year_is_on_the_side_of_the_tense(anchor, day, month, status):
    value = resolve_date(f"{day} {MONTHS[month - 1]}", anchor, None, status)
    if value is None:
        assert day > 28
        return
    found = date.fromisoformat(value)
    assert (found.month, found.day) == (month, day)
    if status == "scheduled":
        assert found >= anchor
    else:
        # What took place lies behind unless it would be almost a year ago.
        assert found <= anchor or (found - anchor).days <= 10


@given(days, st.integers(1, 400))
def test_ranges_are_in_order(start, length):
    end = start + timedelta(length)
    for form in ("{0} to {1}", "from {0} to {1}", "{0} – {1}", "between {0} and {1}"):
        for written_as in ("{d} {month} {y}", "{month} {d}, {y}"):
            expression = form.format(written(start, written_as), written(end, written_as))
            assert resolve_date(expression) == f"{start}/{end}"
    assert resolve_date(f"{written(end, '{d} {month} {y}')} to {written(start, '{d} {month} {y}')}") is None


WORD = st.sampled_from(sorted(LEXICON)) | st.from_regex(r"\A[0-9]{1,4}([./:-][0-9]{1,4}){0,2}(th|am|pm)?\Z")


@settings(max_examples=2000, deadline=None)
@given(
    st.text() | st.lists(WORD, max_size=6).map(" ".join),
    st.none() | st.dates() | st.text(max_size=12),
    st.none() | st.text(max_size=40),
    statuses,
    st.none() | st.dates().map(str) | st.text(max_size=12) | st.sampled_from(["2020-W28", "0001", "9999"]),
)
def test_any_string_has_a_well_formed_value_or_none(expression, anchor, context, status, reference):
    value = resolve_date(expression, anchor, context, status, reference)
    if value is not None:
        first, last = interval(value)
        assert first <= last


@given(st.text())
def test_interval_of_any_string(text):
    found = interval(text)
    assert found is None or found[0] <= found[1]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        " ",
        "-",
        "the ",
        "March ",
        "had ",
        "has been ",
        "$ net ",
        "last ",
        "1 of ",
        "(",
        "12.",
        "0900 ",
        "ed",
        "will ",
    ],
)
def test_time_is_linear_in_length(piece):
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        resolve_date(text, "2020-07-12", text)
        for expression in ("Friday", "two days later", "10 a.m."):
            for status in (None, "occurred", "cancelled"):
                resolve_date(expression, "2020-07-12", f"{text} {expression} {text}", status)
        interval(text)
        return time.process_time() - start

    # Twenty times the text: linear time is twenty times as long, quadratic time four hundred times.
    assert min(seconds(1_000_000) for _ in range(3)) < 100 * max(min(seconds(50_000) for _ in range(5)), 1e-3)


def test_tables_fit_together():
    assert set("".join((*RULES, *SELECTORS))) <= KINDS.keys()
    assert set(WORDS) - {""} <= KINDS.keys()
    assert len(LEXICON) == sum(map(len, WORDS.values())), "a word stands in two tables"

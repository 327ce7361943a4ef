"""Dates: the ISO 8601 value of a time expression, and the days that a value covers.

An expression goes through three steps. `_terms` turns its words into terms, each of one kind
(`KINDS`), by the tables of words below. `_parse` takes the time of day out, splits ranges
("March 3 to 5") and selections ("last week of May"), and leaves frames: the terms of one date by
kind. `RULES` says what a set of kinds means, in whatever order they stand; `SELECTORS` does so for
the words before an "of". A set of kinds without a rule has no value, so that nothing is guessed.

To teach the module an expression, add its words to a table or its kinds to `RULES`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import cached_property, lru_cache, partial
from itertools import combinations
from typing import Any, NamedTuple

from eventx.document import Status, publication_day

KINDS = {
    "a": "counts back from the anchor: ago",
    "d": "deictic, seen from the anchor: last, past (-1), this (0), next (1), coming",
    "f": "counts onward from the anchor: from now, in ... time",
    "g": "anaphor, seen from the reference: previous (-1), same (0), following (1)",
    "h": "half",
    "k": "named day: Christmas Eve, as (month, day) or days after Easter Sunday",
    "l": "counts from the reference: earlier (-1), later (1)",
    "m": "month",
    "n": "number: a day beside a month, else a count",
    "o": "ordinal",
    "p": "part of the day; True in the second half",
    "q": "quarter: Q3",
    "r": "relative day: yesterday (-1), today (0)",
    "s": "season, as its first month",
    "t": "time of day, as HH:MM",
    "u": "unit",
    "v": "ISO value or numeric date, as its period",
    "w": "weekday, Monday is 0",
    "y": "year",
    "-": "range: to, and, a dash",
    ",": "comma",
    "/": "of, in",
    "?": "anything else",
}
"""The kinds of terms, one character each, so that a string can write a set of them."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month of a season as meteorologists count; winter belongs to the year in which it begins."""
SEASON_CODES = {3: "SP", 6: "SU", 9: "FA", 12: "WI"}
UNITS = ("hour", "day", "week", "weekend", "month", "quarter", "year")
NUMBERS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth", "twentieth"),
)
NAMED_DAYS = {
    "new year's day": (1, 1),
    "may day": (5, 1),
    "halloween": (10, 31),
    "all saints' day": (11, 1),
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "ash wednesday": -46,
    "palm sunday": -7,
    "maundy thursday": -3,
    "good friday": -2,
    "easter": 0,
    "easter sunday": 0,
    "easter monday": 1,
    "ascension day": 39,
    "pentecost": 49,
    "whit monday": 50,
}
FILLERS = (
    *("a", "an", "the", "on", "at", "by", "from", "between", "during", "sometime"),
    # Parts of a period have the period's value.
    *("early", "mid", "middle", "late", "end", "beginning", "start", "part", "latter", "close"),
    *("early hours", "small hours", "wee hours"),
    *("about", "around", "approximately", "exactly", "some", "nearly", "almost", "roughly", "less than"),
    *("local", "local time", "o'clock", "sharp", "gmt", "utc", "bst", "cet", "cest", "est", "edt", "pst", "pdt"),
)
"""Words that add nothing to the value."""

WORDS: Mapping[str, Mapping[str, Any]] = {
    "": dict.fromkeys(FILLERS),
    "w": {name: number for number, name in enumerate(WEEKDAYS)}
    | {name[:3]: number for number, name in enumerate(WEEKDAYS)}
    | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3},
    "m": {name: number for number, name in enumerate(MONTHS, 1)}
    | {name[:3]: number for number, name in enumerate(MONTHS, 1)}
    | {"sept": 9},
    "s": SEASONS,
    "u": {unit: unit for unit in UNITS} | {f"{unit}s": unit for unit in UNITS},
    "n": {name: number for number, name in enumerate(NUMBERS, 1)} | {"thirty": 30, "forty": 40, "sixty": 60},
    "o": {name: number for number, name in enumerate(ORDINALS, 1)}
    | {f"twenty-{name}": number for number, name in enumerate(ORDINALS[:9], 21)}
    | {"thirtieth": 30, "thirty-first": 31},
    "r": {"day before yesterday": -2, "yesterday": -1, "overnight": 0, "today": 0, "tonight": 0}
    | {"tomorrow": 1, "day after tomorrow": 2},
    "d": {"last": -1, "past": -1, "this": 0, "current": 0, "next": 1, "coming": "coming", "upcoming": "coming"},
    "g": {"previous": -1, "preceding": -1, "same": 0, "that": 0, "following": 1},
    "l": {"before": -1, "earlier": -1, "later": 1, "after": 1},
    "a": {"ago": None},
    "f": {"from now": None, "from today": None, "hence": None, "time": None},
    "h": {"half": None},
    "k": NAMED_DAYS,
    "p": dict.fromkeys(("dawn", "morning"), False)
    | dict.fromkeys(("lunchtime", "afternoon", "dusk", "evening", "night"), True),
    "t": {"midnight": "00:00", "noon": "12:00", "midday": "12:00"},
    "-": dict.fromkeys(("-", "/", "&", "to", "and", "or", "through", "until")),
    ",": {",": None},
    "/": {"of": None, "in": None},
}
"""For each kind its words with their values; kind "" is dropped."""

SPELLING = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("‘’ʼ`´", "'")})
ALIASES = (("a.m.", "am"), ("p.m.", "pm"), ("a.m", "am"), ("p.m", "pm"), ("fortnight", "14 days"))

CUES = re.compile(
    r"\b(?:(?P<future>will|would|shall|could|should|may|might|can|going to|planned|plans?|scheduled|due|expected|"
    r"expects?|set to|(?:is|are) to|to|proposed|proposes|invited|until|before)"
    r"|(?P<past>was|were|had|has|have|did|met|held|took|began|ended|suspended|refused|cancelled|postponed))\b"
)
"""Words that tell whether a sentence looks forward or back where the status does not."""

LONGEST = 40
"""Terms in the longest expression that is read; anything longer is no date."""


class Term(NamedTuple):
    """A word or number of an expression."""

    kind: str
    value: Any = None


class Period(NamedTuple):
    """A day, week, weekend, month, quarter, half, season or year of the calendar."""

    unit: str
    first: date

    @property
    def last(self) -> date:
        """Last day."""
        if self.unit == "weekend":
            return self.first + timedelta(1)
        if self.unit in DAYS:
            return self.first + timedelta(DAYS[self.unit] - 1)
        index = self.first.year * 12 + self.first.month - 2 + LENGTHS[self.unit]
        year, month = index // 12, index % 12 + 1
        return date(year, month, monthrange(year, month)[1])

    @property
    def value(self) -> str:
        """ISO 8601 value."""
        return FORMATS[self.unit](self)

    def shift(self, count: int) -> Period:
        """Return the period of this kind so many periods later."""
        if self.unit in DAYS:
            return Period(self.unit, self.first + timedelta(DAYS[self.unit] * count))
        index = self.first.year * 12 + self.first.month - 1 + LENGTHS[self.unit] * count
        return Period(self.unit, date(index // 12, index % 12 + 1, 1))


class Range(NamedTuple):
    """From one period to another."""

    start: Period
    end: Period

    @property
    def value(self) -> str:
        """ISO 8601 value."""
        return f"{self.start.value.split('/')[0]}/{self.end.value.split('/')[-1]}"


DAYS = {"day": 1, "week": 7, "weekend": 7}
"""Units counted in days: how many lie between the beginnings of two of them."""
LENGTHS = {"month": 1, "quarter": 3, "half": 6, "season": 3, "year": 12}
"""Units counted in months, with their length."""


def _week_value(period: Period) -> str:
    year, week, _ = period.first.isocalendar()
    return f"{year:04}-W{week:02}"


FORMATS: dict[str, Callable[[Period], str]] = {
    "day": lambda period: period.first.isoformat(),
    "week": _week_value,
    "weekend": lambda period: f"{period.first}/{period.last}",
    "month": lambda period: period.first.isoformat()[:7],
    "quarter": lambda period: f"{period.first.year:04}-Q{period.first.month // 3 + 1}",
    "half": lambda period: f"{period.first.isoformat()[:7]}/{period.last.isoformat()[:7]}",
    "season": lambda period: f"{period.first.year:04}-{SEASON_CODES[period.first.month]}",
    "year": lambda period: f"{period.first.year:04}",
}


def _period(unit: str, day: date) -> Period:
    """Return the period of a unit that a day lies in; of a weekend, the one of the day's week."""
    if unit in DAYS:
        monday = day - timedelta(day.weekday())
        return Period(unit, {"day": day, "week": monday, "weekend": monday + timedelta(5)}[unit])
    length = LENGTHS[unit]
    index = day.year * 12 + day.month - 1
    # Seasons begin in December, all others in January.
    index -= (index + 1) % length if unit == "season" else index % length
    return Period(unit, date(index // 12, index % 12 + 1, 1))


def _month(year: int, month: int) -> Period:
    return Period("month", date(year, month, 1))


VALUE = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d\d)(?:-(?P<day>\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d)?)?"
    r"|W(?P<week>\d\d)|Q(?P<quarter>[1-4])|(?P<season>SP|SU|FA|WI)))?",
    re.ASCII,
)
"""An ISO value that is no range."""


def _read(value: str) -> Period:
    """Return the period of an ISO value that is no range.

    Raises:
        ValueError: it is malformed or there is no such day, month or week.
    """
    match = VALUE.fullmatch(value)
    if match is None:
        raise ValueError(value)
    year = int(match["year"])
    if match["day"]:
        return Period("day", date(year, int(match["month"]), int(match["day"])))
    if match["month"]:
        return _month(year, int(match["month"]))
    if match["week"]:
        return Period("week", date.fromisocalendar(year, int(match["week"]), 1))
    if match["quarter"]:
        return Period("quarter", date(year, int(match["quarter"]) * 3 - 2, 1))
    if match["season"]:
        first = next(month for month, code in SEASON_CODES.items() if code == match["season"])
        return Period("season", date(year, first, 1))
    return Period("year", date(year, 1, 1))


def _ends(value: str) -> tuple[Period, Period]:
    """Return the first and the last period of an ISO value; of one that is no range, twice the same.

    Raises:
        ValueError: it is malformed, or a range that ends before it begins.
    """
    parts = [_read(part) for part in value.split("/", 2)]
    if len(parts) > 2 or parts[-1].last < parts[0].first:
        raise ValueError(value)
    return parts[0], parts[-1]


def interval(value: str | None) -> tuple[str, str] | None:
    """Return the first and the last day (``YYYY-MM-DD``) of an ISO value; None if it is None or malformed.

    Seasons are those of meteorologists on the northern half of the Earth: ``2020-SP`` is March to May,
    ``2020-WI`` December 2020 to February 2021.
    """
    try:
        start, end = _ends(value or "")
        return start.first.isoformat(), end.last.isoformat()
    except (ValueError, OverflowError):
        return None


# The expression's words


def _clock(text: str) -> Term:
    """Read a time of day: 9am, 9:30 p.m., 09.30, 0930 GMT."""
    hour, minute = (int(part) for part in re.fullmatch(r"(\d\d?)\D?(\d\d)?.*", text).groups("0"))  # type: ignore[union-attr]
    if text.endswith("m"):
        hour = hour % 12 + 12 * text.endswith("pm")
    return Term("t", f"{hour:02}:{minute:02}") if hour < 24 and minute < 60 else Term("?")


def _numeric(text: str) -> Term:
    """Read a date of three numbers.

    2020-07-12 and 2020/07/12 begin with the year. 12.07.2020 and 12-07-2020 begin with the day;
    07/12/2020 begins with the month, as in the United States, unless there is no such month.
    """
    numbers = [int(number) for number in re.split(r"\D", text)]
    if len(text.split("/")[0]) > 2 or re.match(r"\d{3}", text):
        year, month, day = numbers
    else:
        day, month, year = numbers
        if "/" in text and day <= 12:
            day, month = month, day
    return Term("v", Period("day", date(_full_year(year), month, day)))


def _full_year(year: int) -> int:
    """Return a year of two digits as one of this century up to 49, else as one of the last."""
    return year if year > 99 else year + (2000 if year < 50 else 1900)


READERS: dict[str, Callable[[str], Term]] = {
    "value": lambda text: Term("v", _read(text.upper())),
    "numeric": _numeric,
    "clock": _clock,
    "ordinal": lambda text: Term("o", int(text[:-2])),
    "year": lambda text: Term("y", _full_year(int(text.lstrip("'")))),
    "number": lambda text: Term("n", int(text)),
    "quarter": lambda text: Term("q", int(text[1])),
    "word": lambda text: LEXICON.get(text) or LEXICON.get(text.removesuffix("'s").rstrip("'")) or Term("?"),
}
"""How a token is read, by the name of its group in `TOKEN`."""

LEXICON = {word: Term(kind, value) for kind, words in WORDS.items() for word, value in words.items()}

TOKEN = re.compile(
    r"(?P<value>\d{4}-(?:\d\d|w\d\d|q[1-4]|sp|su|fa|wi)(?![\w-]))"
    r"|(?P<numeric>\d{1,4}([./-])\d{1,2}\3\d{2,4}(?![\w-]))"
    r"|(?P<clock>\d{1,2}(?:[:.]\d\d)? ?[ap]m\b|\d{1,2}[:.]\d\d(?!\w)|0\d{3}(?!\w)|\d{4} ?(?:gmt|utc|hours|hrs)\b)"
    r"|(?P<ordinal>\d{1,2}(?:st|nd|rd|th)\b)"
    r"|(?P<year>(?:\d{4}|'\d\d)(?!\w))"
    r"|(?P<number>\d{1,3}(?!\w))"
    r"|(?P<quarter>q[1-4]\b)"
    rf"|(?P<word>(?:{'|'.join(sorted((re.escape(word) for word in LEXICON if ' ' in word or '-' in word[1:]), key=len, reverse=True))})\b"
    r"|[a-z']+|[-/,&])"
    r"|[\s.()\"`]+|(?P<other>.\w*)",
    re.ASCII,
)


def _terms(expression: str) -> list[Term]:
    """Return the terms of an expression without those that add nothing to its value.

    Raises:
        ValueError: it has too many terms, or a number that is no date.
    """
    text = " ".join(expression.translate(SPELLING).lower().split())
    for alias, form in ALIASES:
        text = text.replace(alias, form)
    terms: list[Term] = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        term = READERS[kind](match[kind]) if kind in READERS else Term("?")
        if term.kind == "f" and terms and terms[-1].kind == "?":
            # "10:00 Cairo time": the zone does not change the value.
            while terms and terms[-1].kind == "?":
                terms.pop()
        elif term.kind:
            terms.append(term)
        if len(terms) > LONGEST:
            raise ValueError("too long")
    return terms


# The expression's structure


class Frame(NamedTuple):
    """The terms of one date."""

    terms: dict[str, Any]
    """Values by kind."""
    within: Frame | None = None
    """The date that this one is a part of: May in "last week of May"."""

    @property
    def kinds(self) -> str:
        """The kinds of its terms in alphabetical order."""
        return "".join(sorted(self.terms))


class Expression(NamedTuple):
    """What is written: one date or the first and last of a range, and a time of day."""

    start: Frame
    end: Frame | None
    clock: str | None


@lru_cache(4096)
def _parse(expression: str) -> Expression:
    """Return the structure of an expression.

    Raises:
        ValueError: it is no date.
    """
    terms = _terms(expression)
    clock = next((term.value for term in terms if term.kind == "t"), None)
    frames: list[Frame] = []
    for part in _split([term for term in terms if term.kind != "t"]):
        frame, hour = _frame(part)
        frames.append(frame)
        clock = clock or hour
    if not frames:
        frames.append(Frame({}))
    if len(frames) == 1:
        return Expression(frames[0], None, clock)
    start, end = frames[0], frames[-1]
    return Expression(_borrow(start, end, "myud"), _borrow(end, start, "m"), clock)


def _split(terms: Iterable[Term]) -> list[list[Term]]:
    """Split at the words of a range, and at a comma before a kind that already stands before it."""
    parts: list[list[Term]] = [[]]
    comma = False
    for term in terms:
        if term.kind == "-" or (comma and any(term.kind == other.kind for other in parts[-1])):
            parts.append([])
        if term.kind not in "-,":
            parts[-1].append(term)
        comma = term.kind == ","
    return [part for part in parts if part]


def _frame(terms: list[Term]) -> tuple[Frame, str | None]:
    """Return the frame of the terms of one date, and the hour if a bare number stands for it.

    Raises:
        ValueError: two terms of the same kind stand in one frame.
    """
    position = next((index for index, term in enumerate(terms) if term.kind == "/"), None)
    if position is None:
        return _plain(terms)
    within, hour = _frame(terms[position + 1 :])
    left = {term.kind: term.value for term in terms[:position] if term.kind not in "lp"}
    if not left:
        if within.kinds == "nu" and position == 0:  # "in two weeks"
            within.terms["f"] = None
        return within, hour
    if "".join(sorted(left)) in SELECTORS:
        return Frame(left, within), hour
    return _plain([*terms[:position], *(Term(kind, value) for kind, value in within.terms.items())])


def _plain(terms: list[Term]) -> tuple[Frame, str | None]:
    """Return the frame of terms without "of", and the hour in "nine in the morning"."""
    frame = {term.kind: term.value for term in terms}
    doubled = [term.kind for term in terms]
    if len(frame) < len(terms) and any(doubled.count(kind) > 1 for kind in frame if kind not in "dp"):
        raise ValueError("two dates without a word between them")
    later = frame.pop("p", None)
    hour = None
    if later is not None:
        if "n" in frame and frame.keys() <= set("nwr") and 1 <= frame["n"] <= 12:
            number = frame.pop("n")
            hour = f"{number % 12 + 12 * later:02}:00"
        elif not frame.keys() - set("dgl"):
            frame |= _part_of_day(frame.pop("d", None), bool(frame))
    if frame.keys() - set("lnu"):
        frame.pop("l", None)  # "later that day", "earlier this week"
    return Frame(frame), hour


def _part_of_day(deictic: Any, counted: bool) -> dict[str, Any]:
    """Return the day that a part of it stands for: "this morning", "last night", "the night before"."""
    if deictic == 1:
        return {"g": 1, "u": "day"}
    if deictic is None or counted:
        return {"u": "day"}
    return {"r": deictic}


def _borrow(frame: Frame, other: Frame, kinds: str) -> Frame:
    """Complete one end of a range with what only the other end says: "March" 3 to 5."""
    if frame.within or other.within or not frame.terms.keys() <= set("mnosw"):
        return frame
    if "n" not in frame.terms and "o" not in frame.terms and "m" in kinds.replace("myud", ""):
        return frame
    missing = {kind: value for kind, value in other.terms.items() if kind in kinds}
    return Frame({**missing, **frame.terms})


# What the terms mean


class _Scene:
    """Where an expression is seen from: the anchor, the tense, the reference."""

    def __init__(
        self, expression: str, anchor: date | None, context: str | None, status: str | None, reference: str | None
    ) -> None:
        self._expression = expression
        self._anchor = anchor
        self._context = context
        self._status = status
        self._reference = reference

    @property
    def anchor(self) -> date:
        """The day of publication.

        Raises:
            ValueError: it is unknown.
        """
        if self._anchor is None:
            raise ValueError("no anchor")
        return self._anchor

    def reference(self, unit: str, count: int) -> Period:
        """Return the period of a unit so many units from the reference.

        Raises:
            ValueError: there is no reference, or it is vaguer than the unit.
        """
        start, end = _ends((self._reference or "").split("T")[0])
        origin = _period(unit, (end.last if count > 0 else start.first))
        if start == end and start.last > origin.last or (count == 0 and end.last > origin.last):
            raise ValueError("the reference is vaguer")
        return origin.shift(count)

    @cached_property
    def forward(self) -> bool:
        """Whether the expression looks forward from the anchor: the status tells, else the verbs do."""
        if self._status in ("scheduled", "occurred"):
            return self._status == "scheduled"
        context = (self._context or "").lower()
        position = max(context.find(self._expression.lower()), 0)
        cues = [match for match in CUES.finditer(context)]
        before = [match for match in cues if match.start() < position] or cues[:1]
        return bool(before) and before[-1].lastgroup == "future"

    def onward(self, day: date) -> _Scene:
        """Return the scene in which the end of a range is seen from its beginning."""
        return _Scene(self._expression, day, None, "scheduled", self._reference)

    def choose(self, candidates: Iterable[Period]) -> Period:
        """Return the candidate that fits the tense: the last that has begun or the first that has not ended."""
        ordered = list(candidates)
        past = [period for period in ordered if period.first <= self.anchor]
        future = [period for period in ordered if period.last >= self.anchor]
        if not past or not future:
            raise ValueError("no such date")
        if self.forward:
            return future[0]
        return past[-1]


Terms = dict[str, Any]
Rule = Callable[[Terms, _Scene], Period | Range]


def _around(period: Period, reach: int = 1, step: int = 1) -> list[Period]:
    return [period.shift(count * step) for count in range(-reach, reach + 1)]


def _year(terms: Terms, scene: _Scene) -> Period | None:
    """Return the year that the terms name: 2020, this year, that year."""
    if "y" in terms:
        return Period("year", date(terms["y"], 1, 1))
    if terms.get("u") != "year":
        return None
    if "g" in terms:
        return scene.reference("year", terms["g"])
    return _period("year", scene.anchor).shift(_count(terms))


def _count(terms: Terms) -> int:
    """Return how many units a deictic word counts."""
    deictic: int | str = terms["d"]
    return 1 if isinstance(deictic, str) else deictic


def _days_of(years: Iterable[int], month: int, day: int) -> list[Period]:
    return [Period("day", date(year, month, day)) for year in years if day <= monthrange(year, month)[1]]


def _month_day(terms: Terms, scene: _Scene) -> Period:
    month, day = terms["m"], terms["n"] if "n" in terms else terms["o"]
    year = _year(terms, scene)
    if year:
        return Period("day", date(year.first.year, month, day))
    reach = 8 if (month, day) == (2, 29) else 1
    this = scene.anchor.year
    days = _days_of(range(max(this - reach, 1), min(this + reach, 9998) + 1), month, day)
    fitting = [period for period in days if period.first.weekday() == terms.get("w")]
    if fitting:
        return min(fitting, key=lambda period: abs(period.first - scene.anchor))
    return scene.choose(days)

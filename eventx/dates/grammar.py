"""From the words of an expression to its structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from eventx.dates.periods import Period, Range, read, require
from eventx.dates.rules import SELECTORS
from eventx.dates.words import ALIASES, LEXICON, NUMBER, ZONES, Term, Terms

LONGEST = 200
"""Characters in the longest expression that is read; anything longer is no date."""

SPELLINGS = [(re.compile(alias), form) for alias, form in ALIASES]
ANY_SPELLING = re.compile("|".join(f"(?:{alias})" for alias, _ in ALIASES))

SIGNS = str.maketrans({**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("‘’ʼ`´", "'")})


def _clock(text: str) -> Term:
    """Read a time of day: 9am, 9:30 p.m., 09.30, 19:30, 0930 GMT."""
    digits = re.findall(r"\d\d?", text)
    hour, minute = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    if text.endswith("m"):
        hour = hour % 12 + 12 * text.endswith("pm")
    return Term("t", f"{hour:02}:{minute:02}") if hour < 24 and minute < 60 else Term("?")


def _dial(text: str) -> Term:
    """Read a time that is silent about the half of the day: 9.30, three o'clock, half-past ten.

    Where the rest of the expression is silent too, digits are taken as they stand, and words as an hour at
    which people meet, from seven to half past six.
    """
    name = text.removeprefix("half-past ").removesuffix(" o'clock")
    digits = re.findall(r"\d+", name)
    hour = int(digits[0]) if digits else LEXICON[name].value
    minute = int(digits[1]) if len(digits) > 1 else 30 * text.startswith("half")
    late = hour == 12 if name == text else not 7 <= hour < 12
    return Term("i", (hour, minute, late))


def _numeric(text: str) -> Term:
    """Read a date of three numbers.

    2020-07-12 and 2020/07/12 begin with the year. 12.07.2020 and 12-07-2020 begin with the day;
    07/12/2020 begins with the month, as in the United States, unless there is no such month.
    """
    parts = re.split(r"\D", text)
    if len(parts[0]) > 2:
        year, month, day = map(int, parts)
    else:
        day, month, year = map(int, parts)
        if "/" in text and day <= 12:
            day, month = month, day
    return Term("v", Period("day", date(_full_year(year), month, day)))


def _full_year(year: int) -> int:
    """Return a year of two digits as one of this century up to 29, else as one of the last."""
    return year if year > 99 else year + (2000 if year < 30 else 1900)


def _word(text: str) -> Term:
    """Read a word, phrase or sign; a possessive has the value of its word."""
    return LEXICON.get(text) or LEXICON.get(text.removesuffix("'s").rstrip("'")) or Term("?")


def _years(text: str) -> Term:
    """Read years with the second cut short: 1983/84, 1914-18."""
    first = int(text[:4])
    last = first + (int(text[5:]) - first) % 100
    require(first < last)
    return Term("v", Range(Period("year", date(first, 1, 1)), Period("year", date(last, 1, 1))))


READERS: dict[str, Callable[[str], Term]] = {
    "value": lambda text: Term("v", read(text.upper())),
    "numeric": _numeric,
    "years": _years,
    "dial": _dial,
    "clock": _clock,
    "ordinal": lambda text: Term("o", int(text[:-2])),
    "year": lambda text: Term("y", _full_year(int(text.lstrip("'")))),
    "number": lambda text: Term("n", int(text)),
    "quarter": lambda text: Term("q", int(text[1])),
    "week": lambda text: Term("x", int(text.lstrip("wek "))),
    "word": _word,
    "other": lambda text: Term("?"),
}
"""How a token is read, by the name of its group in `TOKEN`."""

PHRASES = sorted((word for word in LEXICON if " " in word or "-" in word[1:]), key=len, reverse=True)

TOKEN = re.compile(
    r"(?P<value>\d{4}-(?:0\d|1[0-2]|w\d\d|q[1-4]|sp|su|fa|wi)(?![\w-]))"
    r"|(?P<numeric>(?:\d{4}([./-])\d{1,2}\3\d{1,2}|\d{1,2}([./-])\d{1,2}\4\d{2,4})(?![\w-]))"
    r"|(?P<years>[12]\d{3}[/-]\d\d(?![\w/-]))"
    rf"|(?P<dial>half-past {NUMBER}\b(?: o'clock\b)?|{NUMBER} o'clock\b"
    rf"|(?:[1-9]|1[0-2])[:.][0-5]\d(?!\w|[:.]\d| ?[ap]m\b| (?:hours|hrs|{'|'.join(ZONES)})\b))"
    r"|(?P<clock>\d{1,2}(?:[:.]\d\d)? ?[ap]m\b|\d{1,2}[:.]\d\d(?!\w)(?: (?:hours|hrs)\b)?|0\d{3}(?!\w)"
    rf"|\d{{4}}(?:/\d{{4}})? ?(?:hours|hrs|{'|'.join(ZONES)})\b)"
    r"|(?P<ordinal>\d{1,2}(?:st|nd|rd|th)\b)"
    r"|(?P<year>(?:[12]\d{3}|'\d\d)(?!\w))"
    r"|(?P<number>\d{1,3}(?!\w))"
    r"|(?P<quarter>q[1-4]\b)"
    r"|(?P<week>(?:week |w)\d\d?\b)"
    rf"|(?P<word>(?:{'|'.join(map(re.escape, PHRASES))})\b|[a-z']+|[-/,&])"
    r"|[\s.()\[\]\"“”„«»;:!?…]+|(?P<other>.\w*)",
    re.ASCII,
)
"""The parts of an expression in lower case; what no group names adds nothing, and `other` is unknown."""


def _terms(expression: str) -> list[Term]:
    """Return the terms of an expression without those that add nothing to its value.

    Raises:
        ValueError: it is too long, or has a number that is no date.
    """
    require(len(expression) <= LONGEST)
    text = " ".join(expression.translate(SIGNS).lower().split())
    if ANY_SPELLING.search(text):
        for alias, form in SPELLINGS:
            text = alias.sub(form, text)
    terms: list[Term] = []
    for match in TOKEN.finditer(text):
        if match.lastgroup is None:
            continue
        term = READERS[match.lastgroup](match[0])
        if term.kind == "f" and terms and terms[-1].kind == "?":
            # "10:00 Cairo time": the zone does not change the value.
            while terms and terms[-1].kind == "?":
                terms.pop()
        elif term.kind:
            terms.append(term)
    return terms


class Frame(NamedTuple):
    """The terms of one date."""

    terms: Terms
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
def parse(expression: str) -> Expression:
    """Return the structure of an expression.

    Raises:
        ValueError: it is no date.
    """
    terms = _terms(expression)
    values = {term.kind: term.value for term in reversed(terms)}  # the first of each kind
    clock = values.get("t")
    if "i" in values and clock is None:
        hour, minute, late = values["i"]
        clock = _time(hour, minute, values.get("p", late))
    frames: list[Frame] = []
    for part in _split([term for term in terms if term.kind not in "it"]):
        frame, hour = _frame(_singular(part))
        frames.append(frame)
        clock = clock or hour
    if not frames:
        require(clock is not None)
        frames.append(Frame({}))
    if len(frames) == 1:
        return Expression(frames[0], None, clock)
    return Expression(*_borrow(frames[0], frames[-1]), clock)


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
    return [part for part in parts if any(term.kind != "/" for term in part)]  # "in mid-July"


def _frame(terms: list[Term]) -> tuple[Frame, str | None]:
    """Return the frame of the terms of one date, and the hour if a bare number stands for it.

    Raises:
        ValueError: two terms of the same kind stand in one frame.
    """
    position = next((index for index, term in enumerate(terms) if term.kind in "/b"), len(terms))
    before, after = terms[:position], terms[position + 1 :]
    if after and terms[position].kind == "b":
        after = [term for term in after if term.kind != "?"]  # "two days after the 12 May summit"
    if not after:
        return _plain(terms[: position + 1])
    if [term.kind for term in after] == ["p"]:
        return _plain([*before, *after])  # "four in the morning"
    within, hour = _frame(after)
    if terms[position].kind == "b":
        before.append(terms[position])
    left = {term.kind: term.value for term in before if term.kind not in "ep"}
    if not left:
        # "in two weeks", "later in the day"
        ahead = {"f": None} if within.kinds == "nu" and not before else {}
        return Frame({**within.terms, **ahead}, within.within), hour
    if "".join(left) in SELECTORS:
        return Frame(left, within), hour
    return _plain([*before, *(Term(kind, value) for kind, value in within.terms.items())])


def _plain(terms: list[Term]) -> tuple[Frame, str | None]:
    """Return the frame of terms without "of", and the hour in "nine in the morning".

    Raises:
        ValueError: two terms of the same kind, other than "this coming" and "morning and evening".
    """
    frame = {term.kind: term.value for term in terms}
    kinds = [term.kind for term in terms if term.kind not in "dp"]
    if len(kinds) > len(set(kinds)):
        raise ValueError("two dates without a word between them")
    hour = None
    if "p" in frame:
        part = frame.pop("p")
        if "n" in frame and frame.keys() <= set("dnrw") and 1 <= frame["n"] <= 12:
            hour = _time(frame.pop("n"), 0, part)
        if frame.keys() <= set("bdeg") and (frame or not hour):
            frame |= _part_of_day(frame)
    if "e" in frame and not frame.keys() <= set("enu"):
        del frame["e"]  # "later that day", "earlier this week"
    return Frame(frame), hour


def _time(hour: int, minute: int, part: bool | None) -> str:
    """Return a time of day from one on the dial and the part of the day."""
    late = 6 <= hour < 12 if part is None else part
    return f"{hour % 12 + 12 * late:02}:{minute:02}"


def _singular(terms: list[Term]) -> list[Term]:
    """Give units in the plural their kind, if there is a number."""
    if all(term.kind != "n" for term in terms):
        return terms
    return [Term("u", term.value) if term.kind == "U" else term for term in terms]


def _part_of_day(frame: Terms) -> Terms:
    """Return the day that a part of it stands for: "this morning", "last night", "the night before"."""
    deictic = frame.pop("d", None)
    if deictic is None:
        return {"u": "day"}
    return {"r": deictic} if deictic in (-1, 0) else {"g": 1, "u": "day"}


def _borrow(start: Frame, end: Frame) -> tuple[Frame, Frame]:
    """Complete each end of a range with what only the other one says: "March 3 to 5", "3 to 5 March"."""
    if start.within or end.within:
        return start, end
    if start.terms.keys() <= set("mnoqsw"):
        shared = "dmuy" if "u" in end.terms else "my"
        borrowed = {kind: end.terms[kind] for kind in shared if kind in end.terms}
        if "y" in borrowed and start.terms.get("m", 0) > end.terms.get("m", 12):
            borrowed["y"] -= 1  # "29 December to 3 January 2004"
        start = Frame(borrowed | start.terms)
    if "m" in start.terms and end.terms.keys() & set("no"):
        end = Frame({"m": start.terms["m"]} | end.terms)
    return start, end

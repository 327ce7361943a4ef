"""The words of time expressions, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

KINDS = {
    "a": "counts back from the anchor: ago",
    "b": "counts from what follows or the reference: before (-1), after (1)",
    "c": "compared with the same time of the year before: year-ago",
    "d": "deictic, seen from the anchor: last, past (-1), this (0), next (1), coming",
    "e": "earlier (-1), later (1): counts from the reference, or adds nothing",
    "f": "counts onward from the anchor: from now, in ... time",
    "g": "anaphor, seen from the reference: previous (-1), same (0), following (1)",
    "h": "half",
    "i": "time on the dial: hour, minute, and whether it is late if nothing else says so",
    "k": "named day: Christmas Eve, as in NAMED_DAYS, NATIONAL_DAYS and HOLIDAYS",
    "m": "month",
    "n": "number: a day beside a month, else a count",
    "o": "ordinal",
    "p": "part of the day: False in the first half, True in the second, None at night",
    "q": "quarter: Q3",
    "r": "relative day: yesterday (-1), today (0)",
    "s": "season, as its first month",
    "t": "time of day, as HH:MM",
    "u": "unit",
    "v": "ISO value, numeric date or pair of years, as its period or range",
    "w": "weekday, Monday is 0",
    "x": "number of a week: week 28",
    "y": "year",
    "-": "range: to, and, a dash",
    ",": "comma",
    "/": "of, in",
    "U": "units in the plural, which need a number",
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
UNITS = ("hour", "day", "week", "weekend", "month", "quarter", "year", "period")
"""Units of time; a period is that of a report, as in "the year-ago period"."""
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
    "new years day": (1, 1),
    "all saints' day": (11, 1),
    "all saints day": (11, 1),
    "armistice day": (11, 11),
    "remembrance day": (11, 11),
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "shrove tuesday": -47,
    "ash wednesday": -46,
    "palm sunday": -7,
    "maundy thursday": -3,
    "good friday": -2,
    "holy saturday": -1,
    "easter saturday": -1,
    "easter": 0,
    "easter sunday": 0,
    "easter monday": 1,
    "ascension day": 39,
    "pentecost": 49,
    "whit sunday": 49,
    "bastille day": (7, 14),
    "valentine's day": (2, 14),
    "st. patrick's day": (3, 17),
    "st patrick's day": (3, 17),
    "epiphany": (1, 6),
    "corpus christi": 60,
    "whit monday": 50,
    # Of the United States alone:
    "juneteenth": (6, 19),
    "black friday": (11, 3, 4, 1),
    "election day": (11, 0, 1, 1),
    "inauguration day": (1, 20),
}
"""Days whose name tells the date.

(month, day); (month, weekday, which of them, days after it); days after Easter Sunday.
"""
NATIONAL_DAYS = {
    "constitution day": ("constitution day", None),
    "independence day": ("independence day", "US"),
    "labor day": ("labor day", "US"),
    "labour day": ("labor day", "FR"),  # 1 May, as in most countries
    "liberation day": ("liberation day", None),
    "memorial day": ("memorial day", "US"),
    "national day": ("national day", None),
    "republic day": ("republic day", None),
    "unity day": ("unity day", "RU"),
    "victory day": ("victory day", "RU"),
}
"""Days that each country has its own of, and the country that is meant where the sentence names none.

Their name is that in the package ``holidays``, in American English and lower case.
"""

HOLIDAYS = {
    "anzac day": ("anzac day", "AU"),
    "ashura": ("ashura", "IR"),
    "australia day": ("australia day", "AU"),
    "canada day": ("canada day", "CA"),
    "chinese new year": ("chinese new year", "CN"),
    "columbus day": ("columbus day", "US"),
    "diwali": ("diwali", "IN"),
    "eid al-adha": ("eid al-adha", "ID"),
    "eid al-fitr": ("eid al-fitr", "ID"),
    "lunar new year": ("chinese new year", "CN"),
    "martin luther king day": ("martin luther king", "US"),
    "mlk day": ("martin luther king", "US"),
    "passover": ("pesach", "IL"),
    "presidents day": ("washington's birthday", "US"),
    "presidents' day": ("washington's birthday", "US"),
    "rosh hashanah": ("rosh hashanah", "IL"),
    "thanksgiving day": ("thanksgiving", "US"),
    "thanksgiving": ("thanksgiving", "US"),
    "veterans day": ("veterans day", "US"),
    "veterans' day": ("veterans day", "US"),
    "waitangi day": ("waitangi day", "NZ"),
    "yom kippur": ("yom kippur", "IL"),
}
"""Other days of that package, and whose is meant unless a country that the sentence names has it."""

ZONES = (
    *("gmt", "utc", "bst", "ist", "cet", "cest", "eet", "eest", "msk", "hkt", "sgt", "jst", "kst", "aest"),
    *("aedt", "et", "est", "edt", "ct", "cst", "cdt", "mt", "mst", "mdt", "pt", "pst", "pdt"),
)
FILLERS = (
    *("a", "an", "the", "on", "at", "by", "from", "between", "during", "over", "sometime"),
    # Parts of a period have the period's value.
    *("early", "mid", "middle", "late", "end", "beginning", "start", "part", "latter", "close"),
    *("first part", "early part", "latter part", "early hours", "small hours", "wee hours"),
    *("about", "around", "approximately", "exactly", "some", "nearly", "almost", "roughly", "less than"),
    *("local", "local time", "o'clock", "sharp", "fiscal", "full", "its", "their", "post", "pre"),
    *("comparable", "corresponding", "or later", "or earlier", "and beyond", "good part", "better part"),
    *ZONES,
)
"""Words that add nothing to the value."""

TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _two_digits() -> Iterator[tuple[str, int]]:
    """Yield the numbers from one to ninety-nine, written out, with their values."""
    yield from zip(NUMBERS[:19], range(1, 20), strict=True)
    for number, name in enumerate(TENS, 2):
        yield name, 10 * number
        for digit, more in enumerate(NUMBERS[:9], 1):
            yield f"{name}-{more}", 10 * number + digit


WORDS: Mapping[str, Mapping[str, Any]] = {
    "": dict.fromkeys(FILLERS),
    "w": {name: number for number, name in enumerate(WEEKDAYS)}
    | {name[:3]: number for number, name in enumerate(WEEKDAYS)}
    | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3},
    "m": {name: number for number, name in enumerate(MONTHS, 1)}
    | {name[:3]: number for number, name in enumerate(MONTHS, 1)}
    | {"sept": 9},
    "s": SEASONS,
    "u": {unit: unit for unit in UNITS},
    "U": {f"{unit}s": unit for unit in UNITS},
    "n": {name: number for number, name in enumerate(NUMBERS, 1)}
    | dict(zip(TENS[1:], range(30, 100, 10), strict=True)),
    "o": {name: number for number, name in enumerate(ORDINALS, 1)}
    | {f"twenty-{name}": number for number, name in enumerate(ORDINALS[:9], 21)}
    | {"thirtieth": 30, "thirty-first": 31},
    "r": {"day before yesterday": -2, "yesterday": -1, "overnight": 0, "today": 0, "tonight": 0}
    | {"tomorrow": 1, "day after tomorrow": 2},
    "d": {"before-last": -2, "last": -1, "past": -1, "latest": -1, "this": 0, "current": 0, "next": 1}
    | {"after-next": 2, "coming": "coming", "upcoming": "coming"},
    "g": {"previous": -1, "preceding": -1, "same": 0, "that same": 0, "that": 0, "following": 1},
    "b": {"before": -1, "after": 1},
    "e": {"earlier": -1, "later": 1, "later on": 1},
    "a": {"ago": None},
    "c": {"year-ago": None},
    "y": {
        f"{century} {name}": 100 * number + year
        for century, number in (("eighteen", 18), ("nineteen", 19), ("twenty", 20))
        for name, year in _two_digits()
        if year > 9
    }
    | {"two thousand": 2000}
    | {f"two thousand {name}": 2000 + number for name, number in _two_digits() if number < 20}
    | {f"two thousand and {name}": 2000 + number for name, number in _two_digits() if number < 20},
    "f": {"from now": None, "from today": None, "hence": None, "time": None},
    "h": {"half": None},
    "k": NAMED_DAYS | NATIONAL_DAYS | HOLIDAYS,
    "p": dict.fromkeys(("dawn", "morning"), False)
    | dict.fromkeys(("lunchtime", "afternoon", "dusk", "evening"), True)
    | {"night": None},
    "t": {"midnight": "00:00", "noon": "12:00", "midday": "12:00"},
    "-": dict.fromkeys(("-", "/", "&", "to", "and", "or", "through", "thru", "until", "till")),
    ",": {",": None},
    "/": {"of": None, "in": None},
}
"""For each kind its words with their values; kind "" is dropped."""

NUMBER = rf"(?:\d{{1,2}}|{'|'.join(NUMBERS[:12])})"

ALIASES: tuple[tuple[str, str], ...] = (
    (r"\byear-earlier\b", "year-ago"),
    (r"\b(?:same|corresponding|comparable) (quarter|period) (?:of )?last year\b", r"year-ago \1"),
    (r"\blast year's (quarter|period)\b", r"year-ago \1"),
    (r"\b(quarter|period) (?:a )?year (?:ago|earlier)\b", r"year-ago \1"),
    (r"(?<![a-z])([ap])\.m\b\.?", r"\1m"),
    (r"\bhalf[- ]past\b", "half-past"),
    (r"\btonight\b", "this evening"),
    # An hour that may be one of the morning or the evening.
    (rf"\bat {NUMBER}\b(?! ?(?:[ap]m|[:.]\d|o'clock|in the|this))", ""),
    (r"^one (?=(?:morning|afternoon|evening|night)$)", "unknown "),
    (rf"^{NUMBER} (?=on (?:{'|'.join(WEEKDAYS)})$)", ""),
    (r"\b(?:utc|gmt)[+-]\d{1,2}(?::?\d\d)?\b", ""),
    (r"\b(\d{4}-\d\d-\d\d)t(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?", r"\1 \2"),
    (r"\b(\d{1,2})-([a-z]{3,9})-(\d{4})\b", r"\1 \2 \3"),
    (r"^((?:19|20)\d\d)(\d\d)(\d\d)$", r"\1-\2-\3"),
    (r"(?<![\d/])(0[1-9]|1[0-2])/((?:19|20)\d\d)\b(?!/)", r"\2-\1"),
    (r"\bbefore last$", "before-last"),
    (r"\bafter next$", "after-next"),
    (r"\bfortnight\b", "14 days"),
    (r"\b(?:an?|one) (?=(?:hour|day|week|month|quarter|year)\b)", "1 "),
    (r"(?<=[a-z])-(quarter|half|end|year|month|week|weekend|day|night|morning|afternoon|evening)\b", r" \1"),
    (r"\b(this|last|next) (year|month|week)'s (.+)", r"\3 of \1 \2"),
    (r"\b(week|month|year) or so\b", r"\1"),
    (r"\bweek (?:beginning|commencing|starting|ending)\b", "week of"),
    (r"\bfy ?(?=\d)", ""),
    (r"\b([1-4])q\b", r"q\1"),
    (r"\b(?:h1|1h)\b", "first half"),
    (r"\b(?:h2|2h)\b", "second half"),
    (r"\bfinal quarter\b", "fourth quarter"),
    # "a strong third quarter", "a cold winter"
    (rf"^an? [a-z]+ (?=(?:first|second|third|fourth) (?:quarter|half)\b|(?:{'|'.join(SEASONS)})\b)", ""),
    (r"(?<!chinese )(?<!lunar )\bnew year\b(?!')", "next year"),  # "early in the new year"
    (r"\bthe (?:last|past) week$", "past 1 week"),
    (r"\bthis time next week\b", "in 7 days"),
    (r"\bthis time last week\b", "7 days ago"),
    (r"\b(earlier|later) in the (morning|afternoon|evening|night)\b", r"\1 in the day"),
)
"""Spellings that are replaced before the words are read, as regular expressions."""


class Term(NamedTuple):
    """A word or number of an expression."""

    kind: str
    value: Any = None


Terms = dict[str, Any]
"""Values by kind."""

LEXICON = {word: Term(kind, value) for kind, words in WORDS.items() for word, value in words.items()}
"""Every known word and phrase in lower case."""

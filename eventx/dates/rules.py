"""What the terms of a date mean together, by their kinds."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from itertools import combinations
from typing import Any

from dateutil.easter import easter

from eventx.dates.periods import DAYS, LENGTHS, Period, Range, period_of, read, require
from eventx.dates.scene import Scene
from eventx.dates.words import Terms

Rule = Callable[[Terms, Scene], Period | Range]
Selector = Callable[[Terms, Period], Period | Range]


def _unit(terms: Terms, scene: Scene) -> Period:
    """Last week, this month, next year; the same week, the following month."""
    unit = terms["u"]
    if unit == "period":
        require(terms.get("d") == -1)  # the latest period
        return read(scene.reported)
    if "g" in terms:
        return scene.reference(unit, terms["g"])
    if terms["d"] == "coming" and unit == "weekend":
        return scene.pick([period_of(unit, scene.anchor).shift(step) for step in (0, 1)], 1)
    step = 1 if terms["d"] == "coming" else terms["d"]
    if unit == "day" and step == 1:
        return scene.reference(unit, step)
    require(unit != "hour" and not (unit == "day" and step == -1))
    period = period_of(unit, scene.anchor).shift(step)
    if step == 0 and unit in ("week", "weekend"):
        return _this(period, scene)
    return period


def _this(period: Period, scene: Scene) -> Period:
    """Return the week or weekend that "this" means.

    On Sunday a plan for "this week" is one for the days to come; the weekend at which something
    took place is never one to come.
    """
    if period.unit == "week":
        return period.shift(1 if scene.anchor.weekday() == 6 and scene.forward else 0)
    return period.shift(-1 if period.first > scene.anchor and scene.status == "occurred" else 0)


def _bare_unit(terms: Terms, scene: Scene) -> Period:
    """End of the month, later in the day, the weekend."""
    unit = terms["u"]
    require(unit != "hour")
    if unit == "day":
        with suppress(ValueError):
            return scene.reference(unit, 0)
    period = period_of(unit, scene.anchor)
    if unit == "quarter" and not scene.forward:
        return period.shift(-1)  # "sales rose in the quarter": one that has ended
    return scene.pick([period.shift(-1), period, period.shift(1)]) if unit == "weekend" else period


def _rolling(terms: Terms, scene: Scene) -> Period | Range:
    """Next six weeks, past ten days: a range from or to the anchor.

    The past week is the one that most of the last seven days lie in.
    """
    unit, count, anchor = terms["u"], terms["n"], scene.anchor
    ahead = terms["d"] in (1, "coming")
    require(terms["d"] != 0)
    if unit == "week" and count == 1:
        return period_of(unit, anchor + timedelta(3 if ahead else -3))
    if unit == "hour":
        unit, count = "day", -(-count // 24)
    if unit == "week":
        unit, count = "day", 7 * count
    require(unit in ("day", "month", "year"))
    now = period_of(unit, anchor)
    return Range(now, now.shift(count)) if ahead else Range(now.shift(-count), now)


def _offset(terms: Terms, count: int, origin: Callable[[str, int], Period]) -> Period:
    """Return the period so many units from an origin; a week without number or one week is seven days."""
    unit, number = terms["u"], terms.get("n", 1)
    if unit == "hour":
        unit, number = "day", number // 24
    if unit == "week" and number == 1:
        unit, number = "day", 7
    return origin(unit, count * number)


def _ago(terms: Terms, scene: Scene) -> Period:
    if terms["u"] == "year" and terms.get("n", 1) == 1 and scene.reports:
        require(scene.origin is not None)
        with suppress(ValueError):
            return _year_before(scene.compared())  # "sales rose from 2 million a year ago"
    return _offset(terms, -1, lambda unit, count: period_of(unit, scene.anchor).shift(count))


def _ahead(terms: Terms, scene: Scene) -> Period:
    return _offset(terms, 1, lambda unit, count: period_of(unit, scene.anchor).shift(count))


def _year_before(period: Period) -> Period:
    """Return the same quarter of the year before, or that year."""
    return period.shift(-12 // LENGTHS[period.unit])


def _year_ago(terms: Terms, scene: Scene) -> Period:
    """Year-ago results, the year-ago quarter, the year-earlier third quarter."""
    require(terms.get("u", "period") in ("quarter", "period"))
    if "o" in terms:
        return _year_before(_quarter_of(terms | {"u": "quarter"}, scene))
    return _year_before(scene.compared())


def _from_reference(terms: Terms, scene: Scene) -> Period:
    step = terms["b"] if "b" in terms else terms["e"]
    if terms["u"] == "year" and terms.get("n", 1) == 1:
        start, end = scene.told()
        if start == end and start.unit == "quarter":
            return start.shift(4 * step)  # "up from 2 million a year earlier": in the same quarter
        if start == end and start.unit == "day" and scene.reports and "ended" in scene.before:
            return Period("day", start.first.replace(year=start.first.year + step))  # "ended Sept. 30"
    return _offset(terms, step, scene.reference)


def _year(terms: Terms, scene: Scene) -> int | None:
    """Return the year that the terms name, if they do: 2020, this year, that year."""
    if "y" in terms:
        year: int = terms["y"]
        return year
    if not terms.keys() & {"d", "g"} or "u" not in terms:
        return None
    require(terms["u"] == "year")
    return _unit(terms, scene).first.year


def _day(year: int, month: int, day: int) -> list[Period]:
    """Return the day of a date in a list, which is empty if there is none."""
    return [Period("day", date(year, month, day))] if 1 <= day <= monthrange(year, month)[1] else []


def _month_day(terms: Terms, scene: Scene) -> Period:
    """July 12, Sunday 12 July, July 12 last year; a weekday helps to find the year."""
    month, day = terms["m"], terms["n"] if "n" in terms else terms["o"]
    year = _year(terms, scene)
    if year is not None:
        return Period("day", date(year, month, day))
    this, reach = scene.anchor.year, (8 if (month, day) == (2, 29) else 1)
    days = [found for year in range(this - reach, this + reach + 1) for found in _day(year, month, day)]
    fitting = [found for found in days if found.first.weekday() == terms.get("w")]
    return scene.near(fitting or days)


def _date_of(day: Any, year: int, scene: Scene) -> date:
    """Return a named day in a year.

    Raises:
        ValueError: no country that may be meant has it.
    """
    if isinstance(day, int):
        return easter(year) + timedelta(day)
    if isinstance(day[0], str):
        name, home = day
        return scene.national(name, home, year)
    if len(day) == 2:
        return date(year, *day)
    month, weekday, number, after = day
    first = _weekday_of({"o": number, "w": weekday}, Period("month", date(year, month, 1))).first
    return first + timedelta(after)


def _named_day(terms: Terms, scene: Scene) -> Period:
    """Christmas Eve, Easter Monday 2020, last Easter."""
    year = _year(terms, scene)
    years = [year] if year is not None else range(scene.anchor.year - 2, scene.anchor.year + 2)
    days = [Period("day", _date_of(terms["k"], year, scene)) for year in years]
    days = [day for day in days if terms.get("w", day.first.weekday()) == day.first.weekday()]
    require(bool(days))
    return days[0] if year is not None else _of_year(days, terms.get("d"), scene)


def _around_named_day(terms: Terms, scene: Scene) -> Period:
    """Easter week, Labor Day weekend 2020: the weekend nearest to the day."""
    require(terms["u"] in ("week", "weekend"))
    day = _named_day({kind: value for kind, value in terms.items() if kind != "u"}, scene).first
    return period_of(terms["u"], day - timedelta(2) if terms["u"] == "weekend" and day.weekday() < 2 else day)


def _of_year(candidates: list[Period], deictic: Any, scene: Scene) -> Period:
    """Return the one of several years' periods that is meant.

    "This winter" is the one that the anchor lies in, or else this year's. "Last October" is not a month of
    this year that has just ended.
    """
    anchor = scene.anchor
    if deictic is None:
        return scene.near(candidates)
    if deictic == 0:
        within = [period for period in candidates if period.first <= anchor <= period.last]
        return (within or [period for period in candidates if period.first.year == anchor.year])[0]
    if deictic == -1:
        over = [period for period in candidates if period.last < anchor]
        ended = [
            one for one in over if one.unit == "day" or one.last.year < anchor.year or _long_ago(one, anchor)
        ]
        return scene.pick(ended, -1)
    return scene.pick(candidates, deictic)


def _long_ago(period: Period, anchor: date) -> bool:
    return (anchor - period.last).days > 31


def _yearly(unit: str, month: Callable[[Terms], int], terms: Terms, scene: Scene) -> Period:
    """Return the month, quarter, half or season that begins with a month, of the year that is meant."""
    year = _year(terms, scene)
    if year is not None:
        return Period(unit, date(year, month(terms), 1))
    this = Period(unit, date(scene.anchor.year, month(terms), 1))
    turn = 12 // LENGTHS[unit]
    return _of_year([this.shift(turn * step) for step in (-2, -1, 0, 1)], terms.get("d"), scene)


def _month_number(terms: Terms) -> int:
    month: int = terms["m"]
    return month


def _season_start(terms: Terms) -> int:
    month: int = terms["s"]
    return month


def _quarter_start(terms: Terms) -> int:
    number = terms["q"] if "q" in terms else terms["o"]
    require(1 <= number <= 4 and ("d" in terms or terms.get("u", "quarter") == "quarter"))
    return 3 * int(number) - 2


def _half_start(terms: Terms) -> int:
    require(terms["o"] <= 2)
    return 6 * int(terms["o"]) - 5


def _weekday(terms: Terms, scene: Scene) -> Period:
    """Friday, last Friday, next Friday, the following Friday, Friday next week."""
    weekday = terms["w"]
    if "g" in terms and "u" not in terms:
        return _weekday_from(weekday, terms["g"], scene)
    deictic = terms.get("d")
    if "u" in terms:
        require(terms["u"] == "week")
        return Period("day", _unit(terms, scene).first + timedelta(weekday))
    if deictic in (0, 1, 2):
        return Period("day", period_of("week", scene.anchor).shift(deictic).first + timedelta(weekday))
    this = Period("day", period_of("week", scene.anchor).first + timedelta(weekday))
    if deictic == -2:
        return scene.pick([this.shift(-7), this, this.shift(7)], -1).shift(-7)
    return scene.pick([this.shift(-7), this, this.shift(7)], deictic)


def _weekday_from(weekday: int, step: int, scene: Scene) -> Period:
    """Return the weekday before, in the week of or after the reference."""
    if step == 0:
        return Period("day", scene.reference("week", 0).first + timedelta(weekday))
    day = scene.reference("day", step)
    return day.shift(step * ((weekday - day.first.weekday()) * step % 7))


def _relative_day(terms: Terms, scene: Scene) -> Period:
    return Period("day", scene.anchor + timedelta(terms["r"]))


def _weeks_from(terms: Terms, scene: Scene) -> Period:
    """Thursday week, two weeks from tomorrow."""
    require(terms["u"] == "week")
    days = terms["r"] if "r" in terms else (terms["w"] - scene.anchor.weekday() - 1) % 7 + 1
    return Period("day", scene.anchor + timedelta(days + 7 * terms.get("n", 1)))


def _day_of_month(terms: Terms, scene: Scene) -> Period:
    """The 14th, Saturday 20th, the 4th of next month."""
    day = terms["n"] if "n" in terms else terms["o"]
    if "u" in terms:
        require(terms["u"] == "month")
        month = _unit(terms, scene)
        return Period("day", month.first.replace(day=day))
    this = period_of("month", scene.anchor)
    days = [
        found
        for month in map(this.shift, range(-7, 8) if "w" in terms else range(-2, 3))
        for found in _day(month.first.year, month.first.month, day)
        if terms.get("w", found.first.weekday()) == found.first.weekday()
    ]
    return scene.near(days)


def _day_beside(terms: Terms, scene: Scene) -> Period:
    """Return the day of the month that another date is in: the second of "24 and 25 April"."""
    return Period("day", scene.reference("month", 0).first.replace(day=terms["n"]))


def _week_number(terms: Terms, scene: Scene) -> Period:
    """Week 28, week 28 of 2020."""
    year = terms.get("y") or scene.anchor.year
    return Period("week", date.fromisocalendar(year, terms["x"], 1))


def _season_told(terms: Terms, scene: Scene) -> Period:
    """Return that summer: the one of the reference's year."""
    return Period("season", date(scene.told()[0].first.year, terms["s"], 1))


def _calendar_year(terms: Terms, scene: Scene) -> Period:
    """1989, the year 2000; the 1989 period."""
    unit = terms.get("u", "year")
    if unit in ("quarter", "period"):
        found = scene.compared()
        require(found.unit == "quarter" or unit == "period")
        return Period(found.unit, found.first.replace(year=terms["y"]))
    require(unit == "year")
    return Period("year", date(terms["y"], 1, 1))


def _rules(*entries: tuple[str, str, Rule]) -> dict[str, Rule]:
    """Return the rules by kinds, in alphabetical order, with and without those that may be missing."""
    rules: dict[str, Rule] = {}
    for needed, optional, rule in entries:
        for size in range(len(optional) + 1):
            for more in combinations(optional, size):
                rules["".join(sorted((*needed, *more)))] = rule
    return rules


_month_of = partial(_yearly, "month", _month_number)
_season_of = partial(_yearly, "season", _season_start)
_quarter_of = partial(_yearly, "quarter", _quarter_start)
_half_of = partial(_yearly, "half", _half_start)

RULES = _rules(
    # kinds that must be there, kinds that may be, what they mean
    ("v", "rw", lambda terms, scene: terms["v"]),
    ("y", "", _calendar_year),
    ("uy", "", _calendar_year),
    ("m", "y", _month_of),
    ("mdu", "", _month_of),
    ("mgu", "", _month_of),
    ("md", "", _month_of),
    ("mn", "rwy", _month_day),
    ("mo", "rwy", _month_day),
    ("dmnw", "", _month_day),
    ("dmow", "", _month_day),
    ("mndu", "w", _month_day),
    ("modu", "w", _month_day),
    ("mngu", "w", _month_day),
    ("s", "y", _season_of),
    ("sdu", "", _season_of),
    ("sd", "", _season_of),
    ("gs", "", _season_told),
    ("x", "y", _week_number),
    ("q", "y", _quarter_of),
    ("qdu", "", _quarter_of),
    ("ou", "y", _quarter_of),
    ("ho", "y", _half_of),
    ("hodu", "", _half_of),
    ("k", "wy", _named_day),
    ("kd", "", _named_day),
    ("ku", "y", _around_named_day),
    ("kdu", "", _named_day),
    ("o", "w", _day_of_month),
    ("n", "", _day_beside),
    ("nw", "", _day_of_month),
    ("odu", "", _day_of_month),
    ("w", "d", _weekday),
    ("wg", "", _weekday),
    ("wdu", "", _weekday),
    ("wgu", "", _weekday),
    ("wu", "n", _weeks_from),
    ("ru", "n", _weeks_from),
    ("r", "w", _relative_day),
    ("du", "", _unit),
    ("gu", "", _unit),
    ("u", "", _bare_unit),
    ("dnu", "", _rolling),
    ("au", "n", _ago),
    ("c", "u", _year_ago),
    ("cou", "", _year_ago),
    ("fu", "n", _ahead),
    ("bu", "n", _from_reference),
    ("eu", "n", _from_reference),
    ("", "", lambda terms, scene: scene.reference("day", 0)),
)
"""What the terms of a frame mean, by their kinds."""


def _nth(unit: str, number: int, whole: Period) -> Period:
    """Return the first, second ... unit of a longer period; number -1 is the last.

    A week belongs to the month and year that most of its days lie in, a weekend to that of its Saturday.
    """
    offset = timedelta({"week": 3}.get(unit, 0))
    if number == -1:
        found = period_of(unit, whole.last - offset)
        found = found.shift(-1) if found.first > whole.last else found
    else:
        first = period_of(unit, whole.first + offset)
        first = first.shift(1) if first.first + offset < whole.first else first
        found = first.shift(number - 1)
    require(whole.first <= found.first + offset <= whole.last)
    return found


def _unit_of(terms: Terms, whole: Period) -> Period:
    """Third week of October, last weekend of April."""
    number = terms["o"] if "o" in terms else terms["d"]
    require(terms["u"] != "hour" and number in (-1, *range(1, 32)))
    return _nth(terms["u"], number, whole)


def _units_of(terms: Terms, whole: Period) -> Range:
    """First two weeks of May, last three months of 2019."""
    unit, count = terms["u"], terms["n"]
    require(unit in DAYS or unit in LENGTHS)
    if unit == "quarter":
        unit, count = "month", 3 * count
    if terms.get("d") == -1:
        last = _nth(unit, -1, whole)
        return Range(last.shift(1 - count), last)
    require(terms.get("o") == 1)
    first = _nth(unit, 1, whole)
    return Range(first, first.shift(count - 1))


def _weekday_of(terms: Terms, whole: Period) -> Period:
    """First Monday in May, last Sunday in October."""
    number = terms["o"] if "o" in terms else terms["d"]
    require(whole.unit != "day" and number in (-1, *range(1, 6)))
    if number == -1:
        found = whole.last - timedelta((whole.last.weekday() - terms["w"]) % 7)
    else:
        found = whole.first + timedelta((terms["w"] - whole.first.weekday()) % 7 + 7 * (number - 1))
    require(whole.first <= found <= whole.last)
    return Period("day", found)


def _half_of_whole(terms: Terms, whole: Period) -> Period:
    """Second half of next year, last half of 1989; half a month has the value of the month."""
    require(terms.get("d", -1) == -1)
    number = terms.get("o", 2)
    require(number <= 2)
    return Period("half", whole.first.replace(month=6 * number - 5)) if whole.unit == "year" else whole


def _around(terms: Terms, whole: Period) -> Period:
    """Week of 13 June."""
    unit = terms["u"]
    found = whole if unit == "hour" else period_of(unit, whole.first)
    require(whole.last <= max(found.last, whole.first))
    return found


def _beside(terms: Terms, whole: Period) -> Period:
    """Day before Christmas Eve, two weeks after 12 May, the week after 12 May."""
    require(whole.unit == "day")
    if terms["u"] == "week" and "n" not in terms:
        return period_of("week", whole.first).shift(terms["b"])
    return _offset(terms, terms["b"], lambda unit, count: period_of(unit, whole.first).shift(count))


SELECTORS: dict[str, Selector] = {
    "ou": _unit_of,
    "du": _unit_of,
    "onu": _units_of,
    "dnu": _units_of,
    "nou": _units_of,
    "ndu": _units_of,
    "ow": _weekday_of,
    "dw": _weekday_of,
    "oh": _half_of_whole,
    "dh": _half_of_whole,
    "u": _around,
    "ub": _beside,
    "nub": _beside,
}
"""What the terms before "of", "before" or "after" mean, by their kinds in the order of the text.

The "second Sunday of January" is not "Sunday the second of January".
"""

"""Dates: the ISO 8601 value of a time expression, and the days that a value covers.

An expression becomes terms, each of one kind, by the tables of words (`words`). The grammar
(`grammar`) takes the time of day out, splits ranges ("March 3 to 5") and selections ("last week of
May"), and leaves frames: the terms of one date by kind. The rules (`rules`) say which period of the
calendar (`periods`) a set of kinds stands for, in whatever order the words came, seen from the day of
publication and the tense (`scene`, `tense`). A set of kinds without a rule has no value, so that
nothing is guessed.

To teach it an expression, add its words to a table or its kinds to the rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from eventx.dates.grammar import LONGEST, Expression, Frame, parse
from eventx.dates.neighbours import neighbours
from eventx.dates.periods import Period, Range, interval, require
from eventx.dates.rules import RULES, SELECTORS
from eventx.dates.scene import Scene
from eventx.document import Status, publication_day
from eventx.sentences import sentences

COUNTED_FROM = re.compile(r"\s+(ago|earlier|later|hence|from now|before|after)\b")
COUNTED_IN = re.compile(r"(?<!\w)[Ii]n\s+$")
"""What stands behind or before a number of units that are counted from another date."""

__all__ = ["earlier_dates", "interval", "is_hour", "resolve_date"]


def resolve_date(
    expression: str,
    anchor: str | date | None = None,
    context: str | None = None,
    status: Status | None = None,
    reference: str | None = None,
) -> str | None:
    """Return the ISO 8601 value of a time expression, or None where it cannot be worked out.

    The value is as exact as the expression: a day ``2020-07-12``, a month ``2020-07``, a year, a week
    ``2020-W28``, a quarter ``2020-Q3``, a season ``2020-SU``, a range ``2020-07-12/2020-07-14``. An hour is
    added to a day (``2020-07-12T09:00``), its time zone and parts of the day drop out. No string raises an
    exception.

    07/12/2020 is July 12, as in the United States, unless there is no such month; 12.07.2020 and 12-07-2020
    are 12 July. Days that each country has its own of, such as Labor Day, are those of a country that the
    context names, else those of the country that the tables of `words` give.

    Args:
        expression: The time expression, such as "next Friday".
        anchor: Day of publication, from which relative expressions count; one that is no date counts as
            None. Without it only absolute expressions have a value.
        context: The sentence. Its verbs tell past from future where the status does not.
        status: Status of the event: a scheduled one lies ahead of the anchor, an occurred one behind it
            (unless the context says that it goes on until then).
        reference: ISO value of another date of the text, from which "two days later" or "the same
            day" counts, and to which a bare hour belongs. Without it another date of the sentence is taken;
            a bare hour then belongs to the anchor's day.
    """
    if len(expression) > LONGEST:
        return None
    if interval(expression) and expression >= "1000":  # 0900 is an hour
        return expression
    scene = Scene.of(expression, context or "", _anchor(anchor), status, reference)
    return _resolved(scene, alone=False)


def earlier_dates(text: str, anchor: str | date | None = None) -> Iterator[str]:
    """Yield the ISO values of the dates of a text that do not count from others, the last one first.

    They are those from which "two days later" at the beginning of the next sentence may count.

    Args:
        text: What stands before a sentence.
        anchor: Day of publication, as for `resolve_date`.
    """
    day = _anchor(anchor)
    for start, end in reversed(sentences(text)):
        for other in neighbours(Scene("", text[start:end], "", day, None, None), behind_first=False):
            if value := _resolved(other, alone=True):
                yield value


def _resolved(scene: Scene, alone: bool) -> str | None:
    """Return the value of a scene's expression; ``alone`` does not let it count from other dates."""
    try:
        parsed = _completed(parse(scene.expression), scene)
    except (ValueError, OverflowError):
        return None
    for origin in [scene.origin] if alone else _origins(parsed, scene):
        with suppress(ValueError, OverflowError):
            return _value(parsed, scene._replace(origin=origin))
    return None


def is_hour(expression: str) -> bool:
    """Say whether an expression is a time of day alone, such as "10am": its day is that of another date."""
    try:
        return _hour_alone(parse(expression))
    except (ValueError, OverflowError):
        return False


def _completed(parsed: Expression, scene: Scene) -> Expression:
    """Return an expression that only counts units with the word beside it that says from where.

    It is "a year earlier" where the sentence has "earlier" behind "a year", "in two weeks" where a plan has
    "in" before "two weeks".

    Raises:
        ValueError: together they are no date.
    """
    if parsed.start.kinds in ("u", "nu") and parsed.end is None and parsed.start.within is None:
        if match := COUNTED_FROM.match(scene.after):
            return parse(f"{scene.expression} {match[1]}")
        if COUNTED_IN.search(scene.before[-5:]) and scene.forward:
            return parse(f"in {scene.expression}")
    return parsed


def _hour_alone(parsed: Expression) -> bool:
    return parsed.end is None and not parsed.start.terms and parsed.start.within is None


def _compares(parsed: Expression, scene: Scene) -> bool:
    """Say whether an expression compares a company's report with an earlier one: "the year-ago quarter"."""
    terms = parsed.start.terms
    if terms.keys() == {"u", "y"}:
        return terms["u"] in ("quarter", "period")
    return "c" in terms or terms.get("u") == "period" or (terms.get("u") == "year" and scene.reports)


def _origins(parsed: Expression, scene: Scene) -> Iterator[str | None]:
    """Yield what an expression may count from, the most probable first.

    It is the reference, if one is given. Otherwise the expression may not need one; or it counts from another
    date of the sentence, the nearest before it or else the first behind it; an hour alone is one of the day
    of publication, and a comparison in a company's report is with the period reported.
    """
    yield scene.origin
    if scene.origin is None:
        for other in neighbours(scene, _hour_alone(parsed) or "b" in parsed.start.terms):
            yield _resolved(other, alone=True)
        if _hour_alone(parsed) and scene.day is not None:
            yield scene.day.isoformat()
        if _compares(parsed, scene):
            with suppress(ValueError, OverflowError):
                yield scene.reported


def _value(parsed: Expression, scene: Scene) -> str:
    """Return the ISO value of an expression.

    Raises:
        ValueError: it has none.
    """
    start, end, clock = parsed
    found = _evaluate(start, scene) if end is None else _span(start, end, scene)
    if clock and isinstance(found, Period) and found.unit == "day":
        return f"{found.value}T{clock}"
    return found.value


def _evaluate(frame: Frame, scene: Scene) -> Period | Range:
    """Return what a frame stands for.

    Raises:
        ValueError: there is no rule for its terms, or they do not fit together.
    """
    if frame.within is None:
        require(frame.kinds in RULES)
        return RULES[frame.kinds](frame.terms, scene)
    whole = _evaluate(frame.within, scene)
    if isinstance(whole, Range):
        raise ValueError("part of a range")
    return SELECTORS["".join(frame.terms)](frame.terms, whole)


def _span(start: Frame, end: Frame, scene: Scene) -> Range:
    """Return the range from one frame to another; the second is seen from the first.

    Raises:
        ValueError: one of them stands for no period, or the second ends before the first begins.
    """
    first = _evaluate(start, scene)
    onward = end.within is None and end.terms.keys() <= set("mnoswkq")
    last = _evaluate(end, scene.onward(first.last) if onward and isinstance(first, Period) else scene)
    if isinstance(first, Range) or isinstance(last, Range):
        raise ValueError("a range of ranges")
    require(first.first <= last.first and first.unit == last.unit)
    return Range(first, last)


def _anchor(value: str | date | None) -> date | None:
    """Return the day of publication; None if it is unknown or no date."""
    try:
        day = publication_day(value)
    except ValueError:
        return None
    return date.fromisoformat(day) if day else None

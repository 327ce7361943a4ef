"""Prints how many time expressions get the right value, and how fast, beside other libraries.

    pip install dateparser parsedatetime recurrent ctparse timefhuman
    python benchmarks/timex.py FILE [--errors]

FILE holds documents, JSON lines, of either kind: with time expressions and their TIMEX3 values (``date``,
``text`` and ``timexes`` with ``start``, ``text`` and ``value``), or annotated with events, whose dates are
taken. TIMEX3 values are rewritten to the forms that eventx has; those that it cannot express are left out.
The libraries get the expression and the day of publication, and so does eventx in its first row. In the
second one it also gets the sentence and the event's status, and where that gives no answer the value of the
expression before it in the text: this is how it is used. Other libraries return points in time (ctparse and
timefhuman also spans of days), which are cut to the precision of the gold value: what they lack in precision
is not held against them, but a point is no right answer where the gold value is a range.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from eventx import resolve_date
from eventx.dates.grammar import parse
from eventx.document import Status
from eventx.sentences import sentences

NONE = {"PRESENT_REF", "PAST_REF", "FUTURE_REF"}
"""Gold values that name no date."""


class Case(NamedTuple):
    """A time expression."""

    text: str
    value: str | None
    """The right value; None if there is none."""
    day: str | None
    """Day of publication."""
    sentence: str
    document: str
    status: Status | None
    """Of the event, if the document has events."""


def converted(value: str) -> tuple[bool, str | None]:
    """Return whether eventx's forms can express a TIMEX3 value, and the value in them."""
    if value in NONE:
        return True, None
    value = re.sub(r"-?T(MO|AF|EV|NI|DT)", "", value)
    value = re.sub(r"^(\d{4}-W)(\d)$", r"\g<1>0\2", value)
    value = re.sub(r"(T\d\d)$", r"\1:00", value)
    if "X" in value or value.startswith("P") or re.fullmatch(r"\d{2,3}", value):
        return False, None
    if match := re.fullmatch(r"(\d{4})-W(\d\d)-WE", value):
        saturday = date.fromisocalendar(int(match[1]), int(match[2]), 6)
        return True, f"{saturday}/{saturday + timedelta(1)}"
    if match := re.fullmatch(r"(\d{4})-?H([12])", value):
        return True, f"{match[1]}-01/{match[1]}-06" if match[2] == "1" else f"{match[1]}-07/{match[1]}-12"
    return True, value


def cases(file: Path) -> Iterator[Case]:
    """Yield the expressions of a file whose value can be expressed, in the order of the texts."""
    for line in file.read_text("utf-8").splitlines():
        document = json.loads(line)
        text = document["text"]
        bounds = list(sentences(text))
        for timex, status in _expressions(document):
            known, value = converted(timex["value"]) if status is None else (True, timex["value"])
            if known:
                sentence = next((text[a:b] for a, b in bounds if a <= timex["start"] < b), "")
                yield Case(timex["text"], value, document["date"], sentence, document["id"], status)


def _expressions(document: dict[str, Any]) -> list[tuple[dict[str, Any], Status | None]]:
    """Return the annotated expressions of a document in the order of its text, with the event's status."""
    found = [(timex, None) for timex in document.get("timexes", ())]
    found += [(one, event["status"]) for event in document.get("events", ()) for one in event["dates"]]
    return sorted(found, key=lambda pair: pair[0]["start"])


def by_expression(found: Sequence[Case]) -> list[str | None]:
    """Return the values that eventx gives without a sentence."""
    return [resolve_date(case.text, case.day) for case in found]


def by_eventx(found: Sequence[Case]) -> list[str | None]:
    """Return the values that eventx gives."""
    values: list[str | None] = []
    before: tuple[str, str | None] = ("", None)
    for case in found:
        value = resolve_date(case.text, case.day, case.sentence, case.status)
        if value is None and before[0] == case.document and before[1]:
            value = resolve_date(case.text, case.day, case.sentence, case.status, before[1])
        values.append(value)
        if value:
            before = case.document, value
    return values


def _base(day: str | None) -> datetime:
    """Return the point in time from which the other libraries count: without a day, the present."""
    return datetime.fromisoformat(day) if day else datetime.now()


def by_dateparser(found: Sequence[Case]) -> list[datetime | None]:
    """Return the points in time that dateparser gives."""
    import dateparser

    def read(case: Case) -> datetime | None:
        settings: Any = {"RELATIVE_BASE": _base(case.day), "PREFER_DATES_FROM": "past"}
        result: datetime | None = dateparser.parse(case.text, languages=["en"], settings=settings)
        return result

    return [read(case) for case in found]


def by_parsedatetime(found: Sequence[Case]) -> list[datetime | None]:
    """Return the points in time that parsedatetime gives."""
    import parsedatetime

    calendar = parsedatetime.Calendar()

    def read(case: Case) -> datetime | None:
        value, status = calendar.parseDT(case.text, sourceTime=_base(case.day))
        return value if status else None

    return [read(case) for case in found]


def by_recurrent(found: Sequence[Case]) -> list[datetime | None]:
    """Return the points in time that recurrent gives; rules of recurrence are none."""
    import recurrent

    def read(case: Case) -> datetime | None:
        try:
            value = recurrent.RecurringEvent(now_date=_base(case.day)).parse(case.text)
        except Exception:  # it has errors of its own, which count as no answer
            return None
        return value if isinstance(value, datetime) else None

    return [read(case) for case in found]


def by_ctparse(found: Sequence[Case]) -> list[datetime | str | None]:
    """Return the points in time, months, years or spans of days that ctparse gives."""
    import ctparse

    def read(case: Case) -> datetime | str | None:
        parsed = ctparse.ctparse(case.text, ts=_base(case.day), timeout=0)
        value = parsed and parsed.resolution
        if isinstance(value, ctparse.types.Interval) and value.t_from and value.t_to:
            return f"{written(value.t_from)}/{written(value.t_to)}"
        if not isinstance(value, ctparse.types.Time):
            return None
        return value.dt if value.year and value.month and value.day else written(value)

    def written(moment: Any) -> str:
        parts = (f"{part:02}" for part in (moment.year, moment.month, moment.day) if part)
        return "-".join(parts)

    return [read(case) for case in found]


def by_timefhuman(found: Sequence[Case]) -> list[datetime | str | None]:
    """Return the points in time or spans of days that timefhuman gives."""
    import timefhuman

    def read(case: Case) -> datetime | str | None:
        try:
            values = timefhuman.timefhuman(case.text, timefhuman.tfhConfig(now=_base(case.day)))
        except Exception:  # it has errors of its own, which count as no answer
            return None
        value = values[0] if values else None
        if isinstance(value, tuple) and all(isinstance(end, datetime) for end in value):
            return f"{value[0].date()}/{value[-1].date()}"
        return value if isinstance(value, datetime) else None

    return [read(case) for case in found]


def cut(point: datetime | str | None, gold: str | None) -> str | None:
    """Return an answer in the form of the gold value."""
    if not isinstance(point, datetime):
        return point
    form = gold or ""
    if re.fullmatch(r"\d{4}-W\d\d", form):
        year, week, _ = point.isocalendar()
        return f"{year:04}-W{week:02}"
    if re.fullmatch(r"\d{4}-Q\d", form):
        return f"{point.year:04}-Q{(point.month + 2) // 3}"
    return point.strftime("%Y-%m-%dT%H:%M")[: len(form)] or "an answer"


LIBRARIES: dict[str, Callable[[Sequence[Case]], Sequence[Any]]] = {
    "eventx, expression and day": by_expression,
    "eventx": by_eventx,
    "dateparser": by_dateparser,
    "parsedatetime": by_parsedatetime,
    "recurrent": by_recurrent,
    "ctparse": by_ctparse,
    "timefhuman": by_timefhuman,
}


def main() -> None:
    """Print the table, and eventx's errors if they are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="documents with time expressions, .jsonl")
    parser.add_argument("--errors", action="store_true", help="print what eventx gets wrong")
    args = parser.parse_args()
    found = list(cases(args.file))
    print("| library | right | of | accuracy | expressions a second |\n| --- | ---: | ---: | ---: | ---: |")
    for name, library in LIBRARIES.items():
        library(found[:1])  # what is loaded at the first call is not timed
        parse.cache_clear()  # so that eventx has read none of the expressions before
        start = time.perf_counter()
        answers = library(found)
        seconds = time.perf_counter() - start
        pairs = list(zip(found, answers, strict=True))
        right = sum(cut(answer, case.value) == case.value for case, answer in pairs)
        share, rate = 100 * right / len(found), len(found) / seconds
        print(f"| {name} | {right} | {len(found)} | {share:.1f} | {rate:,.0f} |")
        if args.errors and name == "eventx":
            for case, answer in pairs:
                if answer != case.value:
                    print(case.text, case.value, answer, case.day, " ".join(case.sentence.split()), sep="\t")


if __name__ == "__main__":
    main()

"""Pages: one HTML file to read, with every text, its mentions in colour, and a card for each meeting.

The page needs nothing but itself: no script, no font, no other file; its content security policy allows none.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from eventx import countries
from eventx.document import (
    Actor,
    DateSpan,
    Document,
    Event,
    Meeting,
    Place,
    Span,
    Version,
    without_surrogates,
)
from eventx.forms.names import STAMP, stamp

TOLD = {
    "trigger": "meeting",
    "participants": "participant",
    "chairs": "chair",
    "hosts": "host",
    "dates": "date",
    "places": "place",
}
"""What a reader is told of each role."""

FORMATS = {"in_person": "in person", "virtual": "virtual", "phone": "by phone"}

CARRIAGE_RETURN = re.compile("\r(\n?)")
"""Parsers would turn it into a line feed unless it is escaped."""

LINKED = 32
"""Meetings of a text whose mentions light up with their card; the links of all others work as well."""

INTRODUCTION = (
    "Coloured words tell of meetings; a small number says of which. Point at a word to learn more, follow it "
    "to its meeting’s card, and the words in the card’s last line back into the text."
)


class Mark(NamedTuple):
    """A span of the text in one of its roles."""

    role: str
    event: int
    """Position of the event in ``Document.events``."""
    span: Span | DateSpan


def write(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write one page with all documents, which names the version of the model."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(_parts(documents, version))


def page(documents: Iterable[Document]) -> str:
    """Return one page with all documents, which names the version of the first.

    NUL and lone surrogates are U+FFFD in it.
    """
    every = list(documents)
    return "".join(_parts(every, every[0].version if every else None))


def _parts(documents: Iterable[Document], version: Version | None) -> Iterator[str]:
    yield _head(version)
    for number, document in enumerate(documents, 1):
        yield _article(f"d{number}", number, document)
    yield "</main>\n</body>\n</html>\n"


def _head(version: Version | None) -> str:
    """Return what stands before the documents."""
    style = _style()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    legend = "".join(f'<li><span class="mark {role}">{name}</span></li>' for role, name in TOLD.items())
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="{STAMP}" content="{_escape(stamp(version))}">\n'
        f"<title>Meetings</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<header>\n<h1>Meetings</h1>\n<p class="soft">{INTRODUCTION}</p>\n'
        f'<ul class="legend" aria-label="Colours">{legend}</ul>\n</header>\n<main>\n'
    )


def _style() -> str:
    """Return the style sheet; a card and its mentions light up together."""
    lit = "".join(
        f'.columns:has([data-card="{n}"]:is(:hover, :target, :focus-within)) .text [data-in~="{n}"],\n'
        f'.columns:has(.text [data-in~="{n}"]:is(:hover, :focus)) [data-card="{n}"] '
        "{ background: var(--mark); }\n"
        for n in range(1, LINKED + 1)
    )
    return Path(__file__).with_name("pages.css").read_text("utf-8") + f"@media screen {{\n{lit}}}\n"


def _article(name: str, number: int, document: Document) -> str:
    meetings = document.meetings or []
    title = _escape(document.id or f"Document {number}")
    counts = _count(len(document.events), "mention")
    if document.meetings is not None:
        counts = f"{_count(len(meetings), 'meeting')} in {counts}"
    published = f"published {_escape(document.date)} · " if document.date else ""
    jump = "".join(
        f'<li><a href="#{name}m{meeting.id}" aria-label="Meeting {meeting.id}">{meeting.id}</a></li>'
        for meeting in meetings
    )
    cards = "\n".join(_card(name, document, meeting) for meeting in meetings)
    return (
        f'<article id="{name}">\n<h2><bdi>{title}</bdi></h2>\n<p class="soft">{published}{counts}</p>\n'
        + (f'<nav aria-label="Meetings of {title}"><ul class="jump">{jump}</ul></nav>\n' if jump else "")
        + f'<div class="columns">\n<div class="text" dir="auto">{"".join(_text(name, document))}</div>\n'
        + (f'<div class="cards">\n{cards}\n</div>\n' if cards else "")
        + "</div>\n</article>\n"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# The text -------------------------------------------------------------------------------------


def _text(name: str, document: Document) -> Iterator[str]:
    """Yield the text in segments, each with all its roles; one after the other they are the text."""
    homes: dict[int, list[int]] = defaultdict(list)
    for meeting in document.meetings or ():
        for position in meeting.events:
            homes[position].append(meeting.id)
    for start, end, marks in segments(document):
        words = _words(document.text[start:end])
        if marks:
            told = [_told(mark, document.events[mark.event], homes[mark.event]) for mark in marks]
            tag, attributes = _tag(name, start, end, marks, homes)
            title = _escape("\n".join(told))
            yield f'<{tag} title="{title}" {attributes}>{words}</{tag}>'
        else:
            yield words


def _tag(
    name: str, start: int, end: int, marks: Sequence[Mark], homes: Mapping[int, Sequence[int]]
) -> tuple[str, str]:
    """Return the element of a segment and its attributes: a link if it belongs to a meeting."""
    meetings = _numbers(marks, homes)
    triggers = [mark for mark in marks if mark.role == "trigger"]
    label = _numbers((mark for mark in triggers if mark.span.end == end), homes)
    attributes = {
        "class": " ".join(["mark", *dict.fromkeys(mark.role for mark in marks)]),
        "id": f"{name}c{start}" if any(mark.span.start == start for mark in triggers) else "",
        "href": f"#{name}m{meetings[0]}" if meetings else "",
        "data-in": " ".join(meetings),
        "data-label": ",".join(label),
    }
    listed = " ".join(f'{attribute}="{value}"' for attribute, value in attributes.items() if value)
    return "a" if meetings else "span", listed


def _numbers(marks: Iterable[Mark], homes: Mapping[int, Sequence[int]]) -> list[str]:
    """Return the ids of the marks' meetings, each once."""
    return list(dict.fromkeys(str(number) for mark in marks for number in homes[mark.event]))


def segments(document: Document) -> Iterator[tuple[int, int, list[Mark]]]:
    """Yield start and end of each stretch that no span begins or ends inside, and the spans over it."""
    marks = [
        Mark(role, position, span)
        for position, event in enumerate(document.events)
        for role, span in (("trigger", event.trigger), *event.arguments())
    ]
    begun = defaultdict(list)
    for mark in marks:
        begun[mark.span.start].append(mark)
    borders = {0, len(document.text), *begun, *(mark.span.end for mark in marks)}
    over: list[Mark] = []
    for start, end in pairwise(sorted(borders)):
        over = [mark for mark in over if mark.span.end > start] + begun[start]
        yield start, end, over


def _told(mark: Mark, event: Event, meetings: Sequence[int]) -> str:
    """Return what is shown of a mark when it is pointed at."""
    value = f" {mark.span.value or 'unknown'}" if isinstance(mark.span, DateSpan) else ""
    numbers = f" (meeting {', '.join(map(str, meetings))})" if meetings else ""
    of = f": {mark.span.text}" if mark.role == "trigger" else f" of {event.trigger.text}"
    score = "" if mark.span.score is None else f", score {mark.span.score:.2f}"
    return f"{TOLD[mark.role]}{value}{of}{numbers}, {event.status}, {FORMATS[event.format]}{score}"


def _words(text: str) -> str:
    """Return a piece of the text; a bare carriage return breaks the line, which browsers do not do for it."""
    return CARRIAGE_RETURN.sub(lambda found: f"&#13;{found[1] or '<br>'}", escape(_clean(text), quote=False))


def _escape(text: str) -> str:
    return escape(_clean(text)).replace("\r", "&#13;")


def _clean(text: str) -> str:
    return without_surrogates(text).replace("\0", "\ufffd")


# The cards ------------------------------------------------------------------------------------


def _card(name: str, document: Document, meeting: Meeting) -> str:
    triggers = [document.events[position].trigger for position in meeting.events]
    links = (f'<a href="#{name}c{span.start}"><bdi>{_escape(span.text)}</bdi></a>' for span in triggers)
    rows = {
        "Who": _list(map(_actor, meeting.participants)),
        "Chaired by": _list(map(_actor, meeting.chairs)),
        "Hosted by": _list(map(_actor, meeting.hosts)),
        "When": _when(meeting),
        "Where": _list(map(_place, meeting.places)),
        "Format": FORMATS[meeting.format],
        "Score": "" if meeting.score is None else f"{meeting.score:.2f}",
        "In the text": ", ".join(links),
    }
    listed = "".join(f"<dt>{term}</dt><dd>{value}</dd>" for term, value in rows.items() if value)
    heading = f'Meeting {meeting.id} <span class="badge {meeting.status}">{meeting.status}</span>'
    return (
        f'<section class="card" id="{name}m{meeting.id}" data-card="{meeting.id}" '
        f'aria-label="Meeting {meeting.id}">\n<h3>{heading}</h3>\n<dl>{listed}</dl>\n</section>'
    )


def _list(items: Iterable[str]) -> str:
    listed = "".join(f"<li>{item}</li>" for item in items)
    return listed and f"<ul>{listed}</ul>"


def _actor(actor: Actor) -> str:
    try:
        country = actor.country and countries.name(actor.country)
    except KeyError:
        country = actor.country
    about = dict.fromkeys(part for part in (actor.title, actor.affiliation, country) if part)
    about.pop(actor.name, None)
    described = f' <span class="soft"><bdi>{_escape(", ".join(about))}</bdi></span>' if about else ""
    return f"<strong><bdi>{_escape(actor.name)}</bdi></strong>{described}"


def _place(place: Place) -> str:
    return f"<bdi>{_escape(place.name)}</bdi>"


def _when(meeting: Meeting) -> str:
    """Return the date, and the days that it spans if it is no day itself."""
    value = meeting.date or ""
    days = "/".join(dict.fromkeys(day for day in (meeting.start, meeting.end) if day))
    parts = [value, "" if value.startswith(days) else days]
    shown = " = ".join(part.replace("/", " to ") for part in parts if part)
    return _escape(shown)

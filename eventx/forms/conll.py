r"""CoNLL columns: a token a line, a blank line behind each sentence, tabs between the columns.

The columns are the token, a BIO tag of the triggers (``B-Meeting``), the token's start and end in the text,
and one for each event that has a part in the sentence, with tags of its trigger and roles (``B-Trigger``,
``B-Participant`` …). Spans of one event that overlap (a participant who is also host) take two columns::

    # newdoc id = news-7
    # date = 2021-06-03
    # text = Peru and Chile met on Tuesday.
    # event 1 = {"status": "occurred", "format": "in_person", "cluster": 1, "values": {"22-29": "2021-06-01"}}
    # events = 1
    Peru    O          0   4   B-Participant
    and     O          5   8   O
    Chile   O          9   14  B-Participant
    met     B-Meeting  15  18  B-Trigger
    …

``text`` is the whole document with ``\n``, ``\r`` and ``\\`` for line ends and backslashes; ``events`` says
whose columns follow. Tokens are the words that the model reads, cut where a span begins or ends inside one.
Scores and merged meetings are left out; a lone surrogate becomes U+FFFD.

Files of other programs are read, too, if they have but token and tag, between them a tab or blanks. The text
is then made of the tokens, and ``-DOCSTART-`` begins a document as ``# newdoc`` does.
"""

from __future__ import annotations

import json
import logging
import re
from bisect import bisect, bisect_left
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from eventx.document import (
    DateSpan,
    Document,
    Event,
    Format,
    Span,
    Status,
    publication_day,
    without_surrogates,
)
from eventx.forms.names import MEETING, ROLE_NAMES, LineError, add, at_line, decoded, role
from eventx.readers import Advance, Columns, Failure, Source
from eventx.sentences import sentences
from eventx.words import WORD

_log = logging.getLogger(__name__)

TRIGGER = "Trigger"
FIXED = 4
"""Columns before those of the events."""

_PLAIN = re.compile(r"(\S+)\s+(O|[BI]-\S+)\s*")
"""A line of two columns."""

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_RAW = {escape: raw for raw, escape in _ESCAPES.items()}

Bounds = tuple[int, int]
Marked = tuple[str, int, int]
"""The name of a trigger or role, and where it begins and ends."""


# Out ------------------------------------------------------------------------------------------


def write(documents: Iterable[Document], path: Path) -> None:
    """Write the documents. White space at the ends of a span, which no token has, is no part of it.

    What is nothing but white space is left out, and logged.
    """
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for document in documents:
            stream.writelines(f"{line}\n" for line in _lines(document))


def _lines(document: Document) -> Iterator[str]:
    text = without_surrogates(document.text)
    events = [event for event in document.events if not _blank(document, event.trigger)]
    marked = [_marked(document, event) for event in events]
    bounds = [span[1:] for spans in marked for span in spans]
    tokens = _tokens(text, bounds)
    starts = _starts(text, bounds)
    yield "# newdoc" if document.id is None else f"# newdoc id = {_escaped(document.id)}"
    if document.date is not None:
        yield f"# date = {document.date}"
    yield f"# text = {_escaped(text)}"
    for number, event in enumerate(events, 1):
        yield f"# event {number} = {_attributes(event)}"
    parts: list[dict[int, list[Marked]]] = [{} for _ in starts]
    for number, spans in enumerate(marked, 1):
        for span in spans:
            parts[bisect(starts, span[1]) - 1].setdefault(number, []).append(span)
    blocks: list[list[Bounds]] = [[] for _ in starts]
    for token in tokens:
        blocks[bisect(starts, token[0]) - 1].append(token)
    for part, block in zip(parts, blocks, strict=True):
        yield from _block(text, block, part)


def _marked(document: Document, event: Event) -> list[Marked]:
    arguments = [
        (ROLE_NAMES[field], *_trimmed(span))
        for field, span in event.arguments()
        if not _blank(document, span)
    ]
    return [(TRIGGER, *_trimmed(event.trigger)), *arguments]


def _blank(document: Document, span: Span | DateSpan) -> bool:
    """Say whether a span has no token, and log it."""
    blank = not WORD.search(span.text)
    if blank:
        _log.warning("document %s: no word at %d-%d, left out", document.id, span.start, span.end)
    return blank


def _trimmed(span: Span | DateSpan) -> Bounds:
    """Return where the first word of a span begins and the last ends."""
    words = [match.span() for match in WORD.finditer(span.text)]
    return span.start + words[0][0], span.start + words[-1][1]


def _tokens(text: str, bounds: Iterable[Bounds]) -> list[Bounds]:
    """Return the words, those in which a span begins or ends cut in two."""
    cuts = {offset for span in bounds for offset in span}
    tokens = []
    for match in WORD.finditer(text):
        start = match.start()
        for offset in range(start + 1, match.end() + 1):
            if offset in cuts or offset == match.end():
                tokens.append((start, offset))
                start = offset
    return tokens


def _starts(text: str, bounds: Iterable[Bounds]) -> list[int]:
    """Return where sentences begin, without those that begin inside a span."""
    starts = [0, *(start for start, _ in sentences(text) if start)]
    inside = {
        starts[number]
        for start, end in bounds
        for number in range(bisect(starts, start), bisect_left(starts, end))
    }
    return [start for start in starts if start not in inside]


def _block(text: str, tokens: list[Bounds], part: dict[int, list[Marked]]) -> Iterator[str]:
    """Yield the lines of a sentence."""
    layers = [(number, layer) for number, spans in part.items() for layer in _layers(spans)]
    columns = [_tags(tokens, layer) for _, layer in layers]
    if layers:
        yield f"# events = {' '.join(str(number) for number, _ in layers)}"
    for row, (start, end) in enumerate(tokens):
        tags = [column[row] for column in columns]
        yield "\t".join([text[start:end], _trigger(tags), str(start), str(end), *tags])
    yield ""


def _layers(spans: list[Marked]) -> list[list[Marked]]:
    """Return the spans in as few lists as it takes for none to overlap in any."""
    layers: list[list[Marked]] = []
    for span in sorted(spans, key=lambda span: span[1]):
        for layer in layers:
            if layer[-1][2] <= span[1]:
                layer.append(span)
                break
        else:
            layers.append([span])
    return layers


def _tags(tokens: list[Bounds], layer: list[Marked]) -> list[str]:
    tags = ["O"] * len(tokens)
    for name, first, last in layer:
        for row in range(bisect_left(tokens, (first, 0)), bisect_left(tokens, (last, 0))):
            tags[row] = f"B-{name}" if tokens[row][0] == first else f"I-{name}"
    return tags


def _trigger(tags: list[str]) -> str:
    """Return the tag of the column of triggers, given those of the events."""
    return next((f"{letter}-{MEETING}" for letter in "BI" if f"{letter}-{TRIGGER}" in tags), "O")


def _attributes(event: Event) -> str:
    values = {"{}-{}".format(*_trimmed(date)): date.value for date in event.dates if WORD.search(date.text)}
    about = {"status": event.status, "format": event.format, "cluster": event.cluster, "values": values}
    return without_surrogates(json.dumps(about, ensure_ascii=False))


def _escaped(text: str) -> str:
    return re.sub(r"[\\\n\r]", lambda match: _ESCAPES[match[0]], without_surrogates(text))


# In -------------------------------------------------------------------------------------------


class _About(msgspec.Struct):
    status: Status = "occurred"
    format: Format = "in_person"
    cluster: int | None = None
    values: dict[str, str | None] = {}


class _Row(NamedTuple):
    line: int
    start: int
    end: int
    tags: list[str]


def read(source: Source, columns: Columns, advance: Advance | None = None) -> Iterator[Document | Failure]:
    """Yield the documents of a file that was written here and perhaps changed by hand, or has two columns.

    A document without an id has its position, counted from 1. Without a line of attributes a meeting has
    occurred, in person, and is no other's.
    """
    line = 0
    try:
        with source.open(advance) as stream:
            for number, lines in enumerate(_parts(stream), 1):
                yield _document(source, number, lines)
                line, _ = lines[-1]
    except source.damage() as error:
        yield source.failure(line + 1, error)


def _document(source: Source, number: int, lines: list[tuple[int, bytes]]) -> Document | Failure:
    try:
        document = _Parser(lines).document
    except LineError as error:
        return Failure.of(source.name, error.line, error)
    document.id = str(number) if document.id is None else document.id
    return document


def _parts(lines: Iterable[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Yield the numbered lines of each document."""
    part: list[tuple[int, bytes]] = []
    for number, line in enumerate(lines, 1):
        if number == 1:
            line = line.removeprefix(BOM_UTF8)
        if line.startswith(b"-DOCSTART-"):  # no token in files that are written here: it is three words
            line = b"# newdoc"
        if line.startswith(b"# newdoc") and any(line.strip() for _, line in part):
            yield part
            part = []
        part.append((number, line.rstrip(b"\r\n")))
    if any(line.strip() for _, line in part):
        yield part


class _Parser:
    """Reads the lines of one document.

    Raises:
        LineError: a line is wrong.
    """

    def __init__(self, lines: list[tuple[int, bytes]]) -> None:
        self.document = Document(None, None, "")
        self._about: dict[str, _About] = {}
        self._events: dict[str, dict[str, list[Bounds]]] = {}
        self._owners: list[str] = []
        self._rows: list[_Row] = []
        self._text: str | None = None
        self._tokens: list[str] = []
        """Of two columns, each with the white space before it; the text is made of them."""
        self._size = 0
        for number, line in lines:
            with at_line(number):
                self._read(number, decoded(line, number))
        with at_line(lines[-1][0]):
            self._close()
        if self._tokens:
            self.document.text = "".join(self._tokens)
        with at_line(lines[0][0]):
            self.document.events = self._numbered(sorted(self._events, key=int))

    def _read(self, number: int, line: str) -> None:
        if self._text is None and (plain := _PLAIN.fullmatch(line)):
            self._rows.append(self._plain_row(number, *plain.groups()))
        elif line.startswith("# "):
            self._comment(*line[2:].split(" = ", 1))
        elif line.strip():
            self._rows.append(self._row(number, line.split("\t")))
        else:
            self._close()

    def _comment(self, name: str, value: str = "") -> None:
        if name == "newdoc id":
            self.document.id = _unescaped(value)
        elif name == "date":
            self.document.date = publication_day(value)
        elif name == "text":
            if self._tokens:
                raise ValueError("a line '# text = …' stands behind tokens: it has to be before the first")
            self.document.text = self._text = _unescaped(value)
        elif name == "events":
            self._owners = value.split()
            if not all(re.fullmatch("[0-9]+", owner) for owner in self._owners):
                raise ValueError(f"{value!r} are no numbers of events")
        elif name.startswith("event "):
            self._about[name.removeprefix("event ")] = msgspec.json.decode(value, type=_About)

    def _row(self, number: int, cells: list[str]) -> _Row:
        if self._text is None:
            raise ValueError(
                "neither a token and a tag (O, B-Meeting, I-Meeting), with nothing else, nor below a line "
                "'# text = …', as eventx writes it"
            )
        if len(cells) != FIXED + len(self._owners):
            raise ValueError(
                f"{len(cells)} columns; {FIXED} and those of {len(self._owners)} events expected"
            )
        token, trigger, start, end, *tags = cells
        if not (start.isdecimal() and end.isdecimal() and self._text[int(start) : int(end)] == token):
            raise ValueError(f"{token!r} does not stand at {start}-{end} of the text")
        if trigger != _trigger(tags):
            raise ValueError(f"the trigger's tag is {trigger}, but {_trigger(tags)} in the events' columns")
        return _Row(number, int(start), int(end), tags)

    def _plain_row(self, number: int, token: str, tag: str) -> _Row:
        """Return the row of a line of two columns, and take over its token."""
        if tag != "O" and tag[2:].lower() not in (MEETING.lower(), TRIGGER.lower()):
            raise ValueError(f"the tag is {tag}; of two columns O, B-Meeting and I-Meeting are read")
        gap = " " if self._rows else "\n" if self._tokens else ""
        self._tokens.append(gap + token)
        start, self._size = self._size + len(gap), self._size + len(gap) + len(token)
        return _Row(number, start, self._size, [tag])

    def _close(self) -> None:
        """Take over the spans of the sentence that ends."""
        if self._tokens:  # each trigger is an event
            for _, start, end in self._spans(0):
                self._events[str(len(self._events) + 1)] = {TRIGGER: [(start, end)]}
        for column, owner in enumerate(self._owners if not self._tokens else ()):
            found = self._events.setdefault(owner, {})
            for name, start, end in self._spans(column):
                found.setdefault(name, []).append((start, end))
        self._owners, self._rows = [], []

    def _spans(self, column: int) -> list[Marked]:
        spans: list[Marked] = []
        open_name = None
        for row in self._rows:
            with at_line(row.line):
                letter, _, name = row.tags[column].partition("-")
                if letter == "B" and name:
                    spans.append((name, row.start, row.end))
                elif letter == "I" and name and name == open_name:
                    spans[-1] = name, spans[-1][1], row.end
                elif row.tags[column] != "O":
                    raise ValueError(f"the tag {row.tags[column]} does not continue a span")
                if name and name != TRIGGER and not self._tokens:
                    role(name)
            open_name = name
        return spans

    def _numbered(self, names: list[str]) -> list[Event]:
        """Return the events; one without a line of attributes is a meeting of its own."""
        events = [self._event(name) for name in names]
        last = max((event.cluster or 0 for event in events), default=0)
        for name, event in zip(names, events, strict=True):
            if name not in self._about:
                last = event.cluster = last + 1
        return events

    def _event(self, number: str) -> Event:
        found = self._events[number]
        triggers = found.pop(TRIGGER, [])
        if len(triggers) != 1:
            raise ValueError(f"event {number} has {len(triggers)} triggers, not one")
        about = self._about.get(number, _About())
        trigger = self._span(triggers[0])
        event = Event(trigger, status=about.status, format=about.format, cluster=about.cluster)
        for name, spans in found.items():
            for start, end in sorted(spans):
                add(event, role(name), self._span((start, end)), about.values.get(f"{start}-{end}"))
        return event

    def _span(self, bounds: Bounds) -> Span:
        start, end = bounds
        return Span(start, end, self.document.text[start:end])


def _unescaped(text: str) -> str:
    return re.sub(r"\\[\\nr]", lambda match: _RAW[match[0]], text)

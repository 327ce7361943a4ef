"""Files of the annotation tool brat: the text in a ``.txt``, its annotations in an ``.ann`` of the same name.

A meeting is an event of type Meeting, whose arguments have the roles Participant, Chair, Host (spans of type
Party), Date and Place, and the attributes Status and Format. The value of a date is the note of its span.
Mentions of one meeting are related by Same. A note of type Document holds id and date, for which brat has no
place. Scores and merged meetings are left out; a lone surrogate becomes U+FFFD. Offsets count code points.

What was annotated by hand is read too: lines in any order, roles and types in any case, attributes left out
(then a meeting has occurred, in person), mentions joined by Equiv. A span of several pieces reaches from the
first to the last. Events of other types, spans without a role, other relations and notes do not count.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import msgspec

from eventx.document import DateSpan, Document, Event, Span, publication_day, without_surrogates
from eventx.forms import FormError
from eventx.forms.names import (
    ATTRIBUTES,
    MEETING,
    ROLE_NAMES,
    SAME,
    SPANS,
    LineError,
    add,
    at_line,
    date_value,
    decoded,
    in_order,
    repeated,
    role,
    set_attribute,
)
from eventx.readers import PACKINGS, Advance, Columns, Failure, Source

_log = logging.getLogger(__name__)

CONFIG = "\n".join(
    [
        "[entities]",
        *dict.fromkeys(SPANS.values()),
        "[relations]",
        f"{SAME} Arg1:{MEETING}, Arg2:{MEETING}, <REL-TYPE>:symmetric",
        "<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>",
        "[events]",
        f"{MEETING} " + ", ".join(f"{name}*:{SPANS[field]}" for field, name in ROLE_NAMES.items()),
        "[attributes]",
        *(f"{name.title()} Arg:{MEETING}, Value:{'|'.join(values)}" for name, values in ATTRIBUTES.items()),
        "",
    ]
)
"""``annotation.conf``, by which brat knows the types."""

NOTE = "AnnotatorNotes"
"""The type of the notes that brat's users write."""

LONGEST = 150
"""Characters of an id that stand in the name of a file."""

_BREAK = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")
_PIECE = re.compile(f"[^{_BREAK.pattern[1:]}+")
"""What can stand on one line: a span that goes over several lines has a piece on each."""


# Out ------------------------------------------------------------------------------------------


def write(documents: Iterable[Document], path: Path) -> None:
    """Write an ``.ann`` and beside it the ``.txt``; into a folder a pair for each document, and `CONFIG`.

    In a folder the files are named by the ids, percent-encoded.

    Raises:
        FormError: there are several documents and no folder, or two with one id.
    """
    if path.is_dir():
        _write_folder(documents, path)
        return
    number = 0
    for number, document in enumerate(documents, 1):
        if number > 1:
            raise FormError(
                "an .ann file holds one document: for several give a folder, its name ending in /"
            )
        _write_pair(document, path)
    if not number:  # an .ann cannot say so
        _log.warning("%s is not written: there is no document", path.name)


def _write_folder(documents: Iterable[Document], folder: Path) -> None:
    (folder / "annotation.conf").write_text(CONFIG, "utf-8")
    taken: dict[str, str] = {}
    for number, document in enumerate(documents, 1):
        identity = without_surrogates(str(number) if document.id is None else document.id)
        name = quote(identity, safe=" ").replace(".", "%2E", identity.startswith(".")) or "%"
        if len(name) > LONGEST or taken.get(name.lower(), identity) != identity:
            name = f"{name[:LONGEST]}~{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
        if name.lower() in taken:
            raise FormError(f"two documents have the id {identity!r}")
        taken[name.lower()] = identity
        _write_pair(document, folder / f"{name}.ann")


def _write_pair(document: Document, path: Path) -> None:
    text = without_surrogates(document.text)
    path.with_suffix(".txt").write_text(text, "utf-8", newline="")
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in _lines(document, text))


def _lines(document: Document, text: str) -> Iterator[str]:
    about = {"id": document.id and without_surrogates(document.id), "date": document.date}
    yield f"#1\tDocument document\t{json.dumps(about)}"
    spans: dict[tuple[str, int, int, str | None], str] = {}

    def mark(name: str, span: Span | DateSpan) -> str:
        key = name, span.start, span.end, getattr(span, "value", None)
        return spans.setdefault(key, f"T{len(spans) + 1}")

    events = []
    for event in document.events:
        arguments, times = [f"{MEETING}:{mark(MEETING, event.trigger)}"], Counter[str]()
        for field, span in event.arguments():
            times[field] += 1
            number = times[field] if times[field] > 1 else ""
            arguments.append(f"{ROLE_NAMES[field]}{number}:{mark(SPANS[field], span)}")
        events.append(" ".join(arguments))

    for (name, start, end, _), key in spans.items():
        yield f"{key}\t{name} {_located(text, start, end)}"
    numbers = count(1)
    for position, (event, line) in enumerate(zip(document.events, events, strict=True), 1):
        yield f"E{position}\t{line}"
        for attribute in ATTRIBUTES:
            yield f"A{next(numbers)}\t{attribute.title()} E{position} {getattr(event, attribute)}"
    for number, (one, other) in enumerate(repeated(document.events), 1):
        yield f"R{number}\t{SAME} Arg1:E{one + 1} Arg2:E{other + 1}"
    values = [(key, value) for (*_, value), key in spans.items() if value is not None]
    for number, (key, value) in enumerate(values, 2):
        yield f"#{number}\t{NOTE} {key}\t{' '.join(without_surrogates(value).split())}"


def _located(text: str, start: int, end: int) -> str:
    """Return offsets and text of a span."""
    pieces = [match.span() for match in _PIECE.finditer(text, start, end)] or [(start, end)]
    pieces[0] = start, pieces[0][1]
    pieces[-1] = pieces[-1][0], end
    return ";".join(f"{first} {last}" for first, last in pieces) + f"\t{_joined(text, pieces)}"


def _joined(text: str, pieces: Iterable[tuple[int, int]]) -> str:
    return " ".join(_BREAK.sub(" ", text[start:end]) for start, end in pieces)


# In -------------------------------------------------------------------------------------------


class _Line(NamedTuple):
    """A line of an ``.ann``: the id, the words behind it, and the text behind these."""

    number: int
    key: str
    words: list[str]
    text: str

    def word(self, position: int) -> str:
        if position >= len(self.words):
            raise LineError(self.number, f"{self.key} has {len(self.words)} words, too few")
        return self.words[position]


class _About(msgspec.Struct):
    id: str | None = None
    date: str | None = None


def read(source: Source, columns: Columns, advance: Advance | None = None) -> Iterator[Document | Failure]:
    """Yield the document of an ``.ann`` and its ``.txt``.

    Where no note tells the id, it is the file's name, percent-decoded.
    """
    path = Path(source.name)
    name = f"{source.stem}.txt{source.packing if source.packing in PACKINGS else ''}"
    file = source._replace(name=str(path.with_name(name)), path=path.with_name(name))
    try:
        with file.open() as stream:
            text = decoded(stream.read())
        file = source
        with file.open(advance) as stream:
            document = _document(text, decoded(stream.read()))
    except source.damage() as error:
        yield file.failure(1, error)
    except ValueError as error:
        yield Failure.of(file.name, error.line if isinstance(error, LineError) else 1, error)
    else:
        document.id = unquote(source.stem) if document.id is None else document.id
        yield document


def _document(text: str, content: str) -> Document:
    """Return the document of a text and the lines of its ``.ann``.

    Raises:
        ValueError: a line is wrong.
    """
    lines, groups = _parsed(content)
    notes = {line.word(1): line for line in lines.values() if line.key[0] == "#" and line.word(0) == NOTE}
    events: dict[str, Event] = {}
    for line in lines.values():
        if line.key[0] == "E" and _kind(line.word(0)) == MEETING.lower():
            with at_line(line.number):
                events[line.key] = _event(text, line, lines, notes)
    for line in lines.values():
        if line.key[0] in "AM" and line.word(0).lower() in ATTRIBUTES and line.word(1) in events:
            with at_line(line.number):
                set_attribute(events[line.word(1)], line.word(0).lower(), line.word(2))
    positions = {key: position for position, key in enumerate(events)}
    groups += [line for line in lines.values() if line.key[0] == "R" and line.word(0).lower() == SAME.lower()]
    members = [[argument.rpartition(":")[2] for argument in group.words[1:]] for group in groups]
    known = [[positions[key] for key in group if key in positions] for group in members]
    document = Document(None, None, text)
    for line in lines.values():
        if line.key[0] == "#" and line.word(0) == "Document":
            with at_line(line.number):
                about = msgspec.json.decode(line.text, type=_About)
                document.id, document.date = about.id, publication_day(about.date)
    _refuse_lost(lines.values())
    document.events = in_order(
        list(events.values()), [(group[0], other) for group in known for other in group[1:]]
    )
    return document


def _parsed(content: str) -> tuple[dict[str, _Line], list[_Line]]:
    """Return the lines by their ids, and those of equivalence, which have none."""
    lines: dict[str, _Line] = {}
    groups = []
    for number, content_line in enumerate(content.split("\n"), 1):
        if not content_line.strip():
            continue
        key, _, rest = content_line.removesuffix("\r").partition("\t")
        words, _, text = rest.partition("\t")
        line = _Line(number, key, words.split(), text)
        if not key or not line.words:
            raise LineError(number, "expected an id, a tab and an annotation")
        if key in lines:
            raise LineError(number, f"the id {key} is on line {lines[key].number}, too")
        if key == "*":
            groups.append(line)
        else:
            lines[key] = line
    return lines, groups


def _refuse_lost(lines: Iterable[_Line]) -> None:
    """Raise LineError at what was meant as a part of an event, and is none."""
    triggers = {line.word(0).partition(":")[2] for line in lines if line.key[0] == "E"}
    roles = {name.lower() for name in ROLE_NAMES.values()}
    for line in lines:
        kind = line.word(0).lower()
        if line.key[0] == "T" and kind == MEETING.lower() and line.key not in triggers:
            raise LineError(line.number, f"{line.key} is a {MEETING}, but the trigger of no event")
        if line.key[0] == "R" and kind in roles:
            raise LineError(line.number, f"{line.key} relates spans by a role; roles are arguments of events")


def _kind(argument: str) -> str:
    """Return an argument's role, or an event's type, in small letters and without the number."""
    return argument.partition(":")[0].rstrip("0123456789").lower()


def _event(text: str, line: _Line, lines: dict[str, _Line], notes: dict[str, _Line]) -> Event:
    """Return the event of a line.

    Raises:
        ValueError: this line, or that of a span or note, is wrong.
    """
    trigger, *arguments = line.words
    event = Event(_span(text, trigger, lines))
    for argument in arguments:
        field = role(_kind(argument))
        note = notes.get(argument.partition(":")[2]) if field == "dates" else None
        with at_line(note.number if note else line.number):
            value = date_value(note.text) if note else None
        add(event, field, _span(text, argument, lines), value)
    return event


def _span(text: str, argument: str, lines: dict[str, _Line]) -> Span:
    """Return the span to which an argument points."""
    line = lines.get(argument.partition(":")[2])
    if line is None or line.key[0] != "T":
        raise ValueError(f"{argument}: there is no such span")
    with at_line(line.number):
        pieces = [_piece(piece, text) for piece in " ".join(line.words[1:]).split(";")]
        found = _joined(text, pieces)
        if found.split() != line.text.split():
            raise ValueError(f"{line.key} has the text {line.text!r}, but {found!r} stands there")
    start, end = min(pieces)[0], max(end for _, end in pieces)
    return Span(start, end, text[start:end])


def _piece(offsets: str, text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+) (\d+)", offsets, re.ASCII)
    if match is None or not int(match[1]) < int(match[2]) <= len(text):
        raise ValueError(f"{offsets!r} is no span of the text")
    return int(match[1]), int(match[2])

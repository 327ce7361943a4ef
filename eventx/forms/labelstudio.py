"""Tasks of Label Studio, as its JSON import takes them and its JSON export gives them.

A task's data hold the document's text, id and date. Spans are regions with the labels Meeting (a trigger),
Party, Date and Place. A relation from a trigger to an argument is labelled with the role, one between two
mentions of a meeting with Same. Status and format are choices of a Meeting's region, the value of a date is
the text of its region's text area. What a model found is a prediction with scores (of a span in many events,
that in the first); gold annotations are an annotation. Merged meetings are left out. The project needs the
labelling interface `CONFIG`::

    python -c "from eventx.forms.labelstudio import CONFIG; print(CONFIG)"

Offsets are code points, as Label Studio has counted since the end of 2021. Before, it counted UTF-16 units;
such offsets are known by the text of the region, and read, too.

Of a task's annotations the one that was changed last counts, without cancelled ones; of a task without
annotations, the last prediction, and how many such tasks there are is logged. A relation to a Party has to
have a role; Date and Place have theirs by themselves. A meeting without choices has occurred, in person.
Other labels and results do not count.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from eventx.document import FORM, DateSpan, Document, Event, Span, Version
from eventx.forms.names import (
    ATTRIBUTES,
    MEETING,
    ROLE_NAMES,
    SAME,
    SPANS,
    add,
    date_value,
    in_order,
    repeated,
    role,
    set_attribute,
)
from eventx.readers import REFUSAL, Advance, Columns, Failure, Source, flaw

_log = logging.getLogger(__name__)

_COLOURS = {MEETING: "#c0392b", "Party": "#2980b9", "Date": "#27ae60", "Place": "#8e44ad"}
_LABELS = {label.lower(): label for label in _COLOURS}
_GAP = re.compile(r"\s*,?\s*")


def _config() -> str:
    relations = "\n".join(f'    <Relation value="{name}"/>' for name in (*ROLE_NAMES.values(), SAME))
    labels = "\n".join(
        f'    <Label value="{name}" background="{colour}"/>' for name, colour in _COLOURS.items()
    )
    choices = "\n".join(
        f'  <Choices name="{name}" toName="text" choice="single" showInline="true" perRegion="true"'
        f' whenTagName="label" whenLabelValue="{MEETING}">\n'
        + "\n".join(f'    <Choice value="{value}"/>' for value in values)
        + "\n  </Choices>"
        for name, values in ATTRIBUTES.items()
    )
    return f"""<View>
  <Style>.htx-text {{ white-space: pre-wrap; }}</Style>
  <Relations>
{relations}
  </Relations>
  <Labels name="label" toName="text">
{labels}
  </Labels>
  <Text name="text" value="$text"/>
{choices}
  <TextArea name="value" toName="text" perRegion="true" maxSubmissions="1" editable="true"
    placeholder="ISO value of the date" whenTagName="label" whenLabelValue="Date"/>
</View>
"""


CONFIG = _config()
"""The labelling interface of a project."""


# Out ------------------------------------------------------------------------------------------


def write(documents: Iterable[Document], path: Path) -> None:
    r"""Write a JSON array of tasks, one on a line; a lone surrogate stands as its ``\udXXX`` escape."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        separator = "[\n"
        for document in documents:
            stream.write(separator + json.dumps(_task(document), ensure_ascii=False))
            separator = ",\n"
        stream.write("\n]\n" if separator == ",\n" else "[]\n")


def _task(document: Document) -> dict[str, Any]:
    data = {"text": document.text, "id": document.id, "date": document.date}
    results = list(_results(document))
    if document.version is None:
        return {"data": data, "annotations": [{"result": results}]}
    prediction: dict[str, Any] = {"model_version": document.version.model, "result": results}
    if scores := [event.trigger.score for event in document.events if event.trigger.score is not None]:
        prediction["score"] = round(fmean(scores), 4)
    return {"data": data, "predictions": [prediction]}


def _results(document: Document) -> Iterator[dict[str, Any]]:
    regions: dict[tuple[str, int, int, Any], str] = {}
    relations: dict[tuple[str, str], list[str]] = {}
    for number, event in enumerate(document.events, 1):
        trigger = f"meeting-{number}"
        yield _region(trigger, MEETING, event.trigger)
        for name in ATTRIBUTES:
            yield _detail(trigger, name, "choices", event.trigger, {"choices": [getattr(event, name)]})
        for field, span in event.arguments():
            value = getattr(span, "value", None)
            key = SPANS[field], span.start, span.end, value
            if key not in regions:
                regions[key] = f"{SPANS[field].lower()}-{len(regions) + 1}"
                yield _region(regions[key], SPANS[field], span)
                if value is not None:
                    yield _detail(regions[key], "value", "textarea", span, {"text": [value]})
            relations.setdefault((trigger, regions[key]), []).append(ROLE_NAMES[field])
    for one, other in repeated(document.events):
        relations[f"meeting-{one + 1}", f"meeting-{other + 1}"] = [SAME]
    for (start, end), labels in relations.items():
        yield {"type": "relation", "from_id": start, "to_id": end, "direction": "right", "labels": labels}


def _region(identity: str, label: str, span: Span | DateSpan) -> dict[str, Any]:
    result = _detail(identity, "label", "labels", span, {"text": span.text, "labels": [label]})
    return result if span.score is None else {**result, "score": span.score}


def _detail(
    identity: str, name: str, kind: str, span: Span | DateSpan, value: dict[str, Any]
) -> dict[str, Any]:
    bounds = {"start": span.start, "end": span.end}
    return {"id": identity, "from_name": name, "to_name": "text", "type": kind, "value": {**bounds, **value}}


# In -------------------------------------------------------------------------------------------


class _Value(msgspec.Struct):
    start: Any = None
    end: Any = None
    text: Any = None
    labels: list[str] = []
    choices: list[str] = []


class _Result(msgspec.Struct):
    type: str
    id: str = ""
    from_name: str = ""
    value: _Value = msgspec.field(default_factory=_Value)
    score: float | None = None
    from_id: str = ""
    to_id: str = ""
    labels: list[str] = []


class _Work(msgspec.Struct):
    """An annotation or a prediction."""

    result: list[_Result]
    was_cancelled: bool = False
    updated_at: str | None = None
    model_version: str | None = None


class _Task(msgspec.Struct):
    data: dict[str, Any]
    id: int | str | None = None
    annotations: list[_Work] = []
    predictions: list[Any] = []
    """In some exports only their numbers."""


def read(source: Source, columns: Columns, advance: Advance | None = None) -> Iterator[Document | Failure]:
    """Yield the documents of an export; what stands behind broken JSON cannot be read.

    A document without an id in its data has the task's, or its position, counted from 1. How many documents
    are predictions is logged, and a field that was asked for by name and is in no task's data.

    Args:
        source: the file.
        columns: names of the fields in a task's data that hold text, date and id.
        advance: is told how many bytes of the file were read since it was told last.
    """
    try:
        with source.open(advance) as stream:
            content = stream.read().decode("utf-8-sig", "surrogateescape")
    except source.damage() as error:
        yield source.failure(1, error)
        return
    number = predicted = 0
    lacking = columns.asked()
    for number, (line, element) in enumerate(_elements(content), 1):
        try:
            if isinstance(element, Exception):
                raise element
            task = msgspec.convert(element, _Task)
            lacking -= task.data.keys()
            document = _document(task, columns)
        except REFUSAL as error:
            yield Failure.of(source.name, line, error)
        else:
            document.id = str(number) if document.id is None else document.id
            predicted += not task.annotations
            yield document
    for name in sorted(lacking):
        _log.warning("%s: no task's data have the field %r", source.name, name)
    if predicted:
        _log.warning(
            "%s: %d of %d tasks have no annotation: what comes of them is a model's prediction that nobody "
            "has corrected",
            *(source.name, predicted, number),
        )


def _elements(content: str) -> Iterator[tuple[int, Any]]:
    """Yield the elements of a JSON array, or why there is none, each with the line on which it begins."""
    decode = json.JSONDecoder().raw_decode
    begin, line = _GAP.match(content, 0).end(), 1  # type: ignore[union-attr]
    if content[begin : begin + 1] != "[":
        yield 1, ValueError("expected an array of tasks, as Label Studio exports it by JSON")
        return
    position = 0
    end = begin + 1
    while True:
        begin = _GAP.match(content, end).end()  # type: ignore[union-attr]
        line += content.count("\n", position, begin)
        position = begin
        if content[begin : begin + 1] == "]":
            return
        try:
            task, end = decode(content, begin)
        except json.JSONDecodeError as error:
            yield error.lineno, ValueError(f"broken JSON: {error.msg} at column {error.colno}")
            return
        except REFUSAL as error:  # a number too long, brackets too deep
            yield line, ValueError(f"broken JSON: {error}")
            return
        wrong = flaw(content[begin:end])
        yield line, wrong[1] if wrong else task


def _document(task: _Task, columns: Columns) -> Document:
    """Return the document of a task.

    Raises:
        ValueError: it has no annotation, or a wrong one.
    """
    about = {name: value for name, value in columns.renamed(task.data).items() if name in Columns()}
    about["id"] = task.id if about.get("id") is None else about["id"]
    document = Document.from_dict(about)
    work = _work(task)
    regions = dict(_regions(document.text, work.result))
    events = {key: Event(span) for key, (label, span) in regions.items() if label == MEETING}
    values: dict[str, str | None] = {}
    for result in work.result:
        if result.type == "choices" and result.from_name in ATTRIBUTES and result.id in events:
            for choice in result.value.choices:
                set_attribute(events[result.id], result.from_name, choice)
        elif result.type == "textarea" and result.from_name == "value":
            values[result.id] = date_value(_note(result.value.text))
    positions = {key: position for position, key in enumerate(events)}
    same = []
    for one, other, names in _relations(work.result, regions):
        if other in events:
            same.append((positions[one], positions[other]))
        else:
            label, span = regions[other]
            for field in _roles(label, span, names):
                add(events[one], field, span, values.get(other))
    document.events = in_order(list(events.values()), same)
    document.version = Version(FORM, work.model_version) if work.model_version else None
    return document


def _regions(text: str, results: Iterable[_Result]) -> Iterator[tuple[str, tuple[str, Span]]]:
    """Yield id, label and span of the regions that have a known label."""
    for result in results:
        for name in result.value.labels if result.type == "labels" else ():
            if name.lower() in _LABELS:
                yield result.id, (_LABELS[name.lower()], _span(text, result))


def _work(task: _Task) -> _Work:
    done = [work for work in task.annotations if not work.was_cancelled]
    if done:
        return max(reversed(done), key=lambda work: work.updated_at or "")
    if task.annotations:
        raise ValueError("all annotations of the task were cancelled")
    predictions = [one for one in task.predictions if isinstance(one, dict)]
    if not predictions:
        raise ValueError("the task has neither an annotation nor a prediction")
    return msgspec.convert(predictions[-1], _Work)


def _span(text: str, result: _Result) -> Span:
    """Return the span of a region.

    Raises:
        ValueError: the offsets are none, or another text than the region's stands there.
    """
    start, end, said = result.value.start, result.value.end, result.value.text
    if not (type(start) is type(end) is int and 0 <= start < end):
        raise ValueError(f"region {result.id}: {start!r} to {end!r} is no span of the text")
    if isinstance(said, str) and text[start:end].split() != said.split():
        units = text.encode("utf-16-le", "surrogatepass")
        before, inside = units[: 2 * start], units[2 * start : 2 * end]
        start = len(before.decode("utf-16-le", "surrogatepass"))
        end = start + len(inside.decode("utf-16-le", "surrogatepass"))
        if text[start:end].split() != said.split():
            raise ValueError(f"region {result.id} has the text {said!r}, which does not stand there")
    if end > len(text):
        raise ValueError(f"region {result.id}: {start} to {end} is no span of the text")
    return Span(start, end, text[start:end], result.score)


def _note(text: Any) -> str:
    """Return what was written into a text area."""
    return " ".join(map(str, text)) if isinstance(text, list) else str(text or "")


def _relations(
    results: Iterable[_Result], regions: Mapping[str, tuple[str, Span]]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the relations of triggers, each from the trigger, however it was drawn."""
    for result in results:
        ends = result.from_id, result.to_id
        if result.type == "relation" and regions.keys() >= set(ends):
            one, other = sorted(ends, key=lambda end: regions[end][0] != MEETING)
            if regions[one][0] == MEETING:
                yield one, other, result.labels


def _roles(label: str, span: Span, names: list[str]) -> list[str]:
    """Return the roles by which a span is related to a meeting."""
    if names:
        return [role(name) for name in names]
    fields = [field for field, known in SPANS.items() if known == label]
    if len(fields) > 1:
        raise ValueError(f"the relation to {span.text!r} at {span.start}-{span.end} has no role")
    return fields

"""Training examples from annotated documents: the two passes of inference, with their labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from eventx.document import Document, Event
from eventx.inputs import Input, around, build, windows
from eventx.labels import FORMAT, HOSTS, IGNORED, LAYERS, ROLES, STATUS, TRIGGER, encode
from eventx.tagger import Paragraph, read
from eventx.words import Words, covered


def examples(documents: Iterable[Document], words: Words, role_passes: int = 1) -> Iterator[dict[str, Any]]:
    """Yield each paragraph window with its trigger labels, and each event's sentence with all others.

    Args:
        documents: with gold events.
        words: of the model that is trained.
        role_passes: how often an event's sentence is yielded.

    Yields:
        ``input_ids`` and ``token_type_ids`` (pieces,), ``labels`` (pieces, layers): IGNORED wherever a layer
        has no label, which is everywhere but at the first piece of a word.
    """
    for document in documents:
        for paragraph in read(document.text, words):
            events = [
                event
                for event in document.events
                if paragraph.words[0].start <= event.trigger.start < paragraph.words[-1].end
            ]
            yield from _trigger_examples(paragraph, events, words)
            for event in events:
                example = _role_example(paragraph, event, words)
                for _ in range(role_passes):
                    yield example


def _trigger_examples(
    paragraph: Paragraph, events: Sequence[Event], words: Words
) -> Iterator[dict[str, Any]]:
    ranges = [covered(paragraph.words, event.trigger.start, event.trigger.end) for event in events]
    triggers = [("trigger", number.start, number.stop) for number in ranges]
    labels = encode(TRIGGER, triggers, len(paragraph.words))
    for window in windows(paragraph.words, paragraph.borders):
        part = paragraph.words[window.first : window.end]
        sequence = build(part, words.cls, words.sep)
        yield _example(sequence, {TRIGGER.name: labels[window.first : window.end]})


def _role_example(paragraph: Paragraph, event: Event, words: Words) -> dict[str, Any]:
    trigger = covered(paragraph.words, event.trigger.start, event.trigger.end)
    unit = around(paragraph.words, trigger, paragraph.sentence(trigger.start))
    left, right = unit.start, unit.stop
    part = paragraph.words[left:right]
    spans: dict[str, list[tuple[str, int, int]]] = {ROLES.name: [], HOSTS.name: []}
    for role, span in event.arguments():
        number = covered(paragraph.words, span.start, span.end)
        if left <= number.start < number.stop <= right:
            layer = HOSTS if role in HOSTS.types else ROLES
            spans[layer.name].append((role, number.start - left, number.stop - left))
    status, form = [IGNORED] * len(part), [IGNORED] * len(part)
    status[trigger.start - left] = STATUS.types.index(event.status)
    form[trigger.start - left] = FORMAT.types.index(event.format)
    labels = {layer.name: encode(layer, spans[layer.name], len(part)) for layer in (ROLES, HOSTS)}
    sequence = build(part, words.cls, words.sep, range(trigger.start - left, trigger.stop - left))
    return _example(sequence, {**labels, STATUS.name: status, FORMAT.name: form})


def _example(sequence: Input, labels: dict[str, list[int]]) -> dict[str, Any]:
    table = [[IGNORED] * len(LAYERS) for _ in sequence.pieces]
    for column, layer in enumerate(LAYERS):
        for head, label in zip(sequence.heads, labels.get(layer.name, ()), strict=False):
            table[head][column] = label
    return {"input_ids": sequence.pieces, "token_type_ids": sequence.types, "labels": table}

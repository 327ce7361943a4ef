"""Training examples from annotated documents: the two passes of inference, with their labels."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from eventx.document import ROLES, Document, Event
from eventx.inputs import Input, build, focus, windows
from eventx.labels import ARGUMENTS, FORMAT, HOSTS, IGNORED, LAYERS, STATUS, TRIGGER, encode
from eventx.tagger import Mention, Paragraph, locate, segment
from eventx.words import Words, covered

INSIDE = encode(TRIGGER, [("trigger", 0, 2)], 2)[1]
"""Label of a trigger's words, and pieces, behind the first."""

JOINED = 3
"""Texts that are joined to one."""


def joined(documents: Sequence[Document], seed: int) -> Iterator[Document]:
    """Yield the documents in random groups, each group as one text without a break between its members.

    News that is annotated for training comes in short passages. Joined, they teach a model what to do with
    long paragraphs, and that a neighbouring sentence may tell of something else.

    Args:
        documents: with gold events; meetings are not kept.
        seed: decides which documents come together.
    """
    order = random.Random(seed).sample(documents, len(documents))
    for first in range(0, len(order), JOINED):
        text = ""
        events: list[Event] = []
        for document in order[first : first + JOINED]:
            events.extend(_moved(event, len(text)) for event in document.events)
            text += document.text + " "
        yield Document(id=None, date=None, text=text, events=events)


def _moved(event: Event, offset: int) -> Event:
    """Return the event with its spans further on in a text."""

    def moved(span: Any) -> Any:
        return msgspec.structs.replace(span, start=span.start + offset, end=span.end + offset)

    spans = {role: [moved(span) for span in getattr(event, role)] for role in ROLES}
    return msgspec.structs.replace(event, trigger=moved(event.trigger), **spans)


def examples(documents: Iterable[Document], words: Words) -> Iterator[dict[str, Any]]:
    """Yield each paragraph window with its trigger labels, and each event's sentence with all others.

    Args:
        documents: with gold events.
        words: of the model that is trained.

    Yields:
        ``input_ids`` and ``token_type_ids`` (pieces,), ``labels`` (pieces, layers): IGNORED wherever a layer
        has no label. Labels stand at the first piece of a word, those of triggers at all its pieces, since
        other tools that load the trigger tagger read it there too.
    """
    for document in documents:
        page = list(segment(document.text, words))
        mentions = locate(document, page)
        for paragraph in page:
            yield from _trigger_examples(paragraph, mentions, words)
        for mention in mentions:
            yield _role_example(mention, words)


def eventless(example: dict[str, Any]) -> bool:
    """Say whether an example is a window without a trigger."""
    return {row[LAYERS.index(TRIGGER)] for row in example["labels"]} == {IGNORED, 0}


def _trigger_examples(
    paragraph: Paragraph, mentions: Sequence[Mention], words: Words
) -> Iterator[dict[str, Any]]:
    triggers = [
        ("trigger", mention.trigger.start, mention.trigger.stop)
        for mention in mentions
        if mention.paragraph is paragraph
    ]
    labels = encode(TRIGGER, triggers, len(paragraph.words))
    for window in windows(paragraph.words, paragraph.borders):
        sequence = build(paragraph.words[window.first : window.end], words.cls, words.sep)
        example = _example(sequence, {TRIGGER.name: labels[window.first : window.end]})
        column = LAYERS.index(TRIGGER)
        for head, rest in sequence.rests():
            for piece in rest:
                example["labels"][piece][column] = INSIDE if example["labels"][head][column] else 0
        yield example


def _role_example(mention: Mention, words: Words) -> dict[str, Any]:
    event, paragraph, trigger, triggers = mention
    sentence = paragraph.sentence(trigger.start)
    sequence, inside = focus(paragraph.words, trigger, sentence, triggers, words.cls, words.sep)
    spans: dict[str, list[tuple[str, int, int]]] = {ARGUMENTS.name: [], HOSTS.name: []}
    for role, span in event.arguments():
        number = covered(paragraph.words, span.start, span.end)
        if inside.start <= number.start < number.stop <= inside.stop:
            layer = HOSTS if role in HOSTS.types else ARGUMENTS
            spans[layer.name].append((role, number.start - inside.start, number.stop - inside.start))
    status, form = [IGNORED] * len(inside), [IGNORED] * len(inside)
    status[trigger.start - inside.start] = STATUS.types.index(event.status)
    form[trigger.start - inside.start] = FORMAT.types.index(event.format)
    labels = {layer.name: encode(layer, spans[layer.name], len(inside)) for layer in (ARGUMENTS, HOSTS)}
    return _example(sequence, {**labels, STATUS.name: status, FORMAT.name: form})


def _example(sequence: Input, labels: dict[str, list[int]]) -> dict[str, Any]:
    table = [[IGNORED] * len(LAYERS) for _ in sequence.pieces]
    for column, layer in enumerate(LAYERS):
        if layer.name in labels:
            for head, label in zip(sequence.heads, labels[layer.name], strict=True):
                table[head][column] = label
    return {"input_ids": sequence.pieces, "token_type_ids": sequence.types, "labels": table}

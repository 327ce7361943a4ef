"""From text to event mentions, in two passes of one encoder.

The first pass reads each paragraph and finds the triggers. The second reads each trigger's sentence
once more, the trigger marked (and the others, in another way), and finds its roles, status and format.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventx.bounds import Bounds, tidy
from eventx.document import ROLES, DateSpan, Document, Event, Span
from eventx.inputs import Input, Window, around, build, focus, windows
from eventx.labels import (
    ARGUMENTS,
    FORMAT,
    HOSTS,
    STATUS,
    TRIGGER,
    Found,
    Layer,
    calibrated,
    classify,
    decode,
)
from eventx.model import Model
from eventx.sentences import paragraphs, split
from eventx.words import Word, Words, covered

Given = Literal["triggers", "spans"] | None
"""What stands in the documents already: nothing, their triggers, or triggers and arguments."""

LONGEST_TRIGGER = 8
"""Words of a given trigger that are marked; more would leave no room for its sentence."""


HELD = re.compile(r"conven\w+|held|meets?|met|sp(?:eak|oke)\w*|talked|gather(?:s|ed)?|s[ai]ts?", re.I)
"""Verbs that say of a meeting that it takes place."""

ITS_VERB = re.compile(
    r",? (?:(?:which|that) )?(?:(?:will|to|would|be|is|was|were|are|has|have|had|been|due) )*"
)
"""Words between a meeting and its verb: "a conference which will" (convene)."""

ITS_NOUN = re.compile(r" (?:by|in|over|on) (?:a |an |the )?(?:[\w-]+ )?")
"""Words between a verb and its meeting: (spoke) "in a phone" (call)."""


class Paragraph(NamedTuple):
    """The words of a paragraph and where its sentences begin."""

    words: Sequence[Word]
    borders: Sequence[int]
    """Number of the first word of each sentence, the first of them 0."""

    def sentence(self, word: int) -> range:
        """Return the numbers of the words in the sentence of one word."""
        index = bisect_right(self.borders, word)
        end = self.borders[index] if index < len(self.borders) else len(self.words)
        return range(self.borders[index - 1], end)


class Mention(NamedTuple):
    """An event with its place among the words."""

    event: Event
    paragraph: Paragraph
    trigger: range
    """The trigger's words."""
    triggers: Set[int]
    """The words of all triggers in the paragraph."""

    @property
    def sentence(self) -> tuple[int, int]:
        """Start and end of the trigger's sentence in the text; of a very long one, the part that is read."""
        words = self.paragraph.words
        read = around(words, self.trigger, self.paragraph.sentence(self.trigger.start))
        return words[read.start].start, words[read.stop - 1].end


def segment(text: str, words: Words) -> Iterator[Paragraph]:
    """Yield the paragraphs of a text that have words."""
    for start, end in paragraphs(text):
        found: list[Word] = []
        borders = []
        for sentence_start, sentence_end in split(text, start, end):
            part = words(text, sentence_start, sentence_end)
            if part:
                borders.append(len(found))
                found.extend(part)
        if found:
            yield Paragraph(found, borders)


class Tagger:
    """Finds event mentions.

    Args:
        model: the model.
        min_score: triggers and arguments with a lower score are left out.
        digits: decimals of the scores.
    """

    def __init__(self, model: Model, min_score: float = 0.0, digits: int = 4) -> None:
        self.model = model
        self.min_score = min_score
        self.digits = digits

    def __call__(self, documents: Sequence[Document], given: Given = None) -> Iterator[list[Mention]]:
        """Fill in the documents' events and yield them with their places, document by document.

        A model with several threads is at work on the next documents while one is made use of.
        """
        pages: list[list[Paragraph]] = []
        cut = _kept((list(segment(document.text, self.model.words)) for document in documents), pages)
        if given is None:
            self.find_triggers(documents, cut)
        else:
            list(cut)
            for document in documents:
                document.events = [_given(event, given) for event in document.events]
        mentions = [locate(document, page) for document, page in zip(documents, pages, strict=True)]
        yield from self._find_roles(documents, mentions, keep_arguments=given == "spans")

    def find_triggers(self, documents: Sequence[Document], pages: Iterable[Sequence[Paragraph]]) -> None:
        """Fill in the documents' events with triggers and nothing else.

        Args:
            documents: what is filled in.
            pages: their paragraphs; the model is at work while the next page is made.
        """
        for document in documents:
            document.events = []
        jobs: deque[tuple[Document, Window, Sequence[Word]]] = deque()
        for logits in self.model(self._look(documents, pages, jobs)):
            document, window, part = jobs.popleft()
            for found in _heads(self._decode(TRIGGER, logits)):
                start = document.events[-1].trigger.end if document.events else 0
                span = _span(document.text, part, found)
                # Beyond its core a window only gives context; a span may reach into the next one's core.
                if window.core_first <= window.first + found.first < window.core_end and span.start >= start:
                    document.events.append(Event(span))
        for document in documents:
            document.events = _said_once(document.text, document.events)

    def _look(
        self,
        documents: Sequence[Document],
        pages: Iterable[Sequence[Paragraph]],
        jobs: deque[tuple[Document, Window, Sequence[Word]]],
    ) -> Iterator[Input]:
        """Yield the inputs of the first pass, and note of each what it is."""
        words, gate = self.model.words, self.model.gate
        for document, page in zip(documents, pages, strict=True):
            for paragraph in page:
                for window in windows(paragraph.words, paragraph.borders):
                    part = paragraph.words[window.first : window.end]
                    sequence = build(part, words.cls, words.sep)
                    core = slice(window.core_first - window.first, window.core_end - window.first)
                    if gate is None or gate(sequence, core):
                        jobs.append((document, window, part))
                        yield sequence

    def _find_roles(
        self, documents: Sequence[Document], mentions: Sequence[list[Mention]], keep_arguments: bool
    ) -> Iterator[list[Mention]]:
        """Fill in roles, status and format, and yield each document's mentions when they have all."""
        cls, sep = self.model.words.cls, self.model.words.sep
        asked = [
            focus(paragraph.words, trigger, paragraph.sentence(trigger.start), triggers, cls, sep)
            for found in mentions
            for _, paragraph, trigger, triggers in found
        ]
        outputs = self.model(sequence for sequence, _ in asked)
        answers = zip((inside for _, inside in asked), outputs, strict=True)
        for document, found in zip(documents, mentions, strict=True):
            for event, paragraph, trigger, _ in found:
                inside, logits = next(answers)
                head = logits[trigger.start - inside.start]
                event.status = classify(STATUS, head)  # type: ignore[assignment]
                event.format = classify(FORMAT, head)  # type: ignore[assignment]
                if not keep_arguments:
                    self._fill(event, document.text, paragraph.words[inside.start : inside.stop], logits)
            yield found

    def _fill(self, event: Event, text: str, words: Sequence[Word], logits: NDArray[np.float32]) -> None:
        for role in ROLES:
            setattr(event, role, [])
        spans = [
            Bounds(found.type, words[found.first].start, words[found.end - 1].end, found.score)
            for layer in (ARGUMENTS, HOSTS)
            for found in self._decode(layer, logits)
        ]
        for role, start, end, score in tidy(text, spans, words[-1].end):
            if role == "dates":
                event.dates.append(DateSpan(start, end, text[start:end], None, score))
            else:
                getattr(event, role).append(Span(start, end, text[start:end], score))

    def _decode(self, layer: Layer, logits: NDArray[np.float32]) -> Iterator[Found]:
        slope, offset = self.model.settings.calibration[layer.name]
        for found in decode(layer, logits):
            score = calibrated(found.score, slope, offset)
            if score >= self.min_score:
                yield found._replace(score=round(score, self.digits))


def _kept(pages: Iterable[list[Paragraph]], keep: list[list[Paragraph]]) -> Iterator[list[Paragraph]]:
    """Yield pages as they are made, and keep them."""
    for page in pages:
        keep.append(page)
        yield page


def _given(event: Event, given: Given) -> Event:
    """Return a new event with no more of one than is given."""
    if given == "triggers":
        return Event(event.trigger)
    dates = [DateSpan(span.start, span.end, span.text, None, span.score) for span in event.dates]
    return Event(event.trigger, event.participants, event.chairs, event.hosts, event.places, dates)


def locate(document: Document, page: Sequence[Paragraph]) -> list[Mention]:
    """Return the document's events with the words of their triggers; a trigger without words has no place."""
    starts = [paragraph.words[0].start for paragraph in page]
    mentions = []
    triggers: dict[int, set[int]] = defaultdict(set)
    for event in document.events:
        number = bisect_right(starts, event.trigger.start) - 1
        if number >= 0:
            trigger = covered(page[number].words, event.trigger.start, event.trigger.end)
            if trigger:
                trigger = trigger[:LONGEST_TRIGGER]
                triggers[number].update(trigger)
                mentions.append(Mention(event, page[number], trigger, triggers[number]))
    return mentions


def _heads(triggers: Iterable[Found]) -> Iterator[Found]:
    """Yield the triggers but those right before another: a "round table session" is one session."""
    waiting: Found | None = None
    for found in triggers:
        if waiting is not None and waiting.end < found.first:
            yield waiting
        waiting = found
    if waiting is not None:
        yield waiting


def _said_once(text: str, events: Sequence[Event]) -> list[Event]:
    """Return the events without verbs that stand beside the noun of the same meeting."""
    verbs = {position for position, event in enumerate(events) if HELD.fullmatch(event.trigger.text)}
    beside = set()
    for first, (one, other) in enumerate(pairwise(events)):
        verb = first if first in verbs else first + 1
        words = ITS_NOUN if first in verbs else ITS_VERB
        if len(verbs & {first, first + 1}) == 1 and words.fullmatch(
            text, one.trigger.end, other.trigger.start
        ):
            beside.add(verb)
    return [event for position, event in enumerate(events) if position not in beside]


def _span(text: str, words: Sequence[Word], found: Found) -> Span:
    start, end = words[found.first].start, words[found.end - 1].end
    return Span(start, end, text[start:end], found.score)

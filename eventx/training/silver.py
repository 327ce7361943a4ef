"""Silver examples: what a larger model, the teacher, makes of texts without annotations.

The smaller model learns the teacher's probabilities, not its decisions, since they also say what the
teacher is not sure of (Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventx.document import Document
from eventx.inputs import Input, Window, build, focus, windows
from eventx.labels import (
    ARGUMENTS,
    COLUMNS,
    FORMAT,
    HOSTS,
    LAYERS,
    STATUS,
    TRIGGER,
    Layer,
    decode,
    log_softmax,
)
from eventx.model import Model
from eventx.tagger import Paragraph, segment
from eventx.words import Words

FREQUENT = 3
"""How often a word is a trigger in the annotated texts if every text with it is to be labelled."""

OTHERS = 0.04
"""Share of all other windows that are labelled: they show where nobody meets."""

SURE = 0.4
"""Score from which the roles of a trigger that the teacher finds are labelled."""

SEED = 1
"""Decides which of the other windows are labelled."""

TINY = 1e-9
"""Least probability, whose logarithm is taken."""

AT_ONCE = 256
"""Texts that are labelled together."""


def silver(
    annotated: Iterable[Document],
    texts: Iterable[str],
    teacher: Model,
    words: Words,
    start: Model | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield examples from texts, with the teacher's probabilities as labels.

    Args:
        annotated: the gold documents, whose triggers say which windows are worth labelling.
        texts: without annotations.
        teacher: labels them.
        words: of the model that is trained; its words are the teacher's, its pieces may be others.
        start: the model that training starts from, if it has learnt the task: the probabilities are then the
            mean of its own and the teacher's, who make different mistakes.

    Yields:
        ``input_ids`` and ``token_type_ids`` (pieces,), ``probabilities`` (pieces, COLUMNS) in float16, all
        0 in a layer that has no label there.
    """
    known = frequent(annotated)
    chance = random.Random(SEED)
    stream = iter(texts)
    while batch := list(islice(stream, AT_ONCE)):
        chosen = [
            (own, other, window)
            for text in batch
            for own, other in zip(segment(text, words), segment(text, teacher.words), strict=True)
            for window in windows(own.words, own.borders)
            if _holds(text, own, window, known) or chance.random() < OTHERS
        ]
        yield from _label(chosen, teacher, words, start)


def _label(
    chosen: Sequence[tuple[Paragraph, Paragraph, Window]], teacher: Model, words: Words, start: Model | None
) -> Iterator[dict[str, Any]]:
    """Yield the examples of some windows, given with their paragraph in both models' pieces."""
    found = []
    triggers: dict[int, set[int]] = defaultdict(set)
    read = [_window(own, window, words) for own, _, window in chosen]
    outputs = teacher([_window(other, window, teacher.words) for _, other, window in chosen])
    for (own, other, window), sequence, logits in zip(
        chosen, read, _mixed(outputs, read, start), strict=True
    ):
        yield _trigger_example(sequence, logits)
        for one in decode(TRIGGER, logits):
            trigger = range(window.first + one.first, window.first + one.end)
            if one.score >= SURE and window.core_first <= trigger.start < window.core_end:
                found.append((own, other, trigger))
                triggers[id(own)].update(trigger)
    pairs = [
        (
            trigger,
            *_focus(own, trigger, triggers[id(own)], words),
            *_focus(other, trigger, triggers[id(own)], teacher.words),
        )
        for own, other, trigger in found
    ]
    # With other pieces a very long sentence may be cut elsewhere.
    same = [(trigger, inside, own, other) for trigger, own, inside, other, seen in pairs if inside == seen]
    read = [own for _, _, own, _ in same]
    outputs = teacher([other for _, _, _, other in same])
    for (trigger, inside, sequence, _), logits in zip(same, _mixed(outputs, read, start), strict=True):
        example = _example(sequence, logits, (ARGUMENTS, HOSTS))
        head = trigger.start - inside.start
        for layer in (STATUS, FORMAT):
            example["probabilities"][sequence.heads[head], layer.columns] = _softmax(logits[head], layer)
        yield example


def _mixed(
    outputs: Iterable[NDArray[np.float32]], read: Sequence[Input], start: Model | None
) -> Iterable[NDArray[np.float32]]:
    """Return the logits of the mean of the teacher's probabilities and those of a second model."""
    if start is None:
        return outputs
    return (_mean(one, other) for one, other in zip(outputs, start(read), strict=True))


def _mean(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    result = np.empty_like(one)
    for layer in LAYERS:
        both = _softmax(one, layer) + _softmax(other, layer)
        result[..., layer.columns] = np.log(np.maximum(both / 2, TINY))
    return result


def _window(paragraph: Paragraph, window: Window, words: Words) -> Input:
    return build(paragraph.words[window.first : window.end], words.cls, words.sep)


def _focus(paragraph: Paragraph, trigger: range, triggers: Set[int], words: Words) -> tuple[Input, range]:
    sentence = paragraph.sentence(trigger.start)
    return focus(paragraph.words, trigger, sentence, triggers, words.cls, words.sep)


def _trigger_example(sequence: Input, logits: NDArray[np.float32]) -> dict[str, Any]:
    """Return the example of a window: a word's further pieces are in a trigger if the word is."""
    example = _example(sequence, logits, (TRIGGER,))
    outside, first, inside = range(COLUMNS)[TRIGGER.columns]
    table = example["probabilities"]
    for head, rest in sequence.rests():
        table[rest, outside] = table[head, outside]
        table[rest, inside] = table[head, first] + table[head, inside]
    return example


def _example(sequence: Input, logits: NDArray[np.float32], layers: Iterable[Layer]) -> dict[str, Any]:
    table = np.zeros((len(sequence.pieces), COLUMNS), dtype=np.float16)
    for layer in layers:
        table[sequence.heads, layer.columns] = _softmax(logits, layer)
    return {"input_ids": sequence.pieces, "token_type_ids": sequence.types, "probabilities": table}


def _softmax(logits: NDArray[np.float32], layer: Layer) -> NDArray[np.float32]:
    result: NDArray[np.float32] = np.exp(log_softmax(logits[..., layer.columns]))
    return result


def frequent(annotated: Iterable[Document]) -> Set[str]:
    """Return the words that are often triggers, in lower case."""
    triggers = (event.trigger.text.lower() for document in annotated for event in document.events)
    counts = Counter(word for trigger in triggers for word in trigger.split())
    return {word for word, count in counts.items() if count >= FREQUENT}


def _holds(text: str, paragraph: Paragraph, window: Window, known: Set[str]) -> bool:
    """Say whether a known trigger stands in a window."""
    stretch = paragraph.words[window.first : window.end]
    return not known.isdisjoint(text[word.start : word.end].lower() for word in stretch)

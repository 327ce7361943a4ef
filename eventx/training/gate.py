"""Fits the gate of a model: which words may be triggers, and where they are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from eventx.gate import BITS, Gate, Pieces, features
from eventx.tagger import Paragraph

RECALL = 0.998
"""Share of the model's own events that are to pass on the texts by which the threshold is set."""

PARTS = 5
"""Each which text sets the threshold, and the one behind it is judged on; the others are learnt from."""


NEVER = -(10**6)
"""Score of a sentence without a candidate."""


class Read(NamedTuple):
    """A paragraph and the words in which the model finds triggers."""

    paragraph: Paragraph
    triggers: Sequence[range]


class Fit(NamedTuple):
    """A gate and what it is worth on texts that had no part in it."""

    gate: Gate
    recall: float
    """Share of the model's events whose sentence passes."""
    passed: float
    """Share of the sentences that pass."""


def fit(
    texts: Sequence[Sequence[Read]], annotated: Iterable[Sequence[Read]], more: Iterable[Pieces] = ()
) -> Fit:
    """Return the gate that fits what a model finds.

    Args:
        texts: paragraphs of running news, text by text.
        annotated: paragraphs rich in meetings, to learn from besides.
        more: other candidates.
    """
    learnt = [text for number, text in enumerate(texts) if number % PARTS > 1] + list(annotated)
    candidates = _candidates(learnt) | frozenset(more)
    columns: list[int] = []
    borders, labels = [0], []
    for text in learnt:
        for paragraph, triggers in text:
            inside = {word for trigger in triggers for word in trigger}
            for number, word in enumerate(paragraph.words):
                if word.pieces in candidates:
                    columns.extend(features(paragraph.words, number))
                    borders.append(len(columns))
                    labels.append(number in inside)
    table = csr_matrix((np.ones(len(columns)), columns, borders), shape=(len(labels), 2**BITS))
    model = LogisticRegression(C=0.3, solver="liblinear").fit(table, labels)
    scale = 127 / np.abs(model.coef_).max()
    weights = np.round(scale * model.coef_[0]).astype(np.int8)
    gate = Gate(candidates, 0, weights.tobytes())
    by = [text for number, text in enumerate(texts) if number % PARTS == 0]
    scores = sorted((score for score, events in _scored(gate, by) for _ in range(events)), reverse=True)
    gate = msgspec.structs.replace(gate, threshold=scores[int(np.ceil(RECALL * len(scores))) - 1])
    found = list(_scored(gate, (text for number, text in enumerate(texts) if number % PARTS == 1)))
    passed = [score >= gate.threshold for score, _ in found]
    events = np.array([events for _, events in found])
    return Fit(gate, float(events[passed].sum() / events.sum()), float(np.mean(passed)))


def _candidates(texts: Iterable[Sequence[Read]]) -> frozenset[Pieces]:
    """Return the words by which triggers are known: of each trigger that which is most often part of one."""
    all_words, inside = Counter[Pieces](), Counter[Pieces]()
    triggers = set()
    for text in texts:
        for paragraph, found in text:
            all_words.update(word.pieces for word in paragraph.words)
            for trigger in found:
                pieces = tuple(paragraph.words[number].pieces for number in trigger)
                inside.update(pieces)
                triggers.add(pieces)
    return frozenset(max(pieces, key=lambda one: inside[one] / all_words[one]) for pieces in triggers)


def _scored(gate: Gate, texts: Iterable[Sequence[Read]]) -> Iterator[tuple[int, int]]:
    """Yield the best score and the number of events of each sentence."""
    for text in texts:
        for paragraph, triggers in text:
            for border in paragraph.borders:
                sentence = paragraph.sentence(border)
                scores = [
                    gate.score(paragraph.words, number)
                    for number in sentence
                    if paragraph.words[number].pieces in gate.candidates
                ]
                yield max(scores, default=NEVER), sum(one.start in sentence for one in triggers)

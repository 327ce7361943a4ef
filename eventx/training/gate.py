"""Fits the gate of a model: which words may be triggers, and where they are none.

The model itself says what is right: it reads texts, and what it finds in them is to pass. Candidates are the
words in which it finds triggers there, and all words of its vocabulary and of the texts that it takes for a
trigger in a sentence made to invite that, so that a word that the texts never show as one passes as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from eventx import gate as gates
from eventx.document import Document
from eventx.gate import BITS, Gate, Pieces, features
from eventx.inputs import build
from eventx.labels import TRIGGER, log_softmax
from eventx.model import Model, read_settings, write_settings
from eventx.tagger import Paragraph, Tagger, locate, segment
from eventx.words import WORD

RECALL = 0.998
"""Share of the model's own events that are to pass on the texts by which the threshold is set."""

PARTS = 5
"""Each which text sets the threshold, and the one behind it is judged on; the others are learnt from."""
LEARNT = 2
"""Place, among so many texts, of the first that is learnt from."""

FRAMES = (
    "The president {} the foreign minister of Japan in Tokyo on Monday.",
    "The {} between the two presidents was held in Tokyo on Monday.",
    "The leaders will {} in Tokyo on Monday.",
)
"""Sentences that invite the model to take a word for a trigger."""

INVITED = 0.5
"""Probability of a trigger from which a word in one of the frames is a candidate."""

TWICE = 2
"""How often a word stands in the texts to be tried if the vocabulary has no piece of its own for it."""

AT_ONCE = 256
"""Texts or words that the model reads together."""

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


def fit_folder(folder: Path, texts: Sequence[str], annotated: Iterable[Document]) -> Fit | None:
    """Fit the gate of a model folder, write it there and return what it is worth; see `fit`.

    Args:
        folder: the model's.
        texts: running news without annotations.
        annotated: documents with gold events, to learn from besides.
    """
    model = Model(folder)
    model.gate = None
    found = list(read(model, texts))
    held = "\n".join(text for number, text in enumerate(texts) if number % PARTS < LEARNT)
    gold = []
    for document in annotated:
        if document.text not in held:  # passages of the same texts
            page = list(segment(document.text, model.words))
            gold.append(_placed(document, page))
    learnt = [text for number, text in enumerate(texts) if number % PARTS >= LEARNT]
    result = fit(found, gold, vocabulary(model, learnt))
    if result is not None:
        gates.save(result.gate, folder / gates.FILE)
        write_settings(folder, read_settings(folder))  # with the gate's checksum
    return result


def read(model: Model, texts: Iterable[str]) -> Iterator[list[Read]]:
    """Yield each text's paragraphs with the triggers that a model finds."""
    tagger, stream = Tagger(model), iter(texts)
    while batch := [Document(None, None, text) for text in islice(stream, AT_ONCE)]:
        pages = [list(segment(document.text, model.words)) for document in batch]
        tagger.find_triggers(batch, pages)
        yield from map(_placed, batch, pages)


def _placed(document: Document, page: Sequence[Paragraph]) -> list[Read]:
    mentions = locate(document, page)
    return [
        Read(paragraph, [mention.trigger for mention in mentions if mention.paragraph is paragraph])
        for paragraph in page
    ]


def vocabulary(model: Model, texts: Iterable[str]) -> Iterator[Pieces]:
    """Yield the words that a model takes for a trigger in one of `FRAMES`."""
    count = Counter(word for text in texts for word in WORD.findall(text.lower()))
    known = (word for word in count if count[word] >= TWICE and re.fullmatch(r"[^\W\d_]{3,}", word))
    stream = iter(dict.fromkeys([*model.words.whole(), *known]))
    while batch := list(islice(stream, AT_ONCE)):
        tried = [(word, frame.format(word), frame.index("{")) for word in batch for frame in FRAMES]
        inputs, places = [], []
        for _, text, start in tried:
            (paragraph,) = segment(text, model.words)
            inputs.append(build(paragraph.words, model.words.cls, model.words.sep))
            places.append(next(n for n, word in enumerate(paragraph.words) if word.start == start))
        for (word, _, _), place, logits in zip(tried, places, model(inputs), strict=True):
            if 1 - np.exp(log_softmax(logits[place, TRIGGER.columns])[0]) >= INVITED:
                yield from (one.pieces for one in model.words(word, 0, len(word)))


def fit(
    texts: Sequence[Sequence[Read]], annotated: Iterable[Sequence[Read]], more: Iterable[Pieces] = ()
) -> Fit | None:
    """Return the gate that fits what a model finds; None if it finds too little in the texts.

    Args:
        texts: paragraphs of running news, text by text.
        annotated: paragraphs rich in meetings, to learn from besides.
        more: other candidates.
    """
    learnt = [text for number, text in enumerate(texts) if number % PARTS >= LEARNT]
    learnt += annotated
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
    if len(set(labels)) < 2:
        return None
    table = csr_matrix((np.ones(len(columns)), columns, borders), shape=(len(labels), 2**BITS))
    model = LogisticRegression(C=0.3, solver="liblinear").fit(table, labels)
    scale = 127 / np.abs(model.coef_).max()
    weights = np.round(scale * model.coef_[0]).astype(np.int8)
    gate = Gate(candidates, 0, weights.tobytes())
    by = [text for number, text in enumerate(texts) if number % PARTS == 0]
    scores = sorted((score for score, events in _scored(gate, by) for _ in range(events)), reverse=True)
    if not scores:
        return None
    # What has no candidate never passes, however low the threshold is.
    threshold = max(scores[int(np.ceil(RECALL * len(scores))) - 1], NEVER + 1)
    gate = msgspec.structs.replace(gate, threshold=threshold)
    found = list(_scored(gate, (text for number, text in enumerate(texts) if number % PARTS == 1)))
    passed = [score >= gate.threshold for score, _ in found]
    events = np.array([events for _, events in found])
    if not events.sum():
        return None
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

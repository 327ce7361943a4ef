"""What the tagger makes of labels, whichever model they come from."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from eventx.document import Document
from eventx.labels import ARGUMENTS, COLUMNS, HOSTS, TRIGGER, encode
from eventx.tagger import Tagger


class Scripted:
    """A model that gives each layer the labels of some spans, (type, first word, end word)."""

    def __init__(self, words, triggers, arguments=()):
        self.words = words
        self.settings = SimpleNamespace(
            calibration={layer.name: (1.0, 0.0) for layer in (TRIGGER, ARGUMENTS, HOSTS)}
        )
        self.spans = ((TRIGGER, triggers), (ARGUMENTS, arguments), (HOSTS, ()))

    def __call__(self, inputs):
        for one in inputs:
            logits = np.zeros((len(one.heads), COLUMNS), dtype=np.float32)
            for layer, spans in self.spans:
                labels = encode(layer, spans, len(logits))
                logits[np.arange(len(logits)), layer.columns.start + np.array(labels)] = 9
            yield logits


def tag(nlp, text, triggers, arguments=()):
    document = Document(id=None, date=None, text=text)
    Tagger(Scripted(nlp._model.words, triggers, arguments))([document])
    return document.events


@pytest.mark.parametrize(
    ("triggers", "expected"),
    [
        ([("trigger", 3, 5)], ["round table"]),
        ([("trigger", 3, 5), ("trigger", 5, 6)], ["session"]),
        ([("trigger", 3, 4), ("trigger", 4, 5), ("trigger", 5, 6)], ["session"]),
        ([("trigger", 1, 2), ("trigger", 5, 6)], ["held", "session"]),
    ],
)
def test_of_a_compound_the_head_is_the_trigger(nlp, triggers, expected):
    events = tag(nlp, "They held a round table session in Lima.", triggers)
    assert [event.trigger.text for event in events] == expected


@pytest.mark.parametrize(
    ("first", "end", "expected"),
    [
        (0, 5, ["trade minister of Peru"]),  # without its article
        (1, 7, ["trade minister of Peru"]),  # without the possessive
        (0, 1, ["The"]),  # unless there is nothing else
        (7, 8, []),  # a quotation mark
        (7, 9, ["Forum"]),  # without it
        (4, 6, ["Peru"]),
    ],
)
def test_spans_of_parties(nlp, first, end, expected):
    text = "The trade minister of Peru's \"Forum met."
    words = nlp._model.words(text, 0, len(text))
    numbers = [text[word.start : word.end] for word in words]
    assert numbers[:10] == ["The", "trade", "minister", "of", "Peru", "'", "s", '"', "Forum", "met"]
    (event,) = tag(nlp, text, [("trigger", 9, 10)], [("participants", first, end)])
    assert [span.text for span in event.participants] == expected

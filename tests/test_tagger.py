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

    gate = None

    def __init__(self, words, triggers, arguments=(), sure=9.0):
        self.words = words
        self.sure = sure
        self.settings = SimpleNamespace(
            calibration={layer.name: (1.0, 0.0) for layer in (TRIGGER, ARGUMENTS, HOSTS)}
        )
        self.spans = ((TRIGGER, triggers), (ARGUMENTS, arguments), (HOSTS, ()))

    def __call__(self, inputs):
        for one in inputs:
            logits = np.zeros((len(one.heads), COLUMNS), dtype=np.float32)
            for layer, spans in self.spans:
                labels = encode(layer, spans, len(logits))
                logits[np.arange(len(logits)), layer.columns.start + np.array(labels)] = self.sure
            yield logits


def tag(nlp, text, triggers, arguments=(), sure=9.0, **options):
    document = Document(id=None, date=None, text=text)
    list(Tagger(Scripted(nlp._model.words, triggers, arguments, sure), **options)([document]))
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
        (0, 8, ["trade minister of Peru"]),
    ],
)
def test_spans_of_parties(nlp, first, end, expected):
    text = "The trade minister of Peru's \"Forum met."
    words = nlp._model.words(text, 0, len(text))
    numbers = [text[word.start : word.end] for word in words]
    assert numbers[:10] == ["The", "trade", "minister", "of", "Peru", "'", "s", '"', "Forum", "met"]
    (event,) = tag(nlp, text, [("trigger", 9, 10)], [("participants", first, end)])
    assert [span.text for span in event.participants] == expected


@pytest.mark.parametrize(
    ("text", "first", "end", "expected"),
    [
        ("They met at 10 a.m. in Lima.", 3, 8, "10 a.m."),
        ("They met on Friday.", 3, 5, "Friday"),
        ("He met Kofi Annan (Ghana) there.", 2, 7, "Kofi Annan (Ghana)"),
        ("He met Annan (Ghana) there.", 4, 6, "Ghana"),
        ("He met the - Annan.", 2, 5, "Annan"),
    ],
)
def test_punctuation_at_the_ends_of_a_span(nlp, text, first, end, expected):
    kind = "dates" if text[:4] == "They" else "participants"
    (event,) = tag(nlp, text, [("trigger", 1, 2)], [(kind, first, end)])
    assert [span.text for _, span in event.arguments()] == [expected]


@pytest.mark.parametrize(("min_score", "found"), [(0.0, 1), (0.1, 1), (0.9, 0)])
def test_what_the_model_is_less_sure_of_is_left_out(nlp, min_score, found):
    options = {"sure": 1.5, "min_score": min_score}
    events = tag(nlp, "They met Peru.", [("trigger", 1, 2)], [("participants", 2, 3)], **options)
    assert sum(len(event.participants) for event in events) == found

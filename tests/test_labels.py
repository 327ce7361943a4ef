from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eventx.labels import (
    ARGUMENTS,
    COLUMNS,
    FORMAT,
    HOSTS,
    LAYERS,
    STATUS,
    TRIGGER,
    best_path,
    calibrated,
    classify,
    decode,
    encode,
    uncalibrated,
)

SPANS = [("participants", 0, 3), ("participants", 3, 4), ("chairs", 6, 7), ("dates", 7, 9)]


def logits_for(layer, labels, strength=9.0):
    logits = np.zeros((len(labels), COLUMNS), dtype=np.float32)
    logits[np.arange(len(labels)), layer.columns.start + np.array(labels)] = strength
    return logits


def test_layers_lie_side_by_side():
    columns = [column for layer in LAYERS for column in range(layer.columns.start, layer.columns.stop)]
    assert columns == list(range(COLUMNS))
    for layer in (TRIGGER, ARGUMENTS, HOSTS):
        assert layer.columns.stop - layer.columns.start == 1 + 2 * len(layer.types)


def test_encode():
    assert encode(ARGUMENTS, SPANS, 10) == [1, 2, 2, 1, 0, 0, 3, 5, 6, 0]


def test_of_spans_that_overlap_the_first_is_labelled():
    assert encode(ARGUMENTS, [("participants", 0, 3), ("places", 2, 4), ("places", 4, 5)], 6) == [
        *encode(ARGUMENTS, [("participants", 0, 3), ("places", 4, 5)], 6)
    ]


@pytest.mark.parametrize("score", [0.001, 0.3, 0.99])
def test_a_calibrated_score_tells_that_of_which_it_was_made(score):
    assert uncalibrated(calibrated(score, 0.4, -0.7), 0.4, -0.7) == pytest.approx(score)


def test_decode_is_the_inverse_of_encode():
    found = decode(ARGUMENTS, logits_for(ARGUMENTS, encode(ARGUMENTS, SPANS, 10)))
    assert [(span.type, span.first, span.end) for span in found] == SPANS
    assert all(0.99 < span.score <= 1 for span in found)


def test_the_score_is_the_product_of_the_labels_probabilities():
    logits = logits_for(HOSTS, [1, 2], strength=1.0)
    each = np.e / (np.e + 2)
    assert decode(HOSTS, logits)[0].score == pytest.approx(each**2, rel=1e-5)


def test_a_calibrated_score_is_the_logistic_of_scaled_and_shifted_odds():
    assert calibrated(0.8, 1.0, 0.0) == pytest.approx(0.8)
    assert calibrated(0.8, 0.5, 0.0) == pytest.approx(2 / 3)  # odds of 4 become 2
    assert calibrated(0.5, 3.0, np.log(0.25)) == pytest.approx(0.2)
    assert 0 < calibrated(0.0, 2.0, 0.0) < 1e-9 < 1 - 1e-9 < calibrated(1.0, 2.0, 0.0) < 1


def test_an_inside_label_without_its_begin_is_mended_by_the_best_valid_path():
    # Alone, the words would be O, I-participants: the second word's B is the better reading of the two.
    scores = np.log(np.full((2, 9), 1e-3, dtype=np.float32))
    scores[0, 0], scores[0, 1] = np.log(0.9), np.log(0.05)
    scores[1, 2], scores[1, 1] = np.log(0.6), np.log(0.3)
    assert best_path(scores).tolist() == [0, 1]
    scores[1, 1] = np.log(0.01)  # now the begin of the first word is
    assert best_path(scores).tolist() == [1, 2]


def valid(path):
    return all(
        label == 0 or label % 2 or before in (label, label - 1)
        for before, label in zip((0, *path), path, strict=False)
    )


@given(arrays(np.float32, st.tuples(st.integers(1, 4), st.just(5)), elements=st.floats(-5, 5, width=32)))
def test_best_path_is_that_of_a_search_through_all_paths(scores):
    paths = [path for path in itertools.product(range(5), repeat=len(scores)) if valid(path)]
    best = max(sum(float(scores[word, label]) for word, label in enumerate(path)) for path in paths)
    found = best_path(scores)
    assert valid(found.tolist())
    assert sum(float(scores[word, label]) for word, label in enumerate(found)) == pytest.approx(
        best, abs=1e-4
    )


def test_no_words_no_spans():
    assert decode(TRIGGER, np.zeros((0, COLUMNS), dtype=np.float32)) == []


def test_classify():
    logits = np.zeros(COLUMNS, dtype=np.float32)
    logits[STATUS.columns.start + 2] = logits[FORMAT.columns.start + 1] = 1
    assert (classify(STATUS, logits), classify(FORMAT, logits)) == ("cancelled", "virtual")

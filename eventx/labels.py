"""The label scheme of the token classifier, from spans to labels and back.

Every word gets one label in each of five layers. Three layers hold spans in BIO form: triggers; the
roles that exclude each other; hosts, in a layer of their own, since a host may be participant or chair
as well. Status and format are read at the trigger's word.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from eventx.document import Format, Status

STATUSES: tuple[Status, ...] = get_args(Status)
FORMATS: tuple[Format, ...] = get_args(Format)

IGNORED = -100
"""Label of a position that has none in a layer (PyTorch's default ``ignore_index``)."""


class Layer(NamedTuple):
    """One layer of labels and the columns of the classifier's output that belong to it."""

    name: str
    types: tuple[str, ...]
    columns: slice


def _layers() -> tuple[Layer, ...]:
    layers, start = [], 0
    for name, types, size in (
        ("trigger", ("trigger",), 3),
        ("roles", ("participants", "chairs", "dates", "places"), 9),
        ("hosts", ("hosts",), 3),
        ("status", STATUSES, len(STATUSES)),
        ("format", FORMATS, len(FORMATS)),
    ):
        layers.append(Layer(name, types, slice(start, start + size)))
        start += size
    return tuple(layers)


LAYERS = _layers()
TRIGGER, ARGUMENTS, HOSTS, STATUS, FORMAT = LAYERS
COLUMNS = FORMAT.columns.stop
"""Number of the classifier's outputs for each token."""

NO_TRIGGER = np.zeros(COLUMNS, np.float32)
"""The outputs for each token of an input that left the encoder early."""
NO_TRIGGER[TRIGGER.columns.start] = 100  # O, at a probability of 1


class Found(NamedTuple):
    """A decoded span: its type, first word, the word behind its last one, and its probability."""

    type: str
    first: int
    end: int
    score: float


def encode(layer: Layer, spans: Iterable[tuple[str, int, int]], length: int) -> list[int]:
    """Return the BIO labels of ``length`` words for spans given as (type, first word, end word).

    Of spans that overlap, which no labels can tell, the first one stays.
    """
    labels = [0] * length
    for kind, first, end in spans:
        if any(labels[first:end]):
            continue
        begin = 1 + 2 * layer.types.index(kind)
        labels[first:end] = [begin] + [begin + 1] * (end - first - 1)
    return labels


def decode(layer: Layer, logits: NDArray[np.float32]) -> list[Found]:
    """Return the spans of the most probable valid label sequence, in order.

    Args:
        layer: one of the layers with spans.
        logits: the classifier's output for each word, (words, COLUMNS).

    Returns:
        Spans with their score, the product of the probabilities of their labels: too high for the
        probability that the span is right, see `calibrated`.
    """
    scores = log_softmax(logits[:, layer.columns])
    path = best_path(scores)
    chosen = scores[np.arange(len(path)), path]
    found = []
    first = 0
    while first < len(path):
        label = int(path[first])
        end = first + 1
        if label:
            while end < len(path) and path[end] == label + 1:
                end += 1
            score = float(np.exp(chosen[first:end].sum()))
            found.append(Found(layer.types[(label - 1) // 2], first, end, score))
        first = end
    return found


CERTAIN = 50.0
"""Log-odds beyond which a probability is 1 or 0 for all purposes."""


def calibrated(score: float, slope: float, offset: float) -> float:
    """Return the probability that a span with this score is right.

    The score's log-odds are scaled (by the inverse of what is called a temperature) and shifted. Source:
    Platt, "Probabilistic Outputs for Support Vector Machines", 1999.
    """
    odds = slope * log_odds(score) + offset
    return 1 / (1 + math.exp(min(max(-odds, -CERTAIN), CERTAIN)))


def uncalibrated(score: float, slope: float, offset: float) -> float:
    """Return the score of which `calibrated` made this one; ``slope`` is not 0."""
    return calibrated(score, 1 / slope, -offset / slope)


def log_odds(score: float) -> float:
    """Return the logarithm of the odds of a probability, which is kept off 0 and 1."""
    score = min(max(score, 1e-6), 1 - 1e-6)
    return math.log(score / (1 - score))


def best_path(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the label sequence of the highest sum of scores in which no I follows another type.

    Label 0 is O, ``1 + 2k`` is B and ``2 + 2k`` is I of type k. Viterbi's algorithm, which only runs
    where the best label of each word alone does not make a valid sequence already.

    Args:
        scores: log-probabilities, (words, labels).
    """
    path: NDArray[np.intp] = scores.argmax(axis=1)
    before = np.concatenate(([0], path[:-1]))
    inside = (path > 0) & (path % 2 == 0)
    if not (inside & (before != path) & (before != path - 1)).any():
        return path
    size = scores.shape[1]
    allowed = np.zeros((size, size), dtype=scores.dtype)  # from, to
    for label in range(2, size, 2):
        allowed[:, label] = -np.inf
        allowed[[label - 1, label], label] = 0
    total = scores[0] + allowed[0]
    back = np.zeros(scores.shape, dtype=np.intp)
    for word in range(1, len(scores)):
        through = total[:, None] + allowed
        back[word] = through.argmax(axis=0)
        total = through.max(axis=0) + scores[word]
    path = np.empty(len(scores), dtype=np.intp)
    path[-1] = total.argmax()
    for word in range(len(scores) - 1, 0, -1):
        path[word - 1] = back[word, path[word]]
    return path


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logarithm of the softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: NDArray[np.float32] = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def classify(layer: Layer, logits: NDArray[np.float32]) -> str:
    """Return the most probable type of a layer without spans for one word, ``logits`` (COLUMNS,)."""
    return layer.types[int(logits[layer.columns].argmax())]

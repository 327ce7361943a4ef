"""The gate: looks at each window before the model does, and lets pass what may hold a trigger.

Nine sentences of ten in news tell of no meeting, and most of these have no word that ever is a trigger. Of
those that have one, a linear model on hashed features, the word and what stands about it, stops the plain
cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from eventx.words import Word

FILE = Path("onnx/gate.json")
"""Of a model folder, if the model has a gate."""

BITS = 16
"""The features are hashed to as many numbers as have this many bits."""

REACH = 8
"""Words before and behind a candidate that are features."""

NEAR = 2
"""Words before and behind a candidate whose place is a feature, too."""

Pieces = tuple[int, ...]


class Gate(msgspec.Struct, frozen=True):
    """Says which stretches of words may hold a trigger.

    All is in whole numbers, so that an answer depends on nothing but the words.
    """

    candidates: frozenset[Pieces]
    """The words, as word pieces, that may be one."""
    threshold: int
    """From this score on a word passes."""
    weights: bytes
    """Of the features, 2 ** BITS signed numbers of eight bits."""

    def __call__(self, words: Sequence[Word], first: int, end: int) -> bool:
        """Say whether one of ``words[first:end]`` may be a trigger; the others are its context."""
        return any(
            words[number].pieces in self.candidates and self.score(words, number) >= self.threshold
            for number in range(first, end)
        )

    def score(self, words: Sequence[Word], number: int) -> int:
        """Return how much speaks for a candidate; the log-odds, times a constant of the gate."""
        return sum((self.weights[feature] ^ 128) - 128 for feature in features(words, number))


def features(words: Sequence[Word], number: int) -> set[int]:
    """Return the hashed features of a word: itself, what stands about it, both, and places."""
    own = _hash(words[number].pieces)
    found = {_mixed(own, 1)}
    for place in range(max(0, number - REACH), min(len(words), number + REACH + 1)):
        if place != number:
            other = _hash(words[place].pieces)
            found.add(_mixed(other, 2))
            found.add(_mixed(own ^ _spread(other), 3))
            distance = place - number
            if abs(distance) <= NEAR:
                found.add(_mixed(own ^ _spread(other), 5 + distance + NEAR))
                found.add(_mixed(other, 11 + distance + NEAR))
    return found


def _hash(pieces: Pieces) -> int:
    value = 0
    for piece in pieces:
        value = (value * 0x01000193 + piece + 1) & 0xFFFFFFFF
    return value


def _spread(value: int) -> int:
    return (value * 0x85EBCA6B) & 0xFFFFFFFF


def _mixed(value: int, kind: int) -> int:
    """Return the feature's number; the high bits of a product depend on all bits below (Knuth)."""
    return ((value + kind * 0x27D4EB2F) * 0x9E3779B1 & 0xFFFFFFFF) >> (32 - BITS)


def save(gate: Gate, file: Path) -> None:
    """Write a gate as JSON, the weights in base64."""
    file.write_bytes(msgspec.json.encode(gate))


def load(file: Path) -> Gate:
    """Read a gate.

    Raises:
        ValueError: the file is no gate.
    """
    try:
        gate = msgspec.json.decode(file.read_bytes(), type=Gate)
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} is no gate: {error}") from None
    if len(gate.weights) != 2**BITS:
        raise ValueError(f"{file} is no gate: it has {len(gate.weights)} weights, not {2**BITS}")
    return gate

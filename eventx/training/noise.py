"""Noise in texts, with the spans moved along: what training shows, and what benchmarks/noise.py measures."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

import msgspec

from eventx.document import ROLES, DateSpan, Document, Event, Span

Noise = Callable[[str, random.Random], list[str]]
"""Makes of each character of a text what stands in its place: itself, nothing, or something else."""

SHARE = 0.02
"""Of the characters that are spoilt, where only some are."""

LOOKALIKES = {
    **{"a": "o", "b": "6", "c": "e", "e": "c", "f": "t", "g": "q", "h": "li", "i": "l", "l": "1", "m": "rn"},
    **{"n": "ri", "o": "0", "q": "g", "s": "5", "t": "f", "u": "ii", "v": "y", "w": "vv", "y": "v", "z": "2"},
    **{"B": "8", "D": "O", "E": "F", "G": "6", "I": "1", "O": "0", "S": "5", "T": "7", "Z": "2", "1": "l"},
    **{"0": "O", "5": "S", "8": "B", ".": ",", ",": ".", " ": ""},
}
"""What a scanner reads instead of a character."""


def substituted(text: str, chance: random.Random) -> list[str]:
    """Put any letter in the place of some letters."""
    return [
        chance.choice(string.ascii_lowercase) if letter.isalpha() and chance.random() < SHARE else letter
        for letter in text
    ]


def typos(text: str, chance: random.Random) -> list[str]:
    """Leave out, double, replace or swap some letters, as often the one as the other."""
    parts = list(text)
    for at, letter in enumerate(text):
        if letter.isalpha() and chance.random() < SHARE:
            other = chance.choice(string.ascii_lowercase)
            following = text[at + 1 : at + 2]
            parts[at] = chance.choice(("", 2 * letter, other, following if following.isalpha() else other))
            if following and parts[at] == following:
                parts[at + 1] = letter
    return parts


def scanned(text: str, chance: random.Random) -> list[str]:
    """Replace some of the characters that have one by their look-alike."""
    return [
        LOOKALIKES[letter] if letter in LOOKALIKES and chance.random() < SHARE else letter for letter in text
    ]


def unpunctuated(text: str, chance: random.Random) -> list[str]:
    """Leave out all punctuation."""
    return ["" if letter in f"{string.punctuation}“”‘’–—…" else letter for letter in text]


def lower(text: str, chance: random.Random) -> list[str]:
    """Put all in lower case."""
    return [letter.lower() for letter in text]


def upper(text: str, chance: random.Random) -> list[str]:
    """Put all in capitals."""
    return [letter.upper() for letter in text]


LEARNT: tuple[Noise, ...] = (substituted, typos, scanned, unpunctuated, lower, upper)
"""What training shows."""


def spoilt(document: Document, noise: Noise, chance: random.Random) -> Document:
    """Return a document with noise in its text, the spans moved along; empty ones are dropped."""
    parts = noise(document.text, chance)
    text = "".join(parts)
    places = list(accumulate(map(len, parts), initial=0))

    def moved(spans: list[Span | DateSpan]) -> Iterator[Span | DateSpan]:
        for span in spans:
            start, end = places[span.start], places[span.end]
            if part := text[start:end].strip():
                start += text[start:end].index(part)
                yield msgspec.structs.replace(span, start=start, end=start + len(part), text=part)

    def changed(event: Event) -> Iterator[Event]:
        for trigger in moved([event.trigger]):
            arguments = {role: list(moved(getattr(event, role))) for role in ROLES}
            yield msgspec.structs.replace(event, trigger=trigger, **arguments)

    events = [new for event in document.events for new in changed(event)]
    return Document(document.id, document.date, text, events)


def noisy(documents: Iterable[Document], share: float, seed: int) -> list[Document]:
    """Return the documents, a random share of them with one kind of noise each."""
    chance = random.Random(seed)
    return [
        spoilt(document, chance.choice(LEARNT), chance) if chance.random() < share else document
        for document in documents
    ]

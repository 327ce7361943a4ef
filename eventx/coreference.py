"""Coreference: which event mentions are the same meeting.

Mentions are taken in text order. Each is compared with the meetings seen so far, at most ``OPEN`` of
them, and joins the most probable one or begins another. The probability is that of a logistic
regression on the named features below; its weights are in ``coreference.json``, fitted by
``benchmarks/fit_coreference.py``.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from . import countries
from .dates import interval
from .document import PARTIES, Document, Event, Span
from .sentences import paragraphs, sentences

WEIGHTS = Path(__file__).with_suffix(".json")

OPEN = 24
"""How many of the meetings mentioned last a mention is compared with; the bound keeps time linear."""

THRESHOLD = 0.5
"""Least probability with which a mention joins a meeting."""

LEMMAS = {
    "met": "meet", "meets": "meet", "meeting": "meet", "meetings": "meet",
    "talk": "talks", "talked": "talks", "talking": "talks", "negotiate": "talks", "negotiated": "talks",
    "negotiates": "talks", "negotiating": "talks", "negotiation": "talks", "negotiations": "talks",
    "discussion": "discussions", "dialogues": "dialogue", "dialog": "dialogue",
    "spoke": "call", "spoken": "call", "speak": "call", "speaking": "call", "conversation": "call",
    "telephoned": "call", "phoned": "call", "called": "call", "rang": "call", "telephone": "call",
    "phone": "call", "ring": "call", "conversations": "call", "speaks": "call",
    "sat": "session", "sit": "session", "sitting": "session", "sits": "session", "plenary": "session",
    "convened": "session", "convene": "session", "convenes": "session", "reconvene": "session",
    "gathered": "gathering", "gather": "gathering", "videoconference": "video conference",
    "conferred": "confer", "conferring": "confer", "roundtable": "round table",
}  # fmt: skip
"""Words that are used for the same kind of meeting; others stand for themselves, without plural."""

GENERIC = frozenset({"meet", "talks", "gathering", "event", "encounter", "session", "round", "one", "it"})
"""Kinds of meetings that are used to mention one of another kind again."""

VERBS = frozenset(
    "met meet meets talked talking negotiate negotiated negotiates negotiating spoke spoken speak speaking "
    "speaks telephoned phoned called rang sat sit sits convened convene convenes reconvene gathered gather "
    "conferred confer conferring phone telephone ring dined huddled consults".split()
)

DETERMINERS = {
    **dict.fromkeys(("the", "both"), "definite"),
    **dict.fromkeys(("this", "these", "that", "those", "such"), "this"),
    **dict.fromkeys(("its", "their", "his", "her", "our", "my"), "possessive"),
    **dict.fromkeys(("'s", "’s", "'", "’"), "genitive"),
    **dict.fromkeys(("a", "an", "any", "some", "no", "each", "every", "several", "two", "three"), "indefinite"),
}
"""What stands first in the noun phrase -> how it refers."""

MODIFIERS = {
    **dict.fromkeys(("another", "separate", "other", "different"), "another"),
    **dict.fromkeys(("new", "fresh", "further", "more", "additional", "renewed", "follow-up"), "new"),
    **dict.fromkeys(("next", "future", "upcoming", "coming", "forthcoming"), "next"),
    **dict.fromkeys(("previous", "earlier", "last", "past", "recent", "latest"), "last"),
    **dict.fromkeys(("first", "second", "third", "fourth", "fifth", "sixth", "final"), "ordinal"),
}
"""Words in the noun phrase that set a meeting apart from others."""

PHRASE_END = frozenset(
    "of in on at for with to by from after before during since until between among about over and or but that "
    "which who when as if while is are was were be been has have had will would hold held holding".split()
)
"""Words that stand before a noun phrase, not in it."""

VAGUE = frozenset(
    "side sides party parties two both all they them he she it we us who their delegation delegations leaders "
    "officials ministers representatives others".split()
)
"""Words for parties that tell no one from another."""

TOKEN = re.compile(r"\w+(?:[-.]\w+)*|['’]s?|[^\w\s]")
REACH = 60
"""Characters before a trigger that are searched for the start of its noun phrase."""


@dataclass
class Mention:
    """What an event mention says, in the form in which mentions are compared."""

    start: int
    sentence: int
    paragraph: int
    kind: str
    verb: bool
    plural: bool
    determiner: str
    modifiers: frozenset[str]
    parties: dict[str, frozenset[str]]
    countries: frozenset[str]
    places: frozenset[str]
    days: tuple[tuple[str, str], ...]
    spans: frozenset[tuple[int, int]]
    status: str
    format: str

    @property
    def who(self) -> frozenset[str]:
        """Names of all parties, whatever their role."""
        return frozenset().union(*self.parties.values())


@dataclass
class Cluster:
    """The mentions of one meeting, and what they say together."""

    number: int
    mentions: list[Mention] = field(default_factory=list)
    who: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    days: set[tuple[str, str]] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)

    def add(self, mention: Mention) -> None:
        """Take a mention in."""
        self.mentions.append(mention)
        self.who |= mention.who
        self.countries |= mention.countries
        self.places |= mention.places
        self.days |= set(mention.days)
        self.kinds.add(mention.kind)
        self.statuses.add(mention.status)
        self.formats.add(mention.format)


def cluster(document: Document) -> list[int]:
    """Return for each event the number of its meeting, from 1 by first mention."""
    numbers: list[int] = []
    clusters: list[Cluster] = []
    for mention in mentions(document):
        best = max(clusters[-OPEN:], key=lambda known: probability(mention, known), default=None)
        if best is None or probability(mention, best) < THRESHOLD:
            best = Cluster(1 + max(numbers, default=0))
        else:
            clusters.remove(best)
        best.add(mention)
        clusters.append(best)  # the one mentioned last comes last
        numbers.append(best.number)
    return numbers

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
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from itertools import count, pairwise
from pathlib import Path

from eventx import countries
from eventx.dates import interval
from eventx.document import PARTIES, Document, Span
from eventx.sentences import paragraphs, sentences

WEIGHTS = Path(__file__).with_suffix(".json")

OPEN = 12
"""How many of the meetings mentioned last a mention is compared with; the bound keeps time linear."""

THRESHOLD = 0.45
"""Least probability with which a mention joins a meeting. In cross-validation newswire articles are best at
0.4 and 0.45, authored ones at 0.35; the higher value keeps a process apart from its rounds."""

CERTAIN = 0.95
"""Probability that the signs of ``certain`` give: their share of right answers in training."""

Relations = dict[str, str]
"""How a mention and a meeting go together: respect -> value."""

LEMMAS = {
    "met": "meet", "meets": "meet", "meeting": "meet", "meetings": "meet",
    "talked": "talk", "talking": "talk", "negotiate": "talk", "negotiated": "talk",
    "negotiates": "talk", "negotiating": "talk", "negotiation": "talk", "negotiations": "talk",
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

GENERIC = frozenset({"meet", "talk", "gathering", "event", "encounter", "session", "round", "one", "it"})
"""Kinds of meetings that are used to mention one of another kind again."""


def _table(words: str) -> frozenset[str]:
    """Return the words of a table."""
    return frozenset(words.split())


VERBS = _table(
    "met meet meets talked talking negotiate negotiated negotiates negotiating spoke spoken speak "
    "speaking speaks telephoned phoned called rang sat sit sits convened convene convenes reconvene "
    "gathered gather conferred confer conferring phone telephone ring dined huddled consults"
)

DETERMINERS = {
    **dict.fromkeys(("the", "both"), "definite"),
    **dict.fromkeys(("this", "these", "that", "those", "such"), "this"),
    **dict.fromkeys(("its", "their", "his", "her", "our", "my"), "possessive"),
    **dict.fromkeys(("'s", "’s", "'", "’"), "genitive"),
    **dict.fromkeys(
        ("a", "an", "any", "some", "no", "each", "every", "several", "two", "three"), "indefinite"
    ),
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

SINGLE = (
    "kind", "near", "dates", "who", "places", "form", "format", "leaders", "leaders as members", "countries",
    "described", "size", "status", "number", "arguments", "meeting",
)  # fmt: skip
"""Relations that count by themselves."""

PAIRS = (
    *(("form", other) for other in ("kind", "near", "last form", "meeting", "who", "format")),
    *(("who", other) for other in ("dates", "kind", "format", "meeting", "near")),
    *(("dates", other) for other in ("kind", "places")),
    ("arguments", "near"),
)
"""Relations that count together."""

RIVALS = ("kind", "dates", "who", "places", "format", "described")
"""Relations in which it counts whether another meeting matches."""

MATCHES = frozenset({"all", "share", "equal", "same", "same special"})
"""Values of relations that match."""

PHRASE_END = _table(
    "of in on at for with to by from after before during since until between among about over and or but "
    "that which who when as if while is are was were be been has have had will would hold held holding"
)
"""Words that stand before a noun phrase, not in it."""

VAGUE = _table(
    "side sides party parties two both all they them he she it we us who their delegation delegations "
    "leaders officials ministers representatives others"
)
"""Words for parties that tell no one from another."""

TOKEN = re.compile(r"\w+(?:[-.]\w+)*|['’]s?|[^\w\s]")
REACH = 60
"""Characters before a trigger that are searched for the start of its noun phrase."""


@dataclass
class Mention:
    """What an event mention says, in the form in which mentions are compared."""

    sentence: int
    paragraph: int
    kind: str
    verb: bool
    plural: bool
    determiner: str
    modifiers: frozenset[str]
    members: frozenset[str]
    leaders: frozenset[str]
    vague: bool
    countries: frozenset[str]
    places: frozenset[str]
    days: tuple[tuple[str, str], ...]
    spans: frozenset[tuple[int, int]]
    status: str
    format: str


@dataclass
class Cluster:
    """The mentions of one meeting, and what they say together."""

    number: int
    mentions: list[Mention] = field(default_factory=list)
    members: set[str] = field(default_factory=set)
    leaders: set[str] = field(default_factory=set)
    parties: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    days: set[tuple[str, str]] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)

    def add(self, mention: Mention) -> None:
        """Take a mention in."""
        self.mentions.append(mention)
        self.members |= mention.members
        self.leaders |= mention.leaders
        self.parties |= mention.members | mention.leaders
        self.countries |= mention.countries
        self.places |= mention.places
        self.days |= set(mention.days)
        self.kinds.add(mention.kind)
        self.statuses.add(mention.status)
        self.formats.add(mention.format)


def cluster(document: Document, weights: Mapping[str, float] | None = None) -> list[int]:
    """Return for each event the number of its meeting, from 1 by first mention.

    Args:
        document: a document with events in text order; their ``cluster`` is not looked at.
        weights: feature -> weight, and "bias"; those of ``coreference.json`` by default.
    """
    weights = weights or _weights()
    numbers: list[int] = []
    fresh = count(1)
    known: list[Cluster] = []  # the one mentioned last comes last
    for mention in mentions(document):
        scores = probabilities(mention, known, weights)
        best = max(scores, default=0.0)
        chosen = known.pop(scores.index(best)) if best >= THRESHOLD else Cluster(next(fresh))
        chosen.add(mention)
        known.append(chosen)
        del known[:-OPEN]
        numbers.append(chosen.number)
    return numbers


def probabilities(mention: Mention, known: Sequence[Cluster], weights: Mapping[str, float]) -> list[float]:
    """Return, for each meeting mentioned before, how probable it is that the mention is of it."""
    every = [relations(mention, other) for other in known]
    sums = (sum(weights.get(name, 0.0) for name in active) for active in features(mention, every))
    return [
        CERTAIN if certain(found, every) else 1 / (1 + math.exp(-weights["bias"] - total))
        for found, total in zip(every, sums, strict=True)
    ]


def mentions(document: Document) -> Iterator[Mention]:
    """Yield the document's event mentions in the form in which they are compared."""
    sentence_starts = [start for start, _ in sentences(document.text)]
    paragraph_starts = [start for start, _ in paragraphs(document.text)]
    for event in document.events:
        start = event.trigger.start
        sentence = bisect_right(sentence_starts, start)
        begin = sentence_starts[sentence - 1] if sentence else 0
        phrase = _phrase(document.text[max(begin, start - REACH) : start])
        word = event.trigger.text.lower()
        members = _union(map(_names, event.participants))
        parties = [span.text for role in PARTIES for span in getattr(event, role)]
        yield Mention(
            sentence=sentence,
            paragraph=bisect_right(paragraph_starts, start),
            kind=LEMMAS.get(word) or (word if word.endswith("ss") else word.removesuffix("s")),
            verb=word in VERBS,
            plural=word.endswith("s") and word not in VERBS,
            determiner=next((DETERMINERS[word] for word in phrase if word in DETERMINERS), "bare"),
            modifiers=frozenset(phrase) - DETERMINERS.keys(),
            members=members,
            leaders=_union(map(_names, [*event.chairs, *event.hosts])),
            vague=bool(event.participants) and not members,
            countries=_union(map(_countries, parties)),
            places=frozenset(span.text.lower() for span in event.places),
            days=tuple(days for date in event.dates if (days := interval(date.value))),
            spans=frozenset((span.start, span.end) for _, span in event.arguments()),
            status=event.status,
            format=event.format,
        )


def certain(found: Relations, every: Sequence[Relations]) -> bool:
    """Say whether one of two signs holds that outweigh all else.

    A definite noun that only this meeting was called by ("the dialogue") is it again, and "all sides" at
    a virtual or phone meeting are those of the one that was virtual. In the training texts 136 of 143 such
    mentions are of that meeting (``benchmarks/fit_coreference.py``).
    """
    if "differ" in (found["dates"], found["places"]) or found["modified"] == "yes":
        return False
    named = found["kind"] == "same special" and found["form"] == "definite"
    only = named and sum(other["kind"] == "same special" for other in every) == 1
    return only or (found["who"] == "vague" and found["format"] == "same")


def features(mention: Mention, every: Sequence[Relations]) -> list[list[str]]:
    """Return the names of the features that hold for a mention and each of several meetings.

    Args:
        mention: the mention.
        every: how it goes together with each meeting.
    """
    matched = {name for found in every for name in RIVALS if found[name] in MATCHES}
    modifiers = [f"modifier: {name}" for name in {MODIFIERS.get(word) for word in mention.modifiers} if name]
    return [
        [
            *(f"{name}: {found[name]}" for name in SINGLE),
            *(f"{one}: {found[one]}, {two}: {found[two]}" for one, two in PAIRS),
            *(f"{name}: {found[name]}, elsewhere same" for name in matched if found[name] not in MATCHES),
            *modifiers,
        ]
        for found in every
    ]


def relations(mention: Mention, cluster: Cluster) -> Relations:
    """Say in each respect how a mention and a meeting go together."""
    last = cluster.mentions[-1]
    known = mention.status in cluster.statuses
    status = mention.status if known else f"{mention.status} after {last.status}"
    described = _union(other.modifiers for other in cluster.mentions[-8:]) - MODIFIERS.keys()
    return {
        "kind": _kind_relation(mention, cluster),
        "near": _nearness(mention, last),
        "dates": _date_relation(mention.days, cluster.days),
        "who": "vague" if mention.vague else _relation(mention.members, cluster.members),
        "places": _relation(mention.places, cluster.places),
        "form": "verb" if mention.verb else mention.determiner,
        "format": _format_relation(mention, cluster),
        "leaders": _relation(mention.leaders, cluster.leaders),
        "leaders as members": _relation(mention.leaders | mention.members, cluster.parties),
        "countries": _relation(mention.countries, cluster.countries),
        "described": _relation(mention.modifiers - MODIFIERS.keys(), described),
        "size": str(min(len(cluster.mentions), 4)),
        "last form": "verb" if last.verb else last.determiner,
        "status": status,
        "number": "differs" if mention.plural != last.plural else "same",
        "arguments": "shared" if mention.spans & last.spans else "own",
        "modified": "yes" if mention.modifiers & MODIFIERS.keys() else "no",
        "meeting": "first" if cluster.number == 1 else "later",
    }


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _phrase(before: str) -> list[str]:
    """Return the words of the noun phrase that ends where the trigger begins, the last one first."""
    phrase: list[str] = []
    for word in reversed(TOKEN.findall(before.lower())):
        if word in PHRASE_END or not (word[0].isalnum() or word in DETERMINERS):
            break
        phrase.append(word)
        if word in DETERMINERS:
            break
    return phrase


def _format_relation(mention: Mention, cluster: Cluster) -> str:
    """In person says nothing: it may stand for want of a word."""
    if mention.format == "in_person" or cluster.formats == {"in_person"}:
        return "unknown"
    return "same" if mention.format in cluster.formats else "differs"


def _kind_relation(mention: Mention, cluster: Cluster) -> str:
    if mention.kind in cluster.kinds:
        return "same" if mention.kind in GENERIC else "same special"
    if mention.kind in GENERIC:
        return "generic"
    return "specified" if cluster.kinds <= GENERIC else "other"


def _nearness(mention: Mention, last: Mention) -> str:
    if mention.sentence == last.sentence:
        return "sentence"
    if mention.sentence - last.sentence == 1:
        return "next sentence"
    if mention.paragraph - last.paragraph <= 1:
        return "next paragraph"
    return "far"


def _relation(here: frozenset[str], there: Set[str]) -> str:
    """Say how two sets of names go together."""
    if not here or not there:
        return f"{'some' if here else 'none'}-{'some' if there else 'none'}"
    common = len(here & there)
    if not common:
        return "differ"
    return "all" if common == len(here) else "share"


def _date_relation(here: Sequence[tuple[str, str]], there: Set[tuple[str, str]]) -> str:
    """Say how two sets of periods go together."""
    if not here or not there:
        return f"{'some' if here else 'none'}-{'some' if there else 'none'}"
    if any(days in there for days in here):
        return "equal"
    overlap = any(start <= end_ and start_ <= end for start, end in here for start_, end_ in there)
    return "overlap" if overlap else "differ"


def _names(span: Span) -> frozenset[str]:
    """Return what a party is called: the country of its name, or the head words of its parts."""
    code = countries.find(span.text)
    if code:
        return frozenset((code,))
    heads = re.split(r" (?:of|from|for|and|in) ", span.text.lower())
    return frozenset(head.split()[-1].strip(".") for head in heads if head.strip()) - VAGUE


def _countries(text: str) -> frozenset[str]:
    """Return the codes of the countries that a party's words name."""
    words = re.findall(r"[A-Z][\w.]*(?:-\w+)?", text)
    names = [*words, *(f"{first} {second}" for first, second in pairwise(words))]
    return frozenset(code for name in names if (code := countries.find(name)))


@cache
def _weights() -> dict[str, float]:
    weights: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return weights

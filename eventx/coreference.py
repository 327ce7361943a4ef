"""Coreference: which event mentions are the same meeting.

Mentions are taken in text order. Each is of one of the meetings seen so far, at most ``OPEN`` of them, or of
a new one, whichever is most probable by a conditional logistic regression on the named features below
(mention ranking: Denis and Baldridge, "Specialized models and ranking for coreference resolution", 2008).
Its weights are in ``coreference.json``, fitted by ``benchmarks/fit_coreference.py``.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from itertools import count, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from eventx import countries
from eventx.actors import Cast
from eventx.actors.titles import table
from eventx.dates import interval
from eventx.document import PARTIES, Document, Event
from eventx.sentences import paragraphs, sentences

WEIGHTS = Path(__file__).with_suffix(".json")

OPEN = 12
"""How many of the meetings mentioned last a mention is compared with; the bound keeps time linear."""

DAYS = 24
"""Periods of a meeting that a mention's are compared with; the bound keeps time linear."""

NEW = "new"
"""What the features of a new meeting begin with."""

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


VERBS = table(
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
    "kind", "kinds", "recent", "dates", "who", "persons", "places", "format", "countries", "described",
    "size", "status", "modified", "pair", "topic",
)  # fmt: skip
"""Relations that count by themselves."""

TOGETHER = (
    ("who", "countries"), ("who", "next"), ("who", "form"), ("who", "meeting"), ("who", "format"),
    ("dates", "places"),
    ("dates", "status"), ("form", "last form"), ("form", "meeting"), ("form", "status"), ("near", "before"),
    ("near", "pair"), ("topic", "form"),
)  # fmt: skip
"""Relations that count together.

These and the others were chosen from more by what they add to the likelihood of documents held out."""

FRESH = ("verb", "bare", "indefinite")
"""Forms of mentions that do not point back."""

RIVALS = ("kind", "dates", "places", "format", "described")
"""Relations in which it counts whether another meeting matches."""

MATCHES = frozenset({"same", "within", "more", "share", "equal", "same special"})
"""Values of relations that match."""

PHRASE_END = table(
    "of in on at for with to by from after before during since until between among about over and or but "
    "that which who when as if while is are was were be been has have had will would hold held holding"
)
"""Words that stand before a noun phrase, not in it."""

VAGUE = table(
    "side sides party parties two both all they them he him she her his their it we us who leaders officials "
    "ministers men women the delegation delegations representatives others"
)
"""Words for parties that tell no one from another."""

PAIR = table("two both they them their")
"""Words for parties that may be the two of a meeting."""

BEFORE = table(
    "during at after before following for in of ahead from to since on with between by about hold held "
    "holding and that when until through over as also later earlier separately then"
)
"""Words before a noun phrase or verb that tell whether its meeting is new, and how it goes with others."""

NEXT = table("with between among of on again")
"""Words behind a trigger that tell what follows: parties, or a matter."""

TOKEN = re.compile(r"\w+(?:[-.]\w+)*|['’]s?|[^\w\s]")
REACH = 60
"""Characters before a trigger that are searched for the start of its noun phrase."""
ABOUT = 120
"""Characters on either side of a trigger in which words tell what the meeting is about."""
LONG = 5
"""Letters of such a word at least."""
LAST = 3
"""Mentions of a meeting whose words are compared."""


@dataclass
class Mention:
    """What an event mention says, in the form in which mentions are compared."""

    sentence: int
    paragraph: int
    kind: str
    form: str
    """How it refers: "verb", or what the noun phrase begins with."""
    proper: bool
    """Whether it is the name of a meeting: "Summit"."""
    before: str
    """The word before the noun phrase, if in BEFORE."""
    next: str
    """The word behind the trigger, if in NEXT."""
    modifiers: frozenset[str]
    described: frozenset[str]
    """The other words of the noun phrase."""
    members: frozenset[str]
    persons: frozenset[str]
    countries: frozenset[str]
    vague: bool
    pair: bool
    places: frozenset[str]
    days: frozenset[tuple[str, str]]
    status: str
    format: str
    topic: frozenset[str]
    """Longer words about the trigger, in its sentence."""


@dataclass
class Cluster:
    """The mentions of one meeting, and what they say together."""

    number: int
    mentions: list[Mention] = field(default_factory=list)
    described: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    days: dict[tuple[str, str], None] = field(default_factory=dict)
    """The DAYS told last, in the order in which they were first told."""
    kinds: set[str] = field(default_factory=set)
    statuses: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=set)

    def add(self, mention: Mention) -> None:
        """Take a mention in."""
        self.mentions.append(mention)
        self.described |= mention.described
        self.members |= mention.members
        self.persons |= mention.persons
        self.countries |= mention.countries
        self.places |= mention.places
        self.days |= dict.fromkeys(sorted(mention.days))
        for day in list(self.days)[:-DAYS]:
            del self.days[day]
        self.kinds.add(mention.kind)
        self.statuses.add(mention.status)
        self.formats.add(mention.format)


class Choice(NamedTuple):
    """Which meeting a mention is of."""

    number: int
    """From 1, by first mention."""
    probability: float
    others: Mapping[int, float]
    """Probabilities of the known meetings that were not chosen."""


def cluster(document: Document, cast: Cast, weights: Mapping[str, float] | None = None) -> list[Choice]:
    """Return for each event the meeting that it is of.

    Args:
        document: a document with events in text order; their ``cluster`` is not looked at.
        cast: the document's persons and organisations.
        weights: feature -> weight; those of ``coreference.json`` by default.
    """
    weights = weights or _weights()
    chosen: list[Choice] = []
    fresh = count(1)
    known: list[Cluster] = []  # the one mentioned last comes last
    for mention in mentions(document, cast):
        scores = [sum(weights.get(name, 0.0) for name in active) for active in features(mention, known)]
        for number, other in enumerate(known):
            if apart(mention, other):
                scores[number] = -math.inf
        best = scores.index(max(scores))  # of equals a meeting that is known comes before a new one
        odds = [math.exp(score - scores[best]) for score in scores]
        total = sum(odds)
        shares = [one / total for one in odds]
        others = {other.number: shares[number] for number, other in enumerate(known) if number != best}
        meeting = known.pop(best) if best < len(known) else Cluster(next(fresh))
        meeting.add(mention)
        known.append(meeting)
        del known[:-OPEN]
        chosen.append(Choice(meeting.number, shares[best], others))
    return chosen


def mentions(document: Document, cast: Cast) -> Iterator[Mention]:
    """Yield the document's event mentions in the form in which they are compared."""
    borders = list(sentences(document.text))
    sentence_starts = [start for start, _ in borders]
    paragraph_starts = [start for start, _ in paragraphs(document.text)]
    for event in document.events:
        start, end = event.trigger.start, event.trigger.end
        sentence = bisect_right(sentence_starts, start)
        first, last = borders[sentence - 1] if sentence else (0, end)
        tokens = TOKEN.findall(document.text[max(first, start - REACH) : start].lower())
        word = event.trigger.text.lower()
        phrase = [] if word in VERBS else _phrase(tokens)
        about = tokens[-2:] if word in VERBS else phrase
        before = tokens[-len(phrase) - 1] if len(tokens) > len(phrase) else ""
        behind = TOKEN.match(document.text[end : min(last, end + REACH)].lower().lstrip())
        yield Mention(
            sentence=sentence,
            paragraph=bisect_right(paragraph_starts, start),
            kind=LEMMAS.get(word) or (word if word.endswith("ss") else word.removesuffix("s")),
            form="verb"
            if word in VERBS
            else next((DETERMINERS[word] for word in phrase if word in DETERMINERS), "bare"),
            proper=event.trigger.text[:1].isupper() and start > first,
            before=before if before in BEFORE else "other" if tokens else "none",
            next=behind[0] if behind and behind[0] in NEXT else "other",
            modifiers=frozenset(MODIFIERS[word] for word in about if word in MODIFIERS),
            described=frozenset(phrase) - DETERMINERS.keys() - MODIFIERS.keys(),
            places=frozenset(span.text.lower() for span in event.places),
            days=frozenset(days for date in event.dates if (days := interval(date.value))),
            status=event.status,
            format=event.format,
            topic=_topic(document.text[max(first, start - ABOUT) : start])
            | _topic(document.text[end : min(last, end + ABOUT)]),
            **_parties(event, cast),
        )


def _parties(event: Event, cast: Cast) -> dict[str, Any]:
    """Return what a mention says of its parties."""
    words = [frozenset(span.text.lower().split()) for span in event.participants]
    actors = [actor for span in event.participants for actor in cast.actors([span])]
    known = [actor for actor in actors if not VAGUE.issuperset(actor.name.lower().split())]
    parties = [span for role in PARTIES for span in getattr(event, role)]
    named = (actor.country for actor in actors if actor.country)
    return {
        "members": frozenset(actor.name.casefold() for actor in known),
        "persons": frozenset(actor.name.casefold() for actor in known if actor.kind == "person"),
        "countries": frozenset(named).union(*(_countries(span.text) for span in parties)),
        "vague": bool(actors) and not known,
        "pair": any(one <= VAGUE and one & PAIR for one in words),
    }


def apart(mention: Mention, cluster: Cluster) -> bool:
    """Say whether a mention cannot be of a meeting.

    It does not point back ("the talks"), and has other parties, of other countries, where both name several;
    or it took place on another day, where both tell one. Nor is what will be held again what was held.
    """
    if mention.form not in FRESH:
        return False
    several = len(mention.members) > 1 and len(cluster.members) > 1
    strangers = mention.members.isdisjoint(cluster.members) and mention.countries.isdisjoint(
        cluster.countries
    )
    held = "occurred" in cluster.statuses
    another_day = _date_relation(mention.days, cluster.days.keys()) == "differ"
    return (
        (several and strangers)
        or (held and mention.status == "occurred" and another_day)
        or (held and mention.status != "occurred" and mention.next == "again")
    )


def features(mention: Mention, known: Sequence[Cluster]) -> Iterator[list[str]]:
    """Yield the names of the features that hold for a mention and each of several meetings, then a new one.

    Args:
        mention: the mention.
        known: meetings, the one mentioned last at the end.
    """
    every = [relations(mention, other, len(known) - number) for number, other in enumerate(known, start=1)]
    matched = {name for found in every for name in RIVALS if found[name] in MATCHES}
    for found in every:
        yield [
            *(f"{name}: {found[name]}" for name in SINGLE),
            *(f"{one}: {found[one]}, {two}: {found[two]}" for one, two in TOGETHER),
            *(
                f"{name}: {found[name]}, elsewhere same"
                for name in sorted(matched)
                if found[name] not in MATCHES
            ),
        ]
    yield [
        f"{NEW}, before: {mention.before}",
        f"{NEW}, status: {mention.status}",
        f"{NEW}, {'described ' if mention.described else ''}{mention.form}",
        *([f"{NEW}, name"] if mention.proper else ()),
        *(f"{NEW}, modifier: {name}" for name in sorted(mention.modifiers)),
    ]


def relations(mention: Mention, cluster: Cluster, others: int) -> Relations:
    """Say in each respect how a mention and a meeting go together.

    Args:
        mention: the mention.
        cluster: the meeting.
        others: how many other meetings have been mentioned since it was.
    """
    last = cluster.mentions[-1]
    known = mention.status in cluster.statuses
    return {
        "kind": _kind_relation(mention, cluster),
        "kinds": " ".join(sorted((mention.kind, last.kind))),
        "recent": str(min(others, 3)),
        "near": _nearness(mention, last),
        "dates": _date_relation(mention.days, cluster.days.keys()),
        "who": _who(mention, cluster),
        "persons": _relation(mention.persons, cluster.persons),
        "countries": _relation(mention.countries, cluster.countries),
        "pair": ("two" if len(cluster.members) == 2 else "other") if mention.pair else "no",
        "places": _relation(mention.places, cluster.places),
        "form": mention.form,
        "last form": last.form,
        "before": mention.before,
        "next": mention.next,
        "format": _format_relation(mention, cluster),
        "described": _relation(mention.described, cluster.described),
        "modified": " ".join(sorted(mention.modifiers)) or "no",
        "topic": str(min(max(len(mention.topic & one.topic) for one in cluster.mentions[-LAST:]), 3)),
        "size": str(min(len(cluster.mentions), 4)),
        "status": mention.status if known else f"{mention.status} after {last.status}",
        "meeting": "first" if cluster.number == 1 else "later",
    }


def _phrase(before: Sequence[str]) -> list[str]:
    """Return the words of the noun phrase that ends where the trigger begins, the last one first."""
    phrase: list[str] = []
    for word in reversed(before):
        if word in PHRASE_END or not (word[0].isalnum() or word in DETERMINERS):
            break
        phrase.append(word)
        if word in DETERMINERS:
            break
    return phrase


def _topic(text: str) -> frozenset[str]:
    """Return the longer words of a text."""
    words = (word.strip(".,;\"'") for word in text.lower().split())
    return frozenset(word for word in words if len(word) >= LONG and word not in PHRASE_END)


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


def _relation(here: Set[str], there: Set[str]) -> str:
    """Say how two sets of names go together."""
    if not here or not there:
        return f"{'some' if here else 'none'}-{'some' if there else 'none'}"
    common = len(here & there)
    if not common:
        return "differ"
    if common == len(here):
        return "same" if common == len(there) else "within"
    return "more" if common == len(there) else "share"


def _who(mention: Mention, cluster: Cluster) -> str:
    """Say how the parties of a mention and a meeting go together."""
    if mention.vague:
        return "vague"
    relation = _relation(mention.members, cluster.members)
    several = len(mention.members) > 1 and len(cluster.members) > 1
    return f"{relation}, several" if several and relation in ("differ", "share") else relation


def _date_relation(here: Set[tuple[str, str]], there: Set[tuple[str, str]]) -> str:
    """Say how two sets of periods go together."""
    if not here or not there:
        return f"{'some' if here else 'none'}-{'some' if there else 'none'}"
    if here & there:
        return "equal"
    overlap = any(start <= end_ and start_ <= end for start, end in here for start_, end_ in there)
    return "overlap" if overlap else "differ"


def _countries(text: str) -> frozenset[str]:
    """Return the codes of the countries that a party's words name."""
    words = re.findall(r"[A-Z][\w.]*(?:-\w+)?", text)
    names = [*words, *(f"{first} {second}" for first, second in pairwise(words))]
    return frozenset(code for name in names if (code := countries.find(name)))


@cache
def _weights() -> dict[str, float]:
    weights: dict[str, float] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return weights

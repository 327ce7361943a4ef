"""Bounds: where the spans of arguments begin and end, beyond what the labels of single words say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from eventx import countries
from eventx.document import PARTIES


class Bounds(NamedTuple):
    """A span of a role: its offsets in the text, and its probability."""

    role: str
    start: int
    end: int
    score: float


SOLID = re.compile(r"[^\W_](?:.*[^\W_])?", re.S)
"""From the first letter or digit to the last."""

LEADING = re.compile(
    r"(?:(?:[Tt]he|THE|an?|[Tt]his|[Tt]hese|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|my|[Oo]ur|[Vv]isiting|then)\s+"
    r"|[Tt]hen-|(?:An?|My|Then)\s+(?=[a-z]))+(?=\S)"
)
"""Words that do not begin a party's name (guidelines), unless they are all there is of it: "An
envoy", but not "An Na-ri"."""

TRAILING = re.compile(
    r"(?<=\w)(?:['’]s|(?:\s+(?:of|for|from|in|with|and|or|by|at|on|to|between|as|the|an?))+)$"
)
"""What does not end a party's name."""

ABBREVIATED = 4
"""Letters before a full stop that may belong to a span: "p.m.", "Corp."."""
SHORT = re.compile(r"(?:\.\w+|\b(?:Corp|Inc|Co|Cos|Ltd|Jr|Sr|Bros|Gov|Gen|Sen|Rep))$")
"""What is an abbreviation also where its full stop ends the sentence."""

MORE_OF_A_NAME = re.compile(
    r"(?: (?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b)[A-Z][\w-]*(?![^\s,.;:)'’\"]))+"
)
"""Capitalised words behind a span."""

UNCERTAIN = 0.7
"""Score below which a party that ends inside a run of capitals is taken to be a piece of a name."""

ADJECTIVE = re.compile(r"\w+(?:an|ish|ese|i|ch|ek|ss|ak|Thai)")
ACRONYM = re.compile(r"[A-Z](?:\.?[A-Z])+\.?")
"""What alone may be a member of a group with one noun for all: Omani, U.N."""

BETWEEN = re.compile(r", |,? and ")

GROUP = re.compile(rf"((?:[A-Z][\w.-]*(?:{BETWEEN.pattern}))*[A-Z][\w.-]*) (?:[a-z]+ )*[a-z]+s")
"""The last members, with the noun: Qatari officials, Qatari and U.N. officials."""

OWNER = re.compile(r"^[A-Z]\w*['’]s ")
"""What may stand before the first member: Chad's (UFR and FACT rebels)."""


def tidy(text: str, spans: Iterable[Bounds], end: int) -> list[Bounds]:
    """Return the spans of an event with the bounds that the guidelines ask for, without empty ones.

    Args:
        text: the document's text.
        spans: as decoded, of all roles.
        end: of the event's sentence.
    """
    solid: list[Bounds] = []
    for span in spans:
        span = _bare(text, span, end)
        if span.role in PARTIES:
            span = _bare(text, _trimmed(text, span), end)
        if span.start < span.end:  # a quotation mark takes part in nothing
            solid.append(span)
    return list(_joined(text, sorted(_whole(text, span, solid, end) for span in solid)))


def _bare(text: str, span: Bounds, stop: int) -> Bounds:
    """Return a span without punctuation at its ends; of nothing else, an empty one.

    The full stop of an abbreviation stays, and a bracket that is opened in the span. One that is opened and
    not closed ends it.

    Args:
        text: the document's text.
        span: the span.
        stop: end of the sentence, whose last full stop is no abbreviation's without a sign of one.
    """
    match = SOLID.search(text, span.start, span.end)
    if match is None:
        return span._replace(end=span.start)
    start, end = match.span()
    if "(" in match[0] and ")" not in match[0]:
        if text.startswith(")", end):
            return span._replace(start=start, end=end + 1)
        end = start + len(match[0].partition("(")[0].rstrip())
    if end < span.end:
        last = re.split(r"[\W_]", match[0][-ABBREVIATED - 1 :])[-1]
        short = len(last) <= ABBREVIATED and (end + 1 < stop or SHORT.search(match[0]))
        if (text[end] == "." and short) or (text[end] == ")" and "(" in match[0]):
            end += 1
    return span._replace(start=start, end=end)


def _trimmed(text: str, span: Bounds) -> Bounds:
    """Return a party's span without the words that do not begin or end one."""
    leading = LEADING.match(text, span.start, span.end)
    start = leading.end() if leading else span.start
    trailing = TRAILING.search(text[start : span.end])
    return span._replace(start=start, end=start + trailing.start() if trailing else span.end)


def _whole(text: str, span: Bounds, others: Sequence[Bounds], end: int) -> Bounds:
    """Return the span of a party; of an uncertain one that ends inside a name, to the end of the name."""
    last = text[span.start : span.end].rpartition(" ")[2]
    if span.role not in PARTIES or span.score >= UNCERTAIN or not last[0].isupper():
        return span
    border = min((other.start for other in others if other.start >= span.end), default=end)
    more = MORE_OF_A_NAME.match(text, span.end, border)
    return span._replace(end=more.end()) if more else span


def _joined(text: str, spans: Sequence[Bounds]) -> Iterator[Bounds]:
    """Yield the spans, those of a group with one noun for all as one: "Omani, Qatari and U.N. officials"."""
    waiting: list[Bounds] = []
    for span in spans:
        if waiting and not (
            span.role == waiting[-1].role and BETWEEN.fullmatch(text, waiting[-1].end, span.start)
        ):
            yield from waiting
            waiting = []
        if span.role in PARTIES and _modifies(text[span.start : span.end]):
            waiting.append(span)
            continue
        group = GROUP.fullmatch(text, span.start, span.end) if waiting else None
        if group and _alike([*(text[one.start : one.end] for one in waiting), *BETWEEN.split(group[1])]):
            span = span._replace(start=waiting[0].start)
        else:
            yield from waiting
        waiting = []
        yield span
    yield from waiting


def _alike(words: Sequence[str]) -> bool:
    """Say whether words can share the noun behind the last one."""
    kinds = {_modifies(word) for word in words}
    return "" not in kinds and len(kinds - {"acronym"}) < 2


def _modifies(word: str) -> str:
    """Return what lets a word stand before a noun that it shares with its like, "" if nothing does.

    These are a country's adjective, a country's name (which may also take part by itself, beside "Omani
    officials"), and an acronym, which goes with both.
    """
    word = OWNER.sub("", word, count=1)
    if ACRONYM.fullmatch(word):
        return "acronym"
    code = countries.find(word)
    if code is None:
        return ""
    return "adjective" if ADJECTIVE.fullmatch(word) and countries.name(code) != word else "name"

"""Names of persons: which words are one, and when two can be one person's."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

from eventx.actors.patterns import FULL_NAME
from eventx.actors.text import Text

UNFOLDED = str.maketrans("łŁøØđĐıæÆœŒßþÞð", "lLoOdDiaAoOstTd")
"""Letters that no accent can be taken from."""


def fold(word: str) -> str:
    """Return a word of a name without accents, capitals and Arabic article."""
    if not word.isascii():
        plain = unicodedata.normalize("NFKD", word.translate(UNFOLDED).replace("’", "'"))
        word = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub("^(?:al|el)-", "", word.lower())


def compatible(one: str, other: str) -> bool:
    """Say whether two names can be one person's.

    One has a single word, or is the end of the other, or their last words are the same and their first ones
    agree, of which one may be an initial.
    """
    first, second = ([fold(word).rstrip(".") for word in name.split()] for name in (one, other))
    if len(first) == 1 or len(second) == 1:
        return True
    shorter = min(len(first), len(second))
    if first[-shorter:] == second[-shorter:]:
        return True
    return first[-1] == second[-1] and (first[0].startswith(second[0]) or second[0].startswith(first[0]))


def full_names(text: Text) -> dict[str, str]:
    """Return word, folded -> name of several words in a text.

    It is the first name that the word is the last one of; if there is none, the only one that it is in: "Hu"
    is Hu Jintao.
    """
    names: dict[str, str] = {}
    others: dict[str, set[str]] = defaultdict(set)
    # A capital at the start of a sentence may be that of any word ("Later Wu left"): such runs come last.
    for match in sorted(FULL_NAME.finditer(text.letters), key=lambda match: text.opens(match.start())):
        name = text.words(*match.span())
        names.setdefault(fold(text.word(match.end() - 1)), name)
        for word in name.split()[:-1]:
            others[fold(word)].add(name)
    return {word: found.pop() for word, found in others.items() if len(found) == 1} | names

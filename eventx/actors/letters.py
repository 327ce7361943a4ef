"""Letters: what each word of a text can be, written as one letter.

C country, A acronym, O head noun of an organisation with a capital, u one without, c what a company is said
to be, H head noun of an office, P one in the plural, R rank, M word of a title before its head noun, h form
of address, N other word with a capital, J what follows a name, p particle of a name; d article, g genitive,
f "of", o other preposition, & "and", x other word of function; w other word, "," comma, "." other mark or end
of paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from eventx import countries
from eventx.actors.titles import (
    BODIES,
    COMPANIES,
    FUNCTION_WORDS,
    GIVEN,
    HONORIFICS,
    LEGAL,
    MIDDLE,
    MODIFIERS,
    OFFICES,
    ORGANISATIONS,
    PARTICLES,
    RANKS,
    SHORT,
    SURNAMES,
)

CLASSES = {
    **dict.fromkeys(FUNCTION_WORDS, "x"),
    **dict.fromkeys(PARTICLES, "p"),
    **dict.fromkeys(MODIFIERS, "M"),
    **dict.fromkeys(RANKS, "R"),
    **dict.fromkeys(OFFICES, "H"),
    **dict.fromkeys(HONORIFICS, "h"),
    **dict.fromkeys(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv"), "J"),
    **dict.fromkeys(("the", "a", "an"), "d"),
    **dict.fromkeys(("for", "to", "on", "in"), "o"),
    **dict.fromkeys(("and", "&"), "&"),
    "of": "f",
    **dict.fromkeys(("'s", "’s", "'", "’"), "g"),
    ",": ",",
}
"""Words whose letter is the same wherever they stand."""

KEPT = 40
"""Characters of a word whose letter is kept at most."""


def classify(words: Sequence[str]) -> tuple[str, dict[int, str]]:
    """Return one letter for each word of a text, and first word's number -> code of its countries."""
    # Words come again and again; the cache is not to hold long ones.
    letters = [_kept_letter(word) if len(word) <= KEPT else _letter(word) for word in words]
    codes: dict[int, str] = {}
    surnames: set[str] = set()
    for number, word in enumerate(words):
        if not word[0].isupper() or letters[number] == "C":
            continue
        before = letters[number - 1] if number else "."
        behind = letters[number + 1] if number + 1 < len(letters) else "."
        lower = word.lower()
        short = lower in SHORT and before != "." and behind == "N"  # President To Lam
        if short or (lower in MIDDLE and before == behind == "N"):  # Hassan Sheikh Doe
            letters[number] = "N"
        elif lower in LEGAL and before in "NAO":
            letters[number] = "O"
        elif lower in GIVEN and behind in "Np" and before != "f":  # Jordan Doe
            letters[number] = "N"
        elif lower in SURNAMES and (word in surnames or before == "N") and behind not in "NHRMf":
            letters[number] = "N"  # John Major
            surnames.add(word)
        elif letters[number] in "NAOMx":
            length, code = _country_at(words, number)
            if code:
                letters[number : number + length] = "C" * length
                codes[number] = code
            elif word == "New" and behind == "N":  # New York
                letters[number] = "N"
    return "".join(letters), codes


def country(text: str) -> str | None:
    """Return the code of the country that a text names, also one in the capitals of a headline."""
    return countries.find(text) or (countries.find(text.title()) if shouted(text) else None)


def shouted(text: str) -> bool:
    """Say whether a text is all in capitals, as in a headline; acronyms are shorter."""
    return len(text) > 3 and text.isupper()


def _letter(word: str) -> str:
    """Return the letter that stands for a word, countries aside."""
    lower, capital = word.lower(), word[0].isupper()
    if word == "Said":  # Said bin Hilal
        return "N"
    if lower.startswith(("co-", "vice-", "ex-")):
        lower = lower.partition("-")[2]
    lower = lower.removesuffix("-designate").removesuffix("-elect")
    if capital and (lower in ORGANISATIONS or lower in BODIES):
        return "O"
    if lower in CLASSES and not (capital and lower in PARTICLES):  # De Gaulle, Du Bolin
        return CLASSES[lower]
    if lower[:-1] in OFFICES and lower.endswith("s"):
        return "P"
    if re.match(r"(?:al|el|bin|d|l)[-'’][A-Z]", word):
        return "N"
    if not capital:
        if lower in COMPANIES:
            return "c"
        return "u" if lower in ORGANISATIONS else "w" if word[0].isalnum() else "."
    return "A" if len(word) > 1 and word.isupper() and word[-1] != "." else "N"


_kept_letter = lru_cache(1 << 14)(_letter)


def _country_at(words: Sequence[str], number: int) -> tuple[int, str | None]:
    """Return the number of words and the code of the country whose name begins with a word.

    They are 0 and None if there is none.
    """
    longest = countries.LONGEST if countries.may_begin(words[number]) else 1
    for length in range(longest, 0, -1):
        run = words[number : number + length]
        # A name does not go on behind a break of paragraphs, which is a word here.
        code = None if any(map(str.isspace, run)) else country(" ".join(run))
        if code:
            return len(run), code
    return 0, None

"""Countries: which one a name, adjective, people, capital or prefix stands for.

The facts are those of the data files of the package ``countryinfo``, read when first asked for. Only
they are read: importing the package itself would load far more than names. What the files lack (Kosovo,
everyday short forms, a few peoples) stands in the tables below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

SHORT_NAMES = {
    "BO": "Bolivia",
    "CD": "Democratic Republic of the Congo",
    "CZ": "Czech Republic",
    "MK": "North Macedonia",
    "PS": "Palestine",
    "SZ": "Eswatini",
    "VA": "Vatican",
    "XK": "Kosovo",
}
"""Names in use where the data files have an older or longer one."""

OTHER_NAMES = {
    "AE": ("UAE", "Emirates"),
    "AR": ("Argentine", "Argentinian"),
    "BA": ("Bosnia",),
    "CD": ("DRC", "DR Congo", "Democratic Republic of Congo"),
    "CG": ("Republic of Congo", "Congo-Brazzaville"),
    "CN": ("PRC", "Sino"),
    "EC": ("Ecuadorian",),
    "ES": ("Spaniard", "Hispano"),
    "FI": ("Finnish", "Finn", "Finno"),
    "FM": ("Micronesia",),
    "FR": ("Franco", "Elysee"),
    "GB": (
        "UK",
        "U.K",
        "Britain",
        "Briton",
        "England",
        "English",
        "Anglo",
        "Downing Street",
        "Scotland",
        "Scottish",
        "Wales",
        "Welsh",
        "Northern Ireland",
        "Northern Irish",
    ),
    "GR": ("Greco",),
    "HR": ("Croat",),
    "IE": ("Hiberno",),
    "IN": ("Delhi", "Indo"),
    "IS": ("Icelandic",),
    "IT": ("Italo",),
    "KG": ("Kyrgyz", "Kyrgyzstani"),
    "KP": ("DPRK", "N. Korea", "N Korea"),
    "KR": ("ROK", "S. Korea", "S Korea"),
    "KZ": ("Kazakh", "Astana"),
    "LA": ("Lao",),
    "LU": ("Luxembourgish",),
    "MM": ("Burma", "Rangoon"),
    "NL": ("Dutchman", "The Hague"),
    "NZ": ("N.Z", "NZ"),
    "PH": ("Philippine",),
    "PL": ("Pole", "Polono"),
    "PS": ("Gaza", "Palestinian Territories"),
    "PT": ("Luso",),
    "RS": ("Serb", "Serbo"),
    "RU": ("Kremlin", "Russo"),
    "SA": ("Saudi",),
    "SE": ("Swede",),
    "SI": ("Slovenian",),
    "SK": ("Slovakian",),
    "SO": ("Somalian",),
    "SR": ("Surinamese",),
    "TJ": ("Tajik",),
    "TR": ("Turk", "Turco"),
    "UA": ("Kiev",),
    "US": ("US", "U.S", "USA", "U.S.A", "America", "Washington", "Washington, D.C", "White House"),
    "UZ": ("Uzbek",),
    "VA": ("Vatican", "Vatican City", "Holy See"),
    "YE": ("Sanaa",),
    "XK": ("Kosovo", "Kosovar", "Kosovan", "Pristina", "Prishtina"),
}
"""Short forms, prefixes (Sino-US, Franco-German), peoples and seats of government that the files lack."""

WITHDRAWN = frozenset({"AN", "CS"})
"""Codes that ISO 3166-1 has given up."""

LEAST_SEAT = 300_000
"""Inhabitants from which a capital stands for its country. Those of smaller ones (Stanley, Douglas,
Hamilton, Victoria) are surnames more often than governments."""

NO_NAMES = frozenset({"Island", "Mann", "Viti", "Mannin"})
"""Native spellings that mean something else in English text."""


WORD = re.compile(r"[^\W\d_](?:[\w.-]*\w)?")
LONGEST = 5
"""Words of the longest names that are looked for in a text."""


class _Facts(msgspec.Struct, rename={"iso": "ISO", "spellings": "altSpellings"}):
    """The fields of one data file that are used here."""

    name: str = ""
    iso: dict[str, Any] = {}
    spellings: list[str] = []
    capital: Any = None
    demonym: str | None = None
    population: int | float | None = None


def find(name: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of the country that a name stands for, or None.

    A name is a country's ("Serbia"), its adjective or people ("Serbian", "Serbs"), its capital or seat
    ("Belgrade", "Kremlin"), a prefix ("Sino", "Franco") or a short form ("US", "U.S."). Letter case
    counts, since "us" and "turkey" are words; accents do not. Kosovo is XK.
    """
    key = _fold(name)
    codes = _codes()
    return codes.get(key) or (codes.get(key[:-1]) if key.endswith("s") else None)


def may_begin(word: str) -> bool:
    """Say whether a name of several words begins with a word, in its own letters or in capitals."""
    return not _first_words().isdisjoint((_fold(word), _fold(word.title())))


def is_people(name: str) -> bool:
    """Say whether a name is a people in the plural ("Serbs", "Americans"), not a country ("Philippines")."""
    key = _fold(name)
    return key.endswith("s") and key not in _codes() and key[:-1] in _codes()


def named(text: str) -> Iterator[str]:
    """Yield the codes of the countries that a text names, in its order."""
    words = WORD.findall(text)
    first = 0
    while first < len(words):
        sizes = range(LONGEST, 0, -1) if words[first][0].isupper() else ()
        found = ((size, find(" ".join(words[first : first + size]))) for size in sizes)
        size, code = next(((size, code) for size, code in found if code), (1, None))
        first += size
        if code:
            yield code


def name(code: str) -> str:
    """Return the short English name of a country ("RS": "Serbia").

    Raises:
        KeyError: no country has this code.
    """
    return _names()[code]


def alpha3(code: str) -> str:
    """Return the ISO 3166-1 alpha-3 code of a country by its alpha-2 code ("RS": "SRB"); Kosovo is XKX.

    Raises:
        KeyError: no country has this code.
    """
    return _alpha3()[code]


def _fold(name: str) -> str:
    """Return a name without accents, article, final full stop, and with plain quotes and spaces."""
    if not name.isascii():
        plain = unicodedata.normalize("NFKD", name.replace("’", "'"))
        name = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(name.split()).removeprefix("the ").removesuffix(".")


@cache
def _facts() -> tuple[_Facts, ...]:
    """Return the facts on all countries, those with more inhabitants first."""
    spec = find_spec("countryinfo")
    if spec is None or not spec.submodule_search_locations:  # pragma: no cover - a declared dependency
        raise ModuleNotFoundError("eventx needs the package countryinfo")
    folder = Path(spec.submodule_search_locations[0], "data")
    decoder = msgspec.json.Decoder(_Facts)
    found = [decoder.decode(file.read_bytes()) for file in sorted(folder.glob("*.json"))]
    known = [facts for facts in found if facts.name and facts.iso.get("alpha2") not in {None, *WITHDRAWN}]
    return tuple(sorted(known, key=lambda facts: -(facts.population or 0)))


@cache
def _names() -> dict[str, str]:
    """Return code -> short name."""
    names = {facts.iso["alpha2"]: facts.name.removeprefix("The ") for facts in reversed(_facts())}
    return names | SHORT_NAMES


@cache
def _alpha3() -> dict[str, str]:
    """Return code -> alpha-3 code."""
    return {facts.iso["alpha2"]: facts.iso["alpha3"] for facts in _facts()} | {"XK": "XKX"}


@cache
def _codes() -> dict[str, str]:
    """Return folded name -> code; an adjective of two countries (Congolese, Indian) is the larger one's."""
    codes = {_fold(name): code for code, names in OTHER_NAMES.items() for name in names}
    codes |= {_fold(name): code for code, name in _names().items()}
    for facts in _facts():
        for spelling in _spellings(facts):
            codes.setdefault(_fold(spelling), facts.iso["alpha2"])
    codes.pop("", None)
    return codes


@cache
def _first_words() -> frozenset[str]:
    """Return the first words of names of several words."""
    return frozenset(_fold(first) for first, *rest in map(str.split, _codes()) if rest)


def _spellings(facts: _Facts) -> list[str]:
    """Return the names, adjectives and the seat of one country."""
    # Alternative spellings begin with the codes, of which "IN", "IT" and "NO" are words.
    others = [name for name in facts.spellings if len(name) > 3 and name not in NO_NAMES]
    adjectives = re.split(r",| and |/", facts.demonym or "")
    seat = [facts.capital] if isinstance(facts.capital, str) and (facts.population or 0) >= LEAST_SEAT else []
    return [facts.name, *others, *(adjective.strip() for adjective in adjectives), *seat]

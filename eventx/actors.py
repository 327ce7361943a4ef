"""Actors: who the parties of a meeting are, under the fullest name that the document has for them.

A ``Cast`` goes through the document's text once and knows its persons by their titles ("EU envoy Jo
Doe", "the EU's envoy, Jo Doe", "Jo Doe, the EU envoy"); spans are then looked up in it. Titles are
known by their head noun, persons by the shape of their name. For the patterns each word of the text is
written as one letter that says what it can be, and regular expressions run over these letters: their
offsets are word numbers.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from eventx import countries
from eventx.document import Actor, Kind, Span
from eventx.titles import (
    ANAPHORS,
    BODIES,
    COMPANIES,
    FEMALE,
    FUNCTION_WORDS,
    GENERAL,
    GIVEN,
    HEADS,
    HONORIFICS,
    LEADERS,
    LEGAL,
    MALE,
    MODIFIERS,
    OFFICES,
    ORGANISATIONS,
    PARTICLES,
    PRONOUNS,
    RANK_NAMES,
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
"""Words whose letter is the same wherever they stand.

The others: C country, A acronym, O head noun of an organisation with a capital, u one without, c what a
company is said to be, P office in the plural, N other word with a capital, w other word, "." mark or end of
paragraph.
"""

NAME = "N(?:[NAp]{0,4}N)?J?"
STATE = "C{1,5}"
BODY = "(?:[NAOMCPg]{0,5}O(?:fd?[NAOMC]{1,4})?|[NA]{1,3})"
"""A country; an organisation."""
TAIL = "(?:[fo]d?M{1,3})?(?:&M{0,3}H)?R{0,3}"
"""What may follow a title's head noun: of State; and Foreign Minister; Gen."""
WIDE = f"[MHRNOwu]{{0,4}}H{TAIL}|M?R{{1,3}}"
"""A title behind a country or acronym, of which any word can be a part; or a rank."""
NARROW = f"[MH]{{0,4}}H{TAIL}|M?R{{1,3}}"
DUTY = f"(?:fd?(?P<of>{STATE}|{BODY}|[wuc]{{0,2}}[uc])|[fo][^.,gx]{{1,6}})?"
"""What an office behind a comma is for: of France; for the region."""

BEFORE_NAME = re.compile(
    f"(?:(?P<before>M?)(?P<affiliation>{STATE}|A)g?(?P<title>{WIDE})"
    f"|(?:(?P<body>{BODY})g?)?(?P<office>{NARROW}))h?(?P<name>{NAME})(?:fd?(?P<of>{STATE}))?"
)
"""Serbian President Jo Doe; EU enlargement chief Jo Doe; former French President Jo Doe; President Jo Doe of
France."""
APPOSITIVE_FIRST = re.compile(
    f"(?:(?P<its>[dx])|d?(?P<affiliation>{STATE}|{BODY}|[uc](?=g))g?)(?P<title>[MHRwuc]{{0,4}}H{DUTY}),h?[HR]?"
    f"(?P<name>{NAME})(?=[,.xwo&])"
)
"""the EU's special envoy for the region, Jo Doe, ..."""
NAME_FIRST = re.compile(
    f"(?P<name>{NAME}),[dx]?(?P<before>M?)(?:(?P<affiliation>{STATE}|{BODY})g?)?(?P<title>[MHRwu]{{0,3}}H{DUTY})(?=[,.])"
)
"""Jo Doe, the EU envoy, ...; Jo Doe, president of France, ..."""
PLURAL = re.compile(
    f"(?:(?P<affiliation>{STATE})g?)?(?P<title>M{{0,3}}P)(?P<name>{NAME})(?:fd?(?P<of>{STATE}))?"
    f"[,&](?P<second>{NAME})(?:fd?(?P<its>{STATE}))?"
)
"""Presidents Jo Doe of France and Al Roe of Spain."""
OF_BODY = re.compile("(?P<name>N[NAp]{0,4}N)fd?(?P<of>[wNAOMg]{0,4}[uOM]|A)")
"""Jo Doe of the farmers' union."""
STATES_OWN = re.compile(f"(?P<of>{STATE})g(?P<name>N[NAp]{{0,4}}N)")
OF_STATE = re.compile(f"(?P<name>N[NAp]{{0,4}}N)fd?(?P<of>{STATE})")
"""Austria's Jo Doe; Jo Doe of Austria."""
DESCRIBED = re.compile("(?P<state>C{1,5})?[wuM]{0,2}c(?P<name>[NAO](?:[NAOMpf&]{0,5}[NAO])?)")
"""Japanese carmaker Doe Motor."""
FULL_NAME = re.compile("N[NAp]{0,4}NJ?")
PERSON = re.compile(
    f"(?:M?(?:{STATE}|{BODY})?g?(?P<title>{WIDE}|M{{0,3}}P)|[CMxg]{{0,6}})(?P<honorific>h?)(?P<name>p{{0,2}}{NAME})"
    f"(?:fd?{STATE})?"
)
"""A whole span that names a person."""
OFFICE = re.compile(
    f"(?P<before>M?)(?P<affiliation>{STATE}|{BODY})?g?(?P<title>[MHRwu]{{0,4}}H|R{{1,2}}|h)(?:[fo].*)?"
)
"""A whole span that names a person by the title alone."""
GROUP = re.compile("(?P<title>M{0,3}P)fd?C.*")
"""foreign ministers of Ghana and Togo."""
OWNED = re.compile("(?P<first>A|[NAOM]{0,4}O)g?[MHPwu]+|.*fd?(?P<last>A)")
"""EU foreign ministers; foreign ministers of the G8."""
BRACKETED = re.compile(r"\(([A-Z]{2}[\w-]{0,18})\)")
"""African Union (AU)."""

REACH = 1000
"""Characters before a pronoun in which the person that it means is looked for."""

UNFOLDED = str.maketrans("łŁøØđĐıæÆœŒßþÞð", "lLoOdDiaAoOstTd")
"""Letters that no accent can be taken from."""

JOINING = frozenset({"of", "the", "and", "for", "de", "des", "du", "la"})
"""Words without a capital inside the names of organisations."""

SCENE = 3000
"""Characters on either side of an office in which its holder is looked for."""

BRACKET = 120
"""Characters before an acronym in brackets in which its full name is looked for."""

SENTENCE = 100
"""Words of a sentence that are gone through at most."""

ACRONYMS = 100
"""Acronyms of a text whose full names are looked for."""

NAMESAKES = 16
"""How many persons with one name are told apart; the bound keeps time linear."""

TOKEN = re.compile(
    r"\n\s*\n|(?:[A-Z]\.)+|(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Col|Lt|Maj|Brig|Sgt|Cmdr|Prof|Adm|Capt|Rev|Jr|Sr)\."
    r"|['’]s\b|['’](?=\s)"
    r"|\w+(?:(?:-|['’](?!s\b))\w+)*|[^\w\s]"
)


@dataclass(eq=False)
class Person:
    """Somebody with a name in the document."""

    name: str
    title: str | None = None
    affiliation: str | None = None
    country: str | None = None
    party: bool = False
    """Whether a span of a meeting's party names them."""
    address: str = ""
    """Form of address: Cardinal."""
    woman: bool | None = None
    """Whether a form of address or a title says that this is a woman (True) or a man (False)."""

    def actor(self) -> Actor:
        """Return a new actor, without mentions."""
        return Actor(self.name, "person", self.title, self.affiliation, self.country, [])


class Cast:
    """The persons and organisations of a document, and the actors that its spans stand for.

    Args:
        text: the document's text.
        spans: the spans of all parties in the document, in text order.
    """

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        spans = list(spans)
        self._text = text
        self._tokens = [(match.start(), match.end()) for match in TOKEN.finditer(text)]
        self._starts = [start for start, _ in self._tokens]
        self._codes: dict[int, str] = {}  # word number -> country
        self._letters = self._classify()
        self._persons: dict[str, list[Person]] = defaultdict(list)  # by each word of the name
        self._full_names: dict[str, str] = {}  # by the last word
        self._bodies = self._read_bodies()  # by acronym or first word
        self._nouns: dict[str, tuple[str, str | None]] = {}
        self._employers: set[str] = set()  # organisations that somebody holds an office in
        # A capital at the start of a sentence may be that of any word ("Later Wu left"): such runs come last.
        for match in sorted(FULL_NAME.finditer(self._letters), key=lambda match: self._opens(match.start())):
            self._full_names.setdefault(_fold(self._word(match.end() - 1)), self._words(*match.span()))
        self._full_names_by_first = {name.split()[0]: name for name in self._full_names.values()}
        self._homes: dict[str, str] = {}  # organisation -> country
        for match in DESCRIBED.finditer(self._letters):
            if match["state"]:
                name = self._words(*match.span("name"))
                self._homes[name] = self._codes[match.start("state")]
                self._bodies.setdefault(name.split()[0], name)
                self._bodies.setdefault(name.split()[-1], name)
                self._employers.add(name)
        self._nouns = self._read_nouns(spans)
        self._read_titles()
        for span in spans:
            person = self._person(span)
            if person:
                person.party = True
        self._read_groups(spans)
        self._officials: dict[tuple[str, str], list[Person]] = defaultdict(
            list
        )  # by country and word of title
        for person in self._everybody():
            for word in _office(person.title or "") if person.country else ():
                self._officials[person.country or "", word].append(person)

    def actors(self, spans: Iterable[Span]) -> list[Actor]:
        """Return whom the spans of one role in one meeting stand for, each once, by first mention.

        A group gives way to its members where the document names them, and one that only points back
        ("both sides") to the other actors.
        """
        once = {(span.start, span.end): span for span in spans}
        found: dict[tuple[str, str], Actor] = {}
        pointing: list[Span] = []
        for _, span in sorted(once.items()):
            if _points(span.text):
                pointing.append(span)
                continue
            for actor in self._meant(span):
                found.setdefault((actor.kind, actor.name.casefold()), actor).mentions.append(span)
        if pointing and not found:
            return [Actor(pointing[0].text, "group", None, None, None, pointing)]
        for actor in found.values():
            actor.mentions = sorted([*actor.mentions, *pointing], key=lambda span: span.start)
        return list(found.values())

    def _meant(self, span: Span) -> list[Actor]:
        """Return whom one span stands for, without mentions."""
        code = _country(span.text)
        if code and not countries.is_people(span.text):
            return [Actor(countries.name(code), "country", None, None, code, [])]
        people = self._persons.get(_fold(span.text.rpartition(" ")[2]), [])
        if _shouted(span.text) and people:
            return [people[0].actor()]
        body = self._body(self._described(span) or span.text)
        known = body != span.text or body in self._employers or span.text.lower() in BODIES
        if known and not any(_compatible(one.name, span.text) for one in people[:NAMESAKES]):
            return [Actor(body, "organisation", None, None, self._homes.get(body), [])]
        pronoun = span.text.lower() in PRONOUNS
        person = self._antecedent(span) if pronoun else self._person(span) or self._holder(span)
        members = [person] if person else self._members(span)
        return [member.actor() for member in members] or [self._unnamed(span)]

    def _unnamed(self, span: Span) -> Actor:
        """Return an organisation, a group, or a person without a name."""
        named = self._named_countries(span)
        country = named[0] if len(named) == 1 else None
        affiliation = countries.name(country) if country else None
        office = OFFICE.fullmatch(self._letters, *self._range(span))
        title = self._words(*office.span("title")) if office else None
        kind = "person" if office else _kind(span.text)
        name, known = self._nouns.get(span.text, (span.text, country))
        if kind == "organisation":
            name = self._body(self._described(span) or name)
            return Actor(name, kind, None, None, self._homes.get(name, known), [])
        if known and known != country:
            country, affiliation = known, countries.name(known)
        if affiliation is None and not named:
            affiliation = self._owner(span)
        return Actor(name, kind, title, affiliation, country, [])

    def _described(self, span: Span) -> str | None:
        """Return the name of an organisation behind what is said of it: Japanese carmaker Doe Motor."""
        match = DESCRIBED.fullmatch(self._letters, *self._range(span))
        return self._words(*match.span("name")) if match else None

    def _owner(self, span: Span) -> str | None:
        """Return the one organisation that a group belongs to: EU in "EU foreign ministers"."""
        match = OWNED.fullmatch(self._letters, *self._range(span))
        if match is None:
            return None
        return self._body(self._words(*match.span("first" if match["first"] else "last")))

    def _members(self, span: Span) -> list[Person]:
        """Return the persons meant by "leaders of Serbia and Kosovo" if the document names one for each."""
        words = span.text.lower().split()
        place = next((place for place, word in enumerate(words) if word[:-1] in OFFICES), None)
        named = self._named_countries(span)
        if place is None or len(named) < 2:
            return []
        office = _office(
            " ".join([*(word for word in words[:place] if word in MODIFIERS), words[place][:-1]])
        )
        members = [self._official(code, office) for code in named]
        return [member for member in members if member] if all(members) else []

    def _read_groups(self, spans: Iterable[Span]) -> None:
        """Learn the office of persons of whom only the country is told: "foreign ministers of A and B"."""
        plain: dict[str, list[Person]] = defaultdict(list)
        for person in self._everybody():
            if person.country and not person.title:
                plain[person.country].append(person)
        for span in spans if plain else ():
            match = GROUP.fullmatch(self._letters, *self._range(span))
            for code in self._named_countries(span) if match else ():
                if match and len(plain[code]) == 1 and plain[code][0].title is None:
                    plain[code][0].title = self._words(*match.span("title")).removesuffix("s")

    def _everybody(self) -> list[Person]:
        """Return all persons known, each once."""
        return list(dict.fromkeys(person for named in self._persons.values() for person in named))

    def _official(self, code: str, office: set[str]) -> Person | None:
        """Return who holds an office in a country; those named as a party come first."""
        words = {"leader", *LEADERS} if office == {"leader"} else [min(office)]
        known = (person for word in words for person in self._officials.get((code, word), ())[:NAMESAKES])
        fitting = [one for one in known if office == {"leader"} or office <= _office(one.title or "")]
        return next((person for person in fitting if person.party), fitting[0] if fitting else None)

    def _holder(self, span: Span) -> Person | None:
        """Return whom an office alone means, "the crown prince": who holds it and was named last before.

        If nobody was, it is the first one named behind.
        """
        begin, end = self._range(span)
        match = OFFICE.fullmatch(self._letters, begin, end)
        if match is None:
            return None
        whose = None
        if match["affiliation"]:
            body = self._text_of(match, "affiliation")
            code = countries.find(body)
            whose = countries.name(code) if code else self._body(body)
        office = _office(f"{self._text_of(match, 'before')} {self._text_of(match, 'title')}")
        first = bisect_left(self._starts, span.start - SCENE)
        last = bisect_left(self._starts, span.end + SCENE)
        for person in self._named(chain(range(begin - 1, first - 1, -1), range(end, last))):
            title = _office(person.title or "")
            heads = whose is not None and office <= HEADS and title & HEADS
            if whose in (None, person.affiliation) and (office <= title | {person.address} or heads):
                return person
        return None

    def _named_countries(self, span: Span) -> list[str]:
        """Return the codes of the countries that a span names, each once."""
        codes = (self._codes.get(number) for number in range(*self._range(span)))
        return list(dict.fromkeys(code for code in codes if code))

    def _person(self, span: Span) -> Person | None:
        """Return the person that a span names, or None if it does not name one."""
        begin, end = self._range(span)
        match = PERSON.fullmatch(self._letters, begin, end)
        if match is None:
            return None
        bare = match.start("name") == begin
        if bare and end - begin == 1 and begin and self._letters[begin - 1] == "d":  # "the Taliban"
            return None
        address = self._text_of(match, "honorific") or self._text_of(match, "title")
        person = self._know(self._words(*match.span("name")), self._text_of(match, "title"), _woman(address))
        person.address = self._text_of(match, "honorific").lower() or person.address
        return person

    def _antecedent(self, span: Span) -> Person | None:
        """Return whom "he" or "she" means, or None if it is not clear.

        It is the one person named before in the paragraph, or, for the first word of a sentence, the first
        one of the sentence before; not one whose form of address says otherwise, nor one named in the same
        sentence.
        """
        near = max(0, span.start - REACH)
        paragraph = max(near, self._text.rfind("\n\n", near, span.start))
        begin, number = bisect_left(self._starts, paragraph), self._range(span)[0]
        woman = span.text.lower() in FEMALE
        end = self._letters.find(".", number, number + SENTENCE)
        here = set(
            self._named(range(number, end if end >= 0 else min(number + SENTENCE, len(self._letters))))
        )
        named = dict.fromkeys(self._named(range(begin, number)))
        said = [one for one in named if one.woman in (None, woman) and one not in here]
        if len(said) < 2 or not self._opens(number):
            return said[0] if len(said) == 1 else None
        stop = begin + len(self._letters[begin:number].rstrip("."))
        start = max(self._letters.rfind(".", begin, stop) + 1, begin)
        return next((one for one in self._named(range(start, stop)) if one in said), None)

    def _named(self, numbers: Iterable[int]) -> Iterator[Person]:
        """Yield the persons named at some words, in their order; words that several have mean nobody."""
        for number in numbers:
            if self._letters[number] == "N":
                whose = self._persons.get(_fold(self._word(number)), ())
                if len(whose) == 1:
                    yield whose[0]

    def _know(self, name: str, title: str = "", woman: bool | None = None) -> Person:
        """Return the person of a name, known or new, under the fullest name.

        Of several with one name it is the one whose title has most words of the title, and who may be the
        man or woman that the form of address tells of.
        """
        words = name.split()
        if len(words) == 1 and _fold(name) not in self._persons:
            name = self._full_names.get(_fold(name), name)
        wanted = _office(title)
        known = [
            person
            for person in self._persons.get(_fold(words[-1]), [])[:NAMESAKES]
            if _compatible(person.name, name) and (woman is None or person.woman in (None, woman))
        ]
        if known:
            person = max(known, key=lambda one: len(wanted & _office(one.title or "")))
            if len(name.split()) > len(person.name.split()) or (
                len(name) > len(person.name) and len(words) > 1
            ):
                person.name = name
        else:
            person = Person(name)
        self._file(person)
        if woman is not None:
            person.woman = woman
        return person

    def _file(self, person: Person) -> None:
        """Make a person known by each word of the name: "Hu" may stand for "Hu Jintao"."""
        for word in map(_fold, person.name.split()):
            if person not in self._persons[word][-NAMESAKES:]:
                self._persons[word].append(person)

    def _read_bodies(self) -> dict[str, str]:
        """Return the full names of the organisations that the text also names by an acronym or a part.

        These are acronyms in brackets, those that are the initials of words with a capital that follow each
        other, and the first word of a name that ends in a word such as Party ("Labour").
        """
        bodies: dict[str, str] = {}
        for match in re.finditer("[NAOM][NAOMpf&]{0,6}O", self._letters):
            words = self._words(*match.span())
            if match[0][0] != "A":
                bodies.setdefault(words.split()[0], words)
        initials, numbers = self._initials()
        acronyms = dict.fromkeys(self._word(match.start()) for match in re.finditer("A", self._letters))
        for acronym in islice(acronyms, ACRONYMS):
            place = initials.find(acronym)
            run = range(numbers[place], numbers[place + len(acronym) - 1] + 1) if place >= 0 else range(0)
            if any(self._letters[number] == "O" for number in run):
                bodies[acronym] = self._words(run.start, run.stop)
        for match in BRACKETED.finditer(self._text):
            before = self._text[max(0, match.start() - BRACKET) : match.start()]
            full = _abbreviated(re.split(r"[.!?,;:()]\s", before)[-1].split()[-8:], match[1])
            if full:
                bodies[match[1]] = full
        return bodies

    def _initials(self) -> tuple[str, list[int]]:
        """Return the first letters of all words with a capital, and the words' numbers.

        Where other words than "of the" stand between two of them there is a space, whose number is -1.
        """
        initials, numbers = [], []
        for number, letter in enumerate(self._letters):
            if letter in "NOMCHP" and (word := self._word(number))[0].isupper():
                for part in word.split("-"):
                    initials.append(part[:1])
                    numbers.append(number)
            elif letter not in "ofd&p" or (letter == "o" and self._word(number) != "for"):
                initials.append(" ")
                numbers.append(-1)
        return "".join(initials), numbers

    def _read_nouns(self, spans: Iterable[Span]) -> dict[str, tuple[str, str | None]]:
        """Return name and country of what a noun alone points back to: "the government", "the chamber".

        These are the only organisation, group or holder of an office of its kind.
        """
        found: dict[str, set[tuple[str, str | None]]] = defaultdict(set)
        for match in re.finditer("[NAOMCg]{0,5}O(?:fd?[NAOMC]{1,5})?", self._letters):
            for number in range(*match.span()):
                if self._letters[number] == "O" and match.end() - match.start() > 1:
                    found[self._word(number).lower()].add((self._words(*match.span()), None))
        for span in spans:
            noun = span.text.lower().rpartition(" ")[2]
            if " " in span.text and (noun in ORGANISATIONS or noun.removesuffix("s") in GROUPS):
                named = self._named_countries(span)
                found[noun].add((self._body(span.text), named[0] if len(named) == 1 else None))
        return {noun: named.pop() for noun, named in found.items() if len(named) == 1}

    def _body(self, name: str) -> str:
        """Return the full name of an organisation."""
        full = self._bodies.get(name) or self._bodies.get(name.removesuffix("s"))
        return full or (self._nouns.get(name.lower(), (name, None))[0] if " " not in name else name)

    def _read_titles(self) -> None:
        """Learn the titles and affiliations of the persons in the text; the first ones count."""
        patterns = (BEFORE_NAME, APPOSITIVE_FIRST, NAME_FIRST, PLURAL, OF_BODY, OF_STATE, STATES_OWN)
        matches = [match for pattern in patterns for match in pattern.finditer(self._letters)]
        last = None
        for match in sorted(
            matches, key=lambda match: (match.start("name"), match.re in (OF_BODY, OF_STATE))
        ):
            groups = match.groupdict()
            title = self._title(match, "title" if groups.get("title") else "office")
            person = self._know(self._words(*match.span("name")), title or "", _woman(title or ""))
            source = next((name for name in ("of", "affiliation", "body") if groups.get(name)), None)
            if source is None and groups.get("its") == "x":
                self._join(person, self._owner_before(match.start()))
            self._join(person, self._words(*match.span(source)) if source else None)
            if title and match.re is NAME_FIRST and source == "of" and groups["affiliation"]:
                title = f"{self._text_of(match, 'affiliation')} {title}"  # Africa director of Doe Motor
            if title and "counterpart" in title:
                title = last.title if last and last is not person else None
            if title and (person.title is None or _rank(person.title) > _rank(title)):
                person.title = title
            if match.re is PLURAL:
                second = self._know(self._words(*match.span("second")))
                second.title = second.title or title
                source = "its" if match["its"] else "affiliation"
                self._join(second, self._words(*match.span(source)) if match[source] else None)
            last = person if person.title else last

    def _owner_before(self, number: int) -> str | None:
        """Return the country named last before a word, in its sentence."""
        begin = max(self._letters.rfind(".", max(number - SENTENCE, 0), number) + 1, number - SENTENCE)
        code = next(
            (self._codes[one] for one in range(number - 1, begin - 1, -1) if one in self._codes), None
        )
        return countries.name(code) if code else None

    def _join(self, person: Person, affiliation: str | None) -> None:
        """Note what a person belongs to, a country or an organisation."""
        if affiliation is None or person.affiliation is not None:
            return
        person.country = countries.find(affiliation)
        if person.country:
            person.affiliation = countries.name(person.country)
        else:
            person.affiliation = self._body(affiliation)
            if " " not in person.affiliation:  # "Kestrel chief executive", of Kestrel Airways
                person.affiliation = self._bodies.setdefault(
                    affiliation, self._full_names_by_first.get(affiliation, affiliation)
                )
            self._employers.add(person.affiliation)

    def _title(self, match: re.Match[str], group: str) -> str | None:
        """Return the words of a title, without the affiliation behind it: "president" (of France)."""
        groups = match.groupdict()
        if not groups.get(group):
            return None
        begin, end = match.span(group)
        if groups.get("of") and begin <= match.start("of") < end:
            end = self._letters.rindex("f", begin, match.start("of"))
        letters = self._letters[begin:end]
        head = max(letters.rfind("H"), letters.rfind("P"))
        if head >= 0 and letters.endswith("R") and self._word(begin + head).lower() not in GENERAL:
            end = begin + len(letters.rstrip("R"))  # office before rank
        if head > 0 and self._word(begin + head)[0].isupper():  # "said President" is none
            inner = range(begin, begin + head)
            while any(
                self._letters[number] in "wuMN" and self._word(number)[0].islower() for number in inner
            ):
                begin, head = begin + 1, head - 1
                inner = range(begin, begin + head)
        words = self._words(begin, end).split()
        if letters.endswith("P"):
            words[-1] = words[-1].removesuffix("s")
        before = self._text_of(match, "before") if "before" in groups else ""
        return " ".join([*before.split(), *words])

    def _text_of(self, match: re.Match[str], group: str) -> str:
        """Return the words of a group of a match, "" if it has none."""
        return self._words(*match.span(group)) if match[group] else ""

    def _classify(self) -> str:
        """Return one letter for each word and remember the countries."""
        words = [self._text[start:end] for start, end in self._tokens]
        letters = [_letter(word) for word in words]
        surnames: set[str] = set()
        for number, word in enumerate(words):
            if not word[0].isupper() or letters[number] == "C":
                continue
            before = letters[number - 1] if number else "."
            behind = letters[number + 1] if number + 1 < len(letters) else "."
            lower = word.lower()
            if lower in SHORT and before != "." and behind == "N":  # President To Lam
                letters[number] = "N"
            elif lower in LEGAL and before in "NAO":
                letters[number] = "O"
            elif lower in GIVEN and behind == "N":  # Jordan Doe
                letters[number] = "N"
            elif lower in SURNAMES and (word in surnames or before == "N") and behind not in "NHRMf":
                letters[number] = "N"  # John Major
                surnames.add(word)
            elif letters[number] in "NAOMx":
                self._find_country(words, letters, number)
        return "".join(letters)

    def _find_country(self, words: list[str], letters: list[str], number: int) -> None:
        """Mark the country whose name begins with a word, if there is one."""
        for length in range(countries.LONGEST, 0, -1):
            run = words[number : number + length]
            code = _country(" ".join(run))
            if code:
                letters[number : number + length] = "C" * len(run)
                self._codes[number] = code
                return

    def _opens(self, number: int) -> bool:
        """Say whether a word may be the first of its sentence."""
        return number == 0 or self._letters[number - 1] == "."

    def _range(self, span: Span) -> tuple[int, int]:
        """Return the numbers of a span's first word and of the word behind it."""
        return bisect_left(self._starts, span.start), bisect_left(self._starts, span.end)

    def _word(self, number: int) -> str:
        return self._words(number, number + 1)

    def _words(self, begin: int, end: int) -> str:
        """Return the text of some words, with plain spaces."""
        return " ".join(self._text[self._tokens[begin][0] : self._tokens[end - 1][1]].split())


def _letter(word: str) -> str:
    """Return the letter that stands for a word, countries aside."""
    lower, capital = word.lower(), word[0].isupper()
    if word == "Said":  # Said bin Hilal
        return "N"
    if lower.startswith(("co-", "vice-", "ex-")):
        lower = lower.partition("-")[2]
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


def _country(text: str) -> str | None:
    """Return the code of the country that a text names, also one in the capitals of a headline."""
    return countries.find(text) or (countries.find(text.title()) if _shouted(text) else None)


def _fold(word: str) -> str:
    """Return a word of a name without accents, capitals and Arabic article."""
    if not word.isascii():
        plain = unicodedata.normalize("NFKD", word.translate(UNFOLDED).replace("’", "'"))
        word = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub("^(?:al|el)-", "", word.lower())


def _shouted(text: str) -> bool:
    """Say whether a text is all in capitals, as in a headline; acronyms are shorter."""
    return len(text) > 3 and text.isupper()


def _office(title: str) -> set[str]:
    """Return the words of a title in lower case, of ranks their abbreviations."""
    words = re.split("[ -]", title.lower())
    general = GENERAL.isdisjoint(words)  # a secretary general has no rank
    return {RANK_NAMES.get(word, word) if general or word != "general" else word for word in words if word}


def _woman(address: str) -> bool | None:
    """Say whether a form of address or title is a woman's (True) or a man's (False)."""
    words = {*address.lower().split()}
    return True if words & FEMALE else False if words & MALE else None


def _rank(title: str) -> bool:
    """Say whether a title is a military rank, which gives way to an office."""
    return RANKS.issuperset(title.lower().split())


def _abbreviated(words: Sequence[str], acronym: str) -> str | None:
    """Return the last of the words that an acronym stands for.

    They have its letters as their initials; or else, since it may be of another language, they are all words
    with a capital, and such as "of", that stand together before it.
    """
    capitals = [index for index, word in enumerate(words) if word[0].isupper()]
    for index in capitals:
        if "".join(words[one][0] for one in capitals if one >= index) == acronym:
            return " ".join(words[index:])
    names = {*capitals, *(index for index, word in enumerate(words) if word in JOINING)}
    run = next((index + 1 for index in reversed(range(len(words))) if index not in names), 0)
    first = next((one for one in capitals if one >= run and words[one].lower() not in JOINING), None)
    if first is None and capitals and words[-1].lower() in ORGANISATIONS:
        first = capitals[-1]  # UN refugee agency (UNHCR)
    return None if first is None else " ".join(words[first:])


def _points(text: str) -> bool:
    """Say whether a span only points back: "both sides", "they"; "US" does not."""
    words = text.lower().split()
    return bool(words) and ANAPHORS.issuperset(words) and not countries.find(text)


def _compatible(one: str, other: str) -> bool:
    """Say whether two names can be one person's.

    One has a single word, or is the end of the other, or their last words are the same and their first ones
    agree, of which one may be an initial.
    """
    first, second = ([_fold(word).rstrip(".") for word in name.split()] for name in (one, other))
    if len(first) == 1 or len(second) == 1:
        return True
    shorter = min(len(first), len(second))
    if first[-shorter:] == second[-shorter:]:
        return True
    return first[-1] == second[-1] and (first[0].startswith(second[0]) or second[0].startswith(first[0]))


GROUPS = frozenset({"delegation", "team", "negotiators", "rebels", *OFFICES})
"""Nouns of groups and single persons without a name, which a later "the delegation" points back to."""


def _kind(text: str) -> Kind:
    """Return what a span stands for that is neither a country nor a person with a name."""
    words = re.split(r" (?:of|from|for|in) ", text)[0].split() or text.split()
    head = words[-1].lower() if words else ""
    if text.lower() in PRONOUNS:
        return "person"
    if countries.is_people(text):
        return "group"
    if head in ("delegation", "team"):
        return "group"
    if head in ORGANISATIONS or (text[:1].isupper() and not head.endswith("s")):
        return "organisation"
    return "organisation" if text.isupper() else "group"

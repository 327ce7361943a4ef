"""Actors: who the parties of a meeting are, under the fullest name that the document has for them.

A ``Cast`` goes through the document's text once and knows its persons by their titles ("EU envoy Jo
Doe", "the EU's envoy, Jo Doe", "Jo Doe, the EU envoy"); spans are then looked up in it. Titles are
known by their head noun, persons by the shape of their name. For the patterns each word of the text is
written as one letter that says what it can be, and regular expressions run over these letters: their
offsets are word numbers.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from eventx import countries
from eventx.document import Actor, Kind, Span


def _table(words: str) -> frozenset[str]:
    """Return the words of a table."""
    return frozenset(words.split())


TITLES = _table(
    "president premier minister chancellor chief representative secretary secretary-general envoy "
    "ambassador commissioner chairman chairwoman chair chairperson leader king queen prince princess emir "
    "sultan sheikh governor mayor director director-general general colonel admiral commander senator "
    "congressman congresswoman lawmaker mp councillor speaker spokesman spokeswoman spokesperson "
    "negotiator mediator coordinator official head judge justice pope archbishop bishop cardinal "
    "ayatollah imam professor executive ceo founder owner manager officer treasurer counterpart "
    "vice-president adviser advisor diplomat delegate taoiseach czar moderator conciliator facilitator "
    "undersecretary attorney captain major lieutenant coach boss rector dean principal gen. sen. rep. "
    "gov. col. lt. prof. adm. capt. rev."
)
"""Head nouns of titles."""

MODIFIERS = _table(
    "prime foreign defence defense interior exterior home finance economy economic trade energy justice "
    "health education transport transportation agriculture environment labour labor culture sports "
    "industry commerce treasury state security national special deputy vice assistant acting interim "
    "former chief top senior joint first permanent executive managing general under policy affairs "
    "political opposition rebel regional federal parliamentary military army naval police diplomatic "
    "humanitarian personal presidential external internal public works party union council board "
    "committee outgoing incoming new veteran high supreme crown honorary associate lead principal main "
    "caretaker climate water planning development press media"
)
"""Words between an affiliation and a title's head noun, and what may follow "of" in a title (of State)."""

HONORIFICS = _table("mr mrs ms miss dr sir dame lord lady baroness mr. mrs. ms. dr.")
PARTICLES = _table("van von de del della der den di da dos du la le el al bin bint ibn ben abu ter ten zu")

ORGANISATIONS = _table(
    "union council committee commission ministry government parliament party bank group company "
    "corporation corp inc ltd plc agency association organisation organization federation league fund "
    "court congress senate university institute bureau board cabinet bloc alliance authority department "
    "office administration assembly house club trust front movement army force forces coalition "
    "confederation chamber society foundation secretariat delegation embassy kingdom emirate network "
    "centre center school team bundestag knesset duma nations mission politburo presidency executive "
    "municipality"
)
"""Head nouns of organisations."""

LEADERS = _table("president prime premier chancellor king queen emir sultan taoiseach prince")
"""Words in the titles of those who are meant by the "leaders" of a country."""

ANAPHORS = _table(
    "both all two three four the sides side parties leaders delegations men women ministers they them "
    "their who we us our these those others everyone participants presidents neighbours countries nations"
)
"""Words of groups that only point back: "both sides", "the two leaders"."""

PRONOUNS = frozenset({"he", "she", "him", "her", "his"})
"""Words for one person."""

FUNCTION_WORDS = _table(
    "this that these those his her its their my our and but or at by from with as when while after before "
    "then visiting since if both each it he she they we i told met said also not no yes so there here "
    "monday tuesday wednesday thursday friday saturday sunday"
)

CLASSES = {
    **dict.fromkeys(FUNCTION_WORDS, "x"),
    **dict.fromkeys(PARTICLES, "p"),
    **dict.fromkeys(MODIFIERS, "M"),
    **dict.fromkeys(TITLES, "H"),
    **dict.fromkeys(HONORIFICS, "h"),
    **dict.fromkeys(("the", "a", "an"), "d"),
    **dict.fromkeys(("for", "to", "on", "in"), "o"),
    "of": "f",
    **dict.fromkeys(("'s", "’s"), "g"),
    ",": ",",
}
"""Words whose letter is the same wherever they stand. The others: C country, A acronym, O organisation's
head noun with a capital, N other word with a capital, w other word, "." mark or paragraph's end."""

NAME = "N(?:[NAp]{0,4}N)?"
AFFILIATION = "(?:C{1,3}|[NAO]{1,4})"
TITLE = "[MH]{0,4}H(?:[fo]M{1,3})?"
BEFORE_NAME = re.compile(
    f"(?P<affiliation>{AFFILIATION})?g?(?P<title>{TITLE})h?(?P<name>{NAME})(?:f(?P<of>C{{1,3}}))?"
)
"""Serbian President Jo Doe; EU diplomatic chief Jo Doe; President Jo Doe of France."""
APPOSITIVE_FIRST = re.compile(
    f"(?:d|(?P<affiliation>{AFFILIATION})g?)(?P<title>[MHw]{{0,4}}H(?:fd?(?P<of>{AFFILIATION})|[fo][^.,gx]{{1,6}})?)"
    f",h?(?P<name>{NAME})(?=[,.xwo])"
)
"""the EU's special envoy for the region, Jo Doe, ..."""
NAME_FIRST = re.compile(
    f"(?P<name>{NAME}),d?(?:(?P<affiliation>{AFFILIATION})g?)?"
    f"(?P<title>[MHw]{{0,3}}H(?:fd?(?P<of>{AFFILIATION})|[fo][^.,gx]{{1,6}})?)(?=[,.])"
)
"""Jo Doe, the EU envoy, ...; Jo Doe, president of France, ..."""
FULL_NAME = re.compile("N[NAp]{0,4}N")
PERSON = re.compile(
    f"(?:M?{AFFILIATION}?g?[MHw]{{0,4}}H(?:[fo]M{{1,3}})?|[CMx]{{0,3}})h?(?P<name>{NAME}H?)(?:fd?C{{1,3}})?"
)
"""A whole span that names a person."""
OFFICE = re.compile(f"{AFFILIATION}?g?(?P<title>[MHw]{{0,4}}H)(?:[fo].*)?")
"""A whole span that names a person by the title alone."""

REACH = 1000
"""Characters before a pronoun in which the person that it means is looked for."""

NAMESAKES = 16
"""How many persons with one name are told apart; the bound keeps time linear."""

TOKEN = re.compile(
    r"\n\s*\n|(?:[A-Z]\.)+|(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Col|Lt|Prof|Adm|Capt|Rev)\.|['’]s\b"
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

    def actor(self) -> Actor:
        """Return a new actor, without mentions."""
        return Actor(self.name, "person", self.title, self.affiliation, self.country, [])


class Cast:
    """The persons of a document, and the actors that its spans stand for.

    Args:
        text: the document's text.
        spans: the spans of all parties in the document, in text order.
    """

    def __init__(self, text: str, spans: Iterable[Span]) -> None:
        self._text = text
        self._tokens = [(match.start(), match.end()) for match in TOKEN.finditer(text)]
        self._starts = [start for start, _ in self._tokens]
        self._codes: dict[int, str] = {}  # word number -> country
        self._letters = self._classify()
        self._persons: dict[str, list[Person]] = defaultdict(list)  # by each word of the name
        self._full_names: dict[str, str] = {}  # by the last word
        # A capital at the start of a sentence may be that of any word ("Later Wu left"): such runs come last.
        for match in sorted(FULL_NAME.finditer(self._letters), key=lambda match: self._opens(match.start())):
            self._full_names.setdefault(self._word(match.end() - 1), self._words(*match.span()))
        self._read_titles()
        for span in spans:
            person = self._person(span)
            if person:
                person.party = True
        self._officials: dict[str, list[Person]] = defaultdict(list)  # by country
        for person in dict.fromkeys(person for named in self._persons.values() for person in named):
            if person.country and person.title:
                self._officials[person.country].append(person)

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
        code = countries.find(span.text)
        if code:
            return [Actor(countries.name(code), "country", None, None, code, [])]
        pronoun = span.text.lower() in PRONOUNS
        person = self._antecedent(span) if pronoun else self._person(span)
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
        return Actor(span.text, kind, title, affiliation, country, [])

    def _members(self, span: Span) -> list[Person]:
        """Return the persons meant by "leaders of Serbia and Kosovo" if the document names one for each."""
        words = span.text.lower().split()
        place = next((place for place, word in enumerate(words) if word[:-1] in TITLES), None)
        named = self._named_countries(span)
        if place is None or len(named) < 2:
            return []
        office = {words[place][:-1], *(word for word in words[:place] if word in MODIFIERS)}
        members = [self._official(code, office) for code in named]
        return [member for member in members if member] if all(members) else []

    def _official(self, code: str, office: set[str]) -> Person | None:
        """Return who holds an office in a country; those named as a party come first."""
        titles = ((person, {*(person.title or "").lower().split()}) for person in self._officials[code])
        leader = office == {"leader"}
        fitting = [person for person, title in titles if office <= title or (leader and title & LEADERS)]
        return next((person for person in fitting if person.party), fitting[0] if fitting else None)

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
        return self._know(self._words(*match.span("name")))

    def _antecedent(self, span: Span) -> Person | None:
        """Return whom "he" or "she" means if just one person is named before it in its paragraph."""
        near = max(0, span.start - REACH)
        paragraph = self._text.rfind("\n\n", near, span.start)
        begin, end = bisect_left(self._starts, max(near, paragraph)), self._range(span)[0]
        named = {
            person for number in range(begin, end) for person in self._persons.get(self._word(number), ())
        }
        return named.pop() if len(named) == 1 else None

    def _know(self, name: str) -> Person:
        """Return the person of a name, known or new, under the fullest name."""
        words = name.split()
        if len(words) == 1 and name not in self._persons:
            name = self._full_names.get(name, name)
        for person in self._persons.get(words[-1], [])[:NAMESAKES]:
            if _compatible(person.name, name):
                if len(name) > len(person.name):
                    person.name = name
                    self._file(person)
                return person
        person = Person(name)
        self._file(person)
        return person

    def _file(self, person: Person) -> None:
        """Make a person known by each word of the name: "Hu" may stand for "Hu Jintao"."""
        for word in person.name.split():
            if person not in self._persons[word][-NAMESAKES:]:
                self._persons[word].append(person)

    def _read_titles(self) -> None:
        """Learn the titles and affiliations of the persons in the text; the first ones count."""
        patterns = (BEFORE_NAME, APPOSITIVE_FIRST, NAME_FIRST)
        matches = [match for pattern in patterns for match in pattern.finditer(self._letters)]
        for match in sorted(matches, key=lambda match: match.start("name")):
            person = self._know(self._words(*match.span("name")))
            source = "affiliation" if match["affiliation"] else "of"
            if person.affiliation is None and match[source]:
                affiliation = self._words(*match.span(source))
                person.country = countries.find(affiliation)
                person.affiliation = countries.name(person.country) if person.country else affiliation
            if person.title is None and "counterpart" not in (title := self._title(match)):
                person.title = title

    def _title(self, match: re.Match[str]) -> str:
        """Return the words of a title, without the affiliation behind it: "president" (of France)."""
        begin, end = match.span("title")
        inside = begin <= match.start("of") < end
        return self._words(begin, self._letters.rindex("f", begin, match.start("of")) if inside else end)

    def _classify(self) -> str:
        """Return one letter for each word and remember the countries."""
        words = [self._text[start:end] for start, end in self._tokens]
        letters = [_letter(word) for word in words]
        for number, word in enumerate(words):
            if letters[number] not in "NAOM" or not word[0].isupper():
                continue
            for length in (2, 1):
                code = countries.find(" ".join(words[number : number + length]))
                if code:
                    letters[number : number + length] = "C" * len(words[number : number + length])
                    self._codes[number] = code
                    break
        return "".join(letters)

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
    lower = word.lower()
    if lower in CLASSES and not (word[0].isupper() and lower in PARTICLES):  # De Gaulle, Du Bolin
        return CLASSES[lower]
    if re.match(r"(?:al|el|bin)-[A-Z]", word):
        return "N"
    if not word[0].isupper() or lower[:-1] in TITLES:
        return "w" if word[0].isalnum() else "."
    if lower in ORGANISATIONS:
        return "O"
    return "A" if len(word) > 1 and word.isupper() and word[-1] != "." else "N"


def _points(text: str) -> bool:
    """Say whether a span only points back: "both sides", "they"; "US" does not."""
    return ANAPHORS.issuperset(text.lower().split()) and not countries.find(text)


def _compatible(one: str, other: str) -> bool:
    """Say whether two names can be one person's: their first words agree, or one has only a last one."""
    first, second = ([word.rstrip(".") for word in name.split()] for name in (one, other))
    if len(first) == 1 or len(second) == 1:
        return True
    return first[-1] == second[-1] and (first[0].startswith(second[0]) or second[0].startswith(first[0]))


def _kind(text: str) -> Kind:
    """Return what a span stands for that is neither a country nor a person with a name."""
    words = re.split(r" (?:of|from|for|in) ", text)[0].split() or text.split()
    head = words[-1].lower()
    if text.lower() in PRONOUNS:
        return "person"
    if head in ORGANISATIONS or (text[0].isupper() and not head.endswith("s")):
        return "organisation"
    return "organisation" if text.isupper() else "group"

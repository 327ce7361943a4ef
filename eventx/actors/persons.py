"""Persons: who is named in a document, and whom a name or a pronoun means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from eventx.actors.letters import shouted
from eventx.actors.names import compatible, fold
from eventx.actors.patterns import OF_BODY, PERSON
from eventx.actors.text import Text
from eventx.actors.titles import FEMALE, GENERAL, MALE, RANK_NAMES
from eventx.document import Actor, Span

NAMESAKES = 16
"""How many persons with one name are told apart; the bound keeps time linear."""

REACH = 1000
"""Characters before a pronoun in which the person that it means is looked for."""


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

    @property
    def office(self) -> set[str]:
        """The words of the title, as `office` returns them."""
        return office(self.title or "")

    def actor(self) -> Actor:
        """Return a new actor, without mentions."""
        return Actor(self.name, "person", self.title, self.affiliation, self.country, [])


class Persons:
    """The persons of a document, known by each word of their names.

    Args:
        text: the document's text.
        names: the full names in it by their last words, folded.
    """

    def __init__(self, text: Text, names: Mapping[str, str]) -> None:
        self._text = text
        self._full_names = names
        self._by_word: dict[str, list[Person]] = defaultdict(list)

    def __iter__(self) -> Iterator[Person]:
        """Return all persons known, each once."""
        return iter(dict.fromkeys(chain.from_iterable(self._by_word.values())))

    def called(self, word: str) -> list[Person]:
        """Return the persons with a word in their names."""
        return self._by_word.get(fold(word), [])

    def know(self, name: str, title: str = "", woman: bool | None = None) -> Person:
        """Return the person of a name, known or new, under the fullest name.

        Of several with one name it is the one whose title has most words of the title, and who may be the
        man or woman that the form of address tells of.
        """
        words = name.split()
        if len(words) == 1 and not self.called(name):
            name = self._full_names.get(fold(name), name)
        wanted = office(title)
        known = [
            person
            for person in self.called(words[-1])[:NAMESAKES]
            if compatible(person.name, name) and (woman is None or person.woman in (None, woman))
        ]
        if known:
            person = max(known, key=lambda one: len(wanted & one.office))
            longer = len(name.split()) - len(person.name.split())
            if (
                longer > 0
                or (len(name) > len(person.name) and len(words) > 1)
                or (longer == 0 and shouted(person.name))
            ):
                person.name = name
        else:
            person = Person(name)
        self._file(person)
        if woman is not None:
            person.woman = woman
        return person

    def read(self, span: Span) -> Person | None:
        """Return the person that a span names, known or new, or None if it does not name one."""
        begin, end = self._text.range(span)
        match = self._text.fullmatch(PERSON, span)
        if match is None:
            return self._of_body(span)
        bare = match.start("name") == begin
        if bare and end - begin == 1 and begin and self._text.letters[begin - 1] == "d":  # "the Taliban"
            return None
        honorific = self._text.group(match, "honorific")
        title = self._text.group(match, "title") or self._text.group(match, "head")
        person = self.know(self._text.group(match, "name"), title, is_woman(honorific or title))
        person.address = honorific.lower() or person.address
        return person

    def _of_body(self, span: Span) -> Person | None:
        """Return the person that "Jo Doe of the farmers' union" names."""
        match = self._text.fullmatch(OF_BODY, span)
        return self.know(self._text.group(match, "name")) if match else None

    def named(self, numbers: Iterable[int]) -> Iterator[Person]:
        """Yield the persons named at some words, in their order; words that several have mean nobody."""
        for number in numbers:
            if self._text.letters[number] == "N":
                whose = self.called(self._text.word(number))
                if len(whose) == 1:
                    yield whose[0]

    def antecedent(self, span: Span) -> Person | None:
        """Return whom "he" or "she" means, or None if it is not clear.

        It is the one person named before in the paragraph, or, for the first word of a sentence, the first
        one of the sentence before; not one whose form of address says otherwise, nor one named in the same
        sentence.
        """
        text = self._text
        near = max(0, span.start - REACH)
        begin = text.number(max(near, text.raw.rfind("\n\n", near, span.start)))
        number = text.number(span.start)
        woman = span.text.lower() in FEMALE
        here = set(self.named(range(number, text.sentence_end(number))))
        named = dict.fromkeys(self.named(range(begin, number)))
        said = [one for one in named if one.woman in (None, woman) and one not in here]
        if len(said) < 2 or not text.opens(number):
            return said[0] if len(said) == 1 else None
        stop = begin + len(text.letters[begin:number].rstrip("."))
        start = max(text.letters.rfind(".", begin, stop) + 1, begin)
        return next((one for one in self.named(range(start, stop)) if one in said), None)

    def _file(self, person: Person) -> None:
        """Make a person known by each word of the name: "Hu" may stand for "Hu Jintao"."""
        for word in map(fold, person.name.split()):
            if person not in self._by_word[word][-NAMESAKES:]:
                self._by_word[word].append(person)


def office(title: str) -> set[str]:
    """Return the words of a title in lower case, of ranks their abbreviations."""
    words = re.split("[ -]", title.lower())
    general = GENERAL.isdisjoint(words)  # a secretary general has no rank
    return {RANK_NAMES.get(word, word) if general or word != "general" else word for word in words if word}


def is_woman(address: str) -> bool | None:
    """Say whether a form of address or title is a woman's (True) or a man's (False)."""
    words = {*address.lower().split()}
    return True if words & FEMALE else False if words & MALE else None

"""Patterns: what a row of letters says.

They run over the letters of a text's words, which stand in `letters`, so that their offsets are word numbers.
"""

from __future__ import annotations

import re

NAME = "N(?:[NAp]{0,4}N)?J?"
STATE = "C{1,5}"
BODY = "(?:[NAOMCPg]{0,5}O(?:fd?[NAOMC]{1,4})?|[NA]{1,3})"
"""A country; an organisation."""
OWNER = f"(?:{STATE}|[NAOMC]{{0,4}}O|A)"
"""Whose an office is, between "of" and the holder's name; of organisations those that end in a head noun or
are an acronym, since the name follows."""
TAIL = "(?:[fo]d?M{1,3})?(?:&M{0,3}H)?R{0,3}"
"""What may follow a title's head noun: of State; and Foreign Minister; Gen."""
WIDE = f"[MHRNOwu]{{0,4}}H{TAIL}|M?R{{1,3}}"
"""A title behind a country or acronym, of which any word can be a part; or a rank."""
NARROW = f"[MHR]{{0,4}}H{TAIL}|M?R{{1,3}}"
DUTY = f"(?:fd?(?P<of>{STATE}|{BODY}|[wuc]{{0,2}}[uc])|[fo][^.,gx]{{1,6}})?"
"""What an office behind a comma is for: of France; for the region."""

BEFORE_NAME = re.compile(
    f"(?:(?P<before>M?)(?P<affiliation>{STATE}|A)g?(?P<title>{WIDE})"
    f"|(?:(?P<body>{BODY})g?)?(?P<office>{NARROW}))h?(?P<name>{NAME})(?:fd?(?P<of>{STATE}))?"
)
"""Serbian President Jo Doe; EU enlargement chief Jo Doe; former French President Jo Doe; President Jo Doe of
France."""
OF_BEFORE_NAME = re.compile(
    f"(?:(?P<affiliation>{STATE}|A)g?)?(?P<title>[MHR]{{0,4}}H)(?:fd?(?P<of>{OWNER})|od?{STATE}(?:&{STATE})?)"
    f"h?(?P<name>{NAME})"
)
"""President of France Jo Doe; envoy for Iraq Jo Doe."""
APPOSITIVE_FIRST = re.compile(
    f"(?:(?P<its>[dx])|d?(?P<affiliation>{STATE}|{BODY}|[uc](?=g))g?)(?P<title>[MHRNwuc]{{0,4}}H{DUTY}),h?[HR]?"
    f"(?P<name>{NAME})(?=[,.xwo&])"
)
"""the EU's special envoy for the region, Jo Doe, ..."""
NAME_FIRST = re.compile(
    f"(?P<name>{NAME}),[dx]?(?P<before>M?)(?:(?P<affiliation>{STATE}|{BODY})g?)?(?P<title>[MHRNwu]{{0,3}}H{DUTY})(?=[,.])"
)
"""Jo Doe, the EU envoy, ...; Jo Doe, president of France, ..."""
PLURAL = re.compile(
    f"(?:(?P<affiliation>{STATE})g?)?(?P<title>M{{0,3}}P)(?P<name>{NAME})(?:fd?(?P<of>{STATE}))?"
    f"[,&](?P<second>{NAME})(?:fd?(?P<its>{STATE}))?"
)
"""Presidents Jo Doe of France and Al Roe of Spain."""
OF_BODY = re.compile("(?P<name>N[NAp]{0,4}N)fd?(?P<of>[wNAOMg]{0,4}[uOM]|A)")
"""Jo Doe of the farmers' union."""
STATES_OWN = re.compile(f"(?P<of>{STATE}|A|O)g(?P<name>N[NAp]{{0,4}}N)")
OF_STATE = re.compile(f"(?P<name>N[NAp]{{0,4}}N)fd?(?P<of>{STATE})")
"""Austria's Jo Doe, NATO's Jo Doe; Jo Doe of Austria."""
DESCRIBED = re.compile("(?P<state>C{1,5})?[wuM]{0,2}c(?P<name>[NAO](?:[NAOMpf&]{0,5}[NAO])?)")
"""Japanese carmaker Doe Motor."""
GIVEN_NAMES = re.compile("(?<![NAOMCpHRhJ])(?P<first>(?P<given>N))&(?P<second>NN)(?![NAO])")
"""Jo and Al Doe."""
RELATIVE = re.compile("(?P<address>h)(?P<name>N)(?!N)")
"""his wife Jo."""
SPOUSES = re.compile(f"(?P<first>(?:{STATE}g?)?(?P<title>{NARROW}|h))&(?P<address>h)(?P<name>{NAME})")
"""President and Mrs. Doe; Mr. and Mrs. Doe."""
FULL_NAME = re.compile("N[NAp]{0,4}NJ?")
PERSON = re.compile(
    f"(?:M?(?:{STATE}|{BODY})?g?"
    f"(?:(?P<title>{WIDE}|M{{0,3}}P)|(?P<head>[MHR]{{0,4}}H)[fo]d?{OWNER}(?:&{STATE})?)|[CMxg]{{0,6}}|[AO]g)(?P<honorific>h?)(?P<name>p{{0,2}}{NAME})"
    f"(?:fd?{STATE})?"
)
"""A whole span that names a person."""
OFFICE = re.compile(
    f"(?P<before>M?)(?P<affiliation>{STATE}|{BODY})?g?(?P<title>[MHRwu]{{0,4}}H|R{{1,2}}|(?P<address>h))"
    f"(?:fd?(?P<of>{STATE}|{BODY})|[fo].*)?"
)
"""A whole span that names a person by the title alone."""
GROUP = re.compile("(?P<title>M{0,3}P)fd?C.*")
"""foreign ministers of Ghana and Togo."""
OWNED = re.compile("(?P<first>A|[NAOM]{0,4}O)g?[MHPwu]+|.*fd?(?P<last>A)")
"""EU foreign ministers; foreign ministers of the G8."""
SHORTENED = re.compile("[NAOM][NAOMpf&]{0,6}O")
"""Labour Party, which the first word alone can stand for."""
HEADED = re.compile("[NAOMCg]{0,5}O(?:fd?[NAOMC]{1,5})?")
"""Court of Appeal, which the head noun alone can stand for."""

"""Tense: whether a date looks forward or back, by what its sentence says beside it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from eventx.document import Status

PASTS = (
    r"had been(?: \w+)?|was|were|had|has|have|did|met|held|took|began|spoke|said|told|came|went|saw|made|"
    r"gave|left|won|lost|ran|rose|fell|sent|brought|got|became|broke|built|bought|caught|chose|drew|flew|"
    r"found|fought|grew|heard|kept|knew|laid|led|meant|paid|read|rang|sold|shot|stood|struck|swept|taught|"
    r"thought|threw|understood|wrote|hit|quit|set|"
    r"(?:did|could|was|were)(?: not|n't)(?: \w+)?|(?:refused|failed|unable) to(?: \w+)?|"
    r"(?!un[a-z]+ed\b|hundred|indeed|exceed|proceed|succeed|sacred|naked|wicked)[a-z]{3,}ed"
)
"""Forms of verbs that tell of the past, as a regular expression."""

PLANS = (
    r"(?:will|would|shall|might|may(?! \d))(?: (?:not|also|then|now|soon|still))?"
    r"(?: be(?: \w+)?| \w+(?:ed|ing)\b| held)?|"
    r"planned|planning|(?<!the )(?<!a )(?<!its )plans?|scheduled|set(?= (?:for|to)\b)|"
    r"due(?= (?:by|for|in|on|to (?:be|begin|end|hold|meet|open|start|visit|take))\b|\W*$)|"
    r"expected|expects?|proposed?|deadline|effective|payable|as soon as|(?:is|are) to|"
    r"meets?(?! (?:the |its |their )?(?:deadline|demand|need|target))|(?:arrive|begin|host|open|start)s?|"
    r"to be(?: \w+)?|"
    r"to (?:attend|begin|chair|confer|convene|discuss|gather|hold|host|join|open|resume|sit|speak|start|take|"
    r"talk|visit)(?: \w+ed\b| held)?"
)
"""What tells of the future: auxiliaries with their verbs, and words of plans."""

VERBS = re.compile(rf"\b(?:(?P<ahead>{PLANS})|(?P<behind>{PASTS}))\b")

LIMIT = re.compile(
    r"(?<!\w)(?:by|un?til(?: the end of)?|(?:delay|mov|postpon|push|reschedul)\w+[^,;:]* to) $"
)
"""What stands before the date up to which something lasts: it lies ahead."""
HAD = re.compile(r"\bhad (?!been\b)[^,;:]* $")
HAD_BEHIND = re.compile(r"[^.;:]{,40}\bhad\b")
"""What tells before or behind such a date that it is one up to which something had lasted."""

GOES_ON = re.compile(
    r"\b(?:(?:is|are|due|set|scheduled|expected) to \w+|will(?: be)? \w+|"
    r"ends|closes|concludes|continues|resumes)"
    r"(?: (?!since\b)[\w'-]+){,3} $"
)
"""What says before the date that a meeting that has begun goes on until then."""

OFF = (
    r"(?:abandoned|adjourned|axed|called off|cancell?ed|deferred|delayed|dropped|moved|postponed|pulled|"
    r"pushed back|put|rescheduled|scrapped|scratched|shelved|suspended)\b"
)
HAS_CALLED_OFF = re.compile(rf"\b(?:has|have)(?: been| also| now| just)* {OFF}")
"""What says that a meeting ahead has been called off."""
WAS_CALLED_OFF = re.compile(rf" (?:was|were|had been) {OFF}")
"""What says right behind the date of a meeting that it would have been over."""
CANCELLED_VERBS = re.compile(
    r"\b(?:(?P<ahead>has|have|will|would not|is|are|wants?)|"
    r"(?P<behind>was|were|had|did|fell|never|failed|broke))\b"
)
"""Verbs of a cancelled event that tell whether it lies ahead."""

NEAR = 80
"""Characters before the date in which what must stand right before it is looked for."""


def looks_ahead(before: str, after: str, status: Status | None) -> bool:
    """Say whether a date lies ahead of the day of publication.

    Args:
        before: The sentence up to the date.
        after: The sentence behind it.
        status: Of the event. Where it does not tell, the last verb before the date does, or else the first
            one behind it; of a cancelled event the first verb behind ("Friday's talks have been called off").
    """
    if status == "scheduled":
        return True
    before, after = before.lower(), after.lower()
    near = before[-NEAR:]
    if status == "hypothetical":
        return HAD.search(near) is None  # "denied that they had met on Friday"
    if status == "occurred":
        return GOES_ON.search(near) is not None
    if status == "cancelled":
        called_off = HAS_CALLED_OFF.search(before) or HAS_CALLED_OFF.search(after)
        verb = CANCELLED_VERBS.search(after) or _last(CANCELLED_VERBS.finditer(before))
        return called_off is not None or _ahead(verb)
    if WAS_CALLED_OFF.match(after):
        return False
    verb = _last(VERBS.finditer(before)) or VERBS.search(after)
    if LIMIT.search(near):
        return _ahead(verb) or not (HAD.search(near) or HAD_BEHIND.match(after))
    return _ahead(verb)


def _last(verbs: Iterable[re.Match[str]]) -> re.Match[str] | None:
    found = deque(verbs, maxlen=1)
    return found[0] if found else None


def _ahead(verb: re.Match[str] | None) -> bool:
    return verb is not None and verb.lastgroup == "ahead"

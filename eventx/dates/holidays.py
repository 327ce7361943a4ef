"""Holidays of a country, as the package ``holidays`` knows them."""

from __future__ import annotations

import os
import warnings
from datetime import date
from functools import lru_cache
from threading import RLock

_ALONE = RLock()
"""`catch_warnings` puts filters of the whole process back: two threads at once could leave the wrong ones.
And no process is forked meanwhile: what a thread was importing just then could never be imported in it."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_ALONE.acquire, after_in_parent=_ALONE.release, after_in_child=_ALONE.release)


@lru_cache(1024)
def holiday(name: str, country: str, year: int) -> date | None:
    """Return the first day of a holiday in a year, or None if the country has none of that name.

    Args:
        name: What its American English name begins or ends with, in lower case.
        country: ISO 3166-1 alpha-2 code; one that the package does not know has no holidays.
        year: Of the calendar.
    """
    with _ALONE, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the days of a lunar calendar are estimates
        import holidays  # not needed before a text names such a day

        make = getattr(holidays, country, None)
        if make is None or not make.start_year <= year <= make.end_year:
            return None
        kinds = make.supported_categories  # Canada's Thanksgiving is none of the public ones
        calendar = make(years=year, categories=kinds, language="en_US", observed=False)
    for day, names in sorted(calendar.items()):
        if any(_is(known, name) for known in names.lower().replace("labour", "labor").split(";")):
            return day
    return None


def _is(known: str, name: str) -> bool:
    """Say whether a calendar's entry is a holiday: neither its eve nor a day that replaces it."""
    known = known.strip().partition(" (")[0].removesuffix(" holiday")
    return (known.startswith(name) and "eve" not in known.split()) or known.endswith(f" {name}")

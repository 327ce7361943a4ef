"""Holidays of a country, as the package ``holidays`` knows them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(1024)
def holiday(name: str, country: str, year: int) -> date | None:
    """Return the first day of a holiday in a year, or None if the country has none of that name.

    Args:
        name: How its American English name begins, in lower case.
        country: ISO 3166-1 alpha-2 code; one that the package does not know has no holidays.
        year: Of the calendar.
    """
    import holidays  # not needed before a text names such a day

    make = getattr(holidays, country, None)
    if make is None:
        return None
    kinds = make.supported_categories  # Canada's Thanksgiving is none of the public ones
    calendar = make(years=year, categories=kinds, language="en_US", observed=False)
    for day, names in sorted(calendar.items()):
        if any(known.strip().lower().startswith(name) for known in names.split(";")):
            return day
    return None

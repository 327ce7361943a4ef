"""Linking: meetings of many documents become one data set of meetings with their sources.

Data flows one way: documents → reports (`reports`) → stories (`stories`) → groups (`groups`, by
`choices`) → one record for each meeting (`gatherings`). Reports wait on disk and come back in order of
publication; groups to which nothing can be added any more are let go. So memory holds what is reported within
some months, however long the stream (and a digest of each id that is read from files, see `forms.entries`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count

from eventx.document import Document
from eventx.linking.choices import Group
from eventx.linking.gatherings import gathering
from eventx.linking.groups import Groups
from eventx.linking.records import Gathering, Party, Source
from eventx.linking.reports import Background, Compared
from eventx.linking.spool import Spool
from eventx.linking.stories import Stories
from eventx.linking.words import Frequencies

Advance = Callable[[int, int], object]
"""Is told how many documents with meetings have been compared, and how many there are."""

__all__ = ["Advance", "Gathering", "Party", "Source", "link"]


def link(documents: Iterable[Document], advance: Advance = lambda done, total: None) -> Iterator[Gathering]:
    """Yield each meeting that documents tell of, once, with its sources.

    The order is that in which the meetings are complete; it and all else depends on the documents, not on
    their order.

    Args:
        documents: with meetings, as the pipeline gives them; they are taken one at a time.
        advance: is called while they are compared, when all of them have been taken.

    Raises:
        MissingExtraError: datasketch or rapidfuzz is not installed.
        OSError: there is no room in the system's temporary folder.
    """
    with Spool() as spool:
        frequencies = Frequencies()
        for document in documents:
            spool.add(document, frequencies)
        for number, group in enumerate(_groups(spool, frequencies, advance), 1):
            yield gathering(number, group)


def _groups(spool: Spool, frequencies: Frequencies, advance: Advance) -> Iterator[Group]:
    groups = Groups()
    done = count(1)
    for day, pages in compared(spool, frequencies):
        yield from groups.closed(day)
        for page in pages:
            groups.add(page, day)
            advance(next(done), spool.count)
    yield from groups.rest()


def compared(spool: Spool, frequencies: Frequencies) -> Iterator[tuple[int, Iterator[list[Compared]]]]:
    """Yield each day, as an ordinal, with the pages published on it: their reports, as they are compared.

    The report that tells most of its meeting comes first: those of the same page are then told from it.
    """
    stories = Stories()
    for day, pages in spool.days():
        yield (
            day,
            (
                sorted(
                    (Compared(report, background, frequencies) for report in page.reports),
                    key=lambda report: -report.richness,
                )
                for number, values, page in pages
                for background in [Background(page, number, stories.number(values, day), frequencies)]
            ),
        )

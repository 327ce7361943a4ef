"""Linking: meetings of many documents become one data set of meetings with their sources.

Data flows one way: documents → reports (`reports`) → stories (`stories`) → pairs (`pairs`) → groups
(`groups`) → one record for each meeting (`gatherings`). Reports wait on disk and come back in order of
publication; groups to which nothing can be added any more are let go. So memory holds what is reported within
some weeks, however long the stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from eventx.document import Document
from eventx.linking.gatherings import Gathering, Source, gathering
from eventx.linking.groups import Groups
from eventx.linking.pairs import Compared, Frequencies
from eventx.linking.spool import Spool
from eventx.linking.stories import Stories

__all__ = ["Gathering", "Source", "link"]


def link(documents: Iterable[Document]) -> Iterator[Gathering]:
    """Yield each meeting that documents tell of, once, with its sources.

    The order is that in which the meetings are complete; it and all else depends on the documents, not on
    their order.

    Args:
        documents: with meetings, as the pipeline gives them; they are taken one at a time.

    Raises:
        MissingExtraError: datasketch or rapidfuzz is not installed.
    """
    frequencies = Frequencies()
    with Spool() as spool:
        for document in documents:
            spool.add(document, frequencies)
        stories, groups, number = Stories(), Groups(), 0
        for day, found in spool.days():
            for values, reports in found:
                story = stories.number(values, day)
                for report in reports:
                    report.story = story
                    groups.add(Compared(report, frequencies), day)
            for group in groups.closed(day):
                number += 1
                yield gathering(number, group)
        for group in groups.rest():
            number += 1
            yield gathering(number, group)

"""Web pages: the main text, without menus, advertisements and comments, by trafilatura."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import BinaryIO

from eventx.readers.records import Columns, Entry

# What is wrong with a page is said once, by the failure; who sets up logging sees the library's words, too.
for _library in ("trafilatura", "htmldate"):
    logging.getLogger(_library).addHandler(logging.NullHandler())


ENDINGS = (".html", ".htm")
"""Of the files that are pages."""


def page(stream: BinaryIO, columns: Columns) -> Iterator[Entry]:
    """Yield the one document of a page: its paragraphs with blank lines between, and when it was published.

    A headline is part of the text where it stands in the article. The date is what the page states in its
    head or marks as its date; it is not guessed from what else stands there.
    """
    from trafilatura import bare_extraction
    from trafilatura.settings import set_date_params

    try:
        found = bare_extraction(
            stream.read(),
            include_comments=False,
            with_metadata=True,
            date_extraction_params=set_date_params(extensive=False),
        )
    except Exception as error:  # what is no page makes these libraries raise nearly anything
        yield 1, ValueError(f"cannot be read as a page: {error}")
        return
    paragraphs = [line for line in (found.text or "").splitlines() if line.strip()] if found else []
    if not paragraphs:
        yield 1, ValueError("no text was found in the page")
        return
    yield 1, {columns.text: "\n\n".join(paragraphs), columns.date: found.date}

"""Annotations that mark other people's texts by places alone, so that no text of theirs has to be passed on.

Each line of such a file names a ``file`` of texts, the ``id`` of one, ``start`` and ``end`` of a passage in
it, the first digits of the passage's SHA-256, and ``events`` as in a record, whose spans count from the
passage's start and have no ``text``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eventx.readers import Failure, find, read
from eventx.training.config import InputError

DIGITS = 16
"""Of the SHA-256 of a passage."""


def complete(places: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of places, with their texts.

    Args:
        places: the file.
        folder: the files with the texts are named from here.

    Raises:
        InputError: a text is not there, or has other words than when it was annotated.
        OSError: a file cannot be read.
    """
    entries = [json.loads(line) for line in places.read_text("utf-8").splitlines()]
    names = {entry["file"] for entry in entries}
    texts = {
        (name, item["id"]): item
        for name in names
        for item in read(find([str(folder / name)]))
        if not isinstance(item, Failure)
    }
    for entry in entries:
        item = texts.get((entry["file"], entry["id"]))
        if item is None:
            raise InputError(f"{folder / entry['file']} has no text {entry['id']} that can be read")
        text = item["text"][entry["start"] : entry["end"]]
        if digest(text) != entry["sha256"]:
            raise InputError(f"{folder / entry['file']}: text {entry['id']} is not as it was annotated")
        record = {"id": f"{entry['id']}:{entry['start']}", "date": item["date"], "text": text}
        yield record | {"events": _worded(entry["events"], text)}


def digest(text: str) -> str:
    """Return the first digits of a text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _worded(value: Any, text: str) -> Any:
    """Return what JSON holds of events, with the text of each span."""
    if isinstance(value, list):
        return [_worded(one, text) for one in value]
    if not isinstance(value, dict):
        return value
    words = {"text": text[value["start"] : value["end"]]} if "start" in value else {}
    return {name: _worded(one, text) for name, one in value.items()} | words

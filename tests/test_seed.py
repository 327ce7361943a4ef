"""The article that it all began with comes out as its gold annotation, field by field."""

from __future__ import annotations

import json

import msgspec
import pytest

from eventx.cli import main
from eventx.document import ROLES, Document, Meeting


@pytest.fixture(scope="module")
def found(seed_file, tmp_path_factory):
    out = tmp_path_factory.mktemp("seed") / "out.jsonl"
    assert main(["extract", str(seed_file), "-o", str(out)]) == 0
    (line,) = out.read_text("utf-8").splitlines()
    return Document.from_dict(json.loads(line))


def told(value):
    """Return the value without scores, which gold has not."""
    if isinstance(value, dict):
        return {name: told(one) for name, one in value.items() if name != "score"}
    return [told(one) for one in value] if isinstance(value, list) else value


def test_the_header_is_the_date_and_no_part_of_the_text(found, gold):
    assert (found.id, found.date, found.text) == (gold.id, gold.date, gold.text)


@pytest.mark.parametrize("field", ["trigger", *ROLES, "status", "format", "cluster"])
def test_events(found, gold, field):
    def events(document):
        return told(msgspec.to_builtins([getattr(event, field) for event in document.events]))

    assert len(gold.events) == 11
    assert events(found) == events(gold)


@pytest.mark.parametrize("field", [name for name in Meeting.__struct_fields__ if name != "score"])
def test_meetings(found, gold, field):
    def meetings(document):
        return told(msgspec.to_builtins([getattr(meeting, field) for meeting in document.meetings]))

    assert len(gold.meetings) == 4
    assert meetings(found) == meetings(gold)

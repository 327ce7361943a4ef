"""The article that it all began with: what the bundled model makes of it, against its gold annotation."""

from __future__ import annotations

import json

import pytest

from eventx.cli import main
from eventx.document import Document


@pytest.fixture(scope="module")
def found(seed_file, tmp_path_factory):
    out = tmp_path_factory.mktemp("seed") / "out.jsonl"
    assert main(["extract", str(seed_file), "-o", str(out)]) == 0
    (line,) = out.read_text("utf-8").splitlines()
    return Document.from_dict(json.loads(line))


def test_the_header_is_the_date_and_no_part_of_the_text(found, gold):
    assert (found.id, found.date, found.text) == (gold.id, gold.date, gold.text)


def test_all_eleven_triggers_and_none_besides(found, gold):
    def triggers(document):
        return [(event.trigger.start, event.trigger.text) for event in document.events]

    assert triggers(found) == triggers(gold)
    assert len(found.events) == 11


@pytest.mark.parametrize("role", ["participants", "chairs", "hosts", "places"])
def test_roles(found, gold, role):
    def spans(document):
        return [[(span.start, span.text) for span in getattr(event, role)] for event in document.events]

    assert spans(found) == spans(gold)


def test_dates(found, gold):
    def dates(document):
        return [[(span.start, span.text, span.value) for span in event.dates] for event in document.events]

    assert dates(found) == dates(gold)


def test_status_and_format(found, gold):
    assert [event.status for event in found.events] == [event.status for event in gold.events]
    assert [event.format for event in found.events] == [event.format for event in gold.events]


def test_the_same_four_meetings(found, gold):
    assert [event.cluster for event in found.events] == [event.cluster for event in gold.events]
    assert len(found.meetings) == 4


def test_meetings_field_by_field(found, gold):
    def plain(document):
        record = document.to_dict()["meetings"]
        for meeting in record:
            meeting.pop("score", None)
            for role in ("participants", "chairs", "hosts", "places"):
                for actor in meeting[role]:
                    actor["mentions"] = [(mention["start"], mention["text"]) for mention in actor["mentions"]]
        return record

    assert plain(found) == plain(gold)

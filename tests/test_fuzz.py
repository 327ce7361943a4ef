"""Any text: generated ones of every kind, of which `benchmarks/fuzz.py` reads more, and long monsters."""

from __future__ import annotations

import json
from pathlib import Path

import fuzz
import jsonschema_rs
import pytest

import eventx
from eventx.document import Document, json_schema

ROOT = Path(__file__).parents[1]
MEETING = "The trade ministers of Peru and Chile met in Lima on Tuesday."


def test_generated_texts_with_a_model_that_finds_mentions_everywhere(tmp_path):
    checker = fuzz.Checker(eventx.load(fuzz.wild(tmp_path)))
    fuzz.run(checker, 0, 1_600)
    assert checker.texts >= 1_600
    assert checker.mentions > checker.texts


def test_generated_texts_with_the_bundled_model(nlp):
    checker = fuzz.Checker(nlp)
    fuzz.run(checker, 1, 500)
    assert checker.texts >= 500
    assert checker.mentions > 100


@pytest.mark.parametrize(
    "filler",
    [
        "x" * 10_000_000,
        " " * 10_000_000,
        "x\u0301" * 1_000_000,
        "a. " * 100_000,
        "rain fell on the hills " * 435_000,
        "\n\n" * 100_000,
        "\u202e" * 1_000,
        "|\t|\n" * 1_000,
    ],
    ids=[
        "a word of 10 MB",
        "10 MB of space",
        "marks",
        "one-letter sentences",
        "words of 10 MB in one line",
        "blank lines",
        "bidi",
        "table",
    ],
)
def test_a_meeting_is_found_behind_a_monster(nlp, filler):
    text = f"{MEETING} {filler} {MEETING}"
    document = nlp(text, "2021-06-03")
    assert document.text == text
    assert [event.trigger.start for event in document.events] == [text.index("met"), text.rindex("met")]
    for event in document.events:
        assert [span.text for span in event.participants] == ["trade ministers of Peru and Chile"]


# The published schema -------------------------------------------------------------------------


def test_the_published_schema_is_that_of_the_classes():
    published = json.loads((ROOT / "docs" / "record.schema.json").read_text("utf-8"))
    assert published == json_schema()


def test_gold_and_output_are_valid(nlp, gold):
    schema = jsonschema_rs.validator_for(json_schema())
    schema.validate(json.loads((ROOT / "seeds" / "gold.jsonl").read_text("utf-8")))
    schema.validate(json.loads(nlp(gold.text, gold.date).to_json()))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("events", 0, "trigger", "start"), -1),
        (("events", 0, "trigger", "score"), 1.5),
        (("events", 0, "status"), "perhaps"),
        (("events", 0, "cluster"), 0),
        (("meetings", 0, "start"), "2021-06"),
        (("meetings", 0, "participants", 0, "country"), "Peru"),
        (("meetings", 0, "participants", 0, "kind"), "people"),
        (("text",), None),
        (("version", "form"), "1"),
    ],
)
def test_what_is_no_record_is_refused_by_schema_and_by_from_dict(nlp, place, value):
    record = nlp(MEETING, "2021-06-03").to_dict()
    schema = jsonschema_rs.validator_for(json_schema())
    schema.validate(record)
    part = record
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    assert not schema.is_valid(record)
    with pytest.raises(ValueError, match=place[-1]):
        Document.from_dict(record)


def test_surrogates_that_json_would_join_keep_all_offsets(nlp):
    document = nlp(f"\ud83d\ude00 {MEETING}")
    back = Document.from_dict(json.loads(document.to_json()))
    assert back.text == f"\ufffd\ufffd {MEETING}"
    assert back.events == document.events
    assert (
        Document("1", None, "\ud83d \ude00").to_json()
        == r'{"id": "1", "date": null, "text": "\ud83d \ude00", "events": []}'
    )

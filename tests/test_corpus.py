"""Annotated files as datasets."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from eventx.corpus import features, load
from eventx.document import Document
from eventx.readers import find, read_annotated
from eventx.schema import SCHEMA

SEED = Path(__file__).parents[1] / "seeds" / "gold.jsonl"

SPAN = "struct<start: int64, end: int64, text: string, score: double>"
ACTORS = (
    "list<item: struct<name: string, kind: string, title: string, affiliation: string, country: string, "
    f"mentions: list<item: {SPAN}>>>"
)


def record(text, **fields):
    return {"text": text, **fields}


def write(file, *records):
    lines = "".join(f"{json.dumps(one)}\n" for one in records).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(lines) if file.suffix == ".gz" else lines)
    return file


def met(text, **fields):
    """A record whose one event is the word "met", host and participant the text's first word."""
    start = text.index("met")
    party = {"start": 0, "end": text.index(" "), "text": text[: text.index(" ")]}
    trigger = {"start": start, "end": start + 3, "text": "met"}
    event = {"trigger": trigger, "participants": [party], "hosts": [party]}
    return record(text, events=[event], **fields)


# The schema -----------------------------------------------------------------------------------


def test_the_schema_of_form_1():
    spans = f"list<item: {SPAN}>"
    event = ", ".join(f"{role}: {spans}" for role in ("participants", "chairs", "hosts", "places"))
    dates = SPAN.replace("text: string", "text: string, value: string")
    meeting = ", ".join(f"{role}: {ACTORS}" for role in ("participants", "chairs", "hosts"))
    assert {field.name: str(field.type) for field in SCHEMA} == {
        "id": "string",
        "date": "string",
        "text": "string",
        "events": f"list<item: struct<trigger: {SPAN}, {event}, dates: list<item: {dates}>, "
        "status: string, format: string, cluster: int64>>",
        "meetings": f"list<item: struct<id: int64, events: list<item: int64>, {meeting}, "
        f"places: list<item: struct<name: string, mentions: {spans}>>, date: string, start: string, "
        "end: string, status: string, format: string, score: double>>",
        "version": "struct<form: int64, model: string>",
    }
    assert SCHEMA.metadata == {b"eventx": b'{"form": 1}'}
    assert features().arrow_schema.types == SCHEMA.types


# Loading --------------------------------------------------------------------------------------


def test_the_seed_comes_back_as_it_is(gold):
    splits = load({"train": SEED})
    assert isinstance(splits, DatasetDict)
    (row,) = splits["train"]
    assert Document.from_dict(row) == gold
    assert splits["train"].features == features()
    assert str(splits["train"].split) == "train"


def test_splits_of_several_files(tmp_path):
    a = write(tmp_path / "a.jsonl", met("They met", id="a/1"), record("Nothing", id=7, date="2020-07-12"))
    b = write(tmp_path / "b.jsonl.gz", record("", date=None))
    splits = load({"train": [a, str(b)], "dev": b, "test": str(tmp_path / "a*")})
    assert {name: rows["id"] for name, rows in splits.items()} == {
        "train": ["a/1", "7", "1"],
        "dev": ["1"],
        "test": ["a/1", "7"],
    }
    assert splits["train"]["date"] == [None, "2020-07-12", None]
    first = splits["train"][0]["events"][0]
    assert first["hosts"] == first["participants"] == [{"start": 0, "end": 4, "text": "They", "score": None}]


def test_a_folder_has_a_split_for_each_file(tmp_path):
    write(tmp_path / "train.jsonl", met("They met"))
    write(tmp_path / "more" / "dev.jsonl.gz", record("Nothing"), record("Again nothing"))
    (tmp_path / "LICENSE.txt").write_text("free")
    assert load(tmp_path).num_rows == load(str(tmp_path)).num_rows == {"train": 1, "dev": 2}
    assert load(tmp_path / "train.jsonl").num_rows == {"train": 1}


def test_an_empty_file_is_an_empty_split_of_the_same_types(tmp_path):
    splits = load(
        {"none": write(tmp_path / "none.jsonl"), "bare": write(tmp_path / "bare.jsonl", record("x"))}
    )
    assert splits.num_rows == {"none": 0, "bare": 1}
    assert splits["none"].features == splits["bare"].features == features()


@pytest.mark.parametrize("text", ["", "\ud800 \0", "\U0001f91d \ud83e", "לפגישה\r\n", "e\u0301 \u2028"])
def test_any_text(tmp_path, text):
    (row,) = load({"train": write(tmp_path / "a.jsonl", met(f"{text}x met"))})["train"]
    kept = f"{text}x met".replace("\ud800", "\ufffd").replace("\ud83e", "\ufffd")
    assert row["text"] == kept
    trigger = Document.from_dict(row).events[0].trigger  # checks that offsets fit
    assert (trigger.start, trigger.text) == (len(text) + 2, "met")


def test_a_split_written_as_json_lines_is_an_annotated_file(tmp_path, gold):
    load({"train": SEED})["train"].to_json(tmp_path / "again.jsonl")
    assert list(read_annotated(*find([str(tmp_path / "again.jsonl")]))) == [gold]


def test_a_dataset_of_what_the_pipeline_yields(nlp, tmp_path):
    texts = ["", "The ministers of Peru and Chile met in Lima.", "It rained."]
    rows = Dataset.from_generator(
        lambda: (one.to_dict() for one in nlp.pipe(texts)), features=features(), cache_dir=str(tmp_path)
    )
    assert [Document.from_dict(row) for row in rows] == list(nlp.pipe(texts))


# What is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": 1}', "gold.jsonl:2: "),
        ('{"text": "They met", "events": [{"trigger": {"start": 0, "end": 3, "text": "met"}}]}', "'The'"),
        ('{"text": "", "date": "yesterday"}', "gold.jsonl:2: date is 'yesterday'"),
        ("{", "gold.jsonl:2: broken JSON"),
    ],
)
def test_a_wrong_record_is_told_with_file_line_and_reason(tmp_path, line, reason):
    (tmp_path / "gold.jsonl").write_text(f'{{"text": "good"}}\n{line}\n')
    with pytest.raises(ValueError, match=reason):
        load({"train": tmp_path / "gold.jsonl"})


def test_files_that_are_none(tmp_path):
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(FileNotFoundError, match="no such file: missing"):
        load({"train": "missing.jsonl"})
    with pytest.raises(ValueError, match=r"a\.txt: annotated documents are read from \.jsonl"):
        load({"train": tmp_path / "a.txt"})
    with pytest.raises(ValueError, match="no file of JSON lines"):
        load(tmp_path)


def test_a_file_of_places_in_texts_of_others_is_an_error():
    annotations = SEED.parents[1] / "models" / "annotations"
    with pytest.raises(ValueError, match=r"news\.jsonl:1: no field 'text'"):
        load(annotations)
    assert load(annotations / "authored.jsonl").num_rows["authored"] > 4000


def test_two_files_are_not_one_split_unasked(tmp_path):
    for name in ("x/dev.jsonl", "y/dev.jsonl"):
        write(tmp_path / name, record("x"))
    with pytest.raises(ValueError, match=r"x/dev\.jsonl and .*y/dev\.jsonl are both 'dev'"):
        load(tmp_path)

"""eventx as those who come from transformers and datasets use it."""

from __future__ import annotations

import datetime
import json
import pickle
import shutil
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from datasets import Dataset, IterableDataset

import eventx
from eventx.corpus import features
from eventx.document import Document
from eventx.extras import MissingExtraError
from eventx.pipeline import Pipeline

MODEL = Path(__file__).parents[1] / "models" / "eventx-en"

QUIET = "It rained all day in the hills."
MET = "The foreign ministers of Peru and Chile met in Lima on Tuesday."
UNKNOWN = "Talks are to be held in the coming weeks."


def names(meetings):
    return [actor["name"] for meeting in meetings for actor in meeting["participants"]]


# transformers ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def transformers():
    return pytest.importorskip("transformers", reason="no transformers")


@pytest.fixture(scope="module")
def tagger(transformers):
    return transformers.pipeline(
        "token-classification", model=str(MODEL), aggregation_strategy="first", stride=128
    )


def test_the_folder_is_a_token_classifier_of_triggers(transformers):
    model = transformers.AutoModelForTokenClassification.from_pretrained(MODEL)
    assert model.config.id2label == {0: "O", 1: "B-MEETING", 2: "I-MEETING"}
    assert "auto_map" not in model.config.to_dict()  # no remote code
    tokenizer = transformers.AutoTokenizer.from_pretrained(MODEL)
    assert tokenizer.model_max_length == model.config.max_position_embeddings == 512
    assert tokenizer.tokenize("Talks") == ["talks"]


@pytest.mark.parametrize(
    ("text", "triggers"),
    [
        ("The leaders of Serbia and Kosovo have held video talks chaired by the EU on Sunday.", ["talks"]),
        ("\U0001f91d The presidents met in Lima.\r\nA second meeting is planned.", ["met", "meeting"]),
        ("Delegates to the plenary are to confer in Lima.", ["plenary", "confer"]),  # words of two pieces
        (QUIET, []),
        ("", []),
    ],
)
def test_the_pipeline_finds_triggers(tagger, text, triggers):
    found = tagger(text)
    assert [text[one["start"] : one["end"]] for one in found] == triggers
    assert {one["entity_group"] for one in found} <= {"MEETING"}


def test_the_pipeline_reads_a_long_text_to_its_end_with_a_stride(tagger, rows):
    article = " ".join(row["text"] for row in rows[:3])
    assert len(article.split()) > 512
    text = f"{article} {MET}"
    assert text.index("met in", len(article)) in [one["start"] for one in tagger(text)]


# datasets -------------------------------------------------------------------------------------


def test_map_adds_what_makes_records(nlp):
    rows = Dataset.from_dict({"id": ["a/1"], "date": ["2021-06-03"], "text": [MET], "label": [3]})
    mapped = rows.map(nlp.batch, batched=True)
    assert mapped.column_names == ["id", "date", "text", "label", "events", "meetings", "version"]
    assert Document.from_dict(mapped[0]) == nlp(MET, "2021-06-03", "a/1")


@pytest.mark.parametrize("options", [{}, {"writer_batch_size": 1}, {"num_proc": 2}, {"keep_in_memory": True}])
def test_types_are_the_same_whatever_a_batch_holds(nlp, options):
    """Not even a first batch without meetings, or with a date that has no value, makes Arrow guess wrong."""
    texts = ["", QUIET, UNKNOWN, MET]
    rows = Dataset.from_dict({"text": texts}).map(nlp.batch, batched=True, batch_size=1, **options)
    assert {name: rows.features[name] for name in ("events", "meetings", "version")} == {
        name: features()[name] for name in ("events", "meetings", "version")
    }
    assert [names(meetings) for meetings in rows["meetings"]] == [
        names(nlp(one).to_dict()["meetings"]) for one in texts
    ]
    assert names(rows[3]["meetings"])


def test_map_with_the_features_given(nlp):
    rows = Dataset.from_dict({"id": ["1"], "date": [None], "text": [QUIET]})
    assert rows.map(nlp.batch, batched=True, features=features()).features == features()


def test_a_mapped_set_can_be_mapped_again(nlp):
    once = Dataset.from_dict({"text": [QUIET, MET]}).map(nlp.batch, batched=True, batch_size=1)
    assert once.map(nlp.batch, batched=True, batch_size=1).to_list() == once.to_list()


def test_streaming(nlp):
    stream = IterableDataset.from_generator(lambda: ({"text": text} for text in (QUIET, "", MET)))
    rows = list(stream.map(nlp.batch, batched=True, batch_size=1))
    assert [names(row["meetings"]) for row in rows] == [[], [], names(nlp(MET).to_dict()["meetings"])]


@pytest.mark.parametrize("form", ["numpy", "pandas", "torch"])
def test_columns_of_other_libraries(nlp, form):
    if form == "torch":
        pytest.importorskip("torch", reason="no torch")
    rows = Dataset.from_dict({"text": [QUIET, MET], "date": ["2021-06-03"] * 2}).with_format(form)
    mapped = rows.map(nlp.batch, batched=True).with_format(None)
    assert mapped["meetings"][1][0]["date"] == "2021-06-01"


def test_a_date_that_is_not_known_is_null_in_a_frame(nlp):
    days = [datetime.datetime(2021, 6, 3), None]
    rows = Dataset.from_dict({"text": [MET, MET], "date": days}).with_format("pandas")
    mapped = rows.map(nlp.batch, batched=True).with_format(None)
    assert [meetings[0]["date"] for meetings in mapped["meetings"]] == ["2021-06-01", None]
    batch = nlp.batch({"text": [MET] * 3, "date": [float("nan"), pd.NA, pd.NaT]})
    assert [meetings[0]["date"] for meetings in batch["meetings"]] == [None] * 3


def test_a_batch_is_plain_data(nlp):
    batch = nlp.batch({"text": [MET], "date": ["2021-06-03"]})
    record = nlp(MET, "2021-06-03").to_dict()
    assert json.loads(json.dumps(batch)) == {
        name: [record[name]] for name in ("events", "meetings", "version")
    }
    assert pa.array(pickle.loads(pickle.dumps(batch["meetings"]))).type == pa.array(batch["meetings"]).type
    assert {name: list(cells) for name, cells in nlp.batch({"text": []}).items()} == {
        name: [] for name in batch
    }


def test_lone_surrogates_are_replaced_where_arrow_cannot_hold_them(nlp):
    text = "\ud800 " + MET.replace("Lima", "Li\ud800ma")
    batch = nlp.batch({"text": [text]})
    assert pa.table(batch).num_rows == 1
    kept = text.replace("\ud800", "\ufffd")
    document = Document.from_dict({"text": kept, **{name: cells[0] for name, cells in batch.items()}})
    assert [event.trigger.text for event in document.events] == ["met"]


def test_columns_that_are_wrong(nlp):
    with pytest.raises(ValueError, match="no column 'text'; the columns are 'body', 'id'"):
        nlp.batch({"body": [MET], "id": ["1"]})
    with pytest.raises(TypeError, match="item 2: text is NoneType"):
        nlp.batch({"text": [MET, None]})
    with pytest.raises(ValueError, match="item 1: date is 'today'"):
        nlp.batch({"text": [MET], "date": ["today"]})
    with pytest.raises(TypeError, match="batched=True"):
        Dataset.from_dict({"text": [MET]}).map(nlp.batch)


def test_the_cache_knows_another_model(nlp, tmp_path):
    for part in ("onnx", "tokenizer.json"):
        source = nlp.folder / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    rows = Dataset.from_generator(lambda: ({"text": text} for text in (QUIET, MET)), cache_dir=str(tmp_path))
    first = rows.map(eventx.load(tmp_path).batch, batched=True)
    assert rows.map(eventx.load(tmp_path).batch, batched=True)._fingerprint == first._fingerprint
    settings = tmp_path / "onnx" / "config.json"
    settings.write_text(settings.read_text().replace("eventx-en", "another"))
    changed = rows.map(eventx.load(tmp_path).batch, batched=True)
    assert changed["version"][0]["model"].startswith("another")


# Without the extra ----------------------------------------------------------------------------


def test_a_missing_library_is_told_with_the_extra_that_brings_it(nlp, monkeypatch):
    for module in ("pyarrow", "datasets", "huggingface_hub"):
        monkeypatch.setitem(sys.modules, module, None)
    for module in ("eventx.schema", "eventx.corpus"):
        monkeypatch.delitem(sys.modules, module)
    uses = {
        "pyarrow": lambda: nlp.batch({"text": [MET]}),
        "datasets": lambda: __import__("eventx.corpus"),
        "huggingface_hub": lambda: Pipeline.from_pretrained("reader/meetings"),
    }
    for module, use in uses.items():
        with pytest.raises(MissingExtraError, match=rf"no module {module}: pip install 'eventx\[hub\]'"):
            use()
    assert len(nlp(MET).events) == 1  # all else works

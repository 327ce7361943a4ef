"""Model folders: whole ones are loaded, and damaged or hostile ones are refused before they are used."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import fuzz
import numpy as np
import onnx
import pytest
from graphs import graph, table
from onnx import TensorProto, helper, numpy_helper

import eventx
from eventx.gate import FILE as GATE
from eventx.inputs import LIMIT
from eventx.labels import COLUMNS
from eventx.model import GRAPH, SETTINGS, TOKENIZER, Model, bundled, checksums, read_settings

FILES = [TOKENIZER, GRAPH, SETTINGS, GATE]
"""What the runtime reads of the bundled model."""


@pytest.fixture
def folder(tmp_path):
    """A copy of the bundled model's runtime files."""
    target = tmp_path / "model"
    (target / GRAPH).parent.mkdir(parents=True)
    for file in FILES:
        shutil.copyfile(bundled() / file, target / file)
    return target


@pytest.fixture
def unsealed(folder):
    """The same without checksums, as somebody who changes files would leave it."""
    change_settings(folder, checksums={})
    return folder


def change_settings(folder, **changes):
    settings = json.loads((folder / SETTINGS).read_text("utf-8"))
    (folder / SETTINGS).write_text(json.dumps(settings | changes), "utf-8")


def refused(folder, message, error=ValueError):
    with pytest.raises(error, match=message):
        eventx.load(folder)


class Bomb:
    """Would leave a file if it was unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


# Damaged --------------------------------------------------------------------------------------


def test_the_bundled_model_has_the_checksums_of_its_files():
    sums = read_settings(bundled()).checksums
    assert {file.as_posix() for file in FILES if file != SETTINGS} == sums.keys()
    assert sums == checksums(bundled())


@pytest.mark.parametrize("file", [file for file in FILES if file != SETTINGS])
@pytest.mark.parametrize("damage", ["cut", "flipped", "swapped"])
def test_a_damaged_file_is_named(folder, file, damage):
    content = bytearray((folder / file).read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
    else:
        content = (folder / (TOKENIZER if file == GRAPH else GRAPH)).read_bytes()
    (folder / file).write_bytes(content)
    refused(folder, rf"not as the model was made: {file.as_posix()}")


def test_a_file_that_did_not_come_with_the_model_is_named(folder):
    sums = {name: digest for name, digest in read_settings(folder).checksums.items() if "gate" not in name}
    change_settings(folder, checksums=sums)
    refused(folder, r"not as the model was made: onnx/gate\.onnx")


@pytest.mark.parametrize("file", [TOKENIZER, GRAPH, SETTINGS])
def test_a_missing_file_is_named(folder, file):
    (folder / file).unlink()
    refused(folder, f"{file.name} is missing", FileNotFoundError)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files")
@pytest.mark.parametrize("file", FILES)
def test_what_is_no_file_is_not_opened(unsealed, file):
    (unsealed / file).unlink()
    os.mkfifo(unsealed / file)  # would block
    refused(unsealed, f"{file} is no file", FileNotFoundError)


def test_a_model_without_its_gate_is_not_as_it_was_made(folder):
    (folder / GATE).unlink()
    refused(folder, r"not as the model was made: onnx/gate\.onnx")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe{}",
        b"{}",
        b"[" * 100_000,
        b'{"unknown": ' + b"[" * 100_000,
        b'{"name": 1, "version": "1", "calibration": {}}',
    ],
)
def test_broken_settings_are_named(folder, content):
    (folder / SETTINGS).write_bytes(content)
    refused(folder, r"onnx/config\.json")


@pytest.mark.parametrize("value", ["1e999", "1e308", "NaN", '"1"', "null"])
def test_a_calibration_that_gives_no_probabilities_is_refused(folder, value):
    content = (folder / SETTINGS).read_text("utf-8")
    first = json.loads(content)["calibration"]["trigger"][0]
    (folder / SETTINGS).write_text(content.replace(str(first), value), "utf-8")
    refused(folder, r"onnx/config\.json")


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_far_too_large_is_not_read(folder, file):
    with (folder / file).open("r+b") as stream:
        stream.truncate(1 << 40)  # takes no space on disk
    refused(folder, f"{file.name} has 1,099,511,627,776 bytes")


# Hostile --------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
def test_a_pickle_is_not_unpickled(unsealed, tmp_path, file):
    (unsealed / file).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    refused(unsealed, file.name)
    assert not (tmp_path / "exploded").exists()


def test_other_files_in_the_folder_are_not_touched(folder, tmp_path):
    for name in ("pytorch_model.bin", "model.pt", "onnx/model.pkl"):
        (folder / name).write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    for name in ("__init__.py", "modeling.py", "tokenization.py", "conftest.py"):
        (folder / name).write_text(f"open({str(tmp_path / 'exploded')!r}, 'w')")
    change_settings(folder, auto_map={"AutoModel": "modeling.Model"}, trust_remote_code=True)
    assert eventx.load(folder)("They met in Oslo.").events
    assert not (tmp_path / "exploded").exists()


def external(location, columns, rows=30522):
    """Return a table whose numbers stand in another file."""
    tensor = TensorProto(name="table", data_type=TensorProto.FLOAT, dims=[rows, columns])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", str(location)), ("offset", "0"), ("length", str(rows * columns * 4))):
        tensor.external_data.add(key=key, value=value)
    return tensor


@pytest.mark.parametrize("file", [GRAPH, GATE])
@pytest.mark.parametrize("where", ["beside", "absolute", "above", "root", "link"])
def test_a_graph_reads_no_other_file(unsealed, tmp_path, where, file, monkeypatch):
    monkeypatch.chdir(unsealed / "onnx")  # from which a graph that is read from memory would count
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(30522 * COLUMNS * 4))
    beside = unsealed / "onnx" / "weights.bin"
    shutil.copyfile(secret, beside) if where == "beside" else beside.symlink_to(secret)
    elsewhere = {"absolute": secret, "above": f"../../{secret.name}", "root": f"../..{secret}"}
    location = elsewhere.get(where, beside.name)
    kind = {"outputs": 1, "name": "scores"} if file == GATE else {}
    columns = kind.get("outputs", COLUMNS)
    (unsealed / file).write_bytes(graph(external(location, columns), **kind))
    refused(unsealed, "no graph that ONNX Runtime can read")
    # It is the other file that was refused.
    (unsealed / file).write_bytes(graph(table(30522, columns), **kind))
    assert Model(unsealed)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no graph"),
        (b"\x08\x0a" + bytes(1000), "no graph"),
        (graph(table(30522, 7), outputs=7), "7 outputs"),
        (graph(table(30522, 7)), "None outputs"),
        (graph(table(30522), length=LIMIT), r"cannot run the model with tokenizer\.json"),
        (graph(numpy_helper.from_array(np.full((30522, COLUMNS), "x"), "table"), kind=8), "cannot run"),
        (graph(table(30000)), r"cannot run the model with tokenizer\.json"),
        (graph(table(30522, value=float("nan"))), "gives no"),
        (graph(table(30522), rows="words"), "no graph"),
        (
            graph(TensorProto(name="table", data_type=1, dims=[1 << 40, COLUMNS], raw_data=b"1234")),
            "no graph",
        ),
        (graph(TensorProto(name="table", data_type=1, dims=[-1, COLUMNS], raw_data=b"1234")), "no graph"),
        (
            graph(
                table(30522),
                nodes=[helper.make_node("PyOp", ["input_ids"], ["unused"], domain="ai.onnx.contrib")],
            ),
            "no graph",
        ),
    ],
    ids=[
        *("empty", "zeros", "columns", "lied", "fixed", "words", "rows", "nan"),
        *("inputs", "absurd", "negative", "python"),
    ],
)
def test_a_graph_that_is_another_one_is_refused(unsealed, content, message):
    (unsealed / GRAPH).write_bytes(content)
    refused(unsealed, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no graph"),
        (graph(table(30522)), f"{COLUMNS} outputs"),
        (graph(table(30522, 1), outputs=1), r"gate\.onnx does not fit tokenizer\.json"),
        (graph(table(30000, 1), outputs=1, name="scores"), r"gate\.onnx does not fit tokenizer\.json"),
        (graph(table(30522, 1), outputs=1, name="scores", length=LIMIT), r"does not fit tokenizer\.json"),
        (graph(table(30522, 1, float("nan")), outputs=1, name="scores"), "gives no numbers"),
        (
            graph(
                numpy_helper.from_array(np.full((30522, 1), "x"), "table"), outputs=1, name="scores", kind=8
            ),
            r"does not fit tokenizer\.json",
        ),
        (
            graph(TensorProto(name="table", data_type=1, dims=[1 << 40, 1]), outputs=1, name="scores"),
            "no graph",
        ),
        (graph(TensorProto(name="table", data_type=1, dims=[-1, 1]), outputs=1, name="scores"), "no graph"),
    ],
    ids=["empty", "columns", "name", "rows", "fixed", "nan", "words", "absurd", "negative"],
)
def test_a_gate_that_is_another_one_is_refused(unsealed, content, message):
    (unsealed / GATE).write_bytes(content)
    refused(unsealed, message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        *(
            (name, "not as the model was made")
            for name in ("../../secret", "/etc/passwd", "onnx/../../secret")
        ),
        ("\ud800", r"onnx/config\.json"),
    ],
)
def test_checksums_lead_to_no_other_file(folder, name, message):
    change_settings(folder, checksums=read_settings(folder).checksums | {name: "0" * 64})
    refused(folder, message)


def test_a_vocabulary_without_words_is_refused(unsealed):
    content = json.loads((unsealed / TOKENIZER).read_text("utf-8"))
    content["model"]["vocab"] = {}
    content["added_tokens"] = []
    (unsealed / TOKENIZER).write_text(json.dumps(content), "utf-8")
    refused(unsealed, r"tokenizer\.json")


def test_a_vocabulary_without_its_piece_for_unknown_words_is_refused(unsealed):
    content = json.loads((unsealed / TOKENIZER).read_text("utf-8"))
    del content["model"]["vocab"]["[UNK]"]
    (unsealed / TOKENIZER).write_text(json.dumps(content), "utf-8")
    refused(unsealed, r"tokenizer\.json")


@pytest.mark.parametrize(
    "changes",
    [
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}},
        {"normalizer": {"type": "Replace", "pattern": {"Regex": "(a+)+$"}, "content": ""}},
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled"}]}},
        {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated"}},
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "FixedLength", "length": 0}]}},
        {"pre_tokenizer": "BertPreTokenizer"},
        {"model": None},
        {"model": {"type": "BPE", "vocab": {"[UNK]": 0}, "merges": [], "unk_token": "[UNK]", "dropout": 0.5}},
        {"model": {"type": "WordPiece", "vocab": {"[UNK]": -1}}},
        {"added_tokens": [{"id": -1}]},
    ],
    ids=[
        *("charsmap", "expression", "within", "split", "length", "text", "none", "chance"),
        *("negative", "token"),
    ],
)
def test_a_tokenizer_with_parts_that_do_harm_is_refused(unsealed, changes):
    content = json.loads((unsealed / TOKENIZER).read_text("utf-8")) | changes
    (unsealed / TOKENIZER).write_text(json.dumps(content), "utf-8")
    refused(unsealed, r"tokenizer\.json is no tokenizer: ")


def test_a_tokenizer_of_old_that_does_not_tell_its_kind_is_taken(unsealed, nlp):
    content = json.loads((unsealed / TOKENIZER).read_text("utf-8"))
    del content["model"]["type"]
    (unsealed / TOKENIZER).write_text(json.dumps(content), "utf-8")
    assert eventx.load(unsealed)("They met in Oslo.").events == nlp("They met in Oslo.").events


def test_a_tokenizer_that_is_nested_deeply_is_refused(unsealed):
    content = json.loads((unsealed / TOKENIZER).read_text("utf-8")) | {"normalizer": "HERE"}
    deep = '{"type": "Sequence", "normalizers": [' * 100_000
    (unsealed / TOKENIZER).write_text(json.dumps(content).replace('"HERE"', deep), "utf-8")
    refused(unsealed, r"tokenizer\.json is no tokenizer: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"padding": {"strategy": {"Fixed": 10**12}, "direction": "Right", "pad_id": 0}},
        {"truncation": {"max_length": 1, "strategy": "LongestFirst", "stride": 5}},
        {"post_processor": {"type": "Nonsense"}, "decoder": 7},
    ],
    ids=["padding", "truncation", "rest"],
)
def test_parts_of_a_tokenizer_that_nobody_uses_do_no_harm(unsealed, nlp, changes):
    content = json.loads((unsealed / TOKENIZER).read_text("utf-8"))
    (unsealed / TOKENIZER).write_text(json.dumps(content | changes), "utf-8")
    text = "The ministers met in Oslo."
    assert eventx.load(unsealed)(text).events == nlp(text).events


# Threats from around --------------------------------------------------------------------------

OFFLINE = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("a socket was asked for")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
import eventx
nlp = eventx.load()
assert nlp("The ministers met in Oslo on Monday.", date="2021-06-03").meetings
"""


def test_loading_and_reading_opens_no_socket():
    subprocess.run([sys.executable, "-c", OFFLINE], check=True)


def test_a_model_of_random_weights_is_a_model(tmp_path):
    """What the long fuzzing run reads with: it has to find something to be of use."""
    document = eventx.load(fuzz.wild(tmp_path))(" ".join(fuzz.SENTENCES))
    assert len(document.events) > 3
    onnx.checker.check_model(onnx.load(tmp_path / GRAPH))

import json
import os
import pickle
import re

import numpy as np
import pytest

import eventx
from eventx.engines import engine
from eventx.engines.onnx import processors
from eventx.inputs import Input, build
from eventx.model import Model, bundled
from eventx.tagger import segment

TAGGER = "model*.safetensors"
TEXTS = (
    "They met.",
    "The foreign ministers of Peru and Chile held talks in Lima on Tuesday.",
    "Nothing of note happened in the capital.",
    "Ann Lee will chair a video conference of the eight mayors on 4 May 2021, hosted by the city of Oslo.",
)


@pytest.fixture(scope="module")
def inputs():
    words = Model().words
    paragraphs = [paragraph for text in TEXTS for paragraph in segment(text, words)]
    return [build(one.words, words.cls, words.sep) for one in paragraphs]


@pytest.fixture(scope="module", params=["onnx", "torch"])
def computes(request):
    if request.param == "torch":
        pytest.importorskip("torch")
        if not any(bundled().glob(TAGGER)):
            pytest.skip("no weights")
    return engine(request.param, bundled(), 2, "cpu", early_exit=True)


def test_an_input_gives_the_same_whatever_stands_beside_it(computes, inputs):
    alone = [next(iter(computes([one]))) for one in inputs]
    assert [len(logits) for logits in alone] == [len(one.heads) for one in inputs]
    many = list(computes([*inputs[::-1], *inputs * 3]))
    for number, one in enumerate(alone):
        for other in (many[len(inputs) - 1 - number], many[len(inputs) + number]):
            np.testing.assert_allclose(one, other, atol=1e-4)
            assert np.array_equal(one.argmax(axis=1), other.argmax(axis=1))


def test_outputs_come_in_order_and_lazily(computes, inputs):
    assert list(computes([])) == []
    stream = computes([Input([101, 102], [0, 0], [0])] * 5 + inputs)
    assert len(next(stream)) == 1
    assert [len(logits) for logits in stream] == [1] * 4 + [len(one.heads) for one in inputs]


def test_both_engines_find_the_same(inputs):
    pytest.importorskip("torch")
    if not any(bundled().glob(TAGGER)):
        pytest.skip("no weights")

    def found(nlp):
        documents = [nlp(text, "2021-04-01") for text in TEXTS]
        return [
            (
                event.trigger.text,
                event.status,
                event.format,
                [(role, one.text) for role, one in event.arguments()],
            )
            for document in documents
            for event in document.events
        ]

    torch_pipeline = eventx.load(engine="torch", device="cpu")
    assert torch_pipeline.engine.startswith("torch ")
    assert found(torch_pipeline) == found(eventx.load())


def test_what_there_is_not(tmp_path, capsys):
    with pytest.raises(ValueError, match="neither 'onnx' nor 'torch'"):
        eventx.load(engine="jax")
    with pytest.raises(ValueError, match="onnx runs on the cpu"):
        eventx.load(device="cuda")
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match="device is 'nonsense'"):
        eventx.load(engine="torch", device="nonsense")
    folder = tmp_path / "model"
    eventx.load().save_pretrained(folder)
    for file in folder.glob(TAGGER):
        file.unlink()
    with pytest.raises(FileNotFoundError, match="eventx-weights"):
        eventx.load(folder, engine="torch")


@pytest.fixture
def weights(tmp_path):
    pytest.importorskip("torch")
    if not any(bundled().glob(TAGGER)):
        pytest.skip("no weights")
    eventx.load().save_pretrained(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("files", ["config.json", TAGGER, "roles/model.safetensors"])
def test_missing_weights_are_named(weights, files):
    for file in weights.glob(files):
        file.unlink()
    with pytest.raises(FileNotFoundError, match=f"has no {re.escape(files)}"):
        eventx.load(weights, engine="torch")


@pytest.mark.parametrize("files", [TAGGER, "roles/model.safetensors"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "pickled"])
def test_weights_that_cannot_be_read_are_an_error(weights, files, damage):
    from safetensors.torch import save_file

    file = next(weights.glob(files))
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "emptied":
        save_file({}, file, metadata={"format": "pt"})
    else:
        file.write_bytes(pickle.dumps([1.0] * 100))
    with pytest.raises(ValueError, match="weights that cannot be read"):
        eventx.load(weights, engine="torch", device="cpu")


def test_weights_of_another_shape_are_an_error(weights):
    from safetensors.torch import load_file, save_file

    for file in weights.glob(TAGGER):
        tensors = load_file(file)
        if "classifier.weight" in tensors:
            tensors["classifier.weight"] = tensors["classifier.weight"][:2].clone()
            save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(ValueError, match="weights that cannot be read"):
        eventx.load(weights, engine="torch", device="cpu")


def test_code_beside_the_weights_is_not_run(weights, tmp_path, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda *_: "y")  # what transformers would ask for
    (weights / "modeling.py").write_text(f"open({str(tmp_path / 'exploded')!r}, 'w')", "utf-8")
    config = json.loads((weights / "config.json").read_text("utf-8"))
    names = ("AutoConfig", "AutoModel", "AutoModelForTokenClassification")
    config |= {"model_type": "other", "auto_map": dict.fromkeys(names, "modeling.Other")}
    (weights / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ValueError, match="weights that cannot be read"):
        eventx.load(weights, engine="torch", device="cpu")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("quota", "count"),
    [("max 100000", 8), ("250000 100000", 3), ("50000 100000", 1), ("1600000 100000", 8), ("", 8)],
)
def test_a_container_has_the_processors_of_its_quota(tmp_path, monkeypatch, quota, count):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(f"{quota}\n")
    assert processors(tmp_path / "cpu.max") == count
    assert processors(tmp_path / "none") == 8


def test_the_engine_survives_pickling():
    nlp = pickle.loads(pickle.dumps(eventx.load(threads=1)))
    assert nlp.engine == eventx.load().engine
    assert json.loads(nlp(TEXTS[0]).to_json())["events"]

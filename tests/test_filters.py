"""The early exit, and what fits it and the gate."""

import random
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, numpy_helper

import eventx
from eventx.engines.onnx import Onnx
from eventx.gate import FILE, Gate
from eventx.inputs import build
from eventx.labels import NO_TRIGGER, TRIGGER, decode
from eventx.model import GRAPH, Model, read_settings, write_settings
from eventx.tagger import segment

filters = pytest.importorskip("eventx.training.filters")

import torch  # noqa: E402
from transformers import MPNetConfig, MPNetModel  # noqa: E402

from eventx.training import convolutions, exits, gate, graph, stretches  # noqa: E402
from eventx.training.graph import Early, whole  # noqa: E402
from eventx.training.network import Network, from_base  # noqa: E402

WEIGHTS = Path(__file__).parents[1] / "models" / "eventx-en"
MET = "Ann Lee met Bo Ray in Oslo on Monday."
QUIET = "It rained all day in the north."


@pytest.fixture(scope="module")
def network():
    return from_base(WEIGHTS, dropout=0).eval()


@pytest.fixture(scope="module")
def words():
    return Model().words


def read(text, words, trigger=range(0)):
    """Return the input of the only paragraph."""
    (paragraph,) = segment(text, words)
    return build(paragraph.words, words.cls, words.sep, trigger)


def constant(score):
    """Return what gives all pieces one score."""

    def write(made, states):
        size = made.node("Shape", states, end=2)
        one = numpy_helper.from_array(np.array([score], np.float32))
        return made.node("ConstantOfShape", size, value=one)

    return write


def outputs(network, score, sequence, tmp_path, **options):
    """Return what the graph gives with and without an exit that all pieces reach with one score."""
    for folder, early in (("plain", None), ("early", Early(2, constant(score)))):
        (tmp_path / folder / GRAPH).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / GRAPH).write_bytes(whole(network, early=early).SerializeToString())
    (plain,), (early,) = (
        Onnx(tmp_path / "plain", 1)([sequence]),
        Onnx(tmp_path / "early", 1, **options)([sequence]),
    )
    return plain, early


def test_what_shows_no_trigger_leaves(network, words, tmp_path):
    _, early = outputs(network, -1, read(MET, words), tmp_path, early_exit=True)
    assert (early == NO_TRIGGER).all()
    assert not decode(TRIGGER, early)


@pytest.mark.parametrize("score", [0, 1])
def test_what_may_have_a_trigger_stays_as_it_was(network, words, tmp_path, score):
    plain, early = outputs(network, score, read(MET, words), tmp_path, early_exit=True)
    assert np.array_equal(plain, early)
    assert decode(TRIGGER, early)


def test_what_asks_for_roles_stays(network, words, tmp_path):
    plain, early = outputs(network, -1, read(MET, words, trigger=range(2, 3)), tmp_path, early_exit=True)
    assert np.array_equal(plain, early)


@pytest.mark.parametrize("options", [{}, {"early_exit": False}])
def test_nothing_leaves_unless_it_is_told_to(network, words, tmp_path, options):
    plain, early = outputs(network, -1, read(MET, words), tmp_path, **options)
    assert np.array_equal(plain, early)


def test_the_gate_switches_the_exit_off_too(network, words, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(WEIGHTS, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / GRAPH).write_bytes(whole(network, early=Early(2, constant(-1))).SerializeToString())
    write_settings(folder, read_settings(folder))
    assert not eventx.load(folder)(MET).events
    expected = eventx.load(gate=False)(MET).to_dict()
    assert eventx.load(folder, gate=False)(MET).to_dict() == expected
    assert [len(doc.events) for doc in eventx.load(folder).pipe([MET] * 3, n_process=2)] == [0] * 3
    (folder / FILE).unlink()
    write_settings(folder, read_settings(folder))
    assert eventx.load(folder)(MET).to_dict() == expected


def test_a_graph_with_another_value_of_that_name_is_an_error(network, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(WEIGHTS, folder, ignore=shutil.ignore_patterns("*.safetensors", "gate.onnx"))
    model = whole(network, early=Early(2, constant(-1)))
    (one,) = (one for one in model.graph.initializer if one.name == "early_exit")
    one.CopyFrom(numpy_helper.from_array(np.array([0, 0], np.float32), "early_exit"))
    model.graph.input[-1].type.tensor_type.elem_type = TensorProto.FLOAT
    (folder / GRAPH).write_bytes(model.SerializeToString())
    write_settings(folder, read_settings(folder))
    with pytest.raises(ValueError, match="ONNX Runtime"):
        Model(folder)


def test_an_mpnet_encoder_has_an_exit_too(words, tmp_path):
    torch.manual_seed(3)
    config = MPNetConfig(hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64)
    network = Network(MPNetModel(config), dropout=0).eval()
    sequence = read(MET, words)
    assert exits.fits(network)
    plain, early = outputs(network, 1, sequence, tmp_path, early_exit=True)
    assert np.array_equal(plain, early)
    pieces, types = torch.tensor([sequence.pieces]), torch.tensor([sequence.types])
    with torch.inference_mode():
        exact = network(pieces, torch.ones_like(pieces), types)["logits"][0, sequence.heads].numpy()
    assert exact.std() > 10 * np.abs(exact - plain).max()  # int8
    _, early = outputs(network, -1, sequence, tmp_path, early_exit=True)
    assert (early == NO_TRIGGER).all()


def test_the_graph_of_the_exit_computes_what_its_network_does(network, words):
    """The states are those of int8 in both, so what is left is the rounding of its own products."""
    torch.manual_seed(1)
    net = exits.Exit(network.config.hidden_size).eval()
    states = graph.opened(graph.states(network, exits.LAYER), "states", network.config.hidden_size)
    scores = graph.opened(exits.scores(network, net), "scores", 1)
    for text in (MET, QUIET, "Go!"):
        sequence = read(text, words)
        rows = torch.from_numpy(states(sequence))[None]
        with torch.inference_mode():
            expected = net(rows, torch.ones(rows.shape[:2]))[0].numpy()
        np.testing.assert_allclose(scores(sequence)[:, 0], expected, atol=0.05)


def test_the_thresholds_keep_a_share_of_the_triggers(monkeypatch):
    monkeypatch.setattr(filters, "RECALL", 0.75)
    monkeypatch.setattr(filters, "SPARE", 0.5)
    rows = [(4, 2, 1), (3, 3, 1), (2, 7, 1), (1, 1, 1), (5, 0, 0)]
    assert filters.Thresholds.of([filters.Sentence(*one) for one in rows]) == (2, 1.5)
    rows.append((1, 1.25, 2))  # four of six would be too few
    assert filters.Thresholds.of([filters.Sentence(*one) for one in rows]) == (1, 0.5)


def test_each_half_is_judged_by_the_other(monkeypatch):
    monkeypatch.setattr(filters, "RECALL", 1)
    monkeypatch.setattr(filters, "SPARE", 0)
    one = [filters.Sentence(*row) for row in ((3, 3, 1), (2, 2, 1), (1, 1, 0))]
    other = [filters.Sentence(*row) for row in ((2, 3, 2), (1, 1, 0), (5, 0, 0))]
    # One keeps what has 2 in both, the other what has 2 at the gate and 3 at the exit.
    assert filters.judged([one, other]) == filters.Fit(triggers=4, kept=3, sentences=6, passed=4, stayed=2)


def news():
    names = ("Ann Lee", "Bo Ray", "The president", "The board", "Two envoys", "Peru", "Chile", "Kim")
    names += ("The mayor", "Eva Moss", "Both ministers", "Ghana", "The union")
    told = [f"{one} met {other} in Oslo." for one in names for other in names if one != other]
    told += [f"{one} sold the house of {other} in Oslo." for one in names for other in names]
    random.Random(1).shuffle(told)
    return told


def test_both_learn_what_their_model_finds(tmp_path, words, monkeypatch):
    monkeypatch.setattr(stretches, "FRAMES", ())  # the whole vocabulary would take minutes
    monkeypatch.setattr(gate, "EPOCHS", 60)
    monkeypatch.setattr(exits, "EPOCHS", 60)
    monkeypatch.setattr(filters, "NEAR", 100)  # the gate alone tells them apart
    shutil.copytree(WEIGHTS, tmp_path / "model")
    told = news()
    result = filters.fit_folder(tmp_path / "model", told, [])
    assert result.sentences == len(told) * 2 / 5
    assert 0.9 * result.triggers < result.kept <= result.triggers < 0.6 * result.sentences
    assert result.kept <= result.stayed <= result.passed < 0.7 * result.sentences
    assert eventx.load(tmp_path / "model").gate
    opened = Gate(tmp_path / "model" / FILE)
    meeting, sale = "Zoë Day met Max Orr in Rome.", "Zoë Day sold the house of Max Orr in Rome."
    assert opened(read(meeting, words))
    assert not opened(read(sale, words))
    early, full = (Model(tmp_path / "model", gate=used) for used in (True, False))
    for text, leaves in ((meeting, False), (sale, True)):
        (found,), (expected,) = early([read(text, words)]), full([read(text, words)])
        assert (found == NO_TRIGGER).all() == leaves
        assert leaves or np.array_equal(found, expected)


def test_a_fit_that_is_broken_off_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(stretches, "FRAMES", ())
    monkeypatch.setattr(exits, "taught", stop)
    shutil.copytree(WEIGHTS, tmp_path / "model")
    with pytest.raises(KeyboardInterrupt):
        filters.fit_folder(tmp_path / "model", news(), [])
    assert eventx.load(tmp_path / "model").checksums == eventx.load().checksums


def test_an_encoder_with_few_layers_gets_a_gate_only(tmp_path, monkeypatch):
    monkeypatch.setattr(stretches, "FRAMES", ())
    monkeypatch.setattr(exits, "LAYER", 6)
    shutil.copytree(WEIGHTS, tmp_path / "model")
    before = (tmp_path / "model" / GRAPH).read_bytes()
    result = filters.fit_folder(tmp_path / "model", news(), [])
    assert result.stayed == result.passed
    assert (tmp_path / "model" / GRAPH).read_bytes() == before
    assert eventx.load(tmp_path / "model").gate


def test_the_exit_learns_from_what_may_pass_the_gate(tmp_path, monkeypatch):
    """Three fifths of the sentences are read, and half of these tell of meetings."""
    monkeypatch.setattr(stretches, "FRAMES", ())
    monkeypatch.setattr(gate, "EPOCHS", 60)
    monkeypatch.setattr(filters, "MADE", 10**6)
    learnt = []
    teach = exits.taught

    def noted(model, network, near):
        learnt.extend(near)
        return teach(model, network, learnt)

    monkeypatch.setattr(exits, "taught", noted)
    shutil.copytree(WEIGHTS, tmp_path / "model")
    filters.fit_folder(tmp_path / "model", news(), [])
    assert (
        0.3 * len(learnt) < sum(one.begins.any() for one in learnt) <= len(learnt) < 0.6 * (0.6 * len(news()))
    )


def test_texts_without_meetings_give_neither(tmp_path, monkeypatch):
    monkeypatch.setattr(stretches, "FRAMES", ())
    shutil.copytree(WEIGHTS, tmp_path / "model")
    assert filters.fit_folder(tmp_path / "model", [QUIET] * 10, []) is None
    assert not (tmp_path / "model" / FILE).exists()
    assert not eventx.load(tmp_path / "model").gate
    opened = onnxruntime.InferenceSession(tmp_path / "model" / GRAPH, providers=["CPUExecutionProvider"])
    assert not opened.get_overridable_initializers()


def test_batches_hold_every_example_once(monkeypatch):
    monkeypatch.setattr(convolutions, "BATCH", 8)
    examples = [
        convolutions.Example(torch.full((size, 2), size), torch.zeros(size), torch.ones(size))
        for size in (5, 1, 3, 9, 2)
    ]
    batches = convolutions._batches(examples)
    assert sorted(int(row[0, 0]) for features, *_ in batches for row in features) == [1, 2, 3, 5, 9]
    assert all(real.sum() == counts.sum() for _, _, counts, real in batches)
    assert all(real.numel() <= 9 for *_, real in batches)

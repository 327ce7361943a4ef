import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from graphs import graph
from hypothesis import given
from hypothesis import strategies as st

import eventx
from eventx.gate import FILE, Gate
from eventx.inputs import LIMIT, Input, build
from eventx.model import Model, bundled, read_settings, write_settings
from eventx.tagger import segment

MET = "Ann Lee met Bo Ray in Oslo on Monday."
DEADLINE = "The company met all its deadlines."
WEIGHTS = Path(__file__).parents[1] / "models" / "eventx-en"
REPORTS = Path(__file__).parents[1] / "benchmarks" / "data" / "authored_reports_dev.jsonl"
QUIET = "It rained all day in the north."


@pytest.fixture(scope="module")
def words():
    return Model().words


def read(text, words):
    """Return the input of the only paragraph."""
    (paragraph,) = segment(text, words)
    return build(paragraph.words, words.cls, words.sep)


def lets(words, *passing):
    """Return the bytes of a gate that lets pass what has one of some words as its head."""
    scores = np.full((words.size, 1), -1, np.float32)
    for word in passing:
        (one,) = words(word, 0, len(word))
        scores[one.pieces[0]] = 0
    return graph(onnx.numpy_helper.from_array(scores, "table"), outputs=1, name="scores")


def test_a_stretch_passes_if_a_word_in_its_core_scores_enough(words, tmp_path):
    (tmp_path / "gate.onnx").write_bytes(lets(words, "met"))
    gate = Gate(tmp_path / "gate.onnx")
    assert gate(read(MET, words))
    assert gate(read(MET, words), slice(2, 3))
    assert not gate(read(MET, words), slice(3, None))
    assert not gate(read(MET, words), slice(0, 2))
    assert not gate(read(QUIET, words))


def test_each_word_has_the_number_of_its_first_piece(words, tmp_path):
    (tmp_path / "gate.onnx").write_bytes(lets(words, "met", "s"))
    gate = Gate(tmp_path / "gate.onnx")
    assert len(words("Deadlines", 0, 9)[0].pieces) == 2
    assert gate.scores(read("Deadlines met!", words)).tolist() == [-1, 0, -1]


def put(content, folder):
    """Give a model folder a gate, or none."""
    (folder / FILE).unlink(missing_ok=True)
    if content is not None:
        (folder / FILE).write_bytes(content)
    write_settings(folder, read_settings(folder))


@pytest.fixture
def model_folder(tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("*.safetensors"))
    return folder


def test_the_model_reads_what_passes_only_and_all_of_it_without_the_gate(model_folder, words):
    text = f"{MET}\n\n{MET.replace('met', 'called')} They talked.\n\n{QUIET}"
    put(None, model_folder)
    everything = eventx.load(model_folder)
    assert not everything.gate
    found = [event.trigger.text for event in everything(text).events]
    assert found.count("met") == 1
    assert len(found) > 1
    put(lets(words, "met"), model_folder)
    for nlp in (eventx.load(model_folder), eventx.load(model_folder, gate=False)):
        assert [event.trigger.text for event in nlp(text).events] == (["met"] if nlp.gate else found)
    strict = eventx.load(model_folder)(MET).to_dict()
    free = everything(MET).to_dict()
    assert json.dumps(strict) == json.dumps(free)


def test_of_a_long_paragraph_the_windows_are_read_whose_core_passes(model_folder, words):
    """Each with its context, so what is found is what is found without a gate, as far as it is in a core."""
    sentences = [f"On day {number} it rained all day in the north." for number in range(40)]
    sentences[20] = MET
    put(lets(words, "met"), model_folder)
    gated, free = (eventx.load(model_folder, gate=gate) for gate in (True, False))
    text = " ".join(sentences)
    assert gated(text).to_dict() == free(text).to_dict()
    assert [event.trigger.text for event in gated(text).events] == ["met"]
    looked = []
    gate = gated._model.gate
    gated._model.gate = lambda sequence, core: looked.append(gate(sequence, core)) or looked[-1]
    gated(text)
    assert len(looked) > 5
    assert looked.count(True) == 1


def test_processes_have_the_gate_of_the_pipeline(model_folder, words):
    put(lets(words, "deadlines"), model_folder)
    texts = [MET] * 3
    for closed in (True, False):
        nlp = eventx.load(model_folder, gate=closed)
        assert [len(doc.events) for doc in nlp.pipe(texts, n_process=2)] == ([0] * 3 if closed else [1] * 3)


# The bundled one ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundled_gate():
    return Gate(bundled() / FILE)


def test_the_bundled_gate_tells_meetings_from_the_rest(words, bundled_gate):
    assert bundled_gate(read(MET, words))
    assert not bundled_gate(read(QUIET, words))
    assert not bundled_gate(read("Shares of the company rose by two per cent in London.", words))


def test_few_events_of_texts_that_it_never_saw_are_lost_by_the_gate():
    """What the gate is worth is measured by ``eventx benchmark``; here that it does what it is for."""
    texts = [json.loads(line)["text"] for line in REPORTS.read_text("utf-8").splitlines()]
    found, kept = (
        {(n, event.trigger.start) for n, document in enumerate(nlp.pipe(texts)) for event in document.events}
        for nlp in (eventx.load(gate=False), eventx.load())
    )
    assert len(found) > 100
    assert kept <= found
    assert len(kept) >= 0.99 * len(found)


@given(st.text(max_size=200))
def test_any_text_gives_each_word_a_number(words, bundled_gate, text):
    for paragraph in segment(text, words):
        sequence = build(paragraph.words[:100], words.cls, words.sep)
        assert bundled_gate.scores(sequence).shape == (min(100, len(paragraph.words)),)


# How one is made ------------------------------------------------------------------------------


def token(word, ending=""):
    """Return a word of one made-up piece."""
    from eventx.training.mixture import Token

    return Token((word,), False, ending)


def stretch(*words):
    """Return a stretch of words and the probabilities of these, as a model would have read it."""
    from eventx.training.mixture import Stretch

    tokens, shares = zip(*words, strict=True)
    probabilities = np.array(shares, np.float32)
    return Stretch(tokens, probabilities, probabilities >= 0.5, [0], range(len(tokens)))


def all_made(found, more=()):
    """Return the pieces of all sentences that may be made."""
    mixture = pytest.importorskip("eventx.training.mixture")
    return {
        tuple(piece for word in words for piece in word.pieces)
        for seed in range(50)
        for words in mixture.Mixture(found, more, seed)
    }


def test_sentences_are_made_of_words_with_the_same_ending():
    pytest.importorskip("eventx.training.mixture")
    met, talking = stretch((token(1), 0), (token(2), 1), (token(3), 0)), stretch((token(4, "ing"), 0.4))
    made = all_made([met, talking], [token(5), token(6, "ed"), token(7, None)])
    # The trigger stays or becomes another one; what followed it follows it again.
    assert made == {(1, 2, 3), (1, 5, 3), (4,)}


def test_what_follows_a_trigger_comes_from_another_sentence():
    pytest.importorskip("eventx.training.mixture")
    one, other = stretch((token(1), 0), (token(2), 1), (token(3), 0)), stretch((token(2), 0.1), (token(9), 0))
    assert {(1, 2, 9), (2, 3)} < all_made([one, other])


def test_a_word_with_a_mark_that_its_pieces_do_not_show():
    """A soft hyphen in a word, say: it looks like a trigger and has no ending."""
    pytest.importorskip("eventx.training.mixture")
    assert all_made([stretch((token(2), 1)), stretch((token(2, None), 0), (token(3), 0))]) == {(2,), (2, 2)}


def test_a_word_with_an_accent_that_its_pieces_do_not_show():
    """It has another ending than the same pieces have elsewhere."""
    pytest.importorskip("eventx.training.mixture")
    assert all_made([stretch((token(2, "ing"), 1)), stretch((token(2), 0))]) == {(2,)}


def test_what_is_made_fits_one_input():
    mixture = pytest.importorskip("eventx.training.mixture")
    full = stretch((token(1), 1), *[(token(3, None), 0)] * (LIMIT - 3))
    assert {len(words) for words in mixture.Mixture([full], [])} == {LIMIT - 2}
    long = mixture.Token((5, 6), False, "")
    assert {len(words) for words in mixture.Mixture([full], [long])} == {LIMIT - 2}


def test_a_stretch_has_the_sentences_of_its_core():
    mixture = pytest.importorskip("eventx.training.mixture")
    nothing = np.zeros(7, np.float32)
    whole = mixture.Stretch([token(n) for n in range(7)], nothing, nothing > 0, [0, 2, 5], range(1, 7))
    assert list(whole.sentences()) == [range(1, 2), range(2, 5), range(5, 7)]


def test_words_that_the_model_takes_for_triggers_are_found(words):
    stretches = pytest.importorskip("eventx.training.stretches")
    texts = [
        "Two jirgas met. Two jirgas met in the rain, a meeting.",
        "The rain after the meeting. One summit.",
    ]
    found = list(stretches.invited(Model(), texts))
    pieces = {word: words(word, 0, len(word))[0].pieces for word in ("jirgas", "met", "meeting")}
    assert {one.pieces: one.ending for one in found} == {
        **{pieces["jirgas"]: "s", pieces["met"]: "", pieces["meeting"]: "ing"}
    }
    assert len(found) == 3


@pytest.mark.parametrize("length", [1, 2, 3, 7, 40])
def test_the_graph_computes_what_the_network_does(tmp_path, length):
    fitting = pytest.importorskip("eventx.training.gate")
    import torch

    torch.manual_seed(1)
    net = fitting.Net(torch.randn(50, 16)).eval()
    pieces, types = torch.randint(0, 50, (1, length)), torch.randint(0, 2, (1, length))
    onnx.save(fitting.graph(net, exact=True), tmp_path / "exact.onnx")
    onnx.save(fitting.graph(net, least=0.25, exact=True), tmp_path / "moved.onnx")
    onnx.save(fitting.graph(net), tmp_path / "gate.onnx")
    exact, moved, rounded = (
        Gate(tmp_path / f"{name}.onnx").scores(
            Input(pieces[0].tolist(), types[0].tolist(), list(range(length)))
        )
        for name in ("exact", "moved", "gate")
    )
    with torch.inference_mode():
        expected = net(torch.stack([pieces, types], dim=-1), torch.ones(1, length))[0].numpy()
    np.testing.assert_allclose(exact, expected, atol=1e-5)
    np.testing.assert_allclose(moved, expected - 0.25, atol=1e-5)
    np.testing.assert_allclose(rounded, expected, atol=0.1)


def test_padding_changes_nothing():
    fitting = pytest.importorskip("eventx.training.gate")
    import torch

    net = fitting.Net(torch.randn(50, 16)).eval()
    features = torch.stack([torch.randint(0, 50, (1, 9)), torch.ones(1, 9, dtype=torch.long)], dim=-1)
    real = torch.tensor([[1.0] * 6 + [0.0] * 3])
    alone = net(features[:, :6], real[:, :6])
    torch.testing.assert_close(net(features, real)[:, :6], alone)

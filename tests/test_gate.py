import json
import random
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventx
from eventx import gate
from eventx.gate import BITS, Gate, features
from eventx.model import Model, bundled, read_settings, write_settings
from eventx.tagger import segment

MET = "Ann Lee met Bo Ray in Oslo on Monday."
DEADLINE = "The company met all its deadlines."
QUIET = "It rained all day in the north."


@pytest.fixture(scope="module")
def words():
    return Model().words


def read(text, words):
    """Return the only paragraph's words."""
    (paragraph,) = segment(text, words)
    return paragraph.words


def reads(words, text, trigger):
    """Return the only paragraph as one in which a model finds triggers."""
    from eventx.training.gate import Read

    (paragraph,) = segment(text, words)
    numbers = range(len(paragraph.words))
    inside = [n for n in numbers if text[paragraph.words[n].start : paragraph.words[n].end] == trigger]
    return [Read(paragraph, [range(n, n + 1) for n in inside])]


def chosen(words, *texts, weights=bytes(2**BITS), threshold=0):
    """Return a gate with the words of some texts for candidates."""
    pieces = (word.pieces for text in texts for word in read(text, words))
    return Gate(frozenset(pieces), threshold, weights)


def test_a_stretch_passes_if_a_candidate_in_it_scores_enough(words):
    text = read(MET, words)
    gate = chosen(words, "met")
    assert gate(text, 0, len(text))
    assert gate(text, 2, 3)
    assert not gate(text, 3, len(text))
    assert not chosen(words, "met", threshold=1)(text, 0, len(text))
    assert not gate(read(QUIET, words), 0, 8)


def test_weights_are_signed_and_of_the_features(words):
    text = read(MET, words)
    own = features(text, 2)
    weights = bytearray(2**BITS)
    for feature in own:
        weights[feature] = 256 - 3
    assert chosen(words, "met", weights=bytes(weights)).score(text, 2) == -3 * len(own)
    for feature in own:
        weights[feature] = 127
    assert chosen(words, "met", weights=bytes(weights)).score(text, 2) == 127 * len(own)


def test_features_tell_context_and_place_apart(words):
    one, other = (features(read(text, words), 1) for text in ("They met today.", "Today met they."))
    assert one != other
    assert one & other


@given(st.text(max_size=200))
def test_features_are_numbers_of_weights_whatever_the_text(words, text):
    for paragraph in segment(text, words):
        for number in range(len(paragraph.words)):
            assert all(0 <= feature < 2**BITS for feature in features(paragraph.words, number))


def test_a_gate_learns_which_words_are_triggers_and_where(words):
    fitting = pytest.importorskip("eventx.training.gate")
    who = ("Ann Lee", "Bo Ray", "The president", "The board", "Two envoys", "Peru", "Chile", "Most", "Kim")
    rains = [f"It rained in {place} all day." for place in ("Oslo", "Lima", "Rome", "the north")]
    told = [(f"{one} met {other} in Oslo.", "met") for one in who for other in who]
    told += [(f"{one} met the deadline of {other}.", "") for one in who for other in who]
    random.Random(1).shuffle(told)

    texts = [reads(words, *one) for one in told] + [reads(words, one, "") for one in rains]
    result = fitting.fit(texts, [])
    assert result.recall > 0.8
    assert 0.3 < result.passed < 0.7
    for text, passes in (
        ("Zoë Day met Max Orr in Oslo.", True),
        ("Zoë Day met the deadline of Orr.", False),
        ("It rained in Paris.", False),
    ):
        unseen = read(text, words)
        assert result.gate(unseen, 0, len(unseen)) == passes, text
    assert fitting.fit([reads(words, one, "") for one in rains], []) is None


def test_what_has_no_candidate_does_not_count_as_passed(words):
    """However many events the threshold would have to let pass."""
    fitting = pytest.importorskip("eventx.training.gate")
    told = ((MET, "met"), ("Ann Lee parleyed with Bo Ray.", "parleyed"), (DEADLINE, ""))
    met, other, rest = (reads(words, text, trigger) for text, trigger in told)
    result = fitting.fit([other + rest, met + other + rest, *[met + rest] * 3], [])
    assert result.recall == 0.5
    assert result.passed < 1


def test_a_word_that_the_model_takes_for_a_trigger_is_a_candidate(words, monkeypatch):
    fitting = pytest.importorskip("eventx.training.gate")
    monkeypatch.setattr(type(words), "whole", lambda self: ["met", "meeting", "rain", "teapot"])
    found = set(fitting.vocabulary(Model(), ["Two jirgas. Two jirgas. One telethon."]))
    texts = {
        word: tuple(read(word, words)[0].pieces) for word in ("met", "meeting", "rain", "teapot", "jirgas")
    }
    assert {word for word, pieces in texts.items() if pieces in found} == {"met", "meeting", "jirgas"}


def test_a_gate_is_read_as_it_was_written(words, tmp_path):
    weights = random.Random(1).randbytes(2**BITS)
    one = chosen(words, MET, DEADLINE, weights=weights, threshold=-7)
    gate.save(one, tmp_path / "gate.json")
    assert gate.load(tmp_path / "gate.json") == one


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"candidates": [], "threshold": 0, "weights": "AAAA"}', b"\x80\x04K\x01."],
)
def test_what_is_no_gate_is_refused(tmp_path, content):
    (tmp_path / "gate.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"gate\.json is no gate"):
        gate.load(tmp_path / "gate.json")


def test_a_broken_gate_stops_the_model_from_loading(model_folder):
    (model_folder / gate.FILE).write_text("{}")
    write_settings(model_folder, read_settings(model_folder))
    with pytest.raises(ValueError, match=r"gate\.json is no gate"):
        eventx.load(model_folder)


def put(one, folder):
    """Give a model folder a gate, or none."""
    (folder / gate.FILE).unlink(missing_ok=True)
    if one is not None:
        gate.save(one, folder / gate.FILE)
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
    put(chosen(words, "met"), model_folder)
    for nlp in (eventx.load(model_folder), eventx.load(model_folder, gate=False)):
        assert [event.trigger.text for event in nlp(text).events] == (["met"] if nlp.gate else found)
    strict = eventx.load(model_folder)(MET).to_dict()
    free = everything(MET).to_dict()
    assert json.dumps(strict) == json.dumps(free)


def test_processes_have_the_gate_of_the_pipeline(model_folder, words):
    put(chosen(words, "deadlines"), model_folder)
    texts = [MET] * 3
    for closed in (True, False):
        nlp = eventx.load(model_folder, gate=closed)
        assert [len(doc.events) for doc in nlp.pipe(texts, n_process=2)] == ([0] * 3 if closed else [1] * 3)

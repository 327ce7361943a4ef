"""Training, with a tiny encoder that is made here: mechanics, not quality."""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import eventx
from eventx import cli
from eventx.document import Document, Event, Span
from eventx.engines.onnx import Session
from eventx.inputs import LIMIT, Input, build
from eventx.labels import ARGUMENTS, COLUMNS, FORMAT, HOSTS, IGNORED, LAYERS, STATUS, TRIGGER, calibrated
from eventx.model import Model, bundled
from eventx.tagger import segment
from eventx.words import Words

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from eventx import training  # noqa: E402
from eventx.training import silver, trainer  # noqa: E402
from eventx.training.config import Config, read_config  # noqa: E402
from eventx.training.examples import eventless, examples, joined  # noqa: E402
from eventx.training.export import IDENTITY, _fitted, calibrate, export_exact  # noqa: E402
from eventx.training.graph import fits  # noqa: E402
from eventx.training.network import Dropout, from_base, lower, save  # noqa: E402
from eventx.training.noise import noisy, typos  # noqa: E402
from eventx.training.places import digest  # noqa: E402

AUTHORED = Path(__file__).parents[1] / "benchmarks" / "data" / "authored_docs.jsonl"
MODELS = Path(__file__).parents[1] / "models"
TINY = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
"""Sizes of an encoder that trains in seconds."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A BERT encoder of random weights, with the bundled vocabulary."""
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    config = transformers.BertConfig(**TINY)
    transformers.BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(bundled() / name, folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two small annotated files."""
    folder = tmp_path_factory.mktemp("data")
    lines = AUTHORED.read_text("utf-8").splitlines(keepends=True)
    (folder / "train.jsonl").write_text("".join(lines[:6]), "utf-8")
    (folder / "dev.jsonl").write_text("".join(lines[6:8]), "utf-8")
    (folder / "config.toml").write_text('epochs = 2\nname = "tiny"\nversion = "7"\n', "utf-8")
    return folder


def run(data, out, base):
    return training.train(
        [data / "train.jsonl"], data / "dev.jsonl", out, base, read_config(data / "config.toml")
    )


@pytest.fixture(scope="module")
def model(data, base, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    run(data, folder, base)
    return folder


def weights(folder):
    from safetensors.numpy import load_file

    parts = [load_file(file) for file in sorted(folder.rglob("model*.safetensors"))]
    return {(number, name): value for number, part in enumerate(parts) for name, value in part.items()}


def test_examples_of_a_hand_made_document():
    text = "Peru and Chile met in Lima.\n\nNothing else."

    def span(part):
        start = text.index(part)
        return {"start": start, "end": start + len(part), "text": part}

    event = {"trigger": span("met"), "participants": [span("Peru"), span("Chile")], "hosts": [span("Chile")]}
    event |= {"places": [span("Lima")], "status": "scheduled", "format": "phone"}
    document = Document.from_dict({"text": text, "events": [event]})
    model = Model()
    first, second, roles = examples([document], model.words)
    trigger, exclusive, hosts, status, form = (np.array(roles["labels"])[1:8, column] for column in range(5))
    assert np.array(first["labels"])[1:8, 0].tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert np.array(second["labels"])[1:4, 0].tolist() == [0, 0, 0]
    assert trigger.tolist() == [IGNORED] * 7
    assert exclusive.tolist() == [1, 0, 1, 0, 0, 7, 0]
    assert hosts.tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert status.tolist() == [IGNORED] * 3 + [1] + [IGNORED] * 3
    assert form.tolist() == [IGNORED] * 3 + [2] + [IGNORED] * 3
    assert np.array(first["labels"])[[0, -1]].tolist() == [[IGNORED] * len(LAYERS)] * 2


def test_all_pieces_of_a_word_have_its_trigger_label():
    text = "A plenary teleconference met."
    trigger = Span(2, 24, "plenary teleconference")
    model = Model()
    (window, _) = examples([Document(None, None, text, [Event(trigger)])], model.words)
    sizes = [len(word.pieces) for word in next(segment(text, model.words)).words]
    assert sizes[1] > 1
    assert sizes[2] > 1
    labels = [row[0] for row in window["labels"]]
    size = sizes[1] + sizes[2]
    assert labels == [IGNORED, 0, 1, *[2] * (size - 1), *[0] * sum(sizes[3:]), IGNORED]

    paragraph = next(segment(text, model.words))
    sequence = build(paragraph.words, model.words.cls, model.words.sep)
    logits = next(model([sequence]))
    table = silver._trigger_example(sequence, logits)["probabilities"].astype(float)
    np.testing.assert_allclose(table[1:-1, TRIGGER.columns].sum(axis=1), 1, atol=0.01)
    assert not table[[0, -1]].any()
    head = sequence.heads[2]
    begin = TRIGGER.columns.start + 1
    assert table[head + 1, begin] == 0
    assert table[head + 1, begin + 1] == pytest.approx(table[head, begin] + table[head, begin + 1], abs=0.01)


def test_joined_documents_keep_their_events():
    documents = [Document.from_dict(json.loads(line)) for line in AUTHORED.read_text("utf-8").splitlines()]
    together = list(joined(documents, 1))
    assert len(together) == -(-len(documents) // 3)
    for document in together:
        Document.from_dict(document.to_dict())  # checks that each span's text stands at its offsets
    assert all(any(one.text in other.text for other in together) for one in documents)

    def parts(some):
        return sorted(
            (event.trigger.text, [(role, span.text) for role, span in event.arguments()], event.status)
            for document in some
            for event in document.events
        )

    assert parts(together) == parts(documents)
    assert [one.text for one in joined(documents, 1)] == [one.text for one in together]
    assert [one.text for one in joined(documents, 2)] != [one.text for one in together]


def test_dropout_drops_its_share_and_keeps_the_mean():
    dropout = Dropout(0.25)
    ones = torch.ones(1000, 1000)
    np.random.seed(3)
    result = dropout.train()(ones)
    torch.testing.assert_close(result.unique(), torch.tensor([0.0, 4 / 3]))
    assert abs((result == 0).float().mean() - 0.25) < 0.003
    assert dropout.eval()(ones) is ones
    np.random.seed(3)
    assert torch.equal(dropout.train()(ones), result)


def test_a_model_folder_is_what_load_takes(model):
    nlp = eventx.load(model)
    assert nlp.version.model == "tiny-7"
    assert nlp("The ministers met.").version.model == "tiny-7"
    card = (model / "README.md").read_text("utf-8")
    assert "| " not in card.split("---")[1]
    assert model.name not in card
    assert re.search(r"F1 is \d+\.\d without capitals, \d+\.\d with them", card)
    assert "more than 126 word\npieces" in card
    assert not (model / "checkpoints").exists()


def test_the_graph_gives_what_the_network_gives(model, tmp_path):
    """Number by number against PyTorch, before the weights become int8."""
    import onnxruntime

    network = from_base(model, 0.0).eval()
    export_exact(network, tmp_path / "exact.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "exact.onnx"), providers=["CPUExecutionProvider"])
    runtime = Model(model)
    for text in ("They met.", "The foreign ministers of Peru and Chile held talks in Lima on Tuesday."):
        (paragraph,) = segment(text, runtime.words)
        sequence = build(paragraph.words, runtime.words.cls, runtime.words.sep, range(1))
        ids, types = np.array([sequence.pieces]), np.array([sequence.types])
        with torch.no_grad():
            expected = network(
                torch.tensor(ids), torch.ones(ids.shape, dtype=torch.long), torch.tensor(types)
            )
        found = session.run(None, {"input_ids": ids, "token_type_ids": types})[0]
        assert found.shape == (*ids.shape, COLUMNS)
        np.testing.assert_allclose(found, expected["logits"].numpy(), atol=1e-5)


def test_transformers_loads_the_trigger_tagger(model):
    tagger = transformers.AutoModelForTokenClassification.from_pretrained(model, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    assert tagger.config.id2label == {0: "O", 1: "B-MEETING", 2: "I-MEETING"}
    encoded = tokenizer("They met.", return_tensors="pt")
    with torch.no_grad():
        own = from_base(model, 0.0).eval()(**encoded)["logits"][..., TRIGGER.columns]
        np.testing.assert_allclose(tagger(**encoded).logits.numpy(), own.numpy(), atol=1e-5)


@pytest.mark.parametrize("every", [250, 1])
def test_training_is_seeded_and_goes_on_where_it_was_broken_off(
    model, data, base, tmp_path, monkeypatch, every
):
    """At the beginning of the second epoch, or within it, and though the last state is half written."""
    monkeypatch.setattr(trainer, "STEPS", every)
    steps = []
    original = trainer.MeetingTrainer.training_step

    def breaks(self, *arguments, **options):
        steps.append(None)
        if len(steps) == self.state.max_steps - 1:
            raise KeyboardInterrupt
        return original(self, *arguments, **options)

    out = tmp_path / "model"
    with monkeypatch.context() as patch:
        patch.setattr(trainer.MeetingTrainer, "training_step", breaks)
        with pytest.raises(KeyboardInterrupt):
            run(data, out, base)
    done = len(steps)
    assert len(list((out / "checkpoints").glob("checkpoint-*/trainer_state.json"))) == 1
    (out / "checkpoints" / "checkpoint-9999").mkdir()
    steps.clear()

    def counts(self, *arguments, **options):
        steps.append(None)
        return original(self, *arguments, **options)

    monkeypatch.setattr(trainer.MeetingTrainer, "training_step", counts)
    run(data, out, base)
    assert len(steps) == 2 if every == 1 else 2 < len(steps) < done
    unbroken, broken = weights(model), weights(out)
    assert unbroken.keys() == broken.keys()
    for name, value in unbroken.items():
        np.testing.assert_array_equal(value, broken[name], err_msg=str(name))


def test_another_run_does_not_go_on_from_foreign_checkpoints(data, base, tmp_path):
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    (checkpoints / "run.txt").write_text("another")
    with pytest.raises(ValueError, match="other settings"):
        run(data, tmp_path, base)


def test_a_model_is_a_base_to_start_from(model, data, base):
    network = from_base(model, 0.1)
    stored = weights(model)
    for name, value in network.state_dict().items():
        assert any(np.array_equal(value.half().numpy(), other) for other in stored.values()), name


def test_training_ends_when_the_dev_file_gains_no_more(data, base, tmp_path, monkeypatch):
    seen = []

    class Watched(trainer.MeetingTrainer):
        def evaluation_loop(self, *arguments, **options):
            output = super().evaluation_loop(*arguments, **options)
            output.metrics["eval_loss"] = [3.0, 1.0, 2.0, 2.0, 0.0][len(seen)]  # the second epoch is the best
            seen.append({name: value.clone() for name, value in self.model.state_dict().items()})
            return output

    monkeypatch.setattr(trainer, "MeetingTrainer", Watched)
    settings = Config(epochs=5, patience=2)
    training.train([data / "train.jsonl"], data / "dev.jsonl", tmp_path / "out", base, settings)
    assert len(seen) == 4
    reached = from_base(tmp_path / "out", 0.0).state_dict()
    same = [all(torch.equal(epoch[name].half(), reached[name].half()) for name in reached) for epoch in seen]
    assert same == [False, True, False, False]


def test_a_user_sees_what_fine_tuning_gained(model, data, base, tmp_path, capsys):
    arguments = ["--train", data / "train.jsonl", "--dev", data / "dev.jsonl", "--out", tmp_path / "mine"]
    assert cli.main(["train", *map(str, arguments), "--base", str(model), "--quiet"]) == 0
    table, shown = capsys.readouterr()
    assert "loss" not in table + shown
    gained = {line.split()[0]: line.split()[1:] for line in table.split("difference")[1].splitlines() if line}
    for name in ("triggers", "arguments", "participants", "status"):
        before, after, difference = gained[name]
        assert "-" in (before, after) or float(after) - float(before) == pytest.approx(
            float(difference), abs=0.11
        )
    assert eventx.load(tmp_path / "mine").version.model == "mine-0.1.0"
    assert run(data, tmp_path / "new", base).before is None


def test_a_user_is_told_what_training_starts_from(data, base, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(training, "minilm", lambda: base)
    arguments = ["--train", data / "train.jsonl", "--dev", data / "dev.jsonl", "--out", tmp_path / "mine"]
    command = ["train", *map(str, arguments), "--config", str(data / "config.toml"), "--quiet"]
    assert cli.main(command) == 0
    (told,) = [record for record in caplog.records if record.name == "eventx.training"]
    assert told.levelname == "WARNING"
    assert "starts from sentence-transformers/all-MiniLM-L6-v2, which knows nothing" in told.getMessage()
    assert "`python -m eventx_weights`" in told.getMessage()
    caplog.clear()
    assert cli.main([*command, "--base", str(base)]) == 0
    assert [record for record in caplog.records if record.name == "eventx.training"] == []


def test_a_base_without_weights_is_an_error_that_says_where_some_are(data, tmp_path, capsys):
    arguments = ["--train", data / "train.jsonl", "--dev", data / "dev.jsonl", "--out", tmp_path / "mine"]
    with pytest.raises(SystemExit, match="2"):
        cli.main(["train", *map(str, arguments), "--base", str(tmp_path)])
    error = capsys.readouterr().err
    assert f"{tmp_path} is no folder with weights: config.json is missing" in error
    assert "`python -m eventx_weights`" in error


def test_a_model_replaces_nothing_else(model, data, base, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ValueError, match="no model: choose an empty folder"):
        run(data, tmp_path, base)
    assert (tmp_path / "README.md").read_text() == "mine"
    with pytest.raises(ValueError, match="is no folder"):
        run(data, tmp_path / "README.md", base)
    before = weights(model)
    with pytest.raises(ValueError, match="choose another folder for the new model"):
        run(data, model, model)
    assert all(np.array_equal(before[name], value) for name, value in weights(model).items())


def test_defaults_suit_what_training_starts_from(model, base, data):
    assert read_config(None, base) == read_config(None) == Config()
    assert read_config(None, model).learning_rate < Config().learning_rate
    assert read_config(None, model).patience > 0
    given = read_config(data / "config.toml", model)
    assert (given.name, given.epochs) == ("tiny", 2)
    assert given.learning_rate == read_config(None, model).learning_rate


def test_the_lowest_layers_can_stay_as_they_are(data, base, tmp_path):
    deep = tmp_path / "deep"
    shutil.copytree(base, deep)
    config = transformers.BertConfig.from_pretrained(base, num_hidden_layers=2)
    transformers.BertModel(config).save_pretrained(deep)
    settings = Config(epochs=1, freeze_layers=1)
    training.train([data / "train.jsonl"], data / "dev.jsonl", tmp_path / "out", deep, settings)
    before, after = from_base(deep, 0.0).layers(), from_base(tmp_path / "out", 0.0).layers()
    same = [
        all(torch.equal(a.half(), b.half()) for a, b in zip(old.parameters(), new.parameters(), strict=True))
        for old, new in zip(before, after, strict=True)
    ]
    assert same == [True, False]


@pytest.mark.parametrize(
    ("known", "fast"),
    [
        ({"cpu_name": "AMD EPYC 9R14", "avx512_bf16": True}, True),
        ({"cpu_name": "AMD Ryzen 5 3600"}, False),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": False}, False),
        ({"cpu_name": "Intel Xeon", "avx512_bf16": True, "amx_bf16": True}, True),
        ({}, False),
    ],
)
def test_bfloat16_is_for_processors_with_units_for_it(known, fast, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)
    assert trainer._has_bf16() is fast


def test_scores_are_fitted_to_how_often_they_are_right():
    slope, offset = _fitted([(0.9, True), (0.9, False)] * 50 + [(0.2, False)] * 80 + [(0.2, True)] * 20)
    assert calibrated(0.9, slope, offset) == pytest.approx(0.5, abs=0.02)
    assert calibrated(0.2, slope, offset) == pytest.approx(0.2, abs=0.02)
    assert _fitted([(0.9, True)]) == _fitted([]) == IDENTITY
    assert _fitted([(0.9, False), (0.6, True), (0.8, True)]) == IDENTITY  # few, and by chance upside down


def test_calibrating_again_changes_nothing(model, data, tmp_path):
    shutil.copytree(model, tmp_path / "model")
    dev = [Document.from_dict(json.loads(line)) for line in (data / "dev.jsonl").open(encoding="utf-8")]
    first = calibrate(tmp_path / "model", dev)
    assert calibrate(tmp_path / "model", dev) == first == Model(tmp_path / "model").settings.calibration


def test_freezing_every_layer_is_an_error(data, base, tmp_path):
    with pytest.raises(ValueError, match="freeze_layers"):
        training.train(
            [data / "train.jsonl"], data / "dev.jsonl", tmp_path, base, Config(epochs=1, freeze_layers=1)
        )


def test_windows_without_an_event_can_be_left_out(data, base):
    words = Words(base / "tokenizer.json")
    document = Document(id=None, date=None, text="Peru and Chile met.\n\nNothing else.")
    document.events = [Event(Span(15, 18, "met"))]
    assert [eventless(example) for example in examples([document], words)] == [False, True, False]


def test_a_text_may_end_with_a_letter_that_is_mistyped():
    assert {"".join(typos("met", random.Random(number))) for number in range(2000)} >= {"met", "me"}


def test_noise_moves_the_spans_along():
    documents = [Document.from_dict(json.loads(line)) for line in AUTHORED.read_text("utf-8").splitlines()]
    assert noisy(documents, 0.0, 1) == documents
    result = noisy(documents, 1.0, 1)
    assert sum(one.text != other.text for one, other in zip(result, documents, strict=True)) > 60
    for document in result:
        for event in document.events:
            for _, span in [("trigger", event.trigger), *event.arguments()]:
                assert document.text[span.start : span.end] == span.text != ""
    found = sum(len(document.events) for document in result)
    assert found == sum(len(document.events) for document in documents)


NEWS = "Peru and Chile held talks in Lima."


def test_the_recipe_of_the_bundled_model(mpnet, tmp_path, monkeypatch):
    """All of its steps, with an encoder of random weights; what is complete is not done again."""
    spec = importlib.util.spec_from_file_location("build", MODELS / "build.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(training.stretches, "FRAMES", ())  # the whole vocabulary would take minutes
    texts, names = tmp_path / "texts", ("train", "authored", "docs_train", "authored_docs")
    texts.mkdir()
    lines = AUTHORED.read_text("utf-8").splitlines(keepends=True)
    for number, name in enumerate(names):
        (texts / f"{name}.jsonl").write_text("".join(lines[3 * number : 3 * number + 3]), "utf-8")
    (texts / "train.jsonl").write_text("".join(lines[12:40]), "utf-8")
    with gzip.open(texts / "unlabelled.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"id": "1", "text": NEWS}) + "\n")
        for number in range(3, 6):
            file.write(json.dumps({"id": str(number), "text": json.loads(lines[number])["text"]}) + "\n")
    annotations = tmp_path / "annotations"
    annotations.mkdir()
    (annotations / "authored.jsonl").write_text(lines[40], "utf-8")
    spans = {"trigger": {"start": 20, "end": 25}, "dates": [], "places": [{"start": 29, "end": 33}]}
    place = {"file": "unlabelled.jsonl.gz", "id": "1", "start": 0, "end": 34, "events": [spans]}
    place["sha256"] = digest(NEWS)
    (annotations / "news.jsonl").write_text(json.dumps(place), "utf-8")
    monkeypatch.setattr(script, "ANNOTATIONS", annotations)
    recipe = script.Recipe("Texts.", layers=1, copies=2, training=Config(epochs=1, name="tiny"))
    script.build(recipe, texts, tmp_path / "out", mpnet)
    assert eventx.load(tmp_path / "out" / "model").version.model == "tiny-0.1.0"
    passage = Document.from_dict(json.loads((tmp_path / "out" / "split" / "news.jsonl").read_text("utf-8")))
    assert (passage.events[0].trigger.text, passage.events[0].places[0].text) == ("talks", "Lima")
    assert "`authored.jsonl`, `news.jsonl`" in (tmp_path / "out" / "model" / "README.md").read_text("utf-8")
    held = {json.loads(line)["text"] for line in (tmp_path / "out" / "split" / "heldout.jsonl").open()}
    silver_texts = {
        json.loads(line)["text"] for line in (tmp_path / "out" / "split" / "unlabelled.jsonl").open()
    }
    assert held
    assert silver_texts == {NEWS, *(json.loads(line)["text"] for line in lines[3:6])} - held
    trained = weights(tmp_path / "out" / "trained")
    assert all(
        np.array_equal(value, trained[name]) for name, value in weights(tmp_path / "out" / "model").items()
    )
    assert from_base(tmp_path / "out" / "model", 0.0).config.num_hidden_layers == 1  # of two
    monkeypatch.setattr(script, "train", None)
    script.build(recipe, texts, tmp_path / "out", mpnet)
    recipe.training = Config(epochs=2)
    with pytest.raises(ValueError, match="another recipe"):
        script.build(recipe, texts, tmp_path / "out", mpnet)
    for change, message in (({"id": "9"}, "has no text 9"), ({"end": 33}, "not as it was annotated")):
        (annotations / "news.jsonl").write_text(json.dumps(place | change), "utf-8")
        with pytest.raises(ValueError, match=message):
            script.passages(texts, tmp_path)


def test_a_graph_says_nothing_of_where_it_was_made(model):
    for folder in (model, MODELS / "eventx-en"):
        graph = (folder / "onnx" / "model_int8.onnx").read_bytes()
        assert b".py" not in graph
        assert b"stack_trace" not in graph


def test_the_weights_of_the_bundled_model_are_those_of_its_graph():
    folder = Path(__file__).parents[1] / "models" / "eventx-en"
    network, runtime = from_base(folder, 0.0).eval(), Model(folder)
    (paragraph,) = segment("The foreign ministers of Peru and Chile held talks in Lima.", runtime.words)
    # The graph's weights are int8: the numbers differ a little, the labels do not. Each layer is read in its
    # own pass, status and format at the trigger; elsewhere nothing was learnt.
    for trigger, layers in ((range(0), (TRIGGER,)), (range(8, 9), (ARGUMENTS, HOSTS, STATUS, FORMAT))):
        sequence = build(paragraph.words, runtime.words.cls, runtime.words.sep, trigger)
        ids, types = torch.tensor([sequence.pieces]), torch.tensor([sequence.types])
        with torch.no_grad():
            exact = network(ids, torch.ones_like(ids), types)["logits"][0, sequence.heads].numpy()
        (graph,) = runtime([sequence])
        assert np.abs(exact - graph).mean() < 0.2
        for layer in layers:
            rows = slice(8, 9) if layer in (STATUS, FORMAT) else slice(None)
            labels = (logits[rows, layer.columns].argmax(axis=1) for logits in (exact, graph))
            assert np.array_equal(*labels)


@pytest.fixture(scope="module")
def mpnet(tmp_path_factory):
    """An encoder of another kind: its special tokens have other names, and it has no token types."""
    base = tmp_path_factory.mktemp("mpnet")
    torch.manual_seed(0)
    config = transformers.MPNetConfig(**TINY | {"num_hidden_layers": 2})
    transformers.MPNetModel(config).save_pretrained(base)
    vocabulary = (bundled() / "tokenizer.json").read_text("utf-8")
    for old, new in (("[CLS]", "<s>"), ("[SEP]", "</s>"), ("[PAD]", "<pad>")):
        vocabulary = vocabulary.replace(old, new)
    (base / "tokenizer.json").write_text(vocabulary, "utf-8")
    return base


@pytest.fixture(scope="module")
def teacher(data, mpnet, tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher")
    run(data, folder, mpnet)
    return folder


def test_an_encoder_of_another_kind_is_a_base(teacher, caplog):
    nlp = eventx.load(teacher)
    assert nlp.version.model == "tiny-7"
    network = from_base(teacher, 0.0).eval()
    assert network.types is not None
    stored = weights(teacher)
    for name, value in network.state_dict().items():
        assert any(np.array_equal(value.half().numpy(), other) for other in stored.values()), name
    on_torch = eventx.load(teacher, engine="torch", device="cpu")
    assert [event.trigger for event in on_torch(NEWS).events] == [event.trigger for event in nlp(NEWS).events]
    assert not [record for record in caplog.records if "attention" in record.getMessage()]
    tagger = transformers.AutoModelForTokenClassification.from_pretrained(teacher, dtype=torch.float32)
    assert type(tagger).__name__ == "MPNetForTokenClassification"
    pieces = torch.tensor([[0, 2006, 5000, 2]])
    known = {"input_ids": pieces, "attention_mask": torch.ones_like(pieces)}
    with torch.no_grad():  # which knows nothing of types gives what the network does without any
        own = network(**known, token_type_ids=torch.zeros_like(pieces))["logits"][..., TRIGGER.columns]
        torch.testing.assert_close(tagger(**known).logits, own)


def same(network, folder):
    """Assert that the fp32 graph of a network computes what the network does."""
    export_exact(network, folder / "exact.onnx")
    session = Session(folder / "exact.onnx", "logits", COLUMNS)
    for length in (3, 40, LIMIT):
        pieces, types = torch.randint(5, 28000, (1, length)), torch.randint(0, 8, (1, length))
        with torch.no_grad():
            expected = network(pieces, torch.ones_like(pieces), types)["logits"][0]
        found = session(Input(pieces[0].tolist(), types[0].tolist(), []))
        np.testing.assert_allclose(found, expected.numpy(), atol=1e-3, rtol=1e-3)


def test_large_weights_are_several_files(model, tmp_path, monkeypatch):
    monkeypatch.setattr(training.network, "LARGEST", "1MB")
    saved = from_base(model, 0.0)
    save(saved, tmp_path)
    assert len(list(tmp_path.glob("model*.safetensors"))) > 1
    read = from_base(tmp_path, 0.0).state_dict()
    assert all(torch.equal(value, read[name]) for name, value in saved.state_dict().items())


def test_the_lower_layers_of_an_encoder(mpnet, tmp_path):
    folder = lower(mpnet, 1, tmp_path / "lower")
    whole, part = (transformers.MPNetModel.from_pretrained(one).state_dict() for one in (mpnet, folder))
    assert {name for name in whole.keys() - part.keys() if ".layer.1." not in name} == set()
    assert all(torch.equal(value, whole[name]) for name, value in part.items())
    assert lower(mpnet, 1, folder) == folder
    with pytest.raises(ValueError, match="has 2 layers, not 3"):
        lower(mpnet, 3, tmp_path / "more")


def test_an_encoder_whose_graph_is_not_written_here_is_exported_by_torch(data, mpnet, tmp_path):
    torch.manual_seed(0)
    config = transformers.DistilBertConfig(dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    transformers.DistilBertModel(config).save_pretrained(tmp_path / "base")
    shutil.copy(mpnet / "tokenizer.json", tmp_path / "base")
    assert not fits(from_base(tmp_path / "base", 0.0))
    run(data, tmp_path / "out", tmp_path / "base")
    same(from_base(tmp_path / "out", 0.0).eval(), tmp_path)
    eventx.load(tmp_path / "out")(NEWS)


@pytest.mark.parametrize("encoder", ["base", "mpnet"])
def test_the_exact_graph_computes_what_the_network_does(request, encoder, tmp_path):
    torch.manual_seed(2)
    network = from_base(request.getfixturevalue(encoder), 0.0).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.2 * torch.randn_like(parameter)
    assert fits(network)
    same(network, tmp_path)


def test_silver_examples_hold_what_the_teacher_makes_of_a_text(teacher, model, monkeypatch):
    text = "The ministers met in Lima on Friday.\n\nNobody is here."
    gold = Document.from_dict(json.loads(AUTHORED.read_text("utf-8").splitlines()[0]))
    monkeypatch.setattr(training.silver, "FREQUENT", 1)
    monkeypatch.setattr(training.silver, "OTHERS", 0.0)
    monkeypatch.setattr(training.silver, "SURE", 0.0)
    word = gold.events[0].trigger.text
    found = list(
        training.silver.silver([gold], [text.replace("met", word)], Model(teacher), Model(model).words)
    )
    first = found[0]["probabilities"]
    assert len(first) == len(found[0]["input_ids"]) == len(found[0]["token_type_ids"])
    np.testing.assert_allclose(first[1:-1, TRIGGER.columns].sum(axis=1), 1, atol=1e-2)
    assert not first[:, TRIGGER.columns.stop :].any()
    assert not first[[0, -1]].any()
    for roles in found[1:]:
        table = roles["probabilities"]
        assert not table[:, TRIGGER.columns].any()
        for layer in LAYERS[1:3]:
            np.testing.assert_allclose(table[1:-1, layer.columns].sum(axis=1), 1, atol=1e-2)
        for layer in LAYERS[3:]:
            assert sorted(table[:, layer.columns].sum(axis=1).round(1))[-2:] == [0, 1]
    monkeypatch.setattr(training.silver, "FREQUENT", 99)
    assert list(training.silver.silver([gold], [text], Model(teacher), Model(model).words)) == []


def test_a_model_learns_from_a_teacher(data, base, teacher, model, tmp_path, monkeypatch):
    (tmp_path / "news.txt").write_text("The presidents of Peru and Chile met in Lima on Friday.", "utf-8")
    config = read_config(data / "config.toml")
    arguments = [data / "train.jsonl"], data / "dev.jsonl", tmp_path / "out", base, config
    with pytest.raises(ValueError, match="unlabelled"):
        training.train(*arguments, teacher=teacher)
    with pytest.raises(ValueError, match="no model folder"):
        training.train(*arguments, teacher=data, unlabelled=[tmp_path / "news.txt"])
    monkeypatch.setattr(training.silver, "OTHERS", 0.0)
    with pytest.raises(ValueError, match="often a trigger"):
        training.train(*arguments, teacher=teacher, unlabelled=[tmp_path / "news.txt"])
    monkeypatch.setattr(training.silver, "OTHERS", 1.0)
    training.train(*arguments, teacher=teacher, unlabelled=[tmp_path / "news.txt"])
    learnt, alone = weights(tmp_path / "out"), weights(model)
    assert any(not np.array_equal(learnt[name], alone[name]) for name in alone)


def test_settings(data, tmp_path):
    assert read_config(None) == Config()
    assert read_config(data / "config.toml").name == "tiny"
    wrong = tmp_path / "wrong.toml"
    for text in ("epoch = 3", "epochs = 'three'", "epochs =", "dropout = 1.0", "passes = 0"):
        wrong.write_text(text)
        with pytest.raises(ValueError, match=r"wrong\.toml: "):
            read_config(wrong)


def test_a_broken_record_is_named(data, base, tmp_path):
    broken = tmp_path / "broken.jsonl"
    broken.write_text((data / "dev.jsonl").read_text("utf-8") + '{"text": 3}\n', "utf-8")
    with pytest.raises(ValueError, match=r"broken\.jsonl:3: "):
        training.train([broken], data / "dev.jsonl", tmp_path / "out", base, None)

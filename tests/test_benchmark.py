"""The benchmark: how it counts, not how fast anything is."""

import itertools
import json
import multiprocessing
import os
import sys
import time
from functools import partial
from pathlib import Path

import msgspec
import pytest

import eventx
from eventx import benchmark, cli, tagger
from eventx.benchmark import (
    comparison,
    gate,
    lengths,
    limit,
    memory,
    peers,
    pictures,
    report,
    results,
    stages,
    starts,
    texts,
    workers,
)
from eventx.benchmark.peers import Peer, Reader
from eventx.benchmark.results import Length, Limit, Memory, Passed, Product, Results, Stream, Text, Turns
from eventx.benchmark.rounds import interleave
from eventx.extras import MissingExtraError, extra
from eventx.labels import NO_TRIGGER
from eventx.model import GRAPH, Model

FEW = [
    {"id": "1", "date": "2021-06-03", "text": "The ministers of Peru and Chile met in Lima on Tuesday."},
    {"id": "2", "date": None, "text": ""},
    {"id": "3", "date": None, "text": "Rain fell. 🌧\r\n\r\nIt fell again\x00 for \u202ehours\u202c."},
    {"id": "4", "date": None, "text": "The committee held a meeting. " * 200},
]


# stand-ins; the processes of workers import them from here


def note(file, text):
    with Path(file).open("a") as stream:
        stream.write(f"{text}\n")


def opened(file, threads=1):
    def read(records):
        note(file, f"{os.getpid()} {' '.join(record['id'] for record in records)}")

    return Reader(read, threads)


def without_library():
    with extra("benchmark"):
        import no_such_library  # noqa: F401
    raise AssertionError


def without_weights():
    raise FileNotFoundError("no weights of the model: pip install eventx-weights")


def tells_method(file):
    return Reader(lambda records: note(file, multiprocessing.get_start_method()), 1)


def broken():
    return Reader(lambda records: 1 // 0, 1)


def stand_ins(file):
    """Return peers that note what they read in a file, and two that cannot be opened."""
    return (
        Peer("eventx", "eventx", "everything", partial(opened, file, 2)),
        Peer("eventx-2", "eventx, 2 processes", "everything", partial(opened, file), 2),
        Peer("huggingface-1", "Hugging Face", "triggers", without_weights),
        Peer("spacy-2", "spaCy", "entities", without_library, 2),
    )


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """The file in which stand-ins note what they read."""
    file = tmp_path / "noted"
    monkeypatch.setattr(peers, "known", partial(stand_ins, str(file)))
    monkeypatch.setattr(workers, "LONG", 0)
    return file


@pytest.fixture
def few(tmp_path):
    """A file with a few texts."""
    file = tmp_path / "few.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in FEW), "utf-8")
    return file


def made(factor=1.0, **seconds):
    """Return made-up results of a machine that is slower by a factor; seconds of peers may be given."""
    seconds = {
        "eventx": 1.0,
        "eventx-1": 2.0,
        "eventx-2": 1.0,
        "huggingface-1": 4.0,
        "huggingface-32": 5.0,
    } | {name.replace("_", "-"): value for name, value in seconds.items()}
    turns = {
        key: Turns(f"name of {key}", "finds this", 2 if key == "eventx-2" else 1, 1, 1, [x * factor] * 3)
        for key, x in seconds.items()
    }
    rates = {"64": [2e9 / factor] * 3, "128": [4e9 / factor] * 3}
    return Results(
        form=results.FORM,
        command="eventx benchmark",
        model="m-1",
        machine={
            "processor": "A <b> & C",
            "flags": ["avx2"],
            "cores": 2,
            "used": 2,
            "memory": "8 GB",
            "python": "3",
        },
        versions={"eventx": "0"},
        text=Text("news.jsonl", 10, 1000, 1300),
        peers=turns,
        left_out={"spacy-1": "no module spacy: pip install 'eventx[benchmark]'"},
        gate=Passed(1300, 130, 70, 400, 399, 39),
        limit=Limit(1, [Product(10, 20, rates), Product(20, 10, rates)], 100, [0.00004 * factor]),
        stages={"first pass": [3.0], "dates": [1.0]},
        lengths=[Length(50, 20, 1000, [1.0, 2.0, 4.0]), Length(100, 10, 1000, [1.0, 2.0, 4.0])],
        memory=Memory([0.0, 0.1], [20.0, 211.5], [Stream(10, 2, 200, 0.5), Stream(20, 1, 200, 0.25)]),
        starts={"import eventx": [0.05, 0.04, 0.09]},
    )


class TestRounds:
    def test_everyone_has_a_turn_in_each_round_and_another_one_begins(self):
        order = []
        tasks = {name: lambda name=name: order.append(name) or float(len(order)) for name in "abc"}
        assert interleave(tasks, 4) == {
            "a": [1.0, 6.0, 8.0, 10.0],
            "b": [2.0, 4.0, 9.0, 11.0],
            "c": [3.0, 5.0, 7.0, 12.0],
        }
        assert "".join(order) == "abcbcacababc"

    def test_nothing_to_do(self):
        assert interleave({}, 3) == {}


class TestTexts:
    def test_texts_of_a_file(self, few):
        note(few, '{"id": "5", "text": "\\ud800 said"}')
        assert texts.load(few) == [*FEW, {"id": "5", "date": None, "text": "\ufffd said"}]

    def test_articles_come_with_the_package(self):
        records = texts.load(texts.articles())
        assert len(records) > 50
        assert all(record["date"] and texts.count(record["text"]) > 100 for record in records)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [("", "no word"), ('{"text": ""}', "no word"), ('{"text": "They met."}\n{', ":2: broken JSON")],
    )
    def test_what_cannot_be_read(self, tmp_path, content, reason):
        (tmp_path / "a.jsonl").write_text(content)
        with pytest.raises(ValueError, match=f"a.jsonl.*{reason}"):
            texts.load(tmp_path / "a.jsonl")

    @pytest.mark.parametrize("length", [1, 5, 40, 1000])
    def test_joined_documents_have_the_same_text(self, length):
        records = [{"id": str(n), "date": None, "text": f"One {n}.\n\nTwo {n}.\r\n\r\n"} for n in range(7)]
        found = texts.joined(records, length, 100)
        assert all(length <= texts.count(record["text"]) < length + 2 for record in found)
        assert sum(texts.count(record["text"]) for record in found) >= 100
        parts = "\n\n".join(record["text"] for record in found).split("\n\n")
        wanted = itertools.cycle(f"{word} {n}." for n in range(7) for word in ("One", "Two"))
        assert parts == list(itertools.islice(wanted, len(parts)))


class TestPeers:
    @pytest.mark.parametrize("key", [peer.key for peer in peers.known() if peer.processes == 1])
    def test_reads_any_text(self, key):
        (peer,) = (peer for peer in peers.known() if peer.key == key)
        reader = peer.open()
        reader.read(FEW)
        assert reader.threads >= 1

    @pytest.mark.parametrize("key", ["onnxruntime", "int8"])
    def test_those_of_the_first_pass_read_all_to_its_end(self, key, monkeypatch):
        (peer,) = (peer for peer in peers.known() if peer.key == key)
        reader, seen, passes = peer.open(), [], Model.__call__
        monkeypatch.setattr(Model, "__call__", lambda *given: seen.extend(passes(*given)) or iter(seen))
        reader.read(FEW)
        assert len(seen) >= len(FEW)
        assert not any((logits == NO_TRIGGER).all() for logits in seen)

    @pytest.mark.parametrize("key", ["eventx-2", "spacy-2"])
    def test_reads_in_several_processes(self, key, monkeypatch):
        monkeypatch.setattr(workers, "LONG", 0)
        (peer,) = (peer for peer in peers.known() if peer.key == key)
        with workers.Worker(peer, FEW) as worker:
            worker.read()
            assert worker.threads == 1

    def test_the_pipeline_of_hugging_face_reads_long_texts_to_their_end(self):
        (peer,) = (peer for peer in peers.known() if peer.key == "huggingface-32")
        text = "Rain fell in the north. " * 200 + FEW[0]["text"]
        (found,) = peer.open().read([{"id": "1", "date": None, "text": text}])
        assert [(text.index("met in"), "met")] == [(span["start"], span["word"]) for span in found]

    def test_missing_weights(self, monkeypatch, tmp_path):
        monkeypatch.setattr(peers, "bundled", lambda: tmp_path)
        monkeypatch.setitem(sys.modules, "eventx_weights", None)
        with pytest.raises(FileNotFoundError, match="pip install eventx-weights"):
            peers.weights()

    def test_processes_go_up_to_the_processors_there_are(self, monkeypatch):
        for processors, counts in ((1, [1, 2]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])):
            monkeypatch.setattr(peers, "processors", lambda number=processors: number)
            assert peers.process_counts() == counts


class TestRun:
    def test_peers_read_the_same_texts_in_processes_of_their_own(self, noted, few):
        found = benchmark.run(few, rounds=3, only=["eventx", "eventx-2"])
        lines = [line.split() for line in noted.read_text().splitlines()]
        assert {tuple(ids) for _, *ids in lines} == {("1", "2", "3", "4")}
        first, second = lines[0][0], lines[1][0]
        assert first != second
        # a warm-up each, then three rounds
        assert [pid for pid, *_ in lines[2:]] == [first, second, second, first, first, second]
        assert str(os.getpid()) not in (first, second)
        assert [len(turns.seconds) for turns in found.peers.values()] == [3, 3]
        assert [(turns.processes, turns.threads) for turns in found.peers.values()] == [(1, 2), (2, 1)]
        assert found.text == Text("few.jsonl", 4, 1019, found.text.pieces)
        assert found.text.pieces > 1200
        assert not found.left_out
        assert found.limit is found.memory is None

    def test_several_processes_read_until_their_start_counts_little(self, noted, few, monkeypatch):
        seconds = iter([1.0, 2.0, 4.0, 8.0])
        monkeypatch.setattr(workers, "_seconds", lambda: next(seconds))
        peer = stand_ins(str(noted))[1]
        assert workers._open(peer, FEW, 5.0) == (1, 8)
        workers._read()
        assert noted.read_text().split()[1:] == ["1", "2", "3", "4"] * 8

    def test_peers_start_processes_as_in_any_script(self, noted, few, monkeypatch):
        monkeypatch.setattr(peers, "known", lambda: (Peer("a", "a", "", partial(tells_method, str(noted))),))
        benchmark.run(few, rounds=1, only=["a"])
        assert set(noted.read_text().split()) == {multiprocessing.get_start_method()}

    def test_who_cannot_read_is_left_out_and_named(self, noted, few):
        found = benchmark.run(few, rounds=1, only=["eventx", "huggingface-1", "spacy-2"])
        assert list(found.peers) == ["eventx"]
        assert found.left_out == {
            "huggingface-1": "no weights of the model: pip install eventx-weights",
            "spacy-2": "no module no_such_library: pip install 'eventx[benchmark]'",
        }

    def test_an_error_while_reading_is_not_hidden(self, few, monkeypatch):
        monkeypatch.setattr(peers, "known", lambda: (Peer("a", "a", "nothing", broken),))
        with pytest.raises(ZeroDivisionError):
            benchmark.run(few, only=["a"])

    def test_a_part_without_its_library_is_left_out(self, few, monkeypatch):
        def missing(*_):
            raise MissingExtraError("no module onnx")

        monkeypatch.setattr(limit, "measure", missing)
        found = benchmark.run(few, only=["limit"])
        assert found.limit is None
        assert found.left_out == {"limit": "no module onnx"}


class TestStages:
    def test_a_stage_within_another_has_its_own_time(self, monkeypatch):
        monkeypatch.setattr(time, "perf_counter", itertools.count(0.0, 1.0).__next__)
        clock = stages.Clock()
        with clock.stage("outer"), clock.stage("inner"):
            pass
        with clock.stage("inner"):
            pass
        assert clock.seconds == {"all else": 2.0, "outer": 2.0, "inner": 2.0}

    def test_time_of_all_stages(self):
        found = stages.measure(FEW, 2)
        assert list(found) == [
            *("sentences and words", "gate", "first pass", "second pass", "dates", "meetings", "all else")
        ]
        assert all(len(seconds) == 2 for seconds in found.values())
        assert all(min(seconds) > 0 for name, seconds in found.items() if name != "gate")

    def test_nothing_is_changed_by_it(self, nlp, gold):
        before = tagger.segment
        plain = nlp(gold.text, gold.date)
        with stages.watched():
            assert tagger.segment is not before
            assert nlp(gold.text, gold.date) == plain
        assert tagger.segment is before


class TestGate:
    def test_inputs_of_both_passes_reach_the_model(self):
        ungated = eventx.load(gate=False)
        inputs, events = gate.reached(ungated, FEW[:1])
        assert [any(kind & 2 for kind in one.types) for one in inputs] == [False, True]
        assert events == {(0, FEW[0]["text"].index("met"))}
        assert gate.reached(ungated, FEW[1:2]) == ([], set())

    def test_what_passes_and_what_is_lost(self):
        found = gate.measure(FEW)
        assert 0 < found.first <= found.pieces
        assert found.second > 0
        assert 0 <= found.left < found.first
        assert 0 < found.kept <= found.events


class TestLimit:
    def test_products_of_the_model(self, nlp):
        found = limit.products(nlp.folder / GRAPH)
        config = json.loads((nlp.folder / "config.json").read_text("utf-8"))
        width, wide = config["hidden_size"], config["intermediate_size"]
        # each layer has a product that widens and one that narrows
        assert found.count((width, wide)) == found.count((wide, width)) == config["num_hidden_layers"]
        assert len(found) == 24  # those of the exit are none of them

    def test_measured(self, monkeypatch):
        monkeypatch.setattr(limit, "SECONDS", 0.001)
        found = limit.measure(FEW, 2)
        assert [len(one) for product in found.products for one in product.rates.values()] == [2] * 6 * len(
            found.products
        )
        assert len(found.seconds) == 2
        assert found.pieces > 0
        assert found.machine() > 0

    def test_share_of_the_limit(self):
        # 100 pieces of 2 * (200 + 200) operations in 40 microseconds, of 4e9 operations a second
        found = made().limit
        assert (found.model(), found.machine()) == pytest.approx((2e9, 4e9))
        assert found.fraction() == pytest.approx(0.5)


class TestOtherParts:
    def test_lengths(self, monkeypatch):
        monkeypatch.setattr(lengths, "LENGTHS", (5, 30))
        found = lengths.measure(FEW[:1], 2)
        assert [(one.length, one.documents, one.words) for one in found] == [(5, 3, 33), (30, 1, 33)]
        assert [len(one.seconds) for one in found] == [2, 2]

    def test_memory(self):
        found = memory.measure(FEW[:1], 12)
        assert [(one.documents, one.streams, one.words) for one in found.streams] == [
            (10, 1, 110),
            (12, 1, 132),
        ]
        assert len(found.seconds) == len(found.megabytes) == len(set(found.seconds))
        assert found.peak() == max(found.megabytes) > 50

    @pytest.mark.parametrize(
        ("documents", "sizes"), [(1, [1]), (10, [10]), (11, [10, 11]), (1000, [10, 100, 1000])]
    )
    def test_lengths_of_streams(self, documents, sizes):
        assert memory.sizes(documents) == sizes

    def test_starts(self):
        found = starts.measure(FEW, 1)
        assert list(found) == [
            *("python -c pass", "import eventx", "eventx.load()", "eventx extract, one article")
        ]
        assert all(len(seconds) == 1 and seconds[0] > 0 for seconds in found.values())


class TestComparison:
    def test_ratios(self):
        assert made().ratios() == pytest.approx({
            "eventx / huggingface-1 or huggingface-32": 4.0,
            "eventx-2 / huggingface-1 or huggingface-32": 4.0,
            "eventx-2 / eventx-1": 2.0,
            "model / int8 limit": 0.5,
            "events found with the gate / without": 399 / 400,
        })  # fmt: skip

    def test_a_slower_machine_changes_nothing(self):
        changes = comparison.compare(made(), made(factor=7))
        assert len(changes) == 5
        assert {one.verdict for one in changes} == {""}

    @pytest.mark.parametrize(
        ("seconds", "verdict"), [(1.15, ""), (1.2, "fell"), (0.9, ""), (0.8, "rose"), (100, "fell")]
    )
    def test_verdict(self, seconds, verdict):
        first, *others = comparison.compare(made(), made(eventx=seconds))
        assert first.verdict == verdict
        assert {one.verdict for one in others} == {""}  # of other peers

    def test_what_differs_besides_is_told(self):
        now = made()
        now.model = "m-2"
        now.machine["flags"] = []
        assert comparison.table(made(), now).endswith(
            "What differs besides:\n- model: m-1 then, m-2 now\n- flags: avx2 then, none now"
        )
        assert "differs" not in comparison.table(made(), made())

    def test_what_was_only_measured_then_is_told(self):
        now = made()
        del now.peers["huggingface-1"]
        told = comparison.table(made(), now)
        assert "- eventx / huggingface-1 or huggingface-32: only measured then" in told
        assert "| eventx / huggingface-32 " not in told  # of another denominator

    def test_nothing_in_common(self):
        now = made()
        now.peers, now.limit, now.gate = {}, None, None
        assert comparison.table(made(), now).startswith("Nothing to compare")

    def test_results_come_back(self, tmp_path):
        (tmp_path / "a.json").write_text(results.dump(made()))
        assert results.load(tmp_path / "a.json") == made()

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda raw: raw.update(form=0), "is of form 0, not 1: measure it anew"),
            (lambda raw: raw.pop("text"), "missing required field `text`"),
            (lambda raw: raw["peers"]["eventx"].update(seconds=[]), "length >= 1"),
            (lambda raw: raw["peers"]["eventx"].update(seconds=[0]), "> 0"),
        ],
    )
    def test_a_file_that_holds_no_results(self, tmp_path, change, reason):
        raw = msgspec.to_builtins(made())
        change(raw)
        (tmp_path / "a.json").write_text(json.dumps(raw))
        with pytest.raises(ValueError, match=f"a.json.*{reason}"):
            results.load(tmp_path / "a.json")


class TestReport:
    def test_everything_is_in_it(self):
        found = report.markdown(made(huggingface_1=4.0))
        for line in (
            "news.jsonl: 10 documents, 1,000 words, 1,300 word pieces. A <b> & C (avx2), 2 of 2 cores",
            "| name of huggingface-1 (`huggingface-1`) | finds this | 1 x 1 | 2.5 | 250 (250 to 250) | 325 |",
            "| eventx / huggingface-1 or huggingface-32 | 4.00 (4.00 to 4.00) |",
            "| product with 10 x 20 | 4 |",
            "| the model (50%) | 2 |",
            "The gate let 10.0% of the first pass's word pieces pass to the model, 30.0% of these left it",
            " early; the second pass read 70 on top of these 130. Of 400",
            "Of 400 events that are found without the gate 399 (99.75%) are found with it.",
            "| first pass | 3.00 | 75.0% |",
            "| sentences and words; dates; meetings | 1.00 | 25.0% |",
            "| 50 | 20 | 500 (250 to 1,000) |",
            "| 10 | 2 | 400 |",
            "Memory of that process: 212 MB at most.",
            "| import eventx | 0.050 (0.040 to 0.090) |",
            "- spacy-1: no module spacy: pip install 'eventx[benchmark]'",
        ):
            assert line in found

    def test_only_what_was_measured_is_in_it(self):
        empty = msgspec.structs.replace(
            made(),
            peers={},
            left_out={},
            gate=None,
            limit=None,
            stages={},
            lengths=[],
            memory=None,
            starts={},
        )
        assert report.markdown(empty).count("\n") == 2

    def test_pictures(self, tmp_path):
        files = pictures.draw(made(), tmp_path)
        assert [file.name for file in files] == [
            *("peers.svg", "processes.svg", "lengths.svg", "streams.svg", "stages.svg", "memory.svg")
        ]
        first = [file.read_bytes() for file in files]
        assert [file.read_bytes() for file in pictures.draw(made(), tmp_path)] == first
        assert all(b"<svg" in content for content in first)

    def test_no_picture_of_what_was_not_measured(self, tmp_path):
        some = msgspec.structs.replace(
            made(), peers={"eventx": made().peers["eventx"]}, memory=None, lengths=[]
        )
        assert [file.name for file in pictures.draw(some, tmp_path)] == ["peers.svg", "stages.svg"]

    def test_bars_are_named_and_say_what_is_found(self):
        ax = pictures.PICTURES["peers"](made())
        assert [label.get_text() for label in ax.get_yticklabels()][1:3] == [
            *("name of eventx-1 (1 thread)", "name of eventx-2 (1 thread each)")
        ]
        assert [text.get_text() for text in ax.texts][3] == "250  finds this"
        assert ax.get_xlabel().startswith("10 documents, 1,000 words (news.jsonl); 2 cores of A <b> & C.")


class TestCommand:
    def run(self, capsys, *arguments):
        try:
            status = cli.main(["benchmark", *map(str, arguments)])
        except SystemExit as end:
            status = end.code
        output = capsys.readouterr()
        return status, output.out, output.err

    def test_writes_a_report_results_and_pictures(self, noted, few, capsys, tmp_path):
        out = tmp_path / "new" / "folder"
        arguments = ("--text", few, "--rounds", 2, "--only", "eventx", "eventx-2", "stages", "--out", out)
        status, printed, _ = self.run(capsys, *arguments)
        assert status == 0
        assert printed == (out / "benchmark.md").read_text("utf-8")
        assert "| eventx (`eventx`) | everything | 1 x 2 |" in printed
        assert sorted(file.name for file in out.iterdir()) == [
            *("benchmark.json", "benchmark.md", "peers.svg", "stages.svg")
        ]
        kept = results.load(out / "benchmark.json")
        assert kept.command == (
            f"eventx benchmark --rounds 2 --documents 1000 --text {few} --only eventx eventx-2 stages"
        )
        assert len(kept.stages["first pass"]) == 2

    def test_json(self, noted, few, capsys):
        status, printed, _ = self.run(capsys, "--text", few, "--rounds", 1, "--only", "eventx", "--json")
        assert status == 0
        assert msgspec.json.decode(printed, type=Results).peers["eventx"].finds == "everything"

    @pytest.mark.parametrize(("seconds", "status"), [(1.0, 0), (2.0, 1)])
    @pytest.mark.parametrize("as_json", [True, False])
    def test_against(self, capsys, tmp_path, monkeypatch, seconds, status, as_json):
        (tmp_path / "then.json").write_text(results.dump(made()))
        monkeypatch.setattr(benchmark, "run", lambda *_: made(eventx=seconds))
        ended, printed, err = self.run(
            capsys, "--against", tmp_path / "then.json", *(["--json"] if as_json else [])
        )
        assert ended == status
        assert ("| -50% | fell |" in (err if as_json else printed)) == (status == 1)
        if as_json:
            assert json.loads(printed)["model"] == "m-1"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--only", "nobody"], "--only nobody: there are eventx, eventx-2"),
            (["--rounds", "0"], "whole number"),
            (["--text", "none.jsonl"], "no such file"),
            (["--text", "{few}/none"], "none"),
            (["--against", "none.json"], "none.json"),
            (["--against", "{few}"], "few.jsonl holds no results of a benchmark"),
            (["--out", "{few}"], "few.jsonl"),
        ],
    )
    def test_wrong_usage(self, noted, few, capsys, arguments, message):
        status, printed, err = self.run(capsys, *(one.format(few=few) for one in arguments))
        assert (status, printed) == (2, "")
        assert message in err

    def test_a_missing_library_is_told_before_anything_is_measured(self, noted, few, capsys, monkeypatch):
        monkeypatch.setitem(sys.modules, "cpuinfo", None)
        status, printed, err = self.run(capsys, "--text", few)
        assert (status, printed) == (2, "")
        assert "pip install 'eventx[benchmark]'" in err
        assert not noted.exists()


def test_the_docs_show_the_report_and_pictures_of_what_is_kept(tmp_path):
    docs = Path(__file__).parents[1] / "docs"
    measured = results.load(docs / "speed" / "benchmark.json")
    page = (docs / "benchmarks.md").read_text("utf-8")
    assert report.markdown(measured) in page
    for file in pictures.draw(measured, tmp_path):
        assert f"](speed/{file.name})" in page
        assert (docs / "speed" / file.name).is_file()

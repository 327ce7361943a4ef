"""The command line, most of it with a stand-in for the model, since it is about files and exit status."""

import contextlib
import csv
import gzip
import io
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import types
from itertools import islice
from pathlib import Path
from typing import ClassVar

import pyarrow.parquet
import pytest

import eventx
from eventx import cli, forms, progress
from eventx.document import FORM, Actor, Document, Event, Meeting, Span, Version
from eventx.extraction import Extraction


class StandIn:
    """Finds every "talks"; the score tells the document's place in its batch.

    Args:
        stop: called with the number of each document before it is read.
        model: name of the model.
    """

    folder = Path("stand-in")
    checksums: ClassVar[dict[str, str]] = {}
    threads = 1
    engine = "stand-in"
    min_score = 0.0
    gate = True
    engine = "stand-in 1"

    def __init__(self, stop=lambda number: None, model="stand-in"):
        self.stop = stop
        self.version = Version(FORM, model)

    def pipe(self, items, batch_size=64, n_process=1):
        items = iter(items)
        number = 0
        while batch := list(islice(items, batch_size)):
            for place, item in enumerate(batch):
                self.stop(number)
                number += 1
                yield self.read(item, place / 100)

    def read(self, item, score):
        document = Document(item["id"], item["date"], item["text"], [], [], self.version)
        for start in (at for at in range(len(document.text)) if document.text.startswith("talks", at)):
            event = Event(Span(start, start + 5, "talks", score), cluster=len(document.events) + 1)
            document.events.append(event)
            who = Actor("\udc80 Überbank", "organisation", None, None, None, [event.trigger])
            told = [event.cluster - 1]
            meeting = Meeting(
                event.cluster, told, [who], [], [], [], None, None, None, "occurred", "phone", score
            )
            document.meetings.append(meeting)
        return document

    def annotate(self, documents, given=None):
        self.given = documents
        items = [{"id": one.id, "date": one.date, "text": one.text} for one in documents]
        return list(self.pipe(items))


def stand_in_main():
    """Run the command line in a process of its own; the variable STOP says where it is to break off."""
    at, how = int(os.environ.get("STOP_AT", -1)), os.environ.get("STOP_BY", "")
    breaks = {
        "kill": lambda: os._exit(9),
        "interrupt": lambda: signal.raise_signal(signal.SIGINT),
        "end": lambda: signal.raise_signal(signal.SIGTERM),
    }
    eventx.load = lambda *args, **options: StandIn(lambda number: breaks[how]() if number == at else None)
    sys.exit(cli.main())


STAND_IN = [sys.executable, "-c", "from test_cli import stand_in_main; stand_in_main()"]


def process(*arguments, at=-1, by=""):
    """Run `stand_in_main` in a folder, broken off before the document at a position."""
    stop = {"STOP_AT": str(at), "STOP_BY": by}
    return subprocess.run([*STAND_IN, *arguments], env=environment(**stop), capture_output=True)


def environment(**more):
    """Return this process's environment, with which another one finds the same modules."""
    paths = [str(Path(__file__).parent), *filter(None, sys.path)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | more


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def nlp_stand_in(monkeypatch):
    model = StandIn()
    monkeypatch.setattr(eventx, "load", lambda *args, **options: model)
    return model


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder, capsys, nlp_stand_in):
    """Run the command line in an empty folder; return status, standard output and standard error."""

    def run(*arguments):
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
        output = capsys.readouterr()
        return status, output.out, output.err

    return run


def records(lines):
    return [json.loads(line) for line in lines.splitlines()]


def news(folder, count=200, name="news.jsonl"):
    """Write many documents, every tenth of them broken."""
    lines = [json.dumps({"text": f"Talks about talks, number {number}"}) for number in range(count)]
    lines[::10] = ["{"] * len(lines[::10])
    (folder / name).write_text("\n".join(lines))
    return name


@pytest.mark.parametrize("error", [ZeroDivisionError, BrokenPipeError])
def test_a_fault_does_not_end_as_if_only_some_documents_had_failed(run, monkeypatch, error):
    def fail(arguments):
        raise error("faulty")

    monkeypatch.setattr(cli.convert, "run", fail)
    status, _, err = run("convert", "a.jsonl", "-o", "b.csv")
    assert (status, f"{error.__name__}: faulty" in err) == (70, True)


# extract --------------------------------------------------------------------------------------


def test_extract_writes_json_lines_to_standard_output(run, folder):
    (folder / "a.txt").write_bytes(b"date 2020-07-12 More talks\r\n")
    status, out, err = run("extract", "a.txt")
    assert (status, err) == (0, "")
    (record,) = records(out)
    assert (record["id"], record["date"], record["text"]) == ("a", "2020-07-12", "More talks\r\n")
    assert record["version"] == {"form": 1, "model": "stand-in"}
    assert len(record["meetings"]) == 1


def test_extract_names_what_failed_and_writes_all_else(run, folder):
    (folder / "a.jsonl").write_text(
        '{"text": "talks"}\n{"text": "talks"}\n{"text": talks}\n{"text": "talks"}'
    )
    (folder / "b.csv").write_text("body\ntalks\n")
    status, out, err = run("extract", "a.jsonl", "b.csv", "-o", "out.jsonl")
    assert (status, out) == (1, "")
    first, second = err.splitlines()
    assert first.startswith("a.jsonl:3: broken JSON")
    assert second.startswith("b.csv:1: no column 'text'; the columns are 'body'")
    assert [record["id"] for record in records((folder / "out.jsonl").read_text())] == ["a:1", "a:2", "a:4"]
    listed = records((folder / "out.jsonl.errors").read_text())
    assert [f"{line['file']}:{line['line']}: {line['reason']}" for line in listed] == [first, second]


def test_extract_removes_the_list_of_failures_of_an_earlier_run(run, folder):
    news(folder)
    assert run("extract", "news.jsonl", "-o", "out.csv")[0] == 1
    assert (folder / "out.csv.errors").exists()
    (folder / "news.jsonl").write_text('{"text": "talks"}')
    assert run("extract", "news.jsonl", "-o", "out.csv")[0] == 0
    assert names(folder) == ["news.jsonl", "out.csv"]


def test_extract_writes_a_table(run, folder):
    (folder / "a.txt").write_text("talks and talks")
    assert run("extract", "a.txt", "-o", "OUT.CSV", "--date", "2021-05-06") == (0, "", "")
    rows = list(csv.DictReader(io.StringIO((folder / "OUT.CSV").read_text(encoding="utf-8"))))
    assert [(row["document"], row["published"], row["id"]) for row in rows] == [
        *(("a", "2021-05-06", "1"), ("a", "2021-05-06", "2"))
    ]
    assert rows[0]["participants"] == "\ufffd Überbank"


def test_extract_takes_other_column_names(run, folder):
    (folder / "a.csv").write_text("url,body,day\nu1,talks,2020-07-12\n")
    options = ("--text-column", "body", "--date-column", "day", "--id-column", "url")
    status, out, _ = run("extract", "a.csv", *options)
    assert status == 0
    assert [(one["id"], one["date"], one["text"]) for one in records(out)] == [("u1", "2020-07-12", "talks")]


def test_extract_passes_model_and_score_on(run, folder, monkeypatch):
    (folder / "a.txt").write_text("")
    loaded = []
    monkeypatch.setattr(eventx, "load", lambda *args, **options: loaded.append((args, options)) or StandIn())
    assert run("extract", "a.txt", "--model", "M", "--min-score", "0.25")[0] == 0
    assert run("extract", "a.txt", "--no-gate")[0] == 0
    assert loaded == [
        (("M",), {"min_score": 0.25, "gate": True}),
        ((None,), {"min_score": 0.0, "gate": False}),
    ]


def test_extract_passes_jobs_and_batches_of_64_on(run, folder, nlp_stand_in, monkeypatch):
    (folder / "a.txt").write_text("")
    options = {}
    monkeypatch.setattr(nlp_stand_in, "pipe", lambda items, **given: options.update(given) or iter(()))
    assert run("extract", "a.txt", "--jobs", "3")[0] == 0
    assert options == {"batch_size": 64, "n_process": 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND"),
        (["extract"], "INPUT"),
        (["extract", "none.txt"], "no such file: none.txt"),
        (["extract", "a.docx"], "a.docx: the ending is none of .txt, .jsonl, .csv"),
        (["extract", "a.txt", "-o", "out.doc"], "out.doc: the ending is none of .jsonl, .csv"),
        (["extract", "a.txt", "-o", "none/out.csv"], "no such folder"),
        (["extract", "a.txt", "-o", "folder.csv"], "this is a folder"),
        (["convert", "a.jsonl", "-o", "new.csv/"], "this is a folder"),
        (["extract", "a.txt", "-o", "a.jsonl/"], "this is a file"),
        (["extract", "a.txt", "-o", "new"], "end it with / to make a folder"),
        (["extract", "a.txt", "a.jsonl", "-o", "x.ann"], "for several give a folder"),
        (["convert", ".", "-o", "sub/"], "lies in the input"),
        (["convert", ".", "-o", "./"], "both input and output"),
        (["extract", "a.jsonl", "-o", "./a.jsonl"], "both input and output"),
        (["convert", "a.jsonl", "-o", "./a.jsonl"], "both input and output"),
        (["convert", "a.jsonl"], "-o"),
        (["convert", "none.jsonl", "-o", "x.csv"], "none.jsonl"),
        (["convert", "a.txt", "-o", "x.csv"], "a.txt: the ending is none of .jsonl, .parquet, .ann"),
        (["plot", "a.jsonl", "-o", "x.png"], "nothing to draw"),
        (["extract", "a.txt", "--date", "2020-02-30"], "2020-02-30"),
        (["extract", "a.txt", "--date", "July"], "July"),
        (["extract", "a.txt", "--jobs", "0"], "whole number"),
        (["extract", "a.txt", "--jobs", "two"], "whole number"),
        (["extract", "a.txt", "--min-score", "1.5"], "0 to 1"),
        (["extract", "a.txt", "--min-score", "nan"], "0 to 1"),
        (["extract", "a.txt", "--min-score", "high"], "0 to 1"),
        (["extract", "a.txt", "--resume"], "-o OUT"),
        (["evaluate", "none.jsonl"], "no such file"),
        (["evaluate", "a.txt"], "jsonl"),
        (["evaluate", "a.jsonl", "--pred", "none.jsonl"], "no such file"),
        (["evaluate", "a.jsonl", "--pred", "a.jsonl", "--given", "spans"], "not allowed with"),
        (["train", "--dev", "a.jsonl", "--out", "m"], "--train"),
    ],
)
def test_wrong_usage(run, folder, arguments, message):
    for name in ("a.txt", "a.docx", "a.jsonl"):
        (folder / name).write_text("")
    (folder / "folder.csv").mkdir()
    before = names(folder)
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert names(folder) == before


def test_a_model_that_cannot_be_loaded_is_wrong_usage(run, folder, monkeypatch):
    def load(model, **options):
        raise FileNotFoundError(f"{model}: no model here")

    monkeypatch.setattr(eventx, "load", load)
    (folder / "a.txt").write_text("")
    assert run("extract", "a.txt", "--model", "M") == (2, "", "eventx: error: M: no model here\n")
    assert run("info", "--model", "M") == (2, "", "eventx: error: M: no model here\n")


@pytest.mark.parametrize(("by", "status"), [("kill", 9), ("interrupt", 130), ("end", 143)])
@pytest.mark.parametrize("older", [True, False])
def test_an_interrupted_run_leaves_the_output_as_it_was(folder, by, status, older):
    news(folder)
    if older:
        (folder / "out.jsonl").write_text("older")
    done = process("extract", "news.jsonl", "-o", "out.jsonl", at=100, by=by)
    assert done.returncode == status
    assert b"Traceback" not in done.stderr
    assert (folder / "out.jsonl").exists() == older
    assert not older or (folder / "out.jsonl").read_text() == "older"
    if by != "kill":
        assert names(folder) == (["news.jsonl", "out.jsonl"] if older else ["news.jsonl"])


def test_an_error_of_the_model_is_not_hidden_and_leaves_no_output(run, folder, nlp_stand_in):
    news(folder)
    nlp_stand_in.stop = lambda number: 1 // (100 - number)
    status, _, err = run("extract", "news.jsonl", "-o", "out.jsonl")
    assert (status, "ZeroDivisionError" in err) == (70, True)
    assert names(folder) == ["news.jsonl"]


def test_a_link_stays_a_link_to_the_new_output(run, folder):
    (folder / "a.txt").write_text("talks")
    (folder / "far").mkdir()
    (folder / "out.jsonl").symlink_to("far/real.jsonl")
    assert run("extract", "a.txt", "-o", "out.jsonl")[0] == 0
    assert (folder / "out.jsonl").is_symlink()
    assert len(records((folder / "far/real.jsonl").read_text())) == 1


def test_a_closed_pipe_ends_quietly(folder):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n' * 5000)
    arguments = [*STAND_IN, "extract", "a.jsonl"]
    with subprocess.Popen(
        arguments, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert json.loads(process.stdout.readline())["id"] == "1"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_standard_input_and_utf8_whatever_the_locale(folder):
    lines = '{"text": "Überall talks", "date": "2020-07-12"}\n'.encode() + b"\xff\n"
    locale = environment(LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    done = subprocess.run([*STAND_IN, "extract", "-"], env=locale, input=lines, capture_output=True)
    assert done.returncode == 1
    assert "Überall".encode() in done.stdout
    assert records(done.stdout.decode())[0]["id"] == "1"
    assert done.stderr == b"<stdin>:2: not UTF-8: byte 0xff\n"


# extract --resume -----------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_resumed_output_is_that_of_an_unbroken_run(run, folder, ending):
    news(folder, 400)
    assert run("extract", "news.jsonl", "-o", f"whole.{ending}")[0] == 1
    arguments = ("extract", "news.jsonl", "-o", f"out.{ending}", "--resume")
    for by in ("kill", "interrupt", "kill"):
        assert process(*arguments, at=random.randint(1, 90), by=by).returncode in (9, 130)
        assert not (folder / f"out.{ending}").exists()
    done = process(*arguments)
    assert done.returncode == 1
    assert done.stderr.decode().count("news.jsonl:") == 40
    assert (folder / f"out.{ending}").read_bytes() == (folder / f"whole.{ending}").read_bytes()
    errors = (folder / f"out.{ending}.errors").read_bytes()
    assert errors == (folder / f"whole.{ending}.errors").read_bytes()
    assert not (folder / f"out.{ending}.part").exists()


@pytest.mark.parametrize("out", ["out/", "there", "there/"])
def test_a_resumed_folder_is_that_of_an_unbroken_run(run, folder, out):
    news(folder, 300)
    (folder / "there").mkdir()
    assert run("extract", "news.jsonl", "-o", "whole/")[0] == 1
    arguments = ("extract", "news.jsonl", "-o", out, "--resume")
    for by in ("kill", "interrupt"):
        assert process(*arguments, at=random.randint(1, 90), by=by).returncode in (9, 130)
        assert not list(folder.glob(f"{out}/*"))
    assert process(*arguments).returncode == 1
    whole, made = (
        {path.name: path.read_bytes() for path in (folder / name).iterdir()} for name in ("whole", out)
    )
    assert made == whole
    assert len(made) == 2 * 270 + 2
    status, _, err = run(*arguments)
    assert (status, err.splitlines()[0]) == (1, f"{out.rstrip('/')} is finished")


def test_a_folder_is_finished_for_what_it_was_made_of(run, folder):
    for name in "ab":
        (folder / f"{name}.txt").write_text(f"{name} talks")
        assert run("extract", f"{name}.txt", "-o", "out/", "--resume") == (0, "", "")
    assert names(folder / "out") == [".eventx", "a.ann", "a.txt", "annotation.conf", "b.ann", "b.txt"]


def spooled(results, **settings):
    """Results as a broken run leaves them: behind a header."""
    return json.dumps(Extraction(StandIn(), []).settings() | settings).encode() + b"\n" + results


@pytest.mark.parametrize("cut", [0, 1, 5000, 64, None])
def test_resume_goes_on_from_whatever_was_written(run, folder, nlp_stand_in, cut):
    news(folder, 300)
    run("extract", "news.jsonl", "-o", "out.jsonl")
    whole = (folder / "out.jsonl").read_bytes()
    (folder / "out.jsonl").unlink()
    (folder / "out.jsonl.part").write_bytes(spooled(whole[:cut]) if cut != 0 else spooled(b"")[:7])
    read = []
    nlp_stand_in.stop = read.append
    assert run("extract", "news.jsonl", "-o", "out.jsonl", "--resume")[0] == 1
    assert (folder / "out.jsonl").read_bytes() == whole
    assert len(read) == 270 - whole[:cut].count(b"\n") // 64 * 64


@pytest.mark.parametrize("broken", [True, False])
def test_resume_changes_nothing_when_the_output_is_finished(run, folder, nlp_stand_in, broken):
    news(folder)
    if not broken:
        (folder / "news.jsonl").write_text('{"text": "talks"}')
    arguments = ("extract", "news.jsonl", "-o", "out.csv", "--resume")
    status, _, failures = run(*arguments)
    assert status == (1 if broken else 0)
    files = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    nlp_stand_in.stop = lambda number: pytest.fail("read again")
    (again, _, err) = run(*arguments)
    assert again == status
    assert err == f"out.csv is finished\n{failures}"
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == files


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("other", {}, "other input"),
        ("", {}, "other input"),
        (None, {"version": "0.0.1"}, "another version, model or settings"),
        (None, {"model": "other"}, "another version, model or settings"),
        (None, {"files": {"tokenizer.json": "0"}}, "another version, model or settings"),
        (None, {"min_score": 0.5}, "another version, model or settings"),
        (None, {"gate": False}, "another version, model or settings"),
        (None, None, "is damaged"),
    ],
)
def test_resume_refuses_results_of_another_run(run, folder, text, settings, message):
    name = news(folder, 100)
    spool = folder / "out.jsonl.part"
    run("extract", name, "-o", "out.jsonl")
    results = (folder / "out.jsonl").read_bytes()
    (folder / "out.jsonl").unlink()
    before = (
        spooled(results, **settings) if settings is not None else spooled(results.replace(b'"date"', b"", 1))
    )
    spool.write_bytes(before)
    if text is not None:
        (folder / name).write_text(json.dumps({"text": text}) if text else "")
    status, _, err = run("extract", name, "-o", "out.jsonl", "--resume")
    assert status == 2
    assert message in err
    assert before.startswith(spool.read_bytes())
    assert spool.read_bytes().count(b"\n") >= 65


def test_a_run_without_resume_starts_anew(run, folder):
    name = news(folder, 100)
    (folder / "out.jsonl.part").write_text("left over\n" * 64)
    assert run("extract", name, "-o", "out.jsonl")[0] == 1
    assert len(records((folder / "out.jsonl").read_text())) == 90
    assert not (folder / "out.jsonl.part").exists()


def test_a_file_appears_complete_or_not_at_all(folder):
    def write_half():
        with forms.complete(file) as draft:
            draft.write_text("half")
            raise KeyError

    file = folder / "a"
    with pytest.raises(KeyError):
        write_half()
    assert names(folder) == []
    with forms.complete(file) as draft:
        draft.write_bytes(b"who\r\nle\n")
        draft.with_name("b").write_text("beside")
        assert not file.exists()
    assert file.read_bytes() == b"who\r\nle\n"
    assert names(folder) == ["a", "b"]


def test_an_older_folder_keeps_its_files(folder):
    (folder / "out").mkdir()
    (folder / "out" / "older").write_text("1")
    with forms.complete(folder / "out", folder=True) as draft:
        (draft / "new").write_text("2")
    assert names(folder / "out") == ["new", "older"]
    assert names(folder) == ["out"]


# convert, completion, help -----------------------------------------------------------------------


def test_convert_writes_records_in_another_form(run, folder):
    (folder / "a.txt").write_text("talks and talks")
    assert run("extract", "a.txt", "-o", "a.jsonl")[0] == 0
    with (folder / "a.jsonl").open("a") as stream:
        stream.write("{\n")
    status, out, err = run("convert", "a.jsonl", "-o", "a.mentions.csv")
    assert (status, out) == (1, "")
    assert err.startswith("a.jsonl:2: broken JSON")
    rows = list(csv.DictReader(io.StringIO((folder / "a.mentions.csv").read_text("utf-8"))))
    assert [(row["meeting"], row["trigger_start"]) for row in rows] == [("1", "0"), ("2", "10")]


@pytest.mark.parametrize("out", ["a.ann", "brat"])
def test_an_output_beside_replaces_no_input(run, folder, out):
    (folder / "brat").mkdir()
    for name in ("a.txt", "brat/a.txt"):
        (folder / name).write_text("date 2020-07-12 talks")
    status, _, err = run("extract", "a.txt" if out == "a.ann" else "brat/a.txt", "-o", out)
    assert status == 2
    assert "a.txt is both input and output" in err
    assert all((folder / name).read_text() == "date 2020-07-12 talks" for name in ("a.txt", "brat/a.txt"))
    assert sorted([*names(folder), *names(folder / "brat")]) == ["a.txt", "a.txt", "brat"]


def test_an_output_beside_replaces_no_text_of_others(run, folder):
    (folder / "b.txt").write_text("talks")
    (folder / "a.txt").write_text("precious")
    status, _, err = run("extract", "b.txt", "-o", "a.ann")
    assert status == 2
    assert "a.txt is there already, with another content" in err
    assert (folder / "a.txt").read_text() == "precious"
    (folder / "a.txt").unlink()
    for _ in range(2):  # a run that is done again replaces its own
        assert run("extract", "b.txt", "-o", "a.ann")[0] == 0
    (folder / "brat").mkdir()
    (folder / "brat" / "annotation.conf").write_text("changed by the user")
    assert run("extract", "b.txt", "-o", "brat")[0] == 0
    assert (folder / "brat" / "annotation.conf").read_text() == "changed by the user"
    assert names(folder) == ["a.ann", "a.txt", "b.txt", "brat"]
    assert names(folder / "brat") == [".eventx", "annotation.conf", "b.ann", "b.txt"]


def test_convert_takes_several_files_and_makes_a_folder(run, folder):
    for name in "ab":
        (folder / f"{name}.txt").write_text(f"{name} talks")
        run("extract", f"{name}.txt", "-o", f"{name}.jsonl")
    assert run("convert", "a.jsonl", "b.jsonl", "-o", "brat/") == (0, "", "")
    assert {"a.ann", "a.txt", "b.ann", "b.txt"} <= set(names(folder / "brat"))
    assert run("convert", "brat", "-o", "back.jsonl") == (0, "", "")
    back = records((folder / "back.jsonl").read_text("utf-8"))
    assert [(one["id"], one["text"], len(one["events"])) for one in back] == [
        ("a", "a talks", 1),
        ("b", "b talks", 1),
    ]


@pytest.mark.parametrize(
    ("out", "missing"),
    [("x.parquet", "pyarrow"), ("x.ics", "icalendar"), ("x.graphml", "networkx"), ("x.gexf", "networkx")],
)
@pytest.mark.parametrize("options", [[], ["--resume"]])
def test_a_missing_library_is_told_before_the_work_begins(
    run, folder, nlp_stand_in, monkeypatch, out, missing, options
):
    for module in [name for name in sys.modules if name.startswith("eventx.forms.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, missing, None)
    nlp_stand_in.stop = lambda number: pytest.fail("read in vain")
    news(folder)
    status, _, err = run("extract", "news.jsonl", "-o", out, *options)
    assert (status, err) == (2, f"eventx: error: no module {missing}: pip install 'eventx[formats]'\n")
    assert names(folder) == ["news.jsonl"]


@pytest.mark.parametrize(
    ("command", "name", "missing"),
    [
        ("extract", "a.html", "trafilatura"),
        ("extract", "a.htm.gz", "trafilatura"),
        ("extract", "a.parquet", "pyarrow.parquet"),
        ("convert", "a.parquet", "pyarrow.parquet"),
    ],
)
def test_a_library_that_an_input_needs_is_told_before_the_work_begins(
    run, folder, nlp_stand_in, monkeypatch, command, name, missing
):
    monkeypatch.setitem(sys.modules, missing, None)
    nlp_stand_in.stop = lambda number: pytest.fail("read in vain")
    news(folder)
    (folder / name).write_bytes(b"")
    inputs = ["news.jsonl"] * (command == "extract") + [name]
    status, out, err = run(command, *inputs, "-o", "x.csv")
    assert (status, out) == (2, "")
    assert err == f"eventx: error: no module {missing}: pip install 'eventx[formats]'\n"
    assert names(folder) == sorted(["news.jsonl", name])


def test_annotations_that_were_corrected_are_not_overwritten(run, folder):
    news(folder, 3)
    assert run("extract", "news.jsonl", "-o", "brat/")[0] == 1
    corrected = folder / "brat" / "3.ann"
    corrected.write_text("by hand")
    status, _, err = run("extract", "news.jsonl", "-o", "brat/", "--min-score", "1")
    assert status == 2
    assert "brat/3.ann is there already, with another content: move it away" in err
    assert corrected.read_text() == "by hand"


def test_an_annotation_may_stand_beside_its_text(run, folder):
    (folder / "a.txt").write_text("more talks\r\n", newline="")
    assert run("extract", "a.txt", "-o", "a.ann") == (0, "", "")
    assert (folder / "a.txt").read_bytes() == b"more talks\r\n"
    assert "T1\tMeeting 5 10\ttalks" in (folder / "a.ann").read_text()


def test_convert_takes_packed_files_patterns_and_standard_input(run, folder, monkeypatch):
    for name in "ab":
        (folder / f"{name}.txt").write_text("talks")
        run("extract", f"{name}.txt", "-o", f"{name}.jsonl")
    (folder / "c.jsonl.gz").write_bytes(gzip.compress((folder / "a.jsonl").read_bytes()))
    assert run("convert", "?.jsonl", "c.jsonl.gz", "-o", "out.csv") == (0, "", "")
    rows = list(csv.DictReader(io.StringIO((folder / "out.csv").read_text("utf-8"))))
    assert [row["document"] for row in rows] == ["a", "b", "a"]
    command = [sys.executable, "-m", "eventx", "convert", "-", "-o", "in.csv"]
    lines = (folder / "b.jsonl").read_bytes()
    done = subprocess.run(command, env=environment(), input=lines, capture_output=True, check=True)
    assert done.stderr == b""
    assert len((folder / "in.csv").read_text("utf-8").splitlines()) == 2


def test_convert_takes_texts_of_another_field(run, folder):
    task = {"data": {"body": "They met."}, "annotations": [{"result": []}]}
    (folder / "a.json").write_text(json.dumps([task]))
    status, _, err = run("convert", "a.json", "-o", "a.jsonl")
    assert (status, err) == (1, "a.json:1: no field 'text'; the fields are 'body'\n")
    assert run("convert", "a.json", "-o", "b.jsonl", "--text-column", "body") == (0, "", "")
    assert records((folder / "b.jsonl").read_text())[0]["text"] == "They met."


def test_convert_takes_dates_and_ids_of_other_fields(run, folder, caplog):
    record = {"body": "They met.", "day": "2021-03-04", "url": "u/1"}
    (folder / "a.json").write_text(json.dumps([{"data": record, "annotations": [{"result": []}]}]))
    (folder / "b.jsonl").write_text(json.dumps(record | {"url": "u/2"}))
    pyarrow.parquet.write_table(
        pyarrow.table({name: [value] for name, value in (record | {"url": "u/3"}).items()}), "c.parquet"
    )
    names = "--text-column", "body", "--date-column", "day", "--id-column", "url"
    assert run("convert", "a.json", "b.jsonl", "c.parquet", "-o", "out.jsonl", *names) == (0, "", "")
    found = records((folder / "out.jsonl").read_text())
    assert [(one["id"], one["date"]) for one in found] == [(f"u/{n}", "2021-03-04") for n in (1, 2, 3)]
    assert caplog.messages == []
    wrong = "--text-column", "body", "--date-column", "dya", "--id-column", "url"
    status, _, err = run("convert", "a.json", "b.jsonl", "c.parquet", "-o", "out.jsonl", *wrong)
    assert (status, err.splitlines()) == (
        1,
        ["c.parquet:1: no column 'dya'; the columns are 'body', 'day', 'url'"],
    )
    assert caplog.messages == [
        "a.json: no task's data have the field 'dya'",
        "b.jsonl: no record has the field 'dya'",
    ]


def test_a_record_that_a_form_cannot_hold_costs_no_other(run, folder):
    (folder / "a.txt").write_text("talks")
    run("extract", "a.txt", "-o", "a.jsonl")
    record = json.loads((folder / "a.jsonl").read_text())
    record["meetings"][0] |= {"start": "2021-13-45", "end": None}
    with (folder / "a.jsonl").open("a") as stream:
        stream.write(json.dumps(record) + "\n")
    for out in ("a.ics", "a.csv"):
        status, _, err = run("convert", "a.jsonl", "-o", out)
        assert status == 1
        assert err.startswith("a.jsonl:2: meetings[0].start is '2021-13-45'")
    assert len((folder / "a.csv").read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_prints_a_script(run, shell):
    status, out, err = run("completion", shell)
    assert (status, err) == (0, "")
    assert "min-score" in out


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash_completes_commands_options_and_files(run, folder):
    (folder / "eventx.sh").write_text(run("completion", "bash")[1])
    (folder / "articles").mkdir()

    def completed(*words):
        line = " ".join(words)
        script = f"""
source eventx.sh
COMP_WORDS=({line} ''); COMP_CWORD={len(words)}; COMP_LINE="{line} "; COMP_POINT={len(line) + 1}
$(complete -p eventx | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert {"extract", "convert", "train"} <= set(completed("eventx"))
    assert any(word.startswith("articles") for word in completed("eventx", "extract", "--model"))


@pytest.mark.parametrize("command", [[], *([module.NAME] for module in cli.COMMANDS)])
def test_help_has_examples_and_no_colour_off_a_terminal(run, command):
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    assert "\x1b" not in out
    assert "eventx" in out
    assert not command or f"  eventx {command[0]}" in out.split("examples:")[1]


def on_terminal(command, everything=False):
    """Return exit status of a command and what it prints on a terminal: on standard error, or everything."""
    pty = pytest.importorskip("pty")
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    out = other if everything else subprocess.DEVNULL
    with subprocess.Popen(command, env=environment(), stderr=other, stdout=out) as process:
        os.close(other)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal ends
            while block := os.read(main, 1000):
                shown += block
    return process.returncode, shown


def test_colour_on_a_terminal(folder):
    status, shown = on_terminal([sys.executable, "-m", "eventx", "extract", "none.txt"])
    assert status == 2
    assert b"\x1b[1;31meventx: error:\x1b[0m no such file: none.txt" in shown


@pytest.mark.parametrize("quiet", [True, False])
def test_progress_is_for_terminals_and_can_be_switched_off(folder, quiet):
    news(folder)
    command = [*STAND_IN, "extract", "news.jsonl", "-o", "out.jsonl", *(["--quiet"] if quiet else [])]
    status, shown = on_terminal(command)
    assert status == 1
    assert shown.count(b"news.jsonl:") == 20
    assert (b"documents" in shown) != quiet
    assert quiet or re.search(rb"100%\|.*\| 180 documents, [0-9.]+/s \[[0-9:]+<00:00\]", shown)


def test_records_on_a_terminal_share_no_line_with_progress(folder):
    news(folder)
    status, shown = on_terminal([*STAND_IN, "extract", "news.jsonl"], everything=True)
    assert status == 1
    lines = shown.decode().splitlines()
    assert sum(json.loads(line)["text"] != "" for line in lines if line.startswith("{")) == 180
    assert sum(line.startswith("news.jsonl:") for line in lines) == 20
    assert len(lines) == 200


@pytest.mark.parametrize("arguments", [["convert", "a.jsonl", "-o", "b.csv"], ["evaluate", "a.jsonl"]])
@pytest.mark.parametrize("quiet", [True, False])
def test_other_commands_show_progress_with_the_time_left(folder, arguments, quiet):
    lines = [Document(str(number), None, "talks", [], []).to_json() for number in range(200)]
    (folder / "a.jsonl").write_text("".join(f"{line}\n" for line in lines))
    status, shown = on_terminal([*STAND_IN, *arguments, *(["--quiet"] if quiet else [])])
    assert status == 0
    assert bool(re.search(rb"100%\|.*\| 200 documents, [0-9.]+/s \[[0-9:]+<00:00\]", shown)) != quiet


def test_progress_measures_what_is_done(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with contextlib.suppress(KeyError), progress.Progress(100) as bar:
        bar.advance(100)
        bar.finish(25)
        raise KeyError
    assert " 25%|" in capsys.readouterr().err


@pytest.mark.parametrize("plain", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(folder, monkeypatch, plain):
    for name, value in plain.items():
        monkeypatch.setenv(name, value)
    _, shown = on_terminal([sys.executable, "-m", "eventx", "extract", "none.txt"])
    assert shown == b"eventx: error: no such file: none.txt\r\n"


# evaluate, train, info ------------------------------------------------------------------------


@pytest.fixture
def gold_file(folder):
    text = "Talks follow talks, the talks of today"
    spans = [Span(at, at + 5, "talks") for at in (13, 24)]
    events = [Event(span, places=[Span(33, 38, "today")], status="scheduled", cluster=1) for span in spans]
    (folder / "gold.jsonl").write_text(Document("a", None, text, events).to_json() + "\n")
    return folder / "gold.jsonl"


def test_evaluate_runs_the_model(run, gold_file, nlp_stand_in):
    status, out, err = run("evaluate", "gold.jsonl", "--json")
    assert (status, err) == (0, "")
    scores = json.loads(out)
    assert scores["triggers"]["f1"] == 1
    assert scores["arguments"]["all"]["recall"] == 0
    assert [document.events for document in nlp_stand_in.given] == [[]]


@pytest.mark.parametrize(("given", "places"), [("triggers", 0), ("spans", 1)])
def test_evaluate_gives_the_model_no_more_than_asked(run, gold_file, nlp_stand_in, given, places):
    assert run("evaluate", "gold.jsonl", "--given", given)[0] == 0
    (document,) = nlp_stand_in.given
    assert document.meetings is None
    assert [len(event.places) for event in document.events] == [places, places]
    assert {(event.status, event.cluster) for event in document.events} == {("occurred", None)}


def test_evaluate_compares_with_answers(run, folder, gold_file):
    answer = json.loads(gold_file.read_text())
    answer["events"].pop()
    (folder / "pred.jsonl.gz").write_bytes(gzip.compress(json.dumps(answer).encode()))
    status, out, _ = run("evaluate", "gold.jsonl", "--pred", "pred.jsonl.gz", "--json")
    assert status == 0
    assert json.loads(out)["triggers"]["recall"] == 0.5
    status, out, _ = run("evaluate", "gold.jsonl", "--pred", "pred.jsonl.gz")
    assert "triggers" in out.split()
    assert "50.0" in out.split()


def test_evaluate_refuses_answers_for_other_documents(run, folder, gold_file):
    (folder / "pred.jsonl").write_text('{"id": "b", "text": ""}')
    status, out, err = run("evaluate", "gold.jsonl", "--pred", "pred.jsonl")
    assert (status, out) == (2, "")
    assert "'a'" in err


def test_evaluate_names_broken_lines(run, gold_file):
    with gold_file.open("a") as stream:
        stream.write('{"id": "b"}\n')
    status, out, err = run("evaluate", "gold.jsonl", "--json")
    assert status == 1
    assert err.startswith("gold.jsonl:2: ")
    assert json.loads(out)["documents"] == 1


def test_train_says_what_to_install(run, monkeypatch):
    for module in [name for name in sys.modules if name.startswith("eventx.training")]:
        monkeypatch.delitem(sys.modules, module)
    for module in ("torch", "transformers", "datasets", "scipy"):
        monkeypatch.setitem(sys.modules, module, None)
    status, out, err = run("train", "--train", "a.jsonl", "b.jsonl", "--dev", "c.jsonl", "--out", "m")
    assert (status, out) == (2, "")
    assert "pip install 'eventx[train]'" in err


def test_train_passes_its_arguments_on_and_prints_the_scores(run, monkeypatch):
    calls = []
    training = types.ModuleType("eventx.training")
    outcome = types.SimpleNamespace(table=lambda: "the scores")
    training.InputError = ValueError
    training.train = lambda *arguments, quiet: calls.append((*arguments, quiet)) or outcome
    training.read_config = lambda file, base: f"settings of {file} for {base}"
    monkeypatch.setitem(sys.modules, "eventx.training", training)
    files = ("--train", "a.jsonl", "b.jsonl", "--dev", "c.jsonl", "--out", "m")
    assert run("train", *files) == (0, "the scores\n", "")
    more = ("--base", "w", "--config", "s.toml", "--teacher", "t", "--unlabelled", "n.jsonl", "--quiet")
    assert run("train", *files, *more)[0] == 0
    given = [Path("a.jsonl"), Path("b.jsonl")], Path("c.jsonl"), Path("m")
    assert calls == [
        (*given, None, "settings of None for None", None, [], False),
        (*given, Path("w"), "settings of s.toml for w", Path("t"), [Path("n.jsonl")], True),
    ]


def test_info(run):
    status, out, err = run("info", "--json")
    assert (status, err) == (0, "")
    facts = json.loads(out)
    assert {"version", "form", "model", "model_version", "engine", "threads", "gate"} <= set(facts)
    assert (facts["form"], facts["model_version"]) == (1, "stand-in")
    _, out, _ = run("info")
    assert dict(line.split(maxsplit=1) for line in out.splitlines()) == {
        name: str(fact) for name, fact in facts.items()
    }


TRAINING = {"torch", "transformers", "datasets", "sklearn", "spacy"}
RUNTIME = {"onnxruntime", "tokenizers", "numpy", "tqdm"}


@pytest.mark.parametrize("arguments", [["--help"], ["extract", "--help"], ["train", "--help"]])
def test_help_imports_neither_training_nor_runtime(arguments):
    assert imported(arguments, TRAINING | RUNTIME) == "[]"


def test_info_imports_nothing_of_training(nlp):
    assert imported(["info"], TRAINING) == "[]"


def imported(arguments, modules):
    """Return which of the modules a command imports."""
    code = f"""
import sys
from eventx.cli import main
try:
    main({arguments})
except SystemExit:
    pass
print(sorted({modules} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, check=True)
    return done.stdout.decode().splitlines()[-1]


# With the model -------------------------------------------------------------------------------


def test_extract_reads_the_seed(nlp, folder, seed_file):
    module = [sys.executable, "-m", "eventx"]
    done = subprocess.run(
        [*module, "extract", str(seed_file)], env=environment(), capture_output=True, check=True
    )
    (record,) = records(done.stdout.decode())
    document = nlp(record["text"], date="2020-07-12")
    assert (record["id"], record["date"]) == (seed_file.stem, "2020-07-12")
    assert record["events"]
    assert [event["trigger"]["text"] for event in record["events"]] == [
        event.trigger.text for event in document.events
    ]
    assert done.stderr == b""


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_output_does_not_depend_on_the_number_of_jobs(nlp, folder, jobs):
    names = ["Ann Lee", "Bo Ray", "Zoë Day"]
    texts = [
        f"{name} met the mayor of Oslo on Sunday, item {number}." for number in range(25) for name in names
    ]
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    assert cli.main(["extract", "a.jsonl", "-o", "out.csv", "--date", "2020-07-12", "--jobs", str(jobs)]) == 0
    rows = list(csv.DictReader(io.StringIO((folder / "out.csv").read_text(encoding="utf-8"))))
    meetings = [(one.id, it) for one in nlp.pipe(texts) for it in one.meetings]
    assert [(row["document"], row["status"]) for row in rows] == [(id, it.status) for id, it in meetings]


def test_an_interrupt_stops_all_jobs_quietly(nlp, folder):
    (folder / "a.jsonl").write_text('{"text": "Ann Lee met the mayor of Oslo on Sunday."}\n' * 50_000)
    command = [
        sys.executable,
        "-m",
        "eventx",
        "extract",
        "a.jsonl",
        "-o",
        "out.jsonl",
        "--resume",
        "--jobs",
        "2",
    ]
    results = folder / "out.jsonl.part"
    with subprocess.Popen(
        command, env=environment(), stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        while process.poll() is None and not (results.exists() and results.stat().st_size > 1000):
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stderr.read() == b""
    assert process.returncode == 130
    assert names(folder) == ["a.jsonl", "out.jsonl.part"]

"""Folders of parts: what is in them, and what becomes of them when processes die; with a stand-in model."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path

import pytest
from test_cli import StandIn, environment, names, news, records

import eventx
from eventx import cli, forms, progress, shards
from eventx.document import FORM, Document, Version
from eventx.parts import Folder, Shard
from eventx.readers import Failure


class Mortal(StandIn):
    """Dies or fails on documents that say so, in the process that reads them."""

    def __init__(self, model="stand-in", min_score=0.0):
        super().__init__(model=model)
        self.min_score = min_score

    def __reduce__(self):
        return Mortal, (self.version.model, self.min_score)

    def annotate(self, documents, given=None):
        for document in documents:
            order, _, argument = document.text.partition(" ")
            if order == "die" or (order == "die-once" and not Path(argument).exists()):
                if argument:
                    Path(argument).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            if order == "fail":
                raise ZeroDivisionError(argument)
            if order == "wait":
                time.sleep(float(argument.split()[0]))
        return super().annotate(documents)


class Stillborn(Mortal):
    """No other process can have it."""

    def __reduce__(self):
        return os._exit, (3,)


def main():
    eventx.load = lambda *arguments, **options: Mortal()
    sys.exit(cli.main())


COMMAND = [sys.executable, "-c", "from test_shards import main; main()", "extract"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def extract(folder, monkeypatch, capfd):
    """Run the command; return its status and what it says."""

    def extract(*arguments, nlp=None):
        monkeypatch.setattr(eventx, "load", lambda *given, **options: nlp or Mortal())
        try:
            status = cli.main(["extract", *arguments])
        except SystemExit as end:
            status = end.code
        return status, capfd.readouterr().err

    return extract


def write(folder, texts, name="a.jsonl"):
    (folder / name).write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def stamps(folder):
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def manifest(folder):
    return records((folder / "_manifest").read_text())


def single(extract, *inputs, ending=".jsonl"):
    """What the command writes to one file."""
    extract(*inputs, "-o", f"single{ending}")
    return Path(f"single{ending}").read_bytes()


# What is in them ------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_parts_are_the_single_file_cut_up(folder, extract, jobs):
    news(folder)
    assert extract("news.jsonl", "-o", "out.jsonl/", "--shard-size", "64", "--jobs", jobs)[0] == 1
    assert names(folder / "out.jsonl") == [
        *("_SUCCESS", "_errors", "_manifest", "part-00000.jsonl", "part-00001.jsonl", "part-00002.jsonl")
    ]
    parts = [path.read_bytes() for path in sorted((folder / "out.jsonl").glob("part-*"))]
    assert b"".join(parts) == single(extract, "news.jsonl")
    assert [part.count(b"\n") for part in parts] == [64, 64, 52]


@pytest.mark.parametrize("ending", [".csv", ".mentions.csv", ".plover.csv"])
def test_each_part_of_a_csv_has_a_header(folder, extract, ending):
    news(folder)
    extract("news.jsonl", "-o", f"out{ending}/", "--shard-size", "64")
    whole = list(csv.reader(io.StringIO(single(extract, "news.jsonl", ending=ending).decode())))
    parts = sorted((folder / f"out{ending}").glob(f"part-*{ending}"))
    assert len(parts) == 3
    rows = [list(csv.reader(io.StringIO(path.read_text("utf-8")))) for path in parts]
    assert {tuple(part[0]) for part in rows} == {tuple(whole[0])}
    assert [row for part in rows for row in part[1:]] == whole[1:]


@pytest.mark.parametrize("ending", [".parquet", ".mentions.parquet", ".records.parquet"])
def test_a_folder_of_parquet_is_one_table_to_others(folder, extract, ending):
    parquet = pytest.importorskip("pyarrow.parquet")
    polars = pytest.importorskip("polars")
    news(folder)
    extract("news.jsonl", "-o", f"out{ending}/", "--shard-size", "64")
    single(extract, "news.jsonl", ending=ending)
    whole = parquet.read_table(f"single{ending}")
    assert whole.num_rows >= 180
    table = parquet.read_table(f"out{ending}")  # passes over what begins with _
    assert table.equals(whole)
    assert table.schema.metadata == whole.schema.metadata
    assert polars.read_parquet(f"out{ending}/part-*.parquet").equals(polars.read_parquet(f"single{ending}"))


def test_a_folder_of_records_is_read_like_their_file(folder, extract, caplog):
    news(folder)
    extract("news.jsonl", "-o", "out.jsonl/", "--shard-size", "64")
    single(extract, "news.jsonl")
    for name in ("out.jsonl", "single.jsonl"):
        assert cli.main(["convert", name, "-o", f"{name}.csv"]) == 0
    assert caplog.messages == []  # nothing of files passed over
    assert (folder / "out.jsonl.csv").read_bytes() == (folder / "single.jsonl.csv").read_bytes()


def test_the_manifest_tells_how_each_part_came_to_be(folder, extract):
    write(folder, ["talks and talks", "talks", "none"])
    assert extract("a.jsonl", "-o", "out.csv/", "--shard-size", "2") == (0, "")
    header, first, second = manifest(folder / "out.csv")
    assert header == {
        **{"version": eventx.__version__, "model": "stand-in", "files": {}, "min_score": 0.0},
        **{"gate": True, "shard_size": 2, "form": ".csv"},
    }
    assert (first["file"], first["documents"], first["first"], first["last"]) == (
        "part-00000.csv",
        2,
        "1",
        "2",
    )
    assert (first["events"], first["meetings"], first["failures"]) == (3, 3, [])
    assert (second["documents"], second["events"]) == (1, 0)
    part = folder / "out.csv" / "part-00000.csv"
    digest = subprocess.run(["sha256sum", part], capture_output=True, text=True, check=True).stdout.split()[0]
    assert (first["size"], first["sha256"]) == (part.stat().st_size, digest)
    assert first["digest"] != second["digest"]


@pytest.mark.parametrize("text", ["", "{\n"])
def test_of_no_documents_there_is_one_empty_part(folder, extract, text):
    (folder / "a.jsonl").write_text(text)
    assert extract("a.jsonl", "-o", "out.csv/", "--resume")[0] == bool(text)
    assert (folder / "out.csv" / "part-00000.csv").read_text().startswith("document,published,id")
    assert (folder / "out.csv" / "_SUCCESS").exists()
    assert extract("a.jsonl", "-o", "out.csv/", "--resume")[0] == bool(text)


def test_the_model_writes_the_same_in_parts(nlp, folder, monkeypatch):
    """Whatever stands in the texts: the batches come back from other processes."""
    texts = [
        "Ann Lee met the mayor of Oslo on Sunday.",
        "",
        "👩‍🚀 met \ud800 in Rome.\r\n\r\nשלום: they will meet.",
    ]
    lines = [
        {"id": f"a/{n}" if n else None, "date": "2020-07-12", "text": text} for n, text in enumerate(texts)
    ]
    (folder / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert cli.main(["extract", "a.jsonl", "-o", "out.jsonl/", "--shard-size", "2"]) == 0
    assert cli.main(["extract", "a.jsonl", "-o", "single.jsonl"]) == 0
    parts = sorted((folder / "out.jsonl").glob("part-*"))
    assert b"".join(map(Path.read_bytes, parts)) == (folder / "single.jsonl").read_bytes()
    assert records(parts[0].read_text("utf-8"))[0]["meetings"][0]["date"] == "2020-07-12"


# Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "new.html/"], "the form .html is one file; in parts there are .jsonl, .csv"),
        (["-o", "new.ics/"], "the form .ics is one file"),
        (["-o", "new.json/"], "the form .json is one file"),
        (["-o", "new.graphml/"], "the form .graphml is one file"),
        (["-o", "there.parquet"], "end its name with /"),
        (["-o", "none/new.csv/"], "no such folder"),
        (["-o", "new.csv", "--shard-size", "5"], "--shard-size needs a folder of parts"),
        (["--shard-size", "5"], "--shard-size needs a folder of parts"),
        (["-o", "new.csv/", "--shard-size", "0"], "whole number"),
        (["-o", "there.parquet/"], "there.parquet holds other files (thesis.txt)"),
        (["-o", "there.parquet/", "--resume"], "there.parquet holds other files (thesis.txt)"),
        (["-o", "foreign.csv/", "--resume"], "is damaged, or another program's"),
        (["-o", "headless.csv/", "--resume"], "is damaged, or another program's"),
    ],
)
def test_refusals_change_nothing(folder, extract, arguments, message):
    write(folder, ["talks"])
    others = {
        "there.parquet": {"thesis.txt": "precious"},
        "foreign.csv": {"_manifest": "[1]\n{}\n", "part-00000.csv": "mine"},
        "headless.csv": {"_manifest": "mine", "part-00000.csv": "mine"},
    }
    for name, files in others.items():
        (folder / name).mkdir()
        for file, text in files.items():
            (folder / name / file).write_text(text)
    before = names(folder)
    status, err = extract("a.jsonl", *arguments)
    assert status == 2
    assert message in err
    assert names(folder) == before
    for name, files in others.items():
        assert content(folder / name) == {file: text.encode() for file, text in files.items()}


def test_help_says_how_large_a_part_is(capsys):
    with pytest.raises(SystemExit):
        cli.main(["extract", "--help"])
    assert f"(default: {shards.SIZE})" in capsys.readouterr().out


def test_help_lists_all_forms(capsys):
    with pytest.raises(SystemExit):
        cli.main(["extract", "--help"])
    assert set(forms.WRITERS) <= set(capsys.readouterr().out.replace(",", " ").split())


@pytest.fixture
def begun(folder, extract):
    """A folder of three parts."""
    write(folder, [f"talks {number}" for number in range(10)])
    assert extract("a.jsonl", "-o", "out.csv/", "--shard-size", "4") == (0, "")
    return folder / "out.csv"


@pytest.mark.parametrize(
    ("texts", "options", "nlp", "message"),
    [
        (None, [], None, "out.csv holds results: add --resume to go on, or remove it to start anew"),
        (None, ["--resume"], Mortal("other"), "with model 'stand-in', not 'other'"),
        (None, ["--resume"], Mortal(min_score=0.5), "with min_score 0.0, not 0.5"),
        (None, ["--resume", "--shard-size", "5"], None, "with shard_size 4, not 5"),
        (["other"] * 10, ["--resume"], None, "with other input (shard 0, '1' to '4')"),
        ([f"talks {number}" for number in range(11)], ["--resume"], None, "with other input (shard 2"),
        ([f"talks {number}" for number in range(9)], ["--resume"], None, "with other input (shard 2"),
        ([f"talks {number}" for number in range(8)], ["--resume"], None, "with more input"),
        ([], ["--resume"], None, "with other input (shard 0"),
    ],
)
def test_what_was_made_otherwise_stays_as_it_is(folder, extract, begun, texts, options, nlp, message):
    if texts is not None:
        write(folder, texts)
    before = content(begun)
    size = [] if "--shard-size" in options else ["--shard-size", "4"]
    status, err = extract("a.jsonl", "-o", "out.csv/", *size, *options, nlp=nlp)
    assert status == 2
    assert message in err
    assert content(begun) == before


def test_two_runs_do_not_write_to_one_folder(folder, extract, begun):
    pytest.importorskip("fcntl")
    settings = manifest(begun)[0]
    other = Folder(forms.output("out.csv/", parts=True), settings, True)
    status, err = extract("a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--resume")
    assert (status, "another run is writing there" in err) == (2, True)
    other.close()
    assert extract("a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--resume") == (
        0,
        "out.csv is finished\n",
    )


@pytest.fixture
def write_parts(folder):
    """Write parts of a document each, in the order of the numbers, and finish their folder."""

    def write_parts(numbers, text="talks"):
        parts = Folder(forms.output("out.jsonl/", parts=True), {"model": "stand-in"}, True)
        with contextlib.closing(parts):
            for number in numbers:
                if parts.part(number) is None:
                    item = {"id": str(number), "date": None, "text": "", "file": "a.jsonl", "line": number}
                    shard = Shard(number)
                    shard.add([item])
                    shard.results[0] = [Document(item["id"], None, text)]
                    parts.write(shard, Version(FORM, "stand-in"))
            parts.finish([Failure("a.jsonl", 9, "bad")])
        return folder / "out.jsonl"

    return write_parts


def test_no_other_run_begins_while_one_finishes(write_parts, monkeypatch):
    pytest.importorskip("fcntl")
    replace, refused = Path.replace, []

    def watched(draft, target):
        with pytest.raises(FileExistsError, match="another run is writing there"):
            write_parts([])
        refused.append(Path(target).name)
        return replace(draft, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", watched)
        write_parts([1, 0])
    assert refused == ["part-00001.jsonl", "part-00000.jsonl", "_errors", "_manifest"]
    write_parts([0, 1])  # now others can


def test_a_part_is_made_anew_with_other_results_whatever_step_fails(write_parts, monkeypatch):
    """As when a document was set aside, whoever removes its part, and the disk fails as it is made again."""
    out = write_parts([0, 1], "other")
    whole = content(out)
    shutil.rmtree(out)
    steps = count()

    def failing(step):
        def fail(*arguments):
            if next(steps) == at:
                raise OSError("the disk is gone")
            return step(*arguments)

        return fail

    for at in count():
        write_parts([1, 0])
        for part in out.glob("part-*"):
            part.unlink()
        steps = count()
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", failing(os.fsync))
            patch.setattr(Path, "replace", failing(Path.replace))
            try:
                write_parts([0, 1], "other")
                if next(steps) <= at:  # there are no more; that a folder cannot be synced is no failure
                    break
            except OSError:
                assert not (out / "_SUCCESS").exists() or content(out) == whole
        write_parts([0, 1], "other")
        assert content(out) == whole, at
        shutil.rmtree(out)
    assert at > 8


# What is done stays done ----------------------------------------------------------------------


def test_a_finished_folder_is_left_alone(folder, extract, begun):
    (begun / "notes.txt").write_text("mine")
    before = content(begun), stamps(begun)
    arguments = ("a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--resume")
    assert extract(*arguments, nlp=Stillborn()) == (0, "out.csv is finished\n")
    assert extract(*arguments, "--quiet", nlp=Stillborn()) == (0, "")
    assert (content(begun), stamps(begun)) == before


def test_a_part_that_was_removed_is_made_again_and_one_that_was_changed_is_not_trusted(
    folder, extract, begun
):
    before = content(begun)
    (begun / "part-00001.csv").unlink()
    arguments = ("a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--resume")
    assert extract(*arguments) == (0, "")
    assert content(begun) == before
    (begun / "part-00001.csv").write_text("by hand")
    status, err = extract(*arguments)
    assert status == 2
    assert f"{Path('out.csv', 'part-00001.csv')} is not as it was written: remove it" in err
    assert (begun / "part-00001.csv").read_text() == "by hand"


def test_a_run_goes_on_from_whatever_a_kill_left(folder, extract, begun):
    """The manifest may end anywhere; parts may be there before their lines are, and drafts of the next."""
    whole = content(begun)
    lines = whole["_manifest"]
    chance = random.Random(0)
    for cut in (0, 5, lines.index(b"\n") + 1, *chance.sample(range(len(lines)), 3), len(lines)):
        (begun / "_manifest").write_bytes(lines[:cut])
        (begun / "_SUCCESS").unlink()
        (begun / ".part-00002.csv.x1.tmp").mkdir()
        (begun / ".part-00002.csv.x1.tmp" / "part-00002.csv").write_text("half")
        (begun / "part-00007.csv").write_text("of a longer run")
        assert extract("a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--resume")[0] == 0
        assert content(begun) == whole, cut


def test_documents_of_shards_that_are_done_are_not_read_again(folder, extract):
    write(folder, ["talks"] * 4 + ["die-once done"] + ["talks"] * 3)
    assert extract("a.jsonl", "-o", "out.csv/", "--shard-size", "4") == (0, "")
    (folder / "done").unlink()  # who reads the document would make it anew
    (folder / "out.csv" / "part-00000.csv").unlink()
    assert extract("a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--resume") == (0, "")
    assert not (folder / "done").exists()


# Deaths ---------------------------------------------------------------------------------------


def test_the_parent_is_killed_again_and_again(folder, extract):
    news(folder)
    with (folder / "news.jsonl").open("a") as stream:
        stream.writelines('\n{"text": "wait 0.1"}' for _ in range(40))
    options = ("--shard-size", "16", "--jobs", "2", "--resume")
    assert extract("news.jsonl", "-o", "whole.jsonl/", *options)[0] == 1
    out = folder / "out.jsonl"
    chance = random.Random(3)
    kills = 0
    for done in (1, 4, 9, 11):  # lines of the manifest
        command = [*COMMAND, "news.jsonl", "-o", "out.jsonl/", *options]
        with subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while process.poll() is None and lines(out) <= done and time.monotonic() < deadline:
                time.sleep(0.002)
            time.sleep(chance.random() / 10)
            process.kill()
        kills += process.returncode == -signal.SIGKILL
        assert process.returncode == 1 or not (out / "_SUCCESS").exists()
    assert kills >= 3
    status, err = extract("news.jsonl", "-o", "out.jsonl/", *options)
    assert (status, err.count("news.jsonl:")) == (1, 20)
    assert content(out) == content(folder / "whole.jsonl")


def lines(out):
    return (out / "_manifest").read_bytes().count(b"\n") if (out / "_manifest").exists() else 0


def shards_done(out):
    text = (out / "_manifest").read_text() if (out / "_manifest").exists() else ""
    return set(map(int, re.findall(r'"shard": (\d+),', text)))


def test_a_process_that_dies_is_replaced_and_nobody_is_blamed(folder, extract):
    texts = [f"talks {number}" for number in range(20)]
    texts[3], texts[12] = "die-once first", "die-once second"
    write(folder, texts)
    assert extract("a.jsonl", "-o", "out.jsonl/", "--shard-size", "8", "--jobs", "2") == (0, "")
    whole = content(folder / "out.jsonl")  # now nobody dies any more
    shutil.rmtree(folder / "out.jsonl")
    assert extract("a.jsonl", "-o", "out.jsonl/", "--shard-size", "8") == (0, "")
    assert content(folder / "out.jsonl") == whole
    assert [len(records(whole[name].decode())) for name in sorted(whole) if "part" in name] == [8, 8, 4]


def test_processes_are_killed_at_any_moment(folder, extract):
    """As they start, between two batches, or at work; but none twice on the same documents."""
    psutil = pytest.importorskip("psutil")
    write(folder, ["wait 0.05 talks"] * 100)
    assert extract("a.jsonl", "-o", "whole.jsonl/", "--shard-size", "4") == (0, "")
    out = folder / "out.jsonl"
    killed = []

    def kill():
        wanted = {0}
        while len(killed) < 3 and not (out / "_SUCCESS").exists():
            children = psutil.Process().children()
            workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
            done = shards_done(out)
            if workers and wanted <= done:
                random.choice(workers).kill()
                killed.append(done)
                wanted = set(range(len(done) + 3))  # what it was at is among them
            time.sleep(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    done = extract("a.jsonl", "-o", "out.jsonl/", "--shard-size", "4", "--jobs", "2")
    killer.join()
    assert done == (0, "")
    assert len(killed) == 3
    assert content(out) == content(folder / "whole.jsonl")


def test_a_poisoned_document_is_set_aside_and_costs_no_other(folder, extract):
    texts = [f"talks {number}" for number in range(12)]
    texts[1], texts[5], texts[6] = "die", "fail on \ud800 this", "die"
    write(folder, texts)
    with (folder / "a.jsonl").open("a") as stream:
        stream.write("{\n")
    arguments = ("a.jsonl", "-o", "out.jsonl/", "--shard-size", "4", "--jobs", "2", "--resume")
    status, err = extract(*arguments)
    assert status == 1
    out = folder / "out.jsonl"
    ids = [[one["id"] for one in records(path.read_text())] for path in sorted(out.glob("part-*"))]
    assert ids == [["1", "3", "4"], ["5", "8"], ["9", "10", "11", "12"]]
    assert [part["documents"] for part in manifest(out)[1:]] == [4, 4, 4]
    unread, *poisoned = records((out / "_errors").read_text())
    assert (unread["line"], unread["id"]) == (13, None)
    killed = "the process that read it died: SIGKILL"
    assert [tuple(one[field] for field in ("file", "line", "id", "reason")) for one in poisoned] == [
        ("a.jsonl", 2, "2", killed),
        ("a.jsonl", 6, "6", "ZeroDivisionError: on \ud800 this"),
        ("a.jsonl", 7, "7", killed),
    ]
    assert sorted(line.split(": ")[0] for line in err.splitlines() if line.startswith("a.jsonl")) == [
        *("a.jsonl:13", "a.jsonl:2", "a.jsonl:6", "a.jsonl:7")
    ]
    before = content(out)
    again, said = extract(*arguments, nlp=Stillborn())
    assert again == 1
    assert sorted(said.splitlines()) == sorted([*err.splitlines(), "out.jsonl is finished"])
    assert content(out) == before


def test_when_no_process_can_begin_no_document_is_blamed(folder, extract):
    write(folder, ["talks"] * 3)
    status, err = extract("a.jsonl", "-o", "out.csv/", nlp=Stillborn())
    assert status == 2
    assert "no process can begin to read: the process that read it died: exit status 3" in err
    assert names(folder / "out.csv") == ["_manifest"]
    assert extract("a.jsonl", "-o", "out.csv/", "--resume") == (0, "")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_who_is_asked_to_end_keeps_what_is_done(folder, extract, number, status):
    write(folder, ["talks"] * 8 + ["wait 60"] * 8)
    command = [*COMMAND, "a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--jobs", "2"]
    out = folder / "out.csv"
    with subprocess.Popen(
        command, env=environment(), stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and len(list(out.glob("part-*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        assert process.stderr.read() == b""  # and nobody holds the pipe open: all have ended
    assert process.returncode == status
    assert names(out) == ["_manifest", "part-00000.csv", "part-00001.csv"]
    write(folder, ["talks"] * 8 + ["other"] * 8)  # the shards that are left are no longer those
    assert extract("a.jsonl", "-o", "out.csv/", "--shard-size", "4", "--resume") == (0, "")
    assert [part["documents"] for part in manifest(out)[1:]] == [4, 4, 4, 4]


def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(folder, extract):
    resource = pytest.importorskip("resource")
    write(folder, ["talks"] * 4 + ["talks and " * 50] * 4)
    assert extract("a.jsonl", "-o", "whole.jsonl/", "--shard-size", "4") == (0, "")
    command = [*COMMAND, "a.jsonl", "-o", "out.jsonl/", "--shard-size", "4", "--resume"]
    done = subprocess.run(
        command,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000)),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "too large" in done.stderr
    assert names(folder / "out.jsonl") == ["_manifest", "part-00000.jsonl"]
    assert extract("a.jsonl", "-o", "out.jsonl/", "--shard-size", "4", "--resume") == (0, "")
    assert content(folder / "out.jsonl") == content(folder / "whole.jsonl")


# Progress -------------------------------------------------------------------------------------


def test_progress_counts_what_an_earlier_run_has_done_but_not_in_its_rate(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with contextlib.suppress(KeyError), progress.Progress(100) as bar:
        bar.advance(60)
        bar.skip(1000)
        bar.advance(40)
        bar.finish(80, 7)
        bar.finish(70, 3)  # batches come in as they are done
        raise KeyError
    err = capsys.readouterr().err
    assert " 80%|" in err.splitlines()[-1]
    assert "1010 documents, " in err

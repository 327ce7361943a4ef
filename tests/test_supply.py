"""The wheel can be made again, byte for byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("benchmarks", "eventx", "models", "pyproject.toml", "README.md", "LICENSE")


def built(folder, umask):
    """Copy what a wheel is made of, with new times and other permissions, and build it."""
    old = os.umask(umask)
    try:
        for name in PARTS:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "model.safetensors")
                shutil.copytree(source, folder / name, ignore=ignored, copy_function=shutil.copyfile)
            else:
                shutil.copyfile(source, folder / name)
        out = folder / "out"
        command = [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(out),
            str(folder),
        ]
        subprocess.run(command, check=True, capture_output=True)
    finally:
        os.umask(old)
    return next(out.glob("eventx-*.whl"))


def test_two_builds_are_the_same_bytes(tmp_path):
    first, second = tmp_path / "a", tmp_path / "elsewhere" / "b"
    for folder in (first, second):
        folder.mkdir(parents=True)
    one, other = built(first, 0o022), built(second, 0o077)
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()

"""What is installed has bounds and digests, and the wheel can be made again, byte for byte."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PARTS = ("benchmarks", "eventx", "models", "pyproject.toml", "README.md", "LICENSE")


def built(folder, umask, part="."):
    """Copy what wheels are made of, with new times and other permissions, and build one of them."""
    old = os.umask(umask)
    try:
        for name in PARTS:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
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
            str(folder / part),
        ]
        subprocess.run(command, check=True, capture_output=True)
    finally:
        os.umask(old)
    return next(out.glob("eventx*.whl"))


@pytest.mark.parametrize("part", [".", "models"])
def test_two_builds_are_the_same_bytes(tmp_path, part):
    first, second = tmp_path / "a", tmp_path / "elsewhere" / "b"
    for folder in (first, second):
        folder.mkdir(parents=True)
    one, other = built(first, 0o022, part), built(second, 0o077, part)
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_every_requirement_has_bounds_and_the_pinned_release_is_the_last_major_allowed():
    pins = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", (ROOT / ".ci" / "requirements.txt").read_text(), re.M)
    pinned = {canonicalize_name(name): Version(version) for name, version in pins}
    for requirement in map(Requirement, requires("eventx")):
        bounds = {one.operator: Version(one.version) for one in requirement.specifier}
        elsewhere = requirement.marker and not requirement.marker.evaluate({"extra": "test"})
        if requirement.name == "eventx":
            continue
        assert set(bounds) == {">=", "<"}, requirement
        if requirement.name != "torch" and not (elsewhere and "python_version" in str(requirement.marker)):
            version = pinned[canonicalize_name(requirement.name)]
            assert version in requirement.specifier, requirement
            assert version.major + 1 == bounds["<"].major, f"{requirement}, but {version} is tested"


def test_every_pinned_release_has_a_digest():
    text = (ROOT / ".ci" / "requirements.txt").read_text()
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"\S+==\S+( ; [^\\]*)? \\\n", entry), entry
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry


def test_ci_installs_by_digest_and_builds_with_what_it_installed():
    script = (ROOT / ".ci" / "run").read_text()
    assert "--no-deps --require-hashes -r .ci/requirements.txt" in script
    assert "PIP_NO_BUILD_ISOLATION=0" in script  # 0 stands for no isolation

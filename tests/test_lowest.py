"""The core and all integrations with the lowest versions of the libraries that the extras ask for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXTRAS = "formats,frames,hub,link,plot,serve,sklearn,spacy"
TOOLS = (
    *("duckdb>=1.1", "httpx>=0.27", "hypothesis>=6.100", "jsonschema-rs>=0.30", "onnx>=1.17"),
    *("playwright>=1.49", "pytest>=8.0", "schemathesis>=4.32"),
)
"""What the tests need besides."""
TESTS = (
    *("test_actors", "test_arrow", "test_cli", "test_corpus", "test_dates", "test_extras", "test_forms*"),
    *("test_hub", "test_huggingface", "test_linking", "test_meetings", "test_model", "test_pipeline"),
    *(
        "test_plots",
        "test_readers",
        "test_seed",
        "test_service",
        "test_sklearn",
        "test_spacy",
        "test_tagger",
        "test_words",
    ),
)


@pytest.mark.skipif(not os.environ.get("CI"), reason="installs some hundred packages")
def test_the_lowest_versions_do(tmp_path):
    def uv(*arguments):
        command = [sys.executable, "-m", "uv", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    uv("venv", str(tmp_path), "--clear", "--python", sys.executable)
    python = tmp_path / "bin" / "python"
    lowest = ("--resolution", "lowest-direct", "-e", f".[{EXTRAS}]", *TOOLS)
    uv("pip", "install", "--python", str(python), *lowest)
    files = [str(file) for name in TESTS for file in sorted((ROOT / "tests").glob(f"{name}.py"))]
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    run = subprocess.run(
        [str(python), "-m", "pytest", "-rs", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-5000:]
    assert re.findall("SKIPPED.*could not import.*", run.stdout) == []  # a version that is too low

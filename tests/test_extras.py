"""The extras: the core does without what they bring, and each that is missing is named."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import metadata, packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from eventx import forms

NEED = {".parquet", ".mentions.parquet", ".records.parquet", ".ics", ".graphml", ".gexf"}
"""Forms that need an extra."""

WITHOUT = """
import sys
class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent)
"""


def core():
    """Return the names of all that is installed with the package alone."""
    found, waiting = set(), {"eventx"}
    while waiting:
        found.add(name := waiting.pop())
        needed = map(Requirement, requires(name) or ())
        always = (one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""}))
        waiting |= set(map(canonicalize_name, always)) - found
    return found


def beyond():
    """Return the modules that are installed and do not come with the package alone."""
    brought = core()
    return {
        module
        for module, names in packages_distributions().items()
        if not brought.intersection(map(canonicalize_name, names))
    }


def work(folder, commands, absent=()):
    """Run commands in a folder without some modules; return its files and the modules that were imported."""
    folder.mkdir()
    code = WITHOUT.format(absent=sorted(absent)) + (
        "before = set(sys.modules); from eventx.cli import main; "
        f"failed = [command for command in {commands} if main(command)]; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before}); sys.exit(bool(failed))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    files = {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return files, set(done.stdout.split())


def test_the_core_does_its_work_without_any_extra_and_imports_nothing_of_them(seed_file, tmp_path):
    written, read = (sorted(set(known) - NEED) for known in (forms.WRITERS, forms.READERS))
    commands = [
        ["extract", str(seed_file), "-o", "a.jsonl"],
        *(["convert", "a.jsonl", "-o", f"b{ending}"] for ending in written),
        *(["convert", f"b{ending}", "-o", f"c{ending}.jsonl"] for ending in read),
    ]
    absent = beyond()
    bare, _ = work(tmp_path / "bare", commands, absent)
    files, imported = work(tmp_path / "all", commands)
    assert bare == files
    assert imported & absent == set()


# What is missing ------------------------------------------------------------------------------

CLI = "from eventx.cli import main; main({})".format
TABLE = "from eventx.forms.tables import to_{0}; to_{0}([])".format
MISSING = [
    ("formats", "pyarrow", CLI(["link", "a.jsonl", "-o", "a.parquet"])),
    ("frames", "pandas", TABLE("pandas")),
    ("frames", "polars", TABLE("polars")),
    ("link", "datasketch", CLI(["link", "a.jsonl", "-o", "a.csv"])),
    ("link", "rapidfuzz", CLI(["link", "a.jsonl", "-o", "a.csv"])),
    ("ray", "ray", "import eventx.ray"),
    ("serve", "fastapi", CLI(["serve"])),
    ("serve", "prometheus_client", CLI(["serve"])),
    ("serve", "uvicorn", CLI(["serve"])),
    ("sklearn", "scipy", "import eventx.sklearn"),
    ("sklearn", "sklearn", "import eventx.sklearn"),
    ("spacy", "spacy", "import eventx.spacy"),
    ("spark", "pyspark", "import eventx.spark"),
    ("train", "torch", "import eventx; eventx.load(engine='torch')"),
]
ELSEWHERE = {"benchmark": "test_benchmark", "hub": "test_huggingface", "plot": "test_plots"}
"""Extras whose absence another module tests."""


@pytest.mark.parametrize(("extra", "module", "code"), MISSING)
def test_what_is_missing_is_told_with_the_extra_that_brings_it(extra, module, code, tmp_path):
    (tmp_path / "a.jsonl").touch()
    command = [sys.executable, "-c", WITHOUT.format(absent=[module]) + code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (2 if "cli" in code else 1, "")
    assert done.stderr.endswith(f"no module {module}: pip install 'eventx[{extra}]'\n")


def test_every_extra_has_its_test():
    known = set(metadata("eventx").get_all("Provides-Extra"))
    assert {extra for extra, *_ in MISSING} | set(ELSEWHERE) == known - {"all", "docs", "test"}

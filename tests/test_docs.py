"""All code in README, docs and the model card runs as it stands there, and gives what they say it gives.

The blocks of a page run in order, in a folder that looks like a checkout; those of the model card in its own:

- ``python``: an expression with a comment behind it has the value in the comment;
- ``bash``: every command succeeds;
- ``text``, ``json``, ``csv``, ``xml``: what the block before printed, with ``…`` for what is left out.

What a test cannot do (install, upload, serve) stands behind ``<!-- skip: next "reason" -->``.
"""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, Example, OutputChecker
from pathlib import Path
from unittest import SkipTest

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, SkipParser

from eventx import forms
from eventx.cli import COMMANDS
from eventx.readers.sources import FORMS, PACKINGS

ROOT = Path(__file__).parents[1]
CARD = ROOT / "models" / "eventx-en" / "README.md"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CHECKER, FLAGS = OutputChecker(), ELLIPSIS | NORMALIZE_WHITESPACE
OUTPUTS = ("text", "json", "csv", "xml")
ELSEWHERE = re.compile(
    r"""(?:src|data)=["']?(?:https?:)?//|<link[^>]+rel=["']?(?:stylesheet|icon|preload)["']?[^>]+//"""
)


def run_python(example):
    source = example.parsed
    lines = source.encode().splitlines()
    printed = io.StringIO()
    with redirect_stdout(printed):
        for statement in ast.parse(source).body:
            comment = lines[statement.end_lineno - 1][statement.end_col_offset :].decode().strip()
            ast.increment_lineno(statement, example.line)
            if isinstance(statement, ast.Expr) and comment:
                code = compile(ast.Expression(statement.value), example.path, "eval")
                assert f"# {eval(code, example.namespace)!r}" == comment
            else:
                exec(compile(ast.Module([statement], []), example.path, "exec"), example.namespace)
    example.namespace["printed"] = printed.getvalue()


def run_bash(example):
    command = ["bash", "-euo", "pipefail", "-c", example.parsed]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", env={**os.environ, "PATH": path}, timeout=900
    )
    assert done.returncode == 0, done.stderr
    example.namespace["printed"] = done.stdout


def compare(example):
    wanted, got = example.parsed.replace("…", "..."), example.namespace["printed"]
    right = CHECKER.check_output(wanted, got, FLAGS)
    assert right, CHECKER.output_difference(Example("", wanted), got, FLAGS)


def examples(page):
    parsers = [
        CodeBlockParser("python", run_python),
        CodeBlockParser("bash", run_bash),
        *(CodeBlockParser(language, compare) for language in OUTPUTS),
        SkipParser(),
    ]
    return Sybil(parsers, path=str(ROOT)).parse(page).examples()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A folder with all of a checkout that pages speak of."""
    for name in ("examples", "seeds"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("benchmarks", "models"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)


def run(page):
    for example in examples(page):
        try:
            example.evaluate()
        except SkipTest:
            continue
        except Exception as error:
            raise AssertionError(f"{page.relative_to(ROOT)}, line {example.line}: {error}") from error


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code(page):
    run(page)


def test_code_of_the_model_card(monkeypatch):
    monkeypatch.chdir(CARD.parent)
    run(CARD)


def test_the_card_says_what_capitals_are_worth():
    """Both F1 of the Hugging Face form; with capitals it is that of the table."""
    card = CARD.read_text("utf-8")
    (seen,) = re.findall(r"F1 is \d+\.\d without capitals, (\d+\.\d) with them", card)
    (row,) = re.findall(r"^triggers +[\d.]+ +[\d.]+ +([\d.]+) ", card, re.MULTILINE)
    assert seen == row


def test_no_block_is_in_a_language_that_is_not_run():
    known = {"python", "bash", *OUTPUTS, ""}
    for page in (*PAGES, CARD):
        fences = re.findall(r"^```(.*)", page.read_text("utf-8"), re.MULTILINE)
        assert set(fences) <= known, page


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("command-line", [f"\n## {command.NAME}\n" for command in COMMANDS]),
        ("forms", [f"`{ending}`" for ending in forms.WRITERS]),
        ("reading", [f"`{ending}`" for ending in FORMS] + list(PACKINGS)),
    ],
)
def test_pages_are_complete(page, names):
    content = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    assert [name for name in names if name not in content] == []


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path):
    """Strict: a link that leads nowhere, a page outside the navigation and an unknown name are errors."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    pages = {page: page.read_text("utf-8") for page in tmp_path.rglob("*.html")}
    assert tmp_path / "reference" / "index.html" in pages
    assert [page for page, content in pages.items() if ELSEWHERE.search(content)] == []
    styles = [
        style
        for style in tmp_path.rglob("*.css")
        if re.search(r"url\(['\"]?(https?:)?//", style.read_text("utf-8"))
    ]
    assert styles == []

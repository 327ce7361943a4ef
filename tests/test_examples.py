"""The notebooks run, and what they print is what stands in them.

Pictures are not compared, nor the cells with the tag ``nbval-ignore-output``, whose figures vary.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))


def printed(notebook):
    """What each cell prints or returns, as text."""
    cells = [cell for cell in notebook.cells if "nbval-ignore-output" not in cell.metadata.get("tags", ())]
    return [
        (cell.source, output.get("text") or output.get("data", {}).get("text/plain"))
        for cell in cells
        for output in cell.get("outputs", ())
        if "image/svg+xml" not in output.get("data", {})
    ]


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == ["archive-to-dataset", "fine-tuning", "quickstart"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "models").symlink_to(ROOT / "models")
    notebook = nbformat.read(path, as_version=4)
    expected = printed(notebook)
    where = {"metadata": {"path": str(tmp_path / "examples")}}
    nbclient.NotebookClient(notebook, timeout=600, resources=where).execute()
    assert printed(notebook) == expected
    assert expected, "a notebook without outputs shows nothing to those who read it"


def test_a_file_that_cannot_be_read_is_told_and_the_others_become_records(tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / "examples" / "articles", tmp_path / "articles")
    (tmp_path / "articles" / "2021-01-01-first.txt").write_bytes(b"They met in Z\xfcrich.")
    monkeypatch.chdir(tmp_path)
    notebook = nbformat.read(ROOT / "examples" / "archive-to-dataset.ipynb", as_version=4)
    exec(next(cell.source for cell in notebook.cells if cell.cell_type == "code"), {})
    assert capsys.readouterr().out.startswith("articles/2021-01-01-first.txt:1: ")
    assert len((tmp_path / "build" / "meetings.jsonl").read_text("utf-8").splitlines()) == 8

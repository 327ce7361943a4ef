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

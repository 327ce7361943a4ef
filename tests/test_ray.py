"""Ray Data, on this machine, with the real engine."""

from __future__ import annotations

import datetime
import os
import re
import signal
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import ray
from pyarrow import parquet

from eventx import forms
from eventx.document import Document
from eventx.ray import Extractor
from eventx.schema import SCHEMA

ROOT = Path(__file__).parents[1]
MET = "The trade ministers of Peru and Chile met in Lima on Tuesday."
ONE, TWO = (ray.data.ActorPoolStrategy(size=size) for size in (1, 2))


@pytest.fixture(scope="module", autouse=True)
def cluster():
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="ray") as folder:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")  # no network
        ray.init(
            "local",
            num_cpus=3,  # two actors, and one for reading and writing
            num_gpus=1,  # says so; whether there is one shows when it is used
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
            object_store_memory=100_000_000,
            _temp_dir=folder,
        )
        ray.data.DataContext.get_current().enable_progress_bars = False
        yield
        ray.shutdown()


pytestmark = pytest.mark.usefixtures("no_hanging")


def by_id(documents):
    return sorted(documents, key=lambda document: document.id)


def test_the_code_in_the_docs_from_parquet_to_parquet(rows, expected, tmp_path):
    (tmp_path / "news").mkdir()
    for number in range(0, len(rows), 2):
        table = pa.Table.from_pylist(rows[number : number + 2])
        parquet.write_table(table, tmp_path / "news" / f"{number}.parquet")
    page = (ROOT / "docs" / "clusters.md").read_text("utf-8").split("\n## Ray Data\n")[1]
    (code,) = re.findall(r"```python\n(.*?)```", page.split("\n## ")[0], re.DOTALL)
    exec(re.sub(r'parquet\("', f'parquet("{tmp_path}/', code), {})  # Ray works elsewhere
    assert by_id(forms.read(tmp_path / "found")) == by_id(expected)
    files = list((tmp_path / "found").iterdir())
    assert files
    assert all(parquet.read_schema(file).equals(SCHEMA) for file in files)


def test_an_actor_that_is_killed_starts_again_and_nothing_is_missing(rows, expected, tmp_path):
    class Mortal(Extractor):
        def __call__(self, batch):
            found = super().__call__(batch)
            if rows[3]["id"] in found["id"].to_pylist() and not (tmp_path / "killed").exists():
                (tmp_path / "killed").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return found

    blocks = [pa.Table.from_pylist(rows[start : start + 3]) for start in range(0, len(rows), 3)]
    found = ray.data.from_arrow(blocks).map_batches(Mortal, compute=TWO, batch_size=2).take_all()
    assert (tmp_path / "killed").exists()
    assert by_id(map(Document.from_dict, found)) == by_id(expected)


@pytest.mark.parametrize("form", ["numpy", "pandas", "pyarrow"])
def test_batches_of_all_formats(rows, expected, form):
    days = [row | {"date": row["date"] and datetime.date.fromisoformat(row["date"])} for row in rows]
    for news in (ray.data.from_arrow(pa.Table.from_pylist(days)), ray.data.from_pandas(pd.DataFrame(days))):
        found = Extractor()(news.take_batch(len(rows), batch_format=form))
        assert found.schema.equals(SCHEMA, check_metadata=True)
        assert by_id(map(Document.from_dict, found.to_pylist())) == expected


def test_what_numpy_makes_of_null():
    table = pa.table({"id": [1, None], "date": pa.array([None, None], pa.date32()), "text": [MET, None]})
    batch = ray.data.from_arrow(table).take_batch()
    found = Extractor(errors="column")(batch)
    assert found["id"].to_pylist() == ["1", None]
    assert found["date"].to_pylist() == [None, None]
    assert found["error"].to_pylist() == [None, "id is null, not a string or a whole number"]


@pytest.mark.parametrize("form", [dict, pd.DataFrame], ids=["numpy", "pandas"])
def test_a_bad_cell_spoils_only_its_row(form):
    """Whatever else stands in its columns; the second and the third are good."""
    day, unknown = datetime.date(2021, 6, 3), np.datetime64("NaT", "ns")
    columns = {
        "id": ["a", 1, 10**20, None, pd.NA, 2.0, b"b", "c"],
        "date": [day, "2021-06-03", pd.Timestamp(day, tz="Asia/Tokyo"), day, pd.NaT, 7, day, unknown],
        "text": [b"x", MET, MET, MET, MET, MET, MET, np.zeros((2, 2))],
    }
    batch = form({name: np.array([*cells, 0], object)[:-1] for name, cells in columns.items()})
    found = Extractor(errors="column")(batch)
    null = "id is null, not a string or a whole number"
    assert found["error"].to_pylist() == [
        *("text is bytes, not a string", None, None, null, null, "date is 7, not YYYY-MM-DD"),
        *("id is bytes, not a string or a whole number", "text is ndarray, not a string"),
    ]
    assert found["id"].to_pylist() == ["a", "1", str(10**20), None, None, "2", None, "c"]
    good = [row["meetings"][0]["date"] for row in found.to_pylist() if row["error"] is None]
    assert good == ["2021-06-01"] * 2
    with pytest.raises(ValueError, match=r"document 'a': text is bytes, not a string"):
        Extractor()(batch)


@pytest.mark.parametrize("errors", ["raise", "column"])
def test_a_batch_without_the_columns_is_refused(errors):
    read = Extractor(errors=errors)
    for columns in ({"body": [MET]}, {"key": ["a"], "text": [MET]}, {"id": ["a"], "body": [MET]}):
        there = f"the columns are {', '.join(map(repr, columns))}: there must be one 'id' and one 'text'"
        for batch in (
            {name: np.array(cells) for name, cells in columns.items()},
            pd.DataFrame(columns),
            pa.table(columns),
        ):
            with pytest.raises(ValueError, match=there):
                read(batch)
    twice = pd.DataFrame([["a", MET, MET]], columns=["id", "text", "text"])
    with pytest.raises(ValueError, match="'id', 'text', 'text'"):
        read(twice)


def test_lone_surrogates_are_replaced(nlp):
    text = f"\ud800 {MET}"
    (row,) = Extractor()({"id": np.array(["\udfff"]), "text": np.array([text], object)}).to_pylist()
    assert Document.from_dict(row) == nlp(text.replace("\ud800", "\ufffd"), None, "\ufffd")


def test_a_bad_document_ends_the_job_or_has_its_reason_in_a_column():
    news = ray.data.from_items([{"id": "a", "text": MET}, {"id": "b", "text": ""}])
    spoilt = news.map(lambda row: row | {"date": "soon" if row["id"] == "b" else "2021-06-03"})
    with pytest.raises(ray.exceptions.RayTaskError, match="document 'b': date is 'soon', not YYYY-MM-DD"):
        spoilt.map_batches(Extractor, compute=ONE).materialize()
    options = {"errors": "column", "min_score": 0.25}
    found = spoilt.map_batches(Extractor, compute=ONE, fn_constructor_kwargs=options).take_all()
    good, bad = sorted(found, key=lambda row: row["id"])
    assert (good["error"], good["meetings"][0]["date"]) == (None, "2021-06-01")
    assert (bad["error"], bad["meetings"]) == ("date is 'soon', not YYYY-MM-DD", None)


def test_empty_batches_blocks_and_sets():
    text = pa.array([], pa.string())
    empty, full = pa.table({"id": text, "text": text}), pa.table({"id": ["a"], "text": [MET]})
    for batch in (empty, {"id": np.array([]), "text": np.array([])}, pd.DataFrame({"id": []}), {}):
        found = Extractor()(batch)
        assert (found.num_rows, found.schema) == (0, SCHEMA)
    news = ray.data.from_arrow([empty, full, empty])
    assert [row["id"] for row in news.map_batches(Extractor, compute=ONE).take_all()] == ["a"]
    assert ray.data.from_arrow(empty).map_batches(Extractor, compute=ONE).count() == 0


def test_an_actor_has_as_many_threads_as_cpus():
    given = {"num_cpus=2": {"num_cpus": 2}, "num_cpus=0": {"num_cpus": 0}}
    actors = {name: ray.remote(**options)(Extractor).remote() for name, options in given.items()}
    asked = {name: actor.__ray_call__.remote(lambda self: self.nlp.threads) for name, actor in actors.items()}
    assert {name: ray.get(threads) for name, threads in asked.items()} == {"num_cpus=2": 2, "num_cpus=0": 1}
    assert Extractor().nlp.threads == 1
    assert Extractor(threads=3).nlp.threads == 3


def test_an_actor_with_a_part_of_a_graphics_card_uses_it():
    """Where there is no such card, though Ray was told so, this is an error and not another engine."""
    actor = ray.remote(num_gpus=0.5)(Extractor).remote()
    try:
        engine = ray.get(actor.__ray_call__.remote(lambda self: self.nlp.engine))
    except ray.exceptions.RayActorError as error:
        engine = str(error)
    assert re.search(r"on cuda|device is 'cuda': ", engine)


@pytest.mark.parametrize("options", [{"errors": "skip"}, {"min_score": 2}])
def test_settings_that_are_wrong(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        Extractor(**options)

"""Spark, on this machine, with the real engine."""

from __future__ import annotations

import datetime
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from msgspec.structs import replace
from pyarrow import parquet
from pyspark import SparkContext
from pyspark.errors import PythonException
from pyspark.sql import SparkSession

import eventx
import eventx.spark
from eventx import forms
from eventx.cli import main
from eventx.document import Document
from eventx.model import read_settings, write_settings
from eventx.schema import SCHEMA

ROOT = Path(__file__).parents[1]
MET = "The trade ministers of Peru and Chile met in Lima on Tuesday."


@pytest.fixture(scope="module")
def spark():
    builder = SparkSession.builder.master("local[2,3]")  # two tasks at once, each tried three times
    settings = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "512m",
        "spark.log.level": "OFF",
        "spark.sql.session.timeZone": "America/Lima",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    gateway = session.sparkContext._gateway
    session.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()  # tells Java to end
    gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None


pytestmark = pytest.mark.usefixtures("no_hanging")


def by_id(documents):
    return sorted(documents, key=lambda document: document.id)


DOCUMENTS = "id string, date string, text string"


def readers(spark):
    """The processes of Python that have loaded the model."""
    java = psutil.Process(spark.sparkContext._gateway.proc.pid)
    found = []
    for process in java.children(recursive=True):
        with suppress(psutil.Error):  # it has ended
            found += [process] * any("onnxruntime" in one.path for one in process.memory_maps())
    return found


def test_a_worker_that_is_killed_starts_again_and_nothing_is_missing(spark, rows, expected, tmp_path):
    begun, killed = str(tmp_path / "begun"), str(tmp_path / "killed")

    def waiting(batches):
        for number, batch in enumerate(batches):
            if number:
                Path(begun).touch()
                while not Path(killed).exists():
                    time.sleep(0.1)
            yield batch

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 2)
    documents = spark.createDataFrame(rows, DOCUMENTS).coalesce(1)
    slow = documents.mapInArrow(waiting, documents.schema)
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(lambda: eventx.spark.extract(slow).toArrow())
        try:
            while not (Path(begun).exists() and readers(spark)):
                time.sleep(0.1)
            for process in readers(spark):
                process.kill()
        finally:
            Path(killed).touch()
        found = job.result().to_pylist()
    assert by_id(map(Document.from_dict, found)) == expected


def test_records_are_those_of_pipe(spark, rows, expected):
    """Of more partitions than there are documents, whose columns stand in another order beside others."""
    shuffled = spark.createDataFrame(
        [(1.5, row["text"], row["date"], row["id"]) for row in rows],
        "rank double, text string, date string, id string",
    )
    found = eventx.spark.extract(shuffled.repartition(12)).toArrow()
    assert 1 <= len(readers(spark)) <= 2
    assert found.schema.equals(SCHEMA)
    assert by_id(map(Document.from_dict, found.to_pylist())) == expected


@pytest.mark.parametrize(
    ("kind", "date"),
    [("date", datetime.date(2021, 6, 3)), ("timestamp", datetime.datetime(2021, 6, 4, 4, 59))],
)
def test_dates_and_timestamps(spark, kind, date):
    """A timestamp's day is that of the session's time zone: in Lima it is five hours earlier than in UTC."""
    utc = date.replace(tzinfo=datetime.timezone.utc) if kind == "timestamp" else date
    news = spark.createDataFrame([(7, utc, MET)], f"id long, date {kind}, text string")
    ((name, day, meetings),) = eventx.spark.extract(news).select("id", "date", "meetings").collect()
    assert (name, day, meetings[0]["date"]) == ("7", "2021-06-03", "2021-06-01")


def test_a_bad_document_fails_the_job_or_has_its_reason_in_a_column(spark):
    news = spark.createDataFrame([("a", None, MET), ("b", "soon", ""), ("c", None, None)], DOCUMENTS)
    news = news.coalesce(1)
    with pytest.raises(PythonException, match="document 'b': date is 'soon'"):
        eventx.spark.extract(news).collect()
    found = eventx.spark.extract(news, errors="column", min_score=1)
    assert found.columns == [*SCHEMA.names, "error"]
    good, soon, null = found.orderBy("id").collect()
    assert (good["error"], good["meetings"]) == (None, [])
    assert (soon["error"], soon["meetings"]) == ("date is 'soon', not YYYY-MM-DD", None)
    assert (null["error"], null["text"], null["events"]) == ("text is null, not a string", None, None)


def test_what_is_wrong_at_once(spark):
    news = spark.createDataFrame([], DOCUMENTS)
    with pytest.raises(ValueError, match="no column id, text; the columns are date"):
        eventx.spark.extract(news.select("date"))
    with pytest.raises(ValueError, match="errors is 'skip', neither 'raise' nor 'column'"):
        eventx.spark.extract(news, errors="skip")
    with pytest.raises(ValueError, match="min_score is 2, not between 0 and 1"):
        eventx.spark.extract(news, min_score=2)


def test_no_rows(spark):
    news = spark.createDataFrame([], "id string, text string")
    found = eventx.spark.extract(news).toArrow()
    assert (found.num_rows, found.schema.names) == (0, SCHEMA.names)
    assert (
        eventx.spark.extract(spark.createDataFrame([("a", MET)], news.schema).where("id = 'b'")).count() == 0
    )


def test_another_model_is_found_wherever_the_workers_are(spark, nlp, tmp_path, monkeypatch):
    nlp.save_pretrained(tmp_path / "mine")
    write_settings(tmp_path / "mine", replace(read_settings(tmp_path / "mine"), name="mine"))
    monkeypatch.chdir(tmp_path)
    news = spark.createDataFrame([("a", MET)], "id string, text string").coalesce(1)
    (row,) = eventx.spark.extract(news, model="mine").collect()
    assert row["version"]["model"] == eventx.load("mine").version.model != nlp.version.model


def test_the_code_in_the_docs(rows, expected, spark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parquet.write_table(pa.Table.from_pylist(rows), "news")
    page = (ROOT / "docs" / "clusters.md").read_text("utf-8").split("\n## Spark\n")[1]
    blocks = re.findall(r"```python\n(.*?)```", page.split("\n## ")[0], re.DOTALL)
    code = re.sub(r'parquet\("', f'parquet("{tmp_path}/', "".join(blocks))  # Java works elsewhere
    names = {}
    exec(code.replace("200", "2"), names)
    assert by_id(forms.read("found")) == expected
    pairs = {(row["one"], row["other"]): row["meetings"] for row in names["pairs"].collect()}
    occurred = [
        {actor.name for actor in meeting.participants}
        for document in expected
        for meeting in document.meetings
        if meeting.status == "occurred"
    ]
    assert pairs
    assert pairs == Counter(pair for party in occurred for pair in combinations(sorted(party), 2))
    assert main(["convert", "found", "-o", "meetings.html", "--quiet"]) == 0

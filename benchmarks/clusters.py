"""Speed and memory of Ray Data and Spark on this machine, beside `pipe` with as many processes.

Each of them reads the same documents with one worker of one thread, then with two, in turn; the median of the
rounds counts. What a job takes to start is told by one over a single document for each worker, and taken off.
Memory is the most that any process with the model had.

    pip install ".[benchmark,ray,spark]"
    python benchmarks/clusters.py [--text FILE] [--rounds N] [--passes N] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import ray
from pyspark.sql import SparkSession

import eventx
import eventx.spark
from eventx.benchmark.machine import facts
from eventx.ray import Extractor

TEXT = Path(__file__).parent / "data" / "authored_docs.jsonl"

WORKERS = (1, 2)

BATCH = 8
"""Documents that a worker is handed at once: few, so that all are busy to the end."""

LOOK = 0.5
"""Seconds between two looks at the processes."""

Row = dict[str, Any]
Job = Callable[[list[Row], int], object]
"""Reads documents with so many workers."""


def main() -> None:
    """Print a table of speeds, starts and memory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", type=Path, default=TEXT, help="JSON lines with a text each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=4, help="how often each document is read in a job")
    parser.add_argument("--out", type=Path, help="JSON file of all figures")
    args = parser.parse_args()

    records = [json.loads(line) for line in args.text.read_text("utf-8").split("\n") if line]
    rows = [
        {"id": f"{number}-{place}", "date": record.get("date"), "text": record["text"]}
        for number in range(args.passes)
        for place, record in enumerate(records)
    ]
    with clusters() as spark:
        jobs: dict[str, Job] = {
            "pipe": piped,
            "Ray Data": on_ray,
            "Spark": lambda *job: on_spark(spark, *job),
        }
        figures = measure(jobs, rows, args.rounds)

    about = {**facts(), **{name: version(name) for name in ("eventx", "onnxruntime", "ray", "pyspark")}}
    print(f"{len(rows)} documents, {args.rounds} rounds, median; {about['used']} × {about['processor']}\n")
    print("| | workers | documents/s | of pipe | first start, s | later, s | RSS, MB | PSS, MB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for workers in WORKERS:
        for name in jobs:
            one = figures[f"{name}, {workers}"]
            of_pipe = one["speed"] / figures[f"pipe, {workers}"]["speed"]
            print(
                f"| {name} | {workers} | {one['speed']:.1f} | {of_pipe:.0%} | {one['first']:.1f} "
                f"| {statistics.median(one['starts']):.1f} | {one['rss']:.0f} | {one['pss']:.0f} |"
            )
    if args.out:
        args.out.write_text(
            json.dumps({"machine": about, "documents": len(rows), "figures": figures}, indent=1)
        )


def measure(jobs: dict[str, Job], rows: list[Row], rounds: int) -> dict[str, Row]:
    """Return speed, seconds and memory of each job with each number of workers."""
    figures: dict[str, Row] = {}
    for workers in WORKERS:
        for name, job in jobs.items():
            first = timed(job, rows[:workers], workers)
            figures[f"{name}, {workers}"] = {
                "first": first,
                "starts": [],
                "seconds": [],
                "rss": 0.0,
                "pss": 0.0,
            }
    for _ in range(rounds):
        for workers in WORKERS:
            for name, job in jobs.items():
                one = figures[f"{name}, {workers}"]
                one["starts"].append(timed(job, rows[:workers], workers))
                with watched(one):
                    one["seconds"].append(timed(job, rows, workers))
    for name, one in figures.items():
        read = len(rows) - int(name.rpartition(", ")[2])
        one["speed"] = read / (statistics.median(one["seconds"]) - statistics.median(one["starts"]))
    return figures


def timed(job: Job, rows: list[Row], workers: int) -> float:
    """Return the seconds that a job takes."""
    start = time.perf_counter()
    job(rows, workers)
    return time.perf_counter() - start


@contextmanager
def watched(figures: Row) -> Iterator[None]:
    """Note the most memory in MB of any process that reads documents while the block runs."""
    over = threading.Event()
    before = {process.pid: busy(process) for process in psutil.Process().children(recursive=True)}

    def watch() -> None:
        while not over.wait(LOOK):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):  # it has ended
                    # Workers of earlier jobs may be there, too, but are idle.
                    if busy(process) > before.get(process.pid, 0) + LOOK and has_model(process):
                        memory = process.memory_full_info()
                        figures["rss"] = max(figures["rss"], memory.rss / 1e6)
                        figures["pss"] = max(figures["pss"], memory.pss / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def busy(process: psutil.Process) -> float:
    """Return the seconds of processor time that a process has used."""
    with suppress(psutil.Error):
        return sum(process.cpu_times()[:2])
    return 0.0


def has_model(process: psutil.Process) -> bool:
    """Say whether a process has loaded what runs the model."""
    return any("onnxruntime" in one.path for one in process.memory_maps())


@contextmanager
def clusters() -> Iterator[SparkSession]:
    """Run Ray and Spark."""
    # One processor more than actors, as Ray counts them: it wants one for its own tasks.
    ray.init("local", num_cpus=max(WORKERS) + 1, include_dashboard=False, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    builder = SparkSession.builder.master(f"local[{max(WORKERS)}]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.host", "127.0.0.1").config("spark.log.level", "ERROR").getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()
        ray.shutdown()


def piped(rows: list[Row], workers: int) -> None:
    """Read documents with `pipe`, in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        pool.submit(_pipe, rows, workers).result()


def _pipe(rows: list[Row], workers: int) -> None:
    for _ in eventx.load(threads=1).pipe(rows, batch_size=BATCH, n_process=workers):
        pass


def on_ray(rows: list[Row], workers: int) -> None:
    """Read documents with actors."""
    size = min(BATCH, len(rows) // workers)
    blocks = [pa.Table.from_pylist(rows[start : start + size]) for start in range(0, len(rows), size)]
    actors = ray.data.ActorPoolStrategy(size=workers)
    ray.data.from_arrow(blocks).map_batches(Extractor, compute=actors, batch_format="pyarrow").materialize()


def on_spark(spark: SparkSession, rows: list[Row], workers: int) -> None:
    """Read documents with tasks."""
    kind = pa.schema([(name, pa.string()) for name in ("id", "date", "text")])
    news = spark.createDataFrame(pa.Table.from_pylist(rows, kind))
    news = news.coalesce(1) if workers == 1 else news.repartition(max(workers, len(rows) // BATCH))
    eventx.spark.extract(news).write.format("noop").mode("overwrite").save()


if __name__ == "__main__":
    main()

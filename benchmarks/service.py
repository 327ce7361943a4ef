"""Throughput, latency and memory of the service under load, beside `pipe` on the same documents.

Clients send one document after the other, each in a request of its own. Before and after, `pipe` reads the
same documents in this process, with as many threads.

    pip install ".[serve,test]"
    python benchmarks/service.py [--text FILE] [--clients N] [--seconds S] [--threads N]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import platform
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np

import eventx
from eventx.engines.onnx import processors

TEXT = Path(__file__).parent / "data" / "authored_docs.jsonl"

SAMPLES = 10
"""How often the service is asked for its memory."""


class Load(NamedTuple):
    """What came of the load."""

    latencies: list[float]
    """Seconds of each request that was answered."""
    errors: list[str]
    memory: list[float]
    """MB, over time."""
    seconds: float


def main() -> None:
    """Print throughput, errors, latencies and memory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--text", type=Path, default=TEXT, help="JSON lines with a text each")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--threads", type=int, default=processors())
    args = parser.parse_args()

    lines = [line for line in args.text.read_text("utf-8").split("\n") if line]
    documents = [
        {field: record.get(field) for field in ("id", "date", "text")} for record in map(json.loads, lines)
    ]
    before = piped(documents, args.threads)
    with service(args.threads) as address:
        load = asyncio.run(loaded(address, documents, args.clients, args.seconds))
    after = piped(documents, args.threads)

    pipe = 2 / (1 / before + 1 / after)
    speed = len(load.latencies) / load.seconds
    print(f"{len(documents)} documents, {args.clients} clients, {args.threads} threads, {load.seconds:.0f} s")
    print(f"{processors()} processors ({platform.machine()}), Python {platform.python_version()}\n")
    print(f"pipe      {pipe:8.1f} documents/s (before {before:.1f}, after {after:.1f})")
    print(f"service   {speed:8.1f} documents/s ({speed / pipe:.0%})")
    print(f"answers   {len(load.latencies):8}, errors {len(load.errors)} {sorted(set(load.errors))}")
    if load.latencies:
        middle, worst = np.percentile(load.latencies, [50, 99])
        print(f"latency   p50 {middle:.2f} s, p99 {worst:.2f} s")
    print("memory    " + " ".join(f"{size:.0f}" for size in load.memory) + " MB, over time")


def piped(documents: list[dict[str, str]], threads: int) -> float:
    """Return documents a second of `pipe`."""
    nlp = eventx.load(threads=threads)
    start = time.perf_counter()
    for _ in nlp.pipe(documents):
        pass
    return len(documents) / (time.perf_counter() - start)


@contextmanager
def service(threads: int) -> Iterator[str]:
    """Run the service and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "eventx", "serve", "--port", port, "--threads", str(threads)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=10)  # with growing pauses, while the model is loaded
        with httpx.Client(transport=transport, trust_env=False) as client:
            client.get(f"{address}/healthz").raise_for_status()
        yield address
        process.terminate()


async def loaded(address: str, documents: list[dict[str, str]], clients: int, seconds: float) -> Load:
    """Return what comes of many clients."""
    load = Load([], [], [], seconds)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits, trust_env=False) as client:
        bodies = itertools.cycle(json.dumps(document) for document in documents)
        start = time.perf_counter()
        watching = asyncio.create_task(watch(client, load, seconds))
        sending = (send(client, bodies, load, start + seconds) for _ in range(clients))
        await asyncio.gather(*sending)
        load = load._replace(seconds=time.perf_counter() - start)
        await watching
    return load


async def send(client: httpx.AsyncClient, bodies: Iterator[str], load: Load, end: float) -> None:
    """Send requests one after the other until the end."""
    headers = {"Content-Type": "application/json"}
    while (start := time.perf_counter()) < end:
        try:
            answer = await client.post("/v1/extract", content=next(bodies), headers=headers)
        except httpx.HTTPError as error:
            load.errors.append(type(error).__name__)
            continue
        if answer.status_code == 200:
            load.latencies.append(time.perf_counter() - start)
        else:
            load.errors.append(str(answer.status_code))


async def watch(client: httpx.AsyncClient, load: Load, seconds: float) -> None:
    """Note the service's memory from time to time."""
    for _ in range(SAMPLES):
        await asyncio.sleep(seconds / SAMPLES)
        text = (await client.get("/metrics")).text
        found = re.search(r"^process_resident_memory_bytes (\S+)", text, re.M)
        assert found is not None
        load.memory.append(float(found[1]) / 1e6)


if __name__ == "__main__":
    main()

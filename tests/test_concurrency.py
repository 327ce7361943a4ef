"""One loaded model used from everywhere at once: threads, processes, coroutines, a notebook's kernel."""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import fuzz
import pytest

import eventx

TEXTS = [f"{sentence} Item {number}." for number in range(16) for sentence in fuzz.SENTENCES[:5]]


@pytest.fixture(scope="module")
def expected(nlp):
    return [nlp(text, "2021-06-03") for text in TEXTS]


def test_sixteen_threads_share_a_model(nlp, expected):
    with ThreadPoolExecutor(16) as pool:
        for _ in range(3):
            assert list(pool.map(lambda text: nlp(text, "2021-06-03"), TEXTS)) == expected


def test_sixteen_threads_run_streams(nlp, expected):
    def stream(number):
        items = [{"text": text, "date": "2021-06-03", "id": "1"} for text in TEXTS]
        return list(nlp.pipe(items, batch_size=number + 1))

    with ThreadPoolExecutor(16) as pool:
        assert all(found == expected for found in pool.map(stream, range(16)))


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_that_are_started_while_threads_read(tmp_path, method):
    code = f"""
import json, multiprocessing, sys, threading, eventx

def read(text):
    return nlp(text, "2021-06-03").to_json()

nlp = eventx.load(threads=2)

if __name__ == "__main__":
    texts = json.loads(sys.argv[1])
    expected = [read(text) for text in texts]
    done = threading.Event()

    def go_on():
        while not done.is_set():
            read(texts[0])

    busy = [threading.Thread(target=go_on, daemon=True) for _ in range(2)]
    for thread in busy:
        thread.start()
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        assert pool.map(read, texts) == expected
    done.set()
"""
    file = tmp_path / "main.py"  # spawn imports it
    file.write_text(code, "utf-8")
    command = [sys.executable, "-W", "ignore::DeprecationWarning", str(file), json.dumps(TEXTS[:20])]
    subprocess.run(command, check=True, timeout=300)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no such processes")
def test_processes_that_are_forked_at_any_moment_answer(tmp_path):
    """Whatever another thread is doing just then: running a graph, or making a calendar of holidays."""
    code = f"""
import os, threading, eventx
from eventx.dates import holidays

nlp = eventx.load(threads=1)
text = {TEXTS[0]!r}
expected = nlp(text).to_json()
make = holidays.holiday.__wrapped__

def read():
    while True:
        nlp(text)

def count():
    while True:
        make("christmas", "US", 2021)

for work in (read, read, count):
    threading.Thread(target=work, daemon=True).start()
for _ in range(40):
    child = os.fork()
    if not child:
        good = nlp(text).to_json() == expected and make("christmas", "US", 2021)
        os._exit(0 if good else 3)
    assert os.waitpid(child, 0)[1] == 0
os._exit(0)
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    subprocess.run(command, check=True, timeout=300)


def test_coroutines(nlp, expected):
    async def all_of_them():
        return await asyncio.gather(*(asyncio.to_thread(nlp, text, "2021-06-03") for text in TEXTS))

    assert asyncio.run(all_of_them()) == expected


def test_a_pipeline_goes_to_other_processes_with_what_it_needs(nlp, expected):
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(nlp, TEXTS[0], "2021-06-03").result(timeout=300) == expected[0]


def test_a_kernel_of_jupyter():
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cells = [
        "import asyncio, eventx\nnlp = eventx.load()",
        f"text = {TEXTS[0]!r}\nfound = nlp(text)\nlen(found.meetings)",
        "found == await asyncio.to_thread(nlp, text)",
        "[one.events == found.events for one in nlp.pipe([text] * 3, n_process=2, batch_size=1)]",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=300).execute()
    results = [cell.outputs[0]["data"]["text/plain"] for cell in notebook.cells[1:]]
    assert results == ["1", "True", "[True, True, True]"]


def test_pipelines_that_are_dropped_leave_nothing(nlp):
    """No threads, and no hooks that would keep models alive, stay behind."""
    before = threading.active_count()
    kept = []
    for _ in range(3):
        other = eventx.load(threads=2)
        other(TEXTS[0])
        kept.append(weakref.ref(other))
        del other
    gc.collect()
    assert [one() for one in kept] == [None] * 3
    assert threading.active_count() <= before + 1

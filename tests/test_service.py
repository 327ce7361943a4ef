import contextlib
import csv
import gc
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from starlette.testclient import TestClient

from eventx.cli import main
from eventx.document import Document
from eventx.forms import pages
from eventx.pipeline import Pipeline
from eventx.service import Settings, create, linger, listen, routes
from eventx.service.metrics import Metrics

LIMA = {"text": "The trade ministers of Peru and Chile met in Lima on Tuesday.", "date": "2021-06-03"}
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
PROBLEM = "application/problem+json"


@contextlib.contextmanager
def running(nlp, **limits):
    """Serve in a thread and give a client."""
    listener = listen("127.0.0.1", 0)
    app = create(nlp, Settings(**limits))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with httpx.Client(base_url=base, timeout=60, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def process(*options, before=()):
    """Run the command and give its process and address."""
    command = [*before, sys.executable, "-m", "eventx", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as serving:
        try:
            for line in serving.stderr:
                if found := re.search(r"http://\S+", line):
                    break
            else:
                pytest.fail("the service did not start")
            yield serving, found[0]
        finally:
            serving.kill()


@pytest.fixture(scope="module")
def client(nlp):
    with running(nlp) as client:
        yield client


class Held(Pipeline):
    """A pipeline that reads texts of some length only when it is let go."""

    def __init__(self, least=0):
        super().__init__(threads=1)
        self.least, self.begun, self.go = least, threading.Semaphore(0), threading.Event()

    def annotate(self, documents, given=None):
        if any(len(document.text) >= self.least for document in documents):
            self.begun.release()
            assert self.go.wait(60)
        return super().annotate(documents, given)


@pytest.fixture
def held():
    nlp = Held()
    yield nlp
    nlp.go.set()


def post(client, value, path="/v1/extract", **more):
    return client.post(path, content=json.dumps(value), headers=JSON | more)


def problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    told = answer.json()
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["title"]
    assert told["detail"]
    return told


def metrics(client, **headers):
    return client.get("/metrics", headers=headers).text


def metric(client, name):
    found = re.search(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", metrics(client), re.M)
    return float(found[1])


def until(condition):
    """Wait for what another thread brings about."""
    for _ in range(6000):  # a minute and more, since a machine may be busy
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it never came")


# Documents in, records out ---------------------------------------------------------------------


def test_one_document(client, nlp):
    answer = post(client, LIMA)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == nlp(LIMA["text"], LIMA["date"]).to_dict()
    assert answer.json()["version"] == {"form": 1, "model": nlp.version.model}


def test_list_keeps_order_and_counts_ids_from_one(client, nlp):
    items = [
        {"text": "a"},
        LIMA,
        {**LIMA, "id": "x/ü"},
        {**LIMA, "id": 7, "date": None},
        {**LIMA, "id": None},
    ]
    answer = post(client, items).json()
    assert answer == [document.to_dict() for document in nlp.pipe(items)]
    assert [record["id"] for record in answer] == ["1", "2", "x/ü", "7", "5"]
    assert post(client, []).json() == []
    assert [one["id"] for one in post(client, [LIMA, {**LIMA, "id": ""}]).json()] == ["1", "2"]
    assert [one["id"] for one in post(client, [{"text": "", "id": "a"}] * 2).json()] == ["a", "a"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \r\n",
        "\0They met.\0",
        "They met 😀\r\nin اجتمع Rome",
        "\ud800 They met. \udc00\ud83d",
        "<b>&\"'",
    ],
)
def test_texts_come_back_as_they_were(client, nlp, text):
    answer = post(client, {"text": text})
    assert answer.json() == nlp(text).to_dict()
    assert answer.json()["text"] == text
    assert ("\ud800" in text) == (b"\\ud800" in answer.content)


def test_errors_point_to_what_is_wrong(client):
    items = [LIMA, {"text": 3}, {"text": "a", "date": "foo"}, 7, {"text": "a", "id": True}, {}]
    told = problem(post(client, items), 422)
    assert [one["pointer"] for one in told["errors"]] == ["#/1/text", "#/2/date", "#/3", "#/4/id", "#/5/text"]
    assert "'foo'" in told["errors"][1]["detail"]
    assert problem(post(client, {"text": None}), 422)["errors"][0]["pointer"] == "#/text"


@pytest.mark.parametrize(
    "item",
    [
        {"text": "", "date": "x" * 10**6},
        {"text": "", "date": ["x" * 10**6]},
        {"text": "", "id": {"x" * 10**6: 1}},
        {"text": ["x" * 10**6]},
    ],
)
def test_errors_repeat_little_of_what_was_sent(client, item):
    assert len(post(client, item).content) < 400
    assert len(post(client, item | {"events": [{"x" * 10**6: "y" * 10**6}]}, "/v1/render/csv").content) < 600
    told = problem(post(client, item), 422)
    assert told["errors"][0]["detail"] not in told["detail"]


def test_status_does_not_depend_on_the_order_of_errors(nlp):
    with running(nlp, max_characters=10) as client:
        long, wrong = {"text": "a" * 11}, {"text": 3}
        assert len(problem(post(client, [long, wrong]), 422)["errors"]) == 2
        assert len(problem(post(client, [wrong, long]), 422)["errors"]) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1 column 1"),
        (b'{"text":\n oops}', "line 2 column 2"),
        (b'{"text": "\xff"}', "not UTF-8: byte 0xff"),
        (b"[" * 100_000, "nested"),
        (b"9" * 5000, "digits"),
        ('{"text": "They met."}'.encode("utf-16"), "not UTF-8"),
        (b'{"text": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"text": "", "id": NaN}', "NaN is no number"),
    ],
)
def test_no_json(client, body, reason):
    answer = client.post("/v1/extract", content=body, headers=JSON)
    assert reason in problem(answer, 400)["detail"]


def test_what_is_not_there(client):
    problem(client.get("/v2/extract"), 404)
    problem(post(client, [], "/v1/render/exe"), 404)
    assert problem(client.get("/v1/extract"), 405)
    assert client.get("/v1/extract").headers["allow"] == "POST"


@pytest.mark.parametrize(
    "path", ["/page/../settings.py", "/page/%2e%2e/settings.py", "/page/..%2fsettings.py"]
)
def test_page_has_no_files_of_others(client, path):
    assert (routes.PAGE.parent / "settings.py").exists()
    with connected(client) as line, line.makefile("rb") as answer:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        assert b" 404 " in answer.readline()


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_heads(client, path):
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_only_declared_json_is_read(client):
    told = problem(
        client.post("/v1/extract", content=json.dumps(LIMA), headers={"Content-Type": "text/plain"}), 415
    )
    assert "application/json" in told["detail"]
    problem(client.post("/v1/extract", content=json.dumps(LIMA)), 415)
    assert client.post(
        "/v1/extract", content=b'{"text": ""}', headers={"content-type": "application/JSON; a=b"}
    ).is_success


def test_limits(nlp):
    with running(nlp, max_body=200, max_documents=2, max_characters=10) as client:
        assert "200 bytes" in problem(post(client, {"text": "a" * 200}), 413)["detail"]
        chunks = iter([b'{"text": "'] + [b"a" * 100] * 50)
        problem(client.post("/v1/extract", content=chunks, headers=JSON), 413)
        problem(post(client, [{"text": ""}] * 3), 413)
        problem(post(client, [{"text": ""}] * 3, "/v1/render/csv"), 413)
        told = problem(post(client, [{"text": "a" * 10}, {"text": "a" * 11}]), 413)
        assert told["errors"] == [{"pointer": "#/1/text", "detail": "11 characters; a text may have 10"}]
        assert post(client, {"text": "😀" * 10}).is_success
        lines = [json.dumps({"text": "a" * size}) for size in (10, 11, 300, 0)]
        answers = client.post("/v1/extract/stream", content="\n".join(lines), headers=LINES).text.splitlines()
        errors = [json.loads(line).get("error", {}) for line in answers]
        assert [(error.get("status"), error.get("line")) for error in errors] == [
            (None, None), (413, 2), (413, 3), (None, None)
        ]  # fmt: skip
        assert client.get("/v1/info").json()["limits"]["max_characters"] == 10


# Together --------------------------------------------------------------------------------------


def test_requests_that_come_together_are_read_together(held, nlp):
    with running(held) as client, ThreadPoolExecutor(10) as pool:
        first = pool.submit(post, client, LIMA)
        held.begun.acquire()
        others = [pool.submit(post, client, {**LIMA, "id": str(n)}) for n in range(8)]
        until(lambda: metric(client, "eventx_waiting_documents") == 8)
        held.go.set()
        assert first.result().json() == nlp(**LIMA).to_dict()
        assert [one.result().json() for one in others] == [nlp(**LIMA, id=str(n)).to_dict() for n in range(8)]
        assert metric(client, "eventx_batch_documents_count") == 2
        assert metric(client, "eventx_documents_total") == 9


def test_clients_take_turns(held):
    """A document that comes behind a hundred of another client is in the next batch."""
    with running(held) as client, ThreadPoolExecutor(3) as pool:
        first = pool.submit(post, client, LIMA)
        held.begun.acquire()
        many = pool.submit(post, client, [{"text": "a"}] * 100)
        until(lambda: metric(client, "eventx_waiting_documents") == 100)
        one = pool.submit(post, client, LIMA)
        until(lambda: metric(client, "eventx_waiting_documents") == 101)
        held.go.set()
        assert one.result().is_success
        assert first.result().is_success
        assert len(many.result().json()) == 100


@pytest.mark.parametrize("length", [10_000, 100_000])
def test_long_texts_hold_up_nobody(length):
    nlp = Held(least=length)
    with running(nlp) as client, ThreadPoolExecutor(1) as pool:
        long = pool.submit(post, client, {"text": " " * length})
        nlp.begun.acquire()
        assert post(client, LIMA).json()["meetings"]
        assert client.get("/healthz").text == "ok\n"
        nlp.go.set()
        assert long.result().is_success


def test_full_queue_refuses(held):
    with running(held, queue=2) as client, ThreadPoolExecutor(2) as pool:
        reading = pool.submit(post, client, LIMA)
        held.begun.acquire()
        assert client.get("/readyz").is_success
        waiting = pool.submit(post, client, [LIMA, LIMA])
        until(lambda: metric(client, "eventx_waiting_documents") == 2)
        refused = [post(client, LIMA), client.get("/readyz")]
        refused.append(client.post("/v1/extract/stream", content=json.dumps(LIMA), headers=LINES))
        for answer in refused:
            problem(answer, 429)
            assert int(answer.headers["retry-after"]) >= 1
        held.go.set()
        assert reading.result().is_success
        assert waiting.result().is_success


def test_full_queue_counts_characters(held):
    with running(held, queue_characters=1000) as client, ThreadPoolExecutor(2) as pool:
        reading = pool.submit(post, client, LIMA)
        held.begun.acquire()
        waiting = pool.submit(post, client, {"text": " " * 2000})  # more than may wait, but nothing else does
        until(lambda: metric(client, "eventx_waiting_documents") == 1)
        problem(post(client, LIMA), 429)
        held.go.set()
        assert reading.result().is_success
        assert waiting.result().is_success


def test_retry_after_is_a_time_that_can_be_waited():
    nlp = Held(least=1)
    with running(nlp, queue=1, timeout=20) as client, ThreadPoolExecutor(2) as pool:
        client.post("/v1/extract/stream", content=b'{"text": ""}\n' * 3000, headers=LINES)
        reading = pool.submit(post, client, LIMA)
        nlp.begun.acquire()
        waiting = pool.submit(post, client, {"text": "They met. " * 500})
        until(lambda: metric(client, "eventx_waiting_documents") == 1)
        answer = post(client, LIMA)
        problem(answer, 429)
        assert 1 <= int(answer.headers["retry-after"]) <= 20
        nlp.go.set()
        assert reading.result().is_success
        assert waiting.result().is_success


def test_a_service_that_reads_no_more_is_not_ready(nlp, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(Metrics, "batch", fail)
    with running(nlp, timeout=0.5) as client:
        assert client.get("/readyz").is_success
        problem(post(client, LIMA), 503)
        assert "restart" in problem(client.get("/readyz"), 503)["detail"]


def test_what_takes_too_long_ends(held):
    with running(held, timeout=0.5) as client:
        assert "0.5 seconds" in problem(post(client, LIMA), 503)["detail"]
        stream = client.post("/v1/extract/stream", content=json.dumps(LIMA), headers=LINES)
        assert stream.json()["error"]["status"] == 503
        held.go.set()
        until(lambda: metric(client, "eventx_waiting_documents") == 0)
        with connected(client) as line:
            line.sendall(head("/v1/extract", "application/json", 100) + b"{")
            assert b"408 Request Timeout" in line.recv(1000)


def test_who_leaves_drops_out(held, caplog):
    with running(held) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, client, LIMA)
        held.begun.acquire()
        for path, kind in (
            ("/v1/extract", "application/json"),
            ("/v1/extract/stream", "application/x-ndjson"),
        ):
            body = json.dumps(LIMA).encode()
            with connected(client) as line:
                line.sendall(head(path, kind, len(body)) + body)
                until(lambda: metric(client, "eventx_waiting_documents") == 1)
            until(lambda: metric(client, "eventx_waiting_documents") == 0)
        held.go.set()
        assert first.result().is_success
        assert metric(client, "eventx_documents_total") == 1
    gc.collect()
    assert [said.getMessage() for said in caplog.records if said.name == "asyncio"] == []


def test_refusals_before_the_end_of_the_body_close_the_connection(nlp, monkeypatch):
    monkeypatch.setattr(linger, "LINGER", 0.2)
    lines, json_ = "application/x-ndjson", "application/json"
    with running(nlp, token="x", max_body=100, timeout=0.5) as client:
        for path, kind, token, status in (
            ("/v1/extract", json_, "wrong", 401),
            ("/v1/extract", json_, "x", 408),
            ("/v1/extract", lines, "x", 415),
            ("/v1/extract/stream", json_, "x", 415),
        ):
            with connected(client) as line:
                line.sendall(head(path, kind, 100, token) + b"{")
                with line.makefile("rb") as answer:
                    told = answer.read()
                assert told.startswith(b"HTTP/1.1 %d" % status)
                assert b"connection: close\r\n" in told.lower()
        with connected(client) as line, line.makefile("rb") as answer:
            line.sendall(head("/v1/extract", json_, 10_000, "x") + b" " * 9_000)
            assert answer.read().startswith(b"HTTP/1.1 413")
        refused = post(client, {"text": 3}, Authorization="Bearer x")
        assert "connection" not in refused.headers


def test_slow_and_broken_clients_harm_nobody(client):
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            line = stack.enter_context(connected(client))
            line.sendall(head("/v1/extract", "application/json", 10**6) + b'{"text": "')
        broken = stack.enter_context(connected(client))
        broken.sendall(b"\0\xffno HTTP\r\n\r\n")
        assert post(client, LIMA).is_success


def connected(client):
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=30)


def head(path, kind, length=None, token=""):
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    told = f"Host: test\r\nContent-Type: {kind}\r\nAuthorization: Bearer {token}\r\n{size}"
    return f"POST {path} HTTP/1.1\r\n{told}\r\n\r\n".encode()


class Broken(Pipeline):
    def annotate(self, documents, given=None):
        for document in documents:
            if "secret" in document.text:
                raise RuntimeError(f"cannot read {document.text}")
        return super().annotate(documents, given)


class Together(Held):
    """A pipeline that can read texts only one by one, and notes which it has read so."""

    def annotate(self, documents, given=None):
        super().annotate(documents, given)
        if len(documents) > 1:
            raise RuntimeError
        self.alone = [*getattr(self, "alone", []), documents[0].text]
        return documents


def test_who_has_left_when_a_batch_fails_is_not_read_once_more():
    nlp = Together(least=1)
    with running(nlp) as client, ThreadPoolExecutor(1) as pool:
        client.post("/v1/extract", content=b'{"text": ""}', headers=JSON)
        body = json.dumps([{"text": "gone"}, {"text": "left"}]).encode()
        with connected(client) as line:
            line.sendall(head("/v1/extract", "application/json", len(body)) + body)
            nlp.begun.acquire()
        until(lambda: 'status="499"' in metrics(client))
        stays = pool.submit(post, client, LIMA)
        nlp.go.set()
        assert stays.result().is_success
        assert nlp.alone == ["", LIMA["text"]]


def test_errors_of_the_model_spoil_only_their_document_and_tell_no_text(caplog):
    caplog.set_level("DEBUG")
    with running(Broken(threads=1)) as client:
        lines = [json.dumps({"text": text}) for text in ("They met.", "my secret", "They talked.")]
        answers = client.post("/v1/extract/stream", content="\n".join(lines), headers=LINES).text.splitlines()
        assert [json.loads(line).get("error", {}).get("status") for line in answers] == [None, 500, None]
        told = problem(post(client, {"text": "my secret"}), 500)
        problem(client.get("/secret?secret"), 404)
    assert "secret" not in json.dumps(told)
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    text = "\n".join(logged)
    assert "RuntimeError" in text
    assert "in annotate" in text
    assert "POST /v1/extract 500" in text
    assert "secret" not in text


# Streams ---------------------------------------------------------------------------------------


def test_stream_answers_while_the_rest_is_on_its_way(client):
    with connected(client) as line, line.makefile("rb") as answer:
        line.sendall(head("/v1/extract/stream", "application/x-ndjson"))
        for number in range(1, 4):
            body = json.dumps(LIMA).encode() + b"\n"
            line.sendall(b"%x\r\n%b\r\n" % (len(body), body))
            while not (found := answer.readline()).startswith(b'{"id"'):
                assert found
            assert json.loads(found)["id"] == str(number)
        line.sendall(b"0\r\n\r\n")
        while (found := answer.readline()) != b"0\r\n":
            assert found


def test_stream_answers_in_order_and_goes_on_behind_errors(client, nlp):
    long = {"text": LIMA["text"] + "\n\n" + " " * 60_000, "date": LIMA["date"]}
    items = [json.dumps(long), "", "oops", "[1]", '{"text": "\\ud800 They met."}\r', " ", json.dumps(LIMA)]
    answer = client.post("/v1/extract/stream", content="\n".join(items), headers=LINES)
    assert answer.headers["content-type"] == "application/x-ndjson"
    answers = [json.loads(line) for line in answer.text.splitlines()]
    assert answers[0] == nlp(**long).to_dict()
    assert [(one["error"]["status"], one["error"]["line"]) for one in answers[1:3]] == [(400, 3), (422, 4)]
    assert answers[3] == nlp("\ud800 They met.", id="4").to_dict()
    assert answers[4] == nlp(**LIMA, id="5").to_dict()
    assert client.post("/v1/extract/stream", content=b"", headers=LINES).text == ""
    problem(client.post("/v1/extract/stream", content=b"", headers=JSON), 415)


def test_stream_reads_no_more_ahead_than_it_can_hold(held):
    with running(held) as client, connected(client) as line:
        line.sendall(head("/v1/extract/stream", "application/x-ndjson"))
        body = b'{"text": "They met."}\n' * 200
        line.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        held.begun.acquire()
        time.sleep(0.5)
        assert metric(client, "eventx_waiting_documents") < 100
        held.go.set()


def test_who_leaves_a_stream_is_no_error(nlp, caplog):
    caplog.set_level("INFO")
    with running(nlp) as client:
        with connected(client) as line:
            line.sendall(head("/v1/extract/stream", "application/x-ndjson") + b'6\r\n{"tex\n\r\n')
            assert line.recv(100)
        until(lambda: "POST /v1/extract/stream" in caplog.text)
    assert [said.getMessage() for said in caplog.records if said.levelname != "INFO"] == []


def test_stream_in_which_nothing_comes_ends(nlp):
    with running(nlp, timeout=0.5) as client, connected(client) as line, line.makefile("rb") as answer:
        body = json.dumps(LIMA).encode() + b"\n"
        line.sendall(head("/v1/extract/stream", "application/x-ndjson") + b"%x\r\n%b\r\n" % (len(body), body))
        told = answer.read()
        answers = [json.loads(one) for one in told.splitlines() if one[:1] == b"{"]
        assert [one.get("error", {}).get("status") for one in answers] == [None, 408]
        assert told.endswith(b"\r\n0\r\n\r\n")


def test_stream_that_is_not_read_breaks_off(nlp, caplog):
    caplog.set_level("INFO")
    with running(nlp, timeout=0.5) as client, connected(client) as line:
        line.settimeout(1)
        line.sendall(head("/v1/extract/stream", "application/x-ndjson"))
        chunk = b"%x\r\n%b\r\n" % (2000, b"x\n" * 1000)
        with contextlib.suppress(OSError):
            for _ in range(20_000):  # more than the buffers of the system hold
                line.sendall(chunk)
            pytest.fail("it took everything")
        until(lambda: "POST /v1/extract/stream" in caplog.text)
        assert "not read" in caplog.text
        with line.makefile("rb") as answer, contextlib.suppress(ConnectionError):
            assert not answer.read().endswith(b"\r\n0\r\n\r\n")


# Other forms -----------------------------------------------------------------------------------


def test_render(client, nlp):
    record = post(client, LIMA).json()
    table = post(client, record, "/v1/render/csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.headers["content-disposition"] == 'attachment; filename="meetings.csv"'
    assert [row["places"] for row in csv.DictReader(io.StringIO(table.text))] == ["Lima"]
    mentions = csv.DictReader(io.StringIO(post(client, [record], "/v1/render/mentions.csv").text))
    assert {row["role"] for row in mentions} == {"participants", "places", "dates"}
    assert post(client, [record, record], "/v1/render/html").text == pages.page(
        [Document.from_dict(record)] * 2
    )
    calendar = post(client, record, "/v1/render/ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "DTSTART;VALUE=DATE:20210601" in calendar.text


def test_render_tells_what_is_wrong(client):
    record = post(client, LIMA).json()
    record["events"][0]["trigger"]["text"] = "spoke"
    told = problem(post(client, [LIMA | {"id": None}, record, 3], "/v1/render/csv"), 422)
    assert [one["pointer"] for one in told["errors"]] == ["#/1/events/0/trigger", "#/2"]
    assert "'spoke'" in told["errors"][0]["detail"]
    record["events"][0]["status"] = "over"
    told = problem(post(client, record | {"date": "foo"}, "/v1/render/csv"), 422)
    assert told["errors"][0]["pointer"] == "#/date"
    told = problem(post(client, record, "/v1/render/csv"), 422)
    assert told["errors"][0]["pointer"] == "#/events/0/status"
    meeting = {"id": 1, "events": [], "participants": [], "chairs": [], "hosts": [], "places": []}
    meeting |= {"date": "x", "start": "x", "end": "x", "status": "occurred", "format": "phone"}
    problem(post(client, {"text": "", "meetings": [meeting]}, "/v1/render/ics"), 422)


def test_render_makes_no_huge_file(nlp):
    """Each of the text's letters is in many spans, and a page says so of each."""
    spans = [{"start": start, "end": 200, "text": "a" * (200 - start)} for start in range(200)]
    event = {"trigger": spans[-1], "participants": spans}
    with running(nlp, max_body=40_000) as client:
        record = {"text": "a" * 200, "events": [event], "meetings": []}
        assert post(client, record, "/v1/render/csv").is_success
        assert "400000 bytes" in problem(post(client, record, "/v1/render/html"), 413)["detail"]


def test_render_refuses_when_too_many_wait(client):
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: post(client, [], "/v1/render/csv"), range(12)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 4
    assert {answer.headers.get("retry-after") for answer in answers} == {None, "1"}


def test_render_ends_when_time_is_up(nlp):
    with running(nlp, timeout=0.01) as client:
        problem(post(client, [], "/v1/render/csv"), 503)


# Who may, and what is told -----------------------------------------------------------------------


def test_token(nlp):
    with running(nlp, token="s3cret") as client:
        for kind in ("", "Bearer wrong", "Basic s3cret", "Bearer \xff"):
            answer = post(client, LIMA, Authorization=kind.encode("latin-1"))
            problem(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
        problem(client.get("/v1/info"), 401)
        problem(client.get("/metrics"), 401)
        assert post(client, LIMA, Authorization="Bearer s3cret").is_success
        assert client.get("/metrics", headers={"Authorization": "bearer s3cret"}).is_success
        for open_to_all in ("/", "/page/page.js", "/healthz", "/readyz", "/openapi.json"):
            assert client.get(open_to_all).is_success
        description = client.get("/openapi.json").json()
        for path, item in description["paths"].items():
            for told in item.values():
                needed = path.startswith("/v1/") or path == "/metrics"
                assert told.get("security") == ([{"token": []}] if needed else None)
        assert "security" not in description
        assert description["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_token_behind_a_prefix(nlp):
    app = create(nlp, Settings(token="s3cret"))
    outer = FastAPI(lifespan=lambda _: app.state.service.lifespan(app))
    outer.mount("/news", app)
    for served, paths in (
        (outer, ("/news",)),
        (Prefixed(create(nlp, Settings(token="s3cret"))), ("", "/sub")),
    ):
        with TestClient(served) as client:
            for path in paths:
                problem(client.get(f"{path}/v1/info"), 401)
                problem(post(client, LIMA, f"{path}/v1/extract"), 401)
                problem(client.get(f"{path}/metrics"), 401)
                assert post(client, LIMA, f"{path}/v1/extract", Authorization="Bearer s3cret").is_success
                assert client.get(f"{path}/").is_success


class Prefixed:
    """Tells an application that a proxy has its paths behind /sub, as a server with --root-path does."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app({**scope, "root_path": "/sub"}, receive, send)


def test_cors(nlp):
    ask = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    with running(nlp, token="x", cors=("https://news.example",)) as client:
        answer = client.options("/v1/extract", headers={"Origin": "https://news.example", **ask})
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] == "https://news.example"
        refused = post(client, LIMA, Origin="https://news.example")
        assert refused.headers["access-control-allow-origin"] == "https://news.example"
        other = client.options("/v1/extract", headers={"Origin": "https://other.example", **ask})
        assert "access-control-allow-origin" not in other.headers
        assert "origin" in problem(other, 400)["detail"]
        assert other.headers["x-content-type-options"] == "nosniff"
        assert 'method="OPTIONS",route="other",status="400"' in metrics(client, Authorization="Bearer x")
    with running(nlp) as client:
        assert "access-control-allow-origin" not in post(client, LIMA, Origin="https://news.example").headers


@pytest.mark.parametrize(
    "path", ["/", "/page/page.js", "/page/marks.css", "/healthz", "/nothing", "/v1/extract"]
)
def test_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_info_and_health(client, nlp):
    info = client.get("/v1/info").json()
    assert info["model_version"] == nlp.version.model
    assert info["form"] == 1
    assert info["threads"] == nlp.threads
    assert info["limits"]["max_body"] == 10_000_000
    assert client.get("/healthz").text == client.get("/readyz").text == "ok\n"


def test_metrics(client):
    post(client, LIMA)
    client.get("/never/seen/before")
    client.request("SECRET", "/healthz")
    text = metrics(client)
    assert 'eventx_requests_total{method="POST",route="/v1/extract",status="200"}' in text
    assert 'eventx_request_seconds_count{route="/v1/extract"}' in text
    assert 'route="other",status="404"' in text
    assert metric(client, "process_resident_memory_bytes") > 0
    assert "never" not in text
    assert "SECRET" not in text


# The description -------------------------------------------------------------------------------


def test_description_has_examples_that_work(client):
    description = client.get("/openapi.json").json()
    body = description["paths"]["/v1/extract"]["post"]["requestBody"]["content"]["application/json"]
    assert set(body["examples"]) == {"one", "many"}
    for example in body["examples"].values():
        assert post(client, example["value"]).is_success
    assert set(description["components"]["schemas"]["Document"]["properties"]) == {
        "id", "date", "text", "events", "meetings", "version"
    }  # fmt: skip


@schemathesis.serializer("application/x-ndjson")
def as_lines(context, value):
    return value.encode("utf-8", "surrogatepass")


def test_service_keeps_to_its_description(nlp):
    """Requests made of the description, good and bad: answers have the statuses, types and forms it tells."""
    refused = {"negative_data_rejection": {"expected-statuses": [400, 404, 413, 415, 422]}}
    # No schema can tell that spans have to fit their text.
    records = {"include-path-regex": "render", "checks": {"positive_data_acceptance": {"enabled": False}}}
    config = schemathesis.Config.from_dict({"checks": refused, "operations": [records]})
    with running(nlp, max_characters=500, max_documents=5) as client:
        description = schemathesis.openapi.from_url(f"{client.base_url}/openapi.json", config=config)
        operations = [found.ok() for found in description.get_all_operations()]
        assert len(operations) == 7
        for operation in operations:
            streams = operation.path.endswith("stream")  # which take any text, and answer each line
            for mode in [GenerationMode.POSITIVE] if streams else GenerationMode:

                @given(operation.as_strategy(generation_mode=mode))
                @settings(
                    max_examples=5 if "render" in operation.path else 15,  # the former take a process each
                    suppress_health_check=list(HealthCheck),
                )
                def holds(case):
                    case.call_and_validate()

                with contextlib.suppress(Unsatisfiable):  # what takes no input cannot be asked wrongly
                    holds()


# The process -----------------------------------------------------------------------------------


def insist(address, answers):
    """Send requests until the service takes no more, and note the answers, all in full."""
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        while True:
            try:
                answer = post(client, [LIMA, LIMA])
            except httpx.TransportError:
                return
            assert answer.status_code == 200
            assert [record["text"] for record in answer.json()] == [LIMA["text"]] * 2
            answers.append(answer)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_what_was_accepted_be_finished(sent):
    many = [LIMA] * 300
    with process() as (serving, address), ThreadPoolExecutor(8) as pool:
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            heard = [[] for _ in range(4)]
            busy = [pool.submit(insist, address, own) for own in heard]
            until(lambda: all(heard))
            accepted = pool.submit(post, client, many)
            host, port = address.removeprefix("http://").split(":")
            with (
                socket.create_connection((host, int(port)), timeout=60) as line,
                line.makefile("rb") as stream,
            ):
                line.sendall(head("/v1/extract/stream", "application/x-ndjson") + b"5\r\n{ } \n\r\n")
                until(lambda: metric(client, "eventx_waiting_documents") > 100)
                serving.send_signal(sent)
                answers = [json.loads(one)["error"] for one in stream.read().splitlines() if one[:2] == b'{"']
                assert [(error["status"], error["line"]) for error in answers] == [(422, 1), (503, 2)]
            assert len(accepted.result().json()) == 300
            for one in busy:
                one.result()
        assert serving.wait(60) == -sent


def test_first_process_ends_while_the_model_still_reads():
    """In a container the service is process 1, which no signal ends by itself."""
    alone = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    try:
        subprocess.run([*alone, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("processes cannot be unshared here")
    with process("--timeout", "1", before=alone) as (serving, address):
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
            problem(post(client, {"text": "They met. " * 99_000}), 503)
        children = Path(f"/proc/{serving.pid}/task/{serving.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        assert serving.wait(60) == 0


def test_kill_and_restart_leave_nobody_without_answer_or_error():
    with process() as (serving, address), ThreadPoolExecutor(8) as pool:
        heard = [[] for _ in range(8)]
        busy = [pool.submit(insist, address, own) for own in heard]
        until(lambda: all(heard))
        serving.kill()
        for one in busy:
            one.result()
    with process("--port", address.rpartition(":")[2]) as (_, again):
        assert again == address
        with httpx.Client(base_url=again, timeout=60, trust_env=False) as client:
            assert post(client, LIMA).json()["meetings"]


# The command -----------------------------------------------------------------------------------


def test_wrong_usage(tmp_path, capsys):
    empty = tmp_path / "token"
    empty.write_text("two words")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wrong = {
            ("--token-file", str(tmp_path / "none")): "none",
            ("--token-file", str(empty)): "a token is one line",
            ("--port", str(taken.getsockname()[1])): "cannot listen",
            ("--host", "192.0.2.1"): "cannot listen",
            ("--port", "65536"): "no port",
            ("--max-body", "10 kilo"): "no size",
            ("--cors", "news.example"): "no origin",
            ("--cors", "https://news.example/"): "no origin",
            ("--model", str(tmp_path)): "no model folder",
        }
        for options, reason in wrong.items():
            with pytest.raises(SystemExit) as ended:
                main(["serve", *options])
            assert ended.value.code == 2
            assert reason in capsys.readouterr().err


def test_options_and_token_of_a_file(tmp_path):
    (tmp_path / "token").write_text("s3cret\n")
    options = ("--max-body", "1kB", "--threads", "1", "--token-file", str(tmp_path / "token"), "--queue", "7")
    with process(*options) as (_, address), httpx.Client(base_url=address, trust_env=False) as client:
        assert address.startswith("http://127.0.0.1:")
        problem(client.get("/v1/info"), 401)
        info = client.get("/v1/info", headers={"Authorization": "Bearer s3cret"}).json()
        assert info["limits"]["max_body"] == 1000
        assert info["limits"]["queue"] == 7
        assert info["threads"] == 1
        assert "server" not in client.get("/healthz").headers


def test_other_commands_do_not_wait_for_the_service_to_be_imported():
    told = "import sys, eventx.cli; eventx.cli.parser(); print({'fastapi', 'uvicorn'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True).stdout == "set()\n"

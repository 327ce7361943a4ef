"""Feeds readers and decoders with bytes that reach new lines of their code (atheris), until one raises.

    pip install atheris && python benchmarks/fuzz_parsers.py FOLDER [-max_total_time=SECONDS] [-runs=N]

FOLDER keeps the inputs that reached something new; an empty one is first given one good file of each
form. The other arguments are libFuzzer's. The first byte of an input says which form the others are in:
texts, web pages, JSON lines, csv, parquet, packed ones (as they are, or packed with one byte changed) and
annotations; or the bytes are what a model gives for some words, of which spans are made, or a time expression
and a text that is cut into sentences.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import random
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]
import numpy as np
import pyarrow

INSTRUMENTED = ["eventx", "trafilatura", "htmldate", "justext"]

with atheris.instrument_imports(include=INSTRUMENTED):
    from eventx import forms
    from eventx.bounds import Bounds, tidy
    from eventx.dates import resolve_date
    from eventx.document import Document, publication_day
    from eventx.labels import ARGUMENTS, COLUMNS, FORMAT, HOSTS, STATUS, TRIGGER, classify, decode
    from eventx.readers import find, read
    from eventx.sentences import sentences

GOOD = Path(__file__).parent / "data" / "authored_docs.jsonl"
INPUTS = (".txt", ".html", ".jsonl", ".csv", ".parquet", ".jsonl.gz", ".jsonl.zst", ".html.gz")
ANNOTATIONS = (".jsonl", ".parquet", ".ann", ".conll", ".json")
KINDS = (*(("input", ending) for ending in INPUTS), *(("annotation", ending) for ending in ANNOTATIONS))
"""What the first byte stands for. The next is for what a model gives, others are for dates and sentences."""

PACK: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    ".gz": (b"\x1f\x8b", lambda data: gzip.compress(data, 1, mtime=0)),
    ".zst": (b"\x28\xb5\x2f\xfd", lambda data: pyarrow.compress(data, "zstd", asbytes=True)),
}
"""How packed files begin, and how they are made."""


def check(data: bytes, folder: Path) -> None:
    """Read the bytes; what is raised is a fault."""
    number, data = data[0] if data else 0, data[1:]
    if number == len(KINDS):
        check_spans(data)
        return
    if number > len(KINDS):
        check_text(data.decode("utf-8", "surrogateescape"))
        return
    kind, ending = KINDS[number]
    file = folder / f"file{ending}"
    for packing, (magic, pack) in PACK.items():
        if ending.endswith(packing) and not data.startswith(magic):
            data = damaged(pack(data), len(data))
    if ending == ".ann":
        text, _, data = data.partition(b"\0")
        file.with_suffix(".txt").write_bytes(text)
    file.write_bytes(data)
    if kind == "input":
        for item in read(find([str(file)])):
            if isinstance(item, dict):
                assert publication_day(item["date"]) == item["date"], "a date that is none"
                Document(item["id"], item["date"], item["text"]).to_json().encode("utf-8")
    else:
        check_records(entry for entry in forms.entries(forms.sources([file])) if isinstance(entry, Document))


def damaged(packed: bytes, seed: int) -> bytes:
    """Return packed bytes of which half the time one is another."""
    draw = random.Random(seed)
    if draw.random() < 0.5:
        return packed
    place = draw.randrange(len(packed))
    return packed[:place] + bytes([draw.randrange(256)]) + packed[place + 1 :]


def check_records(documents: Iterable[Document]) -> None:
    """Check that what was read can be written and read again as it is."""
    for document in documents:
        record = document.to_json()
        record.encode("utf-8")
        again = Document.from_dict(json.loads(record))
        assert again.to_json() == record, "a record changed"
        for event in document.events:
            assert document.text[event.trigger.start : event.trigger.end] == event.trigger.text, "offsets"


def check_spans(data: bytes) -> None:
    """Check that whatever a model gives, spans lie inside the text and scores are probabilities."""
    numbers = np.nan_to_num(np.frombuffer(data[: len(data) // 4 * 4], np.float32))
    logits = np.resize(numbers, (min(126, len(numbers)), COLUMNS))
    if not len(logits):
        return
    names = ("Peru", "and", "the", "U.N.", "officials", ",")
    words = [names[number % len(names)] for number in range(len(logits))]
    text = " ".join(words)
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    found = [
        Bounds(one.type, int(ends[one.first]) - len(words[one.first]), int(ends[one.end - 1]), one.score)
        for layer in (TRIGGER, ARGUMENTS, HOSTS)
        for one in decode(layer, logits)
    ]
    for _, start, end, score in [*found, *tidy(text, found, len(text))]:
        assert 0 <= start < end <= len(text), "a span is outside"
        assert 0 <= score <= 1, "a score is no probability"
    for row in logits:
        classify(STATUS, row)
        classify(FORMAT, row)


def check_text(string: str) -> None:
    """Check dates and sentences."""
    resolve_date(string, "2021-06-03", string[:200], None, string[:20])
    end = 0
    for start, stop in sentences(string):
        assert end <= start < stop <= len(string), "sentences overlap"
        assert string[start:stop] == string[start:stop].strip(), "white space around a sentence"
        end = stop
    assert "".join(string.split()) == "".join(
        "".join(string[start:stop].split()) for start, stop in sentences(string)
    ), "a sentence was lost"


def good(kind: str, ending: str, documents: list[Document]) -> bytes:
    """Return the bytes of a good file."""
    match kind, ending:
        case "input", ".txt":
            return documents[0].text.encode("utf-8")
        case "input", ".html" | ".html.gz":
            head = '<html><head><meta name="date" content="2021-06-03"></head><body><article>'
            return "".join([head, *(f"<p>{document.text}</p>" for document in documents)]).encode("utf-8")
        case "input", ".csv":
            rows = [[document.id, document.date, document.text] for document in documents]
            csv.writer(stream := io.StringIO()).writerows([["id", "date", "text"], *rows])
            return stream.getvalue().encode("utf-8")
        case "input", ".jsonl.gz" | ".jsonl.zst":  # packed when they are read
            return good(kind, ".jsonl", documents)
        case _, ".parquet":
            ending = ".records.parquet"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"good{ending}"
        forms.write(documents, file)
        text = file.with_suffix(".txt").read_bytes() + b"\0" if ending == ".ann" else b""
        return text + file.read_bytes()


def main() -> None:
    """Fuzz until the limit."""
    logging.disable(logging.CRITICAL)
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    corpus = Path(sys.argv[1])
    corpus.mkdir(parents=True, exist_ok=True)
    documents = [Document.from_dict(json.loads(line)) for line in GOOD.open(encoding="utf-8")][:1]
    inputs = [bytes([number]) + good(*form, documents) for number, form in enumerate(KINDS)]
    if not any(corpus.iterdir()):
        for number, data in enumerate(inputs):
            (corpus / f"good-{number}").write_bytes(data)
    with tempfile.TemporaryDirectory() as folder:
        with atheris.instrument_imports(include=INSTRUMENTED):  # forms import what they need when used
            for data in inputs:
                check(data, Path(folder))
        atheris.Setup(sys.argv, lambda data: check(data, Path(folder)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()

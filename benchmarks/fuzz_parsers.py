"""Feeds the parsers with bytes that reach new lines of their code (atheris), until one raises.

    pip install atheris && python benchmarks/fuzz_parsers.py [-max_total_time=SECONDS] [-runs=N]

The arguments are libFuzzer's. Read are: text files, JSON lines and csv; records; time expressions; sentences.
"""

from __future__ import annotations

import io
import sys

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

with atheris.instrument_imports(include=["eventx"]):
    from eventx.dates import resolve_date
    from eventx.document import Document
    from eventx.readers import REFUSAL, Columns
    from eventx.readers.texts import json_lines, table, text
    from eventx.sentences import sentences


def check(data: bytes) -> None:
    """Read the bytes in every way; what is raised is a fault."""
    for read in (text, json_lines, table):
        for _, entry in read(io.BytesIO(data), Columns()):
            if isinstance(entry, dict):
                try:
                    document = Document.from_dict(entry)
                except REFUSAL:
                    continue
                document.to_json().encode("utf-8")
    string = data.decode("utf-8", "surrogateescape")
    resolve_date(string, "2021-06-03", string[:200], None, string[:20])
    end = 0
    for start, stop in sentences(string):
        assert end <= start < stop <= len(string), "sentences overlap"
        assert string[start:stop] == string[start:stop].strip(), "white space around a sentence"
        end = stop
    assert "".join(string.split()) == "".join(
        "".join(string[start:stop].split()) for start, stop in sentences(string)
    ), "a sentence was lost"


def main() -> None:
    """Fuzz until the limit."""
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

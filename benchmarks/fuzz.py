"""Feeds the pipeline with generated texts of every kind and checks what is promised of any text.

    python benchmarks/fuzz.py [--count N] [--seed N] [--wild]

Checked are: no exception; offsets exact, spans inside the text, mentions in order; scores from 0 to 1; the
record valid against its JSON Schema, and the same when it is read back; the same result alone, in a batch and
in another process. A text that breaks a promise is made as small as can be and printed.

With ``--wild`` the model is one of random weights, which finds mentions and arguments wherever words are:
what comes behind the model sees more in a second than the real one would show it in an hour.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema_rs
import msgspec
import numpy as np
import onnx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

import eventx
from eventx.document import PAIR, PARTIES, ROLES, DateSpan, Document, Span, json_schema
from eventx.gate import FILE as GATE
from eventx.labels import ARGUMENTS, COLUMNS, HOSTS, TRIGGER
from eventx.model import GRAPH, MEETINGS, SETTINGS, TOKENIZER, Settings, bundled
from eventx.pipeline import Pipeline

Item = dict[str, str | None]

ROUND = 2_000
"""Texts that one seed makes."""

TOGETHER = 5
"""Texts that are read together."""

SENTENCES = (
    "The trade ministers of Peru and Chile met in Lima on Tuesday.",
    "President Amara Dossou will host a video conference with mediators next Monday.",
    "The summit, chaired by Ann Lee, was called off.",
    "“We spoke by phone,” said Mr. Vučić’s aide.",
    "Leaders of X and Y held talks at 10am on 3 March 2020; a further round is due in two weeks.",
    "The harvest was good.",
    "Shares fell 3.5% in early trading, U.S. officials said.",
)

PIECES = (
    *("The ", "EU ", "foreign ministers ", "met ", "held talks ", "with ", "and ", "in Oslo ", "on Monday "),
    *("will meet ", "summit ", "chaired by ", "hosted by ", "by phone ", "next week ", "the Queen’s "),
    *("Jo Doe ", "U.S. ", "Mr. ", "1,000 ", "10:30 ", "No. 7 ", "$5m ", "a@b.cd ", "#tag ", "\u00a7 4 "),
    *(". ", ", ", "; ", "-", "…", "!?", "'", '"', "“", "”", "(", ")", "’s "),
    *("\r\n", "\n\n", "\n", "\r", "\t", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", " ", "   "),
    *(
        "\u00a0",
        "\u3000",
        "\x00",
        "\x07",
        "\x1b[31m",
        "\x7f",
        "\ud800",
        "\udc00",
        "\udcff",
        "\ufffe",
        "\ufeff",
    ),
    *("\u200b", "\u200d", "\u2060", "\u00ad", "\u202e", "\u202d", "\u2066", "\u2069", "\u200f", "\u061c"),
    *("Café ", "Cafe\u0301 ", "e\u0301\u0323\u0308" * 3, "\u0301", "ﬁnal ", "İzmir ", "ẞ", "ǅ", "Ⅳ", "①"),
    *("👩\u200d👧 ", "🇪🇺", "🏽", "𝕄𝕖𝕥 ", "\U000f0000", "\U0010ffff", "\U000e0041"),
    *(
        "会議は東京で行われた。",
        "他们在北京会面。",
        "التقى الوزراء ",
        "הפגישה ",
        "Они встретились. ",
        "회담 ",
    ),
    *("वार्ता ", "การประชุม ", "Συνάντηση ", "Die Minister trafen sich am Montag. "),
    *("<p>", "</div>", "&nbsp;", "&#8217;", "<br/>", "<!-- ad -->", "{{ title }}", "\\u00e9", "%20"),
    *("https://a.b/c?d=e#f", "| a | b |\n", "---+---\n", "1\t2\t3\n", "* item\n", "====\n"),
)

LETTERS = str.maketrans("oOlIeaBS5g", "0011cа8$Sq")
"""What scanners take for each other, and one letter that only looks like an a."""


def characters() -> st.SearchStrategy[str]:
    """Return a strategy for any code point, each plane as likely as another, surrogates among them."""
    plane = st.tuples(st.integers(0, 16), st.integers(0, 0xFFFF)).map(lambda at: chr(at[0] << 16 | at[1]))
    return st.one_of(plane, st.characters(exclude_categories=()), st.integers(0xD800, 0xDFFF).map(chr))


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Sentences of meetings, changed as carelessness, scanners and programs change texts."""
    text = draw(st.sampled_from((" ", "\n", "\n\n", "", "\r\n\r\n"))).join(
        draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4))
    )
    for change in draw(st.lists(st.integers(0, 8), max_size=3)):
        match change:
            case 0:
                text = text.upper()
            case 1:
                text = text.lower()
            case 2:
                text = text.translate(LETTERS)
            case 3:
                text = "".join(letter for letter in text if letter.isalnum() or letter.isspace())
            case 4:
                text = text.replace(" ", draw(st.sampled_from(("\n", "  ", "", "\u200b", "\u00a0", "\t|\t"))))
            case 5:
                text = text[::-1]
            case 6:
                mark = draw(characters())
                text = mark.join(text) if draw(st.booleans()) else f"{mark}{text}{mark}"
            case _:
                at = draw(st.integers(0, len(text)))
                text = text[:at] + draw(st.sampled_from(PIECES) | characters()) + text[at:]
    return text


def texts() -> st.SearchStrategy[str]:
    """Return a strategy for texts of every kind, short enough to read thousands of them."""
    joined = st.lists(st.sampled_from(PIECES) | characters(), max_size=30).map("".join)
    one = st.tuples(st.sampled_from(PIECES) | characters(), st.integers(1, 150))
    return st.one_of(
        st.text(characters(), max_size=40),
        joined,
        spoilt(),
        spoilt(),
        one.map(lambda repeated: repeated[0] * repeated[1]),
        st.text(st.sampled_from("aB .\n"), max_size=150),
    )


def items() -> st.SearchStrategy[Item]:
    """Return a strategy for documents with any text, with and without a date."""
    days = (None, "2021-06-03", "2020-02-29", "0001-01-01", "9999-12-31")
    return st.fixed_dictionaries({"text": texts(), "date": st.sampled_from(days)})


def spans(document: Document) -> Iterator[Span | DateSpan]:
    """Yield all spans of a document."""
    for event in document.events:
        yield event.trigger
        yield from (span for _, span in event.arguments())
    for meeting in document.meetings or ():
        for role in (*PARTIES, "places"):
            for actor in getattr(meeting, role):
                yield from actor.mentions


def layers(document: Document) -> Iterator[list[Span | DateSpan]]:
    """Yield lists of spans that do not overlap: triggers, and of each event what excludes each other."""
    yield [event.trigger for event in document.events]
    for event in document.events:
        roles = [span for role in ROLES if role != "hosts" for span in getattr(event, role)]
        for layer in (roles, event.hosts):  # who hosts may also take part, or be the place
            yield sorted(layer, key=lambda span: span.start)


class Checker:
    """Checks documents that a pipeline makes of texts.

    Args:
        nlp: the pipeline.
    """

    def __init__(self, nlp: Pipeline) -> None:
        self.nlp = nlp
        self.texts = self.mentions = 0
        """What has been checked so far."""
        self._schema = jsonschema_rs.validator_for(json_schema())

    def __call__(self, given: Sequence[Item], batch: int = 64) -> list[Document]:
        """Read texts one by one and together, and return the documents.

        Raises:
            AssertionError: a promise is broken.
        """
        alone = [self.nlp(str(item["text"]), item["date"]) for item in given]
        for number, (document, item) in enumerate(zip(alone, given, strict=True), 1):
            document.id = str(number)
            assert document.text == item["text"]
            assert document.date == item["date"]
            self._check(document)
        assert list(self.nlp.pipe(given, batch)) == alone, "another result in a batch"
        self.texts += len(given)
        self.mentions += sum(len(document.events) for document in alone)
        return alone

    def _check(self, document: Document) -> None:
        for span in spans(document):
            assert 0 <= span.start < span.end <= len(document.text), f"outside: {span}"
            assert document.text[span.start : span.end] == span.text, f"elsewhere: {span}"
            assert span.text == span.text.strip(), f"white space: {span}"
            assert span.score is not None, f"no score: {span}"
        for layer in layers(document):
            assert all(one.end <= other.start for one, other in pairwise(layer)), f"overlap: {layer}"
        clusters = list(dict.fromkeys(event.cluster for event in document.events))
        meetings = document.meetings or []
        assert clusters == [meeting.id for meeting in meetings] == list(range(1, len(meetings) + 1))
        for meeting in meetings:
            events = [at for at, event in enumerate(document.events) if event.cluster == meeting.id]
            assert meeting.events == events
        line = document.to_json()
        assert not {"\n", "\r"} & set(line), "more than one line"
        record: dict[str, Any] = json.loads(line.encode("utf-8"))
        self._schema.validate(record)
        back = Document.from_dict(record)
        assert back == document or PAIR.search(document.text), "read back as another document"


def wild(folder: Path) -> Path:
    """Write a model whose labels depend on nothing but the piece and its type, by random numbers.

    Its gate stops some of the windows, by random numbers as well.
    """
    (folder / GRAPH).parent.mkdir()
    shutil.copyfile(bundled() / TOKENIZER, folder / TOKENIZER)
    settings = Settings("wild", "0", dict.fromkeys(("trigger", "roles", "hosts", MEETINGS), (1.0, 0.0)))
    (folder / SETTINGS).write_bytes(msgspec.json.encode(settings))
    chance = np.random.default_rng(0)
    tables = [
        numpy_helper.from_array(chance.normal(0, 2, (rows, COLUMNS)).astype(np.float32), name)
        for name, rows in (("pieces", 30522), ("types", 8))
    ]
    outside = np.zeros(COLUMNS, np.float32)
    outside[[layer.columns.start for layer in (TRIGGER, ARGUMENTS, HOSTS)]] = 3  # most words have no label
    tables.append(numpy_helper.from_array(outside, "outside"))
    nodes = [
        helper.make_node("Gather", ["pieces", "input_ids"], ["word"]),
        helper.make_node("Gather", ["types", "token_type_ids"], ["type"]),
        helper.make_node("Sum", ["word", "type", "outside"], ["logits"]),
    ]
    save(folder / GRAPH, nodes, tables, "logits", COLUMNS)
    table = numpy_helper.from_array(chance.normal(-0.5, 1, (30522, 1)).astype(np.float32), "pieces")
    save(
        folder / GATE, [helper.make_node("Gather", ["pieces", "input_ids"], ["scores"])], [table], "scores", 1
    )
    return folder


def save(file: Path, nodes: list[onnx.NodeProto], tables: list[TensorProto], name: str, columns: int) -> None:
    """Write a graph of word pieces and their types."""
    shape: list[int | str] = [1, "length"]
    given = [
        helper.make_tensor_value_info(one, TensorProto.INT64, shape)
        for one in ("input_ids", "token_type_ids")
    ]
    output = helper.make_tensor_value_info(name, TensorProto.FLOAT, [*shape, columns])
    graph = helper.make_graph(nodes, "wild", given, [output], tables)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, file)


def run(checker: Checker, number: int, count: int = ROUND) -> None:
    """Check one seed's texts, alone, in batches and in other processes."""
    seen: list[tuple[Item, Document]] = []

    @seed(number)
    @settings(
        max_examples=count // TOGETHER,
        deadline=None,
        database=None,
        derandomize=False,
        phases=(Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(given=st.lists(items(), min_size=TOGETHER, max_size=TOGETHER), batch=st.integers(1, TOGETHER))
    def check(given: list[Item], batch: int) -> None:
        seen.extend(zip(given, checker(given, batch), strict=True))

    check()
    for at, document in enumerate(checker.nlp.pipe((item for item, _ in seen), n_process=2)):
        expected = seen[at][1]
        expected.id = document.id
        assert document == expected, f"another result in another process: {expected.text!r}"


def main() -> None:
    """Check rounds of texts until there are enough."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100_000, help="texts")
    parser.add_argument("--seed", type=int, default=0, help="of the first round; the next ones count up")
    parser.add_argument("--wild", action="store_true", help="with a model of random weights")
    args = parser.parse_args()
    with TemporaryDirectory() as folder:
        checker = Checker(eventx.load(wild(Path(folder)) if args.wild else None))
        start = time.perf_counter()
        number = args.seed
        while checker.texts < args.count:
            run(checker, number)
            number += 1
            seconds = time.perf_counter() - start
            print(f"seeds {args.seed} to {number - 1}: {checker.texts:,} texts with", end=" ")
            print(f"{checker.mentions:,} mentions keep all promises ({seconds:,.0f} s)", flush=True)


if __name__ == "__main__":
    main()

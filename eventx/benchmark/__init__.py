"""The benchmark: speed and memory on this machine, beside peers that read the same texts in the same run.

``eventx benchmark`` runs it. Its parts: the peers (`peers`), each in a process of its own (`workers`), in
turn (`rounds`); what the gate lets pass and loses (`gate`); how near the model comes to the machine's int8
matrix products (`limit`); where the time goes (`stages`); long documents (`lengths`); long streams and memory
(`memory`); how long a start takes (`starts`).
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

import eventx
from eventx.benchmark import gate, lengths, limit, machine, memory, peers, stages, starts, texts
from eventx.benchmark.results import FORM, Results, Text, Turns
from eventx.benchmark.rounds import Tell, interleave, timed
from eventx.benchmark.workers import Worker
from eventx.extras import MissingExtraError
from eventx.model import TOKENIZER

PARTS = ("gate", "limit", "stages", "lengths", "memory", "starts")
"""Besides the peers."""


def names() -> list[str]:
    """Return the keys of all peers and parts."""
    return [*(peer.key for peer in peers.known()), *PARTS]


def run(
    file: Path | None = None,
    rounds: int = 5,
    only: Collection[str] = (),
    documents: int = 1000,
    command: str = "",
    tell: Tell = lambda _: None,
) -> Results:
    """Run the benchmark and return all figures.

    Peers and parts whose libraries or weights are missing are left out, and the results say which and why.

    Args:
        file: texts; the articles that come with the package if None.
        rounds: how often everything is measured.
        only: keys of peers and parts that are wanted, of those in `names`; all if empty.
        documents: of the longest stream.
        command: what the results call the command that made them.
        tell: is told what is being measured.

    Raises:
        MissingExtraError: psutil or py-cpuinfo, which tell of the machine, is not installed.
        ValueError: a text cannot be read, or there is none.
        OSError: there is no such file.
    """
    file = file or texts.articles()
    records = texts.load(file)
    nlp = eventx.load()
    results = Results(
        form=FORM,
        command=command,
        model=nlp.version.model,
        machine=machine.facts(),
        versions=machine.versions(),
        text=_text(file.name, records, nlp.folder / TOKENIZER),
    )
    wanted = set(only) or set(names())
    _read_in_turn(results, records, rounds, wanted, tell)
    for part in PARTS:
        if part in wanted:
            try:
                setattr(results, part, _measured(part, records, rounds, documents, tell))
            except MissingExtraError as error:
                results.left_out[part] = str(error)
    return results


def _text(name: str, records: list[texts.Record], tokenizer: Path) -> Text:
    cut = Tokenizer.from_file(str(tokenizer))
    cut.no_truncation()
    cut.no_padding()
    pieces = sum(len(cut.encode(record["text"], add_special_tokens=False).ids) for record in records)
    return Text(name, len(records), sum(texts.count(record["text"]) for record in records), pieces)


def _read_in_turn(
    results: Results, records: list[texts.Record], rounds: int, wanted: set[str], tell: Tell
) -> None:
    """Let the peers read, and note what they needed, or why they did not read."""
    with ExitStack() as stack:
        tasks, turns = {}, {}
        for peer in peers.known():
            if peer.key not in wanted:
                continue
            tell(f"start {peer.key}")
            try:
                worker = stack.enter_context(Worker(peer, records))
            except (FileNotFoundError, MissingExtraError) as error:
                results.left_out[peer.key] = str(error)
                continue
            tasks[peer.key] = timed(worker.read)
            turns[peer.key] = Turns(peer.name, peer.finds, peer.processes, worker.threads, worker.passes, [])
        for key, seconds in interleave(tasks, rounds, tell).items():
            turns[key].seconds = seconds
    results.peers = turns


def _measured(part: str, records: list[texts.Record], rounds: int, documents: int, tell: Tell) -> Any:
    def say(what: str) -> None:
        tell(f"{part}: {what}")

    if part == "gate":
        return gate.measure(records)
    if part == "memory":
        return memory.measure(records, documents, say)
    module = {"limit": limit, "stages": stages, "lengths": lengths, "starts": starts}[part]
    return module.measure(records, rounds, say)

"""Results: all figures as they were measured, and what they come to beside the peers."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Annotated

import msgspec

FORM = 1
"""Of the file that results are kept in."""

Positive = Annotated[float, msgspec.Meta(gt=0)]
Rounds = Annotated[list[Positive], msgspec.Meta(min_length=1)]
"""A number for each round."""

RATIOS = (
    ("eventx", ("huggingface-1", "huggingface-32")),
    ("eventx-2", ("huggingface-1", "huggingface-32")),
    ("eventx-ungated", ("huggingface-1", "huggingface-32")),
    ("eventx-1", ("spacy-1",)),
    ("eventx-2", ("spacy-2",)),
    ("eventx-1", ("spacy-ner-1",)),
    ("eventx-2", ("spacy-ner-2",)),
    ("eventx", ("torch",)),
    ("eventx", ("onnxruntime",)),
    ("int8", ("torch",)),
    ("int8", ("onnxruntime",)),
    ("eventx-2", ("eventx-1",)),
)
"""Peers whose speed is told by that of others, of which the fastest counts."""


class Text(msgspec.Struct):
    """What was read."""

    file: str
    documents: int
    words: int
    pieces: int


class Turns(msgspec.Struct):
    """A peer, and what it needed in each round."""

    name: str
    finds: str
    processes: int
    threads: int
    """Of each process."""
    passes: int
    """How often it read the texts in a round."""
    seconds: Rounds


class Product(msgspec.Struct):
    """A matrix product (rows, inputs) x (inputs, outputs) of int8."""

    inputs: int
    outputs: int
    rates: Annotated[dict[str, Rounds], msgspec.Meta(min_length=1)]
    """For each number of rows, operations a second in each round."""

    def best(self) -> float:
        """Return the highest of the medians."""
        return max(map(median, self.rates.values()))


class Limit(msgspec.Struct):
    """How fast the machine multiplies int8 matrices, and how fast the model does."""

    threads: int
    products: Annotated[list[Product], msgspec.Meta(min_length=1)]
    """Of the model, in order."""
    pieces: int
    """Word pieces of the inputs that were timed."""
    seconds: Rounds
    """Of these inputs, in each round."""

    def machine(self) -> float:
        """Return operations a second of the model's products, each with the rows that suit it best."""
        operations = [product.inputs * product.outputs for product in self.products]
        times = [product.inputs * product.outputs / product.best() for product in self.products]
        return sum(operations) / sum(times)

    def model(self) -> float:
        """Return operations a second of the matrix products while the model runs."""
        each = sum(2 * product.inputs * product.outputs for product in self.products)
        return each * self.pieces / median(self.seconds)

    def fraction(self) -> float:
        """Return the share of the machine's rate that the model reaches."""
        return self.model() / self.machine()


class Passed(msgspec.Struct):
    """What the gate let pass, and what was lost by it."""

    pieces: int
    """Word pieces of all inputs of the first pass."""
    first: int
    """Those that reached the model in the first pass."""
    second: int
    """Those of the second pass."""
    events: int
    """Found without the gate and the early exit."""
    kept: int
    """Found with both, too."""
    left: int | None = None
    """Of ``first`` those of inputs that left the model's encoder early; older results do not say."""


class Length(msgspec.Struct):
    """Documents of one length."""

    length: int
    documents: int
    words: int
    seconds: list[float]


class Stream(msgspec.Struct):
    """Streams of one length, read once."""

    documents: int
    streams: int
    words: int
    """Of all streams."""
    seconds: float
    """Of all streams."""


class Memory(msgspec.Struct):
    """The process that reads streams, from its start on."""

    seconds: list[float]
    megabytes: list[float]
    """The most from each second given to the next."""
    streams: list[Stream]

    def peak(self) -> float:
        """Return the most, in MB."""
        return max(self.megabytes)


class Results(msgspec.Struct, omit_defaults=True):
    """A run of the benchmark; what was not asked for is empty."""

    form: int
    command: str
    model: str
    machine: dict[str, str | int | list[str]]
    versions: dict[str, str]
    text: Text
    peers: dict[str, Turns] = {}
    left_out: dict[str, str] = {}
    """Peers that did not read, and why."""
    gate: Passed | None = None
    limit: Limit | None = None
    stages: dict[str, list[float]] = {}
    """Seconds of each stage in each round."""
    lengths: list[Length] = []
    memory: Memory | None = None
    starts: dict[str, list[float]] = {}
    """Seconds in each round."""

    def speed(self, key: str) -> float:
        """Return a peer's words a second, the median of `speeds`."""
        return median(self.speeds(key))

    def speeds(self, key: str) -> list[float]:
        """Return a peer's words a second in each round."""
        turns = self.peers[key]
        return [self.text.words * turns.passes / seconds for seconds in turns.seconds]

    def ratios(self) -> dict[str, float]:
        """Return what does not depend on how fast the machine is, medians of the rounds; more is better."""
        return {name: median(values) for name, values in self.ratios_by_round().items()}

    def ratios_by_round(self) -> dict[str, list[float]]:
        """Return the same for each round."""
        found = {}
        for ours, others in RATIOS:
            theirs = [key for key in others if key in self.peers]
            if ours in self.peers and theirs:
                best = max(theirs, key=self.speed)
                pairs = zip(self.speeds(ours), self.speeds(best), strict=True)
                found[f"{ours} / {' or '.join(theirs)}"] = [one / other for one, other in pairs]
        if self.limit:
            found["model / int8 limit"] = [self.limit.fraction()]
        if self.gate and self.gate.events:
            found["events found with the gate / without"] = [self.gate.kept / self.gate.events]
        return found


def dump(results: Results) -> str:
    """Return the results as JSON, as `load` takes them."""
    return msgspec.json.format(msgspec.json.encode(results)).decode()


def load(file: Path) -> Results:
    """Return the results in a file.

    Raises:
        ValueError: the file holds no results, or of another form; it says which.
        OSError: it cannot be read.
    """
    try:
        results = msgspec.json.decode(file.read_bytes(), type=Results)
    except msgspec.DecodeError as error:
        raise ValueError(f"{file} holds no results of a benchmark: {error}") from None
    if results.form != FORM:
        raise ValueError(f"{file} is of form {results.form}, not {FORM}: measure it anew")
    return results

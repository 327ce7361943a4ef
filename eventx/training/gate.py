"""Fits the gate of a model: a small network learns which words the model may take for a trigger.

The model itself teaches it (distillation: Hinton, Vinyals and Dean 2015), by the probability that it gives
each word: of running news, of annotated texts, and of sentences made of these, since news has too few of the
words and contexts in which a gate might go wrong (`eventx.training.mixture`).
"""

from __future__ import annotations

import math
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from eventx.document import Document
from eventx.gate import FILE, Gate
from eventx.inputs import Input, build, windows
from eventx.labels import TRIGGER, decode, log_softmax
from eventx.model import Model, read_settings, write_settings
from eventx.tagger import segment
from eventx.training.graph import Graph
from eventx.training.mixture import ENDINGS, Mixture, Stretch, Token
from eventx.training.network import from_base
from eventx.training.noise import noisy
from eventx.training.overlap import apart
from eventx.words import WORD, Word

RECALL = 0.998
"""Share of the model's own triggers that are to pass on the texts by which the threshold is set."""

PARTS = 5
"""Of so many texts two set the threshold; the gate learns from the others."""

NOISE = 0.15
"""Share of the texts that it learns from which are spoilt."""

WIDTH, HIDDEN, SPAN, LAYERS = 64, 96, 7, 2
"""Numbers for each word piece, channels of a convolution, pieces that it sees, and how many there are."""

RATE, DECAY, DROPOUT, EPOCHS = 4e-3, 0.02, 0.05, 8
"""Of the training, by AdamW with one cycle of the rate."""

BATCH = 1 << 15
"""Word pieces in a batch at most."""

WEIGHT = 9
"""How much more a sure trigger counts than a word that is none."""

FRAMES = (
    "The president {} the foreign minister of Japan in Tokyo on Monday.",
    "The {} between the two presidents was held in Tokyo on Monday.",
    "The leaders will {} in Tokyo on Monday.",
)
"""Sentences that invite the model to take a word for a trigger."""

INVITED = 0.5
"""Probability of a trigger from which a word in one of them may stand for others."""

TWICE = 2
"""How often a word stands in the texts to be tried in the frames."""

AT_ONCE = 256
"""Texts or sentences that the model reads together."""


class Fit(NamedTuple):
    """What a gate is worth: each half of the texts judged by the threshold that the other half would set."""

    triggers: int
    """Found by the model in all of the texts."""
    kept: int
    """Those whose sentence passes."""
    sentences: int
    passed: int
    """Sentences that pass."""


def fit_folder(folder: Path, texts: Sequence[str], annotated: Iterable[Document]) -> Fit | None:
    """Fit the gate of a model folder, write it there and return what it is worth.

    Args:
        folder: the model's, with its weights; a gate that it has is replaced.
        texts: running news without annotations.
        annotated: documents rich in meetings, to learn from besides.

    Returns:
        None if the model finds too little in the texts to set a threshold; then there is no gate.
    """
    model = Model(folder, gate=False)
    halves = [list(read(model, texts[half::PARTS])) for half in (0, 1)]
    gate = None
    if all(any(one.begins.any() for one in half) for half in halves):
        held = [text for number, text in enumerate(texts) if number % PARTS <= 1]
        others = [text for number, text in enumerate(texts) if number % PARTS > 1]
        others += [document.text for document in annotated]
        learnt = list(compress(others, apart(others, held)))
        spoilt = noisy((Document(None, None, text) for text in learnt), NOISE, seed=0)
        found = list(read(model, (document.text for document in spoilt)))
        made = answered(model, Mixture(found, list(invited(model, learnt))))
        net = taught(model, [*found, *made])
        gate, fit = _judged(model, net, halves)
    (folder / FILE).unlink(missing_ok=True)
    if gate is not None:
        onnx.save(gate, folder / FILE)
    write_settings(folder, read_settings(folder))  # with the gate's checksum
    return fit if gate is not None else None


def _judged(model: Model, net: Net, halves: Sequence[Sequence[Stretch]]) -> tuple[onnx.ModelProto, Fit]:
    """Return the gate with its threshold, and what it is worth."""
    with tempfile.TemporaryDirectory() as scratch:
        onnx.save(graph(net), Path(scratch) / FILE.name)
        scored = [list(_scored(model, Gate(Path(scratch) / FILE.name), half)) for half in halves]
    crossed = [
        (score >= least, triggers)
        for half, least in zip(scored, reversed([threshold(half) for half in scored]), strict=True)
        for score, triggers in half
    ]
    fit = Fit(
        triggers=sum(triggers for _, triggers in crossed),
        kept=sum(triggers for passes, triggers in crossed if passes),
        sentences=len(crossed),
        passed=sum(passes for passes, _ in crossed),
    )
    return graph(net, threshold([*scored[0], *scored[1]])), fit


def _scored(model: Model, gate: Gate, found: Iterable[Stretch]) -> Iterator[tuple[float, int]]:
    """Yield the highest score and the number of triggers of each sentence."""
    for one in found:
        scores = gate.scores(_input(model, one.words))
        for sentence in one.sentences():
            inside = slice(sentence.start, sentence.stop)
            yield float(scores[inside].max()), int(one.begins[inside].sum())


def threshold(sentences: Sequence[tuple[float, int]]) -> float:
    """Return the score from which on `RECALL` of the triggers pass."""
    scores = sorted((score for score, triggers in sentences for _ in range(triggers)), reverse=True)
    return scores[math.ceil(RECALL * len(scores)) - 1]


# What is learnt from -------------------------------------------------------------------------


def read(model: Model, texts: Iterable[str]) -> Iterator[Stretch]:
    """Yield all stretches of some texts, read by a model."""
    stream = iter(texts)
    while batch := list(islice(stream, AT_ONCE)):
        parts = []
        for text in batch:
            for paragraph in segment(text, model.words):
                words = [_token(text, word) for word in paragraph.words]
                for window in windows(paragraph.words, paragraph.borders):
                    borders = [one - window.first for one in paragraph.borders if one > window.first]
                    core = range(window.core_first - window.first, window.core_end - window.first)
                    parts.append((words[window.first : window.end], [0, *borders], core))
        answers = _answers(model, [words for words, _, _ in parts])
        for (words, borders, core), answer in zip(parts, answers, strict=True):
            yield Stretch(words, *answer, borders, core)


def answered(model: Model, sentences: Iterable[Sequence[Token]]) -> Iterator[Stretch]:
    """Yield sentences, read by a model."""
    stream = iter(sentences)
    while batch := list(islice(stream, AT_ONCE)):
        for words, answer in zip(batch, _answers(model, batch), strict=True):
            yield Stretch(words, *answer, [0], range(len(words)))


def invited(model: Model, texts: Iterable[str]) -> Iterator[Token]:
    """Yield the words of some texts that a model takes for a trigger in one of `FRAMES`."""
    count = Counter(word for text in texts for word in WORD.findall(text.lower()))
    known = iter(word for word in count if count[word] >= TWICE and re.fullmatch(r"[^\W\d_]{3,}", word))
    while batch := list(islice(known, AT_ONCE)):
        tried = [(frame.format(word), frame.index("{")) for word in batch for frame in FRAMES]
        words = [model.words(text, 0, len(text)) for text, _ in tried]
        sentences = [
            [_token(text, one) for one in part] for part, (text, _) in zip(words, tried, strict=True)
        ]
        answers = _answers(model, sentences)
        found = {}
        for (_, start), part, sentence, answer in zip(tried, words, sentences, answers, strict=True):
            place = next(number for number, one in enumerate(part) if one.start == start)
            if answer[0][place] >= INVITED and sentence[place].ending is not None:
                found[sentence[place].pieces] = sentence[place]
        yield from found.values()


def _token(text: str, word: Word) -> Token:
    letters = text[word.start : word.end].lower()
    ending = next((one for one in ENDINGS if letters.endswith(one)), "")
    return Token(word.pieces, word.capital, ending if letters.isalpha() else None)


def _input(model: Model, words: Sequence[Token]) -> Input:
    return build([Word(0, 0, word.pieces, word.capital) for word in words], model.words.cls, model.words.sep)


def _answers(
    model: Model, parts: Sequence[Sequence[Token]]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Yield for each word the probability that it is part of a trigger, and whether one begins there."""
    for logits in model([_input(model, words) for words in parts]):
        begins = np.zeros(len(logits), np.bool_)
        begins[[found.first for found in decode(TRIGGER, logits)]] = True
        yield 1 - np.exp(log_softmax(logits[:, TRIGGER.columns])[:, 0]), begins


# The network ---------------------------------------------------------------------------------


class Net(nn.Module):
    """Convolutions over the model's own embeddings of word pieces, which stay as they are.

    Args:
        table: the embeddings, (vocabulary, width).
    """

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.table: Tensor
        self.register_buffer("table", table)
        self.narrow = nn.Linear(table.shape[1], WIDTH, bias=False)
        sizes = [WIDTH + 1, *[HIDDEN] * LAYERS]  # one more for capitals
        self.layers = nn.ModuleList(
            nn.Conv1d(wide, narrow, SPAN, padding=SPAN // 2) for wide, narrow in pairwise(sizes)
        )
        self.score = nn.Conv1d(HIDDEN, 1, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, pieces: Tensor, capitals: Tensor, real: Tensor) -> Tensor:
        """Return a score for each piece, (batch, pieces); all arguments have this shape."""
        x = torch.cat([self.narrow(self.table[pieces]), capitals[..., None]], dim=-1).transpose(1, 2)
        x = self.dropout(x * real[:, None])
        for layer in self.layers:
            y = functional.relu(layer(x)) * real[:, None]
            x = self.dropout(x + y if x.shape == y.shape else y)
        scores: Tensor = self.score(x)[:, 0]
        return scores


def taught(model: Model, found: Sequence[Stretch], seed: int = 0) -> Net:
    """Return the network that has learnt what a model makes of some stretches of words."""
    torch.manual_seed(seed)
    table = from_base(model.folder, dropout=0).encoder.get_input_embeddings().weight.detach().float()
    net = Net(table)
    batches = list(_batches(model, found))
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * len(batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=max(2, steps))
    rng = random.Random(seed)
    for _ in range(EPOCHS):
        rng.shuffle(batches)
        for pieces, capitals, real, heads, targets in batches:
            scores = net(pieces, capitals, real)
            loss = functional.binary_cross_entropy_with_logits(scores, targets, reduction="none")
            loss = (loss * heads * (1 + WEIGHT * targets)).sum() / heads.sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return net.eval()


def _batches(model: Model, found: Sequence[Stretch]) -> Iterator[tuple[Tensor, ...]]:
    """Yield word pieces, capitals, what is no padding, what has a target, and the targets."""
    rows = []
    for one in found:
        pieces, capitals, heads = _input(model, one.words)
        targets = torch.zeros(len(pieces)).index_put((torch.tensor(heads),), torch.tensor(one.probabilities))
        counts = torch.zeros(len(pieces)).index_fill(0, torch.tensor(heads), 1)
        rows.append(
            (torch.tensor(pieces), torch.tensor(capitals).float(), torch.ones(len(pieces)), counts, targets)
        )
    rows.sort(key=lambda row: len(row[0]))
    while rows:
        size = max(1, BATCH // len(rows[-1][0]))
        batch, rows = rows[-size:], rows[:-size]
        yield tuple(pad_sequence(list(column), batch_first=True) for column in zip(*batch, strict=True))


def graph(net: Net, least: float = 0, exact: bool = False) -> onnx.ModelProto:
    """Return the network as a graph, with scores that count from a threshold.

    Args:
        net: the network.
        least: the threshold; what has just this score passes.
        exact: whether all is fp32; otherwise weights are int8.
    """
    made = Graph(exact)
    capitals = made.node("Cast", "token_type_ids", to=onnx.TensorProto.FLOAT)
    capitals = made.node("Unsqueeze", capitals, np.array([2]))
    x = made.node("Concat", made.rows(_array(net.narrow(net.table)), "input_ids"), capitals, axis=2)
    reach = SPAN // 2
    for number, layer in enumerate(net.layers):
        weights, bias = map(_array, layer.parameters())  # weights: (outputs, inputs, SPAN)
        padded = made.node("Pad", x, np.array([0, reach, 0, 0, reach, 0]))
        # A convolution as a product: int8 products are faster than convolutions.
        parts = [made.node("Slice", padded, *_shifted(place)) for place in range(SPAN)]
        seen = made.node("Concat", *parts, axis=2)
        y = made.node("Relu", made.linear(seen, weights.transpose(2, 1, 0).reshape(-1, HIDDEN), bias))
        x = made.node("Add", x, y) if number else y
    weights, bias = map(_array, net.score.parameters())
    scores = made.node("MatMul", x, weights[:, :, 0].T)
    made.nodes("Add", [scores, np.nextafter(bias - np.float32(least), np.float32(np.inf))], 1, ["scores"])
    return made.model("scores", 1)


def _shifted(place: int) -> list[NDArray[np.int64]]:
    """Return start, end and axis of the pieces that stand at a place of a convolution."""
    end = np.iinfo(np.int64).max if place == SPAN - 1 else place - SPAN + 1
    return [np.array([number]) for number in (place, end, 1)]


def _array(values: Tensor) -> NDArray[np.float32]:
    return values.detach().numpy()

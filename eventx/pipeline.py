"""The pipeline: from texts to documents with events and meetings."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, Literal

from eventx import __version__, hub
from eventx.dates import earlier_dates, resolve_date
from eventx.document import Document, Version, identity, known, publication_day
from eventx.engines import EngineName
from eventx.extras import extra
from eventx.gate import FILE as GATE
from eventx.meetings import form_meetings
from eventx.model import GRAPH, MEETINGS, SETTINGS, TOKENIZER, Model
from eventx.tagger import Given, Mention, Tagger

Item = str | Mapping[str, Any]
"""A text, or a mapping with ``text`` and, if known, ``id`` and ``date``."""

OnError = Callable[[int, Any, Exception], None]

MOST = 1 << 20
"""Characters of documents that are read together; news has so many in three hundred articles."""

REACH = 1000
"""Characters before a sentence in which the date is looked for that "the same day" counts from."""


class Pipeline:
    """Reads texts and returns documents: ``nlp(text)`` for one, ``nlp.pipe(texts)`` for many.

    One pipeline may be used from several threads.

    Args:
        model: folder of the model; the bundled one if None.
        min_score: triggers and arguments with a lower score are left out, 0 to 1.
        threads: inputs that the model runs side by side; as many as there are processors if None.
        gate: whether the model's gate, if it has one, chooses what is read.
        engine: what computes: ``onnx``, the int8 graph on the processor, or ``torch`` (extra ``train``), the
            weights.
        device: of torch, such as ``cuda``; a graphics card if there is one and None is given.

    Raises:
        FileNotFoundError: a file of the model is missing.
        ValueError: a file of the model cannot be read, min_score is no probability, or there is no such
            engine or device.
        MissingExtraError: torch is not installed.
    """

    def __init__(
        self,
        model: Path | None = None,
        min_score: float = 0.0,
        threads: int | None = None,
        gate: bool = True,
        engine: EngineName = "onnx",
        device: str | None = None,
    ) -> None:
        if not 0 <= min_score <= 1:
            raise ValueError(f"min_score is {min_score}, not between 0 and 1")
        self._model = Model(model, threads, engine, device, gate)
        self._engine = engine, device
        self._tagger = Tagger(self._model, min_score)

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path,
        *,
        revision: str | None = None,
        min_score: float = 0.0,
        threads: int | None = None,
        gate: bool = True,
    ) -> Pipeline:
        """Return the pipeline of a model folder, or of a model of the Hugging Face Hub (extra ``hub``).

        Args:
            model: a folder; or ``user/name``, which is downloaded unless the Hub's cache has it.
            revision: branch, tag or commit of a model of the Hub.
            min_score: triggers and arguments with a lower score are left out, 0 to 1.
            threads: inputs that the model runs side by side; as many as there are processors if None.
            gate: whether the model's gate, if it has one, chooses what is read.

        Raises:
            FileNotFoundError: there is neither such a folder nor such a model, or a file of it is missing.
            ValueError: a file of the model cannot be read, or an argument is out of range.
            OSError: the Hub cannot be reached, and its cache has no such model.
        """
        return cls(hub.find(model, revision), min_score, threads, gate)

    def save_pretrained(self, folder: str | Path) -> None:
        """Copy the model, all of it that there is, to a folder; nothing is deleted there.

        The bundled model of an installed package has no weights to fine-tune from; they come in a package of
        their own.

        Raises:
            FileExistsError: the folder holds something that is no model, or another model's files.
        """
        hub.save(self.folder, Path(folder))

    def push_to_hub(
        self, name: str, *, private: bool | None = None, commit_message: str | None = None
    ) -> str:
        """Upload the model to the Hugging Face Hub (extra ``hub``) and return the commit's address.

        Args:
            name: ``user/name``; the repository is made if need be.
            private: whether a new repository is private; as the user's settings say if None.
            commit_message: of the commit.

        Raises:
            OSError: the Hub cannot be reached, or refuses: log in with ``hf auth login``.
        """
        return hub.upload(self.folder, name, private, commit_message)

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs to open the model again, wherever it works.

        And a digest: datasets tells by the pickled pipeline whether a result in its cache is still good.
        """
        digest = hashlib.sha256(__version__.encode())
        for file in (GRAPH, SETTINGS, TOKENIZER, *([GATE] if self.gate else [])):
            digest.update((self.folder / file).read_bytes())
        arguments = {
            "model": self.folder.absolute(),
            "min_score": self.min_score,
            "threads": self.threads,
            "gate": self.gate,
            "engine": self._engine[0],
            "device": self._engine[1],
        }
        return {"arguments": arguments, "digest": digest.hexdigest()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        Pipeline.__init__(self, **state["arguments"])

    @property
    def folder(self) -> Path:
        """Folder of the model."""
        return self._model.folder

    @property
    def threads(self) -> int:
        """Inputs that the model runs side by side."""
        return self._model.engine.threads

    @property
    def min_score(self) -> float:
        """Triggers and arguments with a lower score are left out."""
        return self._tagger.min_score

    @property
    def gate(self) -> bool:
        """Whether a gate chooses what is read."""
        return self._model.gate is not None

    @property
    def engine(self) -> str:
        """What computes: its name and version."""
        return self._model.engine.about

    @property
    def version(self) -> Version:
        """What the records carry as their version."""
        return self._model.version

    @property
    def checksums(self) -> Mapping[str, str]:
        """SHA-256 of the model's files, by their paths in its folder."""
        return self._model.settings.checksums

    def __call__(self, text: str, date: Any = None, id: str = "1") -> Document:
        """Return the document of one text.

        Args:
            text: any string, of any length.
            date: day of publication, as ``YYYY-MM-DD`` or a date; None where it is not known.
            id: name of the document.

        Raises:
            TypeError: text is no string.
            ValueError: date is no date.
        """
        return self.annotate([_document({"text": text, "date": date, "id": id}, 1)])[0]

    def pipe(
        self,
        documents: Iterable[Item],
        batch_size: int = 64,
        n_process: int = 1,
        errors: Literal["raise", "skip"] = "raise",
        on_error: OnError | None = None,
    ) -> Iterator[Document]:
        """Yield the document of each item, in order; lazy, in bounded memory.

        Args:
            documents: texts, or mappings with ``text`` and perhaps ``id`` and ``date``, which may also be
                None, NaN, or pandas' NA or NaT; an id that is missing is the position in the stream, from 1.
            batch_size: documents that are read together.
            n_process: processes that work side by side, each with one thread; the caller's own alone if 1.
                They are spawned, so a script that asks for several needs ``if __name__ == "__main__":``.
            errors: ``raise`` stops at an item that is no document, ``skip`` leaves it out.
            on_error: called with position, item and exception of each item that is left out.

        Raises:
            TypeError: an item is neither a string nor a mapping with one as its text.
            ValueError: an item's date is no date, or an argument is out of range.
        """
        if batch_size < 1 or n_process < 1:
            raise ValueError("batch_size and n_process must be 1 or more")
        if errors not in ("raise", "skip"):
            raise ValueError(f"errors is {errors!r}, neither 'raise' nor 'skip'")
        stream = _documents(documents, errors == "skip", on_error)
        batches = _batches(stream, batch_size)
        if n_process == 1:
            return (document for batch in batches for document in self.annotate(batch))
        return self._spread(batches, n_process)

    def batch(self, examples: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """Return the columns that make records of a batch of rows: ``ds.map(nlp.batch, batched=True)``.

        They are ``events``, ``meetings`` and ``version``, and Arrow gives them the same types whatever a
        batch holds (extra ``hub``). A lone surrogate becomes U+FFFD; offsets stay.

        Args:
            examples: columns; ``text`` and, if there, ``date`` are read.

        Raises:
            MissingExtraError: pyarrow is not installed.
            TypeError: a text is no string, or the columns are those of one row.
            ValueError: there is no column ``text``, or a date is no date.
        """
        with extra("hub"):
            import pyarrow  # noqa: F401 (named as what this extra brings)

            from eventx.schema import columns
        if "text" not in examples:
            raise ValueError(f"no column 'text'; the columns are {', '.join(map(repr, examples))}")
        texts = examples["text"]
        if isinstance(texts, str):
            raise TypeError("text is one string, not a column of them; map needs batched=True")
        dates = examples["date"] if "date" in examples else [None] * len(texts)
        rows = ({"text": text, "date": date} for text, date in zip(texts, dates, strict=True))
        return columns(list(self.pipe(rows)), ("events", "meetings", "version"))

    def annotate(self, documents: Sequence[Document], given: Given = None) -> list[Document]:
        """Fill in the documents' events and meetings and return them.

        Args:
            documents: are changed.
            given: what stands in them already and is kept: nothing; ``triggers``; or ``spans``, their
                triggers and arguments, to which values, status, format and meetings are found.
        """
        for document in documents:
            document.events.sort(key=lambda event: (event.trigger.start, event.trigger.end))
        for some in _portions(documents):
            for document, mentions in zip(some, self._tagger(some, given), strict=True):
                for mention in mentions:
                    _date(document, mention)
                form_meetings(document, *self._tagger.model.settings.calibration[MEETINGS])
                document.version = self.version
        return list(documents)

    def _spread(self, batches: Iterator[list[Document]], n_process: int) -> Iterator[Document]:
        """Yield the batches' documents from several processes; two batches for each are under way."""
        # A forked process would inherit the runtime's threads in the middle of their work.
        context = multiprocessing.get_context("spawn")
        arguments = (self.folder, self.min_score, self.gate, *self._engine)
        pool = ProcessPoolExecutor(n_process, context, initializer=_start, initargs=arguments)
        waiting: deque[Future[list[Document]]] = deque()
        error: Exception | None = None
        try:
            while True:
                try:
                    batch = next(batches, None)
                except Exception as caught:  # raised when what stands before it has come out
                    error, batch = caught, None
                if batch is None:
                    break
                with no_interrupts():
                    waiting.append(pool.submit(_annotate, batch))
                if len(waiting) >= 2 * n_process:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
            if error is not None:
                raise error
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def no_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from processes that are started here: it is for the caller's own to end them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # started in the block, it would let interrupts through behind it
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _date(document: Document, mention: Mention) -> None:
    """Give an event's dates the values that its sentence and status tell, or else what stands before it."""
    start, end = mention.sentence
    told = partial(resolve_date, anchor=document.date, context=document.text[start:end])
    for date in mention.event.dates:
        date.value = told(date.text, status=mention.event.status)
        if date.value is None:  # "the same day", "a week earlier"
            earlier = earlier_dates(document.text[max(start - REACH, 0) : start], document.date)
            values = (told(date.text, status=mention.event.status, reference=value) for value in earlier)
            date.value = next(filter(None, values), None)


def _portions(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Yield the documents in lists of at most so many characters, or of one, so that memory is bounded."""
    portion: list[Document] = []
    size = 0
    for document in documents:
        if portion and size + len(document.text) > MOST:
            yield portion
            portion, size = [], 0
        portion.append(document)
        size += len(document.text)
    if portion:
        yield portion


def _batches(stream: Iterator[Document], size: int) -> Iterator[list[Document]]:
    """Yield the documents in lists of a size; an error of the stream comes after those before it."""
    batch: list[Document] = []
    error: Exception | None = None
    try:
        for document in stream:
            batch.append(document)
            if len(batch) == size:
                yield batch
                batch = []
    except Exception as caught:
        error = caught
    if batch:
        yield batch
    if error is not None:
        raise error


def _documents(items: Iterable[Item], skip: bool, on_error: OnError | None) -> Iterator[Document]:
    for position, item in enumerate(items, 1):
        try:
            document = _document(item, position)
        except (TypeError, ValueError) as error:
            if not skip:
                raise type(error)(f"item {position}: {error}") from None
            if on_error is not None:
                on_error(position, item, error)
        else:
            yield document


def _document(item: Item, position: int) -> Document:
    """Return the item as a document without events."""
    fields = {"text": item} if isinstance(item, str) else item
    if not isinstance(fields, Mapping):
        raise TypeError(f"expected a string or a mapping with a text, got {type(item).__name__}")
    text, name = fields.get("text"), known(fields.get("id"))
    if not isinstance(text, str):
        raise TypeError(f"text is {type(text).__name__}, not a string")
    if isinstance(name, float):
        name = identity(name)
    return Document(str(position) if name is None else str(name), publication_day(fields.get("date")), text)


_worker: Pipeline
"""The pipeline of a worker process."""


def _start(folder: Path, min_score: float, gate: bool, engine: EngineName, device: str | None) -> None:
    global _worker
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = Pipeline(folder, min_score, 1, gate, engine, device)


def _end_with_parent() -> None:
    """End this process when the one that started it has been killed: no more work would ever come."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _annotate(documents: list[Document]) -> list[Document]:
    return _worker.annotate(documents)

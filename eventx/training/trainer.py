"""The training run: from annotated files to a model folder that ``eventx.load`` takes."""

from __future__ import annotations

import hashlib
import random
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from torch.utils.data import ConcatDataset
from tqdm import tqdm
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_pt_utils import LengthGroupedSampler
from transformers.trainer_utils import get_last_checkpoint
from transformers.utils.logging import disable_progress_bar

from eventx.document import Document
from eventx.labels import COLUMNS, IGNORED, LAYERS
from eventx.model import GRAPH, Model
from eventx.training.config import Config, InputError
from eventx.training.examples import eventless, examples, joined
from eventx.training.network import Network, from_base
from eventx.training.noise import noisy
from eventx.training.silver import frequent, silver
from eventx.words import Words

STEPS = 250
"""Steps after which the state of a run is saved."""


class Collator:
    """Pads examples to a batch; ``pad`` is the id of the padding piece.

    Labels become probabilities: 1 for that of a gold example, those of the teacher for a silver one.
    """

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, batch: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Return ``input_ids``, ``token_type_ids``, ``attention_mask`` (batch, pieces) and ``labels``.

        The labels are probabilities, (batch, pieces, COLUMNS).
        """
        shape = (len(batch), max(len(example["input_ids"]) for example in batch))
        tensors = {
            "input_ids": torch.full(shape, self.pad),
            "token_type_ids": torch.zeros(shape, dtype=torch.long),
            "attention_mask": torch.zeros(shape, dtype=torch.long),
            "labels": torch.zeros((*shape, COLUMNS)),
        }
        for row, example in enumerate(batch):
            length = len(example["input_ids"])
            tensors["attention_mask"][row, :length] = 1
            for name in ("input_ids", "token_type_ids"):
                tensors[name][row, :length] = torch.tensor(example[name])
            silver = example.get("probabilities")
            labels = torch.tensor(silver) if silver is not None else _certain(example["labels"])
            tensors["labels"][row, :length] = labels
        return tensors


def _certain(labels: Sequence[Sequence[int]]) -> Tensor:
    """Return gold labels (pieces, layers) as probabilities (pieces, COLUMNS)."""
    table = torch.tensor(labels)
    result = torch.zeros((len(table), COLUMNS))
    for column, layer in enumerate(LAYERS):
        rows = (table[:, column] != IGNORED).nonzero().squeeze(1)
        result[rows, layer.columns.start + table[rows, column]] = 1
    return result


class Saver(TrainerCallback):
    """Saves the state of a run within its epochs too, which can take hours."""

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Ask for that every STEPS steps, but not at the end of an epoch, where it follows the evaluation."""
        if state.global_step % STEPS == 0 and (state.epoch or 0) % 1:
            control.should_save = True


class Order(LengthGroupedSampler):
    """Draws the order of each epoch by its number: a run that goes on within one sees what is left of it.

    Args:
        examples: with ``input_ids``; those of a batch have about the same length.
        batch_size: of one step.
        seed: decides the order of all epochs.
    """

    def __init__(self, examples: Any, batch_size: int, seed: int) -> None:
        super().__init__(batch_size, examples, generator=torch.Generator())
        self.seed = seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch; the trainer calls this."""
        self.generator.manual_seed(self.seed + epoch)


class MeetingTrainer(Trainer):
    """The Hugging Face trainer, with a learning rate of its own for the classifier."""

    def __init__(self, config: Config, **arguments: Any) -> None:
        self.config = config
        super().__init__(**arguments)

    def _get_train_sampler(self, train_dataset: Any = None) -> Order:
        return Order(train_dataset or self.train_dataset, self.config.batch_size, self.config.seed)

    def create_optimizer(self, *_: Any, **__: Any) -> torch.optim.Optimizer:
        """Return AdamW with four groups: encoder and heads, each with and without weight decay."""
        groups: dict[tuple[float, float], list[Tensor]] = {}
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad:
                rate = (
                    self.config.learning_rate
                    if name.startswith("encoder.")
                    else self.config.head_learning_rate
                )
                decay = self.config.weight_decay if parameter.ndim > 1 else 0.0
                groups.setdefault((rate, decay), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": params, "lr": rate, "weight_decay": decay}
                for (rate, decay), params in groups.items()
            ],
            fused=True,
        )
        return self.optimizer


def fit(
    train: Sequence[Document],
    dev: Sequence[Document],
    base: Path,
    checkpoints: Path,
    config: Config,
    teacher: Path | None = None,
    texts: Sequence[str] = (),
    labelled: Path | None = None,
    quiet: bool = False,
) -> Network:
    """Return the network after training; goes on from the last checkpoint where there is one.

    Args:
        train: documents with gold events.
        dev: documents whose loss is shown after each epoch; with ``patience`` it says which epoch counts.
        base: folder with the weights and the tokenizer to start from.
        checkpoints: folder for the state after each epoch and every STEPS steps; it remains until the caller
            removes it.
        config: settings.
        teacher: folder of a model that labels the texts.
        texts: to learn from besides.
        labelled: folder for what the teacher makes of them, which another run with the same teacher, texts
            and base can use; in ``checkpoints`` if None.
        quiet: whether to show no progress even on a terminal.

    Raises:
        InputError: the checkpoints are those of a run with other settings or data; the texts are of no use.
    """
    quiet = quiet or not sys.stderr.isatty()
    if quiet:
        disable_progress_bar()  # of what reads and writes weights
    chosen_by = dev if config.patience else ()
    _claim(checkpoints, (config, train, texts, chosen_by), [base, *([teacher] if teacher else [])])
    words = Words(base / "tokenizer.json")
    set_seed(config.seed)
    network = from_base(base, config.dropout)
    network.encoder.get_input_embeddings().weight.requires_grad = not config.freeze_words
    if config.freeze_layers:
        if config.freeze_layers >= network.config.num_hidden_layers:
            raise InputError(f"freeze_layers is {config.freeze_layers}: no layer would be left to learn")
        for layer in network.layers()[: config.freeze_layers]:
            layer.requires_grad_(False)
    shown = [*train]
    for number in range(1, config.passes):
        seed = config.seed + number
        shown.extend(joined(noisy(train, config.noise, seed), seed))
    chance = random.Random(config.seed)
    data = [
        Dataset.from_list(
            [
                example
                for example in examples(shown, words)
                if not eventless(example) or chance.random() < config.eventless
            ]
        )
    ]
    if teacher is not None:
        folder = labelled or checkpoints / "silver"
        data.append(_labelled(train, texts, teacher, base, words, folder, quiet))
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        warmup_steps=config.warmup,
        remove_unused_columns=False,
        bf16=_has_bf16() if config.bf16 is None else config.bf16,
        use_cpu=not torch.cuda.is_available(),
        seed=config.seed,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=config.patience > 0,
        restore_callback_states_from_checkpoint=True,  # how long patience has lasted
        disable_tqdm=quiet,
        prediction_loss_only=True,
        logging_steps=50,
        report_to="none",
    )
    trainer = MeetingTrainer(
        config,
        model=network,
        args=arguments,
        data_collator=Collator(words.pad),
        train_dataset=ConcatDataset(data),
        eval_dataset=Dataset.from_list(list(examples(dev, words))),
        callbacks=[Saver(), *([EarlyStoppingCallback(config.patience)] if config.patience else [])],
    )
    trainer.remove_callback(PrinterCallback)  # it would print what no progress bar shows
    for state in checkpoints.glob("checkpoint-*"):
        if not (state / "trainer_state.json").is_file():  # written last: broken off
            shutil.rmtree(state)
    with redirect_stdout(sys.stderr):  # where progress belongs
        trainer.train(resume_from_checkpoint=get_last_checkpoint(str(checkpoints)))
    return network.eval()


def _has_bf16() -> bool:
    """Say whether products in bfloat16 are faster here than those in single precision.

    Intel's AVX-512 has instructions for them too, but without AMX they take longer.
    """
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    known = torch.cpu.get_capabilities()
    amd = known.get("cpu_name", "").startswith("AMD")
    return bool(known.get("amx_bf16") or (amd and known.get("avx512_bf16")))


def _labelled(
    train: Sequence[Document],
    texts: Sequence[str],
    teacher: Path,
    base: Path,
    words: Words,
    folder: Path,
    quiet: bool,
) -> Dataset:
    """Return the silver examples of the texts; they are kept in a folder.

    Raises:
        InputError: there are none; or the folder holds those of another teacher, start or texts.
    """
    source = _digest((texts, sorted(frequent(train))), [teacher, base])
    record = folder / "source.txt"
    if not folder.is_dir():
        start = Model(base, gate=False) if (base / GRAPH).is_file() else None
        shown = tqdm(texts, "label", unit="text", disable=quiet or None)
        table = list(silver(train, shown, Model(teacher, gate=False), words, start))
        if not table:
            raise InputError("none of the unlabelled texts holds a word that is often a trigger")
        part = folder.with_suffix(".part")  # a run that is broken off here leaves no half of it
        shutil.rmtree(part, ignore_errors=True)
        Dataset.from_list(table).save_to_disk(part)
        (part / record.name).write_text(source, "utf-8")
        part.rename(folder)
    elif record.read_text("utf-8") != source:
        raise InputError(f"{folder} holds the labels of another teacher, start or texts: remove it")
    return Dataset.load_from_disk(folder)


def _claim(checkpoints: Path, run: tuple[Any, ...], bases: Iterable[Path]) -> None:
    """Mark the folder as this run's, or raise InputError if it is another one's."""
    digest = _digest(run, bases)
    record = checkpoints / "run.txt"
    if record.is_file() and record.read_text("utf-8") != digest:
        raise InputError(f"{checkpoints} holds a run with other settings or data: remove it to start anew")
    checkpoints.mkdir(parents=True, exist_ok=True)
    record.write_text(digest, "utf-8")


def _digest(run: Sequence[Any], bases: Iterable[Path]) -> str:
    """Return a digest of what decides a run's results: values that repr tells apart, and folders' weights."""
    digest = hashlib.sha256(repr(run).encode("utf-8", "backslashreplace"))
    for file in (file for base in bases for file in sorted(base.rglob("*"))):
        if file.suffix in (".safetensors", ".onnx"):
            digest.update(file.read_bytes())
    return digest.hexdigest()

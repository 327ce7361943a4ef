"""The training run: from annotated files to a model folder that ``eventx.load`` takes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from transformers import Trainer, TrainingArguments, set_seed
from transformers.trainer_utils import get_last_checkpoint

from eventx.document import Document
from eventx.labels import IGNORED, LAYERS
from eventx.training.config import Config, InputError
from eventx.training.examples import examples, joined
from eventx.training.network import Network, from_base
from eventx.words import Words


class Collator:
    """Pads examples to a batch; ``pad`` is the id of the padding piece."""

    def __init__(self, pad: int) -> None:
        self.pad = pad

    def __call__(self, batch: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Return ``input_ids``, ``token_type_ids``, ``attention_mask`` (batch, pieces) and ``labels``."""
        shape = (len(batch), max(len(example["input_ids"]) for example in batch))
        tensors = {
            "input_ids": torch.full(shape, self.pad),
            "token_type_ids": torch.zeros(shape, dtype=torch.long),
            "attention_mask": torch.zeros(shape, dtype=torch.long),
            "labels": torch.full((*shape, len(LAYERS)), IGNORED),
        }
        for row, example in enumerate(batch):
            length = len(example["input_ids"])
            tensors["attention_mask"][row, :length] = 1
            for name in ("input_ids", "token_type_ids", "labels"):
                tensors[name][row, :length] = torch.tensor(example[name])
        return tensors


class MeetingTrainer(Trainer):
    """The Hugging Face trainer, with a learning rate of its own for the classifier."""

    def __init__(self, config: Config, **arguments: Any) -> None:
        self.config = config
        super().__init__(**arguments)

    def create_optimizer(self, *_: Any, **__: Any) -> torch.optim.Optimizer:
        """Return AdamW with four groups: encoder and heads, each with and without weight decay."""
        groups: dict[tuple[float, float], list[Tensor]] = {}
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad:
                rate = (
                    self.config.learning_rate if name.startswith("bert.") else self.config.head_learning_rate
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
    train: Sequence[Document], dev: Sequence[Document], base: Path, checkpoints: Path, config: Config
) -> Network:
    """Return the network after training; goes on from the last checkpoint where there is one.

    Args:
        train: documents with gold events.
        dev: documents whose loss is shown after each epoch; nothing is chosen by it.
        base: folder with the weights and the tokenizer to start from.
        checkpoints: folder for the state after each epoch; it remains until the caller removes it.
        config: settings.

    Raises:
        InputError: the checkpoints are those of a run with other settings or data.
    """
    _claim(checkpoints, train, base, config)
    words = Words(base / "tokenizer.json")
    set_seed(config.seed)
    network = from_base(base, config.dropout)
    network.bert.embeddings.word_embeddings.weight.requires_grad = not config.freeze_words
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        per_device_eval_batch_size=config.batch_size,
        warmup_steps=config.warmup,
        train_sampling_strategy="group_by_length",
        bf16=config.bf16,
        use_cpu=not torch.cuda.is_available(),
        seed=config.seed,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        prediction_loss_only=True,
        logging_steps=50,
        report_to="none",
    )
    shown = [*train]
    for number in range(1, config.passes):
        shown.extend(joined(train, config.seed + number))
    trainer = MeetingTrainer(
        config,
        model=network,
        args=arguments,
        data_collator=Collator(words.pad),
        train_dataset=Dataset.from_list(list(examples(shown, words))),
        eval_dataset=Dataset.from_list(list(examples(dev, words))),
    )
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(checkpoints)))
    return network.eval()


def _claim(checkpoints: Path, train: Sequence[Document], base: Path, config: Config) -> None:
    """Mark the folder as this run's, or raise InputError if it is another one's."""
    digest = hashlib.sha256(repr((config, train)).encode("utf-8", "backslashreplace"))
    for file in sorted(base.rglob("*.safetensors")):
        digest.update(file.read_bytes())
    record = checkpoints / "run.txt"
    if record.is_file() and record.read_text("utf-8") != digest.hexdigest():
        raise InputError(f"{checkpoints} holds a run with other settings or data: remove it to start anew")
    checkpoints.mkdir(parents=True, exist_ok=True)
    record.write_text(digest.hexdigest(), "utf-8")


def copy_tokenizer(base: Path, folder: Path) -> None:
    """Copy the files of the tokenizer from one model folder to another."""
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (base / name).is_file() and base != folder:
            shutil.copyfile(base / name, folder / name)

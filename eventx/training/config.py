"""Settings of a training run, read from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec


class InputError(ValueError):
    """A file or setting that training was given is wrong."""


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything that decides what a training run does, besides its data.

    The defaults suit all-MiniLM-L6-v2 and a few thousand annotated texts.
    """

    name: str = "eventx-en"
    """Name of the model, part of the version in every record."""
    version: str = "0.1.0"
    data: str = ""
    """What the texts are, for the model card."""
    epochs: float = 4
    batch_size: int = 32
    """Inputs in a step."""
    learning_rate: float = 2.5e-4
    """Of the encoder, at its peak."""
    head_learning_rate: float = 1e-3
    warmup: float = 0.1
    """Share of the steps in which the learning rates rise; from there they fall linearly to zero."""
    weight_decay: float = 0.01
    dropout: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.1
    """Share of the hidden states that a step drops. Attention has no dropout: drawing it took too long."""
    passes: Annotated[int, msgspec.Meta(ge=1)] = 2
    """How often an epoch shows each text: once as it is, then joined at random with others."""
    freeze_words: bool = True
    """Whether the word embeddings stay as they are: words that training never shows keep their place."""
    freeze_layers: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Lowest layers of the encoder that stay as they are: a large one learns faster so, and no worse."""
    eventless: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1
    """Share of the windows without an event in the annotated texts that is learnt from, drawn once."""
    bf16: bool = True
    """Whether matrix products are done in bfloat16; needs a processor that has it to be fast."""
    seed: int = 1


def read_config(file: Path | None) -> Config:
    """Return the settings in a TOML file; what it leaves out, or no file at all, means the defaults.

    Raises:
        InputError: there is no such file, or a setting is unknown or has the wrong type; the message
            names file and setting.
    """
    if file is None:
        return Config()
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Config)
    except (OSError, msgspec.DecodeError, UnicodeError) as error:
        raise InputError(f"{file}: {error}") from None

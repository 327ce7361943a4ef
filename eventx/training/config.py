"""Settings of a training run, read from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from eventx.model import GRAPH


class InputError(ValueError):
    """A file or setting that training was given is wrong."""


class Config(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything that decides what a training run does, besides its data.

    The defaults suit all-MiniLM-L6-v2 and a few thousand annotated texts.
    """

    name: str = ""
    """Name of the model, part of the version in every record; that of its folder if empty."""
    version: str = "0.1.0"
    data: str = ""
    """What the texts are, for the model card."""
    epochs: float = 4
    patience: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Epochs without a lower loss on the dev file after which training ends, and the epoch with the lowest
    loss counts; 0: all epochs are done and the last counts."""
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
    noise: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0
    """Share of the texts that are spoilt where an epoch shows them again, joined: with typing or scanning
    errors, without punctuation, or in one case."""
    freeze_words: bool = True
    """Whether the word embeddings stay as they are: words that training never shows keep their place."""
    freeze_layers: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Lowest layers of the encoder that stay as they are: a large one learns faster so, and no worse."""
    eventless: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1
    """Share of the windows without an event in the annotated texts that is learnt from, drawn once."""
    bf16: bool | None = None
    """Whether matrix products are done in bfloat16; None: where the processor or graphics card has units for
    it. On others it takes longer than single precision."""
    seed: int = 1


GENTLE = Config(epochs=8, patience=2, learning_rate=8e-5, head_learning_rate=3e-4)
"""Settings for a model that has learnt the task already, and some hundred texts more."""


def read_config(file: Path | None, base: Path | None = None) -> Config:
    """Return the settings in a TOML file; what it leaves out, or no file at all, means the defaults.

    Args:
        file: the TOML file.
        base: folder of the weights to start from; for a model of eventx the defaults are `GENTLE`.

    Raises:
        InputError: there is no such file, or a setting is unknown or has the wrong type; the message
            names file and setting.
    """
    default = GENTLE if base is not None and (base / GRAPH).is_file() else Config()
    if file is None:
        return default
    try:
        given = msgspec.toml.decode(file.read_bytes())
        return msgspec.convert(msgspec.structs.asdict(default) | given, Config)
    except (OSError, msgspec.DecodeError, UnicodeError) as error:
        raise InputError(f"{file}: {error}") from None

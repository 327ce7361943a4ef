"""The model card: what a model is, what it was trained on, what it reaches and where it ends."""

from __future__ import annotations

import platform
from pathlib import Path

import msgspec

from eventx.evaluation import Scores
from eventx.training.config import Config
from eventx.training.filters import Fit

TEMPLATE = """\
---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: token-classification
base_model: {base}
tags: [event-extraction, news, meetings]
---

# {name} {version}

Finds meetings in English news: who met whom, who chaired and hosted, when, where, in what format, and
whether the meeting took place, is planned, was called off or is only talked about.

Run this in the model's folder, or put its path in place of `"."`; for a model on the Hub write
`nlp = eventx.Pipeline.from_pretrained("user/name")`:

```python
import eventx

nlp = eventx.load(".")
```

One encoder reads twice. First each paragraph: the word classifier at the top of this folder tags the
triggers (`AutoModelForTokenClassification` loads it). Then each trigger's sentence, with the trigger marked:
the classifier in `roles/` tags participants, chairs, hosts, dates and places and tells status and format.
Token types, whose table is in `roles/` where the encoder has none, carry what the uncased vocabulary lacks:
bit 1, the word begins with an upper-case letter; bit 2, the word belongs to the trigger; bit 4, the word
stands outside the trigger's sentence; bits 2 and 4, it belongs to another trigger. A pipeline that leaves
them at zero reads all text as lower-case.
`onnx/` holds the same network with int8 weights, which is what eventx runs.

transformers runs the first reading alone:

```python
from transformers import pipeline

tagger = pipeline("token-classification", model=".", aggregation_strategy="first", stride=128)
```

It does not set the token types: on {dev} the triggers' F1 is {blind} without capitals, {seen} with them.
Without `stride` the end of a long text is left out unsaid. `python benchmarks/huggingface.py FILE…` compares
the triggers that it finds with those of eventx.

## Data

{data}

## Training

{settings}

Cross-entropy over five label layers; AdamW with linear decay. Python {python}.
Scores are calibrated (slope and offset of the log-odds: {calibration}), fitted to the spans found in {dev}.
{gate}

## Figures

On the {documents} texts of {dev}, with the int8 graph and without the gate. The same texts fitted the scores
and may have chosen settings, so on others figures are a little lower.

```
{table}
```

## Use and limits

Made to find meetings in news, for people who check what counts for them, and no ground for decisions about
persons who stand in a text: some answers are wrong, see above, and what is right is what the text says, not
what is true. What the data has seldom is found less well than the rest, mostly chairs, hosts, cancelled and
hypothetical meetings; so are parties far from the trigger. Letters that were misread and names in capitals
cost accuracy.

English only. Arguments are found in the trigger's sentence only, and in a sentence of more than {limit} word
pieces only in the stretch about the trigger. A passage without a blank line is one paragraph.
"""


GATE = """
Before the model reads a stretch of text, a gate looks at its words (`onnx/gate.onnx`: two convolutions over
word pieces, taught by the model's own probabilities). On running news from which the model had learnt,
but not the gate, {passed:,} of {sentences:,} sentences pass by themselves{stay}, and {kept:,} of the
{triggers:,} triggers that the model finds without it do (each half of these texts judged by the thresholds
that the other half sets; both set those that ship). A stretch of several sentences is read if one of them
passes."""

EXIT = """ What passes leaves the model's encoder behind its lower layers if no trigger shows in their
states, to convolutions over these that were taught in the same way; that is counted here."""


def _told(gate: Fit | None) -> str:
    """Return what the card says of the gate."""
    if gate is None:
        return "The model has no gate: it reads every sentence."
    if gate.stayed == gate.passed:
        return GATE.format(stay="", **gate._asdict())
    return GATE.format(stay=f" and {gate.stayed:,} stay", **gate._asdict()) + EXIT


def _percent(scores: Scores) -> str:
    """Return the F1 of triggers."""
    return f"{100 * (scores.triggers.f1 or 0):.1f}"


def listed(config: Config, base: str) -> str:
    """Return the settings of a run as a list; what is left to the machine is not in it."""
    settings = {name: value for name, value in msgspec.structs.asdict(config).items() if value is not None}
    names = (name for name in settings if name not in ("name", "version", "data"))
    return "\n".join([f"- base: {base}", *(f"- {name}: {settings[name]}" for name in names)])


def write_card(
    folder: Path, *, config: Config, base: str, data: str, settings: str, dev: str,
    calibration: dict[str, tuple[float, float]], gate: Fit | None, scores: Scores, blind: Scores, limit: int,
) -> None:  # fmt: skip
    """Write ``README.md`` of a model folder.

    Args:
        folder: the model folder.
        config: says the model's name and version.
        base: name of the weights that training started from.
        data: what it was trained on.
        settings: of the runs, in Markdown.
        dev: name of the file that calibrated the scores and gave the figures.
        calibration: of the scores.
        gate: what chooses the sentences that are read, if the model has that.
        scores: the figures.
        blind: the same of triggers alone, for texts whose capitals are not told.
        limit: word pieces in an input at most, [CLS] and [SEP] included.
    """
    card = TEMPLATE.format(
        base=base,
        name=config.name,
        version=config.version,
        data=data,
        settings=settings,
        python=platform.python_version(),
        calibration=", ".join(f"{layer} {slope}, {offset}" for layer, (slope, offset) in calibration.items()),
        gate=_told(gate),
        documents=scores.documents,
        blind=_percent(blind),
        seen=_percent(scores),
        dev=dev,
        table=scores.table(),
        limit=limit - 2,  # without [CLS] and [SEP]
    )
    (folder / "README.md").write_text(card, "utf-8")

"""eventx reads news and returns the meetings in it: who met whom, when, where, and whether they did.

import eventx

nlp = eventx.load()
doc = nlp("The leaders of Serbia and Kosovo held video talks on Sunday.", date="2020-07-12")
doc.meetings
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventx.dates import resolve_date
    from eventx.document import Document
    from eventx.engines import EngineName
    from eventx.pipeline import Pipeline

__version__ = "0.1.0"

__all__ = ["Document", "Pipeline", "__version__", "load", "resolve_date"]

HOMES = {"Document": "eventx.document", "Pipeline": "eventx.pipeline", "resolve_date": "eventx.dates"}
"""Where names are imported from when they are asked for: ``import eventx`` does not wait for them."""


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def load(
    model: str | Path | None = None,
    *,
    min_score: float = 0.0,
    threads: int | None = None,
    gate: bool = True,
    engine: EngineName = "onnx",
    device: str | None = None,
) -> Pipeline:
    """Return the pipeline of a model; nothing is downloaded.

    Args:
        model: a model folder, as ``eventx train`` writes it; the bundled model if None.
        min_score: triggers and arguments with a lower score are left out, 0 to 1.
        threads: inputs that the model runs side by side; as many as there are processors if None.
        gate: whether the model reads only what its gate, a small network, lets pass, if it has one, and
            reads on only where its lower layers show something: faster on running news, and a few events may
            be lost (the model's card says how many).
        engine: what computes: ``onnx``, the int8 graph on the processor, or ``torch`` (extra ``train``), the
            weights, which the bundled model of an installed package has not.
        device: of torch, such as ``cuda``; a graphics card if there is one and None is given.

    Raises:
        FileNotFoundError: a file of the model is missing.
        ValueError: a file of the model cannot be read, min_score is no probability, or there is no such
            engine or device.
        MissingExtraError: torch is not installed.
    """
    from eventx.pipeline import Pipeline

    folder = Path(model) if model is not None else None
    return Pipeline(folder, min_score, threads, gate, engine, device)

"""The gate: looks at each window before the model does, and lets pass what may hold a trigger.

Nine sentences of ten in news tell of no meeting. A small convolutional network over word pieces, which the
model itself has taught (`eventx.training.gate`), stops most of these at a fraction of the cost.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eventx.engines.onnx import Session
from eventx.inputs import Input

FILE = Path("onnx/gate.onnx")
"""Of a model folder, if the model has a gate."""


class Gate:
    """Says which inputs may hold a trigger.

    Each is looked at alone, so that the answer does not depend on those beside it.

    Args:
        file: a graph; it gives each word piece a number, from 0 on if its word may be a trigger.

    Raises:
        ValueError: the file cannot be read as that.
    """

    def __init__(self, file: Path) -> None:
        self._session = Session(file, "scores", 1)

    def __call__(self, sequence: Input, core: slice = slice(None)) -> bool:
        """Say whether one of the words of an input may be a trigger.

        Args:
            sequence: the input.
            core: those of its words that count; the others are context.
        """
        return bool((self.scores(sequence)[core] >= 0).any())

    def scores(self, sequence: Input) -> NDArray[np.float32]:
        """Return a number for each word of an input, from 0 on if it may be a trigger."""
        return self._session(sequence)[sequence.heads, 0]

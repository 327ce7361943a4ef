"""The weights of eventx's English model, to fine-tune from."""

from pathlib import Path

FOLDER = Path(__file__).parent / "eventx-en"
"""The model folder: ``eventx train --base`` takes it."""

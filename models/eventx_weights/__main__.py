"""Prints the model folder: ``eventx train --base "$(python -m eventx_weights)" …``."""

from eventx_weights import FOLDER

print(FOLDER)

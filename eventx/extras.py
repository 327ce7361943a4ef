"""Libraries that come with an extra of the package: ``pip install 'eventx[NAME]'``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtraError(ImportError):
    """A library is not installed, or cannot be used; the message says which extra brings it."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Turn the failure to import a library in the block into one that says what to install.

    Raises:
        MissingExtraError: a library is not installed, or cannot be imported.
    """
    try:
        yield
    except MissingExtraError:
        raise
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"no module {error.name}: pip install 'eventx[{name}]'") from error
    except ImportError as error:  # a library that is broken, or of another version
        raise MissingExtraError(f"{error}: pip install --upgrade 'eventx[{name}]'") from error

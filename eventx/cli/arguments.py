"""Arguments that several commands have, and what becomes of those that are wrong."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from eventx.extras import MissingExtraError


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Add ``--quiet``."""
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress; errors are shown")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``."""
    parser.add_argument("--model", metavar="DIR", help="folder of the model (default: the bundled one)")


def date(value: str) -> str | None:
    """Return a day of publication."""
    from eventx.document import publication_day

    try:
        return publication_day(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def natural(value: str) -> int:
    """Return a whole number from 1."""
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no whole number from 1")
    return int(value)


def score(value: str) -> float:
    """Return a number from 0 to 1."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no number from 0 to 1")
    return number


@contextmanager
def usage_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds in the block, and a missing extra, into a message and exit status 2."""
    try:
        yield
    except BrokenPipeError:
        raise
    except MissingExtraError as error:
        _end(error)
    except kinds as error:
        _end(error)


def _end(error: Exception) -> NoReturn:
    complain(str(error))
    raise SystemExit(2) from None


def complain(message: str) -> None:
    """Print an error, its label in red on a terminal."""
    label = "eventx: error:"
    if sys.stderr.isatty():
        label = f"\033[1;31m{label}\033[0m"
    print(f"{label} {message}", file=sys.stderr)

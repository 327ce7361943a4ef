"""Arguments that several commands have, and what becomes of those that are wrong."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from eventx.extras import MissingExtraError

if TYPE_CHECKING:
    from eventx.document import Document
    from eventx.forms import Output
    from eventx.readers import Columns, Failure, Source


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Add ``--quiet``."""
    parser.add_argument("-q", "--quiet", action="store_true", help="show no progress; errors are shown")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``."""
    parser.add_argument("--model", metavar="DIR", help="folder of the model (default: the bundled one)")


def add_no_gate(parser: argparse.ArgumentParser) -> None:
    """Add ``--no-gate``."""
    slower = "let the model read all of the text to its end: slower, misses none of its events"
    parser.add_argument("--no-gate", action="store_true", help=slower)


def add_output(parser: argparse.ArgumentParser, without: str = "", required: bool = False) -> None:
    """Add ``-o OUT``; ``without`` says what happens if it is not given."""
    forms = (
        ".jsonl, .csv, .parquet (a row for each meeting), .mentions.csv, .mentions.parquet (a row for each "
        "argument), .records.parquet (a row for each record), .html, .ics, .plover.csv, .graphml, .gexf, "
        ".ann (brat), .conll, .json (Label Studio), or a folder for brat, ending in /"
    )
    output = f"output file, whose ending says in which form: {forms}{without}"
    parser.add_argument("-o", "--output", metavar="OUT", required=required, help=output)


def add_columns(parser: argparse.ArgumentParser, where: str) -> None:
    """Add the options that name text, date and id; ``where`` says of which inputs."""
    for field in ("text", "date", "id"):
        named = f"{where.format(field)} (default: %(default)s)"
        parser.add_argument(f"--{field}-column", default=field, metavar="NAME", help=named)


def check_inputs(out: Output, inputs: Sequence[str], files: Sequence[Source]) -> None:
    """Raise ValueError if the output, or what is written beside or in it, would replace an input.

    Args:
        out: the output.
        inputs: what is read, as it was asked for.
        files: the files that are meant by it.
    """
    target = out.path.resolve()
    for file in (source.path.resolve() for source in files if source.path):
        if file == target or (out.folder and target in file.parents):
            raise ValueError(f"{file} is both input and output: choose another output")
    for folder in (Path(given).resolve() for given in inputs if out.folder):
        if folder in target.parents:
            raise ValueError(f"{out.path} lies in the input {folder}: choose another output")


def records(
    files: Sequence[Source], failures: list[Failure], quiet: bool, columns: Columns | None = None
) -> Iterator[Document]:
    """Yield the annotated documents of files; failures are named on standard error and added to the list."""
    from eventx import forms, readers
    from eventx.extraction import report
    from eventx.progress import Progress

    with Progress(readers.size(files), quiet) as progress:
        for entry in forms.entries(files, columns, progress.advance):
            if isinstance(entry, readers.Failure):
                failures.append(entry)
                report(entry)
            else:
                yield entry
                progress.finish()


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


@contextmanager
def ended_cleanly() -> Iterator[None]:
    """Let a request to end (SIGTERM) leave the block as an error does, so that no draft stays behind."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(error: Exception) -> NoReturn:
    complain(str(error))
    raise SystemExit(2) from None


def complain(message: str) -> None:
    """Print an error, its label in red on a terminal."""
    label = "eventx: error:"
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        label = f"\033[1;31m{label}\033[0m"
    print(f"{label} {message}", file=sys.stderr)

"""``eventx convert``: records and annotations from one form to another, without the model."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eventx.cli.arguments import add_quiet, usage_errors
from eventx.cli.extract import add_output, check_input, check_output

if TYPE_CHECKING:
    from eventx.document import Document
    from eventx.readers import Failure

NAME = "convert"
HELP = "write records or annotations in another form, without the model"
EXAMPLES = """\
  eventx convert meetings.jsonl -o meetings.html
  eventx convert meetings.jsonl -o meetings.mentions.csv
  eventx convert annotated/ -o train.jsonl            # a folder with brat's .ann and .txt
  eventx convert export.json -o train.jsonl           # Label Studio
  eventx convert train.jsonl -o annotated/            # a pair of .ann and .txt for each document

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    files = "records (jsonl) or annotations (ann, or a folder of them; conll; Label Studio's json)"
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help=files)
    add_output(parser, required=True)
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from eventx import forms

    failures: list[Failure] = []
    with usage_errors(OSError, ValueError):
        check_output(arguments.output)
        check_input(arguments.output, arguments.inputs)
        forms.write(good(arguments.inputs, failures, arguments.quiet), arguments.output)
    return 1 if failures else 0


def good(paths: Sequence[Path], failures: list[Failure], quiet: bool = True) -> Iterator[Document]:
    """Yield the documents in files; failures are named on standard error and added to the list."""
    from eventx import forms
    from eventx.extraction import report
    from eventx.progress import Progress
    from eventx.readers import Failure

    with Progress(quiet=quiet) as progress:
        for entry in (entry for path in paths for entry in forms.read(path)):
            if isinstance(entry, Failure):
                failures.append(entry)
                report(entry)
            else:
                yield entry
                progress.finish()

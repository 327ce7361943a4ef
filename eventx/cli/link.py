"""``eventx link``: the meetings of many documents become one data set."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from eventx.cli.arguments import add_quiet, check_inputs, ended_cleanly, records, usage_errors

if TYPE_CHECKING:
    from eventx.linking import Advance
    from eventx.readers import Failure

NAME = "link"
HELP = "make one data set of the meetings in many documents"
EXAMPLES = """\
  eventx extract wire/ -o records.jsonl
  eventx link records.jsonl -o meetings.parquet
  eventx link '2021/*.jsonl.gz' -o meetings.csv

What many papers print is one story; what many stories tell of one meeting is one row, with its sources.

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    inputs = "records as eventx extract writes them (.jsonl, .records.parquet): files, folders or patterns"
    add("inputs", nargs="+", metavar="INPUT", help=inputs)
    add("-o", "--output", metavar="OUT", required=True, help="data set: .jsonl, .csv or .parquet")
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    failures: list[Failure] = []
    with ended_cleanly(), usage_errors(OSError, ValueError):
        from eventx import forms, linking
        from eventx.linking import outputs

        out = outputs.output(arguments.output)
        files = forms.sources(arguments.inputs)
        check_inputs(out, arguments.inputs, files)
        documents = map(forms.with_meetings, records(files, failures, arguments.quiet))
        with _compared(arguments.quiet) as advance:
            outputs.write(linking.link(documents, advance), arguments.output)
    return 1 if failures else 0


@contextmanager
def _compared(quiet: bool) -> Iterator[Advance]:
    """Give what shows how many documents have been compared, once all are read, which shows for itself."""
    from eventx.progress import Progress

    with ExitStack() as stack:
        shown: list[Progress] = []

        def advance(done: int, total: int) -> None:
            if not shown:
                shown.append(stack.enter_context(Progress(total, quiet, "compared")))
                shown[0].advance(total)  # all have been read
            shown[0].finish(done)

        yield advance

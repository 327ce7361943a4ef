"""``eventx plot``: pictures of meetings."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from eventx.cli.arguments import add_quiet, records, usage_errors

if TYPE_CHECKING:
    from eventx.readers import Failure

NAME = "plot"
HELP = "draw a picture of the meetings in records"
KINDS = ("timeline", "network", "months", "pairs")
EXAMPLES = """\
  eventx plot meetings.jsonl -o timeline.svg
  eventx plot meetings.jsonl -o who-met-whom.png --kind network
  eventx plot meetings.jsonl -o months.pdf --kind months
  eventx plot meetings.jsonl -o pairs.png --kind pairs

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("inputs", nargs="+", metavar="INPUT", help="records or annotations, as eventx convert takes them")
    add("-o", "--output", metavar="OUT", required=True, help="picture: .png, .svg or .pdf")
    add("--kind", choices=KINDS, default=KINDS[0], help="what is drawn (default: %(default)s)")
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    failures: list[Failure] = []
    with usage_errors(OSError, ValueError):
        from eventx import forms, plots

        documents = records(forms.sources(arguments.inputs), failures, arguments.quiet)
        plots.plot(documents, arguments.output, arguments.kind)
    return 1 if failures else 0

"""``eventx convert``: records and annotations from one form to another, without the model."""

from __future__ import annotations

import argparse

from eventx.cli.arguments import (
    add_columns,
    add_output,
    add_quiet,
    check_inputs,
    ended_cleanly,
    records,
    usage_errors,
)

NAME = "convert"
HELP = "write records or annotations in another form, without the model"
EXAMPLES = """\
  eventx convert meetings.jsonl -o meetings.html
  eventx convert meetings.jsonl -o meetings.mentions.csv
  eventx convert annotated/ -o train.jsonl            # a folder with brat's .ann and .txt
  eventx convert export.json -o train.jsonl           # Label Studio
  eventx convert export.json -o train.jsonl --text-column body --date-column published
  eventx convert train.jsonl -o annotated/            # a pair of .ann and .txt for each document

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    files = (
        "records (.jsonl, .parquet) or annotations (.ann, .conll, Label Studio's .json), also packed "
        "(.gz, .zst); folders or patterns; or - for JSON lines on standard input"
    )
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help=files)
    add_output(parser, required=True)
    add_columns(parser, "field of the {} in jsonl, parquet and Label Studio's data")
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from eventx import forms, readers

    failures: list[readers.Failure] = []
    with usage_errors(OSError, ValueError):
        out = forms.output(arguments.output)
        files = forms.sources(arguments.inputs)
        check_inputs(out, arguments.inputs, files)
    columns = readers.Columns(arguments.text_column, arguments.date_column, arguments.id_column)
    documents = records(files, failures, arguments.quiet, columns)
    with ended_cleanly(), usage_errors(OSError, forms.FormError):
        forms.write(documents, arguments.output)
    return 1 if failures else 0

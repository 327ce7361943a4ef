"""``eventx extract``: files in, meetings out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventx.cli.arguments import (
    add_columns,
    add_model,
    add_no_gate,
    add_output,
    add_quiet,
    check_inputs,
    date,
    ended_cleanly,
    natural,
    score,
    usage_errors,
)

if TYPE_CHECKING:
    from eventx import forms, readers
    from eventx.extraction import Extraction

NAME = "extract"
HELP = "read files and write the meetings in them"
EXAMPLES = """\
  eventx extract article.txt
  eventx extract articles/ -o meetings.csv
  eventx extract 'feed/*.jsonl.gz' -o meetings.parquet --jobs 4 --resume
  eventx extract table.csv --text-column body --date-column published -o meetings.jsonl
  eventx extract archive/ -o meetings.parquet/ --jobs 8 --resume
  cat feed.jsonl | eventx extract - | head

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    files = "files, folders or patterns, or - for JSON lines on standard input; " + (
        "txt, jsonl, csv, parquet and html, also packed (.gz, .zst)"
    )
    add("inputs", nargs="+", metavar="INPUT", help=files)
    add_output(
        parser, "; with a / behind the ending, a folder of parts; without OUT JSON lines on standard output"
    )
    add("--date", type=date, help="day of publication, YYYY-MM-DD, of documents that have none of their own")
    add("--jobs", type=natural, default=1, help="number of processes (default: %(default)s)")
    least = "leave out what the model finds with a smaller score, 0 to 1 (default: %(default)s)"
    add("--min-score", type=score, default=0.0, metavar="SCORE", help=least)
    resume = "keep results, and go on with those of an interrupted run; an OUT that is there is finished"
    add_no_gate(parser)
    add("--resume", action="store_true", help=resume)
    size = "documents of a part, where OUT is a folder of parts (default: 1024)"
    add("--shard-size", type=natural, metavar="N", help=size)
    add_columns(parser, "column of the {} in csv, parquet and jsonl")
    add_model(parser)
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from concurrent.futures.process import BrokenProcessPool

    import eventx
    from eventx import extraction, forms, readers
    from eventx.progress import Progress

    with usage_errors(OSError, ValueError):
        out = _output(arguments)
        failures = extraction.finished(out, arguments.inputs) if out and arguments.resume else None
    if out and failures is not None:
        _say_finished(out, arguments.quiet)
        for failure in failures:
            extraction.report(failure)
        return 1 if failures else 0
    with usage_errors(OSError, ValueError):
        sources = readers.find(arguments.inputs)
        if out:
            check_inputs(out, arguments.inputs, sources)
            _check_pair(out, sources)
        settings = {"min_score": arguments.min_score, "gate": not arguments.no_gate}
        if out and out.parted:
            settings["threads"] = 1  # of each process
        nlp = eventx.load(arguments.model, **settings)
    columns = readers.Columns(arguments.text_column, arguments.date_column, arguments.id_column)
    # Records on a terminal would share its lines with the progress.
    progress = Progress(readers.size(sources), arguments.quiet or (not out and sys.stdout.isatty()))
    entries = readers.read(sources, date=arguments.date, columns=columns, advance=progress.advance)
    work = extraction.Extraction(nlp, entries, arguments.jobs, progress)
    errors = (OSError, extraction.MismatchError, forms.FormError, BrokenProcessPool)
    with ended_cleanly(), progress, usage_errors(*errors):
        if out and out.parted:
            _write_parts(work, out, arguments)
        elif out:
            (extraction.resume if arguments.resume else extraction.extract)(work, out, arguments.inputs)
        else:
            for document in work.documents():
                sys.stdout.write(f"{document.to_json()}\n")
    return 1 if work.failures else 0


def _output(arguments: argparse.Namespace) -> forms.Output | None:
    """Return where the results go; None stands for standard output.

    Raises:
        ValueError: there is no such form, or an option does not go with it.
    """
    from eventx import forms

    out = forms.output(arguments.output, parts=True) if arguments.output else None
    if arguments.resume and not out:
        raise ValueError("--resume needs an output file: -o OUT")
    if arguments.shard_size and not (out and out.parted):
        raise ValueError("--shard-size needs a folder of parts, such as -o OUT.parquet/")
    return out


def _write_parts(work: Extraction, out: forms.Output, arguments: argparse.Namespace) -> None:
    from eventx import shards

    if not shards.extract(work, out, arguments.shard_size or shards.SIZE, arguments.resume):
        _say_finished(out, arguments.quiet)


def _say_finished(out: forms.Output, quiet: bool) -> None:
    if not quiet:
        print(f"{out.path} is finished", file=sys.stderr)


def _check_pair(out: forms.Output, sources: Sequence[readers.Source]) -> None:
    """Raise ValueError if an ``.ann`` cannot stand beside its text.

    Raises:
        ValueError: there are several files, or the text beside it is an input and would be changed.
    """
    from eventx.forms import FOLDER
    from eventx.readers import read

    if out.ending != FOLDER or out.folder:
        return
    if len(sources) > 1:
        raise ValueError(f"{out.path} holds one document: for several give a folder, its name ending in /")
    beside = out.path.with_suffix(".txt")
    for source in sources:
        if source.path and source.path.resolve() == beside.resolve():
            texts = [item["text"].encode() for item in read([source]) if isinstance(item, dict)]
            if texts and texts != [source.path.read_bytes()]:
                raise ValueError(
                    f"{beside} is both input and output, and its date or byte order mark would be lost: "
                    "choose another output"
                )

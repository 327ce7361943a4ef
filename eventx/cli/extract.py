"""``eventx extract``: files in, meetings out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from eventx.cli.arguments import add_model, add_quiet, date, natural, score, usage_errors

NAME = "extract"
HELP = "read files and write the meetings in them"
EXAMPLES = """\
  eventx extract article.txt
  eventx extract articles/ -o meetings.csv
  eventx extract 'feed/*.jsonl.gz' -o meetings.parquet --jobs 4 --resume
  eventx extract table.csv --text-column body --date-column published -o meetings.jsonl
  cat feed.jsonl | eventx extract - | head

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    files = "files, folders or patterns, or - for JSON lines on standard input; " + (
        "txt, jsonl, csv, parquet and html, also packed (.gz, .zst)"
    )
    add("inputs", nargs="+", metavar="INPUT", help=files)
    add_output(parser, "; without it JSON lines on standard output")
    add("--date", type=date, help="day of publication, YYYY-MM-DD, of documents that have none of their own")
    add("--jobs", type=natural, default=1, help="number of processes (default: %(default)s)")
    least = "leave out what the model finds with a smaller score, 0 to 1 (default: %(default)s)"
    add("--min-score", type=score, default=0.0, metavar="SCORE", help=least)
    add("--no-gate", action="store_true", help="let the model read every sentence: slower, misses no event")
    add("--resume", action="store_true", help="keep results in OUT.part, and go on from there if it exists")
    for field in ("text", "date", "id"):
        where = f"column of the {field} in csv, parquet and jsonl (default: %(default)s)"
        add(f"--{field}-column", default=field, metavar="NAME", help=where)
    add_model(parser)
    add_quiet(parser)


def add_output(parser: argparse.ArgumentParser, without: str = "", required: bool = False) -> None:
    """Add ``-o OUT``; ``without`` says what happens if it is not given."""
    forms = (
        "jsonl, csv, parquet (one row a meeting), mentions.csv, mentions.parquet (one row an argument), "
        "html, ics, plover.csv, graphml, gexf, ann (brat), conll, json (Label Studio)"
    )
    output = f"output file, whose ending says in which form: {forms}{without}"
    parser.add_argument("-o", "--output", type=output_path, metavar="OUT", required=required, help=output)


def output_path(value: str) -> Path:
    """Return the file or folder; one that ends in a slash is made."""
    path = Path(value)
    if value.endswith(("/", os.sep)) and path.parent.is_dir():
        path.mkdir(exist_ok=True)
    return path


def check_output(out: Path) -> None:
    """Raise ValueError unless the output can be made as far as its name tells."""
    from eventx import forms

    forms.writer(out)
    if out.is_dir() and not forms.takes_folder(out):
        raise ValueError(f"{out}: this is a folder")
    if not out.parent.is_dir():
        raise ValueError(f"{out}: there is no such folder")


def check_input(out: Path, inputs: Sequence[Path]) -> None:
    """Raise ValueError if the output, or what is written beside or in it, would replace an input."""
    from eventx import forms

    target = out.resolve()
    written = {target, target.with_suffix(".txt") if forms.takes_folder(out) else target}
    for path in (one.resolve() for one in inputs):
        if path in written or path.parent == target:
            raise ValueError(f"{path} is both input and output")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import eventx
    from eventx import extraction, readers
    from eventx.progress import Progress

    out: Path | None = arguments.output
    with usage_errors(OSError, ValueError):
        if out:
            check_output(out)
        elif arguments.resume:
            raise ValueError("--resume needs an output file: -o OUT")
    if out and arguments.resume and (failures := extraction.finished(out)) is not None:
        if not arguments.quiet:
            print(f"{out} is finished", file=sys.stderr)
        for failure in failures:
            extraction.report(failure)
        return 1 if failures else 0
    with usage_errors(OSError, ValueError):
        sources = readers.find(arguments.inputs)
        if out:
            check_input(out, [Path(source.name) for source in sources])
        nlp = eventx.load(arguments.model, min_score=arguments.min_score, gate=not arguments.no_gate)
    columns = readers.Columns(arguments.text_column, arguments.date_column, arguments.id_column)
    progress = Progress(readers.size(sources), arguments.quiet)
    entries = readers.read(sources, date=arguments.date, columns=columns, advance=progress.read)
    work = extraction.Extraction(nlp, entries, arguments.jobs, progress)
    with progress, usage_errors(OSError, extraction.MismatchError, ValueError):
        if out:
            (extraction.resume if arguments.resume else extraction.extract)(work, out)
        else:
            for document in work.documents():
                sys.stdout.write(f"{document.to_json()}\n")
    return 1 if work.failures else 0

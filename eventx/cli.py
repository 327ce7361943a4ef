"""The command line: ``eventx extract``, ``evaluate``, ``train`` and ``info``.

Exit status: 0 all done, 1 some documents failed, 2 wrong usage, 130 interrupted. What a command needs
is imported when it runs, so that help is there at once and no command imports more than its own.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventx.document import Document


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        argv: the arguments behind the program's name; those of the process by default.

    Raises:
        SystemExit: with status 2 on wrong usage, with 0 after ``--help``.
    """
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    try:
        status: int = arguments.command(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of standard output, such as `head`, has had enough
        if getattr(arguments, "output", None):
            raise
        # The interpreter flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


# Commands -------------------------------------------------------------------------------------


def _extract(arguments: argparse.Namespace) -> int:
    import eventx
    from eventx import extraction, readers, writers

    out: Path | None = arguments.output
    with _usage_errors(OSError, ValueError):
        if out:
            _check_output(out, list(writers.FORMS))
        elif arguments.resume:
            raise ValueError("--resume needs an output file: -o OUT")
    if out and arguments.resume and (failures := extraction.finished(out)) is not None:
        print(f"{out} is finished", file=sys.stderr)
        for failure in failures:
            extraction.report(failure)
        return 1 if failures else 0
    with _usage_errors(OSError, ValueError):
        sources = readers.find(arguments.inputs)
        if out and out.resolve() in (Path(source.name).resolve() for source in sources):
            raise ValueError(f"{out} is both input and output")
        nlp = eventx.load(arguments.model, min_score=arguments.min_score)
    columns = readers.Columns(arguments.text_column, arguments.date_column, arguments.id_column)
    entries = readers.read(sources, date=arguments.date, columns=columns)
    run = extraction.Extraction(nlp, entries, arguments.jobs)
    with _usage_errors(OSError, extraction.MismatchError):
        if out:
            (extraction.resume if arguments.resume else extraction.extract)(run, out)
        else:
            run.write(writers.JsonLines(sys.stdout))
    return 1 if run.failures else 0


def _evaluate(arguments: argparse.Namespace) -> int:
    import eventx
    from eventx import evaluation

    with _usage_errors(OSError, ValueError):
        gold, failed = _annotated(arguments.gold)
        if arguments.pred:
            predicted, failed_too = _annotated(arguments.pred)
            failed = failed or failed_too
            predicted = evaluation.pair(gold, predicted)
        else:
            nlp = eventx.load(arguments.model)
    if not arguments.pred:
        bare = [_bare(document, arguments.given) for document in gold]
        predicted = nlp.annotate(bare, given=arguments.given)
    scores = evaluation.evaluate(gold, predicted)
    print(json.dumps(scores.to_dict(), indent=2) if arguments.json else scores.table())
    return 1 if failed else 0


def _train(arguments: argparse.Namespace) -> int:
    try:
        from eventx.training import InputError, read_config, train

        with _usage_errors(InputError):
            scores = train(
                arguments.train,
                arguments.dev,
                arguments.out,
                arguments.base,
                read_config(arguments.config),
                arguments.teacher,
                arguments.unlabelled,
            )
            print(scores.table())
    except ModuleNotFoundError as error:
        print(f"eventx: error: no module {error.name}: pip install 'eventx[train]'", file=sys.stderr)
        return 2
    return 0


def _info(arguments: argparse.Namespace) -> int:
    from importlib.metadata import version

    import eventx
    from eventx.document import FORM

    with _usage_errors(OSError, ValueError):
        nlp = eventx.load(arguments.model)
    facts = {
        "version": eventx.__version__,
        "form": FORM,
        "model": str(nlp.folder),
        "model_version": nlp.version.model,
        "engine": f"onnxruntime {version('onnxruntime')}",
        "threads": nlp.threads,
    }
    lines = [f"{name:<14} {fact}" for name, fact in facts.items()]
    print(json.dumps(facts, indent=2) if arguments.json else "\n".join(lines))
    return 0


def _check_output(out: Path, endings: list[str]) -> None:
    if out.suffix.lower() not in endings:
        raise ValueError(f"{out}: the ending is none of {', '.join(endings)}")
    if out.is_dir() or not out.parent.is_dir():
        raise ValueError(f"{out}: {'this is a folder' if out.is_dir() else 'there is no such folder'}")


def _annotated(file: str) -> tuple[list[Document], bool]:
    """Return the records of a file of JSON lines, and whether any failed; these are named on standard error.

    Raises:
        OSError: there is no such file.
        ValueError: the file is not one of JSON lines.
    """
    from eventx.readers import Failure, find, read_annotated

    documents, failed = [], False
    for source in find([file]):
        for entry in read_annotated(source):
            if isinstance(entry, Failure):
                failed = True
                print(entry, file=sys.stderr)
            else:
                documents.append(entry)
    return documents, failed


def _bare(document: Document, given: str | None) -> Document:
    """Return the document with no more of its annotations than the model is to be given."""
    from eventx.document import DateSpan, Document, Event, Span

    events = []
    for event in document.events if given else ():
        bare = Event(Span(event.trigger.start, event.trigger.end, event.trigger.text))
        for role, span in event.arguments() if given == "spans" else ():
            bounds = span.start, span.end, span.text
            getattr(bare, role).append(DateSpan(*bounds, None) if role == "dates" else Span(*bounds))
        events.append(bare)
    return Document(document.id, document.date, document.text, events)


# Arguments ------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("eventx", description="Read news and return the meetings in it.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    extract = commands.add_parser(
        "extract",
        help="read files and write the meetings in them",
        epilog="Exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage.",
    )
    extract.set_defaults(command=_extract)
    add = extract.add_argument
    files = "files, folders or patterns (txt, jsonl, csv, also gzip), or - for JSON lines on standard input"
    add("inputs", nargs="+", metavar="INPUT", help=files)
    output = "output file, .jsonl or .csv; without it JSON lines on standard output"
    add("-o", "--output", type=Path, metavar="OUT", help=output)
    add("--date", type=_date, help="day of publication, YYYY-MM-DD, of documents that have none of their own")
    add("--jobs", type=_jobs, default=1, help="number of processes (default: %(default)s)")
    least = "leave out what the model finds with a smaller score, 0 to 1 (default: %(default)s)"
    add("--min-score", type=_score, default=0.0, metavar="SCORE", help=least)
    add("--resume", action="store_true", help="keep results in OUT.part, and go on from there if it exists")
    for field in ("text", "date", "id"):
        where = f"column of the {field} in csv and jsonl (default: %(default)s)"
        add(f"--{field}-column", default=field, metavar="NAME", help=where)
    _add_model(extract)

    evaluate = commands.add_parser("evaluate", help="compare the model's answers with annotated documents")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("gold", metavar="GOLD", help="annotated documents, .jsonl")
    answers = evaluate.add_mutually_exclusive_group()
    answers.add_argument("--pred", help="answers to compare, .jsonl; without it the model is run")
    answers.add_argument("--given", choices=("triggers", "spans"), help="what the model is told of the gold")
    _add_json(evaluate)
    _add_model(evaluate)

    train = commands.add_parser("train", help="fine-tune a model on annotated documents")
    train.set_defaults(command=_train)
    add = train.add_argument
    add("--train", nargs="+", type=Path, required=True, metavar="FILE", help="annotated documents, .jsonl")
    add("--dev", type=Path, required=True, metavar="FILE", help="annotated documents to measure on, .jsonl")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for the model")
    add("--base", type=Path, metavar="DIR", help="folder of the weights to start from")
    add("--config", type=Path, metavar="FILE", help="settings, .toml")
    add("--teacher", type=Path, metavar="DIR", help="a larger model, from which to learn besides")
    add(
        "--unlabelled",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="texts for the teacher to label",
    )

    info = commands.add_parser("info", help="show versions, model and engine")
    info.set_defaults(command=_info)
    _add_json(info)
    _add_model(info)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="DIR", help="folder of the model (default: the bundled one)")


def _date(value: str) -> str | None:
    from eventx.document import publication_day

    try:
        return publication_day(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _jobs(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no whole number from 1")
    return int(value)


def _score(value: str) -> float:
    try:
        score = float(value)
    except ValueError:
        score = math.nan
    if not 0 <= score <= 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no number from 0 to 1")
    return score


# Endings --------------------------------------------------------------------------------------


@contextmanager
def _usage_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds in the block into a message and exit status 2."""
    try:
        yield
    except BrokenPipeError:
        raise
    except kinds as error:
        print(f"eventx: error: {error}", file=sys.stderr)
        raise SystemExit(2) from None

"""``eventx evaluate``: the model's answers, or anybody's, against annotated documents."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from eventx.cli.arguments import add_json, add_model, usage_errors

if TYPE_CHECKING:
    from eventx.document import Document

NAME = "evaluate"
HELP = "compare the model's answers with annotated documents"
EXAMPLES = """\
  eventx evaluate gold.jsonl
  eventx evaluate gold.jsonl --given triggers         # how good are roles, where triggers are known
  eventx evaluate gold.jsonl --pred answers.jsonl --json

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("gold", metavar="GOLD", help="annotated documents, .jsonl")
    answers = parser.add_mutually_exclusive_group()
    answers.add_argument(
        "--pred", metavar="FILE", help="answers to compare, .jsonl; without it the model is run"
    )
    answers.add_argument("--given", choices=("triggers", "spans"), help="what the model is told of the gold")
    add_json(parser)
    add_model(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import eventx
    from eventx import evaluation

    with usage_errors(OSError, ValueError):
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

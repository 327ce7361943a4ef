"""``eventx evaluate``: the model's answers, or anybody's, against annotated documents."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from eventx.cli.arguments import add_json, add_model, add_no_gate, add_quiet, records, usage_errors

if TYPE_CHECKING:
    from eventx.document import Document
    from eventx.pipeline import Pipeline
    from eventx.readers import Failure
    from eventx.tagger import Given

NAME = "evaluate"
HELP = "compare the model's answers with annotated documents"
EXAMPLES = """\
  eventx evaluate gold.jsonl
  eventx evaluate gold.jsonl --given triggers         # how good are roles, where triggers are known
  eventx evaluate gold.jsonl --pred answers.jsonl --json

exit status: 0 all done, 1 some documents failed (named on standard error), 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("gold", metavar="GOLD", help="annotated documents, as eventx convert takes them")
    answers = parser.add_mutually_exclusive_group()
    answers.add_argument("--pred", metavar="FILE", help="answers to compare; without it the model is run")
    answers.add_argument("--given", choices=("triggers", "spans"), help="what the model is told of the gold")
    add_json(parser)
    add_model(parser)
    add_no_gate(parser)
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import eventx
    from eventx import evaluation, forms

    failures: list[Failure] = []
    with usage_errors(OSError, ValueError):
        gold = list(records(forms.sources([arguments.gold]), failures, quiet=True))
        if arguments.pred:
            answers = list(records(forms.sources([arguments.pred]), failures, quiet=True))
            predicted = evaluation.pair(gold, answers)
        else:
            nlp = eventx.load(arguments.model, gate=not arguments.no_gate)
    if not arguments.pred:
        predicted = _answers(nlp, gold, arguments.given, arguments.quiet)
    scores = evaluation.evaluate(gold, predicted)
    print(json.dumps(scores.to_dict(), indent=2) if arguments.json else scores.table())
    return 1 if failures else 0


def _answers(nlp: Pipeline, gold: Sequence[Document], given: Given, quiet: bool) -> list[Document]:
    """Return what the model makes of the gold documents."""
    from eventx.extraction import BATCH
    from eventx.progress import Progress

    sizes = list(accumulate(len(document.text) for document in gold))
    answers: list[Document] = []
    with Progress(sizes[-1] if sizes else None, quiet) as progress:
        progress.advance(sizes[-1] if sizes else 0)
        for start in range(0, len(gold), BATCH):
            bare = [_bare(document, given) for document in gold[start : start + BATCH]]
            for document in nlp.annotate(bare, given=given):
                progress.finish(sizes[len(answers)])
                answers.append(document)
    return answers


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

"""``eventx info``: what is installed."""

from __future__ import annotations

import argparse
import json

from eventx.cli.arguments import add_json, add_model, usage_errors

NAME = "info"
HELP = "show versions, model and engine"
EXAMPLES = """\
  eventx info
  eventx info --model my-model --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_json(parser)
    add_model(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import eventx
    from eventx.document import FORM

    with usage_errors(OSError, ValueError):
        nlp = eventx.load(arguments.model)
    facts = {
        "version": eventx.__version__,
        "form": FORM,
        "model": str(nlp.folder),
        "model_version": nlp.version.model,
        "engine": nlp.engine,
        "threads": nlp.threads,
        "gate": nlp.gate,
    }
    lines = [f"{name:<14} {fact}" for name, fact in facts.items()]
    print(json.dumps(facts, indent=2) if arguments.json else "\n".join(lines))
    return 0

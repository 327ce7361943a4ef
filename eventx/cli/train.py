"""``eventx train``: a model that has learnt from the user's own annotated documents."""

from __future__ import annotations

import argparse
from pathlib import Path

from eventx.cli.arguments import add_quiet, usage_errors
from eventx.extras import extra

NAME = "train"
HELP = "fine-tune a model on annotated documents"
EXAMPLES = """\
  eventx train --train mine.jsonl --dev held-out.jsonl --out my-model --base "$(python -m eventx_weights)"
  eventx train --train a.jsonl b.jsonl --dev c.jsonl --out my-model --base models/eventx-en --config my.toml
  eventx extract article.txt --model my-model"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    annotated = "annotated documents, .jsonl (eventx convert makes it of other forms)"
    add("--train", nargs="+", type=Path, required=True, metavar="FILE", help=annotated)
    add("--dev", type=Path, required=True, metavar="FILE", help="annotated documents to measure on, .jsonl")
    add("--out", type=Path, required=True, metavar="DIR", help="folder for the model")
    start = (
        "folder of the weights to start from, best those of the bundled model, which know meetings: "
        "models/eventx-en in a checkout, else what python -m eventx_weights (package eventx-weights) prints; "
        "all-MiniLM-L6-v2 by default, which knows nothing of them"
    )
    add("--base", type=Path, metavar="DIR", help=start)
    add("--config", type=Path, metavar="FILE", help="settings, .toml")
    add("--teacher", type=Path, metavar="DIR", help="a larger model, from which to learn besides")
    texts = "texts for the teacher to label"
    add("--unlabelled", nargs="+", type=Path, default=[], metavar="FILE", help=texts)
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    with usage_errors():
        with extra("train"):
            from eventx.training import InputError, read_config, train

        with usage_errors(InputError):
            outcome = train(
                arguments.train,
                arguments.dev,
                arguments.out,
                arguments.base,
                read_config(arguments.config, arguments.base),
                arguments.teacher,
                arguments.unlabelled,
                quiet=arguments.quiet,
            )
    print(outcome.table())
    return 0

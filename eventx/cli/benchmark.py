"""``eventx benchmark``: speed and memory on this machine, beside peers."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eventx.cli.arguments import add_json, add_quiet, natural, usage_errors

if TYPE_CHECKING:
    from eventx.benchmark.results import Results

NAME = "benchmark"
HELP = "measure speed and memory on this machine, beside peers"
EXAMPLES = """\
  eventx benchmark
  eventx benchmark --text news.jsonl --out figures         # figures/benchmark.json, .md and pictures
  eventx benchmark --only eventx huggingface-32 stages
  eventx benchmark --against figures/benchmark.json        # did it get slower?

exit status: 0 all done, 1 a ratio to a peer fell by more than 15 %, 2 wrong usage"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    texts = "what is read, of a form that extract reads (default: articles that come with the package)"
    add("--text", type=Path, metavar="FILE", help=texts)
    add("--rounds", type=natural, default=5, help="how often all is measured (default: %(default)s)")
    some = "peers and parts that are measured: eventx, huggingface-1, spacy-1, limit, stages … (default: all)"
    add("--only", nargs="+", metavar="PEER", default=(), help=some)
    longest = "of the longest stream (default: %(default)s)"
    add("--documents", type=natural, default=1000, metavar="N", help=longest)
    add("--out", type=Path, metavar="DIR", help="folder for results, report and pictures; made if need be")
    add("--against", type=Path, metavar="FILE", help="results of an earlier run to compare the ratios with")
    add_json(parser)
    add_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    from tqdm import tqdm

    with usage_errors(OSError, ValueError):
        from eventx import benchmark
        from eventx.benchmark import comparison, report, results

        _check(arguments, benchmark.names())
        then = results.load(arguments.against) if arguments.against else None
    bar = tqdm(bar_format="{desc} [{elapsed}]", disable=arguments.quiet or None)
    with bar, usage_errors(OSError, ValueError):
        now = benchmark.run(
            arguments.text,
            arguments.rounds,
            arguments.only,
            arguments.documents,
            _command(arguments),
            bar.set_description_str,
        )
    print(results.dump(now) if arguments.json else report.markdown(now))
    if arguments.out:
        with usage_errors(OSError):
            _write(now, arguments.out)
    if then is None:
        return 0
    print(f"\n{comparison.table(then, now)}", file=sys.stderr if arguments.json else sys.stdout)
    return 1 if any(one.verdict == "fell" for one in comparison.compare(then, now)) else 0


def _check(arguments: argparse.Namespace, names: Sequence[str]) -> None:
    """Raise an error for what would be one after a long run."""
    if unknown := sorted(set(arguments.only).difference(names)):
        raise ValueError(f"--only {' '.join(unknown)}: there are {', '.join(names)}")
    if arguments.out:
        from eventx.benchmark import pictures  # noqa: F401  its library may be missing

        arguments.out.mkdir(parents=True, exist_ok=True)


def _command(arguments: argparse.Namespace) -> str:
    """Return the command as results tell of it, without what changes no figure."""
    command = ["eventx", "benchmark", "--rounds", str(arguments.rounds)]
    command += ["--documents", str(arguments.documents)]
    if arguments.text:
        command += ["--text", str(arguments.text)]
    if arguments.only:
        command += ["--only", *arguments.only]
    return shlex.join(command)


def _write(now: Results, folder: Path) -> None:
    """Write results, report and pictures to a folder."""
    from eventx.benchmark import pictures, report, results
    from eventx.forms import complete

    for name, content in (("json", results.dump(now)), ("md", report.markdown(now))):
        with complete(folder / f"benchmark.{name}") as draft:
            draft.write_text(f"{content}\n", "utf-8")
    pictures.draw(now, folder)

"""The command line: ``eventx COMMAND``, each command a module of this package.

Exit status: 0 all done, 1 some documents failed, 2 wrong usage, 70 a fault of eventx itself, 130 interrupted.
What a command needs is imported when it runs, so that help is there at once and no command imports more
than its own.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from eventx.cli import benchmark, completion, convert, evaluate, extract, info, link, plot, serve, train
from eventx.cli.arguments import complain

COMMANDS = (extract, convert, link, plot, serve, evaluate, train, benchmark, info, completion)
"""Each has ``NAME``, ``HELP``, ``EXAMPLES``, ``add_arguments(parser)`` and ``run(arguments) -> status``."""


FAULT = 70
"""Exit status of what should not happen, as in ``sysexits.h``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Args:
        argv: the arguments behind the program's name; those of the process by default.

    Raises:
        SystemExit: with status 2 on wrong usage, with 0 after ``--help``.
    """
    _prepare_streams()
    arguments = None
    try:
        arguments = parser().parse_args(argv)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of standard output, such as `head`, has had enough
        if getattr(arguments, "output", None):
            return _fault()
        _discard()
        return 0
    except OSError as error:  # of standard output, such as a full disk; of files the commands tell
        complain(str(error))
        _discard()
        return 2
    except Exception:
        return _fault()
    except SystemExit:
        try:
            sys.stdout.flush()
        except OSError:
            _discard()
        raise
    return status


def _fault() -> int:
    """Print the error that is being handled; the interpreter would give status 1, which says less."""
    sys.excepthook(*sys.exc_info())
    return FAULT


def _prepare_streams() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, who wants none of it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 (for good)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")


def _discard() -> None:
    """Drop what is left for standard output: the interpreter would try once more, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    from eventx import __version__

    result = argparse.ArgumentParser(
        "eventx",
        description="Read news and return the meetings in it.",
        epilog="eventx COMMAND --help says more, with examples.",
        formatter_class=_formatter,
    )
    result.add_argument("--version", action="version", version=f"eventx {__version__}")
    commands = result.add_subparsers(metavar="COMMAND", required=True, prog=result.prog)
    for module in COMMANDS:
        command = commands.add_parser(
            module.NAME,
            help=module.HELP,
            description=f"{module.HELP[0].upper()}{module.HELP[1:]}.",
            epilog=f"examples:\n{module.EXAMPLES}",
            formatter_class=_formatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return result


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Return what lays out help: in colour on a terminal."""
    from rich_argparse import RawDescriptionRichHelpFormatter

    return RawDescriptionRichHelpFormatter(prog)

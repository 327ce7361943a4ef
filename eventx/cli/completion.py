"""``eventx completion``: the script that lets a shell complete commands, options and file names."""

from __future__ import annotations

import argparse
from typing import Any

NAME = "completion"
HELP = "print a script that lets a shell complete eventx's arguments"
EXAMPLES = """\
  eventx completion bash > ~/.local/share/bash-completion/completions/eventx
  eventx completion zsh > "${fpath[1]}/_eventx\""""

SHELLS = ("bash", "zsh", "tcsh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import shtab

    from eventx.cli import parser

    whole = parser()
    _complete(
        whole,
        {
            "INPUT": shtab.FILE,
            "OUT": shtab.FILE,
            "FILE": shtab.FILE,
            "GOLD": shtab.FILE,
            "DIR": shtab.DIRECTORY,
        },
    )
    print(shtab.complete(whole, arguments.shell))
    return 0


def _complete(parser: argparse.ArgumentParser, kinds: dict[str, Any]) -> None:
    """Let arguments that are files or folders, as their placeholders tell, be completed as such."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _complete(command, kinds)
        elif isinstance(action.metavar, str) and action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]

"""``eventx serve``: the HTTP service and the web page."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from pathlib import Path

from eventx.cli.arguments import add_model, add_no_gate, natural, usage_errors

NAME = "serve"
HELP = "serve the page and the HTTP interface"
EXAMPLES = """\
  eventx serve                                        # the page is at http://127.0.0.1:8000
  eventx serve --port 9000 --threads 2
  eventx serve --host 0.0.0.0 --token-file token.txt --cors https://news.example

exit status: 2 wrong usage, 130 ended by Ctrl-C; SIGTERM ends it, too, when what was accepted is finished"""

UNITS = {"": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    default = " (default: %(default)s)"
    add("--host", default="127.0.0.1", help=f"address to listen at; 0.0.0.0 is every one{default}")
    add("--port", type=port, default=8000, help=f"port to listen at, 0 for any that is free{default}")
    threads = "texts that the model reads side by side (default: the number of processors)"
    add("--threads", type=natural, metavar="N", help=threads)
    body = f"size of a request's body, or of a line in a stream{default}"
    add("--max-body", type=size, default="10MB", metavar="SIZE", help=body)
    add("--max-documents", type=natural, default=1000, metavar="N", help=f"documents in a request{default}")
    characters = f"characters of a document{default}"
    add("--max-characters", type=natural, default=1_000_000, metavar="N", help=characters)
    timeout = f"seconds for a body to arrive, its documents to be read, and to finish at the end{default}"
    add("--timeout", type=natural, default=600, metavar="SECONDS", help=timeout)
    queue = f"documents that wait before requests are refused (429){default}"
    add("--queue", type=natural, default=4000, metavar="N", help=queue)
    waiting = f"characters that wait before requests are refused (429){default}"
    add("--queue-characters", type=natural, default=10_000_000, metavar="N", help=waiting)
    token = "file with a token, which clients have to send (Authorization: Bearer TOKEN)"
    add("--token-file", type=Path, metavar="FILE", help=token)
    cors = "origins whose pages may use the service, as https://news.example; * is all"
    add("--cors", type=origin, nargs="+", default=[], metavar="ORIGIN", help=cors)
    add_model(parser)
    add_no_gate(parser)


def port(value: str) -> int:
    """Return the number of a port."""
    if not value.isdecimal() or int(value) > 65535:
        raise argparse.ArgumentTypeError(f"{value!r} is no port, 0 to 65535")
    return int(value)


def size(value: str) -> int:
    """Return a number of bytes."""
    found = re.fullmatch(r"([1-9][0-9]*) ?(kB|MB|GB|)", value)
    if not found:
        raise argparse.ArgumentTypeError(f"{value!r} is no size, as 500kB, 10MB or 10000000")
    return int(found[1]) * UNITS[found[2]]


def origin(value: str) -> str:
    """Return an origin as browsers write it."""
    name = value.lower()
    if not re.fullmatch(r"\*|[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", name):
        raise argparse.ArgumentTypeError(
            f"{value!r} is no origin, as https://news.example or http://[::1]:8080"
        )
    return name


def token(file: Path) -> str:
    """Return the token in a file.

    Raises:
        ValueError: it has none.
        OSError: the file cannot be read.
    """
    found = file.read_text("utf-8").strip()
    if not re.fullmatch(r"[!-~]+", found):
        raise ValueError(f"{file}: a token is one line of ASCII characters without spaces")
    return found


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    import eventx

    with usage_errors(OSError, ValueError):
        from eventx import service

        settings = service.Settings(
            max_body=arguments.max_body,
            max_documents=arguments.max_documents,
            max_characters=arguments.max_characters,
            timeout=arguments.timeout,
            queue=arguments.queue,
            queue_characters=arguments.queue_characters,
            token=token(arguments.token_file) if arguments.token_file else None,
            cors=tuple(arguments.cors),
        )
        nlp = eventx.load(arguments.model, threads=arguments.threads, gate=not arguments.no_gate)
        listener = service.listen(arguments.host, arguments.port)
    if settings.token is None and arguments.host not in ("127.0.0.1", "::1", "localhost"):
        print("eventx: warning: anybody who reaches this address may use it: --token-file", file=sys.stderr)
    # When the service has ended, the signal ends the process: nobody waits for what the model still reads.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    service.serve(nlp, listener, settings)
    sys.stderr.flush()
    os._exit(0)  # where it did not (signals end no process 1): a return would wait for the model

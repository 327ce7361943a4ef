"""Records in other forms, made by a process that is bounded and can be ended: `eventx.rendering`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Literal

import eventx
from eventx.rendering import REFUSED, TOO_LARGE
from eventx.service import bodies
from eventx.service.problems import ProblemError
from eventx.service.settings import Settings

Form = Literal["csv", "mentions.csv", "html", "ics"]
"""What records can be rendered as: endings of `forms.WRITERS`."""

LARGEST = 10
"""How many times as many bytes as a body a file may have."""


async def rendered(body: bytes, form: Form, settings: Settings) -> IO[bytes]:
    """Return a file, which has no name any more, with the records of a body.

    Raises:
        ProblemError: they are no records, the form cannot hold them, or the file would be too large.
    """
    await asyncio.to_thread(lambda: bodies.records(bodies.decode(body), settings))
    largest = LARGEST * settings.max_body
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, contextlib.ExitStack() as stack:
        path = Path(folder, f"meetings.{form}")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "eventx.rendering", str(path), str(largest)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(eventx.__file__).parents[1],  # where the package is found, and nothing of others
            start_new_session=True,  # Ctrl-C is for the service
        )
        stack.callback(_end, process)
        told, _ = await process.communicate(body)
        if process.returncode == 0:
            return path.open("rb")
    if process.returncode == REFUSED:
        raise ProblemError(422, bodies.shortened(json.loads(told)))
    if process.returncode == TOO_LARGE:
        raise ProblemError(413, f"the file would have more than {largest} bytes; send fewer records")
    raise RuntimeError(f"rendering ended with {process.returncode}")


def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    """Yield what is in a file, and close it."""
    with file:
        while chunk := file.read(2**16):
            yield chunk

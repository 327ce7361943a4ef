"""Bodies of requests: read within limits, JSON decoded, documents and records taken out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection
from typing import Any

from starlette.requests import Request

from eventx.document import Document, publication_day
from eventx.service.problems import ProblemError
from eventx.service.settings import Settings

JSON = ("application/json",)
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")

QUOTED, TOLD = 40, 200
"""Characters that an error repeats of a string that was sent, and that it has in all."""


def check_type(request: Request, allowed: Collection[str]) -> None:
    """Raise ProblemError unless the body is declared as what is asked for.

    Other sites' pages can send forms and plain text without being asked; so these do not count as JSON.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in allowed:
        wanted = next(iter(allowed))
        told = f"the body is declared as {declared[:QUOTED] or 'nothing'}; send Content-Type: {wanted}"
        raise ProblemError(415, told)


async def received(request: Request, settings: Settings) -> bytes:
    """Return a body that is declared as JSON.

    Raises:
        ProblemError: the body is too large, too slow, or something else.
        ClientDisconnect: the client has gone.
    """
    check_type(request, JSON)
    try:
        return await asyncio.wait_for(_whole(request, settings.max_body), settings.timeout)
    except asyncio.TimeoutError:
        raise ProblemError(408, f"the body did not arrive within {settings.timeout:g} seconds") from None


async def _whole(request: Request, limit: int) -> bytes:
    size, chunks = int(request.headers.get("content-length", 0)), []
    if size <= limit:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                break
            chunks.append(chunk)
    if size > limit:
        raise ProblemError(413, f"the body has more than {limit} bytes; send fewer documents, or a stream")
    return b"".join(chunks)


def decode(body: bytes, what: str = "the body") -> Any:
    """Return the value of JSON in UTF-8; a lone surrogate's escape becomes that surrogate.

    Raises:
        ProblemError: it is no JSON.
    """
    try:
        return json.loads(body.decode(), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        reason = f"{error.msg}, line {error.lineno} column {error.colno}"
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: byte 0x{error.object[error.start]:02x} at {error.start}"
    except ValueError as error:  # a constant, or a number with too many digits
        reason = str(error).partition(":")[0]
    except RecursionError:
        reason = "brackets are nested too deep"
    raise ProblemError(400, f"{what} is no JSON: {reason}")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def documents(value: Any, settings: Settings) -> list[Document]:
    """Return the documents of a request: one object, or a list of them.

    Raises:
        ProblemError: at least one is no document; all that is wrong is told.
    """
    if not isinstance(value, list):
        return [document(value, "#", 1, settings)]
    _check_number(value, settings)
    found, problems = [], []
    for position, item in enumerate(value):
        try:
            found.append(document(item, f"#/{position}", position + 1, settings))
        except ProblemError as problem:
            problems.append(problem)
    if problems:
        told = f"{len(problems)} of {len(value)} documents cannot be read"
        status = max(problem.status for problem in problems)  # 422 rather than 413
        raise ProblemError(status, told, [error for problem in problems for error in problem.errors])
    return found


def _check_number(values: list[Any], settings: Settings) -> None:
    if len(values) > settings.max_documents:
        told = f"{len(values)} documents; a request may have {settings.max_documents}: send a stream"
        raise ProblemError(413, told)


def document(value: Any, pointer: str, position: int, settings: Settings) -> Document:
    """Return a document without events.

    Args:
        value: an object with ``text`` and perhaps ``id`` and ``date``; other members are ignored.
        pointer: JSON pointer to the value.
        position: its id if it has none, or an empty one.
        settings: tell how long a text may be.

    Raises:
        ProblemError: it is no document.
    """
    if not isinstance(value, dict):
        raise _wrong(pointer, f"expected an object with a text, got {_shown(value)}")
    text, name, date = value.get("text"), value.get("id"), value.get("date")
    if not isinstance(text, str):
        raise _wrong(f"{pointer}/text", f"expected a string, got {_shown(text)}")
    if len(text) > settings.max_characters:
        told = f"{len(text)} characters; a text may have {settings.max_characters}"
        raise _wrong(f"{pointer}/text", told, 413)
    if name is not None and (isinstance(name, bool) or not isinstance(name, str | int)):
        raise _wrong(f"{pointer}/id", f"expected a string, got {_shown(name)}")
    try:
        day = publication_day(date)
    except ValueError:
        raise _wrong(f"{pointer}/date", f"expected a day, YYYY-MM-DD, got {_shown(date)}") from None
    return Document(str(position) if name in (None, "") else str(name), day, text)


def records(value: Any, settings: Settings) -> list[Document]:
    """Return the documents of records, one or a list of them, with their events and meetings.

    Raises:
        ProblemError: at least one is no record.
    """
    single = not isinstance(value, list)
    values = [value] if single else value
    _check_number(values, settings)
    found, errors = [], []
    for position, item in enumerate(values):
        try:
            found.append(Document.from_dict(item))
        except (ValueError, RecursionError) as error:
            errors.append(_pointed("#" if single else f"#/{position}", str(error)))
    if errors:
        raise ProblemError(422, f"{len(errors)} of {len(values)} records cannot be read", errors)
    return found


def _pointed(pointer: str, reason: str) -> dict[str, str]:
    """Return the error for a reason that names a place in the record, at its beginning or end."""
    before = re.match(r"((?:events|meetings)\[\S*?): (.*)", reason, re.S)
    behind = re.match(r"(?P<reason>.*) - at `\$\.(?P<place>.*)`$", reason, re.S)
    place = ""
    if before:
        place, reason = before[1], before[2]
    elif behind:
        place, reason = behind["place"], behind["reason"]
    elif reason.startswith("date is "):
        place = "date"
    steps = re.findall(r"\w+", place)
    return {"pointer": "/".join([pointer, *steps]), "detail": shortened(reason)}


def shortened(reason: str) -> str:
    """Return a reason without most of what it may quote."""
    return reason if len(reason) <= TOLD else f"{reason[:TOLD]}…"


def _wrong(pointer: str, detail: str, status: int = 422) -> ProblemError:
    return ProblemError(status, "the document cannot be read", [{"pointer": pointer, "detail": detail}])


def _shown(value: Any) -> str:
    """Return a string's beginning, and of all else what JSON calls it."""
    if isinstance(value, str):
        return repr(value if len(value) <= QUOTED else f"{value[:QUOTED]}…")
    names = {dict: "an object", list: "an array", bool: "a boolean", type(None): "nothing"}
    return names.get(type(value), "a number")

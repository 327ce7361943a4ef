"""Bodies of requests: read within limits, JSON decoded, documents and records taken out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from typing import Any

from starlette.requests import Request

from eventx.document import Document, publication_day
from eventx.service.problems import ProblemError
from eventx.service.settings import Settings

JSON = ("application/json",)
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")

DISCARDED = 10
"""How many times the limit is still received of a body that is too large: most clients read no answer before
they have sent everything."""


def check_type(request: Request, allowed: Collection[str]) -> None:
    """Raise ProblemError unless the body is declared as what is asked for.

    Other sites' pages can send forms and plain text without being asked; so these do not count as JSON.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in allowed:
        wanted = next(iter(allowed))
        raise ProblemError(
            415, f"the body is declared as {declared or 'nothing'}; send Content-Type: {wanted}"
        )


async def read(request: Request, settings: Settings) -> Any:
    """Return the value of a JSON body.

    Raises:
        ProblemError: the body is too large, too slow, or no JSON.
        ClientDisconnect: the client has gone.
    """
    check_type(request, JSON)
    try:
        body = await asyncio.wait_for(_received(request, settings.max_body), settings.timeout)
    except asyncio.TimeoutError:
        raise ProblemError(408, f"the body did not arrive within {settings.timeout:g} seconds") from None
    return decode(body)


async def _received(request: Request, limit: int) -> bytes:
    declared = int(request.headers.get("content-length", 0))
    size, chunks = 0, []
    if not (declared > limit and "expect" in request.headers):
        async for chunk in request.stream():
            size += len(chunk)
            if max(size, declared) <= limit:
                chunks.append(chunk)
            elif size > DISCARDED * limit:
                break
    if max(size, declared) > limit:
        raise ProblemError(413, f"the body has more than {limit} bytes; send fewer documents, or a stream")
    return b"".join(chunks)


def decode(body: bytes, what: str = "the body") -> Any:
    """Return the value of JSON; a lone surrogate's escape becomes that surrogate.

    Raises:
        ProblemError: it is no JSON.
    """
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        reason = f"{error.msg}, line {error.lineno} column {error.colno}"
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: byte 0x{error.object[error.start]:02x} at {error.start}"
    except ValueError:
        reason = "a number has too many digits"
    except RecursionError:
        reason = "brackets are nested too deep"
    raise ProblemError(400, f"{what} is no JSON: {reason}")


def documents(value: Any, settings: Settings) -> list[Document]:
    """Return the documents of a request: one object, or a list of them.

    Raises:
        ProblemError: at least one is no document; all that is wrong is told.
    """
    if not isinstance(value, list):
        return [document(value, "#", 1, settings)]
    check_number(value, settings)
    found, errors, status = [], [], 422
    for position, item in enumerate(value):
        try:
            found.append(document(item, f"#/{position}", position + 1, settings))
        except ProblemError as problem:
            status = problem.status
            errors += problem.errors
    if errors:
        raise ProblemError(status, f"{len(errors)} of {len(value)} documents cannot be read", errors)
    return found


def check_number(values: list[Any], settings: Settings) -> None:
    """Raise ProblemError if there are too many documents."""
    if len(values) > settings.max_documents:
        told = f"{len(values)} documents; a request may have {settings.max_documents}: send a stream"
        raise ProblemError(413, told)


def document(value: Any, pointer: str, position: int, settings: Settings) -> Document:
    """Return a document without events.

    Args:
        value: an object with ``text`` and perhaps ``id`` and ``date``; other members are ignored.
        pointer: JSON pointer to the value.
        position: its id if it has none.
        settings: tell how long a text may be.

    Raises:
        ProblemError: it is no document.
    """
    if not isinstance(value, dict):
        raise _wrong(pointer, f"expected an object with a text, got {_kind(value)}")
    text, name = value.get("text"), value.get("id")
    if not isinstance(text, str):
        raise _wrong(f"{pointer}/text", f"expected a string, got {_kind(text)}")
    if len(text) > settings.max_characters:
        told = f"{len(text)} characters; a text may have {settings.max_characters}"
        raise _wrong(f"{pointer}/text", told, 413)
    if name is not None and (isinstance(name, bool) or not isinstance(name, str | int)):
        raise _wrong(f"{pointer}/id", f"expected a string, got {_kind(name)}")
    try:
        day = publication_day(value.get("date"))
    except ValueError as error:
        raise _wrong(f"{pointer}/date", str(error)) from None
    return Document(str(position) if name is None else str(name), day, text)


def records(value: Any, settings: Settings) -> list[Document]:
    """Return the documents of records, one or a list of them, with their events and meetings.

    Raises:
        ProblemError: at least one is no record.
    """
    single = not isinstance(value, list)
    values = [value] if single else value
    check_number(values, settings)
    found, errors = [], []
    for position, item in enumerate(values):
        try:
            found.append(Document.from_dict(item))
        except (ValueError, RecursionError) as error:
            errors.append({"pointer": "#" if single else f"#/{position}", "detail": str(error)})
    if errors:
        raise ProblemError(422, f"{len(errors)} of {len(values)} records cannot be read", errors)
    return found


def _wrong(pointer: str, detail: str, status: int = 422) -> ProblemError:
    return ProblemError(status, f"{pointer}: {detail}", [{"pointer": pointer, "detail": detail}])


def _kind(value: Any) -> str:
    """Return what JSON calls the value."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "nothing"}
    return names.get(type(value), "a number")

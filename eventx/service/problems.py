"""Errors as the service tells them: problem details (RFC 9457), in ``application/problem+json``."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

SHOWN = 100
"""Errors of one request that are told one by one."""

log = logging.getLogger("eventx.service")


class ProblemError(Exception):
    """A request, or a document of it, that cannot be answered.

    Args:
        status: the HTTP status.
        detail: what is wrong and what to do, for people.
        errors: what is wrong in the body, each with a JSON ``pointer`` to it and its own ``detail``.
        headers: of the response.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.errors = list(errors)
        self.headers = headers

    def to_dict(self) -> dict[str, Any]:
        """Return the problem's members."""
        members: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": str(self),
        }
        if self.errors:
            members["errors"] = self.errors[:SHOWN]
        return members

    def response(self) -> Response:
        """Return the problem as a response."""
        body = json.dumps(self.to_dict())
        return Response(body, self.status, self.headers, MEDIA_TYPE)


def failure(error: Exception) -> ProblemError:
    """Return the problem for an error that nobody foresaw, and log where it happened.

    Its message is not logged: it may quote what somebody sent.
    """
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s, at\n%s", type(error).__name__, frames)
    return ProblemError(500, f"an error of the service ({type(error).__name__}); its log says where")


async def on_problem(_: Request, error: Exception) -> Response:
    """Answer a request that met a problem."""
    assert isinstance(error, ProblemError)
    return error.response()


async def on_http(request: Request, error: Exception) -> Response:
    """Answer a request for what is not there, or by a method that does not fit."""
    assert isinstance(error, HTTPException)
    details = {
        404: "nothing is here; /openapi.json says what there is",
        405: f"{request.method} is not possible here",
    }
    detail = details.get(error.status_code, error.detail)
    return ProblemError(error.status_code, detail, headers=error.headers).response()


async def on_invalid(_: Request, error: Exception) -> Response:
    """Answer a request whose path has a value for which there is nothing."""
    assert isinstance(error, RequestValidationError)
    told = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
    return ProblemError(404, told).response()

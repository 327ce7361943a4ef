"""Who may use the service: those who have the token, and pages of some origins."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from eventx.service.problems import ProblemError

BEARER = HTTPBearer(scheme_name="token", auto_error=False)


Sent = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


def bearer(token: str) -> Callable[..., None]:
    """Return a dependency for routes that need a token: it raises ProblemError without it."""

    def allowed(credentials: Sent) -> None:
        sent = credentials.credentials if credentials else ""
        if not hmac.compare_digest(sent.encode(), token.encode()):
            told = "the token is missing or wrong: send Authorization: Bearer TOKEN"
            raise ProblemError(401, told, headers={"WWW-Authenticate": "Bearer"})

    return allowed


class Origins(CORSMiddleware):
    """Lets other sites' pages in; a refusal is a problem like any other."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a browser that asks whether it may."""
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        told = bytes(answer.body).decode()
        return ProblemError(answer.status_code, told, headers={"Vary": "Origin"}).response()

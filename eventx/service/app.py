"""The service as an ASGI application."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from eventx import __version__
from eventx.service import openapi, problems, routes
from eventx.service.guard import Guard
from eventx.service.problems import ProblemError
from eventx.service.settings import Settings
from eventx.service.state import Service

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline


def create(nlp: Pipeline, settings: Settings | None = None) -> FastAPI:
    """Return the service as an ASGI application; ``app.state.service`` is its `Service`.

    Args:
        nlp: the model's pipeline.
        settings: limits; the defaults if None.
    """
    settings = settings or Settings()
    mimetypes.add_type("text/javascript", ".js")  # some systems say text/plain, and browsers would refuse it
    service = Service(nlp, settings)
    app = FastAPI(
        title="eventx",
        version=__version__,
        summary="Reads news and returns the meetings in it.",
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=service.lifespan,
    )
    app.state.service = service
    app.include_router(routes.interface(service))
    app.include_router(routes.operations(service))
    app.include_router(routes.page())
    app.mount("/page", StaticFiles(directory=routes.PAGE))
    description = openapi.describe(app, settings)
    app.openapi = lambda: description  # type: ignore[method-assign]
    app.add_exception_handler(ProblemError, problems.on_problem)
    app.add_exception_handler(HTTPException, problems.on_http)
    app.add_exception_handler(RequestValidationError, problems.on_invalid)
    app.add_middleware(Guard, token=settings.token, metrics=service.metrics)
    if settings.cors:
        allowed = ["Authorization", "Content-Type"]
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors,
            allow_headers=allowed,
            allow_methods=["GET", "POST"],
            expose_headers=["Retry-After"],
        )
    return app

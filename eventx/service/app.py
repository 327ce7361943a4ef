"""The service as an ASGI application."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from eventx import __version__
from eventx.service import access, openapi, problems, routes
from eventx.service.journal import Journal
from eventx.service.linger import Linger
from eventx.service.problems import ProblemError
from eventx.service.rescue import Rescue
from eventx.service.settings import Settings
from eventx.service.shield import Shield
from eventx.service.state import Service

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline


class Files(StaticFiles):
    """Files, whatever the system's table of types says of scripts: browsers would refuse plain text."""

    def file_response(self, full_path: str | os.PathLike[str], *args: Any, **kwargs: Any) -> Response:
        """Return a file, or that it has not changed."""
        response = super().file_response(full_path, *args, **kwargs)
        if os.fspath(full_path).endswith(".js"):
            response.headers["Content-Type"] = "text/javascript; charset=utf-8"
        return response


def create(nlp: Pipeline, settings: Settings | None = None) -> FastAPI:
    """Return the service as an ASGI application; ``app.state.service`` is its `Service`.

    Mounted in another application, it needs that one's lifespan to run ``app.state.service.lifespan(app)``.

    Args:
        nlp: the model's pipeline.
        settings: limits; the defaults if None.
    """
    settings = settings or Settings()
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
    needed = [] if settings.token is None else [Depends(access.bearer(settings.token))]
    app.include_router(routes.interface, dependencies=needed)
    app.include_router(routes.operations)
    app.include_router(routes.page)
    app.mount("/page", Files(directory=routes.PAGE))
    description = openapi.describe(app, settings)
    app.openapi = lambda: description  # type: ignore[method-assign]
    app.add_exception_handler(ProblemError, problems.on_problem)
    app.add_exception_handler(HTTPException, problems.on_http)
    app.add_exception_handler(RequestValidationError, problems.on_invalid)
    app.add_middleware(Rescue)  # the last one added is the first to see a request
    if settings.cors:
        app.add_middleware(
            access.Origins,
            allow_origins=settings.cors,
            allow_headers=["Authorization", "Content-Type"],
            allow_methods=["GET", "POST"],
            expose_headers=["Retry-After"],
        )
    app.add_middleware(Shield)
    app.add_middleware(Linger)
    app.add_middleware(Journal, metrics=service.metrics)
    return app

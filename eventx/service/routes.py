"""The routes."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse

from eventx import __version__, forms
from eventx.document import FORM
from eventx.service import bodies
from eventx.service.openapi import EXAMPLE, LIMITS, TEXT, answers, body, reference
from eventx.service.rendering import Form
from eventx.service.state import Service
from eventx.service.streams import MEDIA_TYPE, Stream

PAGE = Path(__file__).parent / "page"
"""The page's files."""

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8", "ics": "text/calendar"}


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Shared = Annotated[Service, Depends(_service)]

interface = APIRouter(default_response_class=Response)
"""What needs the token, if there is one."""

operations = APIRouter(default_response_class=Response)
"""What tells others' programmes how the service is."""

page = APIRouter(include_in_schema=False)
"""What belongs to the page and is no file of `PAGE`."""


@interface.post(
    "/v1/extract",
    summary="Read documents and return their records",
    openapi_extra=body(reference("Inputs"), one=EXAMPLE, many=[EXAMPLE]),
    responses=answers(
        "The record, or a list of them.",
        reference("Documents"),
        "application/json",
        refused=(400, 401, 408, 413, 415, 422, 429, 500, 503),
    ),
)
async def extract(request: Request, service: Shared) -> Response:
    """Answer with the records of all documents."""
    return Response(await service.extract(request), media_type="application/json")


@interface.post(
    "/v1/extract/stream",
    summary="Read a stream of documents and return their records as they are found",
    openapi_extra=body(
        TEXT | {"description": "JSON lines: a document on each."},
        MEDIA_TYPE,
        lines=f"{json.dumps(EXAMPLE)}\n" + '{"text": "They will meet on Friday."}\n',
    ),
    responses=answers(
        "JSON lines: a record for each, or an error with the line's number.",
        TEXT,
        MEDIA_TYPE,
        refused=(401, 415, 429, 500),
    ),
)
async def extract_stream(request: Request, service: Shared) -> Response:
    """Answer line by line."""
    bodies.check_type(request, bodies.LINES)
    service.batcher.admit()
    return Stream(service.batcher, service.settings, service.stopping)


@interface.post(
    "/v1/render/{form}",
    summary="Return records in another form: a table, a page or a calendar",
    openapi_extra=body(reference("Documents")),
    responses=answers(
        "The file.",
        TEXT,
        "text/csv",
        "text/html",
        "text/calendar",
        refused=(400, 401, 404, 408, 413, 415, 422, 429, 500, 503),
    ),
)
async def render(request: Request, form: Form, service: Shared) -> Response:
    """Answer with a file."""
    size, chunks = await service.render(request, form)
    headers = {"Content-Disposition": f'attachment; filename="meetings.{form}"', "Content-Length": str(size)}
    return StreamingResponse(chunks, headers=headers, media_type=MEDIA_TYPES[form.rpartition(".")[2]])


@interface.get(
    "/v1/info",
    summary="Versions, engine and limits",
    responses=answers("Facts.", reference("Info"), "application/json", refused=(401,)),
)
async def info(service: Shared) -> Response:
    """Answer with what clients may want to know."""
    nlp = service.nlp
    facts = {
        "version": __version__,
        "form": FORM,
        "model_version": nlp.version.model,
        "engine": f"onnxruntime {version('onnxruntime')}",
        "threads": nlp.threads,
        "limits": {limit: getattr(service.settings, limit) for limit in LIMITS},
    }
    return JSONResponse(facts)


@interface.get(
    "/metrics",
    summary="Counters for Prometheus",
    responses=answers("Metrics.", TEXT, "text/plain", refused=(401,)),
)
async def metrics(service: Shared) -> Response:
    """Answer with all counters."""
    return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)


@operations.head("/healthz", include_in_schema=False)
@operations.get(
    "/healthz", summary="Says that the service lives", responses=answers("It does.", TEXT, "text/plain")
)
async def healthz() -> Response:
    """Answer."""
    return Response("ok\n", media_type="text/plain")


@operations.head("/readyz", include_in_schema=False)
@operations.get(
    "/readyz",
    summary="Says whether the service takes documents",
    responses=answers("It does.", TEXT, "text/plain", refused=(429, 503)),
)
async def readyz(service: Shared) -> Response:
    """Answer if the service takes documents."""
    service.check_ready()
    return Response("ok\n", media_type="text/plain")


@page.head("/page/marks.css")
@page.get("/page/marks.css")
async def marks() -> Response:
    """Answer with how marked words look, as in pages that are written to files."""
    return FileResponse(Path(forms.__file__).with_name("pages.css"))


@page.head("/")
@page.get("/")
async def index() -> Response:
    """Answer with the page."""
    return FileResponse(PAGE / "index.html")

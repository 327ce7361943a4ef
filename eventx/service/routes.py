"""The routes."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import FileResponse, JSONResponse, Response

from eventx import __version__, forms
from eventx.document import FORM
from eventx.service import bodies, openapi
from eventx.service.problems import ProblemError
from eventx.service.state import Form, Service
from eventx.service.streams import MEDIA_TYPE, Stream

PAGE = Path(__file__).parent / "page"
"""The page's files."""

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8", "ics": "text/calendar"}

LIMITS = ("max_body", "max_documents", "max_characters", "timeout", "queue")


def interface(service: Service) -> APIRouter:
    """Return the routes that documents and records are posted to."""
    router = APIRouter(default_response_class=Response)
    settings, batcher = service.settings, service.batcher
    post = openapi.refusals(400, 401, 408, 413, 415, 422, 429, 500, 503)

    @router.post(
        "/v1/extract",
        summary="Read documents and return their records",
        openapi_extra=openapi.body(
            openapi.one_or_many("Input", settings), one=openapi.EXAMPLE, many=[openapi.EXAMPLE]
        ),
        responses={
            **post,
            200: openapi.answer(openapi.one_or_many("Document", settings), "The record, or a list of them."),
        },
    )
    async def extract(request: Request) -> Response:
        return Response(await service.extract(request), media_type="application/json")

    @router.post(
        "/v1/extract/stream",
        summary="Read a stream of documents and return their records as they are found",
        openapi_extra=openapi.stream_body(),
        responses={
            **openapi.refusals(401, 415, 429),
            200: openapi.text(
                "JSON lines: a record for each, or an error with the line's number.", MEDIA_TYPE
            ),
        },
    )
    async def extract_stream(request: Request) -> Response:
        bodies.check_type(request, bodies.LINES)
        batcher.admit()
        return Stream(batcher, settings, service.stopping)

    @router.post(
        "/v1/render/{form}",
        summary="Return records in another form: a table, a page or a calendar",
        openapi_extra=openapi.body(openapi.one_or_many("Document", settings)),
        responses={
            **openapi.refusals(400, 401, 408, 413, 415, 422, 500),
            200: openapi.text("The file.", "text/csv", "text/html", "text/calendar"),
        },
    )
    async def render(request: Request, form: Form) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="meetings.{form}"'}
        content = await service.render(request, form)
        return Response(content, headers=headers, media_type=MEDIA_TYPES[form.rpartition(".")[2]])

    @router.get(
        "/v1/info",
        summary="Versions, engine and limits",
        responses={**openapi.refusals(401), 200: openapi.answer({"type": "object"}, "Facts.")},
    )
    async def info() -> Response:
        nlp = service.nlp
        facts = {
            "version": __version__,
            "form": FORM,
            "model_version": nlp.version.model,
            "engine": f"onnxruntime {version('onnxruntime')}",
            "threads": nlp.threads,
            "limits": {limit: getattr(settings, limit) for limit in LIMITS},
        }
        return JSONResponse(facts)

    return router


def operations(service: Service) -> APIRouter:
    """Return the routes for those who run the service."""
    router = APIRouter(default_response_class=Response)

    @router.get(
        "/healthz",
        summary="Says that the service lives",
        responses={200: openapi.text("It does.", "text/plain")},
    )
    async def healthz() -> Response:
        return Response("ok\n", media_type="text/plain")

    @router.get(
        "/readyz",
        summary="Says whether the service takes documents",
        responses={**openapi.refusals(429, 503), 200: openapi.text("It does.", "text/plain")},
    )
    async def readyz() -> Response:
        service.batcher.admit()
        if service.stopping.is_set():
            raise ProblemError(503, "the service ends")
        return Response("ok\n", media_type="text/plain")

    @router.get(
        "/metrics",
        summary="Counters for Prometheus",
        responses={**openapi.refusals(401), 200: openapi.text("Metrics.", "text/plain")},
    )
    async def metrics() -> Response:
        return Response(service.metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def page() -> APIRouter:
    """Return the routes of the page that are no files of `PAGE`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/page/marks.css")
    async def marks() -> Response:  # words look as they do in pages that are written to files
        return FileResponse(Path(forms.__file__).with_name("pages.css"))

    @router.get("/")
    async def index() -> Response:
        return FileResponse(PAGE / "index.html")

    return router

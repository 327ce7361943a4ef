"""The routes."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from eventx import __version__, forms
from eventx.document import FORM, Document
from eventx.service import bodies, openapi, problems
from eventx.service.batches import Batcher
from eventx.service.guard import Guard
from eventx.service.metrics import Metrics
from eventx.service.problems import ProblemError
from eventx.service.settings import Settings
from eventx.service.streams import MEDIA_TYPE, Stream

if TYPE_CHECKING:
    from eventx.pipeline import Pipeline

PAGE = Path(__file__).parent / "page"

Form = Literal["csv", "mentions.csv", "html", "ics"]
"""What records can be rendered as: endings of `forms.WRITERS`."""

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8", "ics": "text/calendar"}


class Service:
    """What the routes share.

    Args:
        nlp: the model's pipeline.
        settings: limits.
    """

    def __init__(self, nlp: Pipeline, settings: Settings) -> None:
        self.nlp = nlp
        self.settings = settings
        self.metrics = Metrics()
        self.batcher = Batcher(nlp, self.metrics, settings.queue)
        self.metrics.watch(lambda: self.batcher.waiting)
        self.stopping = asyncio.Event()
        """Set when no more is to be accepted, and what has been is to be finished."""
        self._rendering = asyncio.Lock()

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Let the model read while the block lasts."""
        reading = asyncio.create_task(self.batcher.run())
        yield
        reading.cancel()

    async def extract(self, request: Request) -> bytes:
        """Return the records of a request's documents as JSON.

        Raises:
            ProblemError: there is no answer.
            ClientDisconnect: the client has gone; what it asked for is not read.
        """
        value = await bodies.read(request, self.settings)
        documents = bodies.documents(value, self.settings)
        self.batcher.admit()
        lines = await self._read(request, documents)
        return b"[%b]" % b",".join(lines) if isinstance(value, list) else lines[0]

    async def _read(self, request: Request, documents: list[Document]) -> list[bytes]:
        seconds = self.settings.timeout
        with self.batcher.client() as submit:
            answers: asyncio.Future[list[bytes]] = asyncio.gather(*map(submit, documents))
            gone: asyncio.Future[None] = asyncio.ensure_future(_gone(request))
            try:
                first = asyncio.FIRST_COMPLETED
                await asyncio.wait([answers, gone], timeout=seconds, return_when=first)
                if answers.done():
                    return answers.result()
                if gone.done():
                    raise ClientDisconnect
                raise ProblemError(
                    503, f"not read within {seconds:g} seconds: send fewer documents, or a stream"
                )
            finally:
                gone.cancel()
                answers.cancel()

    async def render(self, request: Request, form: Form) -> bytes:
        """Return a request's records in another form.

        Raises:
            ProblemError: there is no answer.
        """
        records = bodies.records(await bodies.read(request, self.settings), self.settings)
        async with self._rendering:
            return await asyncio.to_thread(_rendered, records, form)


async def _gone(request: Request) -> None:
    """Return when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _rendered(records: list[Document], form: Form) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, f"meetings.{form}")
        try:
            forms.write(records, file)
        except ValueError as error:
            raise ProblemError(422, str(error)) from None
        return file.read_bytes()


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
    app.include_router(_routes(service))
    app.mount("/page", StaticFiles(directory=PAGE))
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


def _routes(service: Service) -> APIRouter:
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
        limits = ("max_body", "max_documents", "max_characters", "timeout", "queue")
        facts = {
            "version": __version__,
            "form": FORM,
            "model_version": nlp.version.model,
            "engine": f"onnxruntime {version('onnxruntime')}",
            "threads": nlp.threads,
            "limits": {limit: getattr(settings, limit) for limit in limits},
        }
        return JSONResponse(facts)

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
        batcher.admit()
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

    @router.get("/page/marks.css", include_in_schema=False)
    async def marks() -> Response:  # words look as they do in pages that are written to files
        return FileResponse(Path(forms.__file__).with_name("pages.css"))

    @router.get("/", include_in_schema=False)
    async def index() -> Response:
        return FileResponse(PAGE / "index.html")

    return router

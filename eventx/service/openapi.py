"""The service's description: OpenAPI, whose schemas of records are made of the record's types."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from eventx.document import Document
from eventx.service import problems, streams
from eventx.service.settings import Settings

REFERENCE = "#/components/schemas/{name}"

DAY = {"type": "string", "format": "date", "description": "day of publication; a time behind it is dropped"}

NONE = {"type": "null"}

EXAMPLE = {
    "id": "lima",
    "date": "2021-06-03",
    "text": "The trade ministers of Peru and Chile met in Lima on Tuesday.",
}

ERROR = {"error": {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "…", "line": 2}}

REASONS = {
    400: "The body is no JSON.",
    401: "The token is missing or wrong.",
    408: "The body did not arrive in time.",
    413: "The body, the list or a text is too long.",
    415: "The body is declared as something else than it should be.",
    422: "What was sent is no document (or no record).",
    429: "Too many documents wait; Retry-After says for how many seconds.",
    500: "An error of the service.",
    503: "The documents were not read in time, or the service ends.",
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what a route's description says of its errors."""
    content = {problems.MEDIA_TYPE: {"schema": _reference("Problem")}}
    return {status: {"description": REASONS[status], "content": content} for status in statuses}


def answer(schema: dict[str, Any], description: str, media_type: str = "application/json") -> dict[str, Any]:
    """Return what a route's description says of its answer."""
    return {"description": description, "content": {media_type: {"schema": schema}}}


def text(description: str, *media_types: str) -> dict[str, Any]:
    """Return the same for an answer that is text."""
    content = {media_type: {"schema": {"type": "string"}} for media_type in media_types}
    return {"description": description, "content": content}


def one_or_many(name: str, settings: Settings) -> dict[str, Any]:
    """Return the schema of one object, or a list of them."""
    listed = {"type": "array", "items": _reference(name), "maxItems": settings.max_documents}
    return {"anyOf": [_reference(name), listed]}


def body(schema: dict[str, Any], **examples: Any) -> dict[str, Any]:
    """Return what a route's description says of its body."""
    told = {name: {"value": value} for name, value in examples.items()}
    content = {"application/json": {"schema": schema, "examples": told}}
    return {"requestBody": {"required": True, "content": content}}


def stream_body() -> dict[str, Any]:
    """Return the same for JSON lines."""
    told = "JSON lines: a document on each."
    content = {streams.MEDIA_TYPE: {"schema": {"type": "string", "description": told}}}
    return {"requestBody": {"required": True, "content": content}}


def describe(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """Return the description of the whole service."""
    description = get_openapi(
        title="eventx", version=app.version, summary=app.summary, routes=app.routes, openapi_version="3.1.0"
    )
    _, schemas = msgspec.json.schema_components([Document], ref_template=REFERENCE)
    schemas["Document"]["properties"]["date"] = {"anyOf": [DAY, NONE], "default": None}
    schemas["Input"] = _input(settings)
    schemas["Problem"] = PROBLEM
    components: dict[str, Any] = {"schemas": schemas}
    if settings.token is not None:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        description["security"] = [{"token": []}]
    description["components"] = components
    return description


def _reference(name: str) -> dict[str, str]:
    return {"$ref": REFERENCE.format(name=name)}


def _input(settings: Settings) -> dict[str, Any]:
    return {
        "title": "Input",
        "description": "A document to read. Unknown members are ignored.",
        "type": "object",
        "required": ["text"],
        "properties": {
            "text": {"type": "string", "maxLength": settings.max_characters},
            "date": {"anyOf": [DAY, {"const": ""}, NONE]},
            "id": {
                "anyOf": [{"type": "string"}, {"type": "integer"}, NONE],
                "description": "its position in the request, from 1, if it has none",
            },
        },
        "examples": [EXAMPLE],
    }


PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "Problem details (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "maxItems": problems.SHOWN,
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer to what is wrong, #/3/text"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

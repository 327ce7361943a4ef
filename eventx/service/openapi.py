"""The service's description: OpenAPI, whose schemas of records are made of the record's types."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from eventx.document import Document
from eventx.service import problems
from eventx.service.settings import Settings

REFERENCE = "#/components/schemas/{name}"

DAY = {"type": "string", "format": "date", "description": "day of publication; a time behind it is dropped"}

NONE = {"type": "null"}

EXAMPLE = {
    "id": "lima",
    "date": "2021-06-03",
    "text": "The trade ministers of Peru and Chile met in Lima on Tuesday.",
}

LIMITS = ("max_body", "max_documents", "max_characters", "timeout", "queue", "queue_characters")
"""The settings that clients are told."""

REASONS = {
    400: "The body is no JSON.",
    401: "The token is missing or wrong.",
    404: "There is no such form.",
    408: "The body did not arrive in time.",
    413: "The body, the list or a text is too long.",
    415: "The body is declared as something else than it should be.",
    422: "What was sent is no document (or no record).",
    429: "Too many documents wait; Retry-After says for how many seconds.",
    500: "An error of the service.",
    503: "The documents were not read in time, or the service ends.",
}


def content(schema: dict[str, Any], *media_types: str, **examples: Any) -> dict[str, Any]:
    """Return what a description says of what a request or an answer carries."""
    carried: dict[str, Any] = {"schema": schema}
    if examples:
        carried["examples"] = {name: {"value": value} for name, value in examples.items()}
    return {"content": dict.fromkeys(media_types, carried)}


def answers(
    description: str, schema: dict[str, Any], *media_types: str, refused: tuple[int, ...] = ()
) -> dict[int | str, dict[str, Any]]:
    """Return what a route's description says of its answers: the one with status 200, and the problems."""
    told: dict[int | str, dict[str, Any]] = {
        status: {"description": REASONS[status], **content(reference("Problem"), problems.MEDIA_TYPE)}
        for status in refused
    }
    return {200: {"description": description, **content(schema, *media_types)}, **told}


def body(schema: dict[str, Any], media_type: str = "application/json", **examples: Any) -> dict[str, Any]:
    """Return what a route's description says of its body."""
    return {"requestBody": {"required": True, **content(schema, media_type, **examples)}}


def reference(name: str) -> dict[str, str]:
    """Return the schema that stands under a name in the description."""
    return {"$ref": REFERENCE.format(name=name)}


def describe(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """Return the description of the whole service."""
    description = get_openapi(
        title="eventx", version=app.version, summary=app.summary, routes=app.routes, openapi_version="3.1.0"
    )
    _, schemas = msgspec.json.schema_components([Document], ref_template=REFERENCE)
    schemas["Document"]["properties"]["date"] = {"anyOf": [DAY, NONE], "default": None}
    schemas["Documents"] = _one_or_many("Document", settings)
    schemas["Input"] = _input(settings)
    schemas["Inputs"] = _one_or_many("Input", settings)
    schemas["Info"] = INFO
    schemas["Problem"] = PROBLEM
    description.setdefault("components", {})["schemas"] = schemas
    return description


def _one_or_many(name: str, settings: Settings) -> dict[str, Any]:
    listed = {"type": "array", "items": reference(name), "maxItems": settings.max_documents}
    return {"anyOf": [reference(name), listed]}


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


TEXT = {"type": "string"}

NUMBER = {"type": "integer"}

INFO: dict[str, Any] = {
    "title": "Info",
    "type": "object",
    "required": ["version", "form", "model_version", "engine", "threads", "limits"],
    "properties": {
        "version": {"type": "string", "description": "of the package"},
        "form": {"type": "integer", "description": "of the record"},
        "model_version": TEXT,
        "engine": TEXT,
        "threads": {"type": "integer", "description": "texts that the model reads side by side"},
        "limits": {
            "type": "object",
            "required": list(LIMITS),
            "properties": dict.fromkeys(LIMITS, NUMBER) | {"timeout": {"type": "number"}},
        },
    },
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

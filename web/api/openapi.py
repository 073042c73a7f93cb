"""The OpenAPI 3.1 document, made from the table of operations and the models that check every call."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Response
from pydantic.json_schema import models_json_schema

from tracker.words import Language
from web.api.calling import CSV, JSON, KEY, MATCH, TABLE, Operation, open_to_all
from web.api.shapes import MOST_ID

if TYPE_CHECKING:
    from pydantic import BaseModel

    from web.api.shapes import Asked

_ARGUMENT = re.compile(r"<(?:(int):)?(\w+)>")
_REFUSALS = {
    "400": "A parameter or header that is unknown or cannot be read",
    "401": "No valid token",
    "403": "The token may not do this",
    "404": "Not there, or not for this token",
    "405": "Another method",
    "409": "The register says no: wrong status, somebody was faster, or the key was used for another call",
    "413": "Too large",
    "415": "Another kind of content",
    "422": "Content that cannot be taken, each field named",
    "429": "Too many calls without a valid token",
    "503": "The register does not answer",
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "The same in every language"},
        "detail": {"type": "string", "description": "One sentence for a person"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def _path(operation: Operation) -> str:
    return "/api/v1" + _ARGUMENT.sub(lambda found: "{" + found.group(2) + "}", operation.path)


def _in_path(operation: Operation) -> list[dict[str, Any]]:
    found = []
    for kind, name in _ARGUMENT.findall(operation.path):
        number = {"type": "integer", "minimum": 1, "maximum": MOST_ID}
        schema = number if kind else {"type": "string", "minLength": 1}
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    return found


def _in_address(model: type[Asked]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    found = []
    for name, one in schema["properties"].items():
        kept = {key: value for key, value in one.items() if key not in {"title", "default"}}
        if "anyOf" in kept:  # a parameter that is not there is not null
            kept = next(way for way in kept["anyOf"] if way.get("type") != "null")
        found.append(
            {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": kept}
        )
    return found


def _schemas(models: set[type[BaseModel]]) -> dict[str, Any]:
    answers = [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)]
    _, found = models_json_schema(answers, by_alias=True, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return dict(found["$defs"])


def _operation(operation: Operation) -> dict[str, Any]:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
        "description": "The same key twice does nothing twice",
    }
    match = {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": f"^{MATCH.pattern}$"},
        "description": "The version that was read, as its ETag says it",
    }
    parameters = _in_path(operation) + (_in_address(operation.query) if operation.query else [])
    parameters += [match] if operation.if_match else []
    said: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs {operation.permission.value}.",
        "parameters": [*parameters, *([key] if operation.writes else [])],
        "responses": {
            str(operation.status): {
                "description": "Done",
                "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{operation.answers.__name__}"}}},
            },
            **{
                status: {
                    "description": why,
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    },
                }
                for status, why in _REFUSALS.items()
            },
        },
    }
    if operation.is_of_one:
        mark = {"description": "For If-None-Match", "required": True, "schema": {"type": "string"}}
        said["responses"][str(operation.status)]["headers"] = {"ETag": mark}
        said["responses"]["304"] = {"description": "Not changed since the ETag that If-None-Match names"}
    if operation.content is not None:
        ref = {"$ref": f"#/components/schemas/{operation.content.__name__}"}
        said["requestBody"] = {"required": True, "content": {JSON: {"schema": ref}}}
    elif operation.media == CSV:
        said["requestBody"] = {"required": True, "content": {CSV: {"schema": {"type": "string"}}}}
    return said


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    models: set[type[BaseModel]] = {one.answers for one in TABLE}
    models |= {model for one in TABLE for model in (one.content, one.query) if model is not None}
    paths: dict[str, Any] = {}
    for one in TABLE:
        paths.setdefault(_path(one), {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Enhetskoll",
            "version": "1",
            "description": "The asset register and what was seen on the networks. See docs/api.md.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_schemas(models), "Problem": _PROBLEM},
        },
        "x-languages": [language.value for language in Language],
    }


def _show() -> Response:
    """The document, for everyone."""
    return Response(json.dumps(document()), mimetype=JSON)


open_to_all("/openapi.json", "openapi", _show)

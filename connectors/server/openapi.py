"""The server's OpenAPI 3.1 description, made from the route table and the manifests."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import connectors
from connectors.components.fields import Fields, object_schema
from connectors.components.http import JSON_TYPE
from connectors.manifest.model import Connector
from connectors.server.describe import form
from connectors.server.problems import PROBLEM_TYPE, NotFound
from connectors.server.routes import Route


def document(routes: Iterable[Route], known: Iterable[Connector]) -> dict[str, Any]:
    """The whole description."""
    known = list(known)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {"title": "gridwire", "version": connectors.__version__, "description": _ABOUT},
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"problem": _PROBLEM, **_schemas(known)},
            "responses": {"problem": {"description": "What went wrong.", "content": {PROBLEM_TYPE: _ref("problem")}}},
        },
    }


def _operation(route: Route, known: list[Connector]) -> dict[str, Any]:
    summary, _, description = (inspect.getdoc(route.handler) or "").partition("\n\n")
    media_type = route.gives.get("contentMediaType", JSON_TYPE)
    answer = {"description": "Done.", **({"content": {media_type: {"schema": route.gives}}} if route.gives else {})}
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": summary,
        "responses": {str(route.status): answer, "default": {"$ref": "#/components/responses/problem"}},
    }
    names = re.findall(r"\{(\w+)\}", route.path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    wanted = {
        "description": description,
        "parameters": parameters,
        "requestBody": _body(route.takes, known) if route.takes is not None else None,
    }
    operation |= {key: value for key, value in wanted.items() if value}
    return operation | ({"security": []} if route.scope == "public" else {})


def _body(takes: Fields | Callable[[Connector], Fields], known: list[Connector]) -> dict[str, Any]:
    if not isinstance(takes, dict):
        each = list(_each(takes, known))
        schema = {"anyOf": each} if each else {"type": "object"}
        return {"required": True, "content": {JSON_TYPE: {"schema": schema}}}
    needed = any(field.required for field in takes.values())
    return {"required": needed, "content": {JSON_TYPE: {"schema": object_schema(takes)}}}


def _each(takes: Callable[[Connector], Fields], known: list[Connector]) -> Iterator[dict[str, Any]]:
    """The schema of the body for each connector for which there may be one."""
    for connector in known:
        with suppress(NotFound):
            yield object_schema(takes(connector)) | {"title": connector.connector}


def _schemas(known: Iterable[Connector]) -> dict[str, Any]:
    """For each action, search and trigger, what its `input` holds and what it gives."""
    found: dict[str, Any] = {}
    for connector in known:
        for name, operation in connector.operations.items():
            words = {"title": operation.title, "description": operation.description}
            found[f"{connector.connector}.{name}.input"] = words | form(operation.input, operation.rules)
            found[f"{connector.connector}.{name}.output"] = words | {"examples": [connector.sample_of(operation)]}
    return found


def _ref(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


_ABOUT = (
    "Connectors over HTTP. What an operation's `input` holds is the schema `connector.operation.input`, and what it"
    " gives is `connector.operation.output`."
)
_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_PROBLEM = {
    "type": "object",
    "description": "What went wrong, and what to do now (RFC 9457).",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "kind": _TEXT,
        "message": _TEXT,
        "remedy": _TEXT_OR_NULL,
        "field": _TEXT_OR_NULL,
        "vendor_message": _TEXT_OR_NULL,
        "vendor_status": {"type": ["integer", "null"]},
        "correlation_id": _TEXT,
        "problems": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["type", "title", "status", "detail", "kind", "message", "correlation_id"],
}

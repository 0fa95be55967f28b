"""The server's OpenAPI 3.1 description, made from the route table and the manifests.

A route whose path names an operation stands there twice: as it is in the table, for whoever knows the name only at run
time, and once for each name that there is, with the form and the answer of that operation.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import connectors
from connectors.components.fields import Field, Fields, object_schema
from connectors.components.http import FORM_TYPE, JSON_TYPE
from connectors.export.openapi.problems import PROBLEM
from connectors.manifest.forms import schema_of_input, schema_of_output
from connectors.manifest.model import Action, Connector, Operation, Search, Trigger
from connectors.server.failures import responses, responses_of
from connectors.server.named import Named
from connectors.server.problems import NotFound
from connectors.server.routes import ROUTES, Route
from connectors.server.shapes import PAGE, REPLY, SUBSCRIBE

_KINDS: dict[str, type[Operation]] = {"action": Action, "search": Search, "trigger": Trigger}
"""Which operations a name in a path stands for."""


def document(routes: Iterable[Route], known: Sequence[Connector]) -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        for path, operation in _operations(route, known):
            paths.setdefault(path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "gridwire", "version": connectors.__version__, "description": _ABOUT},
        "tags": [{"name": one.connector, "description": f"{one.title}: {one.description}"} for one in known],
        "paths": paths,
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": _KEY}},
            "schemas": {"problem": PROBLEM, **_schemas(known)},
            "responses": responses(),
        },
    }


def _operations(route: Route, known: Sequence[Connector]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The route as it is in the table, then with each name that can stand in its path."""
    plain = _operation(route, known)
    yield route.path, plain
    for word, kind in _KINDS.items():
        hole = f"{{{word}}}"
        if hole in route.path:
            for named in _named(route, kind, known):
                path = route.path.replace(hole, named.name)
                yield path, named.operation(plain, hole=word)


def _named(route: Route, kind: type[Operation], known: Sequence[Connector]) -> Iterator[Named]:
    """All operations of that kind by name; a name that several connectors use is one path for all of them."""
    found: dict[str, list[tuple[Connector, Operation]]] = {}
    for connector in known:
        for operation in connector.operations.values():
            pollable = not isinstance(operation, Trigger) or operation.poll is not None
            if isinstance(operation, kind) and (pollable or route.takes is None):
                found.setdefault(operation.name, []).append((connector, operation))
    for name, of in sorted(found.items()):
        yield Named(name, of)


def _operation(route: Route, known: Sequence[Connector]) -> dict[str, Any]:
    summary, _, description = (inspect.getdoc(route.handler) or "").partition("\n\n")
    noun = route.path.removeprefix("/v1/").split("/")[0] if route.path.startswith("/v1/") else "server"
    operation: dict[str, Any] = {
        "operationId": _named_by(route),
        "summary": summary,
        "tags": [noun],
        "responses": _answers(route) | responses_of(route),
    }
    wanted = {
        "description": description,
        "parameters": [*_parameters(route, known), *_further(route)],
        "requestBody": _body(route, known),
    }
    operation |= {key: value for key, value in wanted.items() if value}
    if route.scope == "any key":
        return operation
    return operation | {"security": [{"key": [scope]} for scope in route.scopes]}


def _named_by(route: Route) -> str:
    """The handler's name; where several routes have the same, with what tells them apart."""
    if sum(one.handler is route.handler for one in ROUTES) == 1:
        return route.handler.__name__
    return "_".join([route.handler.__name__, *re.findall(r"\{(\w+)\}", route.path), route.method.lower()])


def _answers(route: Route) -> dict[str, Any]:
    """What is answered if nothing goes wrong; a page's form may lead elsewhere instead."""
    if route.status == 303:
        return {"303": _LEADS_AWAY}
    content = {route.gives.get("contentMediaType", JSON_TYPE): {"schema": route.gives}}
    done = {str(route.status): {"description": "Done."} | ({"content": content} if route.gives else {})}
    further = {"303": _LEADS_AWAY} if _has_a_form(route) else {"202": _TAKEN} if route.gives is REPLY else {}
    return done | further


def _has_a_form(route: Route) -> bool:
    return route.gives is PAGE and route.method == "POST"


def _body(route: Route, known: Sequence[Connector]) -> dict[str, Any] | None:
    if _has_a_form(route):
        return {"required": True, "content": {FORM_TYPE: {"schema": _FORM}}}
    return None if route.takes is None else _json(route.takes, known)


def _json(takes: Fields | Callable[[Connector], Fields], known: Sequence[Connector]) -> dict[str, Any]:
    if not isinstance(takes, dict):
        each = list(_each(takes, known))
        schema = {"anyOf": each} if each else {"type": "object"}
        return {"required": True, "content": {JSON_TYPE: {"schema": schema}}}
    needed = any(field.required for field in takes.values())
    return {"required": needed, "content": {JSON_TYPE: {"schema": object_schema(takes)}}}


def _each(takes: Callable[[Connector], Fields], known: Sequence[Connector]) -> Iterator[dict[str, Any]]:
    """The schema of the body for each connector for which there may be one."""
    for connector in known:
        with suppress(NotFound):
            yield object_schema(takes(connector)) | {"title": connector.connector}


def _parameters(route: Route, known: Sequence[Connector]) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", route.path):
        schema: dict[str, Any] = {"type": "string", "minLength": 1}
        if name == "connector":
            schema["enum"] = [connector.connector for connector in known]
        if name in _KINDS:
            schema["enum"] = [named.name for named in _named(route, _KINDS[name], known)]
        said = {"description": _WORDS[name]} if name in _WORDS else {}
        yield {"name": name, "in": "path", "required": True, "schema": schema, **said}


def _further(route: Route) -> Iterator[dict[str, Any]]:
    """Parameters beside the path: what writes at a vendor, or subscribes, can be asked for once and no more."""
    if isinstance(route.takes, dict) and ("confirm" in route.takes or route.takes is SUBSCRIBE):
        yield _IDEMPOTENCY_KEY
    for name, field in route.asks.items():
        yield {"name": name, "in": "query", **_asked(field)}
    if route.path.endswith("/callback"):
        for name, description in _OF_A_VENDOR.items():
            yield {"name": name, "in": "query", "schema": {"type": "string"}, "description": description}


def _asked(field: Field) -> dict[str, Any]:
    """A parameter of the query; an object is written as JSON."""
    schema = {word: said for word, said in field.to_schema().items() if word != "description"}
    said: dict[str, Any] = (
        {"content": {JSON_TYPE: {"schema": schema}}} if "object" in field.kinds else {"schema": schema}
    )
    said |= {"required": True} if field.required else {}
    return said | ({"description": field.description} if field.description else {})


def _schemas(known: Iterable[Connector]) -> dict[str, Any]:
    """For each action, search and trigger, what its `input` holds and what it gives."""
    found: dict[str, Any] = {}
    for connector in known:
        for name, operation in connector.operations.items():
            found[f"{connector.connector}.{name}.input"] = schema_of_input(connector, operation)
            found[f"{connector.connector}.{name}.output"] = schema_of_output(connector, operation)
    return found


_ABOUT = (
    "Connectors over HTTP. Each operation of each connector has a path of its own, with its form and what it gives; the"
    " paths with `{action}`, `{search}` and `{trigger}` are the same for a name that is known only at run time. What"
    " goes wrong is a problem (RFC 9457): `kind` is for programs, `detail` and `remedy` are for people."
)
_KEY = "A key of the server: `gridwire keys add NAME`. An operation lists the scopes of which it needs one."
_WORDS = {
    "id": "The id, or for a connection its name.",
    "connector": "The connector's name.",
    "action": "The action's name.",
    "search": "The search's name.",
    "trigger": "The trigger's name.",
    "token": "What the vendor was given with the address.",
    "secret": "What the vendor was given with the address, where that is what proves that it calls.",
    "ticket": "What the address was given with; it opens once, for a time.",
}
_OF_A_VENDOR = {
    "state": "What the browser was sent away with.",
    "code": "What the vendor gives for the consent.",
    "error": "Why the vendor gives none.",
    "error_description": "The same in the vendor's words.",
}
"""What a vendor sends the browser back with (RFC 6749, 4.1.2)."""
_LEADS_AWAY = {
    "description": "The browser is sent to the vendor's sign-in.",
    "headers": {"Location": {"required": True, "schema": {"type": "string", "format": "uri"}}},
}
_TAKEN = {"description": "Taken; such a message has no answer."}
_FORM = {
    "type": "object",
    "description": "What is typed into the connector's connection form, by the names of its fields.",
    "properties": {"auth": {"type": "string", "description": "The way to sign in, where there are several."}},
    "additionalProperties": {"type": "string"},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "Any text that is new for each thing to do, such as a UUID. Sent again with the same input, it does nothing"
        " twice and gives the first outcome, with the header Idempotent-Replayed; with another input, it is refused"
        " with 409. Send one with whatever writes."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "7d6f6f2c-3f0e-4a39-8f0a-8a0f5d5d8f44",
}

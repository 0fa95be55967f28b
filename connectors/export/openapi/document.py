"""One connector over a gridwire server, as OpenAPI 3.1: each of its operations with its own form and answer."""

from __future__ import annotations

from typing import Any

from connectors.export.openapi import parts, subscriptions
from connectors.export.openapi.parts import OF, answer, body, closed, ref
from connectors.export.openapi.problems import PROBLEM, problems, responses
from connectors.manifest.examples import input_of
from connectors.manifest.forms import choosable, schema_of_input, schema_of_output, takes_nothing
from connectors.manifest.model import Action, Connector, Operation, Search, Trigger


def document(connector: Connector) -> dict[str, Any]:
    """The whole description."""
    schemas: dict[str, Any] = {"problem": PROBLEM, **subscriptions.schemas(connector)}
    for name, operation in connector.operations.items():
        schemas[f"{name}.input"] = schema_of_input(connector, operation)
        schemas[f"{name}.output"] = schema_of_output(connector, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{connector.title} through gridwire",
            "version": connector.version,
            "description": f"{connector.description}\n\n{parts.ABOUT}",
        },
        "servers": [{"url": "{server}", "variables": {"server": parts.SERVER}}],
        "security": [{"key": []}],
        "tags": [{"name": name, "description": words} for name, words in parts.TAGS.items()],
        "paths": _paths(connector),
        "webhooks": subscriptions.webhooks(connector),
        "components": {
            "securitySchemes": parts.SECURITY,
            "parameters": parts.PARAMETERS,
            "schemas": schemas,
            "responses": responses(),
        },
    }


def _paths(connector: Connector) -> dict[str, Any]:
    polled = {name: one for name, one in connector.triggers.items() if one.poll is not None}
    offered = _offered(connector)
    return {
        "/v1/connections": {"get": _connections(connector)},
        **{f"{OF}/actions/{name}": {"post": _action(connector, one)} for name, one in connector.actions.items()},
        **{f"{OF}/searches/{name}": {"post": _search(connector, one)} for name, one in connector.searches.items()},
        **{f"{OF}/triggers/{name}/poll": {"post": _poll(connector, one)} for name, one in polled.items()},
        **{f"{OF}/triggers/{name}/sample": {"get": _sample(one)} for name, one in connector.triggers.items()},
        **({f"{OF}/choices": {"post": _choices(offered)}} if offered else {}),
        **subscriptions.paths(connector),
    }


def _action(connector: Connector, action: Action) -> dict[str, Any]:
    changes = action.effective != "read"
    asked = _asked(connector, action, parts.CONFIRM if action.effective == "destroy" else {})
    asked["responses"] = {"200": answer({"output": _output(action)}), **problems(changes=changes)}
    if changes:
        asked["parameters"].append(ref("parameters", "idempotency_key"))
    return {"operationId": action.name, "tags": ["actions"], **asked}


def _search(connector: Connector, search: Search) -> dict[str, Any]:
    asked = _asked(connector, search, parts.LIMIT)
    asked["responses"] = {"200": answer({"items": {"type": "array", "items": _output(search)}}), **problems()}
    return {"operationId": search.name, "tags": ["searches"], **asked}


def _poll(connector: Connector, trigger: Trigger) -> dict[str, Any]:
    asked = _asked(connector, trigger, parts.CURSOR)
    given = {"items": {"type": "array", "items": _output(trigger)}, "cursor": {"type": "string"}}
    asked["responses"] = {"200": answer(given), **problems()}
    asked["description"] += f"\n\n{parts.POLLED}"
    return {"operationId": f"{trigger.name}.poll", "tags": ["triggers"], **asked}


def _asked(connector: Connector, operation: Operation, further: dict[str, Any]) -> dict[str, Any]:
    """What is sent for the operation: its input, and what else goes along."""
    needed = [] if takes_nothing(operation) else ["input"]
    schema = closed({"input": ref("schemas", f"{operation.name}.input"), **further}, needed)
    given = input_of(connector, operation)
    docs = f"\n\nIn {connector.title}'s document: {operation.docs}" if operation.docs else ""
    return {
        "summary": operation.title,
        "description": operation.description + docs,
        "parameters": [ref("parameters", "connection")],
        "requestBody": body(
            schema,
            required=bool(schema["required"]),
            example=None if given is None else {"input": given},
        ),
    }


def _sample(trigger: Trigger) -> dict[str, Any]:
    return {
        "operationId": f"{trigger.name}.sample",
        "summary": f"{trigger.title}: an example",
        "description": "Gives an example of what the trigger emits, without asking the vendor.",
        "tags": ["triggers"],
        "parameters": [ref("parameters", "connection")],
        "responses": {"200": answer({"sample": _output(trigger)}), **problems(asks=False)},
    }


def _output(operation: Operation) -> dict[str, str]:
    return ref("schemas", f"{operation.name}.output")


def _offered(connector: Connector) -> dict[str, list[str]]:
    """By operation: the inputs that have choices."""
    found = {name: [path for path, _ in choosable(operation.input)] for name, operation in connector.operations.items()}
    return {name: fields for name, fields in found.items() if fields}


def _choices(offered: dict[str, list[str]]) -> dict[str, Any]:
    first, fields = next(iter(offered.items()))
    listed = "\n".join(f"- `{name}`: {', '.join(f'`{field}`' for field in its)}" for name, its in offered.items())
    takes: dict[str, Any] = {
        "operation": {"enum": list(offered), "description": "The operation that has the input."},
        "field": {"type": "string", "description": "The input whose choices are wanted."},
        "input": {"type": "object", "description": "What is known of the other inputs."},
        "search": {"type": "string", "default": "", "description": "A part of the title."},
        "next": {"type": ["string", "null"], "description": "From the answer before, for the choices after those."},
    }
    choice = {
        "type": "object",
        "properties": {"value": {}, "title": {"type": "string"}},
        "required": ["value", "title"],
    }
    given = {"choices": {"type": "array", "items": choice}, "next": {"type": ["string", "null"]}}
    return {
        "operationId": "gridwire.choices",
        "summary": "Choices of an input",
        "description": f"Gives what can be chosen for an input. There are choices for:\n\n{listed}",
        "tags": ["choices"],
        "parameters": [ref("parameters", "connection")],
        "requestBody": body(closed(takes, ["operation", "field"]), example={"operation": first, "field": fields[0]}),
        "responses": {"200": answer(given), **problems()},
    }


def _connections(connector: Connector) -> dict[str, Any]:
    only = {"const": connector.connector}
    parameter = {"name": "connector", "in": "query", "required": True, "schema": only}
    states = {"enum": ["ok", "reconnect", "failing", "not_tested"]}
    text = {"type": "string"}
    connection = {
        "type": "object",
        "properties": {"id": text, "name": text, "connector": only, "state": states},
        "required": ["id", "name", "connector", "state"],
    }
    return {
        "operationId": "gridwire.list_connections",
        "summary": "Connections",
        "description": f"Lists the accounts at {connector.title} that are connected.",
        "tags": ["connections"],
        "parameters": [parameter],
        "responses": {"200": answer({"items": {"type": "array", "items": connection}}), **problems(asks=False)},
    }

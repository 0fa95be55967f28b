"""`apiDefinition.swagger.json`: the connector as Power Automate reads it, in Swagger 2.0."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.components.fields import Rule
from connectors.export.power_automate import words
from connectors.export.power_automate.dropdowns import CHOICES, CONNECTIONS, PREFIX, connections, dropdown, needed
from connectors.export.power_automate.shown import Schema, cut, inputs, output, seen, sentence
from connectors.export.words import distinct, pascal
from connectors.manifest.calls import Output
from connectors.manifest.forms import choosable, takes_nothing
from connectors.manifest.model import Action, Connector, Operation, Search, Trigger

HOST = "gridwire.example.com"
"""Stands in the document; apiProperties.json puts the address that a connection names in its place."""
KEY = "api_key"
_OF = "/v1/connections/{connection}"
_JSON = ["application/json"]
_MOST_TITLE = 30  # characters of a connector's title
_MOST = 500  # characters of its description


def definition(connector: Connector) -> dict[str, Any]:
    """The whole document."""
    outputs = Outputs(connector)
    paths = _paths(connector, outputs)
    return {
        "swagger": "2.0",
        "info": {
            "title": cut(connector.title, _MOST_TITLE),
            "description": cut(sentence(f"{connector.description} Through your own gridwire server"), _MOST),
            "version": connector.version,
            "contact": {"name": "gridwire"},
        },
        "host": HOST,
        "basePath": "/",
        "schemes": ["https"],
        "consumes": _JSON,
        "produces": _JSON,
        "paths": paths,
        "definitions": {"Problem": words.PROBLEM, **outputs.definitions},
        "securityDefinitions": {KEY: words.SECURITY},
        "security": [{KEY: []}],
        "x-ms-capabilities": {
            "testConnection": {"operationId": CONNECTIONS, "parameters": {"connector": connector.connector}}
        },
    }


def operation_id(connector: Connector, operation: Operation) -> str:
    """`create_request` → `CreateRequest`; those of gridwire's own have a `_`, so no two are alike."""
    return distinct({name: pascal(name) for name in connector.operations}, sign="")[operation.name]


class Outputs:
    """What operations give, each form written down once: a document may have one megabyte."""

    def __init__(self, connector: Connector) -> None:
        self.definitions: dict[str, Schema] = {}
        self._connector = connector

    def of(self, operation: Operation) -> Schema:
        """A reference to what the operation gives."""
        schema = self._schema(operation)
        name = next((name for name, known in self.definitions.items() if known == schema), None)
        if name is None:
            name = f"{operation_id(self._connector, operation)}Output"
            self.definitions[name] = schema
        return {"$ref": f"#/definitions/{name}"}

    def _schema(self, operation: Operation) -> Schema:
        said = self._connector.output_of(operation)
        if isinstance(said, Output) and said.file is not None:
            return words.FILE
        if said is None or (isinstance(operation, Trigger) and operation.identity.fire == "deleted"):
            return seen(self._connector.sample_of(operation))
        return output(said)


def _paths(connector: Connector, outputs: Outputs) -> dict[str, Any]:
    offered = any(True for one in connector.operations.values() for _ in choosable(one.input))
    return {
        **{
            f"{_OF}/actions/{name}": {"post": _action(connector, one, outputs)}
            for name, one in connector.actions.items()
        },
        **{
            f"{_OF}/searches/{name}": {"post": _search(connector, one, outputs)}
            for name, one in connector.searches.items()
        },
        **{trigger_path(one): _trigger(connector, one, outputs) for one in connector.triggers.values()},
        **({"/v1/subscriptions/{id}": {"delete": words.UNSUBSCRIBE}} if connector.triggers else {}),
        "/v1/connections": {"get": _connections(connector)},
        **({f"{_OF}/choices": {"get": _choices(connector)}} if offered else {}),
    }


def trigger_path(trigger: Trigger) -> str:
    """A path of its own for each trigger, which a policy leads to /v1/subscriptions: Swagger has one form a path."""
    return f"/triggers/{trigger.name}"


def _action(connector: Connector, action: Action, outputs: Outputs) -> dict[str, Any]:
    further = words.CONFIRM if action.effective == "destroy" else {}
    asked = _asked(connector, action, further, list(further))
    if action.effective != "read":
        asked["parameters"].append(words.IDEMPOTENCY_KEY)
    return asked | {"responses": _responses({"output": outputs.of(action)})}


def _search(connector: Connector, search: Search, outputs: Outputs) -> dict[str, Any]:
    asked = _asked(connector, search, words.LIMIT, [])
    return asked | {"responses": _responses({"items": {"type": "array", "items": outputs.of(search)}})}


def _asked(connector: Connector, operation: Operation, further: Schema, needed: list[str]) -> dict[str, Any]:
    """An action or a search: the account is in the path, everything else in the body."""
    form = inputs(operation.input, operation.rules, dropdown(connector, operation, "connection"))
    properties = ({"input": form} if operation.input else {}) | further
    required = [*([] if takes_nothing(operation) else ["input"]), *needed]
    body: Schema = {"type": "object", "properties": properties} | ({"required": required} if required else {})
    account = {"name": "connection", "in": "path", "required": True, **words.ACCOUNT, "x-ms-url-encoding": "single"}
    taken = [{"name": "body", "in": "body", "required": bool(required), "schema": body}] if properties else []
    return {
        "operationId": operation_id(connector, operation),
        "summary": operation.title,
        "description": _described(operation),
        "parameters": [account | connections(connector), *taken],
    }


def _trigger(connector: Connector, trigger: Trigger, outputs: Outputs) -> dict[str, Any]:
    form = inputs(trigger.input, trigger.rules, dropdown(connector, trigger, "body/connection"))
    body = {
        "type": "object",
        "properties": {
            "connection": words.ACCOUNT | connections(connector),
            **({"input": form} if trigger.input else {}),
            "trigger": _fixed(trigger.name),
            "format": _fixed("plain"),
            "target_url": words.CALLBACK,
        },
        "required": ["connection", *([] if takes_nothing(trigger) else ["input"]), "trigger", "format", "target_url"],
    }
    created = {
        "description": "Subscribed.",
        "schema": {"type": "object", "properties": {"id": {"type": "string", "x-ms-visibility": "internal"}}},
        "headers": {"Location": {"type": "string", "description": "Where the subscription is ended."}},
    }
    return {
        "x-ms-notification-content": {"description": _described(trigger), "schema": outputs.of(trigger)},
        "post": {
            "operationId": operation_id(connector, trigger),
            "summary": trigger.title,
            "description": _described(trigger),
            "x-ms-visibility": "important",
            "x-ms-trigger": "single",
            "x-ms-trigger-hint": f"To see it work, let this happen in {connector.title}: {trigger.title}.",
            "parameters": [{"name": "body", "in": "body", "required": True, "schema": body}],
            "responses": {"201": created, "default": words.WRONG},
        },
    }


def _connections(connector: Connector) -> dict[str, Any]:
    only = _fixed(connector.connector) | {"name": "connector", "in": "query", "required": True}
    item = {"type": "object", "properties": {name: {"type": "string"} for name in ("id", "name", "state")}}
    return {
        "operationId": CONNECTIONS,
        "summary": "List connections",
        "description": f"Lists the accounts at {connector.title} that your gridwire server is connected to.",
        "x-ms-visibility": "internal",
        "parameters": [only],
        "responses": _responses({"items": {"type": "array", "items": item}}),
    }


def _choices(connector: Connector) -> dict[str, Any]:
    asked = {
        "operation": "The operation that has the input.",
        "field": "The input whose choices are wanted.",
        **dict.fromkeys(_depended_on(connector), "What is chosen for another input."),
    }
    item = {"type": "object", "properties": {"value": {}, "title": {"type": "string"}}}
    account = {"name": "connection", "in": "path", "required": True, **words.ACCOUNT, "x-ms-url-encoding": "single"}
    return {
        "operationId": CHOICES,
        "summary": "List choices",
        "description": "Lists what can be chosen for an input.",
        "x-ms-visibility": "internal",
        "parameters": [
            account,
            *(
                {
                    "name": name,
                    "in": "query",
                    "required": not name.startswith(PREFIX),
                    "type": "string",
                    "x-ms-summary": name.removeprefix(PREFIX).capitalize(),
                    "description": said,
                }
                for name, said in asked.items()
            ),
        ],
        "responses": _responses({"choices": {"type": "array", "items": item}}),
    }


def _depended_on(connector: Connector) -> list[str]:
    """The inputs that the choices of others depend on, as the server is told them."""
    found = (
        name
        for operation in connector.operations.values()
        for path, field in choosable(operation.input)
        for name in needed(connector, operation, path, field)
    )
    return sorted({f"{PREFIX}{name}" for name in found})


def _described(operation: Operation) -> str:
    told = (sentence(_told(operation, rule)) for rule in operation.rules)
    return " ".join([sentence(operation.description), *told])


def _told(operation: Operation, rule: Rule) -> str:
    """A rule between inputs, which no schema of Swagger 2.0 can hold."""
    titles = {name: operation.input[name].title or name for name in rule.names}
    if rule.required_with is not None:
        pairs = rule.required_with.items()
        return "; ".join(
            f"give {titles[one]} only with {_listed(titles[name] for name in all_)}" for one, all_ in pairs
        )
    optional = {name for name, field in operation.input.items() if not field.required}
    of = "the optional inputs" if set(titles) == optional else _listed(titles.values())
    return f"Give {_AMOUNTS[rule.kind]} of {of}"


def _listed(titles: Iterable[str]) -> str:
    return ", ".join(f"'{title}'" for title in titles)


def _responses(properties: Schema) -> dict[str, Any]:
    return {
        "200": {"description": "Done.", "schema": {"type": "object", "properties": properties}},
        "default": words.WRONG,
    }


def _fixed(value: str) -> Schema:
    """What is always sent, and not shown."""
    return {"type": "string", "enum": [value], "default": value, "x-ms-visibility": "internal"}


_AMOUNTS = {"exactly_one_of": "exactly one", "at_least_one_of": "at least one", "conflicts_with": "at most one"}

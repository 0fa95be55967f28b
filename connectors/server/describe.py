"""Connectors as clients see them: all that it takes to show a form, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.components.fields import Field, Fields, Rule, object_schema, parse_text
from connectors.manifest.model import Action, Connector, Operation, Trigger


def summary(connector: Connector) -> dict[str, Any]:
    """A connector in a list: what it is, and the names of what it can do."""
    return {
        "name": connector.connector,
        "title": connector.title,
        "description": connector.description,
        "version": connector.version,
        "categories": connector.categories,
        "docs": connector.docs,
        "triggers": list(connector.triggers),
        "actions": list(connector.actions),
        "searches": list(connector.searches),
    }


def whole(connector: Connector) -> dict[str, Any]:
    """A connector with its connection form, and its operations with their forms."""
    return summary(connector) | {
        "base_url": str(connector.base_url),
        "connection": {"input": connection_form(connector)},
        "triggers": [_operation(connector, trigger) for trigger in connector.triggers.values()],
        "actions": [_operation(connector, action) for action in connector.actions.values()],
        "searches": [_operation(connector, search) for search in connector.searches.values()],
    }


def connection_form(connector: Connector) -> dict[str, Any]:
    """The JSON Schema of a connection's values; where there are several ways to sign in, `auth` chooses one."""
    block = connector.connection
    ways = {"auth": Field(title="Way to sign in", enum=list(block.auth.one_of))} if block.auth.one_of else {}
    return form({**block.fields, **ways})


def form(fields: Fields, rules: Sequence[Rule] = ()) -> dict[str, Any]:
    """The JSON Schema of an input, with words for whoever shows it.

    `x-multiline`: a text of several lines. `x-secret`: never to be shown. `x-choices`: a dropdown, either a list of
    value and title, or "dynamic": ask POST /v1/connections/{id}/choices.
    """
    properties = {name: _field(field) for name, field in fields.items()}
    return object_schema(fields, list(rules)) | {"properties": properties}


def _operation(connector: Connector, operation: Operation) -> dict[str, Any]:
    described = {
        "name": operation.name,
        "title": operation.title,
        "description": operation.description,
        "docs": operation.docs,
        "input": form(operation.input, operation.rules),
        "sample": connector.sample_of(operation),
    }
    if isinstance(operation, Trigger):
        return described | {"comes_by": [by for by in ("webhook", "poll") if getattr(operation, by) is not None]}
    return described | ({"effect": operation.effective} if isinstance(operation, Action) else {})


def _field(field: Field) -> dict[str, Any]:
    words = {"x-multiline": field.multiline, "x-secret": field.secret, "x-choices": _choices(field)}
    schema = field.to_schema() | {word: said for word, said in words.items() if said}
    if field.properties is not None:
        schema |= form(field.properties)
    if field.items is not None:
        schema["items"] = _field(field.items)
    return schema


def _choices(field: Field) -> Any:
    if field.choices is None:
        return None
    if field.choices.values is None:
        return "dynamic"
    return [{"value": parse_text(field, value), "title": title} for value, title in field.choices.values.items()]

"""Inputs and outputs of operations as JSON Schema: a form, with words for whoever shows it, and what comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.components.fields import Field, Fields, Rule, object_schema, parse_text
from connectors.errors import InputError
from connectors.manifest.calls import Output
from connectors.manifest.examples import input_of
from connectors.manifest.model import Connector, Operation, Trigger


def form(fields: Fields, rules: Sequence[Rule] = ()) -> dict[str, Any]:
    """The JSON Schema of an input, with words for whoever shows it.

    `x-multiline`: a text of several lines. `x-secret`: never to be shown. `x-choices`: a dropdown, either a list of
    value and title, or "dynamic": ask POST /v1/connections/{id}/choices.
    """
    properties = {name: _field(field) for name, field in fields.items()}
    return object_schema(fields, list(rules)) | {"properties": properties}


def schema_of_input(connector: Connector, operation: Operation) -> dict[str, Any]:
    """What the operation's input holds, with an example where one can be made."""
    given = input_of(connector, operation)
    examples = {"examples": [given]} if given else {}
    return _words(connector, operation) | form(operation.input, operation.rules) | examples


def schema_of_output(connector: Connector, operation: Operation) -> dict[str, Any]:
    """What the operation gives, as far as the manifest says it; there may be more, and any of it may be absent."""
    said = connector.output_of(operation)
    typed: dict[str, Any] = {}
    if isinstance(said, Output) and said.file is not None:
        typed = _FILE
    elif said is not None and not (isinstance(operation, Trigger) and operation.identity.fire == "deleted"):
        typed = _open(said.to_schema())
    return typed | _words(connector, operation) | {"examples": [connector.sample_of(operation)]}


def _words(connector: Connector, operation: Operation) -> dict[str, Any]:
    return {"title": f"{connector.title}: {operation.title}", "description": operation.description}


def choosable(fields: Fields, above: str = "") -> Iterator[tuple[str, Field]]:
    """The inputs that have choices, by dotted path; of a list, each of its entries."""
    for name, field in fields.items():
        path = above + name
        chosen = field if field.choices else field.items or field
        if chosen.choices is not None:
            yield path, chosen
        yield from choosable(chosen.properties or {}, f"{path}.")


def takes_nothing(operation: Operation) -> bool:
    """Whether it can be asked without any input."""
    try:
        operation.checker.check({})
    except InputError:
        return False
    return True


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


def _open(schema: Any) -> Any:
    """The schema, which passes what vendors add and leave out."""
    if isinstance(schema, dict):
        named = schema.get("properties", {})
        kept = {word: _open(said) for word, said in schema.items() if word not in _CLOSING}
        return kept | ({"properties": {name: _open(one) for name, one in named.items()}} if named else {})
    return [_open(one) for one in schema] if isinstance(schema, list) else schema


_CLOSING = ("additionalProperties", "required", "properties")
_FILE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "media_type": {"type": "string"},
        "size": {"type": "integer", "description": "Bytes."},
        "content": {"type": "string", "contentEncoding": "base64"},
    },
}

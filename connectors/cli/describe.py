"""An operation in words: what it takes, where each input goes, what is looked at, and what is noted about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.components.fields import Field, Fields, Rule, object_schema
from connectors.components.template import Template
from connectors.components.where import Conditions
from connectors.engine.request import origins
from connectors.manifest.model import Action, Call, Connector, Note, Operation, Search, Trigger

FIRES = {
    "new": "when an item appears",
    "changed": "when an item's version changes",
    "new_or_changed": "when an item appears, and when its version changes",
}


def as_data(connector: Connector, operation: Operation) -> dict[str, Any]:
    """All of it as one JSON document; the input as a JSON Schema."""
    return {
        "connector": connector.connector,
        "name": operation.name,
        "kind": kind(operation),
        "title": operation.title,
        "description": operation.description,
        "docs": docs(connector, operation),
        "effect": operation.effective if isinstance(operation, Action) else "read",
        "request": str(call(connector, operation).request),
        "input": object_schema(operation.input, operation.rules),
        "goes_to": {name: destination(operation, name) for name, _ in inputs(operation.input)},
        "sample": operation.sample,
        "notes": [note.model_dump() for note in notes(connector, operation)],
    }


def kind(operation: Operation) -> str:
    """`action`, `search` or `trigger`."""
    return type(operation).__name__.lower()


def call(connector: Connector, operation: Operation) -> Call:
    """The request that it makes: its own, or its list's."""
    return operation if isinstance(operation, Call) else connector.lists[_list(operation)]


def docs(connector: Connector, operation: Operation) -> str | None:
    """Where the vendor documents it."""
    own = connector.lists[_list(operation)].docs if isinstance(operation, Search | Trigger) else None
    return operation.docs or own or connector.docs


def destination(operation: Operation, name: str) -> str:
    """Where an input goes, by its dotted name: `body text`, `path`, or what it is compared with."""
    first, *rest = name.split(".")
    if isinstance(operation, Action):
        found = [each.place for each in origins(None, operation, operation.input) if each.source == f"input: {first}"]
        return ", ".join(".".join([place, *_wire_names(operation.input[first], rest)]) for place in found)
    return ", ".join(f"compared with {path}" for path, hole in _compared(operation) if hole == first)


def from_connection(connector: Connector, operation: Operation) -> list[str]:
    """The names of the connection's values that its request holds, besides those for signing in."""
    fields = connector.connection.fields
    return list(dict.fromkeys(hole.path[0] for _, hole in call(connector, operation).holes() if hole.path[0] in fields))


def inputs(fields: Fields, prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Every input with its dotted name, parents before children."""
    for name, field in fields.items():
        yield f"{prefix}{name}", field
        yield from inputs(field.properties or {}, f"{prefix}{name}.")


def limits(field: Field) -> str:
    """Type and limits: `required text, at most 100 characters`."""
    words = [field.format or " or ".join(_TYPES[kind] for kind in field.kinds)]
    words += [f"each {limits(field.items)}"] if field.items else []
    words += _range(field.minimum, field.maximum, "")
    words += ["not empty"] if field.minLength == 1 and field.maxLength is None else _range(*_length(field))
    words += _range(field.minItems, field.maxItems, " entries")
    words += [f"matching {field.pattern}"] if field.pattern else []
    words += [f"one of {', '.join(map(str, field.enum))}"] if field.enum else []
    words += [f"default {field.default}"] if "default" in field.model_fields_set else []
    return ("required " if field.required else "") + ", ".join(words)


def choices(field: Field) -> str | None:
    """What may be chosen, or which command lists it."""
    if field.choices is None:
        return None
    fixed = (f"{value} ({title})" for value, title in (field.choices.values or {}).items())
    return ", ".join(fixed) or f"chosen from the list {field.choices.list}"


def rule(rule: Rule) -> str:
    """A rule between inputs in words."""
    if rule.required_with is not None:
        return "; ".join(f"{first} only with {', '.join(others)}" for first, others in rule.required_with.items())
    return f"{_RULES[rule.kind]} {', '.join(rule.names)}"


def conditions(conditions: Conditions) -> list[str]:
    """Conditions in words: `email equals {email}, upper and lower case alike`."""
    return [
        f"{path} {word} {_written(getattr(condition, word).root)}{_FOLDED if condition.fold else ''}"
        for path, condition in conditions.root.items()
        for word in ("equals", "contains")
        if getattr(condition, word) is not None
    ]


def notes(connector: Connector, operation: Operation) -> list[Note]:
    """What is noted about the operation, its inputs, or the list that it reads."""
    names = [operation.name, *([f"lists.{_list(operation)}"] if not isinstance(operation, Action) else [])]
    return [note for note in connector.notes if _is_about(note, names)]


_TYPES = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
_RULES = {
    "exactly_one_of": "exactly one of",
    "at_least_one_of": "at least one of",
    "conflicts_with": "at most one of",
}
_FOLDED = ", upper and lower case alike"


def _list(operation: Operation) -> str:
    return operation.list if isinstance(operation, Search) else getattr(operation, "poll", "")


def _compared(operation: Operation) -> Iterator[tuple[str, str]]:
    found: Conditions = (
        operation.match if isinstance(operation, Search) else getattr(operation, "where", Conditions({}))
    )
    for path, hole in found.holes():
        yield path[0], hole.path[0]


def _wire_names(field: Field, names: list[str]) -> Iterator[str]:
    """The names on the wire of what lies that deep in an object."""
    for name in names:
        field = (field.properties or {})[name]
        yield field.send_as or name


def _length(field: Field) -> tuple[int | None, int | None, str]:
    return field.minLength, field.maxLength, " characters"


def _range(least: float | None, most: float | None, things: str) -> list[str]:
    if least is not None and most is not None:
        return [f"{least:,} to {most:,}{things}"]
    return [
        f"{word} {count:,}{things}" for word, count in (("at least", least), ("at most", most)) if count is not None
    ]


def _written(value: Any) -> str:
    return value.text if isinstance(value, Template) else str(value)


def _is_about(note: Note, names: list[str]) -> bool:
    subjects = note.about.split(", ")
    return any(subject == name or subject.startswith(f"{name}.") for subject in subjects for name in names)

"""Inputs to begin with, made of what a form says: examples, choices, bounds."""

from __future__ import annotations

from typing import Any

from connectors.components.fields import Field, parse_text
from connectors.errors import InputError
from connectors.manifest.model import Operation

_TEXTS = {
    "date": "2026-05-04",
    "date-time": "2026-05-04T12:00:00Z",
    "time": "12:00:00Z",
    "email": "erika@example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def input_of(operation: Operation) -> dict[str, Any] | None:
    """What the operation could be given: what it needs, and what has examples. None if nothing fits by these alone."""
    given = {name: _value(field) for name, field in operation.input.items() if field.required or field.examples}
    for rule in operation.rules:
        present = [name for name in rule.names if name in given]
        if rule.kind in ("exactly_one_of", "conflicts_with"):
            given = {name: value for name, value in given.items() if name not in present[1:]}
        if rule.kind in ("exactly_one_of", "at_least_one_of") and not present:
            given[rule.names[0]] = _value(operation.input[rule.names[0]])
    try:
        operation.checker.check(given)
    except InputError:
        return None
    return given


def _value(field: Field) -> Any:
    if field.examples:
        return field.examples[0]
    if field.enum:
        return field.enum[0]
    if field.choices is not None and field.choices.values:
        return parse_text(field, next(iter(field.choices.values)))
    if field.properties is not None:
        return {name: _value(inner) for name, inner in field.properties.items() if inner.required or inner.examples}
    if field.items is not None:
        return [_value(field.items)]
    plain = {"integer": field.minimum or 1, "number": field.minimum or 1, "boolean": True, "object": {}, "array": []}
    return plain.get(field.kinds[0]) or _TEXTS.get(field.format or "") or "1".zfill(field.minLength or 1)

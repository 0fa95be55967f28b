"""Inputs to begin with, made of what a form says: examples, choices, bounds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field, parse_text
from connectors.components.patterns import validator_of
from connectors.errors import InputError
from connectors.manifest.model import Connector, Operation, Search

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


def input_of(connector: Connector, operation: Operation) -> dict[str, Any] | None:
    """What the operation could be given: what it needs, and what has examples. None if nothing fits by these alone.

    A value that has no example is what the manifest's samples have in its place: an ID is one of the list's sample.
    """
    shown = connector.sample_of(operation)
    seen: dict[str, Any] = {**shown} if isinstance(shown, dict) else {}
    value = {name: partial(_value, connector, field, seen.get(name)) for name, field in operation.input.items()}
    given = {name: value[name]() for name, field in operation.input.items() if field.required or _shown(field)}
    if not given and isinstance(operation, Search):  # by one thing: what finds everything says little
        given = {name: value[name]() for name in [name for name in operation.input if seen.get(name)][:1]}
    for rule in operation.rules:
        present = [name for name in rule.names if name in given]
        if rule.kind in ("exactly_one_of", "conflicts_with"):
            given = {name: one for name, one in given.items() if name not in present[1:]}
        if rule.kind in ("exactly_one_of", "at_least_one_of") and not present:
            given[rule.names[0]] = value[rule.names[0]]()
    try:
        operation.checker.check(given)
    except InputError:
        return None
    return given


def _shown(field: Field) -> bool:
    """Whether it has examples, all through if it is a group."""
    return bool(field.examples or (field.properties and all(map(_shown, field.properties.values()))))


def _value(connector: Connector, field: Field, seen: Any) -> Any:
    """The first that fits: of its examples, its choices, the samples; else something of its kind."""
    fits = validator_of(field.to_schema()).is_valid
    found = next((value for value in _known(connector, field, seen) if value is not None and fits(value)), MISSING)
    return _plain(connector, field) if found is MISSING else found


def _known(connector: Connector, field: Field, seen: Any) -> Iterator[Any]:
    yield from [*(field.examples or ()), field.default, *(field.enum or ())]
    if (choices := field.choices) is not None:
        yield from (parse_text(field, value) for value in choices.values or ())
        chosen = extract(connector.lists[choices.list].sample, choices.value) if choices.list else seen
        yield from (chosen, [chosen])
    yield seen


def _plain(connector: Connector, field: Field) -> Any:
    if field.properties is not None:
        needed = {name: inner for name, inner in field.properties.items() if inner.required or inner.examples}
        return {name: _value(connector, inner, None) for name, inner in needed.items()}
    if field.items is not None:
        return [_value(connector, field.items, None)]
    number = 1 if field.minimum is None else field.minimum
    plain = {"integer": number, "number": number, "boolean": True, "object": {}, "array": []}
    text = _TEXTS.get(field.format or "") or (field.title or "text")[: field.maxLength].ljust(field.minLength or 0, ".")
    return plain.get(field.kinds[0], text)

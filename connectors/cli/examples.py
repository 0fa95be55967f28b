"""Lines to copy and try: an operation of a connector that works without knowing any id, and an input for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.components.fields import Field
from connectors.errors import InputError
from connectors.manifest.model import Action, Connector, Operation, Trigger


def writing_action(connector: Connector) -> tuple[Action, dict[str, Any]] | None:
    """The first action that makes something, and an input for it."""
    for action in connector.actions.values():
        given = _input(action)
        if action.effective == "write" and given is not None:
            return action, given
    return None


def polled_trigger(connector: Connector) -> tuple[Trigger, dict[str, Any]] | None:
    """The first trigger that can be polled, and an input for it."""
    for trigger in connector.triggers.values():
        given = _input(trigger) if trigger.poll else None
        if given is not None:
            return trigger, given
    return None


def as_options(given: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The input as `name=value` texts for `-i`."""
    for name, value in given.items():
        if isinstance(value, dict):
            yield from as_options(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}={value}"


def _input(operation: Operation) -> dict[str, Any] | None:
    if any(_is_known_elsewhere(field) for field in operation.input.values() if field.required):
        return None
    given = {name: _example(field) for name, field in operation.input.items() if field.required}
    for rule in operation.rules:
        if rule.kind in ("exactly_one_of", "at_least_one_of"):
            ways = ((name, _example(operation.input[name])) for name in rule.names)
            given |= dict([next(((name, value) for name, value in ways if value), (rule.names[0], {}))])
    try:
        return operation.checker.check(given)
    except InputError:
        return None


def _is_known_elsewhere(field: Field) -> bool:
    """Whether only the vendor knows which values there are."""
    return field.format == "uuid" or (field.choices is not None and field.choices.list is not None)


def _example(field: Field) -> Any:
    if field.examples:
        return field.examples[0]
    if field.properties is not None:
        return {name: _example(inner) for name, inner in field.properties.items() if inner.required}
    options = field.enum or list((field.choices and field.choices.values) or ())
    return options[0] if options else "Example"

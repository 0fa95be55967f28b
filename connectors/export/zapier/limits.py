"""What Zapier cannot express of a connector, and what the app does instead."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.components.fields import Field, Fields
from connectors.export import Limit
from connectors.export.zapier.dropdowns import Dropdowns
from connectors.manifest.model import Action, Connector, Operation, Trigger

_HOOKED = (
    "the gridwire server watches the vendor and calls the Zap: Zapier remembers little and would lose what comes in a"
    " crowd; 'New Event in Feed' asks the server instead, every few minutes"
)
_UNSIGNED = (
    "a hook is not told the secret that events are signed with: whoever knows its address, which is secret, can call it"
)
_REPEATED = (
    "Zapier gives a step nothing that stays the same when it runs again: a step whose answer is lost halts, and Zapier"
    " does not repeat it by itself; an event that comes twice has the same Event ID, which a filter can look for"
)
_UNSEARCHED = "a dropdown goes on page by page, for Zapier passes on nothing of what is searched for"
_BY_HAND = "the vendor is told by a person where to call: the server's list of subscriptions says where"


def limits(connector: Connector) -> list[Limit]:
    """What Zapier cannot express of the connector: first what concerns all of it, then by operation."""
    return [*_general(connector), *(limit for one in connector.operations.values() for limit in _of(one))]


def _general(connector: Connector) -> Iterator[Limit]:
    yield Limit(None, "checks while typing", "the gridwire server checks inputs when a Zap runs, and names the input")
    yield Limit(None, "once only", _REPEATED)
    if connector.icon:
        yield Limit(None, "icon", "Zapier takes a picture on its website: upload it there")
    if connector.triggers:
        yield Limit(None, "polling", _HOOKED)
        yield Limit(None, "signatures", _UNSIGNED)
    if Dropdowns(connector).all:
        yield Limit(None, "searching in dropdowns", _UNSEARCHED)


def _of(operation: Operation) -> Iterator[Limit]:
    name = operation.name
    if operation.rules:
        told = "a box's help says which inputs go together; the gridwire server refuses what breaks a rule"
        yield Limit(name, "rules between inputs", told)
    if isinstance(operation, Action) and operation.effective == "destroy":
        yield Limit(name, "confirmation", "nobody is asked while a Zap runs: whoever adds the step has confirmed it")
    if isinstance(operation, Trigger) and operation.webhook and operation.webhook.setup:
        yield Limit(name, "triggers", _BY_HAND)
    for path, field, in_line in _all(operation.input):
        for feature, instead in _lacking(field, in_line):
            yield Limit(name, feature, f"'{path}' {instead}")


def _all(fields: Fields, within: str = "", in_line: bool = False) -> Iterator[tuple[str, Field, bool]]:
    """Each field with its path, and whether it is part of a line."""
    for name, field in fields.items():
        path = f"{within}{name}"
        yield path, field, in_line
        if field.properties:
            yield from _all(field.properties, f"{path}.", in_line)
        elif field.items and field.items.properties and not in_line:
            yield from _all(field.items.properties, f"{path}.", in_line=True)


def _lacking(field: Field, in_line: bool) -> Iterator[tuple[str, str]]:
    kinds = [kind for kind in field.kinds if kind != "null"]
    if kinds[:1] == ["object"] and not field.properties:
        yield "groups of any content", "is a box for JSON"
    if kinds[:1] == ["array"] and (in_line or field.items is None):
        yield "lists of any content", "is a box for JSON"
    if len(kinds) > 1:
        yield "values of several types", f"takes what its box is for, a value of the type {kinds[0]}"
    if "null" in field.kinds:
        yield "nothing, as a value", "is left out when it is empty, so it cannot be emptied at the vendor"

"""What Power Automate cannot express, and what the connector does instead."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.components.fields import Field, Fields
from connectors.export import Limit
from connectors.manifest.calls import Output
from connectors.manifest.forms import choosable
from connectors.manifest.model import Action, Connector, Operation


def limits(connector: Connector) -> list[Limit]:
    """First what concerns all of the connector, then by operation."""
    return [*_general(connector), *(limit for one in connector.operations.values() for limit in _of(one))]


def _general(connector: Connector) -> Iterator[Limit]:
    checked = "the gridwire server checks inputs when a flow runs, and names the input"
    yield Limit(None, "checks while typing", checked)
    if connector.icon:
        yield Limit(None, "icon", "Power Automate takes a PNG only: choose one when you import the connector")
    if connector.triggers:
        polled = (
            "the gridwire server watches the vendor and calls the flow: the flow needs no memory and misses nothing"
        )
        yield Limit(None, "polling", polled)
        unsigned = "Power Automate checks no signature: whoever knows the flow's address, which is secret, can call it"
        yield Limit(None, "signatures", unsigned)
    if connector.pairs:
        yield Limit(None, "search or create", "a search, a condition on its items, and a create")


def _of(operation: Operation) -> Iterator[Limit]:
    if operation.rules:
        told = "the description says which inputs go together; the gridwire server refuses what breaks a rule"
        yield Limit(operation.name, "rules between inputs", told)
    if isinstance(operation, Action) and isinstance(operation.output, Output) and operation.output.file is not None:
        yield Limit(operation.name, "files", "the content is text in base64; base64ToBinary() makes it a file")
    for path, field in choosable(operation.input):
        if field.choices is not None and field.choices.list is not None:
            first = f"'{path}' offers the first choices and no search; any other value can be typed"
            yield Limit(operation.name, "searching in dropdowns", first)
    for path, field in _all(operation.input):
        for feature, instead in _lacking(field):
            yield Limit(operation.name, feature, f"'{path}' {instead}")


def _all(fields: Fields, above: str = "") -> Iterator[tuple[str, Field]]:
    for name, field in fields.items():
        yield above + name, field
        yield from _all(field.properties or (field.items and field.items.properties) or {}, f"{above}{name}.")


def _lacking(field: Field) -> Iterator[tuple[str, str]]:
    kinds = [kind for kind in field.kinds if kind != "null"]
    chosen = field.choices or (field.items and field.items.choices)
    if kinds == ["object"] and not field.properties:
        yield "groups of any content", "is a box for JSON"
    if kinds == ["array"] and field.items is None and not chosen:
        yield "lists of any content", "is a box for JSON"
    if len(kinds) > 1:
        yield "values of several types", "takes any value"
    if "null" in field.kinds:
        yield "nothing, as a value", "is left out when it is empty; only the expression null can empty it at the vendor"
    if chosen and chosen.values and chosen.open:
        yield "values beside the listed ones", "is typed; its description names the usual values"

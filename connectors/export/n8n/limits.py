"""What n8n cannot express of a connector, and what the nodes do instead."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.components.fields import Field, Fields
from connectors.export import Limit
from connectors.export.n8n.parameters import is_any, kind_of
from connectors.export.words import label, spaced
from connectors.manifest.model import Connector, Operation

_INSTEAD = {
    "groups of any content": "a box for JSON",
    "lists of any content": "a box for JSON",
    "searching in dropdowns": "a list to pick several from shows the first 1,000 choices",
    "values beside the listed ones": "an expression gives them",
    "nothing, as a value": "the expression {{ null }} sends it, an empty box does not",
}


def limits(connector: Connector) -> list[Limit]:
    """What n8n cannot express of the connector: first what concerns all of it, then by operation."""
    operations: list[Operation] = [*connector.triggers.values(), *connector.actions.values()]
    operations += connector.searches.values()
    return [*_general(connector), *(limit for operation in operations for limit in _of(operation))]


def _general(connector: Connector) -> Iterator[Limit]:
    yield Limit(
        None, "checks while typing", "the gridwire server checks inputs when a workflow runs, and names the input"
    )
    if connector.triggers:
        polled = "the gridwire server watches the vendor and calls n8n: n8n's own polling loses items when a run fails"
        yield Limit(None, "polling", polled)
    if connector.pairs:
        yield Limit(None, "search or create", "a search with 'Always Output Data', a filter, and a create")


def _of(operation: Operation) -> Iterator[Limit]:
    if operation.rules:
        told = "a hint says which inputs go together; the gridwire server refuses what breaks a rule, and sends nothing"
        yield Limit(operation.name, "rules between inputs", told)
    found: dict[str, list[str]] = {}
    for title, field in _all(operation.input):
        for feature in _lacking(field):
            found.setdefault(feature, []).append(title)
    for feature, titles in found.items():
        yield Limit(operation.name, feature, f"{_INSTEAD[feature]}: {', '.join(titles)}")


def _all(fields: Fields, within: str = "") -> Iterator[tuple[str, Field]]:
    """Each field with its title; one in a group has the group's title before its own."""
    for name, field in fields.items():
        title = within + label(field.title or spaced(name))
        yield title, field
        inner = field.properties or (field.items.properties if field.items else None) or {}
        yield from _all(inner, f"{title} > ")


def _lacking(field: Field) -> Iterator[str]:
    kind = kind_of(field)
    if kind == "object" and not field.properties:
        yield "groups of any content"
    if kind == "array":
        yield from _lacking_in_list(field)
    if "null" in field.kinds:
        yield "nothing, as a value"


def _lacking_in_list(field: Field) -> Iterator[str]:
    choices = field.choices or (field.items.choices if field.items else None)
    if field.items is None or is_any(field.items):
        yield "lists of any content"
    elif choices is not None and choices.list is not None:
        yield "searching in dropdowns"
    elif choices is not None and choices.open:
        yield "values beside the listed ones"

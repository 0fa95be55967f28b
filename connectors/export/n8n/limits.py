"""What n8n cannot express of a connector, and what the nodes do instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.components.fields import Field, Fields
from connectors.export import Limit
from connectors.export.n8n import words
from connectors.manifest.model import Connector, Operation


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
        steps = "a search with 'Always Output Data', a filter, and a create, as in workflows/"
        yield Limit(None, "search or create", steps)


def _of(operation: Operation) -> Iterator[Limit]:
    if operation.rules:
        told = "a hint says which inputs go together; the gridwire server refuses what breaks a rule, and sends nothing"
        yield Limit(operation.name, "rules between inputs", told)
    for title, field in _all(operation.input):
        for feature, instead in _lacking(field):
            yield Limit(operation.name, feature, f"'{title}' {instead}")


def _all(fields: Fields, within: str = "") -> Iterable[tuple[str, Field]]:
    """Each field with its title, and those in groups with the title of the group before their own."""
    for name, field in fields.items():
        title = within + words.label(field.title or words.spaced(name))
        yield title, field
        inner = field.properties or (field.items.properties if field.items else None) or {}
        yield from _all(inner, f"{title} > ")


def _lacking(field: Field) -> Iterator[tuple[str, str]]:
    kinds = [kind for kind in field.kinds if kind != "null"]
    if kinds[:1] == ["object"] and not field.properties:
        yield "groups of any content", "is a box for JSON"
    if kinds[:1] == ["array"]:
        yield from _lacking_in_list(field)
    if "null" in field.kinds:
        yield (
            "nothing, as a value",
            "is left out when it is empty; the expression {{ null }} sends null",
        )


def _lacking_in_list(field: Field) -> Iterator[tuple[str, str]]:
    items = field.items
    choices = field.choices or (items.choices if items else None)
    if items is None:
        yield "lists of any content", "is a box for JSON"
    elif choices is not None and choices.list is not None:
        yield "dropdowns in lists", "is typed, each entry by its ID"
    elif choices is not None and choices.open:
        yield "values beside the listed ones", "takes those that are not listed as an expression only"

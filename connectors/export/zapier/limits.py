"""What Zapier cannot express of a connector, and what the app does instead."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.components.fields import Field, Fields
from connectors.export import Limit
from connectors.export.zapier.outputs import is_file, shown_by_items
from connectors.manifest.model import Action, Connector, Operation, Trigger

_ALL = [
    Limit(
        None,
        "signature",
        "Zapier's hooks are not told the secret that events are signed with, so they check no signature; the address of"
        " a hook is a secret of its own, and only the server knows it.",
    ),
    Limit(
        None,
        "deduplication",
        "An event may arrive twice, and Zapier lets each hook call run the Zap. Both have the same Event ID, which a"
        " filter can look for.",
    ),
    Limit(
        None,
        "idempotency",
        "Zapier gives a step nothing that stays the same when it runs again, so no Idempotency-Key is sent. Where an"
        " answer is lost the step halts, which Zapier does not repeat by itself.",
    ),
    Limit(None, "dropdown search", "A dropdown is read page by page; Zapier passes on nothing of what is searched for."),
    Limit(None, "raw requests", "Left out, as Zapier shows everybody in the team what a step can do."),
]


def limits(connector: Connector) -> list[Limit]:
    """What Zapier cannot express of the connector."""
    operations = [*connector.triggers.values(), *connector.actions.values(), *connector.searches.values()]
    return [*_ALL, *(limit for operation in operations for limit in _of(operation))]


def _of(operation: Operation) -> Iterator[Limit]:
    name = operation.name
    if nullable := [field for field, one in operation.input.items() if "null" in one.kinds]:
        yield Limit(name, "null", f"An empty box is left out, so these cannot be emptied: {', '.join(nullable)}.")
    if unknown := list(_free(operation.input)):
        yield Limit(name, "free objects", f"Given as JSON: {', '.join(unknown)}.")
    if operation.rules:
        yield Limit(name, "rules", "Said in the help of the first box; the server refuses what does not fit.")
    if isinstance(operation, Action) and operation.effective == "destroy":
        yield Limit(name, "confirmation", "Zapier asks nobody while a Zap runs: whoever adds the step has confirmed it.")
    if is_file(operation):
        yield Limit(name, "file", "Fetched once to see that it is there, and again when a later step uses it.")
    if isinstance(operation, Trigger) and not shown_by_items(operation):
        yield Limit(name, "test data", "Nothing that is there can show such an event, so a test gives an invented one.")


def _free(fields: Fields, within: str = "", lines: bool = False) -> Iterator[str]:
    """The inputs for which there are no boxes."""
    for name, field in fields.items():
        path = f"{within}{name}"
        if field.properties:
            yield from _free(field.properties, f"{path}.", lines)
        elif field.items and field.items.properties and not lines:
            yield from _free(field.items.properties, f"{path}.", lines=True)
        elif _is_free(field, lines):
            yield path


def _is_free(field: Field, lines: bool) -> bool:
    return "object" in field.kinds or ("array" in field.kinds and (lines or field.items is None))

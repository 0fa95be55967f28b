"""Where the choices of inputs come from: the connections, and what the server offers for an input."""

from __future__ import annotations

from typing import Any

from connectors.components.fields import Field
from connectors.export.power_automate.shown import Dropdown
from connectors.manifest.model import Connector, Operation

CONNECTIONS = "Gridwire_ListConnections"
CHOICES = "Gridwire_ListChoices"
PREFIX = "input."
"""What the server calls the operation's inputs by, beside its own parameters."""


def connections(connector: Connector) -> dict[str, Any]:
    """A dropdown of the accounts at this vendor."""
    return _from(CONNECTIONS, "items", "id", "name", {"connector": connector.connector}, {})


def dropdown(connector: Connector, operation: Operation, connection: str) -> Dropdown:
    """The dropdowns of an operation; `connection` says where the account is chosen, such as `body/connection`."""

    def of(path: str, field: Field) -> dict[str, Any]:
        needs = {f"{PREFIX}{name}": f"body/input/{name}" for name in needed(connector, operation, path, field)}
        fixed = {"operation": operation.name, "field": path}
        return _from(CHOICES, "choices", "value", "title", fixed, {"connection": connection, **needs})

    return of


def needed(connector: Connector, operation: Operation, path: str, field: Field) -> list[str]:
    """The operation's other inputs that the choices depend on."""
    choices = field.choices
    if choices is None or choices.list is None:
        return []
    named = [hole.path[0] for _, hole in choices.with_.holes()] if choices.with_ is not None else []
    read = connector.inputs_of(connector.lists[choices.list]).items()
    wanted = dict.fromkeys([*named, *(name for name, one in read if one.required)])
    return [name for name in wanted if name in operation.input and name != path.partition(".")[0]]


def _from(
    operation: str, items: str, value: str, title: str, fixed: dict[str, str], needs: dict[str, str]
) -> dict[str, Any]:
    """Both ways in which Microsoft writes this down; `needs` are other inputs, by the parameter that takes them."""
    return {
        "x-ms-dynamic-values": {
            "operationId": operation,
            "value-collection": items,
            "value-path": value,
            "value-title": title,
            "parameters": {**fixed, **{name: {"parameter": at.rpartition("/")[2]} for name, at in needs.items()}},
        },
        "x-ms-dynamic-list": {
            "operationId": operation,
            "itemsPath": items,
            "itemValuePath": value,
            "itemTitlePath": title,
            "parameters": {
                **{name: {"value": said} for name, said in fixed.items()},
                **{name: {"parameterReference": at} for name, at in needs.items()},
            },
        },
    }

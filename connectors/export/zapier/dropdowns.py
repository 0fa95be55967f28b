"""Dropdowns that the server fills. For Zapier each is a hidden trigger, shared by all inputs with the same choices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors.components.choices import Choices
from connectors.components.fields import Fields
from connectors.export.words import distinct
from connectors.export.zapier.keys import keys_of_boxes, keys_of_operations
from connectors.manifest.model import Connector, Operation, Trigger

PREFIX = "gridwire_"
"""What the keys of the app's own triggers begin with; no manifest's names do."""

FEED, FEEDS = f"{PREFIX}feed_event", f"{PREFIX}feeds"

_IDS = (("id",), ("uuid",))


class Dropdown(NamedTuple):
    """A dropdown, and one of the inputs that have it."""

    key: str
    choices: Choices
    operation: str
    field: str
    needs: list[str]
    """Inputs that have to be given before there are choices."""

    @property
    def trigger(self) -> dict[str, Any]:
        """The hidden trigger that fills it."""
        asked = ", ".join(json.dumps(one) for one in (self.operation, self.field, self.needs))
        return hidden(self.key, f"z.gridwire.choices({asked})", paged=True)


def hidden(key: str, call: str, *, paged: bool = False) -> dict[str, Any]:
    """A trigger that nobody sees and that fills a dropdown by that call."""
    operation: dict[str, Any] = {"type": "polling", "perform": {"source": f"return {call};"}}
    words = {"label": "Choices of a Dropdown", "description": "Fills a dropdown.", "hidden": True}
    operation |= {"canPaginate": True} if paged else {}
    return {"key": key, "noun": "Choice", "display": words, "operation": operation}


class Dropdowns:
    """All dropdowns of a connector that are filled from the vendor's lists."""

    def __init__(self, connector: Connector) -> None:
        keys = keys_of_operations(connector)
        self._searches = {search.list: keys[name] for name, search in reversed(connector.searches.items())}
        self.all: list[Dropdown] = []
        for operation in connector.operations.values():
            for path, choices in _listed(operation.input, ()):
                if self._known(choices) is None:
                    self.all.append(self._dropdown(operation, path, choices))

    def box(self, choices: Choices, operation: Operation) -> dict[str, Any]:
        """What a box says that has these choices: where they come from, and which search finds one of them.

        A search gives the ID of what it found; Zapier has no search in a trigger.
        """
        known = self._known(choices)
        assert known is not None, "every choice of the connector is known"
        search, keys = self._searches.get(choices.list or ""), keys_of_boxes(operation)
        is_found = search and choices.value in _IDS and not isinstance(operation, Trigger)
        return {
            "dynamic": f"{known.key}.id.title",
            "dependsOn": ["connection", *(keys[(need,)] for need in known.needs if (need,) in keys)],
            **({"search": f"{search}.{choices.value[0]}"} if is_found else {}),
        }

    def _known(self, choices: Choices) -> Dropdown | None:
        return next((one for one in self.all if one.choices == choices), None)

    def _dropdown(self, operation: Operation, path: tuple[str, ...], choices: Choices) -> Dropdown:
        name = PREFIX + "_".join((choices.list or "", *choices.value))
        key = distinct({name: name}, taken=[FEED, FEEDS, *(one.key for one in self.all)])[name]
        needs = [] if choices.with_ is None else [hole.path[0] for _, hole in choices.with_.holes()]
        needs = list(dict.fromkeys(need for need in needs if need in operation.input))
        return Dropdown(key, choices, operation.name, ".".join(path), needs)


def _listed(fields: Fields, within: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Choices]]:
    """Every input, at any depth, whose choices come from a list."""
    for name, field in fields.items():
        path = (*within, name)
        for one in filter(None, (field, field.items)):
            if one.choices is not None and one.choices.list is not None:
                yield path, one.choices
            yield from _listed(one.properties or {}, path)

"""`gridwire run --unless-found`: what creates is run only where the search that it is paired with finds nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Door
from connectors.errors import InputError

if TYPE_CHECKING:
    from connectors.manifest.model import Action, Connector, Search


@dataclass(frozen=True)
class Unless:
    """What is looked for before an action creates it."""

    action: Action
    search: Search
    names: tuple[str, ...]
    """The inputs that both have and that are looked for."""

    def wanted(self, given: dict[str, Any]) -> dict[str, Any]:
        """The input of the search. Raises InputError if the action's input is wrong, or has nothing to look for."""
        checked = self.action.checker.check(given)
        for name in self.names:
            if checked.get(name) in (None, ""):
                message = f"'{name}' is not given, so it is not known whether it is there already"
                raise InputError(
                    message, field=name, remedy="Nothing was sent for it. Give it, or look by another input."
                )
        return {name: checked[name] for name in self.names}

    def found(self, door: Door, given: dict[str, Any]) -> dict[str, Any] | None:
        """What is there already, the first of it. Raises InputError, VendorError."""
        wanted = self.wanted(given)
        items = door.ask(lambda vendor: vendor.search(self.search.name, wanted, limit=1))
        if items:
            click.echo(f"{self.search.name} found it, so {self.action.name} was not run.", err=True)
        return items[0] if items else None


def unless_found(connector: Connector, operation: Action | Search, names: tuple[str, ...]) -> Unless | None:
    """What the inputs of these names are looked for with; None if none are named. Raises InputError."""
    from connectors.manifest.model import Action

    if not names:
        return None
    search = next((search for search, action in connector.pairs.items() if action == operation.name), None)
    if search is None or not isinstance(operation, Action):
        pairs = ", ".join(f"{action} ({search})" for search, action in connector.pairs.items()) or "none"
        message = f"--unless-found is for actions that have a search of their own, and {operation.name} has none"
        raise InputError(message, remedy=f"In {connector.connector} there are: {pairs}.")
    found = connector.searches[search]
    both = [name for name in operation.input if name in found.input]
    for name in names:
        if name not in both:
            message = f"{search} cannot look for '{name}'"
            raise InputError(
                message, field=name, remedy=f"It can look for {', '.join(both) or 'nothing'} that is given."
            )
    return Unless(operation, found, names)

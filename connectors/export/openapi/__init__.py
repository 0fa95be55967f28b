"""OpenAPI 3.1 of one connector over a gridwire server, for clients, code generators and API tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from string import Template

from connectors.export import Limit
from connectors.export.openapi.document import document
from connectors.manifest.forms import choosable
from connectors.manifest.model import Connector


def package(connector: Connector, icon: str | None = None) -> dict[str, str]:
    """The document and how to use it. `icon` has no place in it."""
    readme = (files(__name__) / "README.md").read_text(encoding="utf-8")
    words = {"title": connector.title, "name": connector.connector, "version": connector.version}
    return {
        "openapi.json": json.dumps(document(connector), indent=2, ensure_ascii=False) + "\n",
        "README.md": Template(readme).substitute(words),
    }


def limits(connector: Connector) -> list[Limit]:
    """What OpenAPI cannot express of the connector."""
    return [*_general(connector), *_dropdowns(connector)]


def _general(connector: Connector) -> Iterator[Limit]:
    if connector.icon:
        yield Limit(None, "icon", "OpenAPI has no place for one")
    if connector.pairs:
        yield Limit(None, "search or create", "a search and an action, which a program puts together")


def _dropdowns(connector: Connector) -> Iterator[Limit]:
    for name, operation in connector.operations.items():
        for path, field in choosable(operation.input):
            if field.choices is not None and field.choices.list is not None:
                yield Limit(
                    name, "dropdowns", f"'{path}' is offered by the operation `gridwire.choices`, which lists it"
                )

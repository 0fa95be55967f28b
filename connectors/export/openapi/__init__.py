"""OpenAPI 3.1 of one connector over a gridwire server, for clients, code generators and API tools."""

from __future__ import annotations

import json
from importlib.resources import files
from string import Template

from connectors.export import Limit
from connectors.export.openapi.document import document
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
    dependent = [
        (name, field)
        for name, operation in connector.operations.items()
        for field, one in operation.input.items()
        if one.choices is not None and one.choices.list is not None
    ]
    return [
        Limit(name, "dropdowns", f"ask /choices for '{field}'; no word of OpenAPI says so") for name, field in dependent
    ]

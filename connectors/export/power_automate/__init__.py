"""A custom connector for Power Automate, Power Apps and Logic Apps, as the files that Microsoft's tools import."""

from __future__ import annotations

import json
from importlib.resources import files
from string import Template
from typing import Any

from connectors.export.power_automate.definition import definition
from connectors.export.power_automate.limits import limits
from connectors.export.power_automate.properties import properties
from connectors.manifest.model import Connector

__all__ = ["limits", "package"]


def package(connector: Connector, icon: str | None = None) -> dict[str, str]:
    """The connector's files. `icon` is left out: Microsoft takes a PNG only."""
    readme = (files(__name__) / "README.md").read_text(encoding="utf-8")
    words = {"title": connector.title, "name": connector.connector, "version": connector.version}
    return {
        "apiDefinition.swagger.json": _json(definition(connector)),
        "apiProperties.json": _json(properties(connector)),
        "README.md": Template(readme).substitute(words),
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

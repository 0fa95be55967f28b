"""A Zapier app for one connector: a definition in JSON whose steps run on a gridwire server.

The code in it is the same for every connector (`runtime/`) and stands in the definition once, as what Zapier runs
before each call; what differs is the rest of the definition. Zapier's own command line tool takes it as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from string import Template
from typing import Any

from connectors.export.words import label
from connectors.export.zapier.definition import PLATFORM, definition
from connectors.export.zapier.limits import limits
from connectors.manifest.model import Connector, Operation

__all__ = ["limits", "package"]


def package(connector: Connector, icon: str | None = None) -> dict[str, str]:
    """The app's files: relative path to text. Zapier takes an icon on its website alone, as a picture."""
    return {
        "app.json": _json(definition(connector)),
        "index.js": "module.exports = require('./app.json');\n",
        ".gitignore": "build/\nnode_modules/\n",
        "package.json": _json(_package_json(connector)),
        "README.md": Template(_read("README.md")).substitute(_readme_words(connector)),
    }


def _package_json(connector: Connector) -> dict[str, Any]:
    return {
        "name": f"{connector.connector.replace('_', '-')}-zapier",
        "version": connector.version,
        "description": f"{connector.title} in Zapier, through a gridwire server",
        "license": "MIT",
        "private": True,
        "main": "index.js",
        "engines": {"node": ">=22"},
        "scripts": {"push": "zapier-platform push --disable-dependency-detection"},
        "dependencies": {"zapier-platform-core": PLATFORM},
    }


def _readme_words(connector: Connector) -> dict[str, str]:
    read = [action for action in connector.actions.values() if action.effective == "read"]
    done = [action for action in connector.actions.values() if action.effective != "read"]
    return {
        "title": connector.title,
        "version": connector.version,
        "triggers": _listed(connector.triggers.values()),
        "actions": _listed(done),
        "searches": _listed([*connector.searches.values(), *read]),
        "limits": "\n".join(
            f"- {limit.feature}: {limit.instead}." for limit in limits(connector) if limit.operation is None
        ),
        "name": connector.connector,
    }


def _listed(operations: Iterable[Operation]) -> str:
    lines = [f"- **{label(one.title)}**: {' '.join(one.description.split())}" for one in operations]
    return "\n".join(lines) or "- none"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _read(name: str) -> str:
    return (files(__name__) / "runtime" / name).read_text(encoding="utf-8")

"""An n8n community package for one connector: a node whose operations run on a gridwire server.

The node's code is the same for every connector (`runtime/`); what differs is its description, `connector.ts`. Sources
and built files are both written, so that neither the export nor who installs it needs Node; the built files are exactly
what n8n's own `n8n-node build` makes of the sources.
"""

from __future__ import annotations

import json
from importlib.resources import files
from string import Template
from typing import Any

from connectors.export import Limit
from connectors.export.n8n import words
from connectors.export.n8n.icons import icons
from connectors.export.n8n.literal import literal, text
from connectors.export.n8n.node import paths, properties
from connectors.manifest.model import Action, Connector, Search

_HOME = "https://gridwire.example"
_PARTS = {
    "run": "nodes/gridwire",
    "input": "nodes/gridwire",
    "server": "nodes/gridwire",
    "GridwireApi.credentials": "credentials",
}
_PLAIN = ("LICENSE.md", "eslint.config.mjs", "tsconfig.json")


def package(connector: Connector, icon: str | None = None) -> dict[str, str]:
    """The package's files: relative path to text. `icon` is the connector's own, as SVG; without it, a monogram."""
    drawn = {**icons("gridwire", "Gridwire"), **icons(connector.connector, connector.title, icon)}
    return {
        "package.json": json.dumps(_package_json(connector), indent=2, ensure_ascii=False) + "\n",
        "README.md": Template(_read("README.md")).substitute(_readme_words(connector)),
        **{name: _read(name) for name in _PLAIN},
        **{f"{folder}icons/{name}": svg for folder in ("", "dist/") for name, svg in drawn.items()},
        **_code(connector, "", "ts", tab="\t"),
        **_code(connector, "dist/", "js", tab="    "),
    }


def limits(connector: Connector) -> list[Limit]:
    """What n8n cannot express of the connector."""
    return []


def _code(connector: Connector, root: str, ending: str, *, tab: str) -> dict[str, str]:
    name = _class_name(connector)
    described = {"name": connector.connector, "operations": paths(connector), "properties": properties(connector)}
    description = _read(f"connector.{ending}").replace("{}", literal(described, tab=tab))
    node = {
        "Class": name,
        "name": words.camel(connector.connector),
        "icon": connector.connector,
        "title": text(connector.title),
        "description": text(words.help_text(connector.description, title="") or connector.title),
    }
    return {
        **{f"{root}{folder}/{part}.{ending}": _read(f"{part}.{ending}") for part, folder in _PARTS.items()},
        f"{root}nodes/{name}/{name}.node.{ending}": Template(_read(f"Vendor.node.{ending}")).substitute(node),
        f"{root}nodes/{name}/connector.{ending}": description,
    }


def _package_json(connector: Connector) -> dict[str, Any]:
    name = _class_name(connector)
    package_name = _package_name(connector)
    return {
        "name": package_name,
        "version": connector.version,
        "description": f"{connector.title} in n8n, through a gridwire server",
        "license": "MIT",
        "keywords": ["n8n-community-node-package", "gridwire", connector.connector],
        "homepage": connector.docs or _HOME,
        "author": {"name": "gridwire contributors", "email": "contributors@gridwire.example"},
        "repository": {"type": "git", "url": f"git+{_HOME}/{package_name}.git"},
        "files": ["dist"],
        "scripts": {"build": "n8n-node build", "lint": "n8n-node lint"},
        "n8n": {
            "n8nNodesApiVersion": 1,
            "strict": True,
            "credentials": ["dist/credentials/GridwireApi.credentials.js"],
            "nodes": [f"dist/nodes/{name}/{name}.node.js"],
        },
        "devDependencies": {"@n8n/node-cli": "0.48.3", "eslint": "9.29.0", "typescript": "5.8.3"},
        "peerDependencies": {"n8n-workflow": "*"},
    }


def _readme_words(connector: Connector) -> dict[str, str]:
    operations: list[Action | Search] = [*connector.actions.values(), *connector.searches.values()]
    listed = "\n".join(f"- **{operation.title}**: {operation.description}" for operation in operations)
    return {"title": connector.title, "package": _package_name(connector), "operations": listed}


def _package_name(connector: Connector) -> str:
    return f"n8n-nodes-gridwire-{connector.connector.replace('_', '-')}"


def _class_name(connector: Connector) -> str:
    return "".join(word.capitalize() for word in connector.connector.split("_"))


def _read(name: str) -> str:
    return (files(__name__) / "runtime" / name).read_text(encoding="utf-8")

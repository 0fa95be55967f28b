"""An n8n community package for one connector: a node that acts and one that triggers, through a gridwire server.

The code of the nodes is the same for every connector (`runtime/`); what differs are their descriptions, `connector.ts`.
Sources and built files are both written, so that neither the export nor who installs it needs Node; the built files are
exactly what n8n's own `n8n-node build` makes of the sources.
"""

from __future__ import annotations

import json
from importlib.resources import files
from string import Template
from typing import Any, NamedTuple

from connectors.export.n8n import node, trigger, words
from connectors.export.n8n.icons import icons
from connectors.export.n8n.limits import limits
from connectors.export.n8n.literal import literal, text
from connectors.export.n8n.parameters import Parameter
from connectors.export.words import pascal
from connectors.manifest.model import Connector, Operation

__all__ = ["limits", "package"]

_HOME = "https://gridwire.example"
_PARTS = {
    **dict.fromkeys(("choices", "input", "run", "server", "trigger"), "nodes/gridwire"),
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


class _Node(NamedTuple):
    """A node of the package; `template` is the name of its source in `runtime/`."""

    template: str
    name: str
    title: str
    description: str
    operations: dict[str, dict[str, str]]
    properties: list[Parameter]


def _nodes(connector: Connector) -> list[_Node]:
    """The node that acts, if it has anything to do, and the one that triggers, if there are triggers."""
    title, name = connector.title, connector.connector
    does, starts = (
        words.help_text(connector.description, title="") or title,
        f"Starts when something happens in {title}",
    )
    found: list[_Node] = []
    if connector.actions or connector.searches:
        does = words.help_text(connector.description, title="") or title
        found.append(_Node("Vendor", name, title, does, node.paths(connector), node.properties(connector)))
    if connector.triggers:
        starts = words.help_text(f"Starts the workflow when something happens in {title}", title="") or title
        properties = trigger.properties(connector)
        found.append(_Node("VendorTrigger", f"{name}_trigger", f"{title} Trigger", starts, {}, properties))
    return found


def _code(connector: Connector, root: str, ending: str, *, tab: str) -> dict[str, str]:
    parts = {f"{root}{folder}/{part}.{ending}": _read(f"{part}.{ending}") for part, folder in _PARTS.items()}
    for one in _nodes(connector):
        folder = f"{root}nodes/{pascal(one.name)}"
        described = {"name": connector.connector, "operations": one.operations, "properties": one.properties}
        filled = {
            "Class": pascal(one.name),
            "name": words.camel(one.name),
            "icon": connector.connector,
            "title": text(one.title),
            "description": text(one.description),
        }
        source = Template(_read(f"{one.template}.node.{ending}")).substitute(filled)
        parts[f"{folder}/{pascal(one.name)}.node.{ending}"] = source
        parts[f"{folder}/connector.{ending}"] = _read(f"connector.{ending}").replace("{}", literal(described, tab=tab))
    return parts


def _package_json(connector: Connector) -> dict[str, Any]:
    names = [pascal(one.name) for one in _nodes(connector)]
    package_name = _package_name(connector)
    return {
        "name": package_name,
        "version": connector.version,
        "description": f"{connector.title} in n8n, through a gridwire server",
        "license": "MIT",
        "keywords": ["n8n-community-node-package", "gridwire", connector.connector],
        "homepage": _HOME,
        "author": {"name": "gridwire contributors", "email": "contributors@gridwire.example"},
        "repository": {"type": "git", "url": f"git+{_HOME}/{package_name}.git"},
        "files": ["dist", "workflows"],
        "scripts": {"build": "n8n-node build", "lint": "n8n-node lint"},
        "n8n": {
            "n8nNodesApiVersion": 1,
            "strict": True,
            "credentials": ["dist/credentials/GridwireApi.credentials.js"],
            "nodes": [f"dist/nodes/{name}/{name}.node.js" for name in names],
        },
        "devDependencies": {"@n8n/node-cli": "0.48.3", "eslint": "9.29.0", "typescript": "5.8.3"},
        "peerDependencies": {"n8n-workflow": "*"},
    }


def _readme_words(connector: Connector) -> dict[str, str]:
    return {
        "title": connector.title,
        "name": connector.connector,
        "package": _package_name(connector),
        "triggers": _listed([*connector.triggers.values()]),
        "operations": _listed([*connector.actions.values(), *connector.searches.values()]),
    }


def _listed(operations: list[Operation]) -> str:
    return "\n".join(f"- **{one.title}**: {one.description}" for one in operations) or "Nothing."


def _package_name(connector: Connector) -> str:
    return f"n8n-nodes-gridwire-{connector.connector.replace('_', '-')}"


def _read(name: str) -> str:
    return (files(__name__) / "runtime" / name).read_text(encoding="utf-8")

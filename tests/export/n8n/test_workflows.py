"""The workflows that go into packages fit what the packages hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.export.n8n import node, trigger
from connectors.manifest.catalog import Catalog, bundled

CATALOG = Catalog([bundled()])
FOLDER = bundled() / "workflows" / "n8n"
FILES = sorted(FOLDER.glob("*/*.json"))


def nodes(file: Path) -> list[tuple[str, str, Any]]:
    """Connector, name and parameters of each node that is one of ours."""
    flow = json.loads(file.read_text(encoding="utf-8"))
    ours = (one for one in flow["nodes"] if one["type"].startswith("n8n-nodes-gridwire-"))
    return [
        (one["type"].split(".")[0].removeprefix("n8n-nodes-gridwire-"), one["type"].split(".")[1], one["parameters"])
        for one in ours
    ]


def shown(connector: str, name: str, chosen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The parameters that n8n shows for what is chosen, by name."""
    loaded = CATALOG.load(connector)
    properties = trigger.properties(loaded) if name.endswith("Trigger") else node.properties(loaded)
    return {
        one["name"]: one
        for one in properties
        if all(chosen.get(by) in values for by, values in one.get("displayOptions", {}).get("show", {}).items())
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_lies_with_the_vendor_that_it_begins_with(file: Path) -> None:
    (first,) = [connector for connector, name, _ in nodes(file) if name.endswith("Trigger")]
    assert file.parent.name == first


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_workflow_gives_what_the_nodes_ask_for(file: Path) -> None:
    for connector, name, given in nodes(file):
        parameters = shown(connector, name, given)
        assert given.keys() <= parameters.keys()
        assert {name for name, one in parameters.items() if one.get("required")} <= given.keys()
        optional = {one["name"] for one in parameters.get("additionalFields", {}).get("options", [])}
        assert given.get("additionalFields", {}).keys() <= optional
        chosen = [(parameters[name], given[name]) for name in ("event", "resource", "operation") if name in given]
        assert all(value in [option["value"] for option in one["options"]] for one, value in chosen)


def test_there_are_workflows() -> None:
    assert [file.stem for file in FILES] == ["project-updated-to-reonic", "offer-signed-to-autarc"]

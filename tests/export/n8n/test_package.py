from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from connectors.export.n8n import package
from connectors.manifest.catalog import load

if TYPE_CHECKING:
    from connectors.manifest.model import Connector

REONIC = Path(__file__).parents[3] / "manifests" / "reonic.yaml"


def test_the_package_holds_sources_and_what_is_built_from_them(acme: Connector) -> None:
    files = package(acme)
    sources = {path for path in files if path.endswith(".ts")}
    assert sources == {
        "credentials/GridwireApi.credentials.ts",
        "nodes/AcmeSolar/AcmeSolar.node.ts",
        "nodes/AcmeSolar/connector.ts",
        "nodes/AcmeSolarTrigger/AcmeSolarTrigger.node.ts",
        "nodes/AcmeSolarTrigger/connector.ts",
        "nodes/gridwire/choices.ts",
        "nodes/gridwire/input.ts",
        "nodes/gridwire/run.ts",
        "nodes/gridwire/server.ts",
        "nodes/gridwire/trigger.ts",
    }
    built = {path for path in files if path.endswith(".js")}
    assert built == {f"dist/{path.removesuffix('.ts')}.js" for path in sources}


def test_n8n_finds_what_package_json_names(acme: Connector) -> None:
    files = package(acme)
    described = json.loads(files["package.json"])
    assert described["name"] == "n8n-nodes-gridwire-acme-solar"
    assert described["version"] == acme.version
    assert len(described["n8n"]["nodes"]) == 2
    assert {*described["n8n"]["nodes"], *described["n8n"]["credentials"]} <= set(files)


@pytest.mark.parametrize(("without", "left"), [("triggers", "AcmeSolar"), ("actions searches", "AcmeSolarTrigger")])
def test_there_is_no_node_with_nothing_in_it(acme: Connector, without: str, left: str) -> None:
    files = package(acme.model_copy(update={kind: {} for kind in without.split()}))
    assert json.loads(files["package.json"])["n8n"]["nodes"] == [f"dist/nodes/{left}/{left}.node.js"]
    assert {path.split("/")[1] for path in files if path.startswith("nodes/")} == {left, "gridwire"}


def test_connectors_differ_only_in_words_and_description(acme: Connector) -> None:
    ours, theirs = package(acme), package(load(REONIC))
    same = {path for path in ours.keys() & theirs.keys() if ours[path] == theirs[path]}
    assert ours.keys() & theirs.keys() - same == {"package.json", "README.md"}
    node, other = ours["nodes/AcmeSolar/AcmeSolar.node.ts"], theirs["nodes/Reonic/Reonic.node.ts"]
    assert node.replace("AcmeSolar", "Reonic").count("\n") == other.count("\n")


def test_the_node_bears_the_vendors_name(acme: Connector) -> None:
    node = package(acme)["dist/nodes/AcmeSolar/AcmeSolar.node.js"]
    assert "class AcmeSolar {" in node
    assert "displayName: 'Acme Solar',\n        name: 'acmeSolar'," in node
    assert "description: 'Plans &amp; offers of Acme'," in node
    assert "icon: { light: 'file:../../icons/acme_solar.svg'" in node
    trigger = package(acme)["dist/nodes/AcmeSolarTrigger/AcmeSolarTrigger.node.js"]
    assert "displayName: 'Acme Solar Trigger',\n        name: 'acmeSolarTrigger'," in trigger


def test_an_icon_of_its_own_replaces_the_monogram(acme: Connector) -> None:
    assert ">A</text>" in package(acme)["dist/icons/acme_solar.svg"]
    assert package(acme, "<svg/>")["icons/acme_solar.dark.svg"] == "<svg/>"


def test_the_readme_lists_the_operations(acme: Connector) -> None:
    readme = package(acme)["README.md"]
    assert readme.startswith("# Acme Solar for n8n\n")
    assert "- **Find user**: Finds users by email.\n" in readme
    assert "- **New user**: Triggers when a user appears.\n" in readme


def test_two_exports_are_alike_byte_for_byte() -> None:
    script = (
        "import sys; from pathlib import Path; from connectors.export.n8n import package;"
        "from connectors.manifest.catalog import load; print(package(load(Path(sys.argv[1]))))"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", script, str(REONIC)], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        for seed in ("1", "2")
    ]
    assert made[0].stdout == made[1].stdout

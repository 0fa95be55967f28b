from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.export.zapier import limits, package
from connectors.export.zapier.definition import definition, runtime
from connectors.manifest.catalog import load

if TYPE_CHECKING:
    from connectors.manifest.model import Connector

REONIC = Path(__file__).parents[3] / "manifests" / "reonic.yaml"


def test_the_package_is_what_zapiers_tool_pushes(acme: Connector) -> None:
    files = package(acme)
    assert files.keys() == {"app.json", "index.js", "package.json", "README.md", ".gitignore"}
    assert files["index.js"] == "module.exports = require('./app.json');\n"
    described = json.loads(files["package.json"])
    assert (described["main"], described["dependencies"]) == ("index.js", {"zapier-platform-core": "19.1.0"})


def test_its_version_is_the_manifests(acme: Connector) -> None:
    files = package(acme)
    assert {json.loads(files[name])["version"] for name in ("app.json", "package.json")} == {acme.version}


def test_connectors_differ_in_name_and_description_only(acme: Connector) -> None:
    ours, theirs = (runtime(connector).partition("\n") for connector in (acme, load(REONIC)))
    assert ours[2] == theirs[2]
    assert ours[0] == 'const connector = {"name": "acme_solar", "title": "Acme Solar"};'


def test_what_reads_is_a_search(acme: Connector) -> None:
    app = definition(acme)
    assert [*app["searches"]] == ["find_user", "find_room", "get_drawing", "get_user"]
    assert [*app["creates"]] == ["create_plan", "delete_plan"]
    assert app["creates"]["delete_plan"]["operation"]["perform"]["source"].endswith(", { confirm: true });")


def test_a_noun_is_no_single_letter(acme_with_a_letter: Connector) -> None:
    app = definition(acme_with_a_letter)
    assert app["creates"]["add_x"]["noun"] == "Add an X"


def test_a_pair_is_a_search_or_create(acme: Connector) -> None:
    pair = definition(acme)["searchOrCreates"]["find_room"]
    assert (pair["search"], pair["create"]) == ("find_room", "create_plan")
    assert pair["display"]["label"] == "Find or Create Plan"


def test_real_items_are_shown_where_there_can_be_some(acme: Connector) -> None:
    triggers = definition(acme)["triggers"]
    calls = [triggers[name]["operation"]["performList"]["source"] for name in ("new_user", "user_renamed")]
    assert ["polls: true" in call for call in calls] == [True, False]


def test_a_zap_of_one_version_runs_on_the_next(acme: Connector, acme_with_a_field: Connector) -> None:
    """What a Zap has kept, keys and values, means the same where an input was added."""
    before, after = definition(acme), definition(acme_with_a_field)
    added = [box for box in _boxes(after) if box not in _boxes(before)]
    assert [box["key"] for box in added] == ["colour"]
    assert not added[0]["required"]
    assert [box for box in _boxes(after) if box not in added] == _boxes(before)
    assert after["triggers"] == before["triggers"]
    assert (
        after["creates"]["create_plan"]["operation"]["perform"]
        == before["creates"]["create_plan"]["operation"]["perform"]
    )


def _boxes(app: dict[str, Any]) -> list[dict[str, Any]]:
    return app["creates"]["create_plan"]["operation"]["inputFields"][1:]


def test_the_readme_lists_what_there_is_and_what_cannot_be(acme: Connector) -> None:
    readme = package(acme)["README.md"]
    assert readme.startswith("# Acme Solar for Zapier\n")
    assert "- **Find User**: Finds users by email.\n" in readme
    assert "- checks while typing: the gridwire server checks inputs" in readme


def test_limits_say_what_is_done_instead(acme: Connector) -> None:
    found = [(limit.operation, limit.feature) for limit in limits(acme)]
    general = ("checks while typing", "once only", "polling", "signatures", "searching in dropdowns")
    assert found == [
        *((None, feature) for feature in general),
        ("create_plan", "rules between inputs"),
        ("create_plan", "lists of any content"),
        ("create_plan", "groups of any content"),
        ("create_plan", "nothing, as a value"),
        ("delete_plan", "confirmation"),
    ]
    assert limits(acme)[6].instead == "'lines.parts' is a box for JSON"


def test_two_exports_are_alike_byte_for_byte() -> None:
    script = (
        "import sys; from pathlib import Path; from connectors.export.zapier import package;"
        "from connectors.manifest.catalog import load; print(package(load(Path(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", script, str(REONIC.with_name("opensolar.yaml"))]
    made = [
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True) for seed in ("1", "2")
    ]
    assert made[0].stdout == made[1].stdout

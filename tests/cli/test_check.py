from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.manifest.catalog import bundled

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken(acme, tmp_path):
    file = tmp_path / "acme.yaml"
    file.write_text(Path(acme).read_text().replace("/shops/{shop}/orders", "/shops/{shopp}/orders"))
    return file


def test_all_manifests_are_right(gridwire):
    done = gridwire("check")

    number = len([*bundled().glob("*.yaml")])
    assert (done.exit_code, done.stdout) == (0, f"{number} manifests checked, no problem found.\n")


@pytest.mark.parametrize("name", ["acme", "file", "folder"])
def test_every_problem_has_its_place_and_what_to_do(gridwire, broken, name):
    path = {"acme": "acme", "file": broken, "folder": broken.parent}[name]

    done = gridwire("check", path, "--manifests", broken.parent)

    assert done.exit_code == 2
    assert f"--> {broken}:15:" in done.stdout
    assert done.stdout.count("did you mean 'shop'?") == 2
    assert done.stdout.endswith("2 problems in 1 manifest. Correct the lines shown, then check again.\n")


def test_problems_as_json(gridwire, broken, acme):
    [first, _] = json.loads(gridwire("check", acme, broken, "--json").stdout)["problems"]

    assert (first["rule"], first["file"], first["line"]) == ("unknown-name", str(broken), 15)
    assert json.loads(gridwire("check", acme, "--json").stdout) == {"problems": []}


def test_a_folder_without_manifests_is_wrong_use(gridwire, tmp_path):
    done = gridwire("check", tmp_path)

    assert done.exit_code == 2
    assert "holds no manifests" in done.stderr


def test_the_committed_schema_is_the_one_of_the_model(gridwire):
    assert (ROOT / "manifests" / "schema.json").read_text() == gridwire("schema").stdout, "run `make schema`"


@pytest.fixture
def newer(acme, tmp_path):
    """A folder with Acme as it is and as it becomes: one input has gone, and one has come."""
    for folder, name in {"old": "deep", "new": "high"}.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "acme.yaml").write_text(Path(acme).read_text().replace("deep: {", f"{name}: {{"))
    return tmp_path


@pytest.mark.parametrize("old", ["old", "old/acme.yaml"])
def test_against_an_old_manifest_what_breaks_is_listed_and_what_is_new(gridwire, newer, old):
    done = gridwire("check", newer / "new", "--against", newer / old)

    assert done.exit_code == 1
    assert "error[gone]: the input 'size.deep' of 'create_order' is gone" in done.stdout
    assert f"--> {newer}/new/acme.yaml:" in done.stdout
    assert "note: acme: 'create_order' takes the input 'size.high' in addition\n" in done.stdout
    assert done.stdout.endswith(f"Compared with {newer / old}: 2 changes break what users have.\n")


def test_against_itself_nothing_breaks(gridwire, newer):
    done = gridwire("check", newer / "new", "--against", newer / "new")

    assert (done.exit_code, done.stdout) == (0, f"Compared with {newer / 'new'}: nothing breaks.\n")


def test_against_as_json(gridwire, newer):
    done = gridwire("check", newer / "new/acme.yaml", "--against", newer / "old", "--json")

    found = json.loads(done.stdout)
    assert (done.exit_code, [problem["rule"] for problem in found["problems"]]) == (1, ["version", "gone"])
    assert found["notes"] == ["acme: 'create_order' takes the input 'size.high' in addition"]


def test_a_connector_that_is_gone_breaks(gridwire, newer, acme):
    text = Path(acme).read_text().replace("connector: acme", "connector: beta")
    (newer / "old" / "beta.yaml").write_text(text)

    assert "the connector 'beta' is gone" in gridwire("check", newer / "new", "--against", newer / "old").stdout
    assert "beta" not in gridwire("check", newer / "new/acme.yaml", "--against", newer / "old").stdout
    assert "the connector 'beta' is new" in gridwire("check", newer / "old", "--against", newer / "new").stdout


def test_a_folder_is_checked_with_its_files_that_end_in_yml(gridwire, acme, tmp_path):
    (tmp_path / "acme.yml").write_text(Path(acme).read_text())

    assert gridwire("check", tmp_path).exit_code == 0
    assert gridwire("check", tmp_path, "--against", tmp_path).exit_code == 0

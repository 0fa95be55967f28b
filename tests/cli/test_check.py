from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broken(acme, tmp_path):
    file = tmp_path / "acme.yaml"
    file.write_text(Path(acme).read_text().replace("/shops/{shop}/orders", "/shops/{shopp}/orders"))
    return file


def test_all_manifests_are_right(gridwire):
    done = gridwire("check")

    assert (done.exit_code, done.stdout) == (0, "1 manifest checked, no problem found.\n")


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

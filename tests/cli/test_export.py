from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_a_package_is_written(gridwire, tmp_path):
    done = gridwire("export", "n8n", "reonic", "--out", tmp_path / "node")

    assert done.exit_code == 0
    assert done.stdout.endswith(f"{tmp_path}/node/README.md says how to install them.\n")
    assert json.loads((tmp_path / "node" / "package.json").read_text())["keywords"][-1] == "reonic"


def test_as_json_the_files_are_listed(gridwire, acme, tmp_path):
    written = json.loads(gridwire("export", "n8n", acme, "--out", tmp_path, "--json").stdout)

    there = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert written["files"] == sorted(there - {".gridwire-export.json"})


def test_the_connectors_own_icon_is_taken(gridwire, acme, tmp_path):
    own = tmp_path / "acme.yaml"
    own.write_text(Path(acme).read_text() + "icon: acme.svg\n")

    lacking = gridwire("export", "n8n", own, "--out", tmp_path / "node")
    (tmp_path / "acme.svg").write_text("<svg/>")
    gridwire("export", "n8n", own, "--out", tmp_path / "node")

    assert (lacking.exit_code, "acme.svg" in lacking.stderr) == (2, True)
    assert (tmp_path / "node/icons/acme.svg").read_text() == "<svg/>"


def test_workflows_beside_the_manifest_go_along(gridwire, tmp_path):
    gridwire("export", "n8n", "reonic", "--out", tmp_path)

    workflow = json.loads((tmp_path / "workflows" / "offer-signed-to-autarc.json").read_text())
    assert workflow["name"] == "Reonic: offer signed → autarc: create project"


def test_a_workflow_that_is_no_text_is_named(gridwire, acme, tmp_path):
    (tmp_path / "acme.yaml").write_text(Path(acme).read_text())
    folder = tmp_path / "workflows" / "n8n" / "acme"
    folder.mkdir(parents=True)
    (folder / "odd.json").write_bytes(b"\xff")

    done = gridwire("export", "n8n", tmp_path / "acme.yaml", "--out", tmp_path / "node")

    assert (done.exit_code, str(folder) in done.stderr) == (2, True)


def test_the_report_says_what_was_done_instead(gridwire, tmp_path):
    done = gridwire("export", "n8n", "reonic", "--out", tmp_path, "--report")

    assert "\nall: polling: the gridwire server watches the vendor and calls n8n" in done.stdout
    assert "\ncreate_request: rules between inputs: " in done.stdout


def test_a_place_that_cannot_be_written(gridwire, tmp_path):
    (tmp_path / "icons").write_text("")

    done = gridwire("export", "n8n", "reonic", "--out", tmp_path)

    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_what_an_earlier_version_wrote_and_this_one_does_not_is_removed(gridwire, acme, tmp_path):
    gridwire("export", "n8n", "reonic", "--out", tmp_path)
    (tmp_path / ".zapierapprc").write_text("mine")
    earlier = json.loads((tmp_path / ".gridwire-export.json").read_text())
    earlier["files"] += ["nodes/Old.ts", "../mine.txt"]
    (tmp_path / ".gridwire-export.json").write_text(json.dumps(earlier))
    (tmp_path / "nodes/Old.ts").write_text("")
    (tmp_path.parent / "mine.txt").write_text("")

    done = gridwire("export", "n8n", "reonic", "--out", tmp_path)

    assert (done.exit_code, (tmp_path / "nodes/Old.ts").exists()) == (0, False)
    assert (tmp_path / ".zapierapprc").exists()
    assert (tmp_path.parent / "mine.txt").exists()


@pytest.mark.parametrize("other", [("n8n", "enneo"), ("zapier", "reonic")])
def test_two_exports_are_not_mixed(gridwire, tmp_path, other):
    gridwire("export", "n8n", "reonic", "--out", tmp_path)
    before = sorted(tmp_path.rglob("*"))

    done = gridwire("export", *other, "--out", tmp_path)

    assert (done.exit_code, sorted(tmp_path.rglob("*"))) == (2, before)
    assert "holds another export: platform n8n, connector reonic." in done.stderr


def test_a_file_of_the_users_is_not_replaced(gridwire, tmp_path):
    (tmp_path / "package.json").write_text("mine")

    done = gridwire("export", "n8n", "reonic", "--out", tmp_path)

    assert (done.exit_code, "no export wrote it" in done.stderr) == (2, True)
    assert [file.name for file in tmp_path.iterdir()] == ["package.json"]


def test_a_list_of_files_that_cannot_be_read_is_named(gridwire, tmp_path):
    (tmp_path / ".gridwire-export.json").write_text('{"files": 3}')

    done = gridwire("export", "n8n", "reonic", "--out", tmp_path)

    assert (done.exit_code, ".gridwire-export.json" in done.stderr) == (2, True)


def test_an_unknown_platform_is_wrong_use(gridwire):
    assert gridwire("export", "cobol", "reonic", "--out", "x").exit_code == 2

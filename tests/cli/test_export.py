from __future__ import annotations

import json
from pathlib import Path


def test_a_package_is_written(gridwire, tmp_path):
    done = gridwire("export", "n8n", "reonic", "--out", tmp_path / "node")

    assert done.exit_code == 0
    assert done.stdout.endswith(f"{tmp_path}/node/README.md says how to install them.\n")
    assert json.loads((tmp_path / "node" / "package.json").read_text())["keywords"][-1] == "reonic"


def test_as_json_the_files_are_listed(gridwire, acme, tmp_path):
    written = json.loads(gridwire("export", "n8n", acme, "--out", tmp_path, "--json").stdout)

    assert written["files"] == sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file())


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


def test_an_unknown_platform_is_wrong_use(gridwire):
    assert gridwire("export", "cobol", "reonic", "--out", "x").exit_code == 2

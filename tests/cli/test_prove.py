from __future__ import annotations

import json
import re
import shutil

import pytest

from connectors.manifest.catalog import bundled
from connectors.testing.suite import bundled_cassettes


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(bundled_cassettes() / "reonic" / "get_user", tmp_path / "reonic" / "get_user")
    return tmp_path


@pytest.fixture
def test(gridwire, folder):
    return lambda *words: gridwire("test", "reonic", "--cassettes", folder, *words)


def test_the_table_says_what_there_is_and_what_not(test):
    done = test()

    assert done.exit_code == 0
    assert re.search(r"get_user +4 +4 sandbox +\d+ +passed", done.stdout)
    assert re.search(r"get_contact +0 +\d+ +no case", done.stdout)
    assert "4 cases played; what was recorded comes out. No case: create_request" in done.stdout
    assert "checks follow from the manifest alone; all of them hold." in done.stdout


def test_complete_wants_a_case_for_each_operation(test):
    assert test("--complete").exit_code == 1


def test_a_difference_is_shown_and_fails(test, folder):
    path = folder / "reonic" / "get_user" / "known.yaml"
    path.write_text(path.read_text().replace("accept: application/json", "accept: text/html", 1))

    done = test()

    assert done.exit_code == 1
    assert "reonic.get_user[known] does not hold\n  request 1 of 1 (GET), header.accept\n" in done.stdout


def test_a_file_that_is_no_case_fails_with_its_place(test, folder):
    (folder / "reonic" / "get_user" / "bad.yaml").write_text("[" * 100_000)

    done = test()

    assert done.exit_code == 1
    assert "nested more than 40 deep" in done.stdout


def test_a_case_of_an_operation_that_is_gone_fails(test, folder):
    text = (folder / "reonic" / "get_user" / "known.yaml").read_text()
    (folder / "reonic" / "get_usr").mkdir()
    (folder / "reonic" / "get_usr" / "known.yaml").write_text(text.replace("get_user", "get_usr"))

    assert test().exit_code == 1


def test_json_says_the_same(test):
    [report] = json.loads(test("--json").stdout)["connectors"]

    assert (report["passed"], report["failed"]) == (4, 0)
    cases = {one["operation"]: one["cases"] for one in report["operations"]}
    assert cases["get_user"][0] == {"case": "down", "evidence": "sandbox", "passed": True, "problems": []}


def test_the_bundled_cases_are_played_where_there_are_no_others(gridwire, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = gridwire("test")

    assert done.exit_code == 0
    assert "Reonic" in done.stdout


def test_a_manifest_that_contradicts_itself_fails_with_what_should_have_happened(test, tmp_path):
    text = (bundled() / "reonic.yaml").read_text().replace("maxLength: 10000", "maxLength: 9999", 1)
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "reonic.yaml").write_text(text)

    done = test("--manifests", tmp_path / "manifests")

    assert done.exit_code == 1
    assert "reonic.create_request is not as its manifest says\n  message: 10000, which the description" in done.stdout


def test_the_connections_own_test_can_be_a_case(test, folder):
    shutil.copytree(bundled_cassettes() / "reonic" / "connection", folder / "reonic" / "connection")

    done = test()

    assert done.exit_code == 0
    assert re.search(r"connection +1 +1 sandbox", done.stdout)

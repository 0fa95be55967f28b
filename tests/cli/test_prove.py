from __future__ import annotations

import json
import shutil

import pytest

from connectors.testing.suite import bundled_cassettes


@pytest.fixture
def folder(tmp_path):
    one = "reonic", "get_user"
    ignored = shutil.ignore_patterns("documented*")
    shutil.copytree(bundled_cassettes().joinpath(*one), tmp_path.joinpath(*one), ignore=ignored)
    return tmp_path


@pytest.fixture
def test(gridwire, folder):
    return lambda *words: gridwire("test", "reonic", "--cassettes", folder, *words)


def test_the_table_says_what_there_is_and_what_not(test):
    done = test()

    assert done.exit_code == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["get_user", "3", "3", "sandbox", "passed"] in rows
    assert ["get_contact", "0", "no", "case"] in rows
    assert "3 cases played; what was recorded comes out. No case: create_request" in done.stdout


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

    assert (report["passed"], report["failed"]) == (3, 0)
    cases = {one["operation"]: one["cases"] for one in report["operations"]}
    assert cases["get_user"][0] == {"case": "down", "evidence": "sandbox", "passed": True, "problems": []}


def test_the_bundled_cases_are_played_where_there_are_no_others(gridwire, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = gridwire("test")

    assert done.exit_code == 0
    assert "Reonic" in done.stdout

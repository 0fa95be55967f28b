from __future__ import annotations

import json
import logging
import os
import re
import shutil

import pytest

from connectors.manifest.catalog import Catalog, bundled
from connectors.testing.suite import bundled_cassettes

TINY = """\
connector: acme
language: 1
version: 1.0.0
title: Acme
description: Pings Acme.
base_url: https://api.acme.example
connection:
  fields: {key: {title: Key, secret: true, required: true}}
  auth: {api_key: {header: X-Key, value: "{key}"}}
  test: GET /me
actions:
  ping:
    title: Ping
    description: Pings.
    input: {to: {title: To}}
    request: POST /pings
    sample: {id: 1}
"""
SENT = """\
evidence: sandbox
date: 2026-11-21
manifest: acme 1.0.0
format: 1
operation: ping
connection: {key: HIDDEN-key}
input: {to: Erika}
output: {id: 1}
exchanges:
- request:
    line: POST https://api.acme.example/pings
    headers: {accept: application/json, content-type: application/json, x-key: HIDDEN-key}
    json: {to: Erika}
  answer: {status: 200, json: {id: 1}}
"""


@pytest.fixture
def folder(tmp_path):
    """Two cases of one operation of Reonic, however many it has."""
    one = tmp_path / "reonic" / "get_user"
    one.mkdir(parents=True)
    for case in ("down", "known"):
        shutil.copy(bundled_cassettes() / "reonic" / "get_user" / f"{case}.yaml", one)
    return tmp_path


@pytest.fixture
def test(gridwire, folder):
    return lambda *words: gridwire("test", "reonic", "--cassettes", folder, *words)


def test_the_table_says_what_there_is_and_what_not(test):
    done = test()

    assert done.exit_code == 0
    assert re.search(r"get_user +2 +2 sandbox +\d+ +passed", done.stdout)
    assert re.search(r"get_contact +0 +\d+ +no case", done.stdout)
    assert "2 cases played; what was recorded comes out. No case: create_request" in done.stdout
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

    assert (report["passed"], report["failed"]) == (2, 0)
    cases = {one["operation"]: one["cases"] for one in report["operations"]}
    assert cases["get_user"][0] == {"case": "down", "evidence": "sandbox", "passed": True, "problems": []}


def test_the_bundled_cases_are_played_where_there_are_no_others(gridwire, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = gridwire("test", "--json")

    reports = json.loads(done.stdout)["connectors"]
    assert done.exit_code == 0, done.stdout
    assert {one["connector"]: one["failed"] for one in reports} == dict.fromkeys(Catalog([bundled()]).names, 0)
    assert all(one["passed"] for one in reports)


def test_a_manifest_that_contradicts_itself_fails_with_what_should_have_happened(test, tmp_path):
    text = (bundled() / "reonic.yaml").read_text().replace("maxLength: 10000", "maxLength: 9999", 1)
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "reonic.yaml").write_text(text)

    done = test("--manifests", tmp_path / "manifests")

    assert done.exit_code == 1
    assert "reonic.create_request is not as its manifest says\n  message: 10000, which the description" in done.stdout


def test_the_connections_own_test_can_be_a_case(test, folder):
    (folder / "reonic" / "connection").mkdir()
    shutil.copy(bundled_cassettes() / "reonic" / "connection" / "works.yaml", folder / "reonic" / "connection")

    done = test()

    assert done.exit_code == 0
    assert re.search(r"connection +1 +1 sandbox", done.stdout)


@pytest.fixture
def tiny(tmp_path):
    """A connector with one action and one case, which shows all there is."""
    (tmp_path / "acme.yaml").write_text(TINY)
    case = tmp_path / "cassettes" / "acme" / "ping" / "sent.yaml"
    case.parent.mkdir(parents=True)
    case.write_text(SENT)
    return tmp_path


def test_a_hole_in_the_cases_shows_as_mistakes_that_survive(gridwire, tiny):
    words = ("test", "acme", "--mutate", "--manifests", tiny, "--cassettes", tiny / "cassettes", "--json")
    [whole] = json.loads(gridwire(*words).stdout)["connectors"]
    (tiny / "cassettes" / "acme" / "ping" / "sent.yaml").unlink()

    done = gridwire(*words)

    [holed] = json.loads(done.stdout)["connectors"]
    lived, lives = ({one["place"] for one in report["fates"] if not one["killed"]} for report in (whole, holed))
    assert "actions.ping.request" in lives - lived
    assert (done.exit_code, holed["survive"]) == (1, len([one for one in holed["fates"] if not one["killed"]]))


def test_an_explained_survivor_is_none(gridwire, tiny):
    words = ("test", "acme", "--mutate", "--manifests", tiny, "--cassettes", tiny / "cassettes")
    listed = json.loads(gridwire(*words, "--json").stdout)["connectors"][0]["fates"]
    lives = {(one["kind"], one["place"]) for one in listed if not one["killed"]}
    entries = [{"kind": kind, "place": place, "reason": "Nobody can see it."} for kind, place in lives]
    (tiny / "cassettes" / "acme" / "survivors.yaml").write_text(json.dumps(entries))

    done = gridwire(*words)

    assert done.exit_code == 0, done.stderr
    assert "none goes unnoticed without a reason" in done.stdout


class TestNotPlayed:
    """What looks like a case and is none is told, and is no success."""

    @pytest.mark.parametrize(
        ("place", "said"),
        [
            ("reonic/known.yaml", "a case is at"),
            ("reonic/get_user/more/known.yaml", "a case is at"),
            ("reonic/get_user/known.yml", "the name of a case ends in .yaml"),
            ("reonic/get_user/known.YAML", "the name of a case ends in .yaml"),
        ],
    )
    def test_because_of_its_place_or_name(self, test, folder, place, said):
        (folder / place).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "reonic" / "get_user" / "down.yaml", folder / place)

        done = test()

        assert done.exit_code == 1
        assert f"Not played: {folder / place}: {said}" in done.stdout

    def test_because_there_is_no_such_manifest(self, gridwire, folder):
        (folder / "reonik" / "get_user").mkdir(parents=True)
        shutil.copy(folder / "reonic" / "get_user" / "down.yaml", folder / "reonik" / "get_user")

        done = gridwire("test", "--cassettes", folder)
        told = json.loads(gridwire("test", "--cassettes", folder, "--json").stdout)

        assert done.exit_code == 1
        assert "there is no manifest 'reonik'" in done.stdout
        assert len(told["not_played"]) == 1

    def test_explanations_of_mistakes_are_no_cases(self, test, folder):
        (folder / "reonic" / "survivors.yaml").write_text("[]\n")

        assert test().exit_code == 0

    def test_a_folder_without_cases_is_wrong_use(self, gridwire, tmp_path):
        (tmp_path / "empty").mkdir()

        done = gridwire("test", "reonic", "--cassettes", tmp_path / "empty")

        assert done.exit_code == 2
        assert "holds no cases" in done.stderr

    def test_a_pipe_in_place_of_a_case_fails(self, test, folder):
        os.mkfifo(folder / "reonic" / "get_user" / "pipe.yaml")

        done = test()

        assert done.exit_code == 1
        assert "this is no regular file" in done.stdout


def test_who_names_a_manifest_of_this_folder_is_told_how(gridwire, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.yaml").write_text(TINY)

    done = gridwire("record", "acme.ping", "--case", "x", "--yes")

    assert done.exit_code == 2
    assert "write ./acme.yaml" in done.stderr


@pytest.mark.parametrize(("words", "shown"), [((), False), (("-v",), True)])
def test_what_goes_wrong_while_it_is_tried_is_no_news(test, monkeypatch, words, shown):
    def noisy(connector):
        logging.getLogger("gridwire").warning("an item is no time")
        return []

    monkeypatch.setattr("connectors.testing.generated.trials.tried_all", noisy)

    assert ("an item is no time" in test(*words).stderr) == shown

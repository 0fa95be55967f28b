from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "no:gridwire", "-p", "connectors.testing.plugin", "-p", "no:randomly")
ACME = Path(__file__).parent / "acme.yaml"


@pytest.fixture
def repository(pytester, kept, text):
    """A repository with a manifest and a case."""
    (pytester.path / "manifests").mkdir()
    shutil.copy(ACME, pytester.path / "manifests")
    return pytester


@pytest.fixture
def case_in(repository):
    def put(text, name="made", folder="cassettes"):
        path = repository.path / folder / "acme" / "add_lead" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return put


@pytest.fixture
def run(pytester):
    """Runs pytest there with the plugin, whether or not it is installed."""
    return lambda *words: pytester.runpytest_inprocess(*PLUGIN, *words)


def test_each_case_is_a_test(run, case_in, text):
    case_in(text)
    case_in(text, "other")

    run().assert_outcomes(passed=2)
    run("--collect-only", "-q").stdout.fnmatch_lines(["cassettes/acme/add_lead/made.yaml::acme.add_lead?made?"])


def test_what_differs_is_shown_without_a_traceback(run, case_in, text):
    case_in(text.replace("json: {name: Erika", "json: {name: Erik"))

    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["acme.add_lead?made? does not hold", "request 1 of 1 (POST), body.name", "*Erik Beispiel*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*replay.py*")


def test_a_file_that_is_no_case_fails_with_its_place(run, case_in):
    case_in("a: &x [*x]")

    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*anchors and aliases are not part of a case*", "*made.yaml:1:*"])


def test_a_broken_manifest_fails_with_its_place(run, case_in, text, repository):
    case_in(text)
    manifest = repository.path / "manifests" / "acme.yaml"
    manifest.write_text(manifest.read_text().replace("{account}", "{acount}", 1))

    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*did you mean 'account'?*"])


@pytest.mark.parametrize("by", ["option", "configuration"])
def test_the_folders_can_be_named(run, case_in, text, repository, by):
    case_in(text, folder="tapes")
    (repository.path / "manifests").rename(repository.path / "vendors")
    words = ["--gridwire-cassettes=tapes", "--gridwire-manifests=vendors"] if by == "option" else []
    if not words:
        repository.makeini("[pytest]\ngridwire_cassettes = tapes\ngridwire_manifests = vendors\n")

    run(*words).assert_outcomes(passed=1)


def test_cassettes_of_others_are_left_alone(run, pytester):
    path = pytester.path / "cassettes" / "tests" / "test_api" / "one.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("interactions: []\nversion: 1\n")
    pytester.makepyfile("def test_it(): pass")

    run().assert_outcomes(passed=1)


def test_without_cases_nothing_is_imported(pytester):
    pytester.makepyfile("""
        import sys

        def test_it():
            heavy = ("connectors", "vcr", "pydantic", "yaml")
            loaded = [name for name in sys.modules if name.split(".")[0] in heavy]
            assert sorted(loaded) == ["connectors", "connectors.testing", "connectors.testing.plugin"]
    """)

    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)


def test_the_network_is_closed_while_a_case_is_played_and_open_for_other_tests(run, case_in, text, pytester):
    case_in(text)
    pytester.makepyfile("""
        import socket

        def test_it():
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()
    """)

    run("cassettes", ".").assert_outcomes(passed=2)


def test_the_distribution_announces_it():
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    [(_, module)] = project["entry-points"]["pytest11"].items()

    assert module in sys.modules or __import__(module)

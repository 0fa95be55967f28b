"""The cases that come with the program; playing them is the plugin's (`pytest cassettes`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.manifest.catalog import bundled, load
from connectors.testing.case import load as load_case
from connectors.testing.perform import CONNECTION
from connectors.testing.scan import suspects
from connectors.testing.suite import suite

CASSETTES = Path(__file__).parents[2] / "cassettes"
CASES = sorted(CASSETTES.glob("*/*/*.yaml"))
KINDS = {
    *("invalid_input", "reconnect", "vendor_refused", "vendor_not_found", "busy", "vendor_failed"),
    *("unknown_outcome", "search_incomplete"),
}


@pytest.fixture(scope="module")
def reonic():
    return load(bundled() / "reonic.yaml")


def test_all_hold(reonic):
    assert [problem for played in suite(reonic, CASSETTES) for problem in played.problems] == []


def test_every_operation_has_a_case_that_succeeds(reonic):
    cases = [load_case(path) for path in CASSETTES.glob("reonic/*/*.yaml")]

    assert {case.operation for case in cases if not case.error} == {*reonic.operations, CONNECTION}


def test_every_trigger_has_a_first_and_a_second_poll(reonic):
    cases = [load_case(path) for path in CASSETTES.glob("reonic/*/*.yaml")]
    told = {
        case.operation: [len(poll.events) for poll in case.polls[:2]]
        for case in cases
        if len(case.polls or ()) > 1 and case.polls[1].events
    }

    assert told == {name: [0, 1] for name in reonic.triggers}


def test_every_kind_of_error_has_a_case():
    steps = [step for path in CASSETTES.glob("reonic/*/*.yaml") for step in load_case(path).steps]

    assert {step.error.kind for step in steps if step.error} == KINDS


@pytest.mark.parametrize("path", CASES, ids=lambda path: "-".join([*path.parts[-3:-1], path.stem]))
def test_nothing_in_it_looks_secret(path):
    assert list(suspects(load_case(path).model_dump(by_alias=True, exclude_unset=True))) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: "-".join([*path.parts[-3:-1], path.stem]))
def test_nobody_was_asked_only_where_the_manifest_is_the_evidence(path):
    case = load_case(path)

    assert case.evidence == "documented" or (case.evidence == "manifest") == case.asks_nobody


@pytest.mark.parametrize("path", CASES, ids=lambda path: "-".join([*path.parts[-3:-1], path.stem]))
def test_when_an_answer_was_sent_is_not_kept(path):
    case = load_case(path)
    answers = [one.answer for step in case.steps for one in step.exchanges if one.answer is not None]

    assert case.evidence == "documented" or [one for one in answers if "date" in one.headers] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: "-".join([*path.parts[-3:-1], path.stem]))
def test_it_stands_as_it_would_be_written(path):
    assert load_case(path).dumps() == path.read_text()

"""Autarc and enneo have a case for everything; that each holds is the plugin's and `test_complete.py`'s."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.manifest.catalog import bundled, load
from connectors.testing.case import load as load_case
from connectors.testing.perform import CONNECTION
from connectors.testing.suite import suite

CASSETTES = Path(__file__).parents[2] / "cassettes"
KINDS = {"invalid_input", "reconnect", "vendor_refused", "vendor_not_found", "busy", "vendor_failed"}
DOCUMENTED = {
    "autarc": {
        *("create_project", "get_project", "update_project", "delete_project", "find_project"),
        *("create_customer", "get_customer", "update_customer", "delete_customer", "find_customer"),
    },
    "enneo": {"get_contract"},
}


@pytest.fixture(scope="module", params=["autarc", "enneo"])
def connector(request):
    return load(bundled() / f"{request.param}.yaml")


@pytest.fixture(scope="module")
def cases(connector):
    return [load_case(path) for path in (CASSETTES / connector.connector).glob("*/*.yaml")]


def test_all_hold(connector):
    assert [problem for played in suite(connector, CASSETTES) for problem in played.problems] == []


def test_every_operation_has_a_case_that_succeeds(connector, cases):
    good = {case.operation for case in cases if not any(step.error for step in case.steps)}

    assert good == {*connector.operations, CONNECTION}


def test_every_trigger_is_silent_first_and_then_tells_what_happened(connector, cases):
    told = {case.operation: case.polls for case in cases if len(case.polls or ()) > 1 and case.polls[-1].events}

    assert told.keys() == connector.triggers.keys()
    assert all([len(poll.events) for poll in polls] == [0] * (len(polls) - 1) + [1] for polls in told.values())


def test_every_kind_of_error_has_a_case(connector, cases):
    writes = {"unknown_outcome"} if any(action.effective == "write" for action in connector.actions.values()) else set()

    destroys = any(action.effective == "destroy" for action in connector.actions.values())
    confirmed = {"confirm_required"} if destroys else set()

    assert {step.error.kind for case in cases for step in case.steps if step.error} == KINDS | writes | confirmed


def test_every_example_of_the_document_has_a_case(connector, cases):
    shown = {case.operation for case in cases if case.evidence == "documented"}

    assert shown == DOCUMENTED[connector.connector]

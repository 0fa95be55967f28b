"""`gridwire sandbox do`, `fault` and `log`, against a sandbox that runs."""

from __future__ import annotations

import json

import pytest

from connectors.sandbox import Autarc, Reonic, create_app
from tests.conftest import serving


@pytest.fixture
def at(running, reonic, gridwire):
    """A command of `gridwire sandbox` for the sandbox that runs."""

    def at(command, *words):
        return gridwire("sandbox", command, *words, "--url", running[1])

    return at


def test_a_deed_takes_its_arguments_in_order(at, reonic):
    done = at("do", "reonic", "sign-offer", 7)

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["number"] == 7
    assert reonic.offers[7]["currentSignature"]["state"] == "Signed"


@pytest.mark.parametrize(
    "words", [(7, "On hold"), ("id=7", "status=On hold"), ("status=On hold", 7), (7, "status=On hold")]
)
def test_an_argument_may_be_named(at, reonic, words):
    assert at("do", "reonic", "change-status", *words).exit_code == 0
    assert reonic.offers[7]["status"] == "On hold"


@pytest.mark.parametrize("status", ["7", "null", "true", "a=b"])
def test_a_text_stays_text_where_the_deed_takes_text(at, reonic, status):
    assert at("do", "reonic", "change-status", 7, status).exit_code == 0
    assert reonic.offers[7]["status"] == status


def test_an_argument_is_json_where_the_deed_takes_that(at, reonic):
    assert at("do", "reonic", "archive", reonic.offers[7]["id"]).exit_code == 0
    assert reonic.offers[7]["archived"] is True
    assert at("do", "reonic", "archive", 7, "false").exit_code == 0
    assert reonic.offers[7]["archived"] is False
    assert at("do", "reonic", "assign", 7, "null").exit_code == 0
    assert reonic.offers[7]["assignedToId"] is None


@pytest.mark.parametrize(("words", "shown"), [((), "autarc     create-project"), (("reonic",), "sign-offer")])
def test_without_a_deed_it_lists_what_there_is(gridwire, words, shown):
    done = gridwire("sandbox", "do", *words)

    assert done.exit_code == 0
    assert shown in done.stdout
    assert "ID STATUS" in done.stdout


def test_the_deeds_as_json(gridwire):
    deeds = json.loads(gridwire("sandbox", "do", "reonic", "--json").stdout)["deeds"]

    assert {
        "vendor": "reonic",
        "deed": "delete-offer",
        "takes": "ID",
        "what": "A user deletes an offer or request.",
    } in deeds


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("reonik", "reset"), "no pretend vendor is called 'reonik'; did you mean 'reonic'?"),
        (("reonic", "sign-ofer"), "no deed is called 'sign-ofer'; did you mean 'sign-offer'?"),
        (("reonic", "zzz"), "there are: add-user, archive"),
        (("reonic", "sign-offer", 7, 8), "sign-offer takes ID, not '8'"),
        (("reonic", "reset", "x=1"), "reset takes nothing, not 'x=1'"),
        (("reonic", "sign-offer"), "id: is required"),
        (("reonic", "sign-offer", 999), "no offer has the id or running number 999"),
        (("reonic", "archive", 7, "perhaps"), "archived: must be true or false"),
    ],
)
def test_wrong_use_is_explained_and_nothing_happens(at, reonic, words, message):
    done = at("do", *words)

    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_what_the_vendors_app_refuses(at, reonic):
    reonic.sign_offer(7)

    done = at("do", "reonic", "sign-offer", 7)

    assert done.exit_code == 1
    assert "was signed at" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("autarc", "schedule-installation", "1", "24.12.2026"),
            "must be a day that exists, as YYYY-MM-DD: 2027-12-31",
        ),
        (("autarc", "create-project", "is_lead=perhaps"), "is_lead: must be true or false"),
    ],
)
def test_wrong_arguments_are_said_in_plain_words(served, gridwire, words, said):
    with served(create_app([Autarc()])) as address:
        done = gridwire("sandbox", "do", *words, "--url", address)

    assert done.exit_code == 2
    assert said in done.stderr


def test_the_kinds_of_faults_are_explained(gridwire):
    said = gridwire("sandbox", "fault", "--help").stdout

    assert "nobody can know that it was done" in said
    assert "drop_before   hangs up, and does nothing" in said


def test_faults_are_made_listed_and_cleared(at, reonic):
    assert at("fault", "reonic", "status", "status=429", "times=2", "match=page=1").exit_code == 0
    [listed] = json.loads(at("fault", "reonic").stdout)
    assert (listed["fault"], listed["status"], listed["times"], listed["match"]) == ("status", 429, 2, "page=1")
    assert at("fault", "reonic", "--clear").exit_code == 0
    assert reonic.faults == []


@pytest.mark.parametrize("words", [("status",), ("nonsense",), ("status", "status=9"), ("status", "429")])
def test_a_fault_that_there_is_not(at, words):
    assert at("fault", "reonic", *words).exit_code == 2


def test_the_log_is_a_line_a_request(at, gridwire, account):
    gridwire("run", "reonic.find_user", *account, "-i", "name=a")

    assert [json.loads(line)["method"] for line in at("log", "reonic").stdout.splitlines()] == ["GET"]
    assert at("log", "reonic", "--clear").stdout == ""
    assert at("log", "reonic").stdout == ""


def test_where_no_sandbox_is(gridwire):
    done = gridwire("sandbox", "do", "reonic", "reset", "--port", 9)

    assert done.exit_code == 1
    assert "no sandbox answers at http://127.0.0.1:9/_do/reonic/reset" in done.stderr
    assert "gridwire serve --sandbox" in done.stderr


def test_what_is_no_sandbox(running, gridwire):
    done = gridwire("sandbox", "do", "reonic", "reset", "--url", f"{running[1]}/reonic")

    assert done.exit_code == 2


@pytest.mark.parametrize("before", [True, False])
def test_the_port_may_stand_before_the_command_or_after_it(gridwire, before):
    reonic = Reonic()
    with serving(create_app([reonic, Autarc()])) as address:
        port = "--port", address.rpartition(":")[2]
        words = ("sandbox", *port, "do") if before else ("sandbox", "do", *port)
        assert gridwire(*words, "reonic", "create-offer").exit_code == 0
    assert len(reonic.offers) == 58

from __future__ import annotations

import json

import pytest

REONIC = "request", "reonic"
USERS = "/rest/v2/clients/{clientId}/users"
OFFERS = "/rest/v2/clients/{clientId}/h360/offers"


@pytest.fixture
def key(connection):
    return connection["values"]["apiKey"]


def test_json_is_printed_as_one_document(gridwire, account, reonic):
    done = gridwire(*REONIC, "GET", USERS, *account)

    assert (done.exit_code, done.stderr) == (0, "")
    assert {user["id"] for user in json.loads(done.stdout)["results"]} <= {user["id"] for user in reonic.users}
    assert done.stdout.count("\n") == 1


def test_a_method_may_be_typed_small_and_a_parameter_be_added(gridwire, account, reonic):
    done = gridwire(*REONIC, "get", OFFERS, "-q", "page=0", *account, "-v")

    assert done.exit_code == 0
    assert "→ 200 in" in done.stderr


def test_a_body_is_sent_once_and_its_outcome_may_be_unknown(gridwire, account, reonic, fault):
    fault("drop")

    done = gridwire(*REONIC, "POST", "/rest/v2/clients/{clientId}/h360/offers/notes", "--body", "{}", *account)

    assert done.exit_code == 5
    assert len(reonic.log) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["GET", "https://evil.example/x"], "credentials go to the vendor alone"),
        (["GET", "/a/%2e%2e/b"], "/../"),
        (["GET", "/{apiKey}"], "'apiKey' is secret"),
        (["DELETE", "/x"], "was not confirmed"),
        (["POST", "/x", "--body", "{"], "--body is not JSON: it ends too early, at line 1"),
        (["POST", "/x", "--body", "@none.json"], "none.json cannot be read"),
        (["GET", "/x", "-q", "page"], "-q takes name=value"),
        (["GET", "/x", "--out", "none/x"], "there is no folder none"),
        (["BREW", "/x"], "'BREW' is no method"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_sent(gridwire, account, reonic, words, said):
    done = gridwire(*REONIC, *words, *account)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
    assert list(reonic.log) == []


def test_a_dry_run_shows_the_request_without_secrets(gridwire, account, reonic, key):
    words = *REONIC, "DELETE", f"{USERS}?a=1", "--body", f'{{"key": "{key}"}}', "--dry-run", *account
    shown, as_json = gridwire(*words), gridwire(*words, "--json")

    assert (shown.exit_code, list(reonic.log)) == (0, [])
    assert "this is a dry run" in shown.stderr.lower()
    assert shown.stdout.startswith("DELETE http://127.0.0.1:")
    assert json.loads(as_json.stdout)["body"] == {"key": "•••"}
    assert key not in shown.output + as_json.output


def test_an_answer_that_repeats_the_secret_hides_it(gridwire, account, reonic, fault, key):
    fault("status", status=200, body={"you": key, "list": [f"a {key} b"]})

    done = gridwire(*REONIC, "GET", USERS, *account, "-vv")

    assert json.loads(done.stdout) == {"you": "•••", "list": ["a ••• b"]}
    assert key not in done.output


@pytest.mark.parametrize(("method", "code"), [("GET", 1), ("POST", 5)])
def test_json_that_is_none_is_an_error(gridwire, account, reonic, fault, impatient, method, code):
    fault("invalid_json")

    done = gridwire(*REONIC, method, USERS, *account)

    assert (done.exit_code, done.stdout) == (code, "")
    assert "but not as documented" in done.stderr


def test_a_refusal_is_told_as_everywhere(gridwire, account):
    done = gridwire(*REONIC, "GET", "/nothing/here", *account, "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["kind"] == "vendor_not_found"


def test_a_file_is_written_as_it_is(gridwire, account, reonic, tmp_path):
    done = gridwire(*REONIC, "GET", USERS, *account, "--out", tmp_path / "users.json")

    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads((tmp_path / "users.json").read_bytes())["results"]

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import connectors.engine.authorization as authorization_module
from connectors.engine.authorization import Authorization
from connectors.errors import InputError, ReconnectError
from tests.engine.acme import make_connection, make_connector

BACK = "http://127.0.0.1:4711/callback"
OAUTH2 = {
    "authorization_url": "https://auth.example.com/authorize",
    "token_url": "https://auth.example.com/token",
    "client_id": "{account}",
}


@pytest.fixture
def attempt() -> Authorization:
    return Authorization(make_connection(make_connector(connection={"auth": {"oauth2": OAUTH2}})), BACK)


def sent_away_with(attempt: Authorization) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(attempt.address).query).items()}


def refused(attempt: Authorization, **answer: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        attempt.code(answer)
    return caught.value


def test_the_browser_comes_back_with_the_state_and_a_code(attempt):
    assert attempt.code({"state": sent_away_with(attempt)["state"], "code": "c-1"}) == "c-1"


def test_the_address_is_that_of_the_manifest_or_of_what_stands_in_for_it(attempt):
    assert attempt.address.startswith("https://auth.example.com/authorize?response_type=code&client_id=a-1&")
    hosts = {"https://auth.example.com": "http://127.0.0.1:1/sandbox"}
    moved = make_connection(make_connector(connection={"auth": {"oauth2": OAUTH2}}), hosts=hosts)
    assert Authorization(moved, BACK).address.startswith("http://127.0.0.1:1/sandbox/authorize?")


def test_the_address_may_be_of_the_account():
    own = OAUTH2 | {"authorization_url": {"pattern": "https://{account}.example.com/{account}/authorize"}}
    connector = make_connector(connection={"auth": {"oauth2": own}})
    assert Authorization(make_connection(connector), BACK).address.startswith("https://a-1.example.com/a-1/authorize?")
    moved = make_connection(connector, hosts={"https://a-1.example.com": "http://127.0.0.1:1"})
    assert Authorization(moved, BACK).address.startswith("http://127.0.0.1:1/a-1/authorize?")


def test_no_two_attempts_are_alike(attempt):
    other = sent_away_with(Authorization(attempt.connection, BACK))
    mine = sent_away_with(attempt)
    assert {name for name in mine if mine[name] != other[name]} == {"state", "code_challenge"}
    assert min(len(mine["state"]), len(mine["code_challenge"])) == 43


@pytest.mark.parametrize("answer", [{}, {"state": ""}, {"state": "wrong"}, {"state": "ключ", "code": "c"}])
def test_an_answer_with_another_state_belongs_to_nobody(attempt, answer):
    assert "belongs to no sign-in that is under way" in refused(attempt, **answer).message
    assert attempt.code({"state": sent_away_with(attempt)["state"], "code": "c-1"}) == "c-1"


def test_a_state_is_good_for_one_answer(attempt):
    answer = {"state": sent_away_with(attempt)["state"], "code": "c-1"}
    attempt.code(answer)
    refused(attempt, **answer)


@pytest.mark.parametrize(("seconds", "late"), [(599, False), (601, True)])
def test_a_state_is_good_for_ten_minutes(attempt, monkeypatch, seconds, late):
    begun = attempt._begun
    monkeypatch.setattr(authorization_module.time, "monotonic", lambda: begun + seconds)
    answer = {"state": sent_away_with(attempt)["state"], "code": "c-1"}
    assert (refused(attempt, **answer) is not None) if late else attempt.code(answer) == "c-1"


def test_a_no_is_said_in_the_vendors_words_without_what_a_terminal_obeys(attempt):
    answer = {
        "state": sent_away_with(attempt)["state"],
        "error": "access_denied",
        "error_description": "\x1b[2Jno" * 200,
    }
    with pytest.raises(ReconnectError) as caught:
        attempt.code(answer)
    assert caught.value.message.startswith("the vendor did not allow it (access_denied:  [2Jno [2Jno")
    assert len(caught.value.vendor_message) == 500
    refused(attempt, **answer)


def test_neither_code_nor_verifier_is_ever_shown(attempt):
    code = attempt.code({"state": sent_away_with(attempt)["state"], "code": "code-1/+="})
    redact = attempt.connection.redact
    assert [redact(text) for text in (code, attempt.verifier, "code-1%2F%2B%3D")] == ["•••"] * 3
    assert attempt.verifier not in repr(attempt)


def test_an_account_that_signs_in_otherwise_has_no_address():
    with pytest.raises(InputError, match="does not sign in in a browser"):
        _ = Authorization(make_connection(), BACK).address

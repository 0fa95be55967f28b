from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

AUTH = "/autarc-auth/oauth2/auth"
TOKEN = "/autarc-auth/oauth2/token"
BACK = "http://127.0.0.1:8710/oauth/callback"


def test_the_page_has_a_button_and_says_who_asks(outside, autarc, asked):
    page = outside.get(asked())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Sign in as the pretend installer</button>" in page.text
    assert "<b>sandbox-autarc-client</b>" in page.text
    assert BACK in page.text
    assert page.headers["cache-control"] == "no-store"


def test_the_page_escapes_what_it_is_given(outside, autarc, asked):
    page = outside.get(asked(redirect_uri=f"{BACK}?<script>"))
    assert page.status_code == 200
    assert "<script>" not in page.text


def test_the_button_leads_back_with_code_and_state(press, sent_back):
    uri, given = sent_back(press())
    assert uri == BACK
    assert list(given) == ["code", "state"]
    assert given["state"] == "a state/of+mine"


def test_the_other_button_leads_back_without(press, autarc, sent_back):
    _, given = sent_back(press("deny"))
    assert (given["error"], given["state"]) == ("access_denied", "a state/of+mine")
    assert autarc.grants.all == []


@pytest.mark.parametrize("decision", ["", "maybe"])
def test_a_decision_is_one_of_two(press, decision):
    assert press(decision).status_code == 400


def test_state_and_scope_may_be_left_out(press, sent_back):
    assert list(sent_back(press(state=..., scope=...))[1]) == ["code"]


def test_a_redirect_uri_keeps_its_query(press, sent_back):
    uri, given = sent_back(press(redirect_uri=f"{BACK}?connection=7"))
    assert (uri, list(given)) == (BACK, ["connection", "code", "state"])


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1/cb", "http://127.0.0.1:54321/x", "http://[::1]:1/cb", "http://localhost:8710/oauth/callback"],
)
def test_loopback_is_registered_with_any_port(press, uri, sent_back):
    assert sent_back(press(redirect_uri=uri))[0] == uri


@pytest.mark.parametrize(
    "uri",
    [
        ...,
        "",
        "https://elsewhere.example/cb",
        "https://127.0.0.1/cb",
        "http://127.0.0.1.elsewhere.example/cb",
        "http://somebody@127.0.0.1/cb",
        "http://127.0.0.1@elsewhere.example/cb",
        "http://127.0.0.1:1\\@elsewhere.example/",
        "http://127.0.0.1/cb#fragment",
        "javascript:alert(1)",
        "http://[::1",
        "//127.0.0.1/cb",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_redirected_to_an_address_that_is_not_registered(outside, autarc, method, uri, asked):
    answer = outside.request(method, asked(redirect_uri=uri), data={"decision": "allow"})
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "redirect_uri is missing or not registered" in answer.text


def test_an_address_is_registered_letter_by_letter(press, outside, sent_back):
    outside.post("/_do/autarc/register-redirect-uri", json={"uri": "https://office.example/cb"})
    assert sent_back(press(redirect_uri="https://office.example/cb"))[0] == "https://office.example/cb"
    assert press(redirect_uri="https://office.example/cb/").status_code == 400
    assert press(redirect_uri="https://office.example/cb?a=b").status_code == 400


@pytest.mark.parametrize("client", [..., "", "somebody-else"])
def test_nobody_is_redirected_for_an_unknown_application(outside, autarc, client, asked):
    answer = outside.get(asked(client_id=client))
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_a_parameter_is_not_given_twice(outside, autarc, asked):
    assert outside.get(asked() + "&client_id=sandbox-autarc-client").status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": ...}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "offline_access openid"}, "invalid_scope"),
        ({"scope": "projects"}, "invalid_scope"),
        ({"state": "short"}, "invalid_request"),
        ({"prompt": "consent"}, "invalid_request"),
        ({"client_secret": "sandbox-autarc-client-secret"}, "invalid_request"),
        ({"code_challenge": ..., "code_challenge_method": ...}, "invalid_request"),
        ({"code_challenge": ...}, "invalid_request"),
        ({"code_challenge_method": ...}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "sandbox-verifier-" + "x" * 32}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_may_not_be_asked_for_is_told_to_the_application(outside, autarc, method, change, error, asked, sent_back):
    uri, given = sent_back(outside.request(method, asked(**change), data={"decision": "allow"}))
    assert (uri, given["error"]) == (BACK, error)
    assert given["error_description"]
    assert given["state"] == change.get("state", "a state/of+mine")
    assert autarc.grants.all == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", TOKEN, 405),
        ("PUT", AUTH, 405),
        ("GET", "/autarc-auth/oauth2/revoke", 404),
        ("GET", "/autarc-auth/.well-known/openid-configuration", 404),
        ("GET", "/autarc/oauth2/auth", 404),
        ("GET", "/autarc-auth/api/v1/projects", 404),
    ],
)
def test_the_hosts_have_what_the_document_names_and_no_more(outside, autarc, method, path, status):
    assert outside.request(method, path).status_code == status


def test_the_address_of_the_form_is_the_address_of_the_page(outside, autarc, asked):
    page = outside.get(asked())
    assert '<form method="post">' in page.text
    assert parse_qs(urlsplit(str(page.url)).query)["state"] == ["a state/of+mine"]

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlencode

import pytest

from connectors.sandbox import Autarc

TOKEN = "/autarc-auth/oauth2/token"
PROJECTS = "/autarc/api/v1/projects"
BACK = "http://127.0.0.1:8710/oauth/callback"
VERIFIER = "sandbox-verifier-" + "x" * 32
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def code(press, sent_back):
    return lambda **change: sent_back(press(**change))[1]["code"]


@pytest.fixture
def ask(outside, autarc):
    """Sends a form to the token endpoint; a value of `...` leaves the field out."""

    def ask(grant_type, **more):
        form = Autarc.oauth_client | {"grant_type": grant_type} | more
        return outside.post(TOKEN, data={name: value for name, value in form.items() if value is not ...})

    return ask


@pytest.fixture
def exchange(ask):
    def exchange(given, /, **more):
        return ask("authorization_code", **{"code": given, "redirect_uri": BACK, "code_verifier": VERIFIER} | more)

    return exchange


@pytest.fixture
def refresh(ask):
    return lambda token, /, **more: ask("refresh_token", **{"refresh_token": token} | more)


@pytest.fixture
def tokens(code, exchange):
    return exchange(code()).json()


@pytest.fixture
def opens(outside):
    """Whether an access token opens the API."""

    def opens(tokens):
        answer = outside.get(PROJECTS, headers={"authorization": f"Bearer {tokens['access_token']}"})
        assert answer.status_code in (200, 401)
        return answer.status_code == 200

    return opens


@pytest.fixture
def do(outside, autarc):
    return lambda deed, **args: outside.post(f"/_do/autarc/{deed}", json=args).json()


def refused(response, error, status=400):
    assert response.status_code == status, response.text
    assert list(response.json()) == ["error", "error_description"]
    assert response.json()["error"] == error
    assert response.headers["cache-control"] == "no-store"


def test_a_code_becomes_tokens(code, exchange, opens):
    answer = exchange(code())
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    tokens = answer.json()
    assert list(tokens) == ["access_token", "token_type", "expires_in", "refresh_token", "scope"]
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("bearer", 3600, "offline_access")
    assert opens(tokens)


def test_without_the_scope_there_is_no_refresh_token(code, exchange, opens):
    tokens = exchange(code(scope=...)).json()
    assert list(tokens) == ["access_token", "token_type", "expires_in"]
    assert opens(tokens)


def test_the_documented_flow_without_pkce_works_if_a_deed_allows_it(do, code, exchange):
    do("require-pkce", required=False)
    plain = code(code_challenge=..., code_challenge_method=..., state=...)
    refused(exchange(plain), "invalid_grant")
    assert exchange(plain, code_verifier=...).status_code == 200


def test_half_of_pkce_is_refused_even_then(do, press, sent_back):
    do("require-pkce", required=False)
    assert sent_back(press(code_challenge=...))[1]["error"] == "invalid_request"


@pytest.mark.parametrize("verifier", [..., "", CHALLENGE, VERIFIER + "y", "x" * 42])
def test_the_verifier_must_fit(code, exchange, verifier):
    refused(exchange(code(), code_verifier=verifier), "invalid_grant")


def test_a_verifier_has_43_characters_at_least(code, exchange):
    short = "x" * 42
    challenge = urlsafe_b64encode(sha256(short.encode()).digest()).rstrip(b"=").decode()
    refused(exchange(code(code_challenge=challenge), code_verifier=short), "invalid_grant")


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:8711/oauth/callback", BACK + "/", BACK + "?", "http://localhost:8710/oauth/callback"]
)
def test_the_redirect_uri_must_be_the_same_again(code, exchange, uri):
    refused(exchange(code(), redirect_uri=uri), "invalid_grant")


def test_a_code_is_for_once_and_the_second_use_kills_the_tokens(code, exchange, refresh, opens):
    given = code()
    tokens = exchange(given).json()
    refused(exchange(given), "invalid_grant")
    assert not opens(tokens)
    refused(refresh(tokens["refresh_token"]), "invalid_grant")


def test_a_code_lasts_ten_minutes(code, exchange, clock):
    first, second = code(), code()
    clock.forward(minutes=9, seconds=59)
    assert exchange(first).status_code == 200
    clock.forward(seconds=1)
    refused(exchange(second), "invalid_grant")


def test_an_access_token_lasts_as_long_as_it_says(tokens, opens, clock):
    clock.forward(seconds=tokens["expires_in"] - 1)
    assert opens(tokens)
    clock.forward(seconds=1)
    assert not opens(tokens)


def test_an_expired_token_is_told_apart(outside, tokens, do):
    assert do("expire-tokens") == {"expired": {"access": 1}}
    answer = outside.get(PROJECTS, headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_refresh_token_is_not_an_access_token(tokens, opens):
    assert not opens({"access_token": tokens["refresh_token"]})


def test_refreshing_rotates(tokens, refresh, opens, do):
    do("expire-tokens")
    fresh = refresh(tokens["refresh_token"]).json()
    assert list(fresh) == list(tokens)
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert (opens(tokens), opens(fresh)) == (False, True)
    assert opens(refresh(fresh["refresh_token"]).json())


def test_a_refresh_token_used_twice_kills_the_family_and_no_other(tokens, code, exchange, refresh, opens):
    neighbour = exchange(code()).json()
    fresh = refresh(tokens["refresh_token"]).json()
    refused(refresh(tokens["refresh_token"]), "invalid_grant")
    assert not opens(fresh)
    refused(refresh(fresh["refresh_token"]), "invalid_grant")
    assert opens(neighbour)
    assert refresh(neighbour["refresh_token"]).status_code == 200


def test_refresh_tokens_end_by_a_deed(tokens, refresh, opens, do):
    assert do("expire-tokens", kind="refresh") == {"expired": {"refresh": 1}}
    assert opens(tokens)
    refused(refresh(tokens["refresh_token"]), "invalid_grant")


def test_all_tokens_end_by_a_deed(tokens, refresh, opens, do):
    assert do("expire-tokens", kind="both") == {"expired": {"access": 1, "refresh": 1}}
    assert not opens(tokens)
    refused(refresh(tokens["refresh_token"]), "invalid_grant")


def test_a_withdrawn_consent_ends_everything(tokens, code, exchange, refresh, opens, do, outside):
    waiting = code()
    assert do("revoke-grant") == {"revoked": 2}
    assert not opens(tokens)
    refused(refresh(tokens["refresh_token"]), "invalid_grant")
    refused(exchange(waiting), "invalid_grant")
    assert opens(exchange(code()).json())
    assert opens({"access_token": "sandbox-autarc-key"})


@pytest.mark.parametrize(
    "change", [{"client_secret": "wrong"}, {"client_id": "x"}, {"client_secret": ...}, {"client_id": ...}]
)
def test_the_application_must_be_itself(code, exchange, refresh, tokens, change):
    refused(exchange(code(), **change), "invalid_client", 401)
    refused(refresh(tokens["refresh_token"], **change), "invalid_client", 401)


def test_client_and_secret_belong_in_the_body(outside, code, autarc):
    form = {"grant_type": "authorization_code", "code": code(), "redirect_uri": BACK, "code_verifier": VERIFIER}
    answer = outside.post(TOKEN, data=form, auth=tuple(Autarc.oauth_client.values()))
    refused(answer, "invalid_client", 401)
    assert answer.headers["www-authenticate"] == "Basic"


@pytest.mark.parametrize("name", ["code", "redirect_uri"])
def test_an_exchange_needs_all_its_fields(code, exchange, name):
    refused(exchange(code(), **{name: ...}), "invalid_request")
    refused(exchange(code(), **{name: ""}), "invalid_request")


def test_a_refresh_needs_its_token(ask):
    refused(ask("refresh_token"), "invalid_request")


@pytest.mark.parametrize("more", [{"scope": "offline_access"}, {"redirect_uri": BACK}, {"code_verifier": VERIFIER}])
def test_a_refresh_takes_nothing_more(tokens, refresh, more):
    refused(refresh(tokens["refresh_token"], **more), "invalid_request")


def test_an_exchange_takes_nothing_more(code, exchange):
    refused(exchange(code(), audience="x"), "invalid_request")


@pytest.mark.parametrize("kind", ["password", "client_credentials"])
def test_there_are_two_kinds_of_grant(ask, kind):
    refused(ask(kind), "unsupported_grant_type")


def test_a_kind_of_grant_is_named(ask):
    refused(ask(...), "invalid_request")


@pytest.mark.parametrize("token", ["unknown", "sandbox-autarc-key"])
def test_unknown_codes_and_tokens_are_refused(exchange, refresh, token):
    refused(exchange(token), "invalid_grant")
    refused(refresh(token), "invalid_grant")


def test_the_token_endpoint_takes_a_form_and_no_json(outside, code, autarc):
    form = Autarc.oauth_client | {"grant_type": "authorization_code", "code": code(), "redirect_uri": BACK}
    refused(outside.post(TOKEN, json=form), "invalid_request")
    refused(outside.post(f"{TOKEN}?{urlencode(form)}", data=form), "invalid_request")


@pytest.mark.parametrize(
    "body", [b"\xff", b"grant_type=refresh_token&grant_type=refresh_token", b"&".join([b"a=b"] * 101)]
)
def test_what_is_no_form_is_refused(outside, autarc, body):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    refused(outside.post(TOKEN, content=body, headers=headers), "invalid_request")


def test_reset_forgets_every_consent(tokens, opens, do):
    do("register-redirect-uri", uri="https://office.example/cb")
    do("reset")
    assert not opens(tokens)
    assert do("register-redirect-uri", uri="https://a.example/") == {"registered": ["https://a.example/"]}


def test_the_same_seed_gives_the_same_tokens():
    first, again, other = (Autarc(seed=seed).grants.allow({"redirect_uri": BACK}) for seed in (1, 1, 2))
    assert first == again != other

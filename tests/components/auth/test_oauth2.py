from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.components.auth import Auth, OAuth2
from connectors.components.auth.flow import Save, is_due, with_end
from connectors.components.auth.oauth2 import challenge_of
from connectors.components.http import Request, Response, dump_json
from connectors.errors import GridwireError, ReconnectError, VendorBusy, VendorError, VendorFailed, VendorInvalidInput

NOW = 1_763_000_000.0
BLOCK = {
    "authorization_url": "https://auth.example.com/authorize",
    "token_url": "https://auth.example.com/token/",
    "client_id": "{id}",
    "client_secret": "{secret}",
    "scopes": ["a", "b"],
}
VALUES = {"id": "app:1", "secret": "s/=+ é"}
SESSION = {"token": "old", "refresh_token": "r-1"}
ANSWER = {"access_token": "new", "token_type": "Bearer", "expires_in": 3600}


def oauth2(**changes: Any) -> OAuth2:
    block = {key: value for key, value in {**BLOCK, **changes}.items() if value is not None}
    return Auth.model_validate({"oauth2": block}).chosen_for(VALUES)


ROBOT = oauth2(grant="client_credentials", authorization_url=None)


def says(body: Any, status: int = 200) -> Response:
    return Response(status, (), body if isinstance(body, bytes) else dump_json(body))


def drive(flow: Any, answer: Response) -> tuple[Request, list[Any], Any]:
    """The request that a flow makes, what it saves, and what it ends with: a session or an error."""
    request, saved = next(flow), []
    try:
        step = flow.send(answer)
        while True:
            assert isinstance(step, Save)
            saved.append(step.session)
            step = next(flow)
    except StopIteration as done:
        return request, saved, done.value
    except GridwireError as error:
        return request, saved, error


def renew(
    answer: Any, status: int = 200, way: OAuth2 | None = None, session: Any = SESSION
) -> tuple[Any, list[Any], Any]:
    return drive((way or oauth2()).flow(VALUES, session, NOW), says(answer, status))


def test_a_refresh_token_is_exchanged_as_rfc_6749_has_it():
    request, saved, session = renew({**ANSWER, "refresh_token": "r-2"})
    assert request == Request(
        "POST",
        "https://auth.example.com/token/",
        headers={
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "Basic YXBwJTNBMTpzJTJGJTNEJTJCKyVDMyVBOQ==",  # app%3A1:s%2F%3D%2B+%C3%A9
        },
        form=(("grant_type", "refresh_token"), ("refresh_token", "r-1")),
    )
    assert saved == [session] == [{"token": "new", "refresh_token": "r-2", "renew_at": NOW + 3540}]


def test_a_refresh_token_that_is_not_rotated_stays():
    assert renew(ANSWER)[2]["refresh_token"] == "r-1"


@pytest.mark.parametrize("odd", [None, "", 7, ["r"]])
def test_a_refresh_token_that_is_none_does_not_take_the_place_of_one(odd):
    assert renew({**ANSWER, "refresh_token": odd})[2]["refresh_token"] == "r-1"


def test_the_client_may_prove_itself_among_the_fields():
    request, *_ = renew(ANSWER, way=oauth2(client_auth="body"))
    assert "Authorization" not in request.headers
    assert dict(request.form)["client_secret"] == "s/=+ é"


def test_a_public_client_says_who_it_is_and_proves_nothing():
    request, *_ = renew(ANSWER, way=oauth2(client_secret=None))
    assert dict(request.form) == {"grant_type": "refresh_token", "refresh_token": "r-1", "client_id": "app:1"}
    assert "Authorization" not in request.headers


def test_a_program_signs_in_as_itself():
    request, saved, session = renew({**ANSWER, "refresh_token": "r"}, way=ROBOT, session=None)
    assert request.form == (("grant_type", "client_credentials"), ("scope", "a b"))
    assert saved == [session] == [{"token": "new", "renew_at": NOW + 3540}]


def test_a_code_is_exchanged_with_its_verifier():
    flow = oauth2().redeeming(VALUES, NOW, code="c", redirect_uri="http://127.0.0.1:1/callback", verifier="v")
    request, saved, _ = drive(flow, says({**ANSWER, "refresh_token": "r-1"}))
    assert dict(request.form) == {
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": "http://127.0.0.1:1/callback",
        "code_verifier": "v",
    }
    assert saved[0]["refresh_token"] == "r-1"


def test_what_the_browser_opens():
    way = oauth2(authorize={"access_type": "offline", "hint": "{hint}"})
    asked = parse_qs(way.question(VALUES, redirect_uri="http://127.0.0.1:1/c", state="s", verifier="v"))
    assert asked == {
        "response_type": ["code"],
        "client_id": ["app:1"],
        "redirect_uri": ["http://127.0.0.1:1/c"],
        "scope": ["a b"],
        "state": ["s"],
        "code_challenge": [challenge_of("v")],
        "code_challenge_method": ["S256"],
        "access_type": ["offline"],
    }


def test_the_challenge_is_the_one_in_rfc_7636():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, {"error": "invalid_grant", "error_description": "it is over"}),
        (200, {"error": "bad_refresh_token", "error_description": "as one vendor says it"}),
        (400, {"message": "Invalid refresh token"}),
    ],
)
def test_credentials_that_are_refused_are_dead(status, answer):
    _, saved, error = renew(answer, status)
    assert isinstance(error, ReconnectError)
    assert saved == [{"dead": error.message}]


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_client"), (403, "unauthorized_client")])
def test_a_mistake_in_the_app_ends_nobodys_session(status, code):
    _, saved, error = renew({"error": code}, status)
    assert isinstance(error, VendorFailed)
    assert "of the OAuth app" in (error.remedy or "")
    assert saved == []


def test_a_dead_session_asks_nothing():
    with pytest.raises(ReconnectError, match="it is over") as caught:
        next(oauth2().flow(VALUES, {"dead": "it is over"}, NOW))
    assert caught.value.remedy == "Connect the account again: `gridwire connect` does it on the command line."


def test_without_a_refresh_token_a_person_has_to_sign_in():
    with pytest.raises(ReconnectError, match="the vendor gave nothing to renew it with"):
        next(oauth2().flow(VALUES, {"token": "t"}, NOW))


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (400, {"error": "temporarily_unavailable"}, VendorBusy),
        (429, {"error": "invalid_grant"}, VendorBusy),
        (429, {}, VendorBusy),
        (503, b"<html>", VendorBusy),
        (500, {"error": ["odd"]}, VendorFailed),
        (400, {"error": "invalid_scope"}, VendorInvalidInput),
        (400, {"error": "unsupported_grant_type"}, VendorInvalidInput),
        (401, b"<html>", VendorFailed),
        (302, {}, VendorFailed),
    ],
)
def test_other_refusals_are_what_they_are(status, answer, kind):
    _, saved, error = renew(answer, status)
    assert (type(error), saved) == (kind, [])


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", b"[1]", b"null", b"{}", b'{"access_token": null}', b'{"access_token": ""}', b'{"access_token": 7}',
     b'{"access_token": "a\\nb"}', b'{"access_token": " a"}', '{"access_token": "ключ"}'.encode(),
     b'{"access_token": NaN}', b'{"access_token": ["t"]}', b"[" * 100_000, b'{"access_token": "\xff"}'],
)  # fmt: skip
def test_an_answer_without_a_usable_token_is_the_vendors_failure(answer):
    _, saved, error = renew(answer)
    assert (type(error), saved) == (VendorFailed, [])
    assert "ключ" not in error.message


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                        ["access_token", "refresh_token", "expires_in", "error", "error_description"]), inner)),
       st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503]))  # fmt: skip
def test_whatever_is_answered_gives_a_session_or_an_error_of_ours(answer, status):
    _, saved, end = renew(answer, status)
    assert isinstance(end, ReconnectError | VendorError) or saved == [end]


def repr_of(value: Any) -> str:
    return "digits" if isinstance(value, int) and value > 10**20 else repr(value)[:20]


@pytest.mark.parametrize(
    ("expires_in", "renew_in"),
    [
        (3600, 3540), ("3600", 3540), (" 3600 ", 3540), (3600.5, 3540.5), (10, 9), ("0", None), (0, None), (-5, None),
        (None, None), ("soon", None), (True, None), ([3600], None), (float("inf"), None), (float("nan"), None),
        (int(NOW) + 600, 540), (f"{NOW + 600:.0f}", 540), ("1999-01-01", None), (10**5000, None), ("9" * 5000, None),
    ],
    ids=repr_of,
)  # fmt: skip
def test_the_end_of_a_token_is_read_as_vendors_write_it(expires_in, renew_in):
    session = with_end({"token": "t"}, expires_in, NOW)
    assert session.get("renew_at") == (None if renew_in is None else pytest.approx(NOW + renew_in))


@given(st.integers() | st.floats() | st.text() | st.none())
def test_a_token_that_was_just_given_is_never_due(expires_in):
    assert not is_due(with_end({"token": "t"}, expires_in, NOW), NOW)


def test_an_absurd_number_in_an_answer_is_no_end():
    answer = b'{"access_token": "t", "expires_in": %s}'
    assert "renew_at" not in renew(answer % (b"9" * 4000))[2]
    assert type(renew(answer % (b"9" * 5000))[2]) is VendorFailed


def test_the_vendors_words_are_redacted():
    flow = oauth2().flow(VALUES, SESSION, NOW, redact=lambda text: text.replace("r-1", "•••"))
    *_, error = drive(flow, says({"error": "invalid_grant", "error_description": "r-1 is over"}, 400))
    assert error.message == "the vendor does not accept the credentials (400: ••• is over)"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"authorization_url": None}, "without an 'authorization_url'"),
        ({"grant": "client_credentials"}, "no 'authorization_url'"),
        ({"authorize": {"state": "x"}}, "'state' is written by the flow itself"),
        ({"token": {"refresh_token": "x"}}, "'refresh_token' is written by the flow itself"),
        ({"grant": "password"}, "authorization_code"),
        ({"token_url": "/token"}, "an address is https"),
        ({"token_url": "https://auth.example.com/token?a=b"}, "an address is https"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        oauth2(**changes)


def test_the_pair_in_base64_counts_as_secret():
    assert list(oauth2().disguises(VALUES)) == ["YXBwJTNBMTpzJTJGJTNEJTJCKyVDMyVBOQ=="]


@pytest.mark.parametrize("way", [{}, {"grant": "client_credentials", "authorization_url": None}])
def test_further_fields_ask_for_the_token_too_and_drop_out_if_they_are_absent(way):
    further = {"audience": "https://api.example.com", "tenant": "{tenant}", "id": "{id}"}
    request, *_ = renew(ANSWER, way=oauth2(token=further, **way))
    assert dict(request.form).items() >= {"audience": "https://api.example.com", "id": "app:1"}.items()
    assert "tenant" not in dict(request.form)


def test_the_address_of_an_account_is_kept_to_the_letter():
    way = oauth2(token_url={"pattern": "https://{id}.example.com/{id}/token/"})
    request, *_ = drive(way.flow({**VALUES, "id": "app-1"}, SESSION, NOW), says(ANSWER))
    assert request.url == "https://app-1.example.com/app-1/token/"
    assert "token_url/pattern" in ["/".join(place) for place, _ in way.holes()]

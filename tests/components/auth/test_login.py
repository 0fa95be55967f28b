from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.components.auth import Auth, Login
from connectors.components.auth.flow import Save
from connectors.components.http import Request, Response, dump_json
from connectors.errors import InputError, ReconnectError, VendorBusy, VendorFailed, VendorRefused

NOW = 1_763_000_000.0
BASE = "https://api.example.com/v1"
BLOCK = {
    "request": "POST /tenants/{tenant}/login",
    "body": {"user": "{user}", "password": "{password}"},
    "token": "data.token",
}
VALUES = {"tenant": "a/b", "user": "ada", "password": "p&w"}


def login(**changes: Any) -> Login:
    block = {key: value for key, value in {**BLOCK, **changes}.items() if value is not None}
    return Auth.model_validate({"login": block}).chosen_for(VALUES)


def sign_in(way: Login, answer: Any = None, status: int = 200, headers: Any = ()) -> tuple[Request, Any]:
    """The request that signs in, and the session that is saved."""
    flow = way.flow(VALUES, None, NOW, base_url=BASE)
    request = next(flow)
    save = flow.send(Response(status, headers, answer if isinstance(answer, bytes) else dump_json(answer)))
    assert isinstance(save, Save)
    with pytest.raises(StopIteration) as done:
        next(flow)
    assert done.value.value == save.session
    return request, save.session


def test_credentials_are_posted_as_json():
    request, session = sign_in(login(), {"data": {"token": "t"}})
    assert request == Request(
        "POST",
        f"{BASE}/tenants/a%2Fb/login",
        headers={"Accept": "application/json", "Content-Type": "application/json"},
        json={"user": "ada", "password": "p&w"},
    )
    assert session == {"token": "t"}


def test_credentials_are_posted_as_a_form_to_a_host_of_its_own():
    way = login(body=None, form={"u": "{user}", "p": "{password}"}, host="https://auth.example.com")
    request, _ = sign_in(way, {"data": {"token": "t"}})
    assert request.url == "https://auth.example.com/tenants/a%2Fb/login"
    assert request.content == b"u=ada&p=p%26w"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_headers_go_along_and_win():
    request, _ = sign_in(login(headers={"X-Api-Key": "k-{tenant}", "accept": "text/json"}), {"data": {"token": "t"}})
    assert request.headers == {"Content-Type": "application/json", "X-Api-Key": "k-a/b", "accept": "text/json"}


def test_what_a_header_cannot_carry_is_refused_with_the_fields_name():
    way = login(headers={"X-Api-Key": "{password}"})
    with pytest.raises(InputError, match="'password' cannot be sent in a header") as caught:
        next(way.flow({**VALUES, "password": "a\r\nHost: evil"}, None, NOW, base_url=BASE))
    assert caught.value.field == "password"


def test_the_host_may_be_of_the_account():
    way = login(host={"pattern": "https://{user}.example.com/"})
    request, _ = sign_in(way, {"data": {"token": "t"}})
    assert request.url == "https://ada.example.com/tenants/a%2Fb/login"
    with pytest.raises(InputError, match="'user' is part of a host's name"):
        next(way.flow({**VALUES, "user": "evil.com/"}, None, NOW, base_url=BASE))


def test_the_token_may_come_in_a_header_without_any_body():
    _, session = sign_in(login(token={"header": "X-Session"}), b"", 201, (("x-session", "t-9"),))
    assert session == {"token": "t-9"}


@pytest.mark.parametrize(
    ("changes", "until", "renew_in"),
    [
        ({"expires": "data.until"}, 600, 540),
        ({"expires": "data.until"}, "600", 540),
        ({"expires": "data.until"}, NOW + 600, 540),
        ({"expires": "data.until"}, (NOW + 600) * 1000, 540),
        ({"expires": "data.until"}, "2025-11-13T02:23:20Z", 540),
        ({"lifetime": "PT10M"}, None, 540),
        ({"lifetime": "P7D"}, None, 7 * 86_400 - 60),
        ({}, 600, None),
    ],
)
def test_when_a_token_ends_is_told_or_known(changes, until, renew_in):
    _, session = sign_in(login(**changes), {"data": {"token": "t", "until": until}})
    assert session.get("renew_at") == (None if renew_in is None else NOW + renew_in)


@pytest.mark.parametrize(
    ("send", "expected"),
    [
        (None, ("Authorization", "Bearer t")),
        ({"header": "X-Session", "value": "{user}:{session_token}"}, ("X-Session", "ada:t")),
    ],
)
def test_the_token_goes_along_as_the_manifest_says(send, expected):
    request = login(send=send).signed(Request("GET", BASE), VALUES, {"token": "t"})
    assert request.headers == dict([expected])


def test_the_token_may_go_along_in_the_query():
    send = {"query": "sid", "value": "{session_token}"}
    assert login(send=send).signed(Request("GET", BASE), VALUES, {"token": "t"}).query == (("sid", "t"),)


@pytest.mark.parametrize("status", [400, 401, 422])
def test_credentials_that_are_refused_are_remembered_as_dead(status):
    flow = login().flow(VALUES, None, NOW, base_url=BASE)
    next(flow)
    save = flow.send(Response(status, (), b'{"message": "no"}'))
    with pytest.raises(ReconnectError) as caught:
        next(flow)
    assert save == Save({"dead": caught.value.message})
    assert caught.value.message == f"the vendor does not accept the credentials ({status}: no)"


@pytest.mark.parametrize(
    ("status", "kind"), [(403, VendorRefused), (429, VendorBusy), (500, VendorFailed), (302, VendorFailed)]
)
def test_other_refusals_say_nothing_about_the_credentials(status, kind):
    flow = login().flow(VALUES, None, NOW, base_url=BASE)
    next(flow)
    with pytest.raises(kind):
        flow.send(Response(status, (), b'{"message": "no"}'))


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{}", b'{"data": {"token": "a\\nb"}}', b'{"data": "t"}'])
def test_an_answer_without_a_usable_token_is_the_vendors_failure(answer):
    flow = login().flow(VALUES, None, NOW, base_url=BASE)
    next(flow)
    with pytest.raises(VendorFailed):
        flow.send(Response(200, (), answer))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"form": {"u": "{user}"}}, "either as a 'body' or as a 'form'"),
        ({"body": None}, "either as a 'body' or as a 'form'"),
        ({"request": "GET /login"}, "with POST or PUT"),
        ({"expires": "until", "lifetime": "P1D"}, "not both"),
        ({"lifetime": "a week"}, "a duration is written as P3D"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        login(**changes)

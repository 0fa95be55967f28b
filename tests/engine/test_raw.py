"""Any call under a connection goes to the vendor alone, arrives as it is written, and comes back without secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.components.http import Request
from connectors.engine.connection import Connection
from connectors.engine.raw import RawCall
from connectors.errors import ConfirmRequired, InputError, UnknownOutcome, VendorFailed, VendorNotFound
from tests.engine.acme import API, FILES, make_connection, make_connector


def request(path: str, method: str = "GET", using: Connection | None = None, **more: Any) -> Request:
    return RawCall(method, path, **more).request(using or make_connection())


@pytest.mark.parametrize(
    ("path", "arrives"),
    [
        ("/users", "/users"),
        ("/accounts/{account}/users/", "/accounts/a-1/users/"),
        ("/a%2Fb/c%20d%25", "/a%2Fb/c%20d%25"),
        ("/ü", "/%C3%BC"),
        ("/x?page=2&q=a%26b+c&at=me@example.com/x", "/x?page=2&q=a%26b+c&at=me@example.com/x"),
        ("/x?of={account}&json={{}}", "/x?of=a-1&json=%7B%7D"),
        ("/x?", "/x?"),
        ("/..a/...", "/..a/..."),
        ("/a..%2Fb%2f...;v=1", "/a..%2Fb%2f...;v=1"),
    ],
)
def test_a_path_arrives_as_it_is_written(path: str, arrives: str):
    assert request(path).full_url == API + arrives


def test_parameters_are_added_to_the_query():
    sent = request("/x?a=1", query=[("b", "2&c=3"), ("b", "ü")])
    assert sent.full_url == f"{API}/x?a=1&b=2%26c%3D3&b=%C3%BC"


def test_a_value_of_the_connection_stays_in_its_segment():
    using = make_connection(values={"account": "../x?y"})
    assert request("/a/{account}?z={account}", using=using).full_url == f"{API}/a/..%2Fx%3Fy?z=..%2Fx%3Fy"


@pytest.mark.parametrize(
    "path",
    [
        *("", "users", "https://evil.example/x", "HTTPS://evil.example", "//evil.example/x", "/\\evil.example", "\\x"),
        *("@evil.example", "/@evil.example/x", ":80/x", ".evil.example/x", "/a//b", "/x#y", "/x?a#b", "/x y"),
        *("/..", "/a/../b", "/./a", "/%2e%2e/a", "/a/%2E./b", "/a/.%2e", "/%2e", "/100%", "/a%2", "/x?a=%zz"),
        *(
            "/..%2f",
            "/a%2F..%2Fb",
            "/a%2f%2e%2E",
            "/.%2Fa",
            "/..%5Ca",
            "/%252e%252e/a",
            "/a%252f..",
            "/..;/a",
            "/a/..;x=1",
        ),
        *("/\x00", "/a\r\nX: y", "/a?b\r\nX: y", "/\u2028", "/\udc80", "/{", "/{apiKey}", "/?k={apiKey}", "/{acount}"),
        *("/{account|nothing}", "/%{account}", "/x?%2{account}", "javascript:alert(1)", "file:///etc/passwd"),
    ],
)
async def test_what_could_lead_elsewhere_is_refused_and_nothing_is_sent(vendor: Any, path: str):
    made = vendor({})
    with pytest.raises(InputError) as caught:
        await made.request("GET", path)
    assert (made.exchange.transport.sent, caught.value.field) == ([], "path")
    assert caught.value.remedy
    assert "canary" not in str(caught.value)


@given(st.text() | st.text("/.%@\\?#:{}2eEfF5c"))
@settings(deadline=None)
def test_whatever_the_path_it_goes_to_the_vendor(path: str):
    try:
        url = request(path).full_url
    except InputError as error:
        assert error.remedy  # noqa: PT017 - most texts are refused
    else:
        sent = Request("GET", url)
        assert sent.origin == API
        assert url.startswith(f"{API}/")
        assert url.isascii()


def test_the_near_miss_is_named():
    with pytest.raises(InputError, match="the connection has no 'acount'; did you mean 'account'"):
        request("/{acount}")
    with pytest.raises(InputError, match="'apiKey' is secret"):
        request("/{apiKey}")
    with pytest.raises(InputError, match="'BREW' is no method"):
        request("/x", "BREW")


async def test_it_is_signed_in_and_sends_json(vendor: Any):
    made = vendor({"id": 1})
    answer = await made.request("POST", "/users", [("dry", "1")], {"name": "Erika"})
    (sent,) = made.exchange.transport.sent
    assert (sent.full_url, sent.json) == (f"{API}/users?dry=1", {"name": "Erika"})
    assert sent.headers["X-Authorization"] == "canary-1"
    assert sent.headers["Content-Type"] == "application/json"
    assert answer.json() == {"id": 1}


async def test_the_manifest_may_ask_for_its_own_type(vendor: Any):
    made = vendor({}, headers={"Accept": "application/vnd.acme+json"})
    await made.request("GET", "/users")
    assert made.exchange.transport.sent[0].headers["Accept"] == "application/vnd.acme+json"


async def test_what_destroys_has_to_be_confirmed(vendor: Any):
    made = vendor((204, b""))
    with pytest.raises(ConfirmRequired):
        await made.request("DELETE", "/users/1")
    assert made.exchange.transport.sent == []
    assert (await made.request("DELETE", "/users/1", confirmed=True)).status == 204


async def test_a_read_is_repeated_and_a_write_never(vendor: Any):
    reading, writing = vendor(500, {"id": 1}), vendor(500, {"id": 1})
    assert (await reading.request("GET", "/x")).json() == {"id": 1}
    with pytest.raises(UnknownOutcome):
        await writing.request("PATCH", "/x", body={})
    assert (len(reading.exchange.transport.sent), len(writing.exchange.transport.sent)) == (2, 1)


NO_JSON = {"NaN": b'{"a": NaN}', "levels": b'{"a": ' * 100_000, "digits": b"[" + b"9" * 5000 + b"]", "half": b'{"a'}


@pytest.mark.parametrize("said", [{"content-type": "application/vnd.acme+json; charset=utf-8"}, {}], ids=["said", ""])
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_what_should_be_json_and_is_not_is_an_error_as_everywhere(vendor: Any, body: bytes, said: dict[str, str]):
    with pytest.raises(VendorFailed, match="but not as documented"):
        await vendor((200, body, said)).request("GET", "/x")
    with pytest.raises(UnknownOutcome, match="but not as documented"):
        await vendor((200, body, said)).request("POST", "/x", body={})


async def test_what_is_said_to_be_text_is_text(vendor: Any):
    answer = await vendor((200, b'{"a": NaN}', {"content-type": "text/plain"})).request("GET", "/x")
    assert answer.body == b'{"a": NaN}'


async def test_it_counts_against_the_rate_plan(vendor: Any, clock: Any):
    made = vendor({}, rates={"default": {"limit": 1, "per": "minute"}})
    await made.request("GET", "/x")
    with pytest.raises(Exception, match="no more now"):
        await made.request("GET", "/x")


async def test_it_is_followed_to_declared_hosts_without_a_credential(vendor: Any):
    made = vendor((302, None, {"location": f"{FILES}/x"}), {"id": 1})
    await made.request("GET", "/x")
    first, second = made.exchange.transport.sent
    assert "canary" in repr(first)
    assert "canary" not in repr(second)


@pytest.mark.parametrize(
    "body",
    [
        {"key": "canary-1", "canary-1": ["a canary-1 b", {"x": "canary-1"}]},
        b'{"key": "\\u0063anary-1"}',
        b"<p>canary-1</p>",
        b"\xff\x00canary-1\xfe",
        b"Y2FuYXJ5LTE=",
    ],
)
async def test_secrets_in_the_answer_are_hidden(vendor: Any, body: Any):
    answer = await vendor((200, body, {"x-echo": "key canary-1"})).request("GET", "/x")
    said = repr(answer.headers).encode() + answer.body + repr(json.dumps(_read(answer.body))).encode()
    assert b"canary-1" not in said
    assert b"Y2FuYXJ5LTE" not in said
    assert "•••".encode() in answer.body


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


@pytest.mark.parametrize("body", [b'{ "a": 1.10, "a": 2 }', b"\xff\x00", b"", b"text\n"])
async def test_an_answer_without_a_secret_stays_byte_by_byte(vendor: Any, body: bytes):
    assert (await vendor((200, body)).request("GET", "/x")).body == body


async def test_a_long_answer_is_looked_through_as_a_whole(vendor: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("connectors.engine.redaction.hidden", None)
    answer = await vendor({"numbers": [1, 2, 3], "words": ["a\nb"]}).request("GET", "/x")
    assert answer.json() == {"numbers": [1, 2, 3], "words": ["a\nb"]}


@pytest.mark.parametrize("space", ["\n", "\r\n\t", "\f\v", "\x1c\x1f", "\u2028", "\\"])
async def test_a_secret_is_hidden_however_it_is_wrapped(vendor: Any, space: str):
    answer = await vendor({"said": f"cana{space}ry-1"}).request("GET", "/x")
    assert answer.json() == {"said": "•••"}


async def test_a_number_that_is_the_secret_is_hidden(vendor: Any):
    using = make_connection(make_connector(), values={"apiKey": "12345678"})
    answer = await vendor({"key": 12345678, "n": 3}, using=using).request("GET", "/x")
    assert answer.json() == {"key": "•••", "n": 3}


async def test_errors_are_those_of_any_call(vendor: Any):
    with pytest.raises(VendorNotFound, match="no such ••• here") as caught:
        await vendor((404, {"message": "no such canary-1 here"})).request("GET", "/x")
    assert caught.value.status == 404

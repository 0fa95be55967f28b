"""The matrix: however a vendor's answer points elsewhere, no credential and no body reaches a foreign host."""

from __future__ import annotations

import base64
import itertools
import re
from contextlib import suppress
from typing import Any

import pytest

from connectors.components.http import FORM_TYPE, Request
from connectors.engine.connection import Connection
from connectors.engine.exchange import REDIRECTS, Exchange
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.errors import GridwireError, InputError, UnknownOutcome
from tests.engine.acme import API, FILES, Wire, make_connection, make_connector, read
from tests.engine.hostile import Server, Step, answer, request_and_body, serve

CANARY = "canary-1"
FORMS = (CANARY, base64.b64encode(f"ada:{CANARY}".encode()).decode())

CREDENTIALS: dict[str, dict[str, Any]] = {
    "Authorization": {"basic": {"username": "ada", "password": "{apiKey}"}},
    "authorization": {"api_key": {"header": "authorization", "value": "Bearer {apiKey}"}},
    "X-Authorization": {"api_key": {"header": "X-Authorization", "value": "{apiKey}"}},
    "X-Api-Key": {"api_key": {"header": "X-Api-Key", "value": "{apiKey}"}},
    "Cookie": {"api_key": {"header": "Cookie", "value": "session={apiKey}"}},
    "query": {"api_key": {"query": "key", "value": "{apiKey}"}},
}

# What is asked next: the vendor's own host with the credential, a declared one without, or none.
OWN = rf"""/x x ?x ./x ../x /x#y {API}/x //api.example.com/x HTTPS://API.EXAMPLE.COM/x {API}:443/x https:// ://x
https://ada:pw@api.example.com/x https://evil.example:443@api.example.com/x https:/evil.example/x
\\evil.example\x /\evil.example/x https:\\evil.example\x
{API}//evil.example/x {API}/@evil.example/x {API}?@evil.example/x {API}#@evil.example/x""".split()
DECLARED = f"""{FILES}/x {FILES} //private-static.example.com/x https://PRIVATE-STATIC.example.com:443/x
https://api.example.com@private-static.example.com/x""".split()
FOREIGN = """https://evil.example/x //evil.example/x https://evil.example http://api.example.com/x
http://api.example.com:443/x https://api.example.com:8443/x https://api.example.com:80/x http://private-static.example.com/x
https://sub.api.example.com/x https://example.com/x https://api.example.com.evil.example/x https://api.example.com./x
https://evilapi.example.com/x https://api.example.com@evil.example/x https://api.example.com:443@evil.example/x
https://api.example.com\\@evil.example/x https://evil.example\\@api.example.com/x https://api.example.com%2f@evil.example/x
https://api.example.com%00.evil.example/x https://api.example.com\\.evil.example/x
https://[::1]/x https://[::ffff:7f00:1]/x https://[evil.example]/x https://[::1/x
https://127.0.0.1/x https://2130706433/x https://0x7f.1/x https://xn--pi-7ka.example.com/x https://\u0430pi.example.com/x
https://api\u3002example.com/x https://api.example.com:0/x https://api.example.com:99999/x https://api.example.com:x/x
ftp://api.example.com/x file:///etc/passwd javascript:alert(1)//x data:,x http:
https://private-static.example.com@evil.example/x https://private-static.example.com.evil.example/x
https://private-static.example.com:444/x""".split()
TARGETS = [*((to, API) for to in OWN), *((to, FILES) for to in DECLARED), *((to, None) for to in FOREIGN)]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BODIES: list[dict[str, Any]] = [{}, {"json": {"token": CANARY}}, {"form": (("token", CANARY),)}]


def holds_secret(sent: Request) -> bool:
    return any(form in repr(sent) for form in FORMS)


def signed_in(credential: str, **blocks: Any) -> Connection:
    return make_connection(make_connector(connection={"auth": CREDENTIALS[credential]}, **blocks))


def moved(where: str, status: int = 302) -> tuple[int, Any, dict[str, str]]:
    return (status, None, {"location": where})


def check(wire: Wire, leads_to: str | None, about: object) -> None:
    """That after the first request came what should and no more, and that a secret went to the vendor's host alone."""
    after = wire.sent[1:]
    assert [request.origin for request in after] == ([leads_to] if leads_to else []), about
    for request in after:
        assert holds_secret(request) == (request.origin == API), about
        assert request.origin == API or request == Request("GET", request.url), about


# Redirects


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_read_is_followed_where_it_may_be_and_only_there(clock, status: int, credential: str):
    connection = signed_in(credential)
    for (where, leads_to), body in itertools.product(TARGETS, BODIES):
        ask = Exchange(connection, Wire(moved(where, status), {}))
        with suppress(GridwireError):
            await ask.send(Request("GET", f"{API}/items", **body), effect="read", repeatable=True)
        check(ask.transport, leads_to, (where, body))
        assert holds_secret(ask.transport.sent[0])


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize("status", REDIRECTS)
async def test_nothing_but_a_get_is_followed_nor_is_it_sent_again(clock, status: int, method: str, credential: str):
    connection = signed_in(credential)
    for (where, _), body in itertools.product(TARGETS, BODIES):
        ask = Exchange(connection, Wire(moved(where, status), {}))
        with pytest.raises(UnknownOutcome):
            await ask.send(Request(method, f"{API}/items", **body), effect="write", repeatable=False)
        check(ask.transport, None, (where, body))


@pytest.mark.parametrize("effect", ["read", "write"])
@pytest.mark.parametrize("status", REDIRECTS)
async def test_not_even_a_repeatable_post_is_followed(clock, status: int, effect: str):
    connection = make_connection()
    for where, _ in TARGETS:
        ask = Exchange(connection, Wire(moved(where, status), {}))
        with suppress(GridwireError):
            await ask.send(Request("POST", f"{API}/items", json={}), effect=effect, repeatable=True)
        assert {request.origin for request in ask.transport.sent} == {API}, where


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_declared_host_leads_no_further(clock, status: int):
    connection = make_connection()
    for where, _ in TARGETS:
        ask = Exchange(connection, Wire(moved(f"{FILES}/x", status), moved(where, status), {}))
        with pytest.raises(GridwireError):
            await ask.send(Request("GET", f"{API}/items"), effect="read", repeatable=True)
        check(ask.transport, FILES, where)


# Addresses in answers


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("paginate", [{"next_url": {"from": "next"}}, {"link_header": {}}], ids=["body", "Link"])
async def test_the_next_page_is_on_the_same_host_or_not_read(clock, paginate: dict[str, Any], credential: str):
    lists = {"items": {"request": "GET /items", "items": "results", "paginate": paginate}}
    connection = signed_in(credential, lists=lists)
    for where, leads_to in TARGETS:
        first = (200, {"results": [{"id": 1}], "next": where}, {"link": f'<{where}>; rel="next"'})
        wire = Wire(first, {"results": []})
        with suppress(GridwireError):
            await read(Vendor(Exchange(connection, wire)))
        check(wire, leads_to if leads_to == API else None, where)


@pytest.mark.parametrize("credential", CREDENTIALS)
async def test_a_file_is_read_at_the_vendor_and_where_files_are_declared(clock, credential: str):
    actions = {"get": {"request": "GET /file", "output": {"file": {"name": "a", "url": "{url}"}}, "sample": {}}}
    connection = signed_in(credential, actions=actions)
    for where, leads_to in TARGETS:
        wire = Wire({"url": where}, (200, b"%PDF"))
        with suppress(GridwireError):
            await Vendor(Exchange(connection, wire)).call("get", {})
        absolute = leads_to == FILES and not where.startswith("//")
        check(wire, leads_to if absolute or (leads_to == API and wire.sent[1:]) else None, where)


# Addresses from users


@pytest.mark.parametrize("field", ["base_url", "hosts"])
async def test_an_address_that_a_user_gives_is_the_one_asked_or_refused(clock, field: str):
    for where, _ in TARGETS:
        try:
            connection = make_connection(**{field: where if field == "base_url" else {API: where}})
        except InputError:
            continue
        wire = Wire(moved("https://elsewhere.example/x"), {})
        request = Request("GET", f"{connection.base_url}/items")
        with pytest.raises(GridwireError):
            await Exchange(connection, wire).send(request, effect="read", repeatable=True)
        (only,) = wire.sent
        assert re.fullmatch(re.escape(only.origin) + "(:443|:80)?/.*", where + "/", re.IGNORECASE), where


# On real sockets


def redirect(where: str, status: int) -> list[Step]:
    return [request_and_body, answer(b"{}", f"Location: {where}", status=f"{status} Moved")]


async def ask(own: Server, method: str) -> None:
    body: dict[str, Any] = {} if method == "GET" else {"json": {"token": CANARY}}
    effect = "read" if method == "GET" else "write"
    connection = make_connection(base_url=own.url)
    async with HttpTransport() as transport:
        exchange = Exchange(connection, transport)
        with suppress(GridwireError):
            await exchange.send(
                Request(method, f"{connection.base_url}/a", **body), effect=effect, repeatable=effect == "read"
            )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("where", ["http://{0}/x", "//{0}/x", "http://localhost:{1}/x", "http://{2}@{0}/x"])
async def test_another_server_hears_nothing(where: str, status: int, method: str):
    async with serve(request_and_body, answer(b"{}")) as foreign:
        port = foreign.host.partition(":")[2]
        async with serve(*redirect(where.format(foreign.host, port, "127.0.0.1"), status)) as own:
            await ask(own, method)
    assert len(own.heads) == 1
    assert CANARY.encode() in own.heads[0]
    assert foreign.opened == 0


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_declared_server_hears_no_secret(status: int):
    async with serve(request_and_body, answer(b"{}")) as files:
        connector = make_connector(origins={"files": {"url": f"http://{files.host}"}})
        async with serve(*redirect(f"http://{files.host}/x", status)) as own, HttpTransport() as transport:
            connection = make_connection(connector, base_url=own.url)
            sent = Request(
                "GET", f"{connection.base_url}/a", headers={"Content-Type": FORM_TYPE}, form=(("t", CANARY),)
            )
            await Exchange(connection, transport).send(sent, effect="read", repeatable=True)
    assert files.heads[0].startswith(b"GET /x HTTP/1.1\r\n")
    assert CANARY.encode() not in files.heads[0]

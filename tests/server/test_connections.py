"""Accounts over HTTP: kept, shown without secrets, changed, erased."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sqlite3
from contextlib import closing

import httpx
import pytest

from connectors.engine.addresses import Reach
from connectors.server import create_app
from connectors.service.service import opened
from tests.server.conftest import SEAL, SECRET

ACCOUNT = {"account": "north", "token": SECRET}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def make(client, request):
    """Makes a connection, which is gone at the end."""
    made = []

    def make(name="new", values=ACCOUNT, **more):
        answer = client.post("/v1/connections", json={"connector": "acme", "name": name, "values": values, **more})
        if answer.status_code == 201:
            made.append(answer.json()["id"])
        return answer

    yield make
    for each in made:
        client.delete(f"/v1/connections/{each}")


@pytest.fixture(scope="module")
def stranger(running, data, catalog):
    """A client with the key of another workspace."""

    async def add():
        async with opened(data, [SEAL], catalog) as service:
            return (await service.keys.add("other", workspace="other"))[1]

    headers = {"Authorization": f"Bearer {asyncio.run(add())}"}
    with httpx.Client(base_url=running.base_url, headers=headers, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def narrow(running, data, catalog):
    """A client whose key runs operations and no more."""

    async def add():
        async with opened(data, [SEAL], catalog) as service:
            return (await service.keys.add("narrow", scopes=["use"]))[1]

    headers = {"Authorization": f"Bearer {asyncio.run(add())}"}
    with httpx.Client(base_url=running.base_url, headers=headers, trust_env=False) as client:
        yield client


def test_an_account_is_kept_and_shown_without_its_secrets(client, make):
    answer = make(base_url="https://acme.example.com:8443/v2")
    shown = answer.json()

    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/connections/{shown['id']}")
    assert client.get(answer.headers["location"]).json() == shown
    assert SECRET not in answer.text
    assert TIME.fullmatch(shown.pop("created_at"))
    assert TIME.fullmatch(shown.pop("updated_at"))
    assert shown.pop("id").startswith("con_")
    assert shown.pop("remedy").endswith("/test asks the vendor whether it works.")
    assert shown == {
        "name": "new", "connector": "acme", "state": "not_tested", "last_error": None,
        "base_url": "https://acme.example.com:8443/v2", "hosts": {}, "values": {"account": "north"},
        "secrets": ["token"], "warnings": [], "tested_at": None,
    }  # fmt: skip


def test_those_of_one_connector_are_listed(client, make):
    make(name="mine")
    mine = client.get("/v1/connections?connector=acme").json()["items"]

    assert "mine" in [one["name"] for one in mine]
    assert {one["connector"] for one in mine} == {"acme"}
    others = client.get("/v1/connections?connector=club").json()["items"]
    assert {one["connector"] for one in others} == {"club"}


def test_a_connector_that_is_not_there_is_named(client):
    answer = client.get("/v1/connections?connector=acmee")

    assert (answer.status_code, answer.json()["field"]) == (422, "connector")


def test_without_an_address_it_has_the_usual_one(make):
    assert make().json()["base_url"] == "https://api.acme.example"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"connector": "acmee"}, "connector"),
        ({"connector": "tests/server/manifests/acme.yaml"}, "connector"),
        ({"connector": None}, "connector"),
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"values": {"account": "north"}}, "token"),
        ({"values": {**ACCOUNT, "tokn": "x"}}, "tokn"),
        ({"values": {**ACCOUNT, "account": "../x", "token": 1}}, "token"),
        ({"base_url": "ftp://acme.example"}, "base_url"),
        ({"base_url": "https://user:pass@acme.example"}, "base_url"),
        ({"base_url": "http://acme.example"}, "base_url"),
        ({"base_url": "https://127.0.0.1"}, "base_url"),
        ({"hosts": {"https://api.acme.example": "https://10.0.0.1"}}, "hosts.https://api.acme.example"),
        ({"hosts": {"https://other.example": "https://example.com"}}, "hosts"),
        ({"hosts": {"https://api.acme.example": 1}}, "hosts"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(make, client, body, field):
    before = client.get("/v1/connections").json()
    answer = make(**{"connector": "acme", **body})

    assert (answer.status_code, answer.json()["kind"], answer.json()["field"]) == (422, "invalid_input", field)
    assert "pass@" not in answer.text
    assert client.get("/v1/connections").json() == before


def test_a_name_that_is_taken_is_a_conflict(make):
    make()
    answer = make()

    assert (answer.status_code, answer.json()["kind"], answer.json()["field"]) == (409, "conflict", "name")


def test_given_values_replace_those_of_the_same_name(client, make, acme):
    at = f"/v1/connections/{make().json()['id']}"

    changed = client.patch(at, json={"values": {"account": "south"}, "name": "renamed"}).json()

    assert (changed["name"], changed["values"], changed["secrets"]) == ("renamed", {"account": "south"}, ["token"])
    client.post(f"{at}/test")
    [request] = acme.asked
    assert request.url == "https://api.acme.example/south/orders"
    assert dict(request.headers)["X-Token"] == SECRET


def test_null_removes_a_value(client, make):
    at = f"/v1/connections/{make().json()['id']}"

    answer = client.patch(at, json={"values": {"token": None}})

    assert (answer.status_code, answer.json()["field"]) == (422, "token")


def test_addresses_are_set_and_removed(client, make):
    at = f"/v1/connections/{make().json()['id']}"
    host = {"https://api.acme.example": "https://example.com"}

    again = {"values": {"token": SECRET}}

    client.patch(at, json={"base_url": "https://example.net/x", "hosts": host, **again})
    assert client.patch(at, json={}).json()["base_url"] == "https://example.net/x"
    shown = client.patch(at, json={"base_url": None, **again}).json()
    assert (shown["base_url"], shown["hosts"]) == ("https://example.com", host)
    shown = client.patch(at, json={"hosts": {"https://api.acme.example": None}, **again}).json()
    assert (shown["base_url"], shown["hosts"]) == ("https://api.acme.example", {})


@pytest.mark.parametrize(
    "moved", [{"base_url": "https://example.net"}, {"hosts": {"https://api.acme.example": "https://example.com"}}]
)
def test_a_secret_goes_to_another_address_only_if_it_is_given_again(client, make, acme, moved):
    at = f"/v1/connections/{make().json()['id']}"

    answer = client.patch(at, json=moved)

    assert (answer.status_code, answer.json()["field"]) == (422, "token")
    client.post(f"{at}/test")
    assert [request.url for request in acme.asked] == ["https://api.acme.example/north/orders"]


def test_at_another_address_nothing_is_known_of_it(client, make):
    at = f"/v1/connections/{make().json()['id']}"
    assert client.post(f"{at}/test").json()["state"] == "ok"

    moved = client.patch(at, json={"base_url": "https://example.net", "values": {"token": SECRET}}).json()

    assert (moved["state"], moved["tested_at"]) == ("not_tested", None)
    assert client.get(at).json() == moved
    assert client.post(f"{at}/test").json()["state"] == "ok"


def test_an_address_is_shown_whole_but_for_what_is_secret_in_it(client, make):
    there = f"https://example.net/{SECRET}/v2"
    shown = make(base_url=there, hosts={"https://api.acme.example": there}).json()

    assert shown["base_url"] == shown["hosts"]["https://api.acme.example"] == "https://example.net/•••/v2"
    refused = make(name="other", base_url="https://user:password@example.net/v2")
    assert (refused.status_code, "password" in refused.text) == (422, False)


def test_a_deleted_one_is_gone(client, make):
    at = f"/v1/connections/{make().json()['id']}"

    answer = client.delete(at)

    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(at).status_code == client.delete(at).status_code == 404


def test_the_state_follows_what_the_vendor_says(client, make, acme):
    at = f"/v1/connections/{make().json()['id']}"
    acme.answers(401, b'{"message": "token expired"}')
    client.post(f"{at}/actions/get_order", json={"input": {"id": "1"}})

    shown = client.get(at).json()
    assert (shown["state"], shown["last_error"]["kind"]) == ("reconnect", "reconnect")
    assert shown["last_error"]["vendor_message"] == "token expired"
    assert TIME.fullmatch(shown["last_error"]["at"])
    assert shown["remedy"] == f"Enter the account's values anew with PATCH {at}, then POST {at}/test."

    acme.answers(500)
    client.post(f"{at}/test")
    shown = client.get(at).json()
    assert (shown["state"], shown["last_error"]["kind"]) == ("failing", "vendor_failed")
    assert TIME.fullmatch(shown["tested_at"])

    acme.answer = acme.usual
    assert client.post(f"{at}/test").json() == client.get(at).json()
    assert (client.get(at).json()["state"], client.get(at).json()["last_error"]) == ("ok", None)


def test_new_values_end_reconnect(client, make, acme):
    at = f"/v1/connections/{make().json()['id']}"
    acme.answers(401)
    client.post(f"{at}/test")

    assert client.patch(at, json={"name": "called-otherwise"}).json()["state"] == "reconnect"
    assert client.patch(at, json={"values": {"token": "another-secret"}}).json()["state"] == "not_tested"


@pytest.mark.parametrize("how", ["id", "name"])
def test_one_of_another_workspace_is_as_if_there_were_none(stranger, client, make, acme, how):
    named = make().json()[how]
    paths = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/actions/get_order")]
    paths += [("POST", "/searches/find_order"), ("POST", "/triggers/new_order/poll")]
    paths += [("GET", "/triggers/new_order/sample"), ("POST", "/actions/nothing")]

    for method, path in paths:
        there, never = (
            stranger.request(method, f"/v1/connections/{name}{path}", json=None if method in ("GET", "DELETE") else {})
            for name in (named, "never-was")
        )
        assert there.status_code == never.status_code == 404
        told = [{k: v for k, v in each.json().items() if k != "correlation_id"} for each in (there, never)]
        assert json.dumps(told[0]).replace(named, "never-was") == json.dumps(told[1])

    assert stranger.get("/v1/connections").json() == {"items": []}
    assert client.get(f"/v1/connections/{named}").status_code == 200
    assert not acme.asked


def test_the_same_name_may_be_used_in_another_workspace(stranger, make):
    make()
    answer = stranger.post("/v1/connections", json={"connector": "acme", "name": "new", "values": ACCOUNT})

    assert answer.status_code == 201
    assert stranger.delete("/v1/connections/new").status_code == 204


def test_who_may_only_use_accounts_changes_none(narrow, client, make):
    at = f"/v1/connections/{make().json()['id']}"

    for method, path in (("POST", "/v1/connections"), ("PATCH", at), ("DELETE", at)):
        answer = narrow.request(method, path, json={} if method != "DELETE" else None)
        assert (answer.status_code, answer.json()["detail"]) == (403, "the key lacks the scope 'manage'")
    assert narrow.get(at).status_code == narrow.post(f"{at}/test").status_code == 200


def test_an_action_that_succeeds_writes_nothing(client, make, data):
    at = f"/v1/connections/{make().json()['id']}"
    client.post(f"{at}/test")
    with closing(sqlite3.connect(data / "gridwire.db")) as rows:
        commits = [rows.execute("PRAGMA data_version").fetchall()]
        client.post(f"{at}/actions/get_order", json={"input": {"id": "1"}})
        commits.append(rows.execute("PRAGMA data_version").fetchall())
        client.post(f"{at}/test")
        commits.append(rows.execute("PRAGMA data_version").fetchall())

    assert commits[0] == commits[1] != commits[2]


N8N = {"connector": "acme", "name": "inside", "values": ACCOUNT, "base_url": "http://n8n:5678"}


@pytest.fixture
def inside(tmp_path, catalog, served):
    """Starts a server of its own; gives the client."""
    from tests.server.conftest import KEY, seed

    seed(tmp_path, catalog, {})
    open_ = []

    def start(reach):
        app = create_app(catalog=catalog, data=tmp_path, secret_keys=[SEAL], reach=reach, timeout=5.0)
        running = served(app, loop="asyncio")  # uvloop asks the system for addresses, past what the test says
        client = httpx.Client(base_url=running.__enter__(), headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)
        open_.append((client, running))
        return client

    yield start
    for client, running in open_:
        client.close()
        running.__exit__(None, None, None)


def test_an_address_inside_is_refused_with_the_flag_that_allows_it(inside):
    answer = inside(None).post("/v1/connections", json=N8N)

    assert (answer.status_code, answer.json()["field"]) == (422, "base_url")
    assert answer.json()["detail"] == "'base_url' cannot be http://n8n:5678: it is not https"
    assert "--allow-target http://n8n:5678;" in answer.json()["remedy"]


def resolving(monkeypatch, name):
    """From now on the name is this machine."""
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **more):
        if host not in (name, name.encode()):
            return real(host, port, *args, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port or 0)))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_with_the_flag_it_works(inside, served, monkeypatch):
    vendor, asked = _vendor()
    resolving(monkeypatch, "n8n")
    with served(vendor) as address:
        account = {**N8N, "base_url": address.replace("127.0.0.1", "n8n")}
        assert inside(Reach(frozenset({"http://n8n:5678"}))).post("/v1/connections", json=account).status_code == 422

        client = inside(Reach(frozenset({account["base_url"]})))
        made = client.post("/v1/connections", json=account).json()
        assert made["warnings"] == [
            f"http:// sends the credentials in clear to {account['base_url']}; use https:// if the host offers it."
        ]
        assert client.post("/v1/connections/inside/test").json()["state"] == "ok"
    assert asked == ["/north/orders"]


def test_a_name_that_moves_inside_after_it_was_saved_gains_nothing(inside, served, monkeypatch):
    vendor, asked = _vendor()
    with served(vendor) as address:
        moves = f"https://moves.example:{address.rpartition(':')[2]}"
        client = inside(None)
        assert client.post("/v1/connections", json={**N8N, "base_url": moves}).status_code == 201
        resolving(monkeypatch, "moves.example")
        answer = client.post("/v1/connections/inside/test")

    assert answer.status_code == 502
    assert f"--allow-target {moves};" in answer.json()["remedy"]
    assert asked == []


def _vendor():
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    asked = []

    async def orders(request):
        asked.append(request.url.path)
        return JSONResponse({"orders": [], "more": False})

    return Starlette(routes=[Route("/{account}/orders", orders)]), asked


def test_a_workspace_has_no_more_connections_than_it_may(client, monkeypatch):
    monkeypatch.setattr("connectors.service.connections.MOST", 2)
    given = {"connector": "acme", "name": "one-too-many", "values": {"account": "north", "token": "t"}}

    refused = client.post("/v1/connections", json=given)

    assert (refused.status_code, refused.json()["kind"]) == (409, "conflict")
    assert "GET /v1/connections" in refused.json()["remedy"]
    assert client.get("/v1/connections/one-too-many").status_code == 404

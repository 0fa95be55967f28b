"""The addresses that vendors call: what is taken, and that everything else is alike."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace

import httpx
import pytest

from connectors.components.http import Response
from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog
from connectors.server import create_app
from connectors.service.connections import Account
from tests.server.conftest import SEAL, seed, until


def hook(trigger):
    """How the vendor is asked to call, which says what for."""
    body = {"url": "{webhook_url}", "secret": "{webhook_secret}", "of": trigger}
    return {"subscribe": {"request": "POST /hooks", "body": body}}


WORDS = {"description": "Triggers when a bell rings.", "key": "id", "sample": {"id": 1}}
MANIFEST = {
    "connector": "bells",
    "language": 1,
    "version": "1.0.0",
    "title": "Bells",
    "description": "Rings.",
    "base_url": "https://api.bells.example",
    "connection": {
        "fields": {"key": {"title": "Key", "required": True, "secret": True}},
        "auth": {"api_key": {"header": "X-Key", "value": "{key}"}},
        "test": "GET /bells",
    },
    "triggers": {
        "rung": {
            "title": "Rung",
            "webhook": {
                **hook("rung"),
                "challenge": {"query": "hello"},
                "verify": {"shared_secret": {"header": "X-Secret"}},
                "sample": {"id": 1},
            },
            **WORDS,
        },
        "tolled": {
            "title": "Tolled",
            "webhook": {**hook("tolled"), "verify": {"shared_secret": {"path": True}}, "sample": {"id": 1}},
            **WORDS,
        },
    },
}
PUBLIC = "https://gridwire.acme.example"


class Bells:
    """A stand-in for the vendor, which says yes to everything."""

    def __init__(self):
        self.asked = []

    async def send(self, request, *, timeout):  # noqa: ASYNC109
        self.asked.append(request)
        return Response(200, (), b"{}")


@pytest.fixture(scope="module", autouse=True)
def nobody_comes_back():
    """Readings are left at once, so that no test goes on with what another has left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connectors.service.subscriptions.GRACE", 0.0)
        yield


@pytest.fixture(scope="module")
def server(served, tmp_path_factory):
    folder, vendor = tmp_path_factory.mktemp("bells"), Bells()
    (folder / "bells.yaml").write_text(json.dumps(MANIFEST))
    catalog = Catalog([folder])
    seed(folder / "data", catalog, {"bells": ("bells", Account({"key": "k"}))}, "gw_k")
    settings = {"catalog": catalog, "data": folder / "data", "secret_keys": [SEAL], "transport": vendor}
    app = create_app(**settings, reach=Reach(), public_url=PUBLIC)
    headers = {"Authorization": "Bearer gw_k"}
    with served(app) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        stored = lambda: _stored(folder / "data" / "gridwire.db")  # noqa: E731
        yield SimpleNamespace(client=client, vendor=vendor, stored=stored, address=address)


def _stored(file):
    """How many deliveries of vendors and events are in the file."""
    with closing(sqlite3.connect(file)) as rows:
        return rows.execute("SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM events)").fetchone()


def subscribed(server, trigger):
    """A subscription, and what the vendor was told of its webhook, which others may share: its path, its secret."""
    made = server.client.post("/v1/subscriptions", json={"connection": "bells", "trigger": trigger}).json()
    told = next(one.json for one in reversed(server.vendor.asked) if one.method == "POST" and one.json["of"] == trigger)
    assert told["url"].startswith(f"{PUBLIC}/hooks/")
    return made, told["url"].removeprefix(PUBLIC), told["secret"]


@pytest.fixture(scope="module")
def rung(server):
    return subscribed(server, "rung")


@pytest.fixture
def call(server, rung):
    """A call of whoever has the address, with the right secret unless another is given."""
    _, path, secret = rung

    def call(content=b'{"id": 1}', method="POST", at="", headers=None):
        with httpx.Client(base_url=server.client.base_url, trust_env=False) as vendor:
            return vendor.request(method, path + at, content=content, headers={"X-Secret": secret} | (headers or {}))

    return call


def events(server, made):
    return [one["data"] for one in server.client.get(f"/v1/subscriptions/{made['id']}/events").json()["items"]]


def test_what_is_taken_is_in_the_file_before_it_is_answered(server, call):
    until(lambda: server.stored()[0], 0)  # what came before is worked on
    _, before = server.stored()

    assert call(b'{"id": "durable"}').status_code == 200

    assert sum(server.stored()) == before + 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH"])
def test_vendors_call_by_the_method_that_they_like(call, method):
    answer = call(method=method)

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_secret_may_be_the_last_part_of_the_address(server):
    _, path, secret = subscribed(server, "tolled")
    assert path.endswith(f"/{secret}")

    right = httpx.post(server.address + path, json={"id": 9}, trust_env=False)
    wrong = httpx.post(server.address + path[:-1] + "x", json={"id": 9}, trust_env=False)

    assert (right.status_code, wrong.status_code) == (200, 404)


def test_a_challenge_is_answered_and_is_no_event(call):
    answer = call(b"", method="GET", at="?hello=are-you%20there", headers={"X-Secret": ""})

    assert (answer.status_code, answer.text) == (200, "are-you there")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_wrong_missing_and_foreign_secrets_and_addresses_that_are_none_are_alike(server, call, method):
    foreign = subscribed(server, "tolled")[2]
    answers = [call(method=method, headers={"X-Secret": secret}) for secret in ("", "wrong", foreign, "é".encode())]
    answers += [call(method=method, at="x"), call(method=method, at="/"), call(method=method, at="x/y")]

    def said(answer):
        return answer.status_code, answer.content, set(answer.headers)

    assert {str(said(answer)) for answer in answers[:5]} == {str(said(answers[0]))}
    assert {answer.status_code for answer in answers} == {404}


def test_a_body_that_is_too_large_is_refused_before_it_is_read(call):
    assert call(b'{"id": "' + b"x" * 2**20 + b'"}').status_code == 413
    assert call(iter([b"x" * 2**19, b"x" * 2**19, b"x"])).status_code == 413


@pytest.mark.parametrize("content", [b"", b"nope", b"[" * 1000, b'{"id": null}', b'{"id": {}}', b"[]", b"\xff"])
def test_whatever_it_holds_the_server_does_not_fail(call, content):
    assert call(content).status_code in (200, 400)


def test_the_same_event_many_times_is_one(server, call, rung):
    for _ in range(5):
        assert call(b'{"id": "again"}').status_code == 200
    call(b'{"id": "last"}')

    for _ in range(200):
        if {"id": "last"} in (found := events(server, rung[0])):
            break
    assert found.count({"id": "again"}) == 1


def test_who_unsubscribed_is_not_called_any_more(server):
    made, path, _ = subscribed(server, "tolled")
    for one in server.client.get("/v1/subscriptions").json()["items"]:
        if one["trigger"] == made["trigger"]:  # they share an address
            server.client.delete(f"/v1/subscriptions/{one['id']}")

    until(lambda: httpx.post(server.address + path, json={"id": 9}, trust_env=False).status_code, 404)

"""An action under an Idempotency-Key is done once."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from connectors.components.http import Response
from tests.server.conftest import KEY

PLACE = "/v1/connections/acme-1/actions/place_order"
LAMP = {"input": {"article": "lamp"}}


@pytest.fixture
def place(client):
    """Places an order under a key."""
    return lambda key, body=LAMP, path=PLACE: client.post(path, json=body, headers={"Idempotency-Key": key})


@pytest.fixture
def key():
    return str(uuid4())


class Slow:
    """A vendor that answers when it is let."""

    def __init__(self):
        self.asked = asyncio.Event()
        self.let = asyncio.Event()
        self.requests = []
        self.ended = 0

    async def send(self, request, **_):
        self.requests.append(request)
        self.asked.set()
        await self.let.wait()
        self.ended += 1
        return Response(200, (), b'{"id": 7}')


@pytest.fixture
def slow(acme, monkeypatch):
    vendor = Slow()
    monkeypatch.setattr(acme, "send", vendor.send)
    return vendor


@pytest.fixture
async def asgi(app):
    headers = {"Authorization": f"Bearer {KEY}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers) as client:
        yield client


def test_the_same_again_gives_the_first_result_and_sends_nothing(place, acme, key):
    first = place(key)
    acme.answers(200, b'{"id": 8}')
    second = place(key)

    assert (first.json(), first.headers.get("idempotent-replayed")) == ({"output": {"id": 7}}, None)
    assert (second.json(), second.headers["idempotent-replayed"]) == ({"output": {"id": 7}}, "true")
    assert len(acme.asked) == 1


def test_a_connection_is_the_same_by_its_id(client, place, acme, key):
    place(key)
    by_id = client.get("/v1/connections/acme-1").json()["id"]

    assert place(key, path=PLACE.replace("acme-1", by_id)).headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PLACE, {"input": {"article": "table"}}),
        (PLACE, LAMP | {"confirm": True}),
        (PLACE, {"inputs": [LAMP["input"]]}),
        (PLACE.replace("acme-1", "acme-2"), LAMP),
        (PLACE.replace("place_order", "move_line"), LAMP),
    ],
)
def test_the_same_key_for_something_else_is_a_conflict(place, acme, key, path, body):
    place(key)

    answer = place(key, body, path)

    assert (answer.status_code, answer.json()["kind"]) == (409, "conflict")
    assert len(acme.asked) == 1


def test_the_key_of_several_inputs_is_not_free_for_one(place, key):
    place(key, {"inputs": [LAMP["input"]]})

    assert place(key).json()["kind"] == "conflict"


@pytest.mark.parametrize(
    ("status", "kind"), [(403, "vendor_refused"), (404, "vendor_not_found"), (500, "unknown_outcome")]
)
def test_a_refusal_and_an_unknown_outcome_are_results_too(place, acme, key, status, kind):
    acme.answers(status, b'{"message": "no"}')
    first = place(key)
    acme.answer = acme.usual
    second = place(key)

    assert first.json() == second.json()
    assert (second.json()["kind"], second.status_code) == (kind, first.status_code)
    assert second.headers["content-type"] == "application/problem+json"
    assert len(acme.asked) == 1


@pytest.mark.parametrize("status", [401, 429])
def test_what_did_nothing_and_may_be_tried_again_frees_the_key(place, acme, key, status):
    acme.answers(status)
    assert place(key).status_code in (424, 429)
    acme.answer = acme.usual

    assert place(key).json() == {"output": {"id": 7}}


def test_a_wrong_input_frees_the_key(place, key):
    assert place(key, {"input": {}}).status_code == 422

    assert place(key).json() == {"output": {"id": 7}}


def test_a_dry_run_takes_no_key(place, acme, key):
    place(key, LAMP | {"dry_run": True})

    assert place(key, {"input": {"article": "table"}}).json() == {"output": {"id": 7}}


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_a_key_that_cannot_be_used_is_refused(place, acme, key):
    answer = place(key.encode("latin-1"))

    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    assert not acme.asked


def test_two_keys_are_refused(client, acme):
    answer = client.post(PLACE, json=LAMP, headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")])

    assert answer.json()["field"] == "Idempotency-Key"
    assert not acme.asked


@pytest.mark.parametrize("key", ["x" * 255, '~! {}"#'])
def test_any_printable_key_is_taken(place, key):
    assert place(key).status_code == 200


@pytest.mark.anyio
async def test_fifty_at_once_are_one_write_and_all_get_its_result(asgi, slow, key):
    asking = [asyncio.create_task(asgi.post(PLACE, json=LAMP, headers={"Idempotency-Key": key})) for _ in range(50)]
    await slow.asked.wait()
    slow.let.set()

    answers = await asyncio.gather(*asking)

    assert [answer.json() for answer in answers] == [{"output": {"id": 7}}] * 50
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 49
    assert len(slow.requests) == 1


@pytest.mark.anyio
async def test_what_is_under_way_for_something_else_is_a_conflict(asgi, slow, key):
    first = asyncio.create_task(asgi.post(PLACE, json=LAMP, headers={"Idempotency-Key": key}))
    await slow.asked.wait()
    other = await asgi.post(PLACE, json={"input": {"article": "table"}}, headers={"Idempotency-Key": key})
    slow.let.set()

    assert other.json()["kind"] == "conflict"
    assert (await first).status_code == 200


@pytest.mark.anyio
async def test_a_request_that_is_cut_off_does_not_stop_the_write_nor_lose_its_result(asgi, slow, key):
    first = asyncio.create_task(asgi.post(PLACE, json=LAMP, headers={"Idempotency-Key": key}))
    await slow.asked.wait()
    first.cancel()
    cut = await first
    again = asyncio.create_task(asgi.post(PLACE, json=LAMP, headers={"Idempotency-Key": key}))
    slow.let.set()

    assert cut.json()["kind"] == "unknown_outcome"
    assert cut.json()["remedy"].startswith("Send the same again with the same Idempotency-Key")
    assert (await again).json() == {"output": {"id": 7}}
    assert (len(slow.requests), slow.ended) == (1, 1)


@pytest.fixture
def moving(client):
    """A connection of its own, which may be changed and removed."""
    account = {"connector": "acme", "name": f"moving-{uuid4()}", "values": {"account": "north", "token": "t"}}
    made = client.post("/v1/connections", json=account).json()
    yield account | {"path": f"/v1/connections/{made['name']}"}
    client.delete(f"/v1/connections/{made['name']}")


@pytest.mark.parametrize(
    "change",
    [
        {"base_url": "https://other.acme.example", "values": {"token": "t"}},
        {"values": {"account": "south"}},
    ],
    ids=["address", "account"],
)
@pytest.mark.parametrize("body", [LAMP, {"inputs": [LAMP["input"]]}], ids=["one", "several"])
def test_a_result_is_not_given_again_as_if_it_came_from_elsewhere(client, place, acme, key, moving, change, body):
    path = f"{moving['path']}/actions/place_order"
    place(key, body, path)
    client.patch(moving["path"], json=change).raise_for_status()

    problem = place(key, body, path)

    assert (problem.status_code, problem.json()["kind"], len(acme.asked)) == (409, "conflict", 1)
    assert "another address or account" in problem.json()["message"]


def test_a_new_secret_for_the_same_account_changes_no_result(client, place, acme, key, moving):
    path = f"{moving['path']}/actions/place_order"
    place(key, path=path)
    client.patch(moving["path"], json={"values": {"token": "a-new-one"}}).raise_for_status()

    assert place(key, path=path).headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("body", [LAMP, {"inputs": [LAMP["input"]]}], ids=["one", "several"])
def test_a_write_is_not_repeated_at_a_connection_that_takes_the_name(client, place, acme, key, moving, body):
    path = f"{moving['path']}/actions/place_order"
    place(key, body, path)
    client.delete(moving["path"])
    again = {name: moving[name] for name in ("connector", "name", "values")}
    client.post("/v1/connections", json=again).raise_for_status()

    problem = place(key, body, path)

    assert (problem.status_code, problem.json()["kind"], len(acme.asked)) == (409, "conflict", 1)
    assert "deleted since" in problem.json()["message"]

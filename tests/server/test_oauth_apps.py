"""What a vendor knows the server by: kept, used, never shown."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from connectors.engine.addresses import Reach
from connectors.service.connections import Account
from connectors.service.service import opened
from tests.server.conftest import APP, SEAL

PATH = "/v1/oauth-apps/club"
UNSET = {"connector": "club", "set": False, "updated_at": None}


@pytest.fixture
def client(client):
    client.delete(PATH)
    return client


def test_it_is_kept_and_never_shown(client):
    before, put, after = client.get(PATH), client.put(PATH, json=APP), client.get(PATH)

    assert before.json().items() >= UNSET.items()
    assert put.json() == after.json()
    assert (after.json()["set"], after.json()["updated_at"][-1]) == (True, "Z")
    assert "club-client" not in put.text + after.text


def test_it_says_what_it_takes_and_what_the_vendor_has_to_know(client):
    shown = client.get(PATH).json()

    assert (shown["input"]["required"], shown["input"]["properties"]["clubSecret"]["x-secret"]) == (list(APP), True)
    assert shown["redirect_uri"] == "http://127.0.0.1:8710/oauth/callback"


@pytest.mark.parametrize(
    ("values", "field"),
    [({}, "clubId"), ({"clubId": "a"}, "clubSecret"), (APP | {"city": "x"}, "city"), (APP | {"clubId": 7}, "clubId")],
)
def test_wrong_values_are_refused_by_name(client, values, field):
    problem = client.put(PATH, json=values)

    assert (problem.status_code, problem.json()["field"]) == (422, field)
    assert client.get(PATH).json()["set"] is False


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(("name", "words"), [("acme", "nobody signs in to acme"), ("clubb", "did you mean 'club'?")])
def test_where_nobody_signs_in_in_the_browser_there_is_none(client, method, name, words):
    problem = client.request(method, f"/v1/oauth-apps/{name}", json=APP if method == "PUT" else None)

    assert (problem.status_code, words in problem.json()["message"]) == (404, True)


def test_it_can_be_erased(client):
    client.put(PATH, json=APP)

    assert client.delete(PATH).json().items() >= UNSET.items()
    assert client.delete(PATH).status_code == 200


def test_another_workspace_has_its_own(client, data, catalog):
    async def add() -> str:
        async with opened(data, [SEAL], catalog) as service:
            return (await service.keys.add("other", workspace="other"))[1]

    client.put(PATH, json=APP)
    other = {"Authorization": f"Bearer {asyncio.run(add())}"}

    assert httpx.get(f"{client.base_url}{PATH}", headers=other).json()["set"] is False
    assert client.get(PATH).json()["set"] is True


ELSEWHERE = "https://elsewhere.acme.example"
LENT = {"connector": "club", "name": "lent", "values": {"city": "kiel", "auth": "browser"}}
MOVED = LENT | {"hosts": {"https://login.club.example": ELSEWHERE}}


@pytest.fixture
def lent(client):
    client.put(PATH, json=APP)
    yield client
    client.delete("/v1/connections/lent")


def test_it_goes_to_the_vendor_alone_wherever_a_connection_is_said_to_have_it(lent):
    refused, saved = lent.post("/v1/connections", json=MOVED), lent.post("/v1/connections", json=LENT)
    changed = lent.patch("/v1/connections/lent", json={"hosts": MOVED["hosts"]})

    assert [answer.status_code for answer in (refused, saved, changed)] == [422, 201, 422]
    assert refused.json()["field"] == "hosts"
    said = f"goes to https://login.club.example alone, and this connection has it at {ELSEWHERE}"
    assert said in refused.json()["detail"]
    assert f"--allow-target {ELSEWHERE}" in refused.json()["remedy"]


def test_a_connection_with_a_client_of_its_own_may_have_it_elsewhere(lent):
    own = lent.post("/v1/connections", json=MOVED | {"values": LENT["values"] | APP})
    without = lent.patch("/v1/connections/lent", json={"values": {"clubSecret": None}})

    assert (own.status_code, without.status_code) == (201, 422)
    assert "Give the connection a client of its own (clubSecret)" in without.json()["remedy"]


@pytest.mark.parametrize(("allowed", "status"), [((), 422), ((ELSEWHERE,), 200)])
def test_what_was_saved_elsewhere_is_looked_at_again_when_it_is_used(
    lent, served, make_app, data, catalog, allowed, status
):
    async def put() -> None:
        async with opened(data, [SEAL], catalog) as service:
            account = Account(LENT["values"], None, MOVED["hosts"])
            await service.connections.put(await service.keys.workspace("default"), "club", "lent", account)

    asyncio.run(put())  # by somebody who has the folder in his hands, and may do as he likes
    with served(make_app(reach=Reach(frozenset(allowed)))) as address:
        answer = httpx.post(f"{address}/v1/connections/lent/authorize", headers=lent.headers)

    assert answer.status_code == status
    assert status == 200 or ELSEWHERE in answer.json()["detail"]

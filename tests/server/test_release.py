"""Items that look deleted, too many at once: they are held and shown until somebody lets them through."""

from __future__ import annotations

import json

import httpx
import pytest

from connectors.components.http import Response
from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog
from connectors.server import create_app
from connectors.service.connections import Account
from tests.server.conftest import SEAL, seed, until

MANIFEST = {
    "connector": "depot",
    "language": 1,
    "version": "1.0.0",
    "title": "Depot",
    "description": "Boxes.",
    "base_url": "https://api.depot.example",
    "connection": {
        "fields": {"key": {"title": "Key", "required": True, "secret": True}},
        "auth": {"api_key": {"header": "X-Key", "value": "{key}"}},
        "test": "GET /boxes",
    },
    "lists": {"boxes": {"request": "GET /boxes", "items": "boxes", "complete": True}},
    "triggers": {
        "box_gone": {
            "title": "Box gone",
            "description": "Triggers when a box is no longer there.",
            "poll": "boxes",
            "key": "id",
            "fire": "deleted",
            "remember": "id",
            "sample": {"id": 1},
        }
    },
}


class Depot:
    def __init__(self):
        self.boxes = 20

    async def send(self, request, *, timeout):  # noqa: ASYNC109
        return Response(200, (), json.dumps({"boxes": [{"id": number} for number in range(self.boxes)]}).encode())


@pytest.fixture
def depot():
    return Depot()


@pytest.fixture
def client(served, tmp_path, depot):
    (tmp_path / "depot.yaml").write_text(json.dumps(MANIFEST))
    catalog = Catalog([tmp_path])
    seed(tmp_path / "data", catalog, {"depot": ("depot", Account({"key": "k"}))}, "gw_k")
    settings = {"catalog": catalog, "data": tmp_path / "data", "secret_keys": [SEAL], "transport": depot}
    headers = {"Authorization": "Bearer gw_k"}
    app = create_app(**settings, reach=Reach(), min_interval=0.1)
    with served(app) as address, httpx.Client(base_url=address, headers=headers, trust_env=False) as client:
        yield client


def test_what_is_held_is_shown_until_it_is_released(client, depot):
    made = client.post("/v1/subscriptions", json={"connection": "depot", "trigger": "box_gone"}).json()
    at = f"/v1/subscriptions/{made['id']}"
    depot.boxes = 10
    until(lambda: client.get(at).json()["held"], 10)
    assert client.get(at + "/events").json()["items"] == []
    assert "10 held as too many gone at once" in client.get(at + "/why").json()["why"]

    released = client.post(at + "/release").json()

    events = client.get(at + "/events").json()["items"]
    assert (released, sorted(one["data"]["id"] for one in events)) == ({"released": 10}, list(range(10, 20)))
    until(lambda: client.get(at).json()["held"], 0)


def test_what_is_there_again_is_not_told_to_be_gone(client, depot):
    made = client.post("/v1/subscriptions", json={"connection": "depot", "trigger": "box_gone"}).json()
    at = f"/v1/subscriptions/{made['id']}"
    depot.boxes = 10
    until(lambda: client.get(at).json()["held"], 10)
    depot.boxes = 20

    assert client.post(at + "/release").json() == {"released": 0}
    assert client.get(at + "/events").json()["items"] == []

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import httpx
import pytest

from connectors.server.places import Crowded, Places
from tests.server.conftest import KEY


@pytest.fixture
def taken():
    """How many places a workspace gets, which it keeps."""
    with ExitStack() as open_now:

        def take(places, workspace):
            for number in range(1000):
                try:
                    open_now.enter_context(places.taken(workspace))
                except Crowded:
                    return number
            return 1000

        yield take


def test_one_alone_has_half_and_there_is_always_one_for_another(taken):
    places = Places(60)

    assert [taken(places, name) for name in ("a", "b", "c")] == [30, 15, 8]
    assert taken(places, "d") > 0


def test_places_are_given_back(taken):
    places = Places(2)
    for _ in range(3):
        with places.taken("a"):
            pass
    assert taken(places, "a") == 1


def test_nobody_gets_more_than_there_are():
    places = Places(3)
    with ExitStack() as open_now:
        for name in "abc":
            open_now.enter_context(places.taken(name))
        with pytest.raises(Crowded):
            open_now.enter_context(places.taken("d"))
        with pytest.raises(Crowded):
            open_now.enter_context(places.taken("a"))


@pytest.mark.anyio
async def test_what_goes_on_by_itself_has_a_place(taken):
    places, end = Places(2), asyncio.Event()
    task = asyncio.create_task(end.wait())
    places.keep("a", task)
    with pytest.raises(Crowded), places.taken("a"):
        pass
    end.set()
    await task
    await asyncio.sleep(0)

    assert taken(places, "a") == 1


@pytest.mark.anyio
async def test_who_asks_too_much_is_told_when_to_come_back(app, acme, monkeypatch):
    asked, let = asyncio.Event(), asyncio.Event()
    usual = acme.send

    async def send(request, **options):
        asked.set()
        await let.wait()
        return await usual(request, **options)

    monkeypatch.setattr(acme, "send", send)
    monkeypatch.setattr(app.routes[0].app._server, "places", Places(2))
    path, headers = "/v1/connections/acme-1/actions/get_order", {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", headers=headers) as client:
        first = asyncio.create_task(client.post(path, json={"input": {"id": "1"}}))
        await asked.wait()
        second, health = await client.post(path, json={"input": {"id": "1"}}), await client.get("/healthz")
        let.set()

        assert (second.status_code, second.headers["retry-after"], second.json()["kind"]) == (429, "1", "busy")
        assert (health.status_code, (await first).status_code) == (200, 200)

"""Every route by whoever may come: what is given is what the route table declares, and nothing else."""

from __future__ import annotations

import asyncio
import re
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.engine.addresses import Reach
from connectors.engine.spool import Event as Happened
from connectors.server.routes import ROUTES, Route
from connectors.service.keys import SCOPES
from connectors.service.outbox import store
from connectors.service.service import opened
from connectors.service.subscriptions import Wanted
from tests.server.asking import API, ask, ids
from tests.server.conftest import ACME, CLUB, SEAL

CLOSED = [route for route in ROUTES if route.scope != "public"]
SCOPED = [(route, scope) for route in CLOSED for scope in route.scopes]
FOR_EVERY_KEY = ["/metrics", "/openapi.json"]
OF_A_THING = ("subscribe", "replay_range")
"""Their bodies name what they are about."""
OWNED = [
    route
    for route in CLOSED
    if re.search(r"\{(?!connector|action|search|trigger)\w+\}", route.path) or route.handler.__name__ in OF_A_THING
]
BROUGHT = [
    None,
    "",
    "Bearer",
    "Bearer é",
    "Bearer wrong",
    "Bearer {revoked}",
    "Bearer {owner}2",
    "Basic {owner}",
    "{owner}",
]
"""Headers that open nothing; keys stand there by their names."""


def at(data: Path, catalog: Any, question: Any) -> Any:
    """What is found or done in the data folder, beside the server that runs."""

    async def ask() -> Any:
        async with opened(data, [SEAL], catalog, Reach(private=True)) as service:
            return await question(service)

    return asyncio.run(ask())


class Desk:
    """Keys of all sorts, and requests for any row of the table."""

    def __init__(self, data: Path, catalog: Any, client: httpx.Client) -> None:
        self.data, self.catalog, self.client = data, catalog, client
        self.keys: dict[str, str] = at(data, catalog, self._keys)

    async def _keys(self, service: Any) -> dict[str, str]:
        add = service.keys.add
        made = {"owner": (await add("owner"))[1], "stranger": (await add("stranger", workspace="other"))[1]}
        revoked, made["revoked"] = await add("revoked")
        await service.keys.revoke(revoked.id)
        for scope in SCOPES:
            made[f"only {scope}"] = (await add(scope, scopes=[scope]))[1]
        for route in CLOSED:
            others = [one for one in SCOPES if one not in route.scopes]
            if others:
                made[f"all but {route.scopes}"] = (await add("others", scopes=others))[1]
        return made

    def fresh(self, connector: str = "acme") -> tuple[str, str]:
        """A new connection of the owner's: its id and its name."""

        async def put(service: Any) -> tuple[str, str]:
            name = f"{connector}-{uuid.uuid4().hex[:8]}"
            workspace = await service.keys.workspace("default")
            account = {"acme": ACME, "club": CLUB}[connector]
            return (await service.connections.create(workspace, connector, name, account)).id, name

        return at(self.data, self.catalog, put)

    def subscribed(self) -> tuple[str, str]:
        """A new subscription of the owner's, for which no vendor is asked, and a delivery of it."""

        async def put(service: Any) -> tuple[str, str]:
            workspace = await service.keys.workspace("default")
            wanted = Wanted("gridwire.delivery.dead", {}, "http://127.0.0.1:1/in", from_start=True)
            made = await service.subscriptions.add(workspace, None, wanted)
            of, happened = made.reading.id, [Happened(made.id, None, None, b"{}")]
            await service.store.write(lambda rows: store(rows, service.vault, of, wanted.trigger, happened))
            [sent] = await service.deliveries.listed(workspace, subscription=made.id, limit=9)
            return made.id, sent.id

        return at(self.data, self.catalog, put)

    def ready(self, route: Route) -> str:
        """The id of something new for which the route works."""
        return self.owned(route)[0]

    def owned(self, route: Route) -> tuple[str, str]:
        """What the route is about, new: its id, and its name if it has one."""
        if route.path.startswith("/v1/deliveries/{"):
            return (self.subscribed()[1],) * 2
        if route.path.startswith("/v1/subscriptions/") or route.handler.__name__ == "replay_range":
            return (self.subscribed()[0],) * 2
        return self.fresh("club" if route.handler.__name__ == "authorize" else "acme")

    def ask(self, route: Route, key: str, of: str = "none") -> httpx.Response:
        """The answer to a request that is right for the route but for who brings it; `of` is the id in its path."""
        return ask(self.client, route, of, headers={"Authorization": f"Bearer {self.keys[key]}"})


@pytest.fixture(scope="module")
def desk(tmp_path_factory, catalog, served, stub):
    from connectors.server import create_app

    data = tmp_path_factory.mktemp("data")
    at(data, catalog, lambda service: service.keys.workspace("default"))
    app = create_app(catalog=catalog, data=data, secret_keys=[SEAL], transport=stub, timeout=1.0, min_interval=3600)
    with served(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield Desk(data, catalog, client)


@pytest.fixture(autouse=True)
def _vendor(acme):
    """Whoever is asked, it is a stand-in."""


@pytest.mark.parametrize("brought", BROUGHT)
@pytest.mark.parametrize("route", CLOSED, ids=ids)
def test_without_a_key_that_opens_nothing_is_open(desk, acme, route, brought):
    headers = {} if brought is None else {"Authorization": brought.format(**desk.keys).encode()}

    answer = ask(desk.client, route, headers=headers)

    assert (answer.status_code, answer.json()["kind"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert not acme.asked


@pytest.mark.parametrize("route", [route for route in API if route.scope == "public"], ids=ids)
def test_what_is_public_asks_for_no_key(desk, route):
    statuses = [ask(desk.client, route, headers=headers).status_code for headers in ({}, {"Authorization": "Bearer x"})]

    assert statuses == [200, 200]


@pytest.mark.parametrize("route", [route for route in CLOSED if route.scopes], ids=ids)
def test_a_key_without_the_scope_is_not_enough(desk, acme, route):
    answer = desk.ask(route, f"all but {route.scopes}", desk.ready(route))

    assert (answer.status_code, answer.json()["kind"]) == (403, "forbidden")
    assert all(scope in answer.json()["remedy"] for scope in route.scopes)
    assert not acme.asked


@pytest.mark.parametrize(("route", "scope"), SCOPED, ids=ids)
def test_one_of_the_scopes_alone_is_enough(desk, route, scope):
    assert desk.ask(route, f"only {scope}", desk.ready(route)).status_code == route.status


@pytest.mark.parametrize("route", CLOSED, ids=ids)
def test_a_key_for_the_figures_reads_them_and_no_account(desk, route):
    answer = desk.ask(route, "only metrics", desk.ready(route))

    assert answer.status_code == (200 if route.path in FOR_EVERY_KEY else 403)


@pytest.mark.parametrize("route", API, ids=ids)
def test_the_owner_is_let_in_and_finds_what_is_there(desk, route):
    assert desk.ask(route, "owner", desk.ready(route)).status_code == route.status


@pytest.mark.parametrize("which", [0, 1], ids=["id", "name"])
@pytest.mark.parametrize("route", OWNED, ids=ids)
def test_what_is_somebody_elses_is_like_what_is_not_there(desk, acme, route, which):
    there = desk.owned(route)[which]
    nowhere = there[:-4] + "0000"

    foreign, none = (desk.ask(route, "stranger", of) for of in (there, nowhere))

    missing = 204 if route.handler.__name__ == "unsubscribe" else 404  # where there is none, that is done already
    assert foreign.status_code == none.status_code == missing
    assert bare(foreign, there) == bare(none, nowhere)
    assert not acme.asked


@pytest.mark.parametrize("route", [route for route in CLOSED if route.method == "GET"], ids=ids)
def test_nothing_lists_what_is_somebody_elses(desk, route):
    of, name = desk.owned(route)
    listed = [desk.ask(route, key).text for key in ("owner", "stranger")]

    assert of not in listed[1]
    assert name not in listed[1]


def bare(answer: httpx.Response, of: str) -> tuple[dict[str, Any], dict[str, str]]:
    """All that the answer says, but for what was asked for, when, and which answer it is."""
    body = {name: said for name, said in (answer.json() if answer.content else {}).items() if name != "correlation_id"}
    text = {name: said.replace(of, "IT") if isinstance(said, str) else said for name, said in body.items()}
    headers = {name: said for name, said in answer.headers.items() if name not in ("date", "x-request-id")}
    return text, headers

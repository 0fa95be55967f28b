"""The floor with a pretend vendor, in which a test does by hand, and when it likes, what the worker's loop does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, text, update

from connectors.components.delivery import Delivery
from connectors.components.http import Request, Response, dump_json
from connectors.engine.addresses import Reach
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.manifest.catalog import Catalog
from connectors.service import outbox, tables
from connectors.service.connections import Account
from connectors.service.service import Service, opened
from connectors.service.subscriptions import Subscription, Subscriptions, Wanted
from connectors.service.worker import Worker

MANIFESTS = Path(__file__).parent / "manifests"
PUBLIC = "https://gridwire.example"
TARGET = "https://192.0.2.1/in"  # a literal address: nobody has to look up a name
START = 1_800_000_000.0


class Clock:
    """The time, which moves when a test says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Acme:
    """A vendor with orders and webhooks; `say` replaces its answer, `hold` keeps it back until the event is set."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.delivered: list[Request] = []
        self.orders: list[dict[str, Any]] = [{"id": 1, "city": "Kiel"}, {"id": 2, "city": "Ulm"}]
        self.hooks: list[dict[str, Any]] = []
        self.made = 0
        self.say: Callable[[Request], Response | None] = lambda request: None
        self.hold: asyncio.Event | None = None

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        if request.url.startswith(TARGET):
            self.delivered.append(request)
            return Response(200)
        self.asked.append(request)
        if self.hold is not None:
            await self.hold.wait()
        return self.say(request) or self._usual(request)

    def _usual(self, request: Request) -> Response:
        what = request.url.rpartition("north/")[2]
        if what == "orders":
            return json({"orders": self.orders, "more": False})
        if request.method == "POST":
            self.made += 1
            self.hooks.append({"id": f"h{self.made}", **(request.json or {})})
            return json({"id": f"h{self.made}"})
        if request.method == "DELETE":
            self.hooks = [hook for hook in self.hooks if hook["id"] != what.rpartition("/")[2]]
            return Response(204)
        return json(self.hooks)

    def reads(self, what: str = "orders", method: str = "GET") -> int:
        return sum(request.method == method and request.url.endswith(what) for request in self.asked)

    def place(self, number: int, city: str = "Kiel") -> None:
        self.orders = [*self.orders, {"id": number, "city": city}]


def json(value: Any, status: int = 200, **headers: str) -> Response:
    pairs = tuple((name.replace("_", "-").lower(), text) for name, text in headers.items())
    return Response(status, pairs, dump_json(value))


def _instantly() -> dict[str, Any]:
    """Time for repeated requests, in which nobody sleeps."""
    passed = [0.0]

    async def sleep(seconds: float) -> None:
        passed[0] += seconds

    return {"clock": lambda: passed[0], "sleep": sleep}


@dataclass
class House:
    """The service with one vendor, in which a test does by hand what the worker's loop does."""

    service: Service
    acme: Acme
    clock: Clock
    workspace: str
    public_url: str | None = PUBLIC

    def __post_init__(self) -> None:
        self.worker = self.make_worker()
        self.worker._working = self.worker.inbox._working = True
        self.worker._patience = 5.0
        self.subscriptions = self.make_subscriptions()

    def make_worker(self, **more: Any) -> Worker:
        service = self.service
        return Worker(
            service.store,
            service.vault,
            service.connections,
            self.acme,
            lambda opened, _: Vendor(Exchange(opened.connection, self.acme, longest_reading=100.0, **_instantly())),
            public_url=self.public_url,
            source=PUBLIC,
            clock=self.clock,
            **more,
        )

    def make_subscriptions(self, **more: Any) -> Subscriptions:
        service, can = self.service, {"can_be_called": self.public_url is not None, **more}
        return Subscriptions(
            service.store,
            service.vault,
            service.connections,
            service.reach,
            clock=self.clock,
            **can,
        )

    async def add(self, trigger: str = "new_order", *, of: str | None = None, **wanted: Any) -> Subscription:
        given = {"input": {}, "target_url": TARGET, **wanted}
        connection = None if trigger.startswith("gridwire.") else "acme"
        return await self.subscriptions.add(of or self.workspace, connection, Wanted(trigger, **given))

    async def begun(self, trigger: str = "new_order", **wanted: Any) -> Subscription:
        """A subscription that has begun, as the worker would have it."""
        return await self.worker.begin(await self.add(trigger, **wanted))

    async def round(self, *, after: float = 0.0) -> None:
        """All that is due once so many seconds have gone, and what follows from it."""
        self.clock.now += after
        due, _ = await self.worker.poller.due(1000, 1000)
        for reading in due:
            await self.worker._start(reading)

    async def rows(self, table: str) -> list[Any]:
        wanted = select(tables.metadata.tables[table])
        return await self.service.store.read(lambda rows: list(rows.execute(wanted)))

    async def happened(self) -> list[Any]:
        """What is stored as events, in order."""
        return [outbox.opened(self.service.vault, row).data["id"] for row in await self.rows("events")]

    async def waiting(self, subscription: Subscription) -> int:
        return sum(row.subscription == subscription.id for row in await self.rows("deliveries"))

    async def history(self, kind: str | None = None) -> list[dict[str, Any]]:
        return [row.said for row in await self.rows("history") if kind in (None, row.said["kind"])]

    async def set(self, table: str, **values: Any) -> None:
        await self.service.store.write(
            lambda rows: rows.execute(update(tables.metadata.tables[table]).values(**values))
        )

    async def run(self, statement: str) -> None:
        await self.service.store.write(lambda rows: rows.execute(text(statement)) and None)

    async def call(self, subscription: Subscription, order: dict[str, Any]) -> int:
        """The vendor calls; gives the status that it is answered with, once what it said is worked on."""
        current = await self.subscriptions.get(subscription.workspace, subscription.id)
        hook = current.reading.hook or {}
        headers = (("content-type", "application/json"), ("x-secret", hook["secret"]))
        delivery = Delivery(dump_json(order), headers, f"{PUBLIC}/hooks/{hook['token']}")
        reply = await self.worker.inbox.take(hook["token"], delivery)
        await asyncio.gather(*self.worker.inbox._drains.values())
        return reply.status


@asynccontextmanager
async def housed(folder: Path, **more: Any) -> AsyncGenerator[House]:
    async with opened(folder, ["s" * 32], Catalog([MANIFESTS]), Reach(private=True)) as service:
        workspace = await service.keys.workspace("default")
        await service.connections.put(workspace, "acme", "acme", Account({"account": "north", "token": "secret-token"}))
        house = House(service, Acme(), Clock(), workspace, **more)
        try:
            yield house
        finally:
            await house.worker._end()

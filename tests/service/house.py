"""The floor as it runs, with a pretend vendor and pretend targets in place of the network."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from connectors.components.delivery import Delivery
from connectors.components.http import Request, Response
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.errors import TransportError
from connectors.manifest.catalog import Catalog
from connectors.service.connections import Account
from connectors.service.service import Service, opened
from connectors.service.subscriptions import Subscription, Subscriptions, Wanted
from connectors.service.worker import Worker

MANIFESTS = Path(__file__).parent / "manifests"
VENDOR, HERE = "http://127.0.0.1:1", "https://here.example.com"
SCHEDULE = (0.0, 5.0, 300.0)
TARGET = "https://target.example.com/in"


class Network:
    """Answers for everybody: the vendor shows `jobs`; a target gives what `says` it does next, else 200."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.says = defaultdict[str, deque[Any]](deque)
        self.always: dict[str, Callable[[], Awaitable[Response]]] = {}
        self.sent: list[Request] = []
        self.came = asyncio.Event()

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        if request.url.startswith(VENDOR):
            return Response(200, (("content-type", "application/json"),), json.dumps({"jobs": self.jobs}).encode())
        self.sent.append(request)
        self.came.set()
        if request.url in self.always:
            return await self.always[request.url]()
        says = self.says[request.url]
        answer = says.popleft() if says else Response(200)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    async def got(self, count: int) -> list[Request]:
        while len(self.sent) < count:
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), 10)
        return self.sent


async def until(found: Callable[[], Awaitable[bool]]) -> None:
    """Asks again and again, for a database tells nobody."""
    async with asyncio.timeout(20):
        while not await found():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class House:
    def __init__(self, service: Service, worker: Worker, network: Network, workspace: str) -> None:
        self.service, self.worker, self.network, self.workspace = service, worker, network, workspace
        self.subscriptions = Subscriptions(
            service.store, service.vault, service.connections, service.reach, min_interval=0.05, can_be_called=True
        )

    async def subscribe(self, trigger: str = "job_pushed", url: str | None = TARGET, **wanted: Any) -> Subscription:
        made = await self.subscriptions.add(self.workspace, "acme", Wanted(trigger, {}, url, **wanted))
        return await self.worker.begin(made)

    def pushed(self, subscription: Subscription, *jobs: dict[str, Any], secret: str | None = None) -> list[Any]:
        """The vendor's calls, one for each job."""
        hook = subscription.reading.hook or {}
        headers = (("content-type", "application/json"), ("x-dispatch-secret", secret or hook["secret"]))
        bodies = (json.dumps(job).encode() for job in jobs)
        return [self.worker.inbox.take(hook["token"], Delivery(body, headers, f"{HERE}/x")) for body in bodies]

    async def push(self, subscription: Subscription, *jobs: dict[str, Any], **how: Any) -> list[int]:
        return [answer.status for answer in await asyncio.gather(*self.pushed(subscription, *jobs, **how))]

    async def rows(self, question: str, **given: Any) -> list[Any]:
        return await self.service.store.read(lambda rows: list(rows.execute(text(question), given)))

    async def change(self, statement: str, **given: Any) -> None:
        await self.service.store.write(lambda rows: rows.execute(text(statement), given) and None)

    async def until(self, question: str, wanted: Iterable[Any]) -> None:
        """Waits until the question's only column is this."""
        wanted = list(wanted)

        async def found() -> bool:
            return [one[0] for one in await self.rows(question)] == wanted

        await until(found)

    async def idle(self) -> None:
        """Waits until nothing is under way."""

        async def found() -> bool:
            return not (self.worker.inbox._drains or self.worker.deliverer._lanes)

        await until(found)

    async def drained(self) -> None:
        await self.until("SELECT count(*) FROM inbox WHERE problem IS NULL", [0])


@asynccontextmanager
async def house(folder: Path, network: Network | None = None, *, works: bool = True) -> AsyncIterator[House]:
    """What is kept in the folder, with its worker at work."""
    network = network or Network()
    async with opened(folder, ["k" * 32], Catalog([MANIFESTS])) as service:
        workspace = await service.keys.workspace("default")
        await service.connections.put(workspace, "dispatch", "acme", Account({"key": "secret-of-acme"}))
        worker = Worker(
            service.store,
            service.vault,
            service.connections,
            network,
            lambda opened, _: Vendor(Exchange(opened.connection, network)),
            public_url=HERE,
            source=HERE,
            schedule=SCHEDULE,
            min_interval=0.05,
        )
        worker._working = not works  # what is subscribed to begins all the same
        running = asyncio.create_task(worker.run() if works else asyncio.sleep(3600))
        try:
            yield House(service, worker, network, workspace)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await worker._end()

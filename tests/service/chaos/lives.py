"""The server's work in real processes that end at a named point. Started by `chaos.py`, which says how many and where.

One process imports everything and forks for each life, so that a life begins in milliseconds. A line on standard input
is a life: the point at which it kills itself, and the how manieth time it comes there; what is printed is its pid, then
that it has ended. Only here is known what a point is: production code has no test in it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import event, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.components.delivery import Delivery
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import Catalog
from connectors.service import deliveries, inbox, memories, outbox, poller
from connectors.service.connections import Account
from connectors.service.deliveries import Deliverer
from connectors.service.service import opened
from connectors.service.subscriptions import Subscriptions, Wanted
from connectors.service.worker import Worker

MANIFESTS = Path(__file__).parents[1] / "manifests"
SCHEDULE = (0.0, *[0.1] * 1000)


class Points:
    """Kills the process when it comes to one point for the nth time."""

    def __init__(self, name: str, nth: int) -> None:
        self.name, self.left = name, nth

    def come_to(self, name: str) -> None:
        if name != self.name:
            return
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, method: str) -> None:
        """Lets each call of a coroutine method be two points: `before NAME` and `after NAME`."""
        real, name = getattr(owner, method), method.strip("_")

        async def called(*args: Any, **given: Any) -> Any:
            self.come_to(f"before {name}")
            result = await real(*args, **given)
            self.come_to(f"after {name}")
            return result

        setattr(owner, method, called)

    def around_plain(self, owner: Any, method: str, name: str) -> None:
        real = getattr(owner, method)

        def called(*args: Any, **given: Any) -> Any:
            self.come_to(f"before {name}")
            result = real(*args, **given)
            self.come_to(f"after {name}")
            return result

        setattr(owner, method, called)


def prepare(points: Points, network: HttpTransport, target: str) -> None:
    """Lets everything come to its points; compacts memories often and waits for targets briefly."""
    memories._MOST_CHANGES = 7
    deliveries._TIMEOUT = 0.3
    real = network.send

    async def send(request: Any, *, timeout: float) -> Any:  # noqa: ASYNC109
        if not request.url.startswith(target):
            return await real(request, timeout=timeout)
        points.come_to("before post")
        answer = await real(request, timeout=timeout)
        points.come_to("after post")
        return answer

    network.send = send  # type: ignore[method-assign]
    points.around(inbox.Inbox, "take")
    points.around(Vendor, "poll")
    points.around(Deliverer, "_mark")
    points.around_plain(outbox, "store", "store")
    points.around_plain(Deliverer, "wake", "wake")


def hold_the_outbox_in_memory(worker: Worker, points: Points) -> None:
    """The mistake that the comparison is to find: events wait for their targets in this process alone."""
    real, queue = outbox.store, asyncio.Queue[Any]()
    loop = asyncio.get_running_loop()

    def store(rows: Any, vault: Any, reading: str, type: str, happened: Any) -> set[str]:
        told = real(rows, vault, reading, type, happened)
        found = rows.execute(text("SELECT id FROM deliveries WHERE state = 'waiting'")).all()
        rows.execute(text("UPDATE deliveries SET state = 'delivered'"))
        loop.call_soon_threadsafe(queue.put_nowait, [one[0] for one in found])
        return told

    async def deliver() -> None:
        while True:
            held = await queue.get()
            await asyncio.sleep(0.2)
            if held:
                points.come_to("while held")
            for one in held:
                of = {"id": one}
                await worker._store.write(
                    lambda rows, of=of: rows.execute(text("UPDATE deliveries SET state='waiting' WHERE id=:id"), of)
                )
            worker.deliverer._lanes or await worker.deliverer.look()

    outbox.store = store
    worker.delivering = asyncio.create_task(deliver())  # type: ignore[attr-defined]


async def live(folder: Path, listening: socket.socket, vendor: str, target: str, points: Points, way: str) -> None:
    async with opened(folder, ["k" * 32], Catalog([MANIFESTS])) as service, HttpTransport() as network:
        prepare(points, network, target)
        here = "http://{}:{}".format(*listening.getsockname())
        worker = Worker(
            service.store,
            service.vault,
            service.connections,
            network,
            lambda account: Vendor(Exchange(account.connection, network)),
            public_url=here,
            source=here,
            schedule=SCHEDULE,
        )
        event.listen(service.store._engine, "commit", lambda _: points.come_to("before commit"))
        if points.name == "set up":
            await subscribe(service, worker, vendor, target)
            return
        if way == "memory":
            hold_the_outbox_in_memory(worker, points)

        async def called(request: Request) -> Response:
            headers = tuple(request.headers.items())
            delivery = Delivery(await request.body(), headers, str(request.url), request.method)
            answer = await worker.inbox.take(request.path_params["token"], delivery)
            points.come_to("before answer")
            return Response(answer.body, answer.status)

        app = Starlette(routes=[Route("/hooks/{token}", called, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run())
            group.create_task(server.serve(sockets=[listening]))


async def subscribe(service: Any, worker: Worker, vendor: str, target: str) -> None:
    """Once: an account at the vendor, and somebody who waits for both of its triggers."""
    workspace = await service.keys.workspace("default")
    await service.connections.put(workspace, "dispatch", "acme", Account({"key": "secret-of-acme"}, vendor))
    subscriptions = Subscriptions(
        service.store, service.vault, service.connections, service.reach, min_interval=0.05, can_be_called=True
    )
    working = asyncio.create_task(worker.run())
    for trigger in ("job_polled", "job_pushed"):
        await worker.begin(await subscriptions.add(workspace, "acme", Wanted(trigger, {}, target)))
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def main(folder: str, descriptor: str, vendor: str, target: str, way: str) -> None:
    listening = socket.socket(fileno=int(descriptor))
    poller.random.seed(1)
    for line in sys.stdin:
        nth, _, point = line.strip().partition(" ")
        pid = os.fork()
        if not pid:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            asyncio.run(live(Path(folder), listening, vendor, target, Points(point, int(nth)), way))
            os._exit(0)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print("ended", os.WTERMSIG(status), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

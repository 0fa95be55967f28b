"""Lives of `gridwire serve`: real processes that kill themselves at a named point. Started by `chaos.py`.

One process imports everything and forks for each life, so that a life begins soon; what then runs in it is the command,
with its own socket, database and threads. A line on standard input is a life: the point at which it kills itself, and
the how manieth time it comes there; what is printed is its pid, then by which signal it has ended. Only here is known
what a point is: production code has no test in it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn  # noqa: F401 - so that no life has to import it
from sqlalchemy import Engine, event, text

from connectors.cli import main
from connectors.engine.run import Vendor
from connectors.engine.transport import HttpTransport
from connectors.manifest.catalog import Catalog, bundled
from connectors.server import create_app
from connectors.server.edge import Edge
from connectors.service import deliveries, inbox, memories, outbox, store
from connectors.service.deliveries import Deliverer
from connectors.service.worker import Worker

TIMEOUT = 0.3  # seconds for a target to answer


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


def prepare(points: Points, target: str) -> None:
    """Lets everything come to its points; compacts memories often and waits for targets briefly."""
    memories._MOST_CHANGES = 7
    deliveries._TIMEOUT = TIMEOUT
    points.around(inbox.Inbox, "take")
    points.around(Vendor, "poll")
    points.around(Deliverer, "_mark")
    points.around_plain(outbox, "store", "store")
    points.around_plain(Deliverer, "wake", "wake")
    points.around_plain(store, "_tell", "tell")  # what is committed is told to those who wait
    event.listen(Engine, "commit", lambda _: points.come_to("before commit"))
    _around_posts(points, target)
    _around_answers(points)


def _around_posts(points: Points, target: str) -> None:
    real = HttpTransport.send

    async def send(self: HttpTransport, request: Any, *, timeout: float) -> Any:  # noqa: ASYNC109
        if not request.url.startswith(target):
            return await real(self, request, timeout=timeout)
        points.come_to("before post")
        answer = await real(self, request, timeout=timeout)
        points.come_to("after post")
        return answer

    HttpTransport.send = send


def _around_answers(points: Points) -> None:
    """What vendors are answered."""
    real = Edge.__call__

    async def called(self: Edge, scope: Any, receive: Any, send: Callable[[Any], Any]) -> None:
        async def sending(message: Any) -> None:
            points.come_to("before answer")
            await send(message)
            points.come_to("after answer")

        await real(self, scope, receive, sending if scope.get("path", "").startswith("/hooks/") else send)

    Edge.__call__ = called


def hold_the_outbox_in_memory(points: Points) -> None:
    """The mistake that the comparison is to find: events wait for their targets in this process alone."""
    real_store, real_run = outbox.store, Worker.run
    held_here = list[Any]()

    def stored(rows: Any, vault: Any, reading: str, type: str, happened: Any) -> set[str]:
        told = real_store(rows, vault, reading, type, happened)
        held_here.extend(rows.scalars(text("SELECT id FROM deliveries WHERE state = 'waiting'")).all())
        rows.execute(text("UPDATE deliveries SET state = 'delivered'"))
        return told

    async def deliver(worker: Worker) -> None:
        while True:
            await asyncio.sleep(0.2)
            if held_here:
                points.come_to("while held")
            for one in [held_here.pop() for _ in range(len(held_here))]:
                of = {"id": one}
                await worker._store.write(
                    lambda rows, of=of: rows.execute(text("UPDATE deliveries SET state='waiting' WHERE id=:id"), of)
                )
            await worker.deliverer.look()

    async def run(self: Worker) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(deliver(self))
            group.create_task(real_run(self))

    outbox.store, Worker.run = stored, run


def warm_up() -> None:
    """Imports and builds whatever else a start does, so that no life has to."""
    create_app(catalog=Catalog([bundled()]), data=Path(), secret_keys=["k" * 32])


def fork_for_each(target: str, sabotage: str, command: list[str]) -> None:
    warm_up()
    for line in sys.stdin:
        nth, _, point = line.strip().partition(" ")
        pid = os.fork()
        if not pid:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, 0)
            os.dup2(null, 1)
            points = Points(point, int(nth))
            prepare(points, target)
            if sabotage == "memory":
                hold_the_outbox_in_memory(points)
            sys.argv = ["gridwire", *command]
            main()
            os._exit(0)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(
            "ended", os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.waitstatus_to_exitcode(status), flush=True
        )


if __name__ == "__main__":
    fork_for_each(sys.argv[1], sys.argv[2], sys.argv[3:])

"""How fast webhooks are taken and delivered by one process, and how soon they arrive.

    python benchmarks/events.py [--events 6000] [--polled 2000] [--remembered 200000] [--profile]

The server is a process of its own; the vendor that calls and the target that is called are another, on real sockets.
Everything is durable: SQLite with `synchronous=FULL`. Beside it, as the limit, a bare outbox in SQLite that nobody
calls. Then what polls cost: many subscriptions in a minute, and one that remembers many items.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from statistics import quantiles
from typing import Any

import polled as polls_of

HERE = Path(__file__).parent
CALLERS = 32
RATE, SECONDS = 100, 10


def body(number: int, when: float) -> bytes:
    """What the vendor sends."""
    job = {"id": number, "at": when, "title": "Roof", "note": "x" * 1000}
    return json.dumps(job).encode()


async def serve(folder: str, descriptor: int, target: str, profile: str) -> None:
    """The server: a route that takes webhooks, and the worker."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from connectors.components.delivery import Delivery
    from connectors.engine.exchange import Exchange
    from connectors.engine.run import Vendor
    from connectors.engine.transport import HttpTransport
    from connectors.manifest.catalog import Catalog
    from connectors.service.connections import Account
    from connectors.service.deliveries import SCHEDULE
    from connectors.service.service import opened
    from connectors.service.subscriptions import Subscriptions, Wanted
    from connectors.service.worker import Worker

    listening = socket.socket(fileno=descriptor)
    here = "http://{}:{}".format(*listening.getsockname())
    async with opened(Path(folder), ["k" * 32], Catalog([HERE / "events"])) as service, HttpTransport() as network:
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
        workspace = await service.keys.workspace("default")
        await service.connections.put(workspace, "jobs", "jobs", Account({"key": "a-key"}))
        subscriptions = Subscriptions(
            service.store, service.vault, service.connections, service.reach, min_interval=60, can_be_called=True
        )
        made = await subscriptions.add(workspace, "jobs", Wanted("job_changed", {}, target or None))
        running = asyncio.create_task(worker.run())
        made = await worker.begin(made)

        async def called(request: Request) -> Response:
            delivery = Delivery(await request.body(), tuple(request.headers.items()), str(request.url))
            answer = await worker.inbox.take(request.path_params["token"], delivery)
            return Response(answer.body, answer.status)

        app = Starlette(routes=[Route("/hooks/{token}", called, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none", access_log=False))
        hook = made.reading.hook or {}
        print(json.dumps([f"{here}/hooks/{hook['token']}", hook["secret"]]), flush=True)
        loop = asyncio.get_running_loop()
        loop.add_reader(0, lambda: setattr(server, "should_exit", True))  # whoever started it closes its standard input
        with cProfile.Profile() if profile else nullcontext() as measured:
            await server.serve(sockets=[listening])
        loop.remove_reader(0)
        if measured:
            pstats.Stats(measured).sort_stats("tottime").print_stats(25)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Target(asyncio.Protocol):
    """Takes everything at once, and knows when it came. Reads just enough of HTTP for that."""

    came: dict[int, float] = {}

    def connection_made(self, transport: Any) -> None:
        """See asyncio.Protocol."""
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
            if len(self.buffer) < end + 4 + length:
                return
            said = json.loads(self.buffer[end + 4 : end + 4 + length])
            self.came[said["data"]["id"]] = time.time()
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def came(count: int) -> None:
    """Waits until so many have come to the target."""
    while len(Target.came) < count:  # noqa: ASYNC110 - an event for each would be measured too
        await asyncio.sleep(0.002)


async def call(url: str, secret: str, numbers: Any, pace: float = 0.0) -> None:
    """One caller over one connection; with a pace, that many seconds apart."""
    host, _, rest = url.removeprefix("http://").partition("/")
    reader, writer = await asyncio.open_connection(*host.split(":"))
    for number in numbers:
        content = body(number, time.time())
        head = f"POST /{rest} HTTP/1.1\r\nHost: {host}\r\nX-Secret: {secret}\r\nContent-Type: application/json\r\n"
        writer.write(head.encode() + b"Content-Length: %d\r\n\r\n" % len(content) + content)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.split(b"\r\n")[0] + b" ":
            raise RuntimeError(answer.decode())
        if pace:
            await asyncio.sleep(pace)
    writer.close()


class Server:
    """The server's process, and the processor time that it took."""

    def __init__(self, target: str, profile: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
            descriptor = listening.fileno()
            command = [sys.executable, __file__, "--serve", self.folder.name, str(descriptor), target]
            command += ["profile"] if profile else [""]
            self.process = subprocess.Popen(
                command, pass_fds=[descriptor], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        assert self.process.stdout is not None
        self.url, self.secret = json.loads(self.process.stdout.readline())

    @property
    def processor(self) -> float:
        """Seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> str:
        """Ends it; gives what it printed."""
        said = self.process.communicate()[0]  # which closes its standard input
        self.folder.cleanup()
        return said


async def flood(events: int, target: str, profile: bool = False) -> tuple[float, float, str]:
    """Events per second, accepted or (with a target) delivered too, and microseconds of the processor for each."""
    Target.came.clear()
    server = Server(target, profile)
    numbers, before, began = iter(range(events)), server.processor, time.perf_counter()
    await asyncio.gather(*(call(server.url, server.secret, numbers) for _ in range(CALLERS)))
    await came(events if target else 0)
    took, processor = time.perf_counter() - began, server.processor - before
    return events / took, processor / events * 1e6, server.end()


async def latency(target: str) -> list[float]:
    """Milliseconds from a vendor's call to the target, at a steady rate."""
    Target.came.clear()
    server = Server(target, profile=False)
    await call(server.url, server.secret, [-1])
    sent: dict[int, float] = {}

    async def one(number: int) -> None:
        sent[number] = time.time()
        await call(server.url, server.secret, [number])

    async with asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for number in range(RATE * SECONDS):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            group.create_task(one(number))
    await came(RATE * SECONDS + 1)
    server.end()
    return sorted((Target.came[number] - at) * 1000 for number, at in sent.items())


def bare(events: int, together: int) -> float:
    """Rows per second that SQLite alone takes, so many in a transaction, and marks as done."""
    with tempfile.TemporaryDirectory() as folder:
        rows = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        rows.execute("PRAGMA journal_mode=WAL").fetchall()
        rows.execute("PRAGMA synchronous=FULL")
        rows.execute("CREATE TABLE outbox (number INTEGER PRIMARY KEY, content BLOB, state TEXT)")
        began = time.perf_counter()
        for first in range(0, events, together):
            rows.execute("BEGIN IMMEDIATE")
            for number in range(first, min(first + together, events)):
                rows.execute("INSERT INTO outbox VALUES (?, ?, 'waiting')", (number, body(number, 0)))
            rows.execute("COMMIT")
            rows.execute("UPDATE outbox SET state = 'done' WHERE number BETWEEN ? AND ?", (first, first + together - 1))
        took = time.perf_counter() - began
        rows.close()
        return events / took


async def measure(events: int, polled: int, remembered: int, profile: bool) -> None:
    """Prints the figures, or where the server's time goes."""
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(Target, "127.0.0.1", 0)
    target = "http://{}:{}/in".format(*listening.sockets[0].getsockname())
    if profile:
        print((await flood(events, target, profile=True))[2])
        return
    accepted = await flood(events, "")
    print(f"accepted, durable:           {accepted[0]:6,.0f}/s  {accepted[1]:5.0f} µs of the processor each")
    delivered = await flood(events, target)
    print(f"accepted and delivered:      {delivered[0]:6,.0f}/s  {delivered[1]:5.0f} µs of the processor each")
    times = await latency(target)
    cuts = quantiles(times, n=100)
    print(f"call to target at {RATE}/s:     p50 {cuts[49]:.1f} ms  p95 {cuts[94]:.1f} ms  p99 {cuts[98]:.1f} ms")
    for together in (1, CALLERS):
        print(f"bare SQLite outbox, {together:2} in one: {bare(events, together):6,.0f}/s")
    took, used, size = await polls_of.all_once(polled, target)
    print(f"{polled:,} subscriptions polled:  in {took:.0f} s, {used:.1f} s of the processor, {size} MiB", end="")
    print(f"  {used / polled * 1e6:5,.0f} µs each")
    for items in (100, remembered):
        took, used, size = polls_of.remembered(items)
        print(f"a poll, {items:7,} remembered:  {took:.1f} ms, {used:.1f} ms of the processor, {size} MiB at the peak")
    listening.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        import uvloop

        folder, descriptor, target, profile = sys.argv[2:]
        uvloop.run(serve(folder, int(descriptor), target, profile))
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--events", type=int, default=6000)
        parser.add_argument("--polled", type=int, default=2000)
        parser.add_argument("--remembered", type=int, default=200_000)
        parser.add_argument("--profile", action="store_true")
        asked = parser.parse_args()
        asyncio.run(measure(asked.events, asked.polled, asked.remembered, asked.profile))

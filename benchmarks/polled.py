"""What polls cost: many subscriptions that are polled every minute, and one that remembers many items.

Part of `events.py`, which prints it. The server is a process of its own; the vendor is the one that measures.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
ITEMS = 50  # on the page that each poll reads
WORKSPACES = 10
EVERY = 57.0  # seconds between two polls of one subscription; a jitter makes them 60 in the mean
MANY = 200_000
POLLS = 200


class Vendor(asyncio.Protocol):
    """Shows a page of items for each subscription; every tenth poll shows one that is new."""

    asked = Counter[str]()
    note = "x" * 400

    def connection_made(self, transport: Any) -> None:
        """See asyncio.Protocol."""
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol; what asks sends no body."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            of = self.buffer[:end].split(b" ")[1].rpartition(b"=")[2].decode()
            self.buffer = self.buffer[end + 4 :]
            self.asked[of] += 1
            first = self.asked[of] // 10
            jobs = [{"id": f"{of}-{first + n}", "title": "Roof", "note": self.note} for n in range(ITEMS)]
            page = json.dumps({"jobs": jobs}).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(page)}\r\n\r\n"
            self.transport.write(head.encode() + page)


@asynccontextmanager
async def working(folder: str, network: Any, vendor: str) -> AsyncGenerator[tuple[Any, Any, Any]]:
    """The service, its worker, and what takes subscriptions."""
    from connectors.engine.exchange import Exchange
    from connectors.engine.run import Vendor as Asked
    from connectors.manifest.catalog import Catalog
    from connectors.service.connections import Account
    from connectors.service.service import opened
    from connectors.service.subscriptions import Subscriptions
    from connectors.service.worker import Worker

    async with opened(Path(folder), ["k" * 32], Catalog([HERE / "events"])) as service:
        store, vault, connections = service.store, service.vault, service.connections

        def ask(account: Any) -> Asked:
            return Asked(Exchange(account.connection, network))

        worker = Worker(store, vault, connections, network, ask, public_url=None, source=vendor)
        for number in range(WORKSPACES):
            workspace = await service.keys.workspace(f"w{number}")
            await connections.put(workspace, "jobs", "jobs", Account({"key": "a-key"}, vendor))
        subscriptions = Subscriptions(store, vault, connections, service.reach, min_interval=EVERY, can_be_called=False)
        yield service, worker, subscriptions


async def serve(folder: str, vendor: str, count: str, target: str) -> None:
    """The server: it says when all subscriptions have begun, and works until its standard input is closed."""
    from connectors.engine.transport import HttpTransport
    from connectors.service.subscriptions import Wanted

    async with HttpTransport() as network, working(folder, network, vendor) as (service, worker, subscriptions):
        running, over = asyncio.create_task(worker.run()), asyncio.Event()
        asyncio.get_running_loop().add_reader(0, over.set)
        for number in range(int(count)):
            workspace = await service.keys.workspace(f"w{number % WORKSPACES}")
            wanted = Wanted("job_listed", {"of": f"s{number}"}, target)
            await worker.begin(await subscriptions.add(workspace, "jobs", wanted))
        print("begun", flush=True)
        await over.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def started(*asked: str) -> subprocess.Popen[str]:
    """This script as a process of its own."""
    command = [sys.executable, __file__, *asked]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def processor(process: subprocess.Popen[str]) -> float:
    """Seconds of the processor that it took."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(process: subprocess.Popen[str]) -> int:
    """MiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024


async def all_once(count: int, target: str) -> tuple[float, float, int]:
    """The seconds in which so many subscriptions are polled once, those of the processor, and the server's MiB."""
    listening = await asyncio.get_running_loop().create_server(Vendor, "127.0.0.1", 0, backlog=256)
    vendor = "http://{}:{}".format(*listening.sockets[0].getsockname())
    with tempfile.TemporaryDirectory() as folder:
        process = started("--serve", folder, vendor, str(count), target)
        assert process.stdout is not None
        await asyncio.to_thread(process.stdout.readline)
        before, began, last = processor(process), time.monotonic(), Vendor.asked.total() + count
        while Vendor.asked.total() < last:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        found = time.monotonic() - began, processor(process) - before, resident(process)
        await asyncio.to_thread(process.communicate)
    listening.close()
    return found


class Page:
    """In place of the network: one page of items, one of them new each time."""

    def __init__(self) -> None:
        self.shown = 0

    async def send(self, request: Any, *, timeout: float) -> Any:  # noqa: ASYNC109
        """See Transport."""
        from connectors.components.http import Response, dump_json

        self.shown += 1
        jobs = [{"id": f"new-{self.shown + n}", "title": "Roof", "note": Vendor.note} for n in range(ITEMS)]
        return Response(200, (("content-type", "application/json"),), dump_json({"jobs": jobs}))


async def remember(items: int) -> None:
    """Polls a reading that remembers so many items; prints milliseconds, and MiB at its peak."""
    from connectors.service.subscriptions import Wanted

    with tempfile.TemporaryDirectory() as folder:
        async with working(folder, Page(), "http://127.0.0.1:1") as (service, worker, subscriptions):
            worker._working = True  # noqa: SLF001 - what the loop does is done by hand, one poll at a time
            workspace = await service.keys.workspace("w0")
            made = await worker.begin(await subscriptions.add(workspace, "jobs", Wanted("job_listed", {"of": "all"})))
            memories = worker.poller._memories  # noqa: SLF001
            async with memories.alone(made.reading.id) as kept:
                known = {f"item-{number:08}": None for number in range(items)}
                after = replace(kept.memory, versions={**known, **kept.memory.versions})
                await service.store.write(memories.change(made.reading.id, kept, after))
            before, times = time.process_time(), []
            for _ in range(POLLS):
                began = time.perf_counter()
                await worker.poller.poll(made.reading)
                times.append((time.perf_counter() - began) * 1000)
            used = (time.process_time() - before) / POLLS * 1000
            print(json.dumps([median(times), used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))


def remembered(items: int) -> tuple[float, float, int]:
    """Milliseconds for each poll with so many items remembered, those of the processor, and the process's peak MiB."""
    command = [sys.executable, __file__, "--remember", str(items)]
    return tuple(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


if __name__ == "__main__":
    import uvloop

    uvloop.run(remember(int(sys.argv[2])) if sys.argv[1] == "--remember" else serve(*sys.argv[2:]))

"""Actions through the server, against a proxy that does the least; its memory at rest, and its start.

    python benchmarks/actions.py [--requests 3000] [--at-once 1 8 32] [--rounds 3]

Server, proxy, vendor and client are processes of their own; server and proxy take turns, and each figure is the best of
its rounds, because other work on the machine only ever adds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from connectors.engine.addresses import Reach
from connectors.manifest.catalog import Catalog
from connectors.service.connections import Account
from connectors.service.service import opened

HERE = Path(__file__).parent
KEY, SEAL = "gw_benchmark_key_1", "s" * 32
PATH = "/v1/connections/shop/actions/place_order"
ADDRESS = {"street": "Musterweg 7", "city": "Berlin"}
ORDER = {"article": "lamp", "amount": 2, "note": "Ring twice", "email": "erika@example.org", "address": ADDRESS}
N8N = "n8n 2.41.1 (Webhook → HTTP → respond, 8 at once): 25 to 63 requests/s, 23 to 66 ms of CPU; idle 413 + 111 MB"


class Running(NamedTuple):
    """A process that answers on a port."""

    pid: int
    port: int

    @property
    def cpu(self) -> float:
        """Seconds of the processor so far."""
        parts = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """What is in memory now."""
        [kilobytes] = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(kilobytes) / 1024


@contextmanager
def started(*command: str, **environment: str) -> Iterator[Running]:
    """A Python program, once its first line has told its port."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), **environment}
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, env=environment, text=True)
    try:
        assert process.stdout is not None
        yield Running(process.pid, int(re.findall(r"\d+", process.stdout.readline())[-1]))
    finally:
        process.terminate()
        process.wait()


@contextmanager
def server(data: str, *words: str) -> Iterator[Running]:
    """gridwire's server on a data folder."""
    command = (str(HERE.parent / "cli.py"), "serve", "--port", "0", "--data", data, *words)
    with started(*command, GRIDWIRE_SECRET_KEY=SEAL, GRIDWIRE_API_KEY=KEY) as running:
        yield running


async def seed(data: Path, vendor: Running) -> None:
    """One connection with an API key."""
    async with opened(data, [SEAL], Catalog([HERE]), Reach(private=True)) as service:
        account = Account({"apiKey": "vendor-key"}, f"http://127.0.0.1:{vendor.port}")
        await service.connections.put(await service.keys.workspace("default"), "shop", "shop", account)


def load(running: Running, at_once: int, requests: int, *, keyed: bool = False) -> dict[str, Any]:
    """How it went, with microseconds of the processor for each request."""
    command = [sys.executable, HERE / "load.py", *map(str, (running.port, at_once, requests, PATH, int(keyed)))]
    before = running.cpu
    done = subprocess.run(command, input=json.dumps({"input": ORDER}).encode(), capture_output=True, check=True)
    found = json.loads(done.stdout)
    assert found["statuses"] == {"200": requests}, found
    return found | {"cpu_us": (running.cpu - before) / requests * 1e6}


def best(rounds: list[dict[str, Any]]) -> dict[str, float]:
    """The best of each figure."""
    least = {name: min(found[name] for found in rounds) for name in ("p50_ms", "p95_ms", "cpu_us")}
    return least | {"rate": max(found["rate"] for found in rounds)}


def compare(gridwire: Running, proxy: Running, at_once: int, requests: int, rounds: int) -> None:
    """Prints three rows."""
    kinds = {"proxy": (proxy, False), "gridwire": (gridwire, False), "gridwire, with a key": (gridwire, True)}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, (running, keyed) in kinds.items():
            found[name].append(load(running, at_once, requests, keyed=keyed))
    least = best(found["proxy"])
    for name, runs in found.items():
        one = best(runs)
        speed, cost = one["rate"] / least["rate"], one["cpu_us"] / least["cpu_us"]
        figures = f"{one['rate']:,.0f} | {one['p50_ms']:.2f} | {one['p95_ms']:.2f} | {one['cpu_us']:.0f}"
        print(f"| {at_once} | {name} | {figures} | {speed:.2f} | {cost:.2f} |", flush=True)


def start_to_ready(data: str) -> tuple[float, float]:
    """Seconds until the server answers, and megabytes that it has a moment later."""
    began = time.perf_counter()
    with server(data) as running:
        while not _answers(running.port):
            time.sleep(0.002)
        took = time.perf_counter() - began
        time.sleep(1)
        return took, running.megabytes


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def main() -> None:
    """Prints all figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=3000)
    options.add_argument("--at-once", type=int, nargs="+", default=[1, 8, 32])
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with ExitStack() as open_now:
        data = open_now.enter_context(tempfile.TemporaryDirectory())
        vendor = open_now.enter_context(started(str(HERE / "vendor.py")))
        asyncio.run(seed(Path(data), vendor))
        ready = [start_to_ready(data) for _ in range(given.rounds)]
        seconds, megabytes = min(took for took, _ in ready), max(memory for _, memory in ready)
        print(f"start to ready: {seconds:.2f} s (goal: 1); idle: {megabytes:.0f} MiB (goal: 120)\n")
        proxy = open_now.enter_context(started(str(HERE / "proxy.py"), str(vendor.port)))
        gridwire = open_now.enter_context(server(data, "--sandbox", "--manifests", str(HERE)))
        print("| at once | | requests/s | p50 ms | p95 ms | CPU µs | speed | CPU |")
        print("|---:|---|---:|---:|---:|---:|---:|---:|")
        for at_once in given.at_once:
            for running in (proxy, gridwire):
                load(running, at_once, 200)
            compare(gridwire, proxy, at_once, given.requests, given.rounds)
        print(f"\nmemory after that: {gridwire.megabytes:.0f} MiB\n{N8N}")


if __name__ == "__main__":
    main()

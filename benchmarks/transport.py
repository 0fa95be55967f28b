"""What one request costs our processor: through gridwire's transport, through httpx, through aiohttp alone.

    python benchmarks/transport.py [--requests 10000] [--at-once 1 32] [--runs 3] [--profile]

The server (`server.py`) runs in a process of its own and gives an empty page from memory. Each client is a process of
its own too, so that none pays for another; it counts its processor's time from a first request to a last.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

Ask = Callable[[], Awaitable[object]]
HEADERS = {"X-Authorization": "key", "Accept": "application/json"}


async def gridwire(url: str, opened: AsyncExitStack) -> Ask:
    """What every request of ours goes through."""
    from connectors.components.http import Request
    from connectors.engine.transport import HttpTransport

    transport = await opened.enter_async_context(HttpTransport())
    return lambda: transport.send(Request("GET", url, (("page", "0"),), dict(HEADERS)), timeout=30)


async def httpx_over_the_same(url: str, opened: AsyncExitStack) -> Ask:
    """httpx's client where our checks are."""
    import httpx

    from connectors.engine.wire import Wire

    client = await opened.enter_async_context(httpx.AsyncClient(transport=Wire(), timeout=30))
    return lambda: client.get(url, params={"page": "0"}, headers=HEADERS)


async def httpx_aiohttp(url: str, opened: AsyncExitStack) -> Ask:
    """The package that joins the two."""
    import httpx
    from httpx_aiohttp import AiohttpTransport

    client = await opened.enter_async_context(httpx.AsyncClient(transport=AiohttpTransport(), timeout=30))
    return lambda: client.get(url, params={"page": "0"}, headers=HEADERS)


async def httpx_alone(url: str, opened: AsyncExitStack) -> Ask:
    """httpx as it comes."""
    import httpx

    client = await opened.enter_async_context(httpx.AsyncClient(timeout=30))
    return lambda: client.get(url, params={"page": "0"}, headers=HEADERS)


async def aiohttp_alone(url: str, opened: AsyncExitStack) -> Ask:
    """aiohttp as it comes."""
    import aiohttp

    session = await opened.enter_async_context(aiohttp.ClientSession())

    async def ask() -> None:
        async with session.get(url, params={"page": "0"}, headers=HEADERS) as answer:
            await answer.read()

    return ask


CLIENTS = {
    "gridwire": gridwire,
    "httpx over the same transport": httpx_over_the_same,
    "httpx over httpx-aiohttp": httpx_aiohttp,
    "httpx over its own pool": httpx_alone,
    "aiohttp alone": aiohttp_alone,
}


async def measure(client: str, url: str, requests: int, at_once: int, profile: cProfile.Profile | None) -> float:
    """Microseconds of the processor for each request."""
    async with AsyncExitStack() as opened:
        ask = await CLIENTS[client](url, opened)
        await asyncio.gather(*(ask() for _ in range(at_once)))
        left = iter(range(requests))

        async def worker() -> None:
            for _ in left:
                await ask()

        if profile is not None:
            profile.enable()
        started = time.process_time()
        await asyncio.gather(*(worker() for _ in range(at_once)))
        spent = time.process_time() - started
        if profile is not None:
            profile.disable()
        return spent / requests * 1e6


def one(client: str, url: str, requests: int, at_once: int, *, profiled: bool) -> None:
    """One client, in this process."""
    profile = cProfile.Profile() if profiled else None
    print(asyncio.run(measure(client, url, requests, at_once, profile)))
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)


def everyone(url: str, options: argparse.Namespace) -> None:
    """All of them, a process each."""
    for at_once in options.at_once:
        found: dict[str, list[float]] = {client: [] for client in CLIENTS}
        for _ in range(options.runs):
            for client in CLIENTS:  # by turns, so that a busy moment of the machine meets them all
                command = [sys.executable, __file__, "--client", client, "--url", url]
                command += ["--requests", str(options.requests), "--at-once", str(at_once)]
                found[client].append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        own = statistics.median(found["gridwire"])
        print(f"\n{options.requests:,} requests, {at_once} at once: µs of CPU a request, median of {options.runs}")
        for client, spent in found.items():
            median = statistics.median(spent)
            print(f"| {client} | {median:.0f} | {own / median:.2f} |")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 32])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="where gridwire's time goes")
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        one(options.client, options.url, options.requests, options.at_once[0], profiled=options.profile)
        return
    command = [sys.executable, str(Path(__file__).parent / "server.py"), "0", "0", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/offers"
        try:
            if options.profile:
                one("gridwire", url, options.requests, options.at_once[-1], profiled=True)
            else:
                everyone(url, options)
        finally:
            server.terminate()


if __name__ == "__main__":
    main()

"""Requests over a number of connections, the next one once the answer is there: the cheapest client that can be had.

    python benchmarks/load.py PORT CONNECTIONS REQUESTS PATH KEYED < BODY

Prints {"rate", "p50_ms", "p95_ms", "statuses"}; KEYED is 1 for an Idempotency-Key with each request.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import uuid
from collections import Counter

import uvloop

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._load.ended.done():
            self._load.ended.set_exception(exc or ConnectionError("the server closed a connection"))

    def ask(self) -> None:
        """Sends the next request, if there is one."""
        if self._load.left:
            self._load.left -= 1
            self._began = time.perf_counter()
            self._transport.write(self._load.request())

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        if len(body) < int((_LENGTH.search(head) or [b"", b"1"])[1]):
            return
        self._received = b""
        self._load.answered(int(head[9:12]), time.perf_counter() - self._began)
        self.ask()


class _Load:
    """All connections together."""

    def __init__(self, requests: int, path: str, keyed: bool, body: bytes) -> None:
        self.left = self._requests = requests
        self._keyed = keyed
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer gw_benchmark_key_1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        ).encode()
        self._body = body
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.ended = asyncio.get_running_loop().create_future()

    def request(self) -> bytes:
        """The next one."""
        key = f"Idempotency-Key: {uuid.uuid4()}\r\n".encode() if self._keyed else b""
        return self._head + key + b"\r\n" + self._body

    def answered(self, status: int, seconds: float) -> None:
        """Counts an answer."""
        self.statuses[status] += 1
        self.seconds.append(seconds)
        if len(self.seconds) == self._requests:
            self.ended.set_result(None)


async def main(port: int, connections: int, requests: int, path: str, keyed: bool) -> None:
    """Sends them all and prints how it went."""
    load = _Load(requests, path, keyed, sys.stdin.buffer.read())
    loop = asyncio.get_running_loop()
    clients = [(await loop.create_connection(lambda: _Client(load), "127.0.0.1", port))[1] for _ in range(connections)]
    began = time.perf_counter()
    for client in clients:
        client.ask()
    await load.ended
    took, sorted_ = time.perf_counter() - began, sorted(load.seconds)
    p50, p95 = (1000 * sorted_[int(len(sorted_) * part)] for part in (0.5, 0.95))
    print(json.dumps({"rate": requests / took, "p50_ms": p50, "p95_ms": p95, "statuses": load.statuses}))


if __name__ == "__main__":
    port, connections, requests, path, keyed = sys.argv[1:]
    uvloop.run(main(int(port), int(connections), int(requests), path, keyed == "1"))

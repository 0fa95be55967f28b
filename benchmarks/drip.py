"""Sockets that send a head or a body byte by byte, until the server closes them.

    python benchmarks/drip.py PORT SOCKETS PATH KEY

Half of them drip heads, half bodies, a byte each every 200 ms. Prints their number once all are open, then when the
first and the last one were closed, in seconds; one that is never closed is given up after 60.
"""

from __future__ import annotations

import asyncio
import sys
import time

import uvloop

_PAUSE = 0.2
_PATIENCE = 60.0


class _Drip(asyncio.Protocol):
    """One socket."""

    def __init__(self, head: bytes) -> None:
        self._head = head
        self.closed = asyncio.get_running_loop().create_future()
        self.status = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        self.status = self.status or data[9:12]

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(time.perf_counter())

    def drip(self) -> None:
        """Sends a byte."""
        if not self.closed.done():
            self._transport.write(b"x")


async def main(port: int, sockets: int, path: str, key: str) -> None:
    """Opens them, drips, and tells when they were closed."""
    line = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n".encode()
    body = b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    loop = asyncio.get_running_loop()
    drips: list[_Drip] = []
    for number in range(sockets):
        head = line + (body if number % 2 else b"X-Long: ")
        drips.append((await loop.create_connection(lambda head=head: _Drip(head), "127.0.0.1", port))[1])
    began = time.perf_counter()
    print(len(drips), flush=True)
    while not all(drip.closed.done() for drip in drips) and time.perf_counter() - began < _PATIENCE:
        for drip in drips:
            drip.drip()
        await asyncio.sleep(_PAUSE)
    closed = [drip.closed.result() - began for drip in drips if drip.closed.done()]
    statuses = sorted({drip.status.decode() for drip in drips})
    print(f"{len(closed)} closed after {min(closed):.1f} to {max(closed):.1f} s, answered {', '.join(statuses)}")


if __name__ == "__main__":
    port, sockets, path, key = sys.argv[1:]
    uvloop.run(main(int(port), int(sockets), path, key))

"""A vendor that answers every request at once with the same order.

    python benchmarks/vendor.py

Prints its port.
"""

from __future__ import annotations

import asyncio
import re

import uvloop

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ORDER = b'{"id":"o-1","state":"placed","article":"lamp","amount":2,"total":39.8,"currency":"EUR"}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(_ORDER), _ORDER)


class _Orders(asyncio.Protocol):
    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, rest = self._received.partition(b"\r\n\r\n")
            length = int((_LENGTH.search(head) or [b"", b"0"])[1])
            if len(rest) < length:
                return
            self._received = rest[length:]
            self._transport.write(_ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Orders, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())

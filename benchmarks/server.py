"""A list of offers on a socket: bytes made beforehand, so that what is measured is the reader.

    python benchmarks/server.py PORT PAGES DELAY_MS

`GET /offers?page=N` gives 100 offers of 2.5 KB each, with `hasNextPage`; `limit` and other parameters are ignored.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from functools import partial

PER_PAGE = 100
_PAGE = re.compile(rb"^GET [^ ]*[?&]page=(\d+)")

_OFFER = {
    "status": "Pending Feedback",
    "archived": False,
    "createdAt": "2026-03-14T09:26:53Z",
    "updatedAt": "2026-04-01T16:05:11Z",
    "customer": {
        "id": "9b0e4a77-51c3-4f0d-8e26-6a1d3c5f8820",
        "firstName": "Erika",
        "lastName": "Beispiel",
        "email": "erika@example.org",
        "phone": "+49 30 5550100",
        "address": {"street": "Musterweg", "streetNumber": "7", "postcode": "10115", "city": "Berlin"},
    },
    "demand": {"annualEnergyDemandWh": 4500000, "heatDemandWh": 12000000, "electricCar": True, "persons": 3},
    "currentSignature": {"state": "Open", "signedAt": None, "signedPdfUrl": None},
    "lat": "52.531677",
    "lng": "13.381777",
    "discount": 0.05,
    "components": [
        {
            "id": f"c-{number}",
            "name": f"Solar module {number}",
            "manufacturer": "Example Solar",
            "quantity": 4 * number,
            "powerW": 430.5,
            "priceCt": 14990 + number,
            "warrantyYears": 25,
        }
        for number in range(1, 11)
    ],
    "notes": "",
}


def _rest() -> bytes:
    """An offer without its id, padded to 2,500 bytes with it."""
    text = json.dumps(_OFFER, separators=(",", ":"))
    padded = {**_OFFER, "notes": "x" * (2500 - len(text) - len('"id":"offer-0000000",'))}
    return json.dumps(padded, separators=(",", ":")).encode()[1:]


_REST = _rest()


def answer(page: int, pages: int) -> bytes:
    """The whole HTTP response for a page, counted from 0."""
    start = page * PER_PAGE if page < pages else 0
    ids = range(start, start + PER_PAGE if page < pages else 0)
    offers = b",".join([b'{"id":"offer-%07d",%b' % (number, _REST) for number in ids])
    more = b"true" if page + 1 < pages else b"false"
    body = b'{"results":[%b],"hasNextPage":%b}' % (offers, more)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


class _Offers(asyncio.Protocol):
    def __init__(self, pages: int, delay: float) -> None:
        self._pages = pages
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            found = _PAGE.match(head)
            send = partial(self._transport.write, answer(int(found[1]) if found else 0, self._pages))
            asyncio.get_running_loop().call_later(self._delay, send) if self._delay else send()


async def _serve(port: int, pages: int, delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Offers(pages, delay), "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    port, pages, delay_ms = map(int, sys.argv[1:])
    asyncio.run(_serve(port, pages, delay_ms / 1000))

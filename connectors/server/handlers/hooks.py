"""Webhooks: vendors call here."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from connectors.components.delivery import MAX_BODY, Delivery
from connectors.server.body import read_bytes
from connectors.server.call import Call


async def take_webhook(call: Call) -> Any:
    """Takes what a vendor sends to the address that it was given; it is on disk before it is answered.

    To an address that nobody was given, and to whoever does not prove to be the vendor, there is nothing here.
    """
    request = call.request
    body = await read_bytes(request, MAX_BODY)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    delivery = Delivery(body, headers, _address(call), request.method)
    answer = await call.server.worker.inbox.take(call.params["token"], delivery)
    response = Response(answer.body, answer.status)
    response.raw_headers += [(name.encode(), value.encode()) for name, value in answer.headers]
    return response


def _address(call: Call) -> str:
    """The address as the vendor knows it, for some sign that too."""
    scope = call.request.scope
    path = scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1") or scope["path"]
    query = scope["query_string"].decode("latin-1")
    return f"{call.server.public_url}{path}" + (f"?{query}" if query else "")

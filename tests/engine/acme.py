"""Acme: an invented vendor, its manifest in parts, and a transport in memory."""

from __future__ import annotations

import json
from typing import Any

from connectors.components.http import Request, Response, dump_json
from connectors.engine.connection import Connection
from connectors.engine.run import Vendor
from connectors.manifest.check import check
from connectors.manifest.model import Connector
from connectors.manifest.source import parse

API = "https://api.example.com"
FILES = "https://private-static.example.com"

WORDS = {
    "title": "Title",
    "description": "Triggers when it should.",
    "sample": {"id": "a", "name": "Ada", "email": "ada@example.com", "status": "A"},
}
CONNECTION = {
    "fields": {"account": {"required": True}, "apiKey": {"secret": True}},
    "auth": {"api_key": {"header": "X-Authorization", "value": "{apiKey}"}},
    "test": "GET /accounts/{account}",
}
PAGED = {"page_number": {"start": 0, "more": "hasNextPage"}}


class Wire:
    """A transport in memory: gives its answers one after the other, the last one for ever.

    An answer is a Response, an exception, JSON (status 200), a status, `(status, JSON or bytes, headers)`, or a
    function from the request to one of these.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[Request] = []
        self.timeouts: list[float] = []

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - the seam's name
        self.sent.append(request)
        self.timeouts.append(timeout)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return _response(answer(request) if callable(answer) else answer)


def make_connector(**blocks: Any) -> Connector:
    """Acme's manifest with these blocks in place of its own; operations get words where they have none."""
    manifest: dict[str, Any] = {
        "connector": "acme",
        "language": 1,
        "version": "1.0.0",
        "title": "Acme",
        "description": "Sells everything.",
        "base_url": API,
        "origins": {"files": {"url": FILES}},
        "connection": {**CONNECTION, **blocks.pop("connection", {})},
        "lists": {"items": {"request": "GET /items", "items": "results", "paginate": PAGED}},
        **blocks,
    }
    for kind in ("actions", "searches", "triggers"):
        manifest[kind] = {name: {**WORDS, **block} for name, block in manifest.get(kind, {}).items()}
    return check(parse(json.dumps(manifest), "acme.yaml"))


def make_connection(connector: Connector | None = None, /, **more: Any) -> Connection:
    values = {"account": "a-1", "apiKey": "canary-1", **more.pop("values", {})}
    return Connection.open(connector or make_connector(), values, **more)


def page(*ids: Any, more: bool = False, **about: Any) -> dict[str, Any]:
    """A page of the list `items`."""
    return {"results": [{"id": name, **about} for name in ids], "hasNextPage": more}


def sent(vendor: Vendor) -> list[str]:
    """What was asked for, without the host."""
    return [request.full_url.removeprefix(API) for request in vendor.exchange.transport.sent]


async def read(vendor: Vendor, inputs: dict[str, Any] | None = None, *, of: str = "items", **about: Any) -> list[Any]:
    """Everything in a list."""
    batches = vendor.reader.read(vendor.connector.lists[of], inputs or {}, **about)
    return [item async for batch in batches for item in batch.items]


def _response(answer: Any) -> Response:
    if isinstance(answer, Exception):
        raise answer
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, int):
        return Response(answer)
    status, body, *headers = answer if isinstance(answer, tuple) else (200, answer)
    content = body if isinstance(body, bytes) else dump_json(body)
    return Response(status, tuple(headers[0].items()) if headers else (), content)

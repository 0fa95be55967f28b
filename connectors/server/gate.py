"""The way in, which is closed when the server ends: what is under way is finished, what is new is sent elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.server.problems import Refusal

_COMES_BACK = 10  # seconds after which another server may be there


class Stopping(Refusal):
    """The server ends; nothing was done."""

    kind = "stopping"
    http_status = 503

    def __init__(self) -> None:
        super().__init__("the server is about to end", remedy="Send it again in a few seconds; nothing was done.")

    @property
    def headers(self) -> Mapping[str, str]:
        """When another one may be there."""
        return {"Retry-After": str(_COMES_BACK), "Connection": "close"}


class Gate:
    """Counts the requests that are under way. Once it is closed, none is let in."""

    def __init__(self) -> None:
        self.closed: bool = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def close(self) -> None:
        """Lets nobody in any more; returns when no request is under way."""
        self.closed = True
        await self._empty.wait()

    def enter(self) -> None:
        """A request comes. Raises Stopping."""
        if self.closed:
            raise Stopping
        self._inside += 1
        self._empty.clear()

    def leave(self) -> None:
        """A request was answered."""
        self._inside -= 1
        if not self._inside:
            self._empty.set()


class Gated:
    """ASGI middleware: an application behind a gate."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.gate.enter()
        try:
            await self.app(scope, receive, send)
        finally:
            self.gate.leave()

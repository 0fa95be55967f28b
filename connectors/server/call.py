"""What a handler is given: the request, already allowed, read and checked, and what the server has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request

from connectors.components.auth.flow import AGAIN
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor, operation_named
from connectors.engine.transport import Transport
from connectors.errors import GridwireError, InputError, ReconnectError
from connectors.manifest.model import Connector, Operation
from connectors.manifest.problem import did_you_mean, quoted
from connectors.server.attention import Ongoing, while_there
from connectors.server.describe import how_to_reconnect
from connectors.server.gate import Gate
from connectors.server.logs import about, note
from connectors.server.metrics import Counted, Metrics
from connectors.server.places import Places
from connectors.server.problems import NotFound, NotReady
from connectors.server.signed import Signer
from connectors.server.tools.listing import Tools
from connectors.service.connections import Opened
from connectors.service.keys import Caller
from connectors.service.service import Service
from connectors.service.store import put
from connectors.service.worker import Worker

_READY = 3.0  # seconds for which a server that could write is believed to be ready
_LONGEST_WRITE = 5.0  # seconds; a server that waits longer cannot work

OperationType = TypeVar("OperationType", bound=Operation)

USUAL_URL = "http://127.0.0.1:8710"
"""Where a server listens that was not told anything else."""


@dataclass
class Server:
    """What the server has. `timeout`, in seconds, bounds each request to a vendor, `longest_reading` all that belong to
    one poll, search or dropdown.

    `public_url` is where browsers and vendors reach it, without a slash at its end. `document` is the server's OpenAPI
    description, as JSON. `service` and `transport` are there while the application runs.
    """

    connectors: Mapping[str, Connector]
    signer: Signer
    timeout: float
    longest_reading: float
    public_url: str
    places: Places = field(default_factory=Places)
    ongoing: Ongoing = field(default_factory=Ongoing)
    document: bytes = b"{}"
    metrics: Metrics = field(default_factory=Metrics)
    gate: Gate = field(default_factory=Gate)
    _service: Service | None = None
    _transport: Transport | None = None
    _worker: Worker | None = None
    _ready_until: float = 0.0

    def start(self, service: Service, transport: Transport, worker: Worker | None = None) -> None:
        """The application runs from now on; without a worker, nothing is done that nobody asks for."""
        self._service, self._worker = service, worker
        self._transport = Counted(transport, self.metrics.asked)
        service.store.committed = self.metrics.committed

    async def check_ready(self) -> None:
        """Whether work can be done: the database takes what is written. Raises NotReady, StoreError."""
        if self._transport is None:
            raise NotReady("the way to vendors is not open", remedy="Ask again in a moment.")
        if time.monotonic() < self._ready_until:
            return
        try:
            async with asyncio.timeout(_LONGEST_WRITE):
                await self.service.store.write(lambda rows: put(rows, "ready", str(time.time()).encode()))
            self._ready_until = time.monotonic() + _READY
        except TimeoutError:
            message = f"the database took nothing within {_LONGEST_WRITE:g} s"
            raise NotReady(message, remedy="See what else writes to it, and how busy the disk is.") from None

    @cached_property
    def tools(self) -> Tools:
        """What agents are offered."""
        return Tools(self.connectors.values())

    @property
    def longest(self) -> float:
        """Seconds that a request may take in all, from when its body is there."""
        return self.longest_reading + self.timeout

    @property
    def service(self) -> Service:
        """What the server remembers."""
        if self._service is None:
            raise RuntimeError("the application was not started: whoever mounts it has to run its lifespan")
        return self._service

    @property
    def worker(self) -> Worker:
        """What does what is due."""
        if self._worker is None:
            raise RuntimeError("the application was not started: whoever mounts it has to run its lifespan")
        return self._worker

    def vendor(self, opened: Opened) -> Vendor:
        """The vendor, as this connection sees it."""
        return self.vendor_of(opened.connection)

    def watched(self, opened: Opened, trigger: str) -> Vendor:
        """The vendor, for what is due rather than asked for; what is logged and counted names the trigger."""
        stored = opened.stored
        about(workspace=stored.workspace, connection=stored.id, connector=stored.connector, operation=trigger)
        return self.vendor(opened)

    def vendor_of(self, connection: Connection) -> Vendor:
        """The vendor, as an account sees it that may not be kept."""
        if self._transport is None:
            raise RuntimeError("the application was not started: whoever mounts it has to run its lifespan")
        return Vendor(Exchange(connection, self._transport, self.timeout, self.longest_reading))


@dataclass(frozen=True)
class Call:
    """One request, as it came (`request`) and as it was read.

    `query` and `body` are checked against what its route asks and takes; `caller` is there wherever a key is asked for.
    """

    server: Server
    correlation_id: str
    params: Mapping[str, str]
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    headers: Headers
    caller: Caller | None
    request: Request

    @property
    def workspace(self) -> str:
        """The id of the workspace that the caller's key opens."""
        return self.known_caller.workspace

    @property
    def known_caller(self) -> Caller:
        """Who brings the key, on a route that asks for one."""
        assert self.caller is not None
        return self.caller

    @property
    def connector(self) -> Connector:
        """The connector that the path names. Raises NotFound with the near miss."""
        name, known = self.params["connector"], self.server.connectors
        if name not in known:
            hint = did_you_mean(name, known) or f"there are {', '.join(known) or 'none'}"
            raise NotFound(f"there is no connector {quoted(name)}; {hint}", remedy="GET /v1/connectors lists them.")
        return known[name]

    def header(self, name: str) -> str | None:
        """The header of that name, if there is one. Raises InputError if there are several."""
        given = self.headers.getlist(name)
        if len(given) > 1:
            raise InputError(f"there are {len(given)} headers {name}; send one", field=name)
        return given[0] if given else None

    async def opened(self) -> Opened:
        """The connection that the path names by id or name. Raises NoSuchConnectionError."""
        opened = await self.server.service.connections.open(self.workspace, self.params["id"])
        note(connection=opened.stored.id, connector=opened.stored.connector)
        return opened

    @asynccontextmanager
    async def asking(self, opened: Opened, *, tested: bool = False) -> AsyncGenerator[Vendor]:
        """The vendor to read from, for as long as the client is there; how it went is kept with the connection."""
        async with while_there(self.request.receive), self.noting(opened, tested=tested) as vendor:
            yield vendor

    @asynccontextmanager
    async def noting(self, opened: Opened, *, tested: bool = False) -> AsyncGenerator[Vendor]:
        """The vendor; how it went is kept with the connection."""
        connections = self.server.service.connections
        try:
            yield self.server.vendor(opened)
        except GridwireError as error:
            await connections.note(opened, error, tested=tested)
            if isinstance(error, ReconnectError) and error.remedy == AGAIN:  # which is for the command line
                error.remedy = how_to_reconnect(opened.stored, opened.connection)
            raise
        await connections.note(opened, None, tested=tested)

    def operation(self, connector: Connector, kind: type[OperationType]) -> OperationType:
        """The connector's operation that the path names. Raises NotFound with the near miss."""
        try:
            found = operation_named(connector, self.params[kind.__name__.lower()], kind)
        except InputError as error:
            raise NotFound(error.message, remedy=f"GET /v1/connectors/{connector.connector} lists them.") from None
        note(operation=found.name)
        return found

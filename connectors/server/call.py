"""What a handler is given: the request, already allowed, read and checked, and what the server has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.run import Vendor, operation_named
from connectors.engine.transport import Transport
from connectors.errors import InputError
from connectors.manifest.model import Connector, Operation
from connectors.manifest.problem import did_you_mean, quoted
from connectors.server.problems import NotFound
from connectors.server.signed import Signer

OperationType = TypeVar("OperationType", bound=Operation)


@dataclass
class Server:
    """What the server has. `timeout`, in seconds, bounds each request to a vendor.

    `transport` is there while the application runs; `document` is the server's OpenAPI description.
    """

    connectors: Mapping[str, Connector]
    connections: Mapping[str, Connection]
    signer: Signer
    timeout: float
    transport: Transport | None = None
    document: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request. `body` is checked against what its route takes."""

    server: Server
    correlation_id: str
    params: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def connector(self) -> Connector:
        """The connector that the path names. Raises NotFound with the near miss."""
        name, known = self.params["connector"], self.server.connectors
        if name not in known:
            hint = did_you_mean(name, known) or f"there are {', '.join(known) or 'none'}"
            raise NotFound(f"there is no connector {quoted(name)}; {hint}", remedy="GET /v1/connectors lists them.")
        return known[name]

    @property
    def connection(self) -> Connection:
        """The connection that the path names. Raises NotFound, without a hint: it may be somebody else's."""
        name = self.params["id"]
        if name not in self.server.connections:
            raise NotFound(f"there is no connection {quoted(name)}", remedy="GET /v1/connections lists them.")
        return self.server.connections[name]

    @property
    def vendor(self) -> Vendor:
        """The vendor, as that connection sees it."""
        connection = self.connection
        if self.server.transport is None:
            raise RuntimeError("the application was not started: whoever mounts it has to run its lifespan")
        return Vendor(Exchange(connection, self.server.transport, self.server.timeout))

    def operation(self, kind: type[OperationType]) -> OperationType:
        """The connection's operation that the path names. Raises NotFound with the near miss."""
        connector = self.connection.connector
        try:
            return operation_named(connector, self.params[kind.__name__.lower()], kind)
        except InputError as error:
            raise NotFound(error.message, remedy=f"GET /v1/connectors/{connector.connector} lists them.") from None

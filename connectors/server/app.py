"""The server as an ASGI application, put together out of the route table."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from itertools import groupby
from operator import attrgetter

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from connectors.engine.connection import Connection
from connectors.engine.transport import HttpTransport, Transport
from connectors.manifest.catalog import Catalog
from connectors.manifest.problem import quoted
from connectors.server.call import Server
from connectors.server.edge import Edge
from connectors.server.openapi import document
from connectors.server.problems import NotFound
from connectors.server.resource import Key, Resource
from connectors.server.routes import ROUTES
from connectors.server.signed import Signer

log = logging.getLogger("gridwire.server")


def create_app(
    *,
    catalog: Catalog,
    connections: Mapping[str, Connection],
    api_key: str,
    signing_key: bytes,
    transport: Transport | None = None,
    timeout: float = 30.0,
) -> Starlette:
    """The server for these connectors and these connections by id.

    `api_key` opens it; `signing_key`, at least 16 bytes, signs what clients keep for it. `transport` is the way to
    vendors, by default one over HTTP that lives as long as the application; `timeout`, in seconds, bounds each request
    to a vendor. Raises ManifestError if a manifest is wrong, ValueError if a key is too short.
    """
    found = {connector.connector: connector for connector in map(catalog.load, catalog.names)}
    server = Server(found, connections, Signer(signing_key), timeout, transport)
    server.document = document(ROUTES, found.values())
    for name, connection in connections.items():
        for warning in connection.warnings:
            log.warning("connection %s: %s", name, warning)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        if transport is not None:
            yield
            return
        async with HttpTransport() as own:
            server.transport = own
            yield

    app = Starlette(
        routes=_paths(server, Key(api_key)),
        middleware=[Middleware(Edge)],
        exception_handlers={HTTPException: _nothing_here},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _paths(server: Server, key: Key) -> list[BaseRoute]:
    by_path = groupby(sorted(ROUTES, key=attrgetter("path")), key=attrgetter("path"))
    return [Path(path, Resource(path, list(routes), server, key)) for path, routes in by_path]


async def _nothing_here(request: Request, error: Exception) -> Response:
    raise NotFound(f"there is nothing at {quoted(request.url.path)}", remedy="GET /openapi.json lists what there is.")

"""The server as an ASGI application, put together out of the route table."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Pattern

from connectors.components.http import dump_json
from connectors.engine.addresses import Reach
from connectors.engine.transport import HttpTransport, Transport
from connectors.manifest.catalog import Catalog
from connectors.manifest.problem import quoted
from connectors.server.call import USUAL_URL, Server
from connectors.server.edge import Edge
from connectors.server.gate import Gated
from connectors.server.metrics import Counted
from connectors.server.openapi import document
from connectors.server.problems import NotFound
from connectors.server.resource import Resource
from connectors.server.routes import ROUTES
from connectors.server.signed import Signer
from connectors.server.working import at_work
from connectors.service.deliveries import SCHEDULE
from connectors.service.idempotency import DAY
from connectors.service.readings import MIN_INTERVAL
from connectors.service.reconcile import can_be_called
from connectors.service.retention import HISTORY, PAYLOADS
from connectors.service.service import Service, opened
from connectors.service.settings import Settings
from connectors.service.vault import Vault
from connectors.service.worker import Worker

_MOST_SAID = 2**20  # bytes that a target may answer; nobody reads them


def create_app(
    *,
    catalog: Catalog,
    data: Path,
    secret_keys: Sequence[str],
    reach: Reach | None = None,
    transport: Transport | None = None,
    timeout: float = 30.0,
    public_url: str | None = None,
    address: str = USUAL_URL,
    longest_reading: float = 120.0,
    idempotency_ttl: float = DAY,
    min_interval: float = MIN_INTERVAL,
    schedule: Sequence[float] = SCHEDULE,
    payloads: float = PAYLOADS,
    history: float = HISTORY,
) -> Starlette:
    """The server for these connectors, with what is kept in the folder `data`.

    `secret_keys`, the current one first and each of at least 16 bytes, seal what is kept and sign what clients keep for
    the server. `reach` says which addresses vendors may have; without it, public ones with https. `transport` is the
    way to vendors, by default one over HTTP that lives as long as the application; `timeout`, in seconds, bounds each
    request to a vendor, `longest_reading` all that belong to one poll, search, dropdown or list of inputs. `public_url`
    is where browsers and vendors find the server; without it vendors do not, and browsers at `address`.

    What was asked for under an Idempotency-Key is kept for `idempotency_ttl` seconds, events for `payloads`, history
    for `history`; `min_interval` is the shortest time between two polls, `schedule` are those before each try of a
    delivery. Raises ManifestError if a manifest is wrong, ValueError if a key is too short.
    """
    found = {connector.connector: connector for connector in map(catalog.load, catalog.names)}
    reach = reach or Reach()
    signer = Signer(Vault(secret_keys).derived("signing"))
    server = Server(found, signer, timeout, longest_reading, (public_url or address).rstrip("/"))
    server.document = dump_json(document(ROUTES, list(found.values())))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as open_now:
            called_at = public_url if await can_be_called(reach, public_url) else None
            settings = Settings(called_at and server.public_url, server.public_url, min_interval, reach)
            kept = opened(data, secret_keys, catalog, reach, idempotency_ttl=idempotency_ttl, settings=settings)
            service = await open_now.enter_async_context(kept)
            vendors = transport or await open_now.enter_async_context(HttpTransport(reach=reach))
            targets = await open_now.enter_async_context(HttpTransport(reach=reach, max_body=_MOST_SAID))
            worker = _worker(server, service, targets, schedule=schedule, payloads=payloads, history=history)
            server.start(service, vendors, worker)
            await open_now.enter_async_context(server.ongoing)
            await open_now.enter_async_context(at_work(worker, service.idempotency.sweep()))
            yield

    app = Starlette(
        routes=_paths(server),
        middleware=[Middleware(Edge, server.metrics), Middleware(Gated, server.gate)],
        exception_handlers={HTTPException: _nothing_here},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.gate = server.gate
    return app


def _worker(server: Server, service: Service, targets: Transport, **times: Any) -> Worker:
    return Worker(
        service.store,
        service.vault,
        service.connections,
        Counted(targets, server.metrics.delivered),
        server.watched,
        public_url=service.settings.called_at,
        source=service.settings.source,
        min_interval=service.settings.min_interval,
        **times,
    )


def _paths(server: Server) -> list[BaseRoute]:
    by_path = groupby(sorted(ROUTES, key=attrgetter("path")), key=attrgetter("path"))
    return [Pattern(path, Resource(path, list(routes), server)) for path, routes in by_path]


async def _nothing_here(request: Request, error: Exception) -> Response:
    raise NotFound(f"there is nothing at {quoted(request.url.path)}", remedy="GET /openapi.json lists what there is.")

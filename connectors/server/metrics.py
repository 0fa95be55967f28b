"""What the server counts, as Prometheus reads it. Labels are names of the route table and of manifests, never ids."""

from __future__ import annotations

import platform
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import generate_latest

import connectors
from connectors.components.http import Request, Response
from connectors.engine.transport import Transport
from connectors.errors import NotReached, TransportError
from connectors.server.logs import known
from connectors.service.replay import Stock

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus's text format; see its documentation, "Exposition formats"."""

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5)
_UNMATCHED = "unmatched"


class Metrics:
    """The figures of one server."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        Info("gridwire_build", "What runs.", registry=own).info(
            {"version": connectors.__version__, "python": platform.python_version()}
        )
        self._seconds = Histogram(
            "gridwire_http_request_seconds",
            "Requests to this server: how many, and how long each took.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=own,
        )
        self._vendor = Counter(
            "gridwire_vendor_requests",
            "Requests to vendors. `outcome` is the vendor's HTTP status, or why there is none.",
            ("connector", "operation", "outcome"),
            registry=own,
        )
        self._tries = Counter(
            "gridwire_delivery_tries",
            "Tries to deliver an event. `outcome` is the target's HTTP status, or why there is none.",
            ("outcome",),
            registry=own,
        )
        self._stored = Counter("gridwire_events", "Events that were stored, ever.", registry=own)
        self._newest = 0
        self._deliveries = Gauge(
            "gridwire_deliveries", "Deliveries that are kept and not made yet.", ("state",), registry=own
        )
        self._oldest = Gauge(
            "gridwire_oldest_waiting_seconds", "The age of the oldest event that waits to be delivered.", registry=own
        )
        self._works = Gauge("gridwire_worker_active", "Whether this process does what is due.", registry=own)
        self._commits = Histogram(
            "gridwire_database_commit_seconds",
            "Transactions that were put on disk: how many, and how long each took.",
            buckets=_COMMIT_SECONDS,
            registry=own,
        )
        self._changes = Counter("gridwire_database_changes", "Changes in those transactions.", registry=own)

    def answered(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        known_method = method if method in _METHODS else "other"
        self._seconds.labels(route or _UNMATCHED, known_method, str(status)).observe(seconds)

    def asked(self, outcome: str) -> None:
        """A vendor was asked, for the request that is being answered."""
        about = known()
        self._vendor.labels(about.get("connector", ""), about.get("operation", ""), outcome).inc()

    def delivered(self, outcome: str) -> None:
        """A delivery was tried."""
        self._tries.labels(outcome).inc()

    def committed(self, changes: int, seconds: float) -> None:
        """A transaction is on disk."""
        self._commits.observe(seconds)
        self._changes.inc(changes)

    def stands(self, stock: Stock, *, works: bool) -> None:
        """What is in the database now, and whether this process works on it."""
        self._stored.inc(max(0, stock.newest - self._newest))
        self._newest = max(stock.newest, self._newest)
        self._deliveries.labels("waiting").set(stock.waiting)
        self._deliveries.labels("dead").set(stock.dead)
        self._oldest.set(stock.oldest)
        self._works.set(works)

    def text(self) -> bytes:
        """All figures, as they are now."""
        return generate_latest(self._registry)


class Counted:
    """A way to vendors or targets; `told` is told of each answer's status, or why there is none."""

    def __init__(self, transport: Transport, told: Callable[[str], None]) -> None:
        self._transport = transport
        self._told = told

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109
        """See Transport."""
        try:
            response = await self._transport.send(request, timeout=timeout)
        except TransportError as error:
            self._told("not_reached" if isinstance(error, NotReached) else _lost(error))
            raise
        self._told(str(response.status))
        return response


def _lost(error: TransportError) -> str:
    return "timed_out" if error.timed_out else "lost"


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

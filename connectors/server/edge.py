"""What every request passes on its way in and out: a correlation id, safe headers, one line in the log; no exception
gets further."""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.server.logs import begin
from connectors.server.metrics import Metrics
from connectors.server.problems import HangUp, answer

log = logging.getLogger("gridwire.server")

CORRELATION_ID = "gridwire.correlation_id"
"""Where the ASGI scope holds the request's id."""
PATH = "gridwire.path"
"""Where the ASGI scope holds the path of the route, with its parameters unfilled."""

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_GONE = 499  # the client went away before there was an answer; nginx's number


class Edge:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        correlation_id = scope[CORRELATION_ID] = given if _ID.fullmatch(given) else uuid.uuid4().hex
        begin(correlation_id)
        status = _GONE

        async def send_out(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(MutableHeaders(raw=message["headers"]), correlation_id)
            await send(message)

        try:
            _check_framing(headers)
            await self.app(scope, receive, send_out)
        except ClientDisconnect:
            pass
        except Exception as error:  # whatever it is, the client is told in the same form
            if status != _GONE:
                raise  # its answer has begun
            await answer(error, correlation_id)(scope, receive, send_out)
        finally:
            seconds = time.perf_counter() - started
            self._metrics.answered(scope.get(PATH), scope["method"], status, seconds)
            _log(scope, status, seconds * 1000)


def _check_framing(headers: Headers) -> None:
    """Two servers that disagree on where a request ends can be made to smuggle another in (RFC 9112, 6.1)."""
    if "content-length" in headers and "transfer-encoding" in headers:
        remedy = "Send either Content-Length or Transfer-Encoding."
        raise HangUp("the request says in two ways how long its body is", remedy=remedy)


def _dress(headers: MutableHeaders, correlation_id: str) -> None:
    headers["X-Request-Id"] = correlation_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cache-Control"] = "no-store"


def _log(scope: Scope, status: int, ms: float) -> None:
    facts = {
        "method": scope["method"],
        "path": scope.get(PATH, "-"),
        "status": status,
        "ms": round(ms, 1),
        "correlation_id": scope[CORRELATION_ID],
    }
    log.info("%(method)s %(path)s → %(status)d in %(ms).1f ms, %(correlation_id)s", facts, extra=facts)

"""One request and its answer: signed in, kept to the vendor's hosts, repeated where that is safe, judged."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from connectors.components.auth import Flow
from connectors.components.http import Request, Response, origin_of
from connectors.components.outcome import UNKNOWN_REMEDY, is_success, retry_after
from connectors.components.retry import wait_before
from connectors.engine.connection import Connection
from connectors.engine.transport import Transport
from connectors.errors import (
    GridwireError,
    NotReached,
    ReconnectError,
    TransportError,
    UnknownOutcome,
    VendorError,
    VendorFailed,
    VendorTimeout,
    VendorUnreachable,
)

log = logging.getLogger("gridwire")

REDIRECTS = (301, 302, 303, 307, 308)
MOST_REQUESTS = 5


@dataclass(frozen=True)
class Exchange:
    """The way to one vendor. `timeout` is in seconds and bounds a request with everything that belongs to it."""

    connection: Connection
    transport: Transport
    timeout: float = 30.0
    jitter: random.Random = field(default_factory=random.Random)

    async def send(self, request: Request, *, effect: str, repeatable: bool) -> Response:
        """The vendor's successful answer to a signed request.

        `effect` is read, write or destroy. A repeatable request is sent again after a failure that may pass.
        Raises ReconnectError, VendorError.
        """
        deadline = time.monotonic() + self.timeout
        attempt = 1
        while True:
            try:
                return self._judged(await self._signed(request, deadline), reading=effect == "read")
            except TransportError as error:
                failure = _failure(error, reading=effect == "read")
            except VendorError as error:
                failure = error
            attempt += 1
            wait = wait_before(attempt, failure.retry_after, self.jitter.random())
            may_repeat = repeatable or isinstance(failure, VendorUnreachable)
            if not (failure.may_pass and may_repeat) or wait is None or time.monotonic() + wait >= deadline:
                raise failure
            log.info("%s; asking again in %.1f s", failure.message, wait)
            await asyncio.sleep(wait)

    async def fetch(self, url: str) -> Response:
        """Reads an address that the vendor gave, without any credential. Raises VendorError.

        Only hosts that the manifest declares are asked.
        """
        try:
            response = await self._elsewhere(url, time.monotonic() + self.timeout)
        except TransportError as error:
            raise _failure(error, reading=True) from None
        return self._judged(response, reading=True)

    async def _signed(self, request: Request, deadline: float) -> Response:
        flow: Flow = self.connection.auth.flow(request, self.connection.values)
        outgoing = next(flow)
        while True:
            response = await self._followed(outgoing, deadline)
            try:
                outgoing = flow.send(response)
            except StopIteration as done:
                return done.value

    async def _followed(self, request: Request, deadline: float) -> Response:
        """Sends a request that carries a credential, and follows where a read is redirected to.

        On the vendor's own host the credential goes along; on another host that the manifest declares it does not.
        """
        for _ in range(MOST_REQUESTS):
            response = await self._transported(request, deadline)
            location = response.header("location")
            if response.status not in REDIRECTS or location is None or request.method != "GET":
                return response
            target = urljoin(request.full_url, location)
            if _origin(target) != self.connection.trusted:
                return await self._elsewhere(target, deadline)
            request = replace(request, url=target, query=())
        raise VendorFailed(f"the vendor redirected {MOST_REQUESTS} times in a row", status=REDIRECTS[0])

    async def _elsewhere(self, url: str, deadline: float) -> Response:
        declared = self.connection.readable
        origin = _origin(url)
        if origin not in declared:
            raise VendorFailed(
                f"the vendor points to the host {origin or 'of an address that is none'}, which the manifest does not"
                f" declare; nothing was sent there. Declared: {', '.join(declared) or 'none'}.",
                remedy="If that host is the vendor's, add it to 'origins' in the manifest.",
                status=REDIRECTS[0],
            )
        return await self._transported(Request("GET", declared[origin] + url[len(_prefix(url)) :]), deadline)

    async def _transported(self, request: Request, deadline: float) -> Response:
        started = time.monotonic()
        said = f"{request.method} {self.connection.redact(request.url.partition('?')[0])}"
        try:
            response = await self.transport.send(request, timeout=max(0.001, deadline - started))
        except TransportError as error:
            log.info("%s: %s", said, error.message)
            raise
        log.info("%s → %d in %.0f ms", said, response.status, (time.monotonic() - started) * 1000)
        return response

    def _judged(self, response: Response, *, reading: bool) -> Response:
        if is_success(response):
            return response
        error = self.connection.connector.errors.error(response, writing=not reading)
        raise self._completed(error, response)

    def _completed(self, error: GridwireError, response: Response) -> GridwireError:
        error.message = self.connection.redact(error.message)
        if isinstance(error, ReconnectError | VendorError) and error.vendor_message:
            error.vendor_message = self.connection.redact(error.vendor_message)
        if isinstance(error, VendorError):
            error.retry_after = retry_after(response, now=time.time())
        return error


def _failure(error: TransportError, *, reading: bool) -> VendorError:
    if isinstance(error, NotReached):
        return VendorUnreachable(error.message, remedy="Check the address and the network, and try again.")
    if not reading:
        message = f"the request was sent, but {error.message}: it may or may not have been done"
        return UnknownOutcome(message, remedy=UNKNOWN_REMEDY)
    kind = VendorTimeout if error.timed_out else VendorFailed
    return kind(error.message, remedy="Try again later; if it stays so, ask the vendor.")


def _origin(url: str) -> str:
    try:
        return origin_of(url)
    except ValueError:
        return ""


def _prefix(url: str) -> str:
    """Scheme and authority as they are written in the URL."""
    scheme, _, rest = url.partition("://")
    end = min((rest.find(mark) for mark in "/?#" if mark in rest), default=len(rest))
    return f"{scheme}://{rest[:end]}"

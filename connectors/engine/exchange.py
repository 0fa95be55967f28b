"""One request and its answer: signed in, kept to the vendor's hosts, repeated where that is safe, judged."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urljoin, urlsplit

from connectors.components.auth import Flow
from connectors.components.http import Request, Response, origin_of
from connectors.components.outcome import LOOKED_AT, UNKNOWN_REMEDY, is_success
from connectors.components.retry import wait_before
from connectors.engine.connection import Connection
from connectors.engine.rates import SHARED, Rates
from connectors.engine.transport import Transport
from connectors.errors import (
    InputError,
    NotReached,
    TransportError,
    UnknownOutcome,
    VendorBusy,
    VendorError,
    VendorFailed,
    VendorTimeout,
    VendorUnreachable,
)
from connectors.manifest.model import RatePlan

log = logging.getLogger("gridwire")

REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5


@dataclass(frozen=True)
class Exchange:
    """The way to one vendor. `timeout` is in seconds and bounds a request with everything that belongs to it."""

    connection: Connection
    transport: Transport
    timeout: float = 30.0
    jitter: random.Random = field(default_factory=random.Random)
    rates: Rates = field(default_factory=lambda: SHARED)
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic)
    sleep: Callable[[float], Awaitable[None]] = field(default_factory=lambda: asyncio.sleep)
    """How time passes, in seconds; where recorded answers are played, as fast as they can be."""

    async def send(self, request: Request, *, effect: str, repeatable: bool, rate: str | None = None) -> Response:
        """The vendor's successful answer to a signed request.

        `effect` is read, write or destroy. A repeatable request is sent again after a failure that may pass. `rate`
        names the plan that the request counts against.
        Raises ReconnectError, VendorError; InputError for a request that goes elsewhere than to the base URL's origin.
        """
        if _origin(request.url) != self.connection.trusted:
            remedy = "Begin again with the first page."
            raise InputError(f"credentials go to {self.connection.trusted} alone; nothing was sent", remedy=remedy)
        ask = partial(self._paced, request, rate or "default")
        return await self._patiently(ask, reading=effect == "read", repeatable=repeatable)

    async def fetch(self, url: str) -> Response:
        """Reads an address that the vendor gave, without any credential. Raises VendorError.

        Only hosts that the manifest declares are asked.
        """
        return await self._patiently(partial(self._transported, self._bare(url)), reading=True, repeatable=True)

    async def _patiently(
        self, ask: Callable[[float], Awaitable[Response]], *, reading: bool, repeatable: bool
    ) -> Response:
        deadline = self.clock() + self.timeout
        attempt = 1
        while True:
            try:
                return self._judged(await ask(deadline), reading=reading)
            except TransportError as error:
                failure = _failure(error, reading=reading)
            except VendorError as error:
                failure = error
            attempt += 1
            wait = wait_before(attempt, failure.retry_after, self.jitter.random())
            may_repeat = repeatable or isinstance(failure, VendorUnreachable)
            if not (failure.may_pass and may_repeat) or wait is None or self.clock() + wait >= deadline:
                raise failure
            log.info("%s; asking again in %.1f s", failure.message, wait)
            await self.sleep(wait)

    async def _paced(self, request: Request, rate: str, deadline: float) -> Response:
        """Sends the request when its rate plan has room; says when to come back if that is after the deadline."""
        plan = self.connection.connector.rates.get(rate)
        if plan is not None:
            account = (self.connection.connector.connector, rate, self._account(plan))
            left = deadline - self.clock()
            wait = self.rates.reserve(account, plan.limit, plan.per, longest=left)
            if wait is None:
                free = self.rates.until_free(account, plan.limit, plan.per)
                message = (
                    f"the vendor allows {plan.limit} requests per {plan.per}, and they are used up; nothing was sent"
                )
                raise VendorBusy(message, remedy=f"Try again in {math.ceil(free)} s.", retry_after=free)
            await self.sleep(wait)
        return await self._followed(request, deadline)

    def _account(self, plan: RatePlan) -> str:
        """What the vendor counts by; without a word of the manifest, the connection's values as a whole."""
        values = self.connection.values
        return plan.account.show(values) if plan.account else repr(sorted(values.items()))

    async def _followed(self, request: Request, deadline: float) -> Response:
        """Sends a request with the credential, and follows where a read is redirected to.

        On the vendor's own host the credential goes along; on another host that the manifest declares it does not.
        """
        response = await self._signed(request, deadline)
        for _ in range(MOST_REDIRECTS):
            location = response.header("location")
            if response.status not in REDIRECTS or location is None or request.method != "GET":
                return response
            target = _joined(request.full_url, location)
            if _origin(target) != self.connection.trusted:
                return await self._transported(self._bare(target, response.status), deadline)
            request = replace(request, url=self.connection.trusted + _tail(target), query=())
            response = await self._signed(request, deadline)
        raise VendorFailed(f"the vendor redirected more than {MOST_REDIRECTS} times in a row", status=response.status)

    async def _signed(self, request: Request, deadline: float) -> Response:
        flow: Flow = self.connection.auth.flow(request, self.connection.values)
        outgoing = next(flow)
        while True:
            response = await self._transported(outgoing, deadline)
            try:
                outgoing = flow.send(response)
            except StopIteration as done:
                return done.value

    def _bare(self, url: str, status: int | None = None) -> Request:
        """The request for an address that the vendor gave: only on a host that the manifest declares."""
        declared = self.connection.readable
        origin = _origin(url)
        if origin not in declared:
            where = f"the host {origin}, which the manifest does not declare" if origin else "an address that is none"
            raise VendorFailed(
                f"the vendor points to {where}; nothing was sent there. Declared: {', '.join(declared) or 'none'}.",
                remedy="If that host is the vendor's, add it to 'origins' in the manifest.",
                status=status,
            )
        return Request("GET", declared[origin] + _tail(url))

    async def _transported(self, request: Request, deadline: float) -> Response:
        started = self.clock()
        # Only the host of another origin: its path may be all that it takes to read a file.
        address = request.url.partition("?")[0] if request.origin == self.connection.trusted else request.origin
        said = f"{request.method} {self.connection.redact(address)}"
        try:
            response = await self.transport.send(request, timeout=max(0.001, deadline - started))
        except TransportError as error:
            log.info("%s: %s", said, error.message)
            raise
        log.info("%s → %d in %.0f ms", said, response.status, (self.clock() - started) * 1000)
        return response

    def _judged(self, response: Response, *, reading: bool) -> Response:
        errors, redact = self.connection.connector.errors, self.connection.redact
        exception = errors.exception(response)
        if is_success(response) and exception is None:
            return response
        raise errors.error(response, exception, writing=not reading, redact=redact, now=time.time())

    def unreadable(self, response: Response, effect: str, why: str) -> VendorError:
        """The error of a successful answer that is not what the manifest expects."""
        begins = self.connection.redact(response.body[:LOOKED_AT].decode("utf-8", "replace"))[:80]
        message = f"the vendor answered {response.status}, but not as documented: {why}. It begins: {begins!r}"
        if effect == "read":
            remedy = "Try again later; if it stays so, ask the vendor."
            return VendorFailed(message, remedy=remedy, status=response.status)
        return UnknownOutcome(message, remedy=UNKNOWN_REMEDY, status=response.status)


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


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _tail(url: str) -> str:
    """Path and query. Only they are taken from an address that the vendor gave; the origin comes from the manifest."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

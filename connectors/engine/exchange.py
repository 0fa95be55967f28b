"""One request and its answer: signed in, kept to the vendor's hosts, repeated where that is safe, judged."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.components.http import Request, Response, origin_of
from connectors.components.outcome import LOOKED_AT, is_success
from connectors.components.retry import wait_before
from connectors.engine.connection import Connection
from connectors.engine.rates import SHARED, Rates
from connectors.engine.signing import Signing, failed
from connectors.engine.transport import Transport
from connectors.errors import (
    InputError,
    NotReached,
    ReconnectError,
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

UNAUTHORIZED = 401
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
LONG_WAIT = 3.0
"""Seconds; who waits longer for a rate plan is told why, without asking for more words."""


@dataclass(frozen=True)
class Exchange:
    """The way to one vendor.

    `timeout`, in seconds, bounds a request with everything that belongs to it. `longest_reading`, in seconds, bounds a
    poll, a search or the choices of a dropdown as a whole; within it (`in_a_reading`) waiting for a rate plan, or for a
    vendor that asks us to come back, takes nothing from a request's own time.
    """

    connection: Connection
    transport: Transport
    timeout: float = 30.0
    longest_reading: float = 900.0
    jitter: random.Random = field(default_factory=cache(random.Random), repr=False)
    rates: Rates = field(default_factory=lambda: SHARED, repr=False)  # accounts are told apart by what they hold
    ends: float | None = None
    """When the reading that its requests are part of must be over, by the clock."""
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic)
    sleep: Callable[[float], Awaitable[None]] = field(default_factory=lambda: asyncio.sleep)
    """How time passes, in seconds; where recorded answers are played, as fast as they can be."""

    def in_a_reading(self) -> Exchange:
        """The way for the requests of one reading that begins now."""
        return replace(self, ends=self.clock() + self.longest_reading)

    def hiding(self, secrets: Sequence[str]) -> Exchange:
        """The same way, on which these are kept out of whatever is said, and out of answers."""
        return replace(self, connection=self.connection.hiding(secrets)) if secrets else self

    def not_saying(self, *secrets: str) -> Exchange:
        """The same way, on which these are kept out of whatever is said."""
        return replace(self, connection=self.connection.not_saying(secrets))

    async def send(self, request: Request, *, effect: str, repeatable: bool, rate: str | None = None) -> Response:
        """The vendor's successful answer to a signed request.

        `effect` is read, write or destroy. A repeatable request is sent again after a failure that may pass. `rate`
        names the plan that the request counts against.
        Raises ReconnectError, VendorError; InputError for a request that goes elsewhere than to the base URL's origin.
        """
        if _origin(request.url) != self.connection.trusted:
            remedy = "Begin again with the first page."
            raise InputError(f"credentials go to {self.connection.trusted} alone; nothing was sent", remedy=remedy)
        ask = partial(self._followed, request)
        return await self._patiently(ask, reading=effect == "read", repeatable=repeatable, rate=rate or "default")

    async def fetch(self, url: str) -> Response:
        """Reads an address that the vendor gave, without any credential. Raises VendorError.

        Only hosts that the manifest declares are asked.
        """
        return await self._patiently(partial(self._transported, self._bare(url)), reading=True, repeatable=True)

    async def _patiently(
        self, ask: Callable[[float], Awaitable[Response]], *, reading: bool, repeatable: bool, rate: str | None = None
    ) -> Response:
        deadline = self.clock() + self.timeout
        attempt = 1
        while True:
            deadline = await self._wait(self._until_allowed(rate, deadline) if rate else 0.0, deadline)
            try:
                return self._judged(await ask(self._in_time(deadline)), reading=reading)
            except TransportError as error:
                failure = failed(error) if reading else _unknown(error)
            except VendorError as error:
                failure = error
            attempt += 1
            wait = wait_before(attempt, failure.retry_after, self.jitter.random())
            may_repeat = repeatable or isinstance(failure, VendorUnreachable)
            left = self._patience(deadline) if isinstance(failure, VendorBusy) else deadline - self.clock()
            if not (failure.may_pass and may_repeat) or wait is None or wait >= left:
                raise failure
            log.info("%s; asking again in %.1f s", failure.message, wait)
            deadline = await self._wait(wait, deadline)

    def _patience(self, deadline: float) -> float:
        """How long may be waited: until the request's deadline, or in a reading until the end of that."""
        return (deadline if self.ends is None else self.ends) - self.clock()

    async def _wait(self, seconds: float, deadline: float) -> float:
        """Waits, and gives the request's deadline after it."""
        if seconds > 0:
            await self.sleep(seconds)
        return deadline if self.ends is None else deadline + seconds

    def _in_time(self, deadline: float) -> float:
        """The deadline of what is sent now: no later than the reading's. Raises VendorTimeout once that is over."""
        if self.ends is None:
            return deadline
        if self.clock() >= self.ends:
            message = f"reading took longer than {self.longest_reading:g} s in all, and was given up"
            raise VendorTimeout(message, remedy="Ask for less at once, or allow a reading more time.")
        return min(deadline, self.ends)

    def _until_allowed(self, rate: str, deadline: float) -> float:
        """Seconds until the rate plan has room for a request, whose place is then taken.

        Raises VendorBusy, saying when to come back, if that is longer than may be waited.
        """
        plan = self.connection.connector.rates.get(rate)
        if plan is None:
            return 0.0
        account = (self.connection.connector.connector, rate, self._account(plan))
        longest = self._patience(deadline)
        wait = self.rates.reserve(account, plan.limit, plan.per, now=self.clock(), longest=longest)
        if wait > longest:
            message = f"the vendor allows {plan.words}, and no more now; nothing was sent"
            raise VendorBusy(message, remedy=f"Try again in {math.ceil(wait)} s.", retry_after=wait)
        if wait > 0:
            level = logging.WARNING if wait > LONG_WAIT else logging.INFO
            log.log(level, "waiting %d s: the vendor allows %s", math.ceil(wait), plan.words)
        return wait

    def _account(self, plan: RatePlan) -> str:
        """What the vendor counts by; without a word of the manifest, the connection's values as a whole."""
        values = self.connection.values
        account = plan.account or self.connection.connector.connection.account
        return account.show(values) if account else repr(sorted(values.items()))

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

    @property
    def signing(self) -> Signing:
        """How the connection signs in; a token request has all the time of a request of its own."""
        return Signing(self.connection, lambda request: self._transported(request, self.clock() + self.timeout))

    async def _signed(self, request: Request, deadline: float) -> Response:
        """Sends the request signed. A session that the vendor refuses, so that it did nothing, is renewed once."""
        auth, values = self.connection.auth, self.connection.values
        session = await self.signing.session()
        response = await self._transported(auth.signed(request, values, session or {}), deadline)
        if response.status != UNAUTHORIZED or session is None:
            return response
        session = await self.signing.session(refused=session)
        return await self._transported(auth.signed(request, values, session or {}), deadline)

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
        said = f"{request.method} {self.connection.redact(address)}" if log.isEnabledFor(logging.INFO) else ""
        try:
            response = await self.transport.send(request, timeout=max(0.001, deadline - started))
        except TransportError as error:
            log.info("%s: %s", said, error.message)
            raise
        log.info("%s → %d in %.0f ms", said, response.status, (self.clock() - started) * 1000)
        return response

    def _judged(self, response: Response, *, reading: bool) -> Response:
        """The answer if it is a success, without the secrets that it repeats. Raises ReconnectError, VendorError."""
        errors, redact = self.connection.connector.errors, self.connection.redact
        exception = errors.exception(response)
        if is_success(response) and exception is None:
            return self.connection.redaction.plainly(response)
        raise errors.error(response, exception, writing=not reading, redact=redact, now=time.time())

    def read(self, response: Response, effect: str) -> Any:
        """A successful answer read as JSON. Raises VendorError."""
        try:
            return response.json()
        except ValueError as error:
            raise self.unreadable(response, effect, str(error)) from None

    def unreadable(self, response: Response, effect: str, why: str) -> VendorError:
        """The error of a successful answer that is not what the manifest expects."""
        begins = self.connection.redact(response.body[:LOOKED_AT].decode("utf-8", "replace"))[:80]
        message = f"the vendor answered {response.status}, but not as documented: {why}. It begins: {begins!r}"
        return (VendorFailed if effect == "read" else UnknownOutcome)(message, status=response.status)


@contextmanager
def after_sending(effect: str) -> Generator[None]:
    """What belongs to an action that the vendor has carried out. To send that again would be to do it twice, so what
    goes wrong from here on is raised as UnknownOutcome, unless the action only reads.
    """
    try:
        yield
    except (ReconnectError, VendorError) as error:
        if effect == "read" or isinstance(error, UnknownOutcome):
            raise
        message = f"the vendor did it, but what it gives could not be read: {error.message}"
        raise UnknownOutcome(message, status=error.status) from error


def _unknown(error: TransportError) -> VendorError:
    """What it means for a write, which is only known not to be done if it was not received."""
    if isinstance(error, NotReached):
        return failed(error)
    return UnknownOutcome(f"the request was sent, but {error.message}: it may or may not have been done")


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

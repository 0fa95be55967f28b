"""What is asked of a vendor so that it may change something there: done once, to its end, its outcome kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from connectors.components.http import JSON_TYPE, dump_json
from connectors.engine.run import Vendor
from connectors.errors import GridwireError, UnknownOutcome, VendorRefused
from connectors.server.attention import while_there
from connectors.server.call import Call
from connectors.server.problems import PROBLEM_TYPE, problem, stack_of
from connectors.service.connections import Opened
from connectors.service.idempotency import Asked, Outcome

log = logging.getLogger("gridwire.server")

REPLAYED = "Idempotent-Replayed"
"""The header of an answer that was given before, as Stripe calls it."""


class NotWaited(UnknownOutcome):
    """The server no longer waits for the vendor: the time is over, the client is gone, or it is told to stop."""


@dataclass(frozen=True)
class Deed:
    """One kind of thing that a request asks for. `what` tells it from others under the same Idempotency-Key."""

    call: Call
    opened: Opened
    name: str
    effect: str
    what: tuple[Any, ...]

    @property
    def key(self) -> str | None:
        """The Idempotency-Key. Raises InputError if there are several."""
        return self.call.header("Idempotency-Key")

    def asked(self, key: str) -> Asked:
        """This under the key. Raises InputError."""
        account = self.opened.connection
        where = account.base_url, account.scope
        return Asked.of(self.call.workspace, key, self.opened.stored.id, self.name, *self.what, where=where)

    async def done(self, work: Callable[[Vendor], Awaitable[Any]], number: int | None = None) -> Outcome:
        """What `work` gives, as JSON; under a key it is done once, and the vendor's refusal is an outcome too.

        `number` tells one of several inputs. What only reads ends when its client goes away; anything else goes on.
        Raises GridwireError.
        """
        key = self.key
        if key is None and self.effect == "read":
            async with while_there(self.call.request.receive):
                return await self._sent(work)
        task = self.call.server.ongoing.start(self._sent(work) if key is None else self._once(key, work, number))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self.call.server.places.keep(self.call.workspace, task)
            if self.effect == "read":
                raise
            message = "gridwire stopped waiting for the vendor; what was asked for goes on, and may or may not be done"
            again = "Send the same again with the same Idempotency-Key to hear how it ended."
            raise NotWaited(message, remedy=None if key is None else again) from None

    async def _once(self, key: str, work: Callable[[Vendor], Awaitable[Any]], number: int | None) -> Outcome:
        asked = self.asked(key)
        one = asked if number is None else asked.numbered(number)
        return await self.call.server.service.idempotency.once(one, lambda: self._judged(work))

    async def _judged(self, work: Callable[[Vendor], Awaitable[Any]]) -> Outcome:
        """Raises what surely did nothing, or may simply be asked for again."""
        try:
            return await self._sent(work)
        except (VendorRefused, UnknownOutcome) as error:
            return Outcome(error.http_status, dump_json(problem(error, self.call.correlation_id)))

    async def _sent(self, work: Callable[[Vendor], Awaitable[Any]]) -> Outcome:
        try:
            async with self.call.noting(self.opened) as vendor:
                return Outcome(200, dump_json(await work(vendor)))
        except GridwireError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            if self.effect == "read":
                raise
            # A 5xx would be retried by clients, and done twice.
            where = stack_of(error)
            log.log(logging.ERROR, "%s broke off, correlation id %s\n%s", self.name, self.call.correlation_id, where)
            message = "gridwire broke off after the request may have been sent"
            raise UnknownOutcome(message) from error


def answered(outcome: Outcome) -> Response:
    """The outcome as the client gets it."""
    media_type = JSON_TYPE if outcome.status == 200 else PROBLEM_TYPE
    return Response(outcome.body, outcome.status, {REPLAYED: "true"} if outcome.replayed else None, media_type)

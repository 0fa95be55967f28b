"""Signing in while requests are sent: sessions are obtained, renewed and kept, once for however many wait for one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from connectors.components.auth import Login, OAuth2
from connectors.components.auth.flow import AGAIN, Flow, Save, Session, is_due
from connectors.components.http import Request, Response, origin_of
from connectors.engine.connection import Connection
from connectors.errors import (
    InputError,
    NotAllowed,
    NotReached,
    ReconnectError,
    TransportError,
    VendorFailed,
    VendorOffLimits,
    VendorTimeout,
    VendorUnreachable,
)


@dataclass(frozen=True, slots=True)
class Signing:
    """How one connection signs in. `send` is the way to the network for a request that nobody else touches."""

    connection: Connection
    send: Callable[[Request], Awaitable[Response]]

    @property
    def way(self) -> Login | OAuth2 | None:
        """The way that obtains a session; None where credentials go along as they are."""
        way = self.connection.auth
        return way if isinstance(way, Login | OAuth2) else None

    async def session(self, refused: Session | None = None) -> Session | None:
        """The session to sign with: renewed if there is none, if it ends soon, or if the vendor has `refused` it.

        Raises ReconnectError, VendorError; then the request was not sent.
        """
        if self.way is None:
            return None
        known = self.connection.signed_in
        session = _of(self.connection.mark, known.session)
        if session is not None and session != refused and known.unsaved is None and not is_due(session, time.time()):
            return session
        if known.renewal is None or known.renewal.done():
            known.renewal = asyncio.create_task(self._renewed(self.way, refused))
            known.renewal.add_done_callback(self._ended)
        renewal = known.renewal
        try:
            return await asyncio.shield(renewal)
        except asyncio.CancelledError:
            # A token that is asked for is also kept: the one before may be worth nothing from now on.
            await asyncio.wait([renewal])
            raise

    async def keep(self, flow: Flow) -> Session:
        """Drives a flow to its end and keeps the session that it gives, in place of any that there is."""
        async with self.connection.signed_in.sessions.alone():
            return await self._driven(flow)

    async def _renewed(self, way: Login | OAuth2, refused: Session | None) -> Session:
        connection, known = self.connection, self.connection.signed_in
        async with known.sessions.alone() as kept:
            if known.unsaved is not None:
                kept = await self._saved(known.unsaved)
            session = _of(self.connection.mark, kept)
            if session is not None and session != refused and not is_due(session, time.time()):
                known.hold(session)
                return session
            known.hold(session)
            if session is None and kept is not None and isinstance(way, OAuth2) and way.in_browser:
                message = "the account's values, such as its client_id or address, are not those it signed in with"
                raise ReconnectError(message, remedy=AGAIN)
            flow = way.flow(
                connection.values, session, time.time(), base_url=connection.base_url, redact=connection.redact
            )
            return await self._driven(flow)

    async def _driven(self, flow: Flow) -> Session:
        answer: Any = None
        try:
            while True:
                step = flow.send(answer)
                answer = await (self._saved(step.session) if isinstance(step, Save) else self._asked(step))
        except StopIteration as done:
            return {**done.value, "of": self.connection.mark}

    async def _saved(self, session: Session) -> Session:
        known = self.connection.signed_in
        session = {**session, "of": self.connection.mark}
        known.hold(session)
        known.unsaved = session
        await known.sessions.save(session)
        known.unsaved = None
        return session

    async def _asked(self, request: Request) -> Response:
        """The answer to a request of the flow's, which goes to where sessions come from and nowhere else."""
        origin = origin_of(request.url)
        connection = self.connection
        if origin in connection.session_hosts:
            request = replace(request, url=connection.moved(request.url))
        elif origin != connection.trusted:
            raise InputError(f"nobody signs in at {origin}; nothing was sent")
        try:
            return await self.send(request)
        except TransportError as error:
            raise failed(error, "signing in failed, and the request was not sent: ") from None

    def _ended(self, renewal: asyncio.Task[Session]) -> None:
        self.connection.signed_in.renewal = None
        if not renewal.cancelled():
            renewal.exception()  # whoever waits for it is told; perhaps nobody does any more


def _of(mark: str, session: Session | None) -> Session | None:
    return session if session is not None and session.get("of") == mark else None


def failed(error: TransportError, about: str = "") -> VendorFailed:
    """What it means that no answer came to what changes nothing; `about` comes before the reason."""
    kind = VendorTimeout if error.timed_out else VendorFailed
    if isinstance(error, NotReached):
        kind = VendorOffLimits if isinstance(error, NotAllowed) else VendorUnreachable
    return kind(about + error.message, remedy=error.remedy)

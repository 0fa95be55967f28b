"""Where an account's session is while it is used, and where it is kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from connectors.components.auth.flow import Session

_REMEMBERED = 16  # secrets: those of the session in use, and of the ones just before that requests still bear


class Sessions(Protocol):
    """Where the session of one account is kept. A process that shares the place with others must ask it again."""

    def alone(self) -> AbstractAsyncContextManager[Session | None]:
        """The session as it is kept now. While this is open nobody else renews it, here or in another process."""
        ...

    async def save(self, session: Session) -> None:
        """Keeps the session in place of the one before, durably; called inside `alone`. Raises GridwireError."""
        ...


class InMemory:
    """Keeps a session as long as the process lives."""

    def __init__(self, session: Session | None = None) -> None:
        self._session = session
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def alone(self) -> AsyncGenerator[Session | None]:
        """See Sessions."""
        async with self._lock:
            yield self._session

    async def save(self, session: Session) -> None:
        """See Sessions."""
        self._session = session


@dataclass
class SignedIn:
    """What one connection knows of its session. `renewal` is the one under way, for all who wait for it."""

    sessions: Sessions = field(default_factory=InMemory)
    session: Session | None = field(default=None, repr=False)
    unsaved: Session | None = field(default=None, repr=False)
    """A session that could not be kept: it is tried again, because the one before may be worth nothing any more."""
    renewal: asyncio.Task[Session] | None = None
    secrets: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED), repr=False)

    def learn(self, *secrets: object) -> None:
        """From now on these are kept out of whatever is said."""
        self.secrets.extend(secret for secret in secrets if isinstance(secret, str) and secret not in self.secrets)

    @classmethod
    def begun(cls, session: Session | None) -> SignedIn:
        """One that begins with this session and keeps what follows as long as the process lives."""
        signed_in = cls(InMemory(session))
        signed_in.hold(session)
        return signed_in

    def hold(self, session: Session | None) -> None:
        """Uses this session from now on."""
        self.session = session
        self.learn(*((session or {}).get(name) for name in ("token", "refresh_token")))

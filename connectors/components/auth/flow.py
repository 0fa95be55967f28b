"""Sessions: what signing in gives, and the flow that obtains or renews one.

A flow is a generator. It yields a Request, and is sent the Response; it yields Save, and goes on once that session is
durable; it returns the session. It knows no client and no clock, so a test drives it with plain data:

    flow = auth.flow(values, session, now)
    request = next(flow)             # the token request
    save = flow.send(response)       # Save(session)
    flow.send(None)                  # raises StopIteration; its value is the session

A session is JSON: `token`, and where there are any `refresh_token` and `renew_at` (seconds since 1970); or `dead`, the
reason why the vendor will give no other before a person signs in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from connectors.components.auth.keys import ApiKey, Credential, Place
from connectors.components.http import Request, Response, fits_header
from connectors.components.template import Hole, Scope
from connectors.components.times import moment
from connectors.errors import ReconnectError, VendorFailed

SESSION_TOKEN = "session_token"  # noqa: S105 - the name by which `send` calls the token
AGAIN = "Connect the account again: `gridwire connect` does it on the command line."

_EARLIER = 60.0  # seconds: before a session ends it is renewed, so that no request arrives with one that just has
_AS_BEARER = ApiKey.model_validate({"header": "Authorization", "value": "Bearer {session_token}"})
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
_MOMENTS_BEGIN = 1e9  # a smaller number is seconds from now, 31 years of them; a larger one is a moment since 2001

Session: TypeAlias = dict[str, Any]
Redact: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Save:
    """The session is to be kept, durably, before anything else is done with it."""

    session: Session = field(repr=False)


Flow: TypeAlias = Generator[Request | Save, Any, Session]


class SessionWay(Credential):
    """A way to sign in that exchanges credentials for a token."""

    send: ApiKey = _AS_BEARER
    """How the token goes along, as `{session_token}`. Default: `{header: Authorization, value: "Bearer …"}`."""

    def holes(self) -> Iterator[tuple[Place, Hole]]:
        """The holes that the connection's values fill; the session fills those of `send`."""
        return ((place, hole) for place, hole in super().holes() if place[0] != "send")

    def signed(self, request: Request, values: Scope, session: Session) -> Request:
        """The request with the session's token on it."""
        return self.send.signed(request, {**values, SESSION_TOKEN: session["token"]}, session)

    def writes(self) -> Iterator[tuple[Place, str]]:
        """The headers that it fills, with their places in this block."""
        yield from ((("send", *path), header) for path, header in self.send.writes())

    def flow(
        self, values: Scope, session: Session | None, now: float, *, base_url: str = "", redact: Redact = str
    ) -> Flow:
        """Obtains a session, or renews the one that there is. `now` is in seconds since 1970.

        Raises ReconnectError when a person has to sign in; VendorBusy, VendorFailed, and then the old session stays.
        """
        if session is not None and "dead" in session:
            raise ReconnectError(session["dead"], remedy=AGAIN)
        request = self.asking(values, session, base_url)
        return (yield from obtained(request, lambda response: self.read(response, session, now, redact)))

    def asking(self, values: Scope, session: Session | None, base_url: str) -> Request:
        """The request that asks for a session. Raises ReconnectError if there is nothing to ask with."""
        raise NotImplementedError

    def read(self, response: Response, session: Session | None, now: float, redact: Redact) -> Session:
        """The session in the answer. Raises ReconnectError, VendorError."""
        raise NotImplementedError


def obtained(request: Request, read: Callable[[Response], Session]) -> Flow:
    """Asks once. What comes is saved: a session, or why there will be none."""
    response: Response = yield request
    if 300 <= response.status < 400:
        message = f"the vendor redirects where a token is asked for ({response.status}), which is not followed"
        remedy = "Correct the address in the manifest, or in 'hosts'."
        raise VendorFailed(message, remedy=remedy, status=response.status)
    try:
        session = read(response)
    except ReconnectError as error:
        yield Save({"dead": error.message})
        raise
    yield Save(session)
    return session


def with_end(session: Session, end: Any, now: float) -> Session:
    """The session with when to renew it, if its end is known: seconds from now, or a moment; in a text or a number.

    What is absurd counts as unknown: the session is then used until the vendor refuses it.
    """
    ends_at = _end(end, now)
    if ends_at is None:
        return session
    return {**session, "renew_at": ends_at - min(_EARLIER, (ends_at - now) / 10)}


def is_due(session: Session, now: float) -> bool:
    """Whether it should be renewed before it is used."""
    renew_at = session.get("renew_at")
    return "token" not in session or (isinstance(renew_at, int | float) and now >= renew_at)


def token_in(value: Any, response: Response, where: str) -> str:
    """The value as a token. Raises VendorFailed for what is none; the answer is not repeated, for it may hold one."""
    if isinstance(value, str) and value and fits_header(value):
        return value
    what = "a token that cannot be sent" if isinstance(value, str) and value else "no token"
    message = f"the vendor answered {response.status} with {what} at {where}"
    raise VendorFailed(message, status=response.status)


def _end(value: Any, now: float) -> float | None:
    if isinstance(value, str) and _SECONDS.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value < _MOMENTS_BEGIN:
        return now + value if value >= 1 else None
    at = moment(value)
    return at.timestamp() if at is not None and at.timestamp() >= now + 1 else None

"""One attempt to sign in in the browser: what it is sent away with, and what it has to come back with."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.components.address import address
from connectors.components.auth import OAuth2
from connectors.components.auth.flow import Session
from connectors.engine.connection import Connection
from connectors.engine.signing import Signing
from connectors.errors import InputError, ReconnectError

LASTS = 600.0
"""Seconds within which the browser has to come back."""

_LONGEST_WORDS = 500


@dataclass
class Authorization:
    """An attempt, which succeeds or fails once (RFC 6749, 4.1 and 10.12; RFC 7636).

    Whoever keeps `state` and `verifier`, both secret, can go on with it in another process.
    """

    connection: Connection
    redirect_uri: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    _begun: float = field(default_factory=time.monotonic)
    _used: bool = False

    def __post_init__(self) -> None:
        self.connection.signed_in.learn(self.verifier)

    @property
    def way(self) -> OAuth2:
        """How this account signs in. Raises InputError if not in a browser."""
        way = self.connection.auth
        if not (isinstance(way, OAuth2) and way.in_browser):
            raise InputError("this account does not sign in in a browser")
        return way

    @property
    def address(self) -> str:
        """What the browser is to open."""
        way, values = self.way, self.connection.values
        question = way.question(values, redirect_uri=self.redirect_uri, state=self.state, verifier=self.verifier)
        assert way.authorization_url is not None
        return f"{self.connection.moved(address(way.authorization_url, values))}?{question}"

    def code(self, answer: Mapping[str, str]) -> str:
        """The code that the browser brings. Raises InputError for what belongs to no attempt under way, and the attempt
        goes on; ReconnectError, in the vendor's own words, if it was not allowed.
        """
        ours = hmac.compare_digest(answer.get("state", "").encode(), self.state.encode())
        if not ours or self._used or time.monotonic() - self._begun > LASTS:
            message = "this answer belongs to no sign-in that is under way"
            raise InputError(message, field="state", remedy="Begin again; it has to be done within ten minutes.")
        self._used = True
        code = answer.get("code", "")
        if not code:
            raise _not_allowed(answer, self.connection)
        self.connection.signed_in.learn(code)
        return code

    async def redeem(self, code: str, signing: Signing) -> Session:
        """Exchanges the code for a session and keeps it. Raises ReconnectError, VendorError."""
        connection = self.connection
        flow = self.way.redeeming(
            connection.values,
            time.time(),
            code=code,
            redirect_uri=self.redirect_uri,
            verifier=self.verifier,
            redact=connection.redact,
        )
        return await signing.keep(flow)


def _not_allowed(answer: Mapping[str, str], connection: Connection) -> ReconnectError:
    said = [answer[name] for name in ("error", "error_description") if answer.get(name)]
    words = "".join(character if character.isprintable() else " " for character in ": ".join(said))
    words = connection.redact(words)[:_LONGEST_WORDS]
    message = f"the vendor did not allow it ({words})" if words else "the vendor sent the browser back without a code"
    return ReconnectError(message, remedy="Sign in again, and allow it.", vendor_message=words or None)

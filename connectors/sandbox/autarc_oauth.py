"""Who was allowed what at the pretend autarc by OAuth 2.0: codes, access tokens, refresh tokens; no HTTP in here.

The document gives the two addresses, their parameters and the scope `offline_access`. Where it is silent, RFC 6749,
RFC 7636 (PKCE) and RFC 8252 (loopback) decide, and where they leave it open: a code is good for ten minutes, an
access token for an hour, a refresh token without end; each refresh gives a new refresh token, the old access token
lasts out its hour, and a code or refresh token that comes twice kills all that came of the same consent; without
`offline_access` there is no refresh token; `state` may be left out, but eight characters are the least.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, NoReturn
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .strict import Json
    from .vendor import Clock

CLIENT = {"client_id": "sandbox-autarc-client", "client_secret": "sandbox-autarc-client-secret"}
SCOPE = "offline_access"
CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(hours=1)
STATE_LENGTH = 8
CHALLENGE = r"[A-Za-z0-9_-]{43}"
VERIFIER = r"[A-Za-z0-9._~-]{43,128}"
LOOPBACK = ("127.0.0.1", "::1", "localhost")

ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
TOKEN_FIELDS = {
    "authorization_code": ("code", "redirect_uri"),
    "refresh_token": ("refresh_token",),
}


class OAuthError(Exception):
    """A refusal by RFC 6749, 4.1.2.1 and 5.2: `error` is one of its words."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description
        self.status = status


@dataclass
class Grant:
    """One consent and all that came of it."""

    redirect_uri: str
    scope: str
    challenge: str
    code: str
    code_ends: datetime
    code_spent: bool = False
    revoked: bool = False
    access: dict[str, datetime] = field(default_factory=dict[str, datetime])
    """When each access token ends."""
    refresh: dict[str, bool] = field(default_factory=dict[str, bool])
    """Whether each refresh token may still be used."""


class Grants:
    """What the authorization server remembers; `identify` gives the next id for a kind of thing."""

    def __init__(self, identify: Callable[[str], str], now: Clock) -> None:
        self.identify = identify
        self.now = now
        self.all: list[Grant] = []
        self.registered: set[str] = set()
        self.pkce_required = True

    def register(self, uri: str) -> None:
        """Take this redirect URI from now on, besides those at the caller's own machine."""
        self.registered.add(uri)

    def knows_redirect(self, uri: str) -> bool:
        """Whether codes may be sent there: registered letter by letter, or loopback with any port (RFC 8252, 7.3)."""
        if uri in self.registered:
            return True
        try:
            parts = urlsplit(uri)
        except ValueError:
            return False
        return (parts.scheme, parts.fragment, parts.username) == ("http", "", None) and parts.hostname in LOOPBACK

    def check_application(self, asked: dict[str, str]) -> None:
        """Raise an OAuthError that goes to nobody but the person in front of the browser (RFC 6749, 4.1.2.1)."""
        if asked.get("client_id") != CLIENT["client_id"]:
            raise OAuthError("invalid_client", "client_id is missing or not registered")
        if not self.knows_redirect(asked.get("redirect_uri", "")):
            raise OAuthError("invalid_request", "redirect_uri is missing or not registered for this application")

    def check_asked(self, asked: dict[str, str]) -> None:
        """Raise an OAuthError unless a consent may be asked for like this."""
        for name in asked:
            if name not in ASKED:
                raise OAuthError("invalid_request", f"{name} is not known here")
        if "response_type" not in asked:
            raise OAuthError("invalid_request", "response_type is missing")
        if asked["response_type"] != "code":
            raise OAuthError("unsupported_response_type", "response_type must be code")
        if asked.get("scope", SCOPE) != SCOPE:
            raise OAuthError("invalid_scope", f"the only scope is {SCOPE}")
        if len(asked.get("state", "x" * STATE_LENGTH)) < STATE_LENGTH:
            raise OAuthError("invalid_request", f"state must have at least {STATE_LENGTH} characters")
        self._check_challenge(asked.get("code_challenge", ""), asked.get("code_challenge_method"))

    def allow(self, asked: dict[str, str]) -> str:
        """The installer agrees: a code for it."""
        code = f"sandbox-code-{self.identify('code')}"
        scope, challenge = asked.get("scope", ""), asked.get("code_challenge", "")
        self.all.append(Grant(asked["redirect_uri"], scope, challenge, code, self.now() + CODE_LIFE))
        return code

    def answer(self, form: dict[str, str]) -> Json:
        """What the token endpoint gives for this form, or an OAuthError."""
        if any(form.get(name) != value for name, value in CLIENT.items()):
            raise OAuthError("invalid_client", "client_id or client_secret is missing or wrong", 401)
        kind = form.get("grant_type")
        if kind is None:
            raise OAuthError("invalid_request", "grant_type is missing")
        if kind not in TOKEN_FIELDS:
            raise OAuthError("unsupported_grant_type", f"grant_type must be one of {', '.join(TOKEN_FIELDS)}")
        optional = ("code_verifier",) if kind == "authorization_code" else ()
        _only(form, TOKEN_FIELDS[kind], optional)
        return self._exchange(form) if kind == "authorization_code" else self._refresh(form["refresh_token"])

    def holds(self, access_token: str) -> bool:
        """Whether this access token opens the API now."""
        ends = (grant.access.get(access_token) for grant in self.all if not grant.revoked)
        return any(end is not None and self.now() < end for end in ends)

    def expire(self, kind: Literal["access", "refresh", "both"]) -> Json:
        """End all tokens of this kind now and return how many there were."""
        ended: Counter[str] = Counter()
        for grant in self.all:
            if kind != "refresh":
                ended["access"] += sum(end > self.now() for end in grant.access.values())
                grant.access = dict.fromkeys(grant.access, self.now())
            if kind != "access":
                ended["refresh"] += sum(grant.refresh.values())
                grant.refresh.clear()
        return dict(ended)

    def revoke_all(self) -> int:
        """Kill every grant; how many lived."""
        alive = [grant for grant in self.all if not grant.revoked]
        for grant in alive:
            grant.revoked = True
        return len(alive)

    def _check_challenge(self, challenge: str, method: str | None) -> None:
        if not challenge and (self.pkce_required or method):
            raise OAuthError("invalid_request", "code_challenge is missing")
        if challenge and method != "S256":
            raise OAuthError("invalid_request", "code_challenge_method must be S256")
        if challenge and not re.fullmatch(CHALLENGE, challenge):
            raise OAuthError("invalid_request", "code_challenge is not one of S256")

    def _exchange(self, form: dict[str, str]) -> Json:
        grant = next((grant for grant in self.all if grant.code == form["code"]), None)
        if grant is None or grant.revoked:
            _dead("the code is unknown, or was revoked")
        if grant.code_spent:
            grant.revoked = True
            _dead("the code was used before: all that came of it is revoked")
        if self.now() >= grant.code_ends:
            _dead("the code has expired")
        if form["redirect_uri"] != grant.redirect_uri:
            _dead("redirect_uri is not the one the code was asked for with")
        if not _fits(form.get("code_verifier", ""), grant.challenge):
            _dead("code_verifier does not fit the code_challenge")
        grant.code_spent = True
        return self._tokens(grant)

    def _refresh(self, token: str) -> Json:
        grant = next((grant for grant in self.all if token in grant.refresh), None)
        if grant is None or grant.revoked:
            _dead("the refresh token is unknown, has expired or was revoked")
        if not grant.refresh[token]:
            grant.revoked = True
            _dead("the refresh token was used before: all that came of the same consent is revoked")
        grant.refresh[token] = False
        return self._tokens(grant)

    def _tokens(self, grant: Grant) -> Json:
        access = f"sandbox-access-{self.identify('access token')}"
        grant.access[access] = self.now() + ACCESS_LIFE
        given: Json = {"access_token": access, "token_type": "bearer", "expires_in": int(ACCESS_LIFE.total_seconds())}
        if grant.scope == SCOPE:
            refresh = f"sandbox-refresh-{self.identify('refresh token')}"
            grant.refresh[refresh] = True
            given |= {"refresh_token": refresh, "scope": SCOPE}
        return given


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier (RFC 7636, 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _fits(verifier: str, challenge: str) -> bool:
    """A verifier without a challenge does not fit: somebody may have taken the challenge away (RFC 9700, 4.8.2)."""
    if not challenge:
        return not verifier
    return re.fullmatch(VERIFIER, verifier) is not None and challenge_of(verifier) == challenge


def once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Parameters by name; one without a value counts as left out, one given twice is an error (RFC 6749, 3.1)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise OAuthError("invalid_request", f"{name} is given twice")
        if value:
            found[name] = value
    return found


def _only(form: dict[str, str], needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
    known = ("grant_type", "client_id", "client_secret", *needed)
    for name in known:
        if name not in form:
            raise OAuthError("invalid_request", f"{name} is missing")
    for name in form:
        if name not in (*known, *optional):
            raise OAuthError("invalid_request", f"{name} is not known here")


def _dead(why: str) -> NoReturn:
    raise OAuthError("invalid_grant", why)

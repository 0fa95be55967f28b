"""OAuth 2.0: a person allows it in the browser, or the program signs in as itself (RFC 6749, with RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode

from pydantic import model_validator

from connectors.components.address import EndpointUrl, UrlPattern, address
from connectors.components.auth.flow import AGAIN, Flow, Redact, Session, SessionWay, obtained, token_in, with_end
from connectors.components.auth.keys import Place
from connectors.components.extract import MISSING
from connectors.components.filters import as_text
from connectors.components.http import FORM_TYPE, JSON_TYPE, Request, Response
from connectors.components.outcome import Errors, StatusRule, is_success
from connectors.components.template import Hole, Scope, Template
from connectors.components.wrong import wrong
from connectors.errors import GridwireError, ReconnectError, VendorFailed

_OURS = frozenset(
    "response_type client_id redirect_uri scope state code_challenge code_challenge_method request request_uri"
    " grant_type client_secret code code_verifier refresh_token".split()
)
_ASKED_WRONGLY = ("invalid_request", "invalid_scope", "unsupported_grant_type", "unsupported_response_type")
_MEANS = {
    "temporarily_unavailable": StatusRule(kind="busy"),
    "slow_down": StatusRule(kind="busy"),
    "server_error": StatusRule(kind="failed"),
    **dict.fromkeys(_ASKED_WRONGLY, StatusRule(kind="invalid_input", remedy="Correct 'oauth2' in the manifest.")),
}
_OF_THE_APP = ("invalid_client", "unauthorized_client")


class OAuth2(SessionWay):
    """OAuth 2.0: a person allows it in the browser, or the program signs in as itself."""

    grant: Literal["authorization_code", "client_credentials"] = "authorization_code"
    """Who signs in: a person in the browser (`authorization_code`, with PKCE), or the program as itself."""
    authorization_url: EndpointUrl | None = None
    """Where the person allows it: an address, or `{pattern: "https://{tenant}.example.com/authorize"}`."""
    token_url: EndpointUrl
    """Where tokens come from: an address, or `{pattern: "https://{tenant}.example.com/token"}`."""
    client_id: Template
    """By which name the vendor knows the program."""
    client_secret: Template | None = None
    """What the program proves that with; a public client has none."""
    client_auth: Literal["basic", "body"] = "basic"
    """Where the token request holds both: in the header Authorization, or among its fields."""
    scopes: list[str] = []
    """What is asked for."""
    authorize: dict[str, Template] = {}
    """Further parameters of the address that the browser opens: `{access_type: offline}`."""
    token: dict[str, Template] = {}
    """Further fields of what asks for a token: `{audience: "https://api.example.com"}`."""

    @model_validator(mode="after")
    def _fits_the_grant(self) -> OAuth2:
        if self.grant == "authorization_code" and self.authorization_url is None:
            raise wrong("grant", "without an 'authorization_url' nobody can allow it in the browser")
        if self.grant == "client_credentials" and (self.authorization_url or self.authorize or not self.client_secret):
            needs = "needs a 'client_secret', and no browser: no 'authorization_url', no 'authorize'"
            raise wrong("grant", f"'client_credentials' {needs}")
        for word, further in (("authorize", self.authorize), ("token", self.token)):
            for name in sorted(_OURS & further.keys()):
                raise wrong("grant", f"'{name}' is written by the flow itself", path=(word, name))
        return self

    @property
    def said(self) -> str:
        """How one signs in, for people."""
        if self.grant == "client_credentials":
            return f"OAuth 2.0, as the program itself, at {self.token_url}"
        return f"OAuth 2.0, in the browser, at {self.authorization_url}: `gridwire connect`"

    @property
    def in_browser(self) -> bool:
        """Whether a person has to allow it."""
        return self.grant == "authorization_code"

    def needed(self) -> Iterator[Hole]:
        """Those of the holes that must be filled; further parameters drop out if they are absent."""
        yield from (hole for place, hole in self.holes() if place[0] not in ("authorize", "token"))

    def hosts(self) -> Iterator[tuple[Place, str | UrlPattern]]:
        """The addresses that it asks besides the base URL, with their places in this block."""
        yield ("token_url",), self.token_url
        if self.authorization_url is not None:
            yield ("authorization_url",), self.authorization_url

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: client id and secret in base64."""
        if self.client_secret is not None:
            yield self._pair(values)

    def question(self, values: Scope, *, redirect_uri: str, state: str, verifier: str) -> str:
        """The query with which the browser opens `authorization_url` (RFC 6749, 4.1.1).

        `state` and `verifier` are random, of 43 letters or more.
        """
        parameters = {
            "response_type": "code",
            "client_id": as_text(self.client_id.fill(values)),
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.scopes),
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        parameters |= _filled(self.authorize, values)
        return urlencode({name: text for name, text in parameters.items() if text})

    def redeeming(
        self, values: Scope, now: float, *, code: str, redirect_uri: str, verifier: str, redact: Redact = str
    ) -> Flow:
        """Exchanges the code that the browser brought back for a session (RFC 6749, 4.1.3)."""
        fields = {"code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
        request = self._token_request(values, "authorization_code", fields)
        return (yield from obtained(request, lambda response: self.read(response, None, now, redact)))

    def asking(self, values: Scope, session: Session | None, base_url: str) -> Request:
        """The token request (RFC 6749, 4.4 and 6). Raises ReconnectError if only a person can sign in."""
        if self.grant == "client_credentials":
            return self._token_request(values, self.grant, {"scope": " ".join(self.scopes)})
        if session is None:
            raise ReconnectError("nobody has signed in yet", remedy=AGAIN)
        if not session.get("refresh_token"):
            raise ReconnectError("the session has ended, and the vendor gave nothing to renew it with", remedy=AGAIN)
        return self._token_request(values, "refresh_token", {"refresh_token": session["refresh_token"]})

    def read(self, response: Response, session: Session | None, now: float, redact: Redact) -> Session:
        """The session in the answer (RFC 6749, 5). Raises ReconnectError, VendorError."""
        try:
            body = response.json()
        except ValueError:
            body = None
        answer: dict[str, Any] = body if isinstance(body, dict) else {}
        if not is_success(response) or answer.get("error"):
            raise _refusal(response, answer, now, redact, in_browser=self.in_browser)
        found: Session = {"token": token_in(answer.get("access_token"), response, "'access_token'")}
        if self.in_browser:
            rotated = answer.get("refresh_token")
            refresh_token = rotated if isinstance(rotated, str) and rotated else (session or {}).get("refresh_token")
            found |= {"refresh_token": refresh_token} if refresh_token else {}
        return with_end(found, answer.get("expires_in"), now)

    def _token_request(self, values: Scope, grant: str, fields: Mapping[str, str]) -> Request:
        headers = {"Accept": JSON_TYPE, "Content-Type": FORM_TYPE}
        form = {
            "grant_type": grant,
            **{name: text for name, text in fields.items() if text},
            **_filled(self.token, values),
        }
        if self.client_secret is not None and self.client_auth == "basic":
            headers["Authorization"] = f"Basic {self._pair(values)}"
        else:
            form["client_id"] = as_text(self.client_id.fill(values))
            form |= {"client_secret": as_text(self.client_secret.fill(values))} if self.client_secret else {}
        return Request("POST", address(self.token_url, values), headers=headers, form=tuple(form.items()))

    def _pair(self, values: Scope) -> str:
        """Both parts in base64, each encoded as in a form first (RFC 6749, 2.3.1)."""
        assert self.client_secret is not None
        parts = (as_text(template.fill(values)) for template in (self.client_id, self.client_secret))
        return base64.b64encode(":".join(map(quote_plus, parts)).encode()).decode()


def _filled(further: Mapping[str, Template], values: Scope) -> dict[str, str]:
    """The texts; what is absent drops out."""
    filled = {name: template.fill(values) for name, template in further.items()}
    return {name: as_text(value) for name, value in filled.items() if value is not MISSING}


def challenge_of(verifier: str) -> str:
    """What proves later that it was us who asked (RFC 7636, 4.2, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _refusal(
    response: Response, answer: dict[str, Any], now: float, redact: Redact, *, in_browser: bool
) -> GridwireError:
    """What an unsuccessful answer means: by its `error` (RFC 6749, 5.2), otherwise by its status.

    What a person allowed in the browser outlives a mistake in the client, which is the operator's to mend.
    """
    code = str(answer.get("error"))
    rule = _MEANS.get(code)
    if in_browser and code in _OF_THE_APP:
        remedy = "Correct client_id and client_secret of the OAuth app; nobody has to sign in again for that."
        rule = StatusRule(kind="failed", remedy=remedy)
    elif rule is None and response.status < 500 and response.status not in (408, 429):
        if not answer:
            message = f"the vendor answered {response.status} where a token is asked for, but not as OAuth 2.0 has it"
            return VendorFailed(message, status=response.status)
        rule = StatusRule(kind="reconnect", remedy=AGAIN)
    return Errors().error(response, rule or StatusRule(), writing=False, redact=redact, now=now)

"""Signing in with a session: credentials are posted once, and the token that comes back goes along from then on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pydantic import model_validator

from connectors.components.address import BaseUrl, UrlPattern, address
from connectors.components.auth.flow import AGAIN, Redact, Session, SessionWay, token_in, with_end
from connectors.components.auth.keys import Place
from connectors.components.component import Component
from connectors.components.extract import MISSING, Path, extract
from connectors.components.http import FORM_TYPE, JSON_TYPE, Request, Response, base_of
from connectors.components.outcome import Errors, is_success
from connectors.components.path import header_for, path_of, text_for
from connectors.components.template import Scope
from connectors.components.times import Duration
from connectors.components.tree import Tree
from connectors.components.values import Block, RequestLine
from connectors.components.wrong import wrong
from connectors.errors import ReconnectError, VendorFailed, VendorInvalidInput


class InHeader(Component):
    """A place in the head of an answer."""

    header: str
    """The header's name."""


class Login(SessionWay):
    """Credentials are sent to the vendor once; the token that comes back signs every request until it ends."""

    request: RequestLine
    """The request that signs in, on the base URL or on `host`: POST /auth/login."""
    host: BaseUrl | None = None
    """Where to sign in, if not at the base URL: https://auth.example.com, or a `{pattern: …}` as the base URL's."""
    headers: Block = Tree({})
    """Headers to send with it: `{X-Api-Key: "{key}"}`."""
    body: Block | None = None
    """The credentials as JSON: `{username: "{username}", password: "{password}"}`."""
    form: Block | None = None
    """The credentials as a form, each under its name."""
    token: Path | InHeader
    """Where the answer holds the token: a path, or `{header: X-Session}`."""
    expires: Path | None = None
    """Where the answer holds when the token ends: seconds from then, or a moment."""
    lifetime: Duration | None = None
    """How long a token lasts, where the answer does not say."""

    @model_validator(mode="after")
    def _one_way_to_send(self) -> Login:
        if (self.body is None) == (self.form is None) or self.request.method not in ("POST", "PUT"):
            raise wrong("login", "credentials are sent with POST or PUT, either as a 'body' or as a 'form'")
        if self.expires is not None and self.lifetime is not None:
            raise wrong("login", "a token ends either as 'expires' or as 'lifetime' says, not both")
        return self

    @property
    def said(self) -> str:
        """How one signs in, for people."""
        return f"credentials that are exchanged for a session: {self.request}"

    def hosts(self) -> Iterator[tuple[Place, str | UrlPattern]]:
        """The addresses that it asks besides the base URL, with their places in this block."""
        if self.host is not None:
            yield ("host",), self.host

    def asking(self, values: Scope, session: Session | None, base_url: str) -> Request:
        """The request that signs in. Raises InputError for values that cannot stand in it."""
        url = (base_of(address(self.host, values)) if self.host else base_url) + path_of(self.request, values)
        usual = {"Accept": JSON_TYPE, "Content-Type": FORM_TYPE if self.form else JSON_TYPE}
        body = self.body.fill(values) if self.body else MISSING
        fields: dict[str, Any] = self.form.fill(values) if self.form else {}
        form = tuple((name, text_for(name, value, "a form")) for name, value in fields.items()) if self.form else None
        request = Request(self.request.method, url, headers=usual, json=body, form=form)
        sources = {place[0]: hole.name for place, hole in self.headers.holes()}
        written: dict[str, Any] = self.headers.fill(values)
        for name, value in written.items():
            request = request.with_header(name, header_for(sources.get(name, name), value))
        return request

    def read(self, response: Response, session: Session | None, now: float, redact: Redact) -> Session:
        """The session in the answer. Raises ReconnectError, VendorError."""
        if not is_success(response):
            raise _refusal(response, now, redact)
        place = self.token
        if isinstance(place, InHeader):
            token = token_in(response.header(place.header), response, f"the header {place.header}")
            return with_end({"token": token}, self._end(_body(response) if self.expires else {}), now)
        body = _body(response)
        token = token_in(extract(body, place), response, f"'{'.'.join(place)}'")
        return with_end({"token": token}, self._end(body), now)

    def _end(self, body: Any) -> Any:
        if isinstance(self.lifetime, timedelta):
            return self.lifetime.total_seconds()
        return extract(body, self.expires) if self.expires else None


def _body(response: Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        message = f"the vendor answered {response.status}, but not as documented: {error}"
        raise VendorFailed(message, status=response.status) from None


def _refusal(response: Response, now: float, redact: Redact) -> Exception:
    """What the answer means; credentials are all that was sent, so wrong input is wrong credentials."""
    error = Errors().error(response, writing=False, redact=redact, now=now)
    if not isinstance(error, VendorInvalidInput | ReconnectError):
        return error
    words = f": {error.vendor_message}" if error.vendor_message else ""
    message = f"the vendor does not accept the credentials ({response.status}{words})"
    return ReconnectError(message, remedy=AGAIN, status=response.status, vendor_message=error.vendor_message)

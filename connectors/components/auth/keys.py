"""Credentials that go along with each request as they are: an API key, a name with a password, a bearer token."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from pydantic import model_validator

from connectors.components.component import Component
from connectors.components.filters import as_text
from connectors.components.http import HEADER_RULE, Request, fits_header
from connectors.components.template import Hole, Scope, Template
from connectors.components.wrong import wrong
from connectors.errors import InputError


class ApiKey(Component):
    """A credential that goes along with each request, in a header or in the query."""

    header: str | None = None
    """The header that holds it."""
    query: str | None = None
    """The query parameter that holds it."""
    value: Template

    @model_validator(mode="after")
    def _one_place(self) -> ApiKey:
        if (self.header is None) == (self.query is None):
            raise wrong("place", "an API key goes either into a 'header' or into the 'query'")
        return self

    def signed(self, request: Request, values: Scope, session: Any = None) -> Request:
        """The request with the key on it. Raises InputError for a key that a header cannot carry."""
        if self.header is not None:
            return _with_header(request, self.header, self.value, values)
        assert self.query is not None
        return request.with_query(self.query, as_text(self.value.fill(values)))

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """The holes of this block with their places in it."""
        yield from _holes("value", self.value)

    def writes(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The headers that it fills, with their places in this block."""
        if self.header is not None:
            yield ("header",), self.header

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: none."""
        yield from ()

    @property
    def said(self) -> str:
        """How one signs in, for people."""
        return (
            f"a key in the header {self.header}: {self.value.text}"
            if self.header
            else f"a key in the query: {self.query}"
        )


class Bearer(Component):
    """A token that whoever bears it may use (RFC 6750): `bearer: {token: "{token}"}`."""

    token: Template

    def signed(self, request: Request, values: Scope, session: Any = None) -> Request:
        """The request with the token on it. Raises InputError for a token that a header cannot carry."""
        return _with_header(request, "Authorization", self.token, values, prefix="Bearer ")

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """The holes of this block with their places in it."""
        yield from _holes("token", self.token)

    def writes(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The headers that it fills, with their places in this block."""
        yield (), "Authorization"

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: none."""
        yield from ()

    @property
    def said(self) -> str:
        """How one signs in, for people."""
        return "a bearer token"


class Basic(Component):
    """A user name and a password (RFC 7617)."""

    username: Template
    password: Template = Template("")

    def signed(self, request: Request, values: Scope, session: Any = None) -> Request:
        """The request with both on it. Raises InputError for a user name with a colon, which would be misread."""
        if ":" in as_text(self.username.fill(values)):
            field = next((hole.name for hole in self.username.holes), "username")
            raise InputError(f"'{field}' cannot hold a colon: it is part of a user name", field=field)
        return request.with_header("Authorization", f"Basic {self._pair(values)}")

    def holes(self) -> Iterator[tuple[tuple[str, ...], Hole]]:
        """The holes of this block with their places in it."""
        yield from _holes("username", self.username)
        yield from _holes("password", self.password)

    def writes(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The headers that it fills, with their places in this block."""
        yield (), "Authorization"

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: name and password in base64."""
        yield self._pair(values)

    @property
    def said(self) -> str:
        """How one signs in, for people."""
        return "a user name and a password"

    def _pair(self, values: Scope) -> str:
        pair = f"{as_text(self.username.fill(values))}:{as_text(self.password.fill(values))}"
        return base64.b64encode(pair.encode()).decode()


def _holes(name: str, template: Template) -> Iterator[tuple[tuple[str, ...], Hole]]:
    yield from (((name,), hole) for hole in template.holes)


def _with_header(request: Request, name: str, template: Template, values: Scope, prefix: str = "") -> Request:
    text = as_text(template.fill(values))
    if not fits_header(text):
        field = next((hole.name for hole in template.holes), name)
        raise InputError(f"'{field}' {HEADER_RULE}", field=field)
    return request.with_header(name, prefix + text)

"""Credentials that go along with each request as they are: an API key, a name with a password, a bearer token."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, ClassVar, TypeAlias

from pydantic import model_validator

from connectors.components.component import Component
from connectors.components.filters import as_text
from connectors.components.http import Request
from connectors.components.path import header_for
from connectors.components.template import Hole, Scope, Template
from connectors.components.tree import holes_in
from connectors.components.wrong import wrong
from connectors.errors import InputError

Place: TypeAlias = tuple[str, ...]
"""Where something stands in a block."""


class Credential(Component):
    """A way to sign in."""

    title: str | None = None
    """What a person reads who chooses between several ways: Key as the vendor shows it."""

    def holes(self) -> Iterator[tuple[Place, Hole]]:
        """The holes that the connection's values fill, with their places in this block."""
        return holes_in(self)

    def needed(self) -> Iterator[Hole]:
        """Those of the holes that must be filled."""
        yield from (hole for _, hole in self.holes())

    def writes(self) -> Iterator[tuple[Place, str]]:
        """The headers that it fills, with their places in this block."""
        yield (), "Authorization"

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: none, but for what joins several."""
        yield from ()


class ApiKey(Credential):
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

    def writes(self) -> Iterator[tuple[Place, str]]:
        """The headers that it fills, with their places in this block."""
        if self.header is not None:
            yield ("header",), self.header

    @property
    def said(self) -> str:
        """How one signs in, for people."""
        return f"a key in the {f'header {self.header}: {self.value.text}' if self.header else f'query: {self.query}'}"


class Bearer(Credential):
    """A token that whoever bears it may use (RFC 6750): `bearer: {token: "{token}"}`."""

    said: ClassVar[str] = "a bearer token"
    """How one signs in, for people."""
    token: Template

    def signed(self, request: Request, values: Scope, session: Any = None) -> Request:
        """The request with the token on it. Raises InputError for a token that a header cannot carry."""
        return _with_header(request, "Authorization", self.token, values, prefix="Bearer ")


class Basic(Credential):
    """A user name and a password (RFC 7617)."""

    said: ClassVar[str] = "a user name and a password"
    """How one signs in, for people."""
    username: Template
    password: Template = Template("")

    def signed(self, request: Request, values: Scope, session: Any = None) -> Request:
        """The request with both on it. Raises InputError for a user name with a colon, which would be misread."""
        if ":" in as_text(self.username.fill(values)):
            field = next((hole.name for hole in self.username.holes), "username")
            raise InputError(f"'{field}' cannot hold a colon: it is part of a user name", field=field)
        return request.with_header("Authorization", f"Basic {self._pair(values)}")

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: name and password in base64."""
        yield self._pair(values)

    def _pair(self, values: Scope) -> str:
        pair = f"{as_text(self.username.fill(values))}:{as_text(self.password.fill(values))}"
        return base64.b64encode(pair.encode()).decode()


def _with_header(request: Request, name: str, template: Template, values: Scope, prefix: str = "") -> Request:
    field = next((hole.name for hole in template.holes), name)
    return request.with_header(name, prefix + header_for(field, template.fill(values)))

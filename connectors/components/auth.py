"""Signing in. Each kind is a flow: a generator that yields the requests to send and is sent their responses.

A flow knows no client and no clock, so a test drives it with plain data:

    flow = auth.flow(request, values)
    signed = next(flow)           # the request, with the credential on it
    flow.send(response)           # raises StopIteration; its value is the response
"""

from __future__ import annotations

import base64
from collections.abc import Generator, Iterator
from typing import Any, TypeAlias

from pydantic import Field as Attribute
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from connectors.components.component import Component, OneKind
from connectors.components.extract import MISSING
from connectors.components.filters import as_text
from connectors.components.http import HEADER_RULE, Request, Response, fits_header
from connectors.components.template import Scope, Template
from connectors.errors import InputError

Flow: TypeAlias = Generator[Request, Response, Response]


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
            raise PydanticCustomError("place", "an API key goes either into a 'header' or into the 'query'")
        return self

    def flow(self, request: Request, values: Scope) -> Flow:
        """Sends the request once, with the key on it. Raises InputError for a key that a header cannot carry."""
        key = as_text(self.value.fill(values))
        if self.header is not None:
            if not fits_header(key):
                field = next((hole.name for hole in self.value.holes), self.header)
                raise InputError(f"'{field}' {HEADER_RULE}", field=field)
            return (yield request.with_header(self.header, key))
        assert self.query is not None
        return (yield request.with_query(self.query, key))

    def templates(self) -> Iterator[tuple[tuple[str, ...], Template]]:
        """The templates of this block with their paths in it."""
        yield ("value",), self.value

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: none."""
        yield from ()


class Basic(Component):
    """A user name and a password (RFC 7617)."""

    username: Template
    password: Template = Template("")

    def flow(self, request: Request, values: Scope) -> Flow:
        """Sends the request once, signed. Raises InputError for a user name with a colon, which would be misread."""
        if ":" in as_text(self.username.fill(values)):
            field = next((hole.name for hole in self.username.holes), "username")
            raise InputError(f"'{field}' cannot hold a colon: it is part of a user name", field=field)
        return (yield request.with_header("Authorization", f"Basic {self._pair(values)}"))

    def templates(self) -> Iterator[tuple[tuple[str, ...], Template]]:
        """The templates of this block with their paths in it."""
        yield ("username",), self.username
        yield ("password",), self.password

    def disguises(self, values: Scope) -> Iterator[str]:
        """Texts that hold a secret and not its own letters: name and password in base64."""
        yield self._pair(values)

    def _pair(self, values: Scope) -> str:
        pair = f"{as_text(self.username.fill(values))}:{as_text(self.password.fill(values))}"
        return base64.b64encode(pair.encode()).decode()


class Auth(OneKind):
    """How requests are signed in."""

    api_key: ApiKey | None = None
    """A key that goes along in a header or in the query."""
    basic: Basic | None = None
    """A user name and a password: `basic: {username: "{email}/token", password: "{token}"}`."""
    one_of: dict[str, Auth] | None = Attribute(None, min_length=1)
    """Several ways. The user chooses with the connection value `auth`; default: the first whose fields are given."""

    def chosen_for(self, values: Scope) -> Any:
        """The one way that these connection values ask for.

        Raises InputError if they name one that is not there, or suffice for none.
        """
        if self.one_of is None:
            return self._sufficient(values)
        wanted = values.get("auth")
        if wanted is None:
            ready = (way for way in self.one_of.values() if way.is_ready(values))
            return next(ready, next(iter(self.one_of.values()))).chosen_for(values)
        if wanted not in self.one_of:
            ways = ", ".join(self.one_of)
            raise InputError(f"there is no way to sign in called '{wanted}'; there are {ways}", field="auth")
        return self.one_of[wanted].chosen_for(values)

    def _sufficient(self, values: Scope) -> Any:
        holes = (hole for _, template in self.templates() for hole in template.holes)
        missing = next((hole.name for hole in holes if hole.value(values) is MISSING), None)
        if missing is not None:
            raise InputError(f"'{missing}' is required: it is needed to sign in", field=missing)
        return self.chosen

    def is_ready(self, values: Scope) -> bool:
        """Whether the values hold everything that this way needs."""
        return all(template.fill(values) is not MISSING for _, template in self.templates())

    def templates(self) -> Iterator[tuple[tuple[str, ...], Template]]:
        """The templates of all ways with their paths in this block."""
        ways = self.one_of or {self.kind: self.chosen}
        prefix = ("one_of",) if self.one_of else ()
        for name, way in ways.items():
            for path, template in way.templates():
                yield (*prefix, name, *path), template

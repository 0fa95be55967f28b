"""Any call that an account may make, whether or not the manifest describes it: the vendor's own words, no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import PydanticCustomError

from connectors.components.extract import MISSING
from connectors.components.http import JSON_TYPE, Request, Response
from connectors.components.path import filled, path_of
from connectors.components.template import Template, TemplateError
from connectors.components.values import METHODS, RequestLine, effect_of, written_in_address
from connectors.engine.connection import Connection
from connectors.engine.exchange import Exchange
from connectors.engine.request import usual_headers
from connectors.errors import ConfirmRequired, InputError
from connectors.manifest.problem import did_you_mean

_IN_QUERIES = "/?"  # RFC 3986, 3.4
_REMEDY = "It is what follows the base URL, such as /users?page=2; {name} stands for a value of the connection."


@dataclass(frozen=True, slots=True)
class RawCall:
    """A method and a path below the base URL.

    The path may hold `{name}` of connection fields that are not secret, and a query; percent-encoding arrives as it is
    written. `query` is added to it, each value as it is; `body` is sent as JSON, unless it is MISSING.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: Any = MISSING

    @property
    def effect(self) -> str:
        """What it does at the vendor, as far as the method tells: GET reads, DELETE destroys, all else writes."""
        return effect_of(self.method)

    def request(self, connection: Connection) -> Request:
        """What is sent, without credentials. Raises InputError for what would not go to the vendor's own origin."""
        line, query = self._line()
        for hole in (*line.holes, *(query.holes if query else ())):
            _known(hole.path[0], connection)
        request = Request(
            self.method,
            connection.base_url + path_of(line, connection.scope),
            tuple(self.query),
            usual_headers(connection),
            self.body,
        )
        if self.body is not MISSING:
            request = request.with_header("Content-Type", JSON_TYPE)
        if query is None:
            return request
        return replace(request, url=f"{request.url}?{filled(query, connection.scope, allowed=_IN_QUERIES)}")

    def _line(self) -> tuple[RequestLine, Template | None]:
        """The path as a manifest would have it, and what follows the question mark."""
        if self.method not in METHODS:
            hint = did_you_mean(self.method.upper(), METHODS) or f"there are {', '.join(METHODS)}"
            raise InputError(f"'{self.method}' is no method; {hint}", field="method")
        _check(self.path)
        path, mark, query = self.path.partition("?")
        try:
            return RequestLine(f"{self.method} {path}"), written_in_address(query) if mark else None
        except TemplateError as error:
            raise _wrong(error.message) from None
        except PydanticCustomError as error:
            raise _wrong(error.message()) from None


async def ask(exchange: Exchange, call: RawCall, *, confirmed: bool) -> Response:
    """The vendor's successful answer, with every secret of the connection taken out of it.

    Raises InputError (nothing was sent), ConfirmRequired for what destroys and is not confirmed, ReconnectError,
    VendorError. A write is never repeated.
    """
    request = call.request(exchange.connection)
    if call.effect == "destroy" and not confirmed:
        remedy = 'Confirm it: --yes on the command line, "confirm": true over HTTP.'
        raise ConfirmRequired("DELETE destroys something at the vendor and was not confirmed", remedy=remedy)
    response = await exchange.send(request, effect=call.effect, repeatable=call.effect == "read")
    _check_answer(exchange, response, call.effect)
    return exchange.connection.redaction.thoroughly(response)


def _check_answer(exchange: Exchange, response: Response, effect: str) -> None:
    """Raises VendorError for what is said, or seems, to be JSON and is none; text may be text."""
    said = (response.header("content-type") or "").partition(";")[0].strip().lower()
    claims = said.endswith("json") or (not said and response.body.lstrip()[:1] in (b"{", b"["))
    if claims and response.body.strip():
        exchange.read(response, effect)


def _check(path: str) -> None:
    """Refuses what other readers of addresses would take for another host, or what cannot be sent at all."""
    before_query = path.partition("?")[0]
    if re.match(r"[a-z][a-z0-9+.-]*:", path, re.IGNORECASE) or path.startswith("//"):
        raise _wrong("a path names no host: credentials go to the vendor alone")
    if "@" in before_query:
        raise _wrong("a path holds no @, which could make another host of what stands before it; write %40")
    if "#" in path or "\\" in path:
        raise _wrong("an address holds no # and no backslash; write %23, %5C")
    if any(not char.isprintable() for char in path):
        raise _wrong("an address holds no control characters and no broken text")


def _known(name: str, connection: Connection) -> None:
    fields = connection.connector.connection.fields
    if name in fields and fields[name].secret:
        raise _wrong(f"'{name}' is secret, and no part of an address")
    if name not in fields:
        others = [other for other, field in fields.items() if not field.secret]
        hint = did_you_mean(name, others) or f"there are {', '.join(others) or 'none'}; a brace is written {{{{ or }}}}"
        raise _wrong(f"the connection has no '{name}'; {hint}")


def _wrong(message: str) -> InputError:
    return InputError(message, field="path", remedy=_REMEDY)

"""`--dry-run`: the request that would be sent, and where each part of it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import ask_vendor
from connectors.cli.describe import call
from connectors.cli.output import plain, print_json, print_table, print_title
from connectors.components.extract import MISSING, extract
from connectors.components.http import Request, Response
from connectors.engine.connection import Connection
from connectors.engine.request import origins
from connectors.manifest.model import Action, Search

if TYPE_CHECKING:
    from connectors.cli.session import Session


def preview(connection: Connection, operation: Action | Search, given: dict[str, Any], session: Session) -> None:
    """Prints the first request of the operation; nothing is sent. Raises InputError as the operation itself would."""
    request = _first_request(connection, operation, given)
    parts = list(_parts(connection, operation, given, request))
    if session.json:
        print_json(_document(connection, request, parts))
        return
    click.secho(f"{request.method} {plain(connection.redact(request.full_url))}", bold=True)
    print_title("Where each part comes from")
    print_table(["Part", "Value", "From"], [[part.name, connection.redact(part.value), part.source] for part in parts])
    click.echo("\nThis is a dry run: nothing was sent.", err=True)


@dataclass(frozen=True)
class _Part:
    name: str
    value: str
    source: str


class _NotSentError(Exception):
    def __init__(self, request: Request) -> None:
        super().__init__("a dry run sends nothing")
        self.request = request


class _Catching:
    """A transport that goes nowhere, so that a dry run is the real run up to its last step."""

    async def send(self, request: Request, *, timeout: float) -> Response:  # noqa: ASYNC109 - as every transport
        raise _NotSentError(request)


def _first_request(connection: Connection, operation: Action | Search, given: dict[str, Any]) -> Request:
    name = operation.name
    try:
        if isinstance(operation, Action):
            ask_vendor(connection, lambda vendor: vendor.call(name, given, confirmed=True), transport=_Catching())
        else:
            ask_vendor(connection, lambda vendor: vendor.search(name, given), transport=_Catching())
    except _NotSentError as caught:
        return caught.request
    raise AssertionError("an operation that asks nothing")


def _document(connection: Connection, request: Request, parts: list[_Part]) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": connection.redact(request.full_url),
        "headers": {name: connection.redact(value) for name, value in request.headers.items()},
        "body": None if request.json is MISSING else request.json,
        "origins": [{"part": part.name, "from": part.source} for part in parts],
    }


def _parts(
    connection: Connection, operation: Action | Search, given: dict[str, Any], request: Request
) -> Iterator[_Part]:
    """The address, what fills its path, then every parameter, header and entry of the body."""
    own = connection.base_url == connection.connector.base_url
    yield _Part("address", connection.base_url, "the manifest" if own else "the connection")
    known = _sources(connection, operation, given)
    values = {**connection.scope, **operation.checker.check(given)}
    for _, source in (pair for pair in known if pair[0] == "path"):
        name = source.partition(": ")[2]
        yield _Part(f"path {name}", _shown(extract(values, tuple(name.split(".")))), source)
    for part, value in _entries(request):
        sources = [source for place, source in known if place == part or place.startswith(f"{part}.")]
        yield _Part(part, value, ", ".join(sources) or _unnamed(connection, value))


def _sources(connection: Connection, operation: Action | Search, given: dict[str, Any]) -> list[tuple[str, str]]:
    """For each place in the request that is not fixed, what fills it."""
    fields = operation.input if isinstance(operation, Action) else {}
    found = origins(connection, call(connection.connector, operation), fields)
    return [(each.place, _or_default(each.source, given)) for each in found]


def _or_default(source: str, given: dict[str, Any]) -> str:
    name = source.removeprefix("input: ")
    return f"default: {name}" if name != source and name.partition(".")[0] not in given else source


def _entries(request: Request) -> Iterator[tuple[str, str]]:
    for place, pairs in (("query", request.query), ("header", request.headers.items())):
        yield from ((f"{place} {name}", value) for name, value in pairs)
    if isinstance(request.json, dict):
        yield from ((f"body {name}", _shown(value)) for name, value in request.json.items())
    elif request.json is not MISSING:
        yield "body", _shown(request.json)


def _unnamed(connection: Connection, value: str) -> str:
    """Where a part comes from that neither an input nor the connection fills."""
    return "the manifest" if connection.redact(value) == value else "signing in"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

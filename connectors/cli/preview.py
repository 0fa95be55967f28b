"""`--dry-run`: the request that would be sent, and where each part of it comes from."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import ask_vendor
from connectors.cli.describe import call
from connectors.cli.output import plain, print_json, print_table, print_title
from connectors.components.extract import MISSING, extract
from connectors.components.http import Request, Response
from connectors.engine.connection import Connection
from connectors.engine.redaction import HIDDEN, Redact, hidden, secrets_in
from connectors.engine.request import origins
from connectors.manifest.model import Action, List, Search

if TYPE_CHECKING:
    from connectors.cli.session import Session
    from connectors.cli.unless import Unless
    from connectors.engine.raw import RawCall
    from connectors.engine.run import Vendor


def preview(
    connection: Connection,
    operation: Action | Search,
    given: dict[str, Any],
    session: Session,
    unless: Unless | None = None,
) -> None:
    """Prints the first request of the operation, after that of the search that is made before it; nothing is sent.

    Raises InputError as the operation itself would.
    """
    shown = [_Shown.of(connection, operation, given)]
    if unless is not None:
        shown.insert(0, _Shown.of(connection, unless.search, unless.wanted(given)))
    if session.json:
        looked_for = {"unless_found": shown[0].as_dict()} if unless is not None else {}
        print_json({**looked_for, **shown[-1].as_dict()})
        return
    for number, one in enumerate(shown):
        if number:
            click.echo("\nUnless that finds it:\n")
        one.print()
    click.echo("\nThis is a dry run: nothing was sent.", err=True)


@dataclass(frozen=True)
class _Shown:
    """A request that would be sent, and where each part of it comes from."""

    request: Request
    parts: list[_Part]
    redact: Redact

    @classmethod
    def of(cls, connection: Connection, operation: Action | Search, given: dict[str, Any]) -> _Shown:
        given_secrets = secrets_in(operation.input, operation.checker.check(given))
        connection = connection.as_if_signed_in().hiding(given_secrets)
        request = _first_request(connection, operation, given)
        parts = list(_parts(connection, operation, given, request, connection.redact))
        return cls(request, parts, connection.redact)

    def as_dict(self) -> dict[str, Any]:
        origins = [{"part": part.name, "from": part.source} for part in self.parts]
        return {**_facts(self.request, self.redact), "origins": origins}

    def print(self) -> None:
        click.secho(f"{self.request.method} {plain(self.redact(self.request.full_url))}", bold=True)
        print_title("Where each part comes from")
        print_table(["Part", "Value", "From"], [[part.name, part.value, part.source] for part in self.parts])


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
    if isinstance(operation, Action):
        return first_request(connection, lambda vendor: vendor.call(name, given, confirmed=True))
    return first_request(connection, lambda vendor: vendor.search(name, given))


def first_request(connection: Connection, question: Callable[[Vendor], Awaitable[Any]]) -> Request:
    """The first request by which the question would be asked, signed; nothing is sent. Raises InputError."""
    try:
        ask_vendor(connection, question, transport=_Catching())
    except _NotSentError as caught:
        return caught.request
    raise AssertionError("an operation that asks nothing")


def preview_raw(connection: Connection, call: RawCall, session: Session) -> None:
    """Prints the request that the call would send; nothing is sent. Raises InputError."""
    connection = connection.as_if_signed_in()
    about = (call.method, call.path, call.query, call.body)
    request = first_request(connection, lambda vendor: vendor.request(*about, confirmed=True))
    if session.json:
        print_json(_facts(request, connection.redact))
        return
    click.secho(f"{request.method} {plain(connection.redact(request.full_url))}", bold=True)
    print_table(["Part", "Value"], list(_entries(request, connection.redact)))
    click.echo("\nThis is a dry run: nothing was sent.", err=True)


def _facts(request: Request, redact: Redact) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": redact(request.full_url),
        "headers": {name: redact(value) for name, value in request.headers.items()},
        "body": hidden(_body(request), redact),
    }


def _parts(
    connection: Connection, operation: Action | Search, given: dict[str, Any], request: Request, redact: Redact
) -> Iterator[_Part]:
    """The address, what fills its path, then every parameter, header and entry of the body."""
    yield _Part("address", redact(connection.base_url), _address_from(connection))
    checked = operation.checker.check(given)
    known = list(_sources(connection, operation, given, checked))
    values = {**connection.scope, **checked}
    for _, source in (pair for pair in known if pair[0] == "path"):
        name = source.partition(": ")[2]
        yield _Part(f"path {name}", _shown(hidden(extract(values, tuple(name.split("."))), redact)), source)
    for part, value in _entries(request, redact):
        sources = [source for place, source in known if place == part or place.startswith(f"{part}.")]
        yield _Part(part, value, ", ".join(sources) or _unnamed(value))


def _address_from(connection: Connection) -> str:
    if connection.base_url != connection.own_url:
        return "the connection"
    url = connection.connector.base_url
    names = [] if isinstance(url, str) else [f"the connection: {hole.name}" for hole in url.holes]
    return ", ".join(["the manifest", *names])


def _sources(
    connection: Connection, operation: Action | Search, given: dict[str, Any], checked: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """For each place in the request that is not fixed, what fills it, if something does."""
    asked = call(connection.connector, operation)
    assert asked is not None, "actions and searches ask"
    while isinstance(asked, List) and asked.for_each:  # its parents are read first
        asked = connection.connector.lists[asked.for_each.list]
    for each in origins(connection, asked, asked.input):
        kind, _, name = each.source.partition(": ")
        path = tuple(name.split("."))
        if kind != "input" or extract(given, path) is not MISSING:
            yield each.place, each.source
        elif extract(checked, path) is not MISSING:
            yield each.place, f"default: {name}"


def _entries(request: Request, redact: Redact) -> Iterator[tuple[str, str]]:
    form = ((name.replace("[", ".").replace("]", "").rstrip("."), value) for name, value in request.form or ())
    named = (("query", request.query), ("header", request.headers.items()), ("form", form))
    for place, pairs in named:
        yield from ((f"{place} {name}", redact(value)) for name, value in pairs)
    if isinstance(request.json, dict):
        yield from ((f"body {name}", _shown(hidden(value, redact))) for name, value in request.json.items())
    elif request.json is not MISSING:
        yield "body", _shown(hidden(request.json, redact))


def _body(request: Request) -> Any:
    if request.form is not None:
        return [list(pair) for pair in request.form]
    return None if request.json is MISSING else request.json


def _unnamed(value: str) -> str:
    """Where a part comes from that neither an input nor the connection fills."""
    return "signing in" if HIDDEN in value else "the manifest"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

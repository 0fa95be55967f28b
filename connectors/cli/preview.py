"""`--dry-run`: the request that would be sent, and where each part of it comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import click

from connectors.cli.account import ask_vendor
from connectors.cli.describe import call
from connectors.cli.output import plain, print_json, print_table, print_title
from connectors.components.extract import MISSING, extract
from connectors.components.fields import Field
from connectors.components.filters import as_text
from connectors.components.http import Request, Response
from connectors.engine.connection import HIDDEN, Connection, Redaction
from connectors.engine.request import origins
from connectors.manifest.model import Action, List, Search

if TYPE_CHECKING:
    from connectors.cli.session import Session

Redact: TypeAlias = Callable[[str], str]


def preview(connection: Connection, operation: Action | Search, given: dict[str, Any], session: Session) -> None:
    """Prints the first request of the operation; nothing is sent. Raises InputError as the operation itself would."""
    connection = connection.as_if_signed_in()
    request = _first_request(connection, operation, given)
    redact = _redaction(connection, operation, given)
    parts = list(_parts(connection, operation, given, request, redact))
    if session.json:
        print_json(_document(request, parts, redact))
        return
    click.secho(f"{request.method} {plain(redact(request.full_url))}", bold=True)
    print_title("Where each part comes from")
    print_table(["Part", "Value", "From"], [[part.name, part.value, part.source] for part in parts])
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


def _redaction(connection: Connection, operation: Action | Search, given: dict[str, Any]) -> Redact:
    """What hides the secrets of the connection and the inputs that are secret."""
    inputs = Redaction(_secrets_in(Field(properties=operation.input), operation.checker.check(given)))
    return lambda text: inputs(connection.redact(text))


def _secrets_in(field: Field | None, value: Any, secret: bool = False) -> Iterator[str]:
    """The texts and numbers in a value that are secret, or lie in something that is."""
    secret = secret or (field is not None and field.secret)
    if isinstance(value, dict):
        inner = (field.properties if field else None) or {}
        for name, child in cast("dict[str, Any]", value).items():
            yield from _secrets_in(inner.get(name), child, secret)
    elif isinstance(value, list):
        for child in cast("list[Any]", value):
            yield from _secrets_in(field.items if field else None, child, secret)
    elif secret and value is not None:
        yield as_text(value)


def _hidden(value: Any, redact: Redact) -> Any:
    """A JSON value without secrets."""
    if isinstance(value, dict):
        return {name: _hidden(child, redact) for name, child in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_hidden(child, redact) for child in cast("list[Any]", value)]
    if isinstance(value, str):
        return redact(value)
    return HIDDEN if redact(_shown(value)) == HIDDEN else value


def _document(request: Request, parts: list[_Part], redact: Redact) -> dict[str, Any]:
    return {
        "method": request.method,
        "url": redact(request.full_url),
        "headers": {name: redact(value) for name, value in request.headers.items()},
        "body": _hidden(_body(request), redact),
        "origins": [{"part": part.name, "from": part.source} for part in parts],
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
        yield _Part(f"path {name}", _shown(_hidden(extract(values, tuple(name.split("."))), redact)), source)
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
        yield from ((f"body {name}", _shown(_hidden(value, redact))) for name, value in request.json.items())
    elif request.json is not MISSING:
        yield "body", _shown(_hidden(request.json, redact))


def _body(request: Request) -> Any:
    if request.form is not None:
        return [list(pair) for pair in request.form]
    return None if request.json is MISSING else request.json


def _unnamed(value: str) -> str:
    """Where a part comes from that neither an input nor the connection fills."""
    return "signing in" if HIDDEN in value else "the manifest"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

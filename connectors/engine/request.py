"""An operation and its values become a request: plain data, built from parts, with nothing secret in it yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.components.extract import MISSING
from connectors.components.fields import Fields, wire_names
from connectors.components.http import FORM_TYPE, JSON_TYPE, Request, dump_json
from connectors.components.path import header_for, path_of, text_for
from connectors.components.template import Hole, NotText
from connectors.engine.connection import Connection
from connectors.errors import InputError
from connectors.manifest.model import Call, List, RequestLine

LONGEST_ADDRESS = 65_536
"""Characters of an address with its query; more the HTTP client refuses."""


def build(
    connection: Connection, call: Call, inputs: Mapping[str, Any], fields: Fields, line: RequestLine | None = None
) -> Request:
    """The request that carries the inputs, by another of the call's lines if one is given.

    Raises InputError when a value cannot stand where it has to go.
    """
    try:
        request = _built(connection, call, inputs, fields, line)
        length, _ = len(request.full_url), request.content
    except RecursionError:
        name = next((name for name, value in inputs.items() if _too_deep(value)), None)
        raise _unsendable(name, "is nested too deeply to be sent") from None
    if length > LONGEST_ADDRESS:
        name = max(inputs, key=lambda name: len(str(inputs[name])), default=None)
        raise _unsendable(name, f"is too long for an address, which may have {LONGEST_ADDRESS:,} characters")
    return request


def _unsendable(name: str | None, why: str) -> InputError:
    return InputError(f"'{name}' {why}" if name else f"a value {why}", field=name)


def _too_deep(value: Any) -> bool:
    try:
        dump_json(value)
    except RecursionError:
        return True
    return False


def _built(
    connection: Connection, call: Call, inputs: Mapping[str, Any], fields: Fields, line: RequestLine | None
) -> Request:
    line = line or call.request
    scope = {**connection.scope, **inputs}
    try:
        path = path_of(line, scope)
        query: Any = call.query.fill(scope) if call.query else {}
        body: Any = call.body.fill(scope) if call.body else MISSING
        form: Any = call.form.fill(scope) if call.form else None
        own: dict[str, Any] = call.headers.fill(scope) if call.headers else {}
    except NotText as error:
        raise InputError(str(error), field=error.name) from None
    rest = wire_names(fields, {name: inputs[name] for name in unmentioned(call, fields, line) if name in inputs})
    place = call.takes_the_rest(line)
    if place == "query":
        query = rest
    elif place == "body":
        body = rest
    elif place == "form":
        form = rest
    sources = _sources(call, fields)
    request = Request(
        method=line.method,
        url=connection.base_url + path,
        query=tuple(_pairs(query, sources)),
        headers=usual_headers(connection),
        json=body,
        form=None if form is None else tuple(_form(form)),
    )
    if form is not None or body is not MISSING:
        request = request.with_header("Content-Type", JSON_TYPE if form is None else FORM_TYPE)
    for name, value in own.items():
        request = request.with_header(name, header_for(sources.get(("headers", name), name), value))
    return request


def usual_headers(connection: Connection) -> dict[str, str]:
    """What every request carries. Raises InputError when a value of the connection cannot stand in a header."""
    usual = Request("GET", "", headers={"Accept": JSON_TYPE})
    try:
        written = connection.connector.headers.fill(connection.scope)
    except NotText as error:
        raise InputError(str(error), field=error.name) from None
    for name, value in written.items():
        usual = usual.with_header(name, header_for(name, value))
    return usual.headers


def unmentioned(call: Call, fields: Fields, line: RequestLine | None = None) -> list[str]:
    """The inputs that no template of the call mentions, sent by that line; they go to the query or the body."""
    mentioned = {hole.path[0] for _, hole in call.holes(line)}
    return [name for name in fields if name not in mentioned]


def _sources(call: Call, fields: Fields) -> dict[tuple[str, ...], str]:
    """The input that fills a query parameter or header, where it is not called the same: an error names the input."""
    on_the_wire = {("query", field.send_as or name): name for name, field in fields.items()}
    return on_the_wire | {path[:2]: hole.name for path, hole in call.holes()}


def _pairs(query: Mapping[str, Any], sources: Mapping[tuple[str, ...], str]) -> Iterator[tuple[str, str]]:
    """Query parameters; a list becomes a repeated parameter."""
    for name, value in query.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, text_for(sources.get(("query", name), name), one, "the query")


def _form(values: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The fields of a form; what lies in an object is written `a[b]`, what lies in a list `a[]`."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _form(value, f"{name}[{key}]" if name else key)
    elif isinstance(values, list):
        for value in values:
            yield from _form(value, f"{name}[]")
    else:
        yield name, "" if values is None else text_for(name, values, "a form")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one part of a request comes from: `body firstName` from the input `firstName`."""

    place: str
    source: str


def origins(connection: Connection | None, call: Call, fields: Fields) -> list[Origin]:
    """For each part of the request that is not fixed, where its value comes from."""
    own = connection.connector.connection.fields if connection else {}
    found: list[Origin] = []
    for path, hole in call.holes():
        place = "path" if path == ("request",) else f"{path[0]} {'.'.join(path[1:])}"
        source = "the connection" if hole.path[0] in own else _source(hole, call)
        found.append(Origin(place, f"{source}: {hole.name}"))
    if rest := call.takes_the_rest(call.request):
        sent = ((name, fields[name].send_as or name) for name in unmentioned(call, fields))
        found += [Origin(f"{rest} {wire}", f"input: {name}") for name, wire in sent]
    return found


def _source(hole: Hole, call: Call) -> str:
    """What fills a hole that the connection does not: an input, or for a list its parent or the last reading."""
    if isinstance(call, List) and call.for_each and hole.path[0] == call.for_each.as_:
        return f"each of {call.for_each.list}"
    return "the last reading" if isinstance(call, List) and call.since and hole.path == ("since",) else "input"

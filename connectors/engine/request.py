"""An operation and its values become a request: plain data, built from parts, with nothing secret in it yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.components.extract import MISSING
from connectors.components.fields import Fields, wire_names
from connectors.components.http import JSON_TYPE, Request
from connectors.components.template import Scope, Template, as_text
from connectors.engine.connection import Connection
from connectors.errors import InputError
from connectors.manifest.model import Call, RequestLine


def build(connection: Connection, call: Call, inputs: Mapping[str, Any], fields: Fields) -> Request:
    """The request that carries the inputs. Raises InputError when a value cannot stand where it has to go."""
    scope = {**connection.scope, **inputs}
    query: Any = call.query.fill(scope) if call.query else {}
    body: Any = call.body.fill(scope) if call.body else MISSING
    headers: Any = call.headers.fill(scope) if call.headers else {}
    rest = wire_names(fields, {name: inputs[name] for name in unmentioned(call, fields) if name in inputs})
    if call.takes_the_rest == "query":
        query = rest
    elif call.takes_the_rest == "body":
        body = rest
    return Request(
        method=call.request.method,
        url=connection.base_url + path_of(call.request, scope),
        query=tuple(_pairs(query)),
        headers={"Accept": JSON_TYPE} | _headers(headers) | ({} if body is MISSING else {"Content-Type": JSON_TYPE}),
        json=body,
    )


def unmentioned(call: Call, fields: Fields) -> list[str]:
    """The inputs that no template of the call mentions; they go to the query or the body."""
    mentioned = {hole.path[0] for _, hole in call.holes()}
    return [name for name in fields if name not in mentioned]


def path_of(line: RequestLine, scope: Scope) -> str:
    """The path with its holes filled, each value inside one segment. Raises InputError for what cannot be a segment."""
    return "".join(f"/{_segment(template, scope)}" for template in line.segments)


def _segment(template: Template, scope: Scope) -> str:
    if not template.holes:
        return quote(template.text, safe=":@!$&'()*+,;=-._~")
    name = ".".join(template.holes[0].path)
    try:
        value = template.fill(scope)
        text = "" if value is MISSING else as_text(value)
        encoded = quote(text, safe="")
    except (TypeError, UnicodeEncodeError):
        raise InputError(f"'{name}' cannot be part of an address", field=name) from None
    if text in ("", ".", ".."):
        raise InputError(f"'{name}' cannot be empty, '.' or '..': it is part of an address", field=name)
    return encoded


def _pairs(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Query parameters; a list becomes a repeated parameter."""
    for name, value in query.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, _text(name, one, "the query")


def _headers(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name: _header(name, value) for name, value in headers.items()}


def _header(name: str, value: Any) -> str:
    text = _text(name, value, "a header")
    if not text.isprintable():
        raise InputError(f"'{name}' holds control characters, which a header cannot carry", field=name)
    return text


def _text(name: str, value: Any, place: str) -> str:
    try:
        return as_text(value)
    except TypeError as error:
        raise InputError(f"'{name}' goes into {place}: {error}", field=name) from None


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
        source = "the connection" if hole.path[0] in own else "input"
        found.append(Origin(place, f"{source}: {'.'.join(hole.path)}"))
    if call.takes_the_rest:
        sent = ((name, fields[name].send_as or name) for name in unmentioned(call, fields))
        found += [Origin(f"{call.takes_the_rest} {wire}", f"input: {name}") for name, wire in sent]
    return found

"""Rules about headers: a manifest names none that the client writes itself or that signing in fills."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from connectors.components.auth import Auth, Login
from connectors.components.http import HEADER_RULE, fits_header
from connectors.components.template import Template
from connectors.components.tree import Tree
from connectors.manifest.finding import Finding, Route, calls
from connectors.manifest.model import Connector, IdempotencyKey

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
_WRITTEN_BY_THE_CLIENT = {"host", "content-length", "transfer-encoding"}


def headers_can_be_sent(connector: Connector) -> Iterator[Finding]:
    """A header's name is a token, its value fits, and nobody else writes it."""
    signing_in = {name.lower() for _, name in _signing_in(connector.connection.auth)}
    trees: list[tuple[Route, Tree | None]] = [(("headers",), connector.headers)]
    trees += [((*path, "headers"), call.headers) for path, call, _ in calls(connector)]
    for path, tree in trees:
        yield from _tree_can_be_sent(path, tree, signing_in)
    for place, way in connector.connection.auth.ways():
        if isinstance(way, Login):  # what signs in is not signed itself
            yield from _tree_can_be_sent(("connection", "auth", *place, "headers"), way.headers, set())
    for path, name in _signing_in(connector.connection.auth):
        yield from _name_can_be_sent(("connection", "auth", *path), name, set())
    for name, action in connector.actions.items():
        if isinstance(action.idempotent, IdempotencyKey):
            path = ("actions", name, "idempotent", "header")
            yield from _name_can_be_sent(path, action.idempotent.header, signing_in)


def _signing_in(auth: Auth) -> Iterator[tuple[Route, str]]:
    """The headers that signing in writes, with their places in the block."""
    for place, way in auth.ways():
        yield from (((*place, *path), header) for path, header in way.writes())


def _tree_can_be_sent(path: Route, tree: Tree | None, signing_in: set[str]) -> Iterator[Finding]:
    for name, value in tree.root.items() if tree else ():
        yield from _name_can_be_sent((*path, name), name, signing_in, on_key=True)
        yield from _value_can_be_sent((*path, name), name, value)


def _name_can_be_sent(path: Route, name: str, signing_in: set[str], *, on_key: bool = False) -> Iterator[Finding]:
    if not _TOKEN.fullmatch(name):
        message = f"'{name}' cannot be the name of a header"
        yield Finding("header", path, message, hint="use letters, digits and -", on_key=on_key)
    elif name.lower() in _WRITTEN_BY_THE_CLIENT:
        message = f"'{name}' follows from the request, so it is not written here"
        yield Finding("header", path, message, hint="take it out", on_key=on_key)
    elif name.lower() in signing_in:
        message = f"'{name}' is the header that 'auth' writes, so one of the two would be lost"
        yield Finding("header", path, message, hint="take it out", on_key=on_key)


def _value_can_be_sent(path: Route, name: str, value: object) -> Iterator[Finding]:
    if isinstance(value, Template):
        text = "".join(part if isinstance(part, str) else "x" for part in value.parts)
        if not fits_header(text):
            yield Finding("header", path, f"'{name}' {HEADER_RULE}")


RULES: list[Callable[[Connector], Iterator[Finding]]] = [headers_can_be_sent]

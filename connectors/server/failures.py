"""Which problems a route can answer with, read from the tree of errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.components.http import JSON_TYPE
from connectors.errors import ConfirmRequired, GridwireError, ReconnectError, VendorError
from connectors.server.problems import PROBLEM_TYPE, TITLES
from connectors.server.routes import Route
from connectors.server.shapes import CALLED, PAGE, REPLY

_OF_A_VENDOR = (VendorError, ReconnectError, ConfirmRequired)
_OF_A_BODY = (400, 408, 413, 415, 422)
_WAIT = {"Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}}}
_PROBLEM = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}}
_KINDS = {
    "description": "What went wrong.",
    "content": _PROBLEM,
}
_SAID = {
    "description": "What went wrong, as a page for whoever is in front of the browser.",
    "content": {"text/html": {"schema": PAGE}, **_PROBLEM},
}
_REPLIED = {
    "description": "What went wrong, as JSON-RPC says it, or as a problem where no message is read.",
    "content": {JSON_TYPE: {"schema": REPLY}, **_PROBLEM},
}

_NOT_TAKEN = {"description": "Not taken: it is no address of a webhook, or does not prove that a vendor sent it."}


def responses() -> dict[str, Any]:
    """Each status with the kinds of problem that come with it, for OpenAPI's `components`."""
    own, all_kinds = _by_status(False), _by_status(True)
    found: dict[str, Any] = {"problem": _KINDS, "page": _SAID, "reply": _REPLIED} | {
        str(status): _response(kinds) for status, kinds in own.items()
    }
    with_a_vendor = {status: kinds for status, kinds in all_kinds.items() if kinds != own.get(status)}
    return found | {f"{status}-vendor": _response(kinds) for status, kinds in with_a_vendor.items()}


def responses_of(route: Route) -> dict[str, Any]:
    """References to the problems that the route can answer with."""
    if route.gives is CALLED:
        return {"default": _NOT_TAKEN}
    for gives, name in ((PAGE, "page"), (REPLY, "reply")):
        if route.gives is gives:
            return {"default": {"$ref": f"#/components/responses/{name}"}}
    asks, own = asks_vendor(route), _by_status(False)
    named: dict[str, str] = {}
    for status, kinds in sorted(_by_status(asks).items()):
        if _possible(route, status, asks):
            named[str(status)] = str(status) if kinds == own.get(status) else f"{status}-vendor"
    return {key: {"$ref": f"#/components/responses/{name}"} for key, name in {**named, "default": "problem"}.items()}


def asks_vendor(route: Route) -> bool:
    """Whether the route asks a vendor for something."""
    if route.path.startswith("/v1/connections/") and route.asks:
        return True
    return route.scope in ("use", "raw") and route.takes is not None


def _possible(route: Route, status: int, asks: bool) -> bool:
    if status == 401:
        return route.scope != "public"
    if status == 403:
        return bool(route.scopes)
    if status == 404:
        return asks or "{" in route.path
    if status == 422 and route.asks:
        return True
    if status in _OF_A_BODY:
        return route.takes is not None
    return status >= 500 or asks or route.method != "GET"


def _by_status(asks: bool) -> dict[int, dict[str, str]]:
    """For each status the kinds with their titles; those of vendors too if one is asked."""
    found: dict[int, dict[str, str]] = {}
    for error in _tree(GridwireError):
        if error.kind in TITLES and error.http_status != 405 and (asks or not issubclass(error, _OF_A_VENDOR)):
            found.setdefault(error.http_status, {})[error.kind] = TITLES[error.kind]
    return found


def _tree(error: type[GridwireError]) -> Iterator[type[GridwireError]]:
    if error.__module__.startswith("connectors."):
        yield error
    for branch in error.__subclasses__():
        yield from _tree(branch)


def _response(kinds: dict[str, str]) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/problem", "properties": {"kind": {"enum": sorted(kinds)}}}
    said = "\n\n".join(f"`{kind}`: {kinds[kind]}." for kind in sorted(kinds))
    response = {"description": said, "content": {PROBLEM_TYPE: {"schema": schema}}}
    return {**response, "headers": _WAIT} if "busy" in kinds else response

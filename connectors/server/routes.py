"""The table of all routes: method, path, handler, who may ask, what it takes, what it gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple, TypeAlias

from connectors.components.fields import Fields
from connectors.server import handlers as do
from connectors.server import shapes
from connectors.server.call import Call

Scope: TypeAlias = Literal["public", "any key"]


class Route(NamedTuple):
    """One row. `takes` are the fields of the body, None if there is no body; `gives` is the answer's JSON Schema."""

    method: str
    path: str
    handler: Callable[[Call], Awaitable[Any]]
    scope: Scope
    takes: Fields | None
    gives: dict[str, Any]


_OF = "/v1/connections/{id}"

# fmt: off
ROUTES = [
    Route("GET",  "/healthz",                       do.health,           "public",  None,          shapes.HEALTH),
    Route("GET",  "/openapi.json",                  do.openapi,          "any key", None,          shapes.OPENAPI),
    Route("GET",  "/v1/connectors",                 do.list_connectors,  "any key", None,          shapes.CONNECTORS),
    Route("GET",  "/v1/connectors/{connector}",     do.show_connector,   "any key", None,          shapes.CONNECTOR),
    Route("GET",  "/v1/connections",                do.list_connections, "any key", None,          shapes.CONNECTIONS),
    Route("GET",  _OF,                              do.show_connection,  "any key", None,          shapes.CONNECTION),
    Route("POST", _OF + "/test",                    do.test_connection,  "any key", {},            shapes.CONNECTION),
    Route("POST", _OF + "/actions/{action}",        do.run_action,       "any key", shapes.ACTION, shapes.OUTPUT),
    Route("POST", _OF + "/searches/{search}",       do.run_search,       "any key", shapes.SEARCH, shapes.ITEMS),
    Route("POST", _OF + "/choices",                 do.offer_choices,    "any key", shapes.ASK,    shapes.CHOICES),
    Route("POST", _OF + "/triggers/{trigger}/poll", do.poll_trigger,     "any key", shapes.POLL,   shapes.POLLED),
    Route("GET",  _OF + "/triggers/{trigger}/sample", do.show_sample,    "any key", None,          shapes.SAMPLE),
]
# fmt: on

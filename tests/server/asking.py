"""A request for each row of the route table, which works for the owner of what the other tests have made ready."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import httpx

from connectors.server.routes import ROUTES, Route
from tests.server.conftest import ACME, APP

PAGES = [route for route in ROUTES if route.path.startswith(("/oauth/", "/connect/"))]
"""Tickets open them; tests/server/test_signin.py and tests/server/pages go through them."""
HOOKS = [route for route in ROUTES if route.path.startswith("/hooks/")]
"""Vendors open them, with a token of their own; tests/server/test_hooks.py does."""
API = [route for route in ROUTES if route not in PAGES + HOOKS]
NAMES = {
    "token": "none",
    "secret": "none",
    "connector": "acme",
    "action": "get_order",
    "search": "find_order",
    "trigger": "new_order",
}
OF_AN_APP = ("show_oauth_app", "put_oauth_app", "remove_oauth_app")
"""Only a connector to which people sign in in the browser has them: club."""
BODIES: dict[str, Callable[[], Any]] = {
    "answer_agent": lambda: {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
    "run_action": lambda: {"input": {"id": "1"}},
    "run_search": lambda: {"input": {"city": "Ulm"}},
    "send_request": lambda: {"method": "GET", "path": "/{account}/orders"},
    "offer_choices": lambda: {"operation": "get_order", "field": "id"},
    "create_connection": lambda: {"connector": "acme", "name": uuid.uuid4().hex, "values": dict(ACME.values)},
    "make_link": lambda: {"connector": "acme", "name": uuid.uuid4().hex},
    "put_oauth_app": lambda: APP,
    "replay_range": lambda: {"subscription": "none", "from": "2026-01-01T00:00:00Z"},
}


def ids(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Route) else str(value)


def ask(client: httpx.Client, route: Route, of: str = "none", **options: Any) -> httpx.Response:
    """The answer; `of` is what stands in the path, or what the body is about."""
    name = route.handler.__name__
    holes = NAMES | {"id": of, "ticket": of} | ({"connector": "club"} if name in OF_AN_APP else {})
    body = None if route.takes is None else BODIES.get(name, dict)()
    body = {"connection": of, "trigger": "new_order"} if name == "subscribe" else body
    body = {**body, "subscription": of} if name == "replay_range" else body
    return client.request(route.method, route.path.format(**holes), json=body, **options)

"""The table of all routes: method, path, handler, who may ask, what it takes, what it gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple, TypeAlias

from starlette.responses import Response

from connectors.components.fields import Fields
from connectors.errors import InputError
from connectors.manifest.model import Connector
from connectors.server import shapes
from connectors.server.call import Call
from connectors.server.handlers import (
    about,
    actions,
    connections,
    deliveries,
    hooks,
    mcp,
    oauth_apps,
    operations,
    raw,
    signin,
    subscriptions,
    triggers,
)
from connectors.server.pages import connect, oauth
from connectors.service.keys import Scope

Access: TypeAlias = Literal["public", "any key", "accounts"] | Scope
"""Who may ask: everybody, whoever has a key, whoever has one for something at accounts (not only for the server's
figures), or whoever has one with that scope.
"""

_ACCOUNTS: tuple[Scope, ...] = ("use", "manage", "raw")


class Route(NamedTuple):
    """One row. `takes` are the fields of the body, or how they follow from the connector that the path names; None if
    there is no body, or none of JSON: what is posted to a page is its form. `gives` is the answer's JSON Schema, and
    `status` its status: 204 has no body, 303 leads to another address. `asks` are the parameters of the query.
    `refuse` says what does not fit in the words of another protocol, where a problem is none of them.
    """

    method: str
    path: str
    handler: Callable[[Call], Awaitable[Any]]
    scope: Access
    takes: Fields | Callable[[Connector], Fields] | None
    gives: dict[str, Any]
    status: int = 200
    asks: Fields = {}
    refuse: Callable[[InputError], Response] | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Those of which a key needs one; none where any key will do, or none at all is needed."""
        if self.scope in ("public", "any key"):
            return ()
        return _ACCOUNTS if self.scope == "accounts" else (self.scope,)


_CONNECTORS = "/v1/connectors"
_ALL = "/v1/connections"
_OF = "/v1/connections/{id}"
_APP = "/v1/oauth-apps/{connector}"
_SUBS = "/v1/subscriptions"
_SUB = "/v1/subscriptions/{id}"
_SENT = "/v1/deliveries"
_HOOK = "/hooks/{token}"

# fmt: off
ROUTES = [
    Route("GET",  "/healthz",                         about.health,                 "public",  None,          shapes.HEALTH),
    Route("GET",  "/readyz",                          about.ready,                  "public",  None,          shapes.READY),
    Route("GET",  "/metrics",                         about.metrics,                "metrics", None,          shapes.METRICS),
    Route("GET",  "/openapi.json",                    about.openapi,                "any key", None,          shapes.OPENAPI),
    Route("POST", "/mcp",                             mcp.answer_agent,             "use",     shapes.MESSAGE, shapes.REPLY, asks=shapes.ONLY, refuse=mcp.refuse),
    Route("GET",  _CONNECTORS,                        about.list_connectors,        "accounts", None,         shapes.CONNECTORS),
    Route("GET",  _CONNECTORS + "/{connector}",       about.show_connector,         "accounts", None,         shapes.CONNECTOR),
    Route("GET",  _ALL,                               connections.list_connections, "accounts", None,         shapes.CONNECTIONS, asks=shapes.OF_CONNECTOR),
    Route("POST", _ALL,                               connections.create_connection, "manage", shapes.NEW,    shapes.CONNECTION, 201),
    Route("GET",  _OF,                                connections.show_connection,  "accounts", None,         shapes.CONNECTION),
    Route("PATCH", _OF,                               connections.change_connection, "manage", shapes.CHANGE, shapes.CONNECTION),
    Route("DELETE", _OF,                              connections.remove_connection, "manage", None,          {}, 204),
    Route("POST", _OF + "/test",                      connections.test_connection,  "use",     {},            shapes.CONNECTION),
    Route("POST", _OF + "/authorize",                 signin.authorize,             "manage",  {},            shapes.TICKET),
    Route("POST", "/v1/connect-links",                signin.make_link,             "manage",  shapes.LINK,   shapes.TICKET),
    Route("GET",  _APP,                               oauth_apps.show_oauth_app,    "manage",  None,          shapes.OAUTH_APP),
    Route("PUT",  _APP,                               oauth_apps.put_oauth_app,     "manage",  oauth_apps.of, shapes.OAUTH_APP),
    Route("DELETE", _APP,                             oauth_apps.remove_oauth_app,  "manage",  None,          shapes.OAUTH_APP),
    Route("GET",  "/oauth/start/{ticket}",            oauth.start_sign_in,          "public",  None,          shapes.PAGE, 303),
    Route("GET",  "/oauth/callback",                  oauth.finish_sign_in,         "public",  None,          shapes.PAGE),
    Route("GET",  "/connect/{ticket}",                connect.show_form,            "public",  None,          shapes.PAGE),
    Route("POST", "/connect/{ticket}",                connect.take_form,            "public",  None,          shapes.PAGE),
    Route("POST", _OF + "/actions/{action}",          actions.run_action,           "use",     shapes.ACTION, shapes.OUTPUT),
    Route("POST", _OF + "/searches/{search}",         operations.run_search,        "use",     shapes.SEARCH, shapes.ITEMS),
    Route("POST", _OF + "/request",                   raw.send_request,             "raw",     shapes.REQUEST, shapes.ANSWER),
    Route("GET",  _OF + "/choices",                   operations.list_choices,      "use",     None,          shapes.CHOICES, asks=shapes.ASK),
    Route("POST", _OF + "/choices",                   operations.offer_choices,     "use",     shapes.ASK,    shapes.CHOICES),
    Route("POST", _OF + "/triggers/{trigger}/poll",   triggers.poll_trigger,        "use",     shapes.POLL,   shapes.POLLED),
    Route("GET",  _OF + "/triggers/{trigger}/sample", triggers.show_sample,         "use",     None,          shapes.SAMPLE),
    Route("GET",  _SUBS,                              subscriptions.list_subscriptions, "accounts", None,     shapes.SUBSCRIPTIONS, asks=shapes.LISTED),
    Route("POST", _SUBS,                              subscriptions.subscribe,      "use",     shapes.SUBSCRIBE, shapes.SUBSCRIBED, 201),
    Route("GET",  _SUB,                               subscriptions.show_subscription, "accounts", None,      shapes.SUBSCRIPTION),
    Route("PATCH", _SUB,                              subscriptions.change_subscription, "use", shapes.EDIT,  shapes.SUBSCRIPTION),
    Route("DELETE", _SUB,                             subscriptions.unsubscribe,    "use",     None,          {}, 204),
    Route("GET",  _SUB + "/events",                   subscriptions.read_events,    "use",     None,          shapes.EVENTS, asks=shapes.READ),
    Route("GET",  _SUB + "/history",                  subscriptions.read_history,   "use",     None,          shapes.HISTORY),
    Route("GET",  _SUB + "/why",                      subscriptions.say_why,        "use",     None,          shapes.WHY, asks=shapes.OF_ITEM),
    Route("POST", _SUB + "/test",                     subscriptions.test_subscription, "use",  {},            shapes.TRIED),
    Route("POST", _SUB + "/release",                  subscriptions.release_held,   "use",     {},            shapes.RELEASED),
    Route("GET",  _SENT,                              deliveries.list_deliveries,   "accounts", None,         shapes.DELIVERIES, asks=shapes.WHICH),
    Route("POST", _SENT + "/replay",                  deliveries.replay_range,      "use",     shapes.RANGE,  shapes.REPLAYED),
    Route("POST", _SENT + "/{id}/replay",             deliveries.replay_delivery,   "use",     {},            shapes.DELIVERY),
    *(Route(method, path, hooks.take_webhook,                                       "public",  None,          shapes.CALLED)
      for path in (_HOOK, _HOOK + "/{secret}") for method in ("GET", "POST", "PUT", "PATCH")),
]
# fmt: on

"""What goes into routes, as fields, and what comes out, as JSON Schema."""

from __future__ import annotations

from typing import Any

from connectors.components.fields import Field, Fields, JsonType
from connectors.components.times import from_seconds, iso
from connectors.service.readings import LONGEST_INTERVAL

_INPUT = Field(type="object", default={}, description="The operation's input, by the names in its form.")


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_DRY_RUN = Field(type="boolean", default=False, description="Send nothing; show what would be sent.")
_CONFIRM = Field(type="boolean", default=False, description="Needed for what destroys something at the vendor.")
_JSON: list[JsonType] = ["object", "array", "string", "number", "integer", "boolean", "null"]

MOST_INPUTS = 100
"""For one action in one request."""

ACTION: Fields = {
    "input": Field(type="object", description="The action's input, by the names in its form. Default: nothing."),
    "inputs": Field(
        items=Field(type="object"),
        maxItems=MOST_INPUTS,
        description="In place of `input`: several, one after the other, each with a result of its own.",
    ),
    "dry_run": _DRY_RUN,
    "confirm": _CONFIRM,
}
REQUEST: Fields = {
    "method": Field(required=True, description="GET, POST, PUT, PATCH or DELETE."),
    "path": Field(required=True, description="What follows the base URL, such as /users?page=2."),
    "query": Field(type="object", default={}, description="Parameters; each a text, a number or a list of them."),
    "body": Field(type=_JSON, description="What is sent as JSON. Default: no body."),
    "dry_run": _DRY_RUN,
    "confirm": _CONFIRM,
}
SEARCH: Fields = {
    "input": _INPUT,
    "limit": Field(type="integer", minimum=1, description="The most items to find. Default: all."),
}
OF_CONNECTOR: Fields = {"connector": Field(description="Those of this connector.")}
ASK: Fields = {
    "operation": Field(required=True, description="The action, search or trigger that has the input."),
    "field": Field(required=True, description="The input whose choices are wanted."),
    "input": Field(type="object", default={}, description="What is known of the other inputs."),
    "search": Field(default="", description="A part of the title."),
    "next": Field(type=["string", "null"], description="From the answer before, for the choices after those."),
}
POLL: Fields = {
    "input": _INPUT,
    "cursor": Field(type=["string", "null"], description="From the answer before; none for the first poll."),
    "from_start": Field(type="boolean", default=False, description="Let the first poll give all there is."),
    "items": Field(type="array", description="Ignored, so that the answer before can be sent back as it came."),
}

MESSAGE: Fields = {
    "jsonrpc": Field(required=True, enum=["2.0"]),
    "id": Field(type=["string", "integer"], description="Given back with the answer. Default: no answer is wanted."),
    "method": Field(description="Such as tools/list or tools/call."),
    "params": Field(type="object", description="What the method takes."),
    "result": Field(type="object", description="Ignored: nothing is asked of the client that it could answer so."),
    "error": Field(type="object", description="Ignored in the same way."),
}
"""One message of the Model Context Protocol, which is JSON-RPC 2.0."""
ONLY: Fields = {
    "connection": Field(description="The name or id of a connection, whose tools alone are offered. Default: all."),
}
LINK: Fields = {
    "connector": Field(required=True, description="The connector's name."),
    "name": Field(required=True, description="What the connection is or will be called."),
}
_VALUES = Field(type="object", description="The values of the connector's connection form.")
_BASE_URL = Field(type=["string", "null"], description="The vendor's address, where it is not the usual one.")
_HOSTS = Field(type="object", description="Origins that the manifest declares, each with the address in its place.")
NEW: Fields = {
    "connector": Field(required=True, description="The connector's name."),
    "name": Field(required=True, description="What to call the connection; no other of the workspace has this name."),
    "values": _VALUES.model_copy(update={"default": {}}),
    "base_url": _BASE_URL,
    "hosts": _HOSTS.model_copy(update={"default": {}}),
}
CHANGE: Fields = {
    "name": Field(description="Another name."),
    "values": _VALUES.model_copy(update={"description": "Values to set; null removes one, the others stay."}),
    "base_url": _BASE_URL.model_copy(update={"description": "Another address of the vendor; null: the usual one."}),
    "hosts": _HOSTS.model_copy(update={"description": "Hosts to set; null removes one, the others stay."}),
}

_INTERVAL = Field(
    type=["number", "null"],
    minimum=1,
    maximum=int(LONGEST_INTERVAL),
    description="Seconds between two polls, where it is polled; the server may allow no less than its own.",
)
_TARGET = Field(
    type=["string", "null"],
    description="Where events are sent, signed by Standard Webhooks. Default: nowhere; they are read from /events.",
)
_FORMAT = Field(
    enum=["cloudevents", "plain"],
    default="cloudevents",
    description="cloudevents: CloudEvents 1.0; plain: the item alone, the event's id in the header webhook-id.",
)
_ORDERED = Field(type="boolean", default=False, description="One at a time; nothing passes an event that waits.")
SUBSCRIBE: Fields = {
    "connection": Field(
        type=["string", "null"], description="The connection, by id or name; none for a trigger of gridwire's own."
    ),
    "trigger": Field(required=True, description="The trigger's name; gridwire.… is what happens in the workspace."),
    "input": Field(type="object", default={}, description="The trigger's input, by the names in its form."),
    "target_url": _TARGET,
    "format": _FORMAT,
    "interval": _INTERVAL,
    "ordered": _ORDERED,
    "from_start": Field(type="boolean", default=False, description="Tell of what is there already, too."),
}
EDIT: Fields = {
    "target_url": Field(description="Another address."),
    "format": Field(enum=["cloudevents", "plain"], description="Another format."),
    "ordered": Field(type="boolean", description="Whether nothing passes an event that waits."),
    "interval": _INTERVAL.model_copy(update={"type": "number"}),
    "paused": Field(
        type="boolean",
        description="What happens while it is paused is not delivered, then or later; it can be read from /events.",
    ),
}
_LIMIT = Field(type="integer", minimum=1, maximum=1000, default=100, description="The most that are given.")
LISTED: Fields = {
    "after": Field(description="The cursor of the answer before. Default: from the oldest."),
    "limit": _LIMIT,
}
READ: Fields = {
    "after": Field(description="The cursor of the answer before. Default: from the first event that is kept."),
    "last": Field(
        type="integer",
        minimum=1,
        maximum=1000,
        description="In place of `after`: so many of the newest, for callers that keep no cursor.",
    ),
    "limit": _LIMIT,
}
OF_ITEM: Fields = {"item": Field(description="The key of an item that was expected. Default: whatever came last.")}
WHICH: Fields = {
    "subscription": Field(description="Those of this subscription."),
    "state": Field(enum=["waiting", "delivered", "dead"], description="Those in this state."),
    "after": Field(description="The cursor of the answer before. Default: from the newest event."),
    "limit": _LIMIT,
}
RANGE: Fields = {
    "subscription": Field(required=True, description="The subscription's id."),
    "from": Field(required=True, format="date-time", description="Events that were stored at this time or after."),
    "to": Field(format="date-time", description="And at this time or before. Default: now."),
}

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_TIME = {"type": "string", "format": "date-time"}
_TIME_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
_OPERATION = _object(name=_TEXT, title=_TEXT, description=_TEXT, input={"type": "object"}, sample={})

HEALTH = _object(status={"const": "ok"})
READY = _object(status={"const": "ready"})
METRICS = {"type": "string", "contentMediaType": "text/plain"}
OPENAPI: dict[str, Any] = {"type": "object"}
CONNECTORS = _object(items=_list(_object(name=_TEXT, title=_TEXT, description=_TEXT, version=_TEXT)))
CONNECTOR = _object(
    name=_TEXT,
    title=_TEXT,
    description=_TEXT,
    version=_TEXT,
    connection=_object(input={"type": "object"}),
    triggers=_list(_OPERATION),
    actions=_list(_OPERATION),
    searches=_list(_OPERATION),
)
CONNECTION = _object(
    id=_TEXT,
    name=_TEXT,
    connector=_TEXT,
    state={
        "enum": ["ok", "reconnect", "failing", "not_tested"],
        "description": "reconnect: the account's owner has to act; failing: it could not be used when last asked;"
        " not_tested: nobody has asked since it is what it is.",
    },
    last_error={"oneOf": [{"type": "null"}, _object(kind=_TEXT, message=_TEXT, remedy=_TEXT_OR_NULL, at=_TIME)]},
    remedy={"type": ["string", "null"], "description": "What to do about the state, if it is not ok."},
    base_url={"type": ["string", "null"], "description": "Where the vendor is."},
    hosts={"type": "object", "additionalProperties": _TEXT},
    values={"type": "object", "description": "Those that are not secret."},
    secrets={"type": "array", "items": _TEXT, "description": "The names of secret values that are set."},
    warnings={"type": "array", "items": _TEXT},
    created_at=_TIME,
    updated_at=_TIME,
    tested_at=_TIME_OR_NULL,
)
TICKET = _object(url={"type": "string", "format": "uri"}, expires_at=_TIME)
OAUTH_APP = _object(
    connector=_TEXT,
    set={"type": "boolean", "description": "Whether there is one; its values are never shown."},
    updated_at={"type": ["string", "null"], "format": "date-time"},
    redirect_uri={"type": "string", "format": "uri", "description": "What the vendor has to know as the way back."},
    input={"type": "object", "description": "The JSON Schema of its values."},
)
PAGE = {"type": "string", "contentMediaType": "text/html"}
REPLY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["string", "integer", "null"]},
        "result": {"type": "object"},
        "error": {"type": "object", "properties": {"code": {"type": "integer"}, "message": _TEXT, "data": {}}},
    },
    "required": ["jsonrpc"],
}
CONNECTIONS = _object(items=_list(CONNECTION))
_PREVIEW = _object(method=_TEXT, url=_TEXT, headers={"type": "object"}, body={})


def _one_of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "minProperties": 1, "maxProperties": 1}


_OUTPUT = {"output": {"description": "What the action gives."}, "request": _PREVIEW}
_PROBLEM = {"$ref": "#/components/schemas/problem"}
OUTPUT = _one_of(**_OUTPUT, results=_list(_one_of(**_OUTPUT, error=_PROBLEM)))
ANSWER = {
    "type": "object",
    "properties": {
        "status": {"type": "integer"},
        "headers": {"type": "object", "additionalProperties": _TEXT},
        "body": {"description": "JSON or text; null if there is none."},
        "content": {"type": "string", "contentEncoding": "base64", "description": "What is neither JSON nor text."},
        "request": _PREVIEW,
    },
    "minProperties": 1,
}
ITEMS = _object(items=_list({}))
CHOICES = _object(choices=_list(_object(value={}, title=_TEXT)), next={"type": ["string", "null"]})
POLLED = _object(items=_list({}), cursor=_TEXT)
SAMPLE = _object(sample={})
_ERROR = {"oneOf": [{"type": "null"}, _object(kind=_TEXT, message=_TEXT)]}
_SUBSCRIPTION: dict[str, Any] = {
    "id": _TEXT,
    "connection": {"type": ["string", "null"], "description": "The connection's id."},
    "connector": _TEXT_OR_NULL,
    "trigger": _TEXT,
    "input": {"type": "object", "description": "What is secret in it is shown as •••."},
    "target_url": _TEXT_OR_NULL,
    "format": {"enum": ["cloudevents", "plain"]},
    "ordered": {"type": "boolean"},
    "interval": {"type": ["number", "null"], "description": "Seconds between two polls; null if the vendor calls."},
    "way": {"enum": ["poll", "webhook", "system"], "description": "How its events come."},
    "state": {
        "enum": ["beginning", "active", "paused", "ended"],
        "description": "beginning: not everything is told yet; ended: the target answered 410.",
    },
    "error": _ERROR,
    "held": {"type": "integer", "description": "Items that look deleted, too many at once to be believed."},
    "note": {"type": ["string", "null"], "description": "What stands in the way of webhooks, where it is polled."},
    "created_at": _TIME,
}
SUBSCRIPTION = _object(**_SUBSCRIPTION)
SUBSCRIBED = _object(
    **_SUBSCRIPTION,
    secret={"type": "string", "description": "What deliveries are signed with (Standard Webhooks); not shown later."},
    setup={"type": ["string", "null"], "description": "What a person has to do at the vendor, if anything."},
)
SUBSCRIPTIONS = _object(items=_list(SUBSCRIPTION), cursor=_TEXT_OR_NULL)
EVENTS = _object(
    items=_list(_object(id=_TEXT, time=_TIME, type=_TEXT, data={}, previous={"type": ["object", "null"]})), cursor=_TEXT
)
HISTORY = _object(items=_list(_object(at=_TIME, kind=_TEXT)))
WHY = _object(why=_TEXT)
TRIED = _object(
    delivered={"type": "boolean"},
    status={"type": ["integer", "null"], "description": "What the target answered."},
    error={"type": ["string", "null"], "description": "Why there is no answer, or it is none that takes the event."},
)
RELEASED = _object(released={"type": "integer", "description": "Events that were held and are told now."})
DELIVERY = _object(
    id=_TEXT,
    subscription=_TEXT,
    event=_TEXT,
    type=_TEXT,
    time=_TIME,
    state={"enum": ["waiting", "delivered", "dead"]},
    attempts={"type": "integer"},
    next_at=_TIME_OR_NULL,
    last_at=_TIME_OR_NULL,
    last_status={"type": ["integer", "null"], "description": "What the target answered last."},
    last_error={"type": ["string", "null"], "description": "Why there was no answer."},
)
DELIVERIES = _object(items=_list(DELIVERY), cursor=_TEXT_OR_NULL)
REPLAYED = _object(replayed={"type": "integer"})
CALLED: dict[str, Any] = {}
"""What a vendor is answered is the vendor's to say."""


def time_of(seconds: float) -> str:
    """Seconds since 1970 as answers have them: `2026-03-01T10:15:00Z`."""
    return iso(from_seconds(int(seconds)))

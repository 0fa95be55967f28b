"""Being told of what happens: a subscription to each trigger, what is sent for it, and where it can be read again."""

from __future__ import annotations

from typing import Any

from connectors.export.openapi.parts import JSON, answer, body, closed, ref
from connectors.export.openapi.problems import problems
from connectors.manifest.examples import input_of
from connectors.manifest.forms import takes_nothing
from connectors.manifest.model import Connector, Trigger

_ALL = "/v1/subscriptions"
_ONE = "/v1/subscriptions/{subscription}"
_HEADERS = {
    "webhook-id": "The event's id; it is the same when the event is sent again.",
    "webhook-timestamp": "When it was sent, in seconds since 1970.",
    "webhook-signature": "Signs id, timestamp and body with the subscription's secret (Standard Webhooks).",
}


def paths(connector: Connector) -> dict[str, Any]:
    """To subscribe, to look at a subscription, to end it, and to read its events."""
    if not connector.triggers:
        return {}
    return {
        _ALL: {"post": _subscribe(connector)},
        _ONE: {"get": _show(), "delete": _end()},
        f"{_ONE}/events": {"get": _events(connector)},
    }


def schemas(connector: Connector) -> dict[str, Any]:
    """What each subscription takes."""
    return {f"{name}.subscription": _taken(trigger) for name, trigger in connector.triggers.items()}


def webhooks(connector: Connector) -> dict[str, Any]:
    """What the server sends when something happens."""
    return {name: {"post": _delivery(trigger)} for name, trigger in connector.triggers.items()}


def _subscribe(connector: Connector) -> dict[str, Any]:
    ways = {name: f"#/components/schemas/{name}.subscription" for name in connector.triggers}
    schema = {
        "oneOf": [{"$ref": way} for way in ways.values()],
        "discriminator": {"propertyName": "trigger", "mapping": ways},
    }
    created = answer({**_SUBSCRIPTION, "secret": _SECRET}, "Subscribed.")
    created["headers"] = {"Location": {"description": "The subscription.", "schema": {"type": "string"}}}
    return {
        "operationId": "gridwire.subscribe",
        "summary": "Subscribe to a trigger",
        "description": "From now on the server tells the target of each event, at least once.",
        "tags": ["subscriptions"],
        "parameters": [ref("parameters", "idempotency_key")],
        "requestBody": body(schema, example=_example(connector, next(iter(connector.triggers.values())))),
        "responses": {"201": created, **problems()},
        "callbacks": {
            name: {"{$request.body#/target_url}": {"post": _delivery(trigger)}}
            for name, trigger in connector.triggers.items()
        },
    }


def _taken(trigger: Trigger) -> dict[str, Any]:
    takes = {
        "connection": {"type": "string", "description": "The account: the id of the connection, or its name."},
        "trigger": {"const": trigger.name},
        "input": ref("schemas", f"{trigger.name}.input"),
        **_TAKEN,
    }
    needed = ["connection", "trigger", *([] if takes_nothing(trigger) else ["input"])]
    return {"title": trigger.title, "description": trigger.description, **closed(takes, needed)}


def _example(connector: Connector, trigger: Trigger) -> dict[str, Any]:
    given = input_of(connector, trigger)
    target = {"target_url": "https://hooks.example.com/gridwire", "format": "plain"}
    return {"connection": "my-account", "trigger": trigger.name, **({"input": given} if given else {}), **target}


def _delivery(trigger: Trigger) -> dict[str, Any]:
    item = ref("schemas", f"{trigger.name}.output")
    event = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "type": {"type": "string"}, "data": item},
        "required": ["id", "type", "data"],
    }
    signed = [
        {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}
        for name, words in _HEADERS.items()
    ]
    return {
        "summary": trigger.title,
        "description": trigger.description,
        "tags": ["subscriptions"],
        "security": [],
        "parameters": signed,
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": item}, "application/cloudevents+json": {"schema": event}},
        },
        "responses": {
            "2XX": {"description": "Taken. Anything else is sent again later."},
            "410": {"description": "The subscription ends."},
        },
    }


def _show() -> dict[str, Any]:
    return {
        "operationId": "gridwire.show_subscription",
        "summary": "A subscription",
        "description": "Describes a subscription: whether it is there, and how it is.",
        "tags": ["subscriptions"],
        "parameters": [ref("parameters", "subscription")],
        "responses": {"200": answer(_SUBSCRIPTION), **problems(asks=False)},
    }


def _end() -> dict[str, Any]:
    return {
        "operationId": "gridwire.unsubscribe",
        "summary": "End a subscription",
        "description": "Nothing more is sent. Asked again, it does nothing.",
        "tags": ["subscriptions"],
        "parameters": [ref("parameters", "subscription")],
        "responses": {"204": {"description": "Ended."}, **problems(asks=False)},
    }


def _events(connector: Connector) -> dict[str, Any]:
    event = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "time": {"type": "string", "format": "date-time"},
            "type": {"type": "string"},
            "data": {"anyOf": [ref("schemas", f"{name}.output") for name in connector.triggers]},
        },
        "required": ["id", "time", "type", "data"],
    }
    asked = [{"name": name, "in": "query", **said} for name, said in _READ.items()]
    given = {"items": {"type": "array", "items": event}, "cursor": {"type": "string"}}
    return {
        "operationId": "gridwire.list_events",
        "summary": "Events of a subscription",
        "description": "Gives the events that are kept, the oldest first.",
        "tags": ["subscriptions"],
        "parameters": [ref("parameters", "subscription"), *asked],
        "responses": {"200": answer(given), **problems(asks=False)},
    }


_TAKEN: dict[str, Any] = {
    "target_url": {
        "type": ["string", "null"],
        "description": (
            "Where events are sent, signed by Standard Webhooks. Default: nowhere; they are read from /events."
        ),
    },
    "format": {
        "type": "string",
        "enum": ["cloudevents", "plain"],
        "default": "cloudevents",
        "description": "cloudevents: CloudEvents 1.0; plain: the item alone, the event's id in the header webhook-id.",
    },
    "interval": {
        "type": ["number", "null"],
        "minimum": 1,
        "maximum": 31_536_000,
        "description": "Seconds between two polls, where it is polled; the server may allow no less than its own.",
    },
    "ordered": {
        "type": "boolean",
        "default": False,
        "description": "One at a time; nothing passes an event that waits.",
    },
    "from_start": {"type": "boolean", "default": False, "description": "Tell of what is there already, too."},
}
_MOST = {"type": "integer", "minimum": 1, "maximum": 1000}
_READ: dict[str, Any] = {
    "after": {
        "description": "The cursor of the answer before. Default: from the first event that is kept.",
        "schema": {"type": "string"},
    },
    "last": {
        "description": "In place of `after`: so many of the newest, for callers that keep no cursor.",
        "schema": _MOST,
    },
    "limit": {"description": "The most that are given.", "schema": {**_MOST, "default": 100}},
}
_SUBSCRIPTION: dict[str, Any] = {
    "id": {"type": "string"},
    "trigger": {"type": "string"},
    "target_url": {"type": ["string", "null"]},
    "format": {"enum": ["cloudevents", "plain"]},
    "way": {"enum": ["poll", "webhook", "system"], "description": "How its events come."},
    "state": {
        "enum": ["beginning", "active", "paused", "ended"],
        "description": "beginning: not everything is told yet; ended: the target answered 410.",
    },
    "note": {"type": ["string", "null"], "description": "What stands in the way of webhooks, where it is polled."},
}
_SECRET = {
    "type": "string",
    "description": "What deliveries are signed with (Standard Webhooks); not shown later.",
}

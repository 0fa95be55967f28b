"""What goes into routes, as fields, and what comes out, as JSON Schema."""

from __future__ import annotations

from typing import Any

from connectors.components.fields import Field, Fields

_INPUT = Field(type="object", default={}, description="The operation's input, by the names in its form.")


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


ACTION: Fields = {
    "input": _INPUT,
    "dry_run": Field(type="boolean", default=False, description="Send nothing; show what would be sent."),
    "confirm": Field(type="boolean", default=False, description="Needed for what destroys something at the vendor."),
}
SEARCH: Fields = {
    "input": _INPUT,
    "limit": Field(type="integer", minimum=1, description="The most items to find. Default: all."),
}
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

_TEXT = {"type": "string"}
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
CONNECTION = _object(id=_TEXT, name=_TEXT, connector=_TEXT, state={"enum": ["ok", "reconnect", "failing"]})
CONNECTIONS = _object(items=_list(CONNECTION))
OUTPUT = {
    "type": "object",
    "properties": {
        "output": {"description": "What the action gives."},
        "request": _object(method=_TEXT, url=_TEXT, headers={"type": "object"}, body={}),
    },
    "minProperties": 1,
    "maxProperties": 1,
}
ITEMS = _object(items=_list({}))
CHOICES = _object(choices=_list(_object(value={}, title=_TEXT)), next={"type": ["string", "null"]})
POLLED = _object(items=_list({}), cursor=_TEXT)
SAMPLE = _object(sample={})

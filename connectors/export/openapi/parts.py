"""What several operations share: parameters, parts of bodies, and the words for them."""

from __future__ import annotations

from typing import Any

JSON = "application/json"
OF = "/v1/connections/{connection}"
"""Where the operations of a connection are."""

ABOUT = (
    "Every operation is asked of a gridwire server, which asks the vendor. What goes wrong is a problem (RFC 9457):"
    " `kind` is for programs, `detail` and `remedy` are for people."
)
TAGS = {
    "connections": "Accounts that are connected.",
    "actions": "What does one thing.",
    "searches": "What finds items.",
    "triggers": "What tells that something happened, for clients that ask again and again.",
    "choices": "What can be chosen for an input.",
    "subscriptions": "Being told of what happens.",
}
SERVER = {
    "default": "http://127.0.0.1:8710",
    "description": "Where the gridwire server is, without a slash at the end.",
}
PARAMETERS: dict[str, Any] = {
    "connection": {
        "name": "connection",
        "in": "path",
        "required": True,
        "description": "The account: the id of the connection, or its name.",
        "schema": {"type": "string", "minLength": 1},
    },
    "subscription": {
        "name": "subscription",
        "in": "path",
        "required": True,
        "description": "The id of the subscription.",
        "schema": {"type": "string", "minLength": 1},
    },
    "idempotency_key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": (
            "Any text that is new for each thing to do, such as a UUID. Sent again with the same input, it does nothing"
            " twice and gives the same answer."
        ),
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    },
}
SECURITY = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of the server: `gridwire keys add NAME --scope use`.",
    }
}

CONFIRM = {
    "confirm": {
        "type": "boolean",
        "default": False,
        "description": "Has to be true, for this destroys something at the vendor. Ask whoever answers for it first.",
    },
}
LIMIT = {"limit": {"type": "integer", "minimum": 1, "description": "The most items to find. Default: all."}}
CURSOR: dict[str, Any] = {
    "cursor": {"type": ["string", "null"], "description": "From the answer before; none for the first poll."},
    "from_start": {"type": "boolean", "default": False, "description": "Let the first poll give all there is."},
}
POLLED = (
    "Gives what is new since the poll that gave `cursor`; the first poll remembers what is there and gives nothing,"
    " unless `from_start`."
)


def ref(kind: str, name: str) -> dict[str, str]:
    """A reference to one of the document's components."""
    return {"$ref": f"#/components/{kind}/{name}"}


def closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """What a body may hold, and nothing else."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def body(schema: dict[str, Any], *, required: bool = True, example: Any = None) -> dict[str, Any]:
    """What is sent."""
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    return {"required": required, "content": {JSON: content}}


def answer(properties: dict[str, Any], words: str = "Done.") -> dict[str, Any]:
    """What comes back; all of these are there."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"description": words, "content": {JSON: {"schema": schema}}}

"""Parts of the document that are the same for every connector, in the words that a user sees."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

ACCOUNT: Schema = {
    "type": "string",
    "x-ms-summary": "Connection",
    "x-ms-visibility": "important",
    "description": "The account to use, as it was connected on your gridwire server.",
}
CALLBACK: Schema = {
    "type": "string",
    "format": "uri",
    "x-ms-summary": "Callback",
    "x-ms-visibility": "internal",
    "x-ms-notification-url": True,
    "description": "Where the flow is told; Power Automate fills it in.",
}
CONFIRM: Schema = {
    "confirm": {
        "type": "boolean",
        "x-ms-summary": "Confirm",
        "x-ms-visibility": "important",
        "description": "Choose Yes if you are sure: what this destroys cannot be brought back.",
    }
}
LIMIT: Schema = {
    "limit": {
        "type": "integer",
        "minimum": 1,
        "x-ms-summary": "Limit",
        "x-ms-visibility": "advanced",
        "description": "The most items to find; all, if it is left empty.",
    }
}
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "type": "string",
    "x-ms-summary": "Once only",
    "x-ms-visibility": "advanced",
    "description": "A text that is new for each thing to do, so that a repeated step does nothing twice.",
}
UNSUBSCRIBE: dict[str, Any] = {
    "operationId": "Gridwire_Unsubscribe",
    "summary": "Unsubscribe",
    "description": "Ends a subscription.",
    "x-ms-visibility": "internal",
    "parameters": [
        {
            "name": "id",
            "in": "path",
            "required": True,
            "type": "string",
            "x-ms-summary": "Subscription",
            "x-ms-url-encoding": "single",
            "description": "The subscription to end.",
        }
    ],
    "responses": {"204": {"description": "Ended."}, "default": {"description": "What went wrong."}},
}
FILE: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "x-ms-summary": "File name"},
        "media_type": {"type": "string", "x-ms-summary": "Media type"},
        "size": {"type": "integer", "x-ms-summary": "Size", "description": "Bytes."},
        "content": {"type": "string", "format": "byte", "x-ms-summary": "File content"},
    },
}
PROBLEM: Schema = {
    "type": "object",
    "properties": {
        "message": {"type": "string", "x-ms-summary": "Error message"},
        "remedy": {"type": "string", "x-ms-summary": "What to do now"},
        "kind": {"type": "string", "x-ms-summary": "Error kind"},
        "field": {"type": "string", "x-ms-summary": "Error input"},
        "vendor_message": {"type": "string", "x-ms-summary": "Error in the vendor's words"},
        "correlation_id": {"type": "string", "x-ms-summary": "Correlation ID"},
    },
}
WRONG = {"description": "What went wrong.", "schema": {"$ref": "#/definitions/Problem"}}
SECURITY = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "The word Bearer and a key of the gridwire server; the connector puts Bearer before the key.",
}

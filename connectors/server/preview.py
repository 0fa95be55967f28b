"""What would be sent, for people: without secrets."""

from __future__ import annotations

from typing import Any

from connectors.components.extract import MISSING
from connectors.components.http import Request
from connectors.engine.connection import Connection
from connectors.engine.redaction import hidden


def previewed(connection: Connection, request: Request) -> dict[str, Any]:
    """The request as it would leave, its secrets hidden."""
    connection = connection.as_if_signed_in()
    signed = connection.auth.signed(request, connection.values, connection.signed_in.session or {})
    return {
        "method": signed.method,
        "url": connection.redact(signed.full_url),
        "headers": {name: connection.redact(value) for name, value in signed.headers.items()},
        "body": hidden(_body(signed), connection.redact),
    }


def _body(request: Request) -> Any:
    if request.form is not None:
        return [list(pair) for pair in request.form]
    return None if request.json is MISSING else request.json

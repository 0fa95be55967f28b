"""What the server is and offers."""

from __future__ import annotations

from typing import Any

import msgspec

from connectors.server import describe
from connectors.server.call import Call


async def health(call: Call) -> Any:
    """Says that the server runs."""
    return {"status": "ok"}


async def openapi(call: Call) -> Any:
    """This description."""
    return msgspec.Raw(call.server.document)


async def list_connectors(call: Call) -> Any:
    """Lists the connectors and the names of what each can do."""
    return {"items": [describe.summary(connector) for connector in call.server.connectors.values()]}


async def show_connector(call: Call) -> Any:
    """Describes a connector: its connection form, and its operations with their forms and samples."""
    return describe.whole(call.connector)

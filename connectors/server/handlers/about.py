"""What the server is and offers."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from connectors.server import describe
from connectors.server.call import Call
from connectors.server.metrics import CONTENT_TYPE


async def health(call: Call) -> Any:
    """Says that the server runs."""
    return {"status": "ok"}


async def ready(call: Call) -> Any:
    """Says that the server can do its work: its database takes what is written, and the way to vendors is open."""
    await call.server.check_ready()
    return {"status": "ready"}


async def metrics(call: Call) -> Any:
    """Gives the server's figures in Prometheus's text format."""
    server = call.server
    server.metrics.stands(await server.service.deliveries.stock(), works=server.worker.working)
    return Response(server.metrics.text(), media_type=CONTENT_TYPE)


async def openapi(call: Call) -> Any:
    """This description."""
    return msgspec.Raw(call.server.document)


async def list_connectors(call: Call) -> Any:
    """Lists the connectors and the names of what each can do."""
    return {"items": [describe.summary(connector) for connector in call.server.connectors.values()]}


async def show_connector(call: Call) -> Any:
    """Describes a connector: its connection form, and its operations with their forms and samples."""
    return describe.whole(call.connector)

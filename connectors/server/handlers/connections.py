"""Connections: accounts at vendors."""

from __future__ import annotations

from typing import Any

from connectors.server.call import Call
from connectors.service.connections import Stored


async def list_connections(call: Call) -> Any:
    """Lists the connections of the key's workspace."""
    return {"items": [shown(stored) for stored in await call.server.service.connections.listed(call.workspace)]}


async def show_connection(call: Call) -> Any:
    """Describes a connection. Its values are never shown."""
    return shown(await call.server.service.connections.get(call.workspace, call.params["id"]))


async def test_connection(call: Call) -> Any:
    """Asks the vendor whether the connection works."""
    opened = await call.opened()
    async with call.asking(opened, tested=True) as vendor:
        tested = await vendor.test()
    return shown(opened.stored) | ({} if tested else {"state": "not_tested"})


def shown(stored: Stored) -> dict[str, Any]:
    """A connection as clients see it."""
    return {"id": stored.id, "name": stored.name, "connector": stored.connector, "state": stored.state}

"""What vendors know this server by, where people sign in to them in the browser."""

from __future__ import annotations

from typing import Any

from connectors.components.fields import Fields
from connectors.manifest.forms import form
from connectors.manifest.model import Connector
from connectors.server.call import Call
from connectors.server.pages.oauth import callback_of
from connectors.server.problems import NotFound
from connectors.server.shapes import time_of
from connectors.service.oauth_apps import app_fields


async def show_oauth_app(call: Call) -> Any:
    """Says whether the workspace has a client at the vendor, and what the vendor has to know of the server."""
    return await _shown(call)


async def put_oauth_app(call: Call) -> Any:
    """Keeps the workspace's client at the vendor, sealed. Connections that name none of their own sign in with it.

    Which values it has follows from the connector: `input` in the answer describes them.
    """
    await call.server.service.oauth_apps.put(call.workspace, call.connector.connector, call.body)
    return await _shown(call)


async def remove_oauth_app(call: Call) -> Any:
    """Erases the workspace's client at the vendor. Connections that sign in with it cannot be used any more."""
    of(call.connector)
    await call.server.service.oauth_apps.remove(call.workspace, call.connector.connector)
    return await _shown(call)


def of(connector: Connector) -> Fields:
    """The fields of a client at this vendor. Raises NotFound where nobody signs in in the browser."""
    fields = app_fields(connector)
    if not fields:
        message = f"nobody signs in to {connector.connector} in the browser, so it has no OAuth app"
        raise NotFound(message, remedy=f"GET /v1/connectors/{connector.connector} says how it is connected.")
    return fields


async def _shown(call: Call) -> dict[str, Any]:
    fields, name = of(call.connector), call.connector.connector
    since = await call.server.service.oauth_apps.since(call.workspace, name)
    return {
        "connector": name,
        "set": since is not None,
        "updated_at": None if since is None else time_of(since),
        "redirect_uri": callback_of(call.server),
        "input": form(fields),
    }

"""An account that is kept elsewhere, such as in a connection file, in the place of a workspace's connections."""

from __future__ import annotations

import time
from dataclasses import replace

from connectors.engine.connection import Connection
from connectors.errors import GridwireError
from connectors.service.connections import Account, Connections, Opened, Stored
from connectors.service.service import Service


class OneConnection(Connections):
    """The one connection that there is; nothing of it is kept here."""

    def __init__(self, service: Service, connection: Connection) -> None:
        super().__init__(service.store, service.vault, service.catalog, service.reach, service.oauth_apps)
        name, now = connection.connector.connector, time.time()
        stored = Stored(name, "", name, name, Account({}), "ok", None, now, now, None)
        self._opened = Opened(stored, connection)

    async def listed(self, workspace: str) -> list[Stored]:
        """That one."""
        return [self._opened.stored]

    async def open(self, workspace: str, name: str) -> Opened:
        """That one."""
        return self._opened

    async def note(self, opened: Opened, error: GridwireError | None, *, tested: bool = False) -> None:
        """How it went is told to whoever asked, and to nobody later."""


def only(service: Service, connection: Connection) -> Service:
    """The same, where this connection is the only one."""
    return replace(service, connections=OneConnection(service, connection))

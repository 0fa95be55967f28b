"""An account that is kept elsewhere, such as in a connection file, in the place of a workspace's connections."""

from __future__ import annotations

import time
from dataclasses import replace

from sqlalchemy import insert

from connectors.engine.connection import Connection
from connectors.errors import GridwireError
from connectors.service.connections import Account, Connections, Opened, Stored
from connectors.service.keys import new_id
from connectors.service.service import Service
from connectors.service.tables import connections


class OneConnection(Connections):
    """The one connection that there is. Of the account itself nothing is kept here."""

    def __init__(self, service: Service, workspace: str, connection: Connection) -> None:
        super().__init__(service.store, service.vault, service.catalog, service.reach, service.oauth_apps)
        name, now = connection.connector.connector, time.time()
        stored = Stored(new_id("con"), workspace, name, name, Account({}), "ok", None, now, now, None)
        self._opened = Opened(stored, connection)

    async def keep(self) -> None:
        """Puts a row where what is kept of its calls can belong to it."""
        of = self._opened.stored
        row = {"id": of.id, "workspace": of.workspace, "connector": of.connector, "created_at": of.created_at}
        row |= self._row(of, None)
        await self._store.write(lambda rows: rows.execute(insert(connections).values(**row)))

    async def listed(self, workspace: str) -> list[Stored]:
        """That one."""
        return [self._opened.stored]

    async def open(self, workspace: str, name: str) -> Opened:
        """That one."""
        return self._opened

    async def note(self, opened: Opened, error: GridwireError | None, *, tested: bool = False) -> None:
        """How it went is told to whoever asked, and to nobody later."""


async def only(service: Service, workspace: str, connection: Connection) -> Service:
    """The same service, where this connection is the only one of the workspace of that id."""
    alone = OneConnection(service, workspace, connection)
    await alone.keep()
    return replace(service, connections=alone)

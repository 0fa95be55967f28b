"""The operator's own clients at vendors: what a vendor knows the program by when it lets people sign in with OAuth."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection as Rows
from sqlalchemy import Table, delete, insert, select, update

from connectors.components.address import completed
from connectors.components.auth import Login, OAuth2
from connectors.components.fields import Fields
from connectors.components.http import dump_json, load_json, origin_of
from connectors.engine.addresses import Reach
from connectors.engine.connection import Connection
from connectors.errors import InputError
from connectors.manifest.model import Connector
from connectors.service.store import Store, changed
from connectors.service.tables import connections, oauth_apps, place_of, readings
from connectors.service.vault import Vault


def app_fields(connector: Connector) -> Fields:
    """What the vendor hands out to whoever registers a program there; none where nobody signs in in the browser."""
    block = connector.connection
    ways = [way for _, way in block.auth.ways() if isinstance(way, OAuth2) and way.in_browser]
    templates = [template for way in ways for template in (way.client_id, way.client_secret) if template]
    names = dict.fromkeys(hole.path[0] for template in templates for hole in template.holes)
    return {name: block.fields[name].model_copy(update={"required": True}) for name in names}


class OAuthApps:
    """One client for each connector of a workspace, at most; connections that name their own do not use it."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def since(self, workspace: str, connector: str) -> float | None:
        """When it was last set; None if there is none."""
        wanted = select(oauth_apps.c.updated_at).where(*_of(workspace, connector))
        return await self._store.read(lambda rows: rows.scalar(wanted))

    async def values(self, workspace: str, connector: str) -> dict[str, Any]:
        """The values by field; empty if there is none."""
        wanted = select(oauth_apps.c["values"]).where(*_of(workspace, connector))
        sealed = await self._store.read(lambda rows: rows.scalar(wanted))
        return {} if sealed is None else load_json(self._vault.open(sealed, *_place(workspace, connector)))

    async def put(self, workspace: str, connector: str, values: Mapping[str, Any]) -> None:
        """Keeps the values, in place of those that there are; connections use them from now on.

        What could not be polled meanwhile is due at once, for that may have been why.
        """
        sealed = self._vault.seal(dump_json(values), *_place(workspace, connector))
        row = {"workspace": workspace, "connector": connector, "values": sealed, "updated_at": time.time()}

        def change(rows: Rows) -> None:
            rows.execute(delete(oauth_apps).where(*_of(workspace, connector)))
            rows.execute(insert(oauth_apps).values(**row))
            accounts = select(connections.c.id).where(*_of(workspace, connector, connections))
            failing = (readings.c.connection.in_(accounts), readings.c.failures > 0, readings.c.next_at.is_not(None))
            rows.execute(update(readings).where(*failing).values(next_at=row["updated_at"]))
            changed(rows)

        await self._store.write(change)

    async def remove(self, workspace: str, connector: str) -> None:
        """Erases it, if there is one."""

        def change(rows: Rows) -> None:
            rows.execute(delete(oauth_apps).where(*_of(workspace, connector)))
            changed(rows)

        await self._store.write(change)


def check_lent(connection: Connection, lent: Collection[str], reach: Reach) -> None:
    """Sees to it that what the account has of the workspace's client, the values `lent`, goes to the vendor alone: to
    where the manifest says, or where the operator has allowed it. Raises InputError.
    """
    for field, declared, used in _ways_of(connection, lent):
        if used != declared and not reach.entrusts(used):
            message = f"the workspace's OAuth app goes to {declared} alone, and this connection has it at {used}"
            own = f"Give the connection a client of its own ({' and '.join(sorted(lent))})"
            remedy = f"{own}, or start the server with --allow-target {used}."
            raise InputError(message, field=field, remedy=remedy)


def _ways_of(connection: Connection, lent: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Where signing in sends them: the field that says so, the origin in the manifest, and the one that is used."""
    way = connection.auth
    with_session = isinstance(way, Login | OAuth2)
    asks = any(hole.path[0] in lent for _, hole in way.holes())
    sends = with_session and any(hole.path[0] in lent for _, hole in way.send.holes())
    urls = [completed(url, connection.scope) for _, url in way.hosts()] if with_session else []
    for url in filter(None, urls) if asks else ():
        yield "hosts", origin_of(url), origin_of(connection.moved(url))
    if sends or (asks and not urls):
        yield "base_url", origin_of(connection.own_url) if connection.own_url else "the vendor", connection.trusted


def _of(workspace: str, connector: str, table: Table = oauth_apps) -> tuple[Any, Any]:
    return table.c.workspace == workspace, table.c.connector == connector


def _place(workspace: str, connector: str) -> tuple[str, ...]:
    return place_of(oauth_apps.c["values"], workspace, connector)

"""Connections in the data folder, which the server uses too, by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.data import Asked, Data
from connectors.errors import GridwireError, InputError

if TYPE_CHECKING:
    from connectors.engine.connection import Connection
    from connectors.engine.session import SignedIn
    from connectors.manifest.catalog import Catalog
    from connectors.manifest.model import Connector
    from connectors.service.connections import Stored
    from connectors.service.service import Service


@dataclass(frozen=True)
class StoredConnection:
    """The one of that name in a workspace; the data folder is open until the command ends."""

    name: str
    workspace: str
    asked: Asked = field(repr=False)

    @classmethod
    def of(cls, name: str, folder: Path | None, workspace: str, catalog: Catalog) -> StoredConnection:
        """Opens the data folder, or the usual one, which is made if need be. Raises InputError, StoreError."""
        return cls._in(Data.of(folder), name, workspace, catalog)

    @classmethod
    def there(cls, name: str, folder: Path | None, workspace: str, catalog: Catalog) -> StoredConnection:
        """The same, where something is kept already. Raises InputError, StoreError."""
        return cls._in(Data.there(folder), name, workspace, catalog)

    @classmethod
    def _in(cls, data: Data, name: str, workspace: str, catalog: Catalog) -> StoredConnection:
        return cls(name, workspace, click.get_current_context().with_resource(data.open(catalog)))

    def read(self, connector: Connector) -> tuple[dict[str, Any], SignedIn, Stored]:
        """What a connection file would hold, and the session, which is renewed where it is kept.

        Raises InputError if there is none of that name, or it is another connector's.
        """
        stored, signed_in = self._read_of(connector)
        content = _content(stored)
        return {**content, "values": {**self.app(connector), **content["values"]}}, signed_in, stored

    def stored(self) -> Stored:
        """How it is. Raises InputError if there is none of that name."""
        return self.asked.ask(self._read)[0]

    def known(self, connector: Connector) -> dict[str, Any]:
        """What a connection file would hold; nothing if there is none yet. Raises InputError."""
        try:
            return _content(self._read_of(connector)[0])
        except _NoSuchConnection:
            return {}

    def app(self, connector: Connector) -> dict[str, Any]:
        """The workspace's own client at the vendor, which is no part of the account."""

        async def app(service: Service) -> dict[str, Any]:
            workspace = await workspace_of(service, self.workspace)
            return await service.oauth_apps.values(workspace, connector.connector)

        return self.asked.ask(app)

    def keep(self, content: dict[str, Any], connection: Connection, *, tested: bool) -> Stored:
        """Keeps the account with its session in place of any of that name. Raises InputError, StoreError."""
        from connectors.service.connections import Account, Opened

        account = Account(content["values"], content.get("base_url"), content.get("hosts") or {})
        session = connection.signed_in.session

        async def put(service: Service) -> Stored:
            workspace = await workspace_of(service, self.workspace)
            put = partial(service.connections.put, workspace, connection.connector.connector, self.name)
            opened = Opened(await put(account, session), connection)
            if tested:
                await service.connections.note(opened, None, tested=True)
            return opened.stored

        return self.asked.ask(put)

    def note(self, stored: Stored, connection: Connection, error: GridwireError | None) -> None:
        """Keeps what a test has found."""
        from connectors.service.connections import Opened

        self.asked.ask(lambda service: service.connections.note(Opened(stored, connection), error, tested=True))

    def remove(self) -> None:
        """Erases it. Raises InputError if there is none of that name."""
        stored = self.stored()
        self.asked.ask(lambda service: service.connections.remove(stored.workspace, stored.id))

    def _read_of(self, connector: Connector) -> tuple[Stored, SignedIn]:
        stored, signed_in = self.asked.ask(self._read)
        if stored.connector != connector.connector:
            message = f"the connection '{self.name}' is one of {stored.connector}, not of {connector.connector}"
            raise InputError(message, remedy="`gridwire connections` lists them.")
        return stored, signed_in

    async def _read(self, service: Service) -> tuple[Stored, SignedIn]:
        return await kept(service, await workspace_of(service, self.workspace), self.name)


def _content(stored: Stored) -> dict[str, Any]:
    account = stored.account
    return {"values": account.values, "base_url": account.base_url, "hosts": account.hosts}


class _NoSuchConnection(InputError):
    pass


async def kept(service: Service, workspace: str, name: str) -> tuple[Stored, SignedIn]:
    """The connection of that name, in the workspace of that id. Raises InputError with the near miss."""
    from connectors.manifest.problem import did_you_mean
    from connectors.service.connections import NoSuchConnectionError

    try:
        return await service.connections.kept(workspace, name)
    except NoSuchConnectionError as error:
        names = [stored.name for stored in await service.connections.listed(workspace)]
        hint = did_you_mean(name, names) or f"there are {', '.join(names) or 'none'}"
        remedy = "`gridwire connect X --name NAME` makes one; `gridwire connections` lists them."
        raise _NoSuchConnection(f"{error.message}; {hint}", field="connection", remedy=remedy) from None


async def workspace_of(service: Service, name: str) -> str:
    """The id of the workspace; the first one is made if need be. Raises InputError with the near miss."""
    from connectors.service.keys import FIRST_WORKSPACE

    keys = service.keys
    return await (keys.workspace(name) if name == FIRST_WORKSPACE else keys.workspace_there(name))

"""`gridwire mcp`: actions and searches as tools for an AI agent on this machine."""

from __future__ import annotations

import asyncio
import secrets
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.cli.account import Account, takes_account, takes_timeout
from connectors.cli.data import Data
from connectors.cli.session import Session, common, pass_session
from connectors.cli.stored import kept, workspace_of
from connectors.cli.words import wrong_use

if TYPE_CHECKING:
    from connectors.engine.connection import Connection
    from connectors.manifest.catalog import Catalog
    from connectors.manifest.model import Connector
    from connectors.service.service import Service

_ENDED = "SIGTERM"
_LONGEST = 120.0  # seconds for all that belongs to one call of a tool


@click.command()
@click.argument("name", metavar="[X]", required=False)
@takes_account
@takes_timeout
@common()
@pass_session
def mcp(session: Session, name: str | None, account: Account, timeout: float) -> None:
    """Offer actions and searches as tools to an AI agent, over standard input and output (MCP).

    The agent's program starts this one; docs/platforms/mcp.md says how to tell it to. Offered are the connections that
    `gridwire connect` has stored, only X's if a connector is named, only one with --connection. With --connection-file
    or --set it is that account of the connector X.
    """
    catalog = session.catalog()
    described = bool(account.file or account.values or account.base_url)
    if described and (name is None or account.name is not None):
        raise wrong_use("--connection-file, --set and --base-url describe an account: name its connector, as X")
    known = [catalog.load(one) for one in ([name] if name else catalog.names)]
    if described:
        there = _described(account.open(known[0], session), catalog)
    else:
        there = _stored(account, Data.there(account.folder), catalog, name)
    asyncio.run(_attend(there, known, account.name, timeout))


async def _attend(
    there: AbstractAsyncContextManager[tuple[Service, str]],
    known: list[Connector],
    connection: str | None,
    seconds: float,
) -> None:
    """Until the agent's program closes standard input, or SIGTERM comes. A request may take so many seconds."""
    from connectors.engine.transport import HttpTransport
    from connectors.server.call import USUAL_URL, Server
    from connectors.server.signed import Signer
    from connectors.server.tools.local import attend

    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel, _ENDED)
    try:
        async with there as (service, workspace), HttpTransport() as transport:
            signer = Signer(service.vault.derived("signing"))
            server = Server({one.connector: one for one in known}, signer, seconds, _LONGEST, USUAL_URL)
            server.start(service, transport)
            await attend(server, workspace, connection)
    except asyncio.CancelledError as cancelled:
        if cancelled.args != (_ENDED,):
            raise


@asynccontextmanager
async def _stored(
    account: Account, data: Data, catalog: Catalog, name: str | None
) -> AsyncGenerator[tuple[Service, str]]:
    """What is kept in the data folder, and the workspace's id. Raises InputError if the account is not there."""
    from connectors.service.service import opened

    async with opened(data.folder, data.secret_keys, catalog) as service:
        workspace = await workspace_of(service, account.workspace)
        if account.name is not None:
            await kept(service, workspace, account.name)
        if all(name not in (None, stored.connector) for stored in await service.connections.listed(workspace)):
            whose, which = (f" of {name}", name) if name else ("", "CONNECTOR")
            remedy = f"`gridwire connect {which} --name NAME` stores one; then let the agent ask for its tools again."
            click.echo(
                f"No account{whose} is stored in {data.folder}, so there is no tool to offer. {remedy}", err=True
            )
        yield service, workspace


@asynccontextmanager
async def _described(connection: Connection, catalog: Catalog) -> AsyncGenerator[tuple[Service, str]]:
    """One account, with a database for what is kept while the program runs, such as idempotency keys."""
    from connectors.service.alone import only
    from connectors.service.keys import FIRST_WORKSPACE
    from connectors.service.service import opened

    with tempfile.TemporaryDirectory(prefix="gridwire-") as folder:
        async with opened(Path(folder), [secrets.token_urlsafe(32)], catalog) as service:
            workspace = await service.keys.workspace(FIRST_WORKSPACE)
            yield await only(service, workspace, connection), workspace

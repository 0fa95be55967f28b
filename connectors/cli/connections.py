"""`gridwire connections`: the accounts in the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.cli.account import Account, ask_vendor, takes_timeout
from connectors.cli.connect import untested
from connectors.cli.data import Data, takes_data, takes_workspace
from connectors.cli.output import print_json, print_table, waiting
from connectors.cli.session import Session, common, pass_session
from connectors.cli.stored import StoredConnection, workspace_of
from connectors.errors import ConfirmRequired, GridwireError, InputError

if TYPE_CHECKING:
    from connectors.manifest.catalog import Catalog
    from connectors.service.connections import Stored
    from connectors.service.service import Service


@click.group(invoke_without_command=True)
@takes_data
@takes_workspace
@common()
@click.pass_context
@pass_session
def connections(session: Session, ctx: click.Context, data_folder: Path | None, workspace: str) -> None:
    """List the accounts that `gridwire connect --name` and the server have stored, and how they were last seen."""
    if ctx.invoked_subcommand is not None:
        ctx.default_map = {ctx.invoked_subcommand: {"data_folder": data_folder, "workspace": workspace}}
        return
    catalog = session.catalog()

    async def listed(service: Service) -> list[Stored]:
        return await service.connections.listed(await workspace_of(service, workspace))

    shown = [_shown(stored, catalog) for stored in Data.there(data_folder).ask(catalog, listed)]
    if session.json:
        print_json({"items": shown})
        return
    names = "name", "connector", "state", "base_url", "tested_at"
    rows = [[one[name] or "" for name in names] for one in shown]
    print_table(["Name", "Connector", "State", "Address", "Last tested"], rows)
    for one in shown:
        if one["last_error"]:
            click.echo(session.redact(f"\n{one['name']}: {one['last_error']['message']}"))


@connections.command()
@click.argument("name")
@takes_data
@takes_workspace
@takes_timeout
@common()
@pass_session
def test(session: Session, name: str, data_folder: Path | None, workspace: str, timeout: float) -> None:
    """Ask the vendor whether the account NAME works; the server hears of it too."""
    catalog = session.catalog()
    kept = StoredConnection.there(name, data_folder, workspace, catalog)
    connector = catalog.load(kept.stored().connector)
    content, signed_in, stored = kept.read(connector)
    connection = Account().opened(connector, content, session, signed_in)
    try:
        with waiting(f"Testing the connection to {connector.title}"):
            tested = ask_vendor(connection, lambda vendor: vendor.test(), timeout=timeout)
    except GridwireError as error:
        kept.note(stored, connection, error)
        raise
    if tested:
        kept.note(stored, connection, None)
    if session.json:
        print_json(_shown(kept.stored(), catalog))
    else:
        click.echo(f"{stored.name} works." if tested else f"{stored.name} cannot be tested: {untested(connector)}.")


@connections.command()
@click.argument("name")
@takes_data
@takes_workspace
@click.option("--yes", is_flag=True, help="Go ahead: it cannot be brought back.")
@common()
@pass_session
def remove(session: Session, name: str, data_folder: Path | None, workspace: str, yes: bool) -> None:
    """Erase the account NAME with all that is kept of it. At the vendor, nothing is changed."""
    kept = StoredConnection.there(name, data_folder, workspace, session.catalog())
    stored = kept.stored()
    if not yes:
        raise ConfirmRequired(f"'{stored.name}' would be erased for good", remedy="Confirm it with --yes.")
    kept.remove()
    if session.json:
        print_json({"id": stored.id, "name": stored.name})
    else:
        click.echo(f"{stored.name} is erased.")


def _shown(stored: Stored, catalog: Catalog) -> dict[str, Any]:
    """As the server shows it, but for the remedy, which names routes."""
    from connectors.server.describe import account

    try:
        connector = catalog.load(stored.connector)
    except InputError:
        connector = None
    return {name: fact for name, fact in account(stored, connector).items() if name != "remedy"}
